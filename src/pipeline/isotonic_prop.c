#include "pipeline/isotonic.h"

#include <math.h>

#include "base/rng.h"
#include "pipeline/venn_abers.h"
#include "support/test.h"

enum { ROUNDS = 3000, MAX_BINS = 24 };

static size_t draw_bins(struct at_score_bin *bins, struct at_rng *rng)
{
    const size_t m = 1 + at_rng_below(rng, MAX_BINS);
    double x = at_rng_unit(rng);
    for (size_t i = 0; i < m; i++) {
        const double rows = (double)(1 + at_rng_below(rng, 4));
        bins[i] = (struct at_score_bin){x, rows, (double)at_rng_below(rng, (uint64_t)rows + 1)};
        x += 0.001 + at_rng_unit(rng);
    }
    return m;
}

static double share(const struct at_score_bin *bins, size_t a, size_t b)
{
    double rows = 0, hits = 0;
    for (size_t i = a; i <= b; i++) {
        rows += bins[i].rows;
        hits += bins[i].hits;
    }
    return hits / rows;
}

/* The fit by its closed form: max over a <= i of min over b >= i of the share of hits in a..b. */
static double max_min(const struct at_score_bin *bins, size_t m, size_t i)
{
    double best = -INFINITY;
    for (size_t a = 0; a <= i; a++) {
        double least = INFINITY;
        for (size_t b = i; b < m; b++)
            least = fmin(least, share(bins, a, b));
        best = fmax(best, least);
    }
    return best;
}

static void test_isotonic__equals_the_max_min_formula(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 31);
    for (int round = 0; round < ROUNDS; round++) {
        struct at_score_bin bins[MAX_BINS];
        struct at_isotonic_block block[MAX_BINS];
        const size_t m = draw_bins(bins, &rng), n = at_isotonic_fit(block, bins, m);
        size_t i = 0;
        for (size_t b = 0; b < n; b++) {
            const double value = block[b].hits / block[b].rows;
            assert_true(b == 0 || value > block[b - 1].hits / block[b - 1].rows);
            for (; i < block[b].end; i++)
                assert_true(fabs(value - max_min(bins, m, i)) < 1e-12);
        }
        assert_int_equal(i, m);
    }
}

/* One more row in bin i. */
static double with_row(const struct at_score_bin *bins, size_t m, size_t i, double hit)
{
    struct at_score_bin more[MAX_BINS];
    memcpy(more, bins, m * sizeof *bins);
    more[i].rows++;
    more[i].hits += hit;
    return max_min(more, m, i);
}

static void test_venn_abers__equals_a_fit_with_one_more_row(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 32);
    for (int round = 0; round < ROUNDS; round++) {
        struct at_score_bin bins[MAX_BINS];
        struct at_venn_abers_point tmp[2 * MAX_BINS + 3];
        double p0[MAX_BINS], p1[MAX_BINS];
        const size_t m = draw_bins(bins, &rng);
        at_venn_abers_fit(p0, p1, bins, m, tmp);
        for (size_t i = 0; i < m; i++) {
            assert_true(fabs(p0[i] - with_row(bins, m, i, 0)) < 1e-12);
            assert_true(fabs(p1[i] - with_row(bins, m, i, 1)) < 1e-12);
        }
    }
}

/* A bin of one row between two bins: what the header promises of queries that fall there. */
static void test_venn_abers__between_bins_the_neighbours_say_it(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 33);
    for (int round = 0; round < ROUNDS; round++) {
        struct at_score_bin bins[MAX_BINS], more[MAX_BINS + 1];
        struct at_venn_abers_point tmp[2 * MAX_BINS + 3];
        double p0[MAX_BINS], p1[MAX_BINS];
        const size_t m = draw_bins(bins, &rng), at = at_rng_below(&rng, m + 1);
        at_venn_abers_fit(p0, p1, bins, m, tmp);
        memcpy(more, bins, at * sizeof *bins);
        memcpy(more + at + 1, bins + at, (m - at) * sizeof *bins);
        more[at] = (struct at_score_bin){0, 1, 0};
        assert_true(fabs((at > 0 ? p0[at - 1] : 0) - max_min(more, m + 1, at)) < 1e-12);
        more[at].hits = 1;
        assert_true(fabs((at < m ? p1[at] : 1) - max_min(more, m + 1, at)) < 1e-12);
    }
}

static void test_isotonic__bins_are_sorted_and_joined(void **state)
{
    (void)state;
    struct at_score_bin bins[] = {{0.5, 1, 1}, {0.2, 1, 0}, {0.5, 1, 0}, {0.1, 1, 1}, {0.5, 1, 1}};
    assert_int_equal(at_score_bin_merge(bins, 5), 3);
    assert_true(bins[0].x == 0.1 && bins[1].x == 0.2 && bins[2].x == 0.5);
    assert_true(bins[2].rows == 3 && bins[2].hits == 2 && bins[1].hits == 0);
}

static void test_isotonic__value_is_linear_between_points(void **state)
{
    (void)state;
    const double x[] = {0.2, 0.4, 0.8}, v[] = {0.1, 0.3, 0.9};
    assert_true(at_isotonic_value(x, v, 3, 0) == 0.1 && at_isotonic_value(x, v, 3, 1) == 0.9);
    assert_true(at_isotonic_value(x, v, 3, 0.2) == 0.1 && at_isotonic_value(x, v, 3, 0.8) == 0.9);
    assert_true(fabs(at_isotonic_value(x, v, 3, 0.3) - 0.2) < 1e-15);
    assert_true(fabs(at_isotonic_value(x, v, 3, 0.6) - 0.6) < 1e-15);
    assert_true(at_isotonic_value(x, v, 1, 0.6) == 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isotonic__equals_the_max_min_formula),
        cmocka_unit_test(test_venn_abers__equals_a_fit_with_one_more_row),
        cmocka_unit_test(test_venn_abers__between_bins_the_neighbours_say_it),
        cmocka_unit_test(test_isotonic__bins_are_sorted_and_joined),
        cmocka_unit_test(test_isotonic__value_is_linear_between_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
