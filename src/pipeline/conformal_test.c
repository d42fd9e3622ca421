#include "pipeline/conformal.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/memory_bundle.h"
#include "support/temp.h"
#include "support/test.h"

/* Nine rows whose true class has 0.91, 0.82, ..., 0.19: scores 0.09, 0.18, ..., 0.81. */
static void nine_rows(double *p, uint32_t *y)
{
    for (size_t i = 0; i < 9; i++) {
        y[i] = i % 2;
        p[2 * i + y[i]] = 1 - 0.09 * (double)(i + 1);
        p[2 * i + 1 - y[i]] = 0.09 * (double)(i + 1);
    }
}

static void test_conformal__threshold_is_the_rank_that_theory_names(void **state)
{
    (void)state;
    attune_error err;
    double p[18];
    uint32_t y[9];
    struct at_conformal c;
    nine_rows(p, y);
    static const struct {
        double alpha;
        size_t rank; /* ceil(10 (1 - alpha)) */
    } cases[] = {{0.1, 9}, {0.2, 8}, {0.25, 8}, {0.3, 7}, {0.5, 5}, {0.89, 2}, {0.9, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(at_conformal_fit(&c, AT_CONFORMAL_LAC, cases[i].alpha, p, y, 9, 2, &err));
        assert_true(fabs(c.threshold - 0.09 * (double)cases[i].rank) < 1e-12);
    }
    /* nine rows cannot promise 95 % : everything is possible */
    assert_ok(at_conformal_fit(&c, AT_CONFORMAL_LAC, 0.05, p, y, 9, 2, &err));
    assert_true(isinf(c.threshold));
    const double sure[] = {1, 0};
    assert_int_equal(at_conformal_set(&c, sure, NULL), 2);
}

static void test_conformal__sets_hold_one_many_or_no_class(void **state)
{
    (void)state;
    const struct at_conformal lac = {AT_CONFORMAL_LAC, 0.1, 0.6, 99, 3},
                              aps = {AT_CONFORMAL_APS, 0.1, 0.8, 99, 3};
    const double one[] = {0.1, 0.7, 0.2}, two[] = {0.45, 0.1, 0.45}, none[] = {0.3, 0.35, 0.35};
    bool in[3];
    assert_int_equal(at_conformal_set(&lac, one, in), 1);
    assert_true(!in[0] && in[1] && !in[2]);
    assert_int_equal(at_conformal_set(&lac, two, in), 2);
    assert_true(in[0] && !in[1] && in[2]);
    assert_int_equal(at_conformal_set(&lac, none, in), 0);
    assert_int_equal(at_conformal_set(&aps, one, in), 1); /* 0.7, then 0.9 */
    assert_true(in[1]);
    assert_int_equal(at_conformal_set(&aps, two, in), 1); /* of equals the first goes first */
    assert_true(in[0]);
    assert_int_equal(at_conformal_set(&aps, none, in), 2);
    assert_true(!in[0] && in[1] && in[2]);
}

static void test_conformal__fit_refuses(void **state)
{
    (void)state;
    attune_error err;
    struct at_conformal c = {.n_rows = 77};
    const double p[] = {0.5, 0.5, NAN, 0.5};
    const uint32_t y[] = {0, 1}, outside[] = {2};
    assert_fails(at_conformal_fit(&c, AT_CONFORMAL_LAC, 0.1, p, y, 0, 2, &err), ATTUNE_NOT_ENOUGH,
                 "no rows");
    assert_fails(at_conformal_fit(&c, AT_CONFORMAL_LAC, 0, p, y, 1, 2, &err), ATTUNE_INVALID,
                 "alpha 0");
    assert_fails(at_conformal_fit(&c, AT_CONFORMAL_LAC, 1, p, y, 1, 2, &err), ATTUNE_INVALID,
                 "alpha 1");
    assert_fails(at_conformal_fit(&c, AT_CONFORMAL_LAC, NAN, p, y, 1, 2, &err), ATTUNE_INVALID,
                 "alpha");
    assert_fails(at_conformal_fit(&c, AT_CONFORMAL_LAC, 0.1, p, y, 2, 1, &err), ATTUNE_INVALID,
                 "1 classes");
    assert_fails(at_conformal_fit(&c, AT_CONFORMAL_LAC, 0.1, p, y, 2, 2, &err), ATTUNE_INVALID,
                 "row 1");
    assert_fails(at_conformal_fit(&c, AT_CONFORMAL_LAC, 0.1, p, outside, 1, 2, &err),
                 ATTUNE_INVALID, "class 2 of 2");
    at_alloc_fail_after(1);
    assert_fails(at_conformal_fit(&c, AT_CONFORMAL_LAC, 0.1, p, y, 1, 2, &err), ATTUNE_NO_MEMORY,
                 "out of memory");
    at_alloc_fail_after(0);
    assert_int_equal(c.n_rows, 77);
}

/* A row of three classes: the class is drawn from one distribution, the model says another. */
static uint32_t row_draw(double *p, double sharp, struct at_rng *rng)
{
    double logits[3], sum = 0, sum_said = 0, mark = at_rng_unit(rng);
    for (size_t c = 0; c < 3; c++) {
        logits[c] = 1.5 * at_rng_normal(rng);
        sum += exp(logits[c]);
        sum_said += exp(sharp * logits[c]);
    }
    for (size_t c = 0; c < 3; c++)
        p[c] = exp(sharp * logits[c]) / sum_said;
    for (uint32_t c = 0; c < 2; c++) {
        mark -= exp(logits[c]) / sum;
        if (mark < 0)
            return c;
    }
    return 2;
}

enum { REPETITIONS = 1000, NEW_ROWS = 20 };

/* 1000 fits of n rows, 20 new rows each. One fit's true coverage is Beta-distributed around its
 * mean; the mean over 1000 x 20 rows then has a standard deviation of at most
 * sqrt(alpha (1 - alpha) (1 / 20 + 1 / n) / 1000). Four of them are allowed: a right implementation
 * fails one case in 16 000. */
static void coverage_check(enum at_conformal_score score, double alpha, size_t n, double sharp)
{
    attune_error err;
    struct at_rng rng;
    double p[3 * 200];
    uint32_t y[200];
    size_t covered = 0;
    at_rng_init(&rng, 51 + n);
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        struct at_conformal c;
        for (size_t i = 0; i < n; i++)
            y[i] = row_draw(p + 3 * i, sharp, &rng);
        assert_ok(at_conformal_fit(&c, score, alpha, p, y, n, 3, &err));
        for (size_t i = 0; i < NEW_ROWS; i++) {
            double q[3];
            bool in[3];
            const uint32_t truth = row_draw(q, sharp, &rng);
            at_conformal_set(&c, q, in);
            covered += in[truth];
        }
    }
    const double share = (double)covered / (REPETITIONS * NEW_ROWS);
    const double sd = sqrt(alpha * (1 - alpha) * (1.0 / NEW_ROWS + 1 / (double)n) / REPETITIONS);
    const double low = 1 - alpha, high = 1 - alpha + 1 / (double)(n + 1);
    if (!(share >= low - 4 * sd && share <= high + 4 * sd))
        fail_msg("n = %zu, alpha = %g: covered %.4f, wanted %.4f to %.4f (4 sd = %.4f)", n, alpha,
                 share, low, high, 4 * sd);
}

static void test_conformal__coverage_is_within_its_bounds(void **state)
{
    (void)state;
    static const size_t sizes[] = {19, 50, 200};
    for (size_t i = 0; i < 3; i++) {
        coverage_check(AT_CONFORMAL_LAC, 0.1, sizes[i], 1);
        coverage_check(AT_CONFORMAL_LAC, 0.2, sizes[i], 4); /* whatever the model */
        coverage_check(AT_CONFORMAL_APS, 0.1, sizes[i], 0.5);
    }
}

static void test_conformal__saved_is_loaded(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    double p[18];
    uint32_t y[9];
    struct at_conformal c = {0}, d;
    attune_writer *writer;
    attune_reader reader;
    nine_rows(p, y);
    temp_open(&t);
    for (int fitted = 0; fitted < 2; fitted++) {
        if (fitted)
            assert_ok(at_conformal_fit(&c, AT_CONFORMAL_APS, 0.05, p, y, 9, 2, &err));
        assert_ok(at_bundle_create(&writer, temp_path(&t, "conformal.model"), &err));
        assert_ok(at_conformal_save(&c, writer, &err));
        assert_ok(at_bundle_commit(writer, &err));
        assert_ok(at_bundle_open(&reader, t.path, &err));
        assert_ok(at_conformal_load(&d, &reader, 2, &err));
        assert_true(d.score == c.score && d.alpha == c.alpha && d.threshold == c.threshold &&
                    d.n_rows == c.n_rows && d.n_classes == c.n_classes);
        if (fitted)
            assert_fails(at_conformal_load(&d, &reader, 3, &err), ATTUNE_CORRUPT, "damaged");
        at_bundle_close(&reader);
    }
    temp_close(&t);
}

static void test_conformal__load_refuses_any_single_damage(void **state)
{
    (void)state;
    attune_error err;
    struct shape {
        uint32_t layout, score;
        uint64_t n_rows, n_classes;
        double alpha, threshold;
    };
    const struct shape bad[] = {
        {2, 0, 9, 2, 0.1, 0.5}, {0, 0, 9, 2, 0.1, 0.5}, {1, 2, 9, 2, 0.1, 0.5},
        {1, 0, 0, 2, 0.1, 0.5}, {1, 0, 9, 3, 0.1, 0.5}, {1, 0, 9, 2, 0, 0.5},
        {1, 0, 9, 2, NAN, 0.5}, {1, 0, 9, 2, 0.1, NAN}, {1, 0, 9, 2, 1, 0.5}};
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        const struct shape good = {1, 0, 9, 2, 0.1, 0.5};
        struct memory_bundle b;
        attune_reader reader;
        struct at_conformal c;
        const bool cut = i == sizeof bad / sizeof *bad;
        memory_bundle_init(&b, sizeof good);
        memory_bundle_put(&b, "conformal.shape", cut ? &good : &bad[i], cut ? 24 : sizeof good);
        memory_bundle_finish(&b);
        assert_ok(at_bundle_open_memory(&reader, b.data, b.size, "damaged", &err));
        assert_fails(at_conformal_load(&c, &reader, 2, &err),
                     i == 0 ? ATTUNE_TOO_NEW : ATTUNE_CORRUPT, i == 0 ? "newer" : "damaged");
        assert_true(c.alpha == 0);
        memory_bundle_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformal__threshold_is_the_rank_that_theory_names),
        cmocka_unit_test(test_conformal__sets_hold_one_many_or_no_class),
        cmocka_unit_test(test_conformal__fit_refuses),
        cmocka_unit_test(test_conformal__coverage_is_within_its_bounds),
        cmocka_unit_test(test_conformal__saved_is_loaded),
        cmocka_unit_test(test_conformal__load_refuses_any_single_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
