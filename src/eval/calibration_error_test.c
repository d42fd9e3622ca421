#include "eval/calibration_error.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/test.h"

/* Comparisons with scikit-learn are in eval/metrics_test.c. */

static void test_reliability__bins_are_closed_on_the_right(void **state)
{
    (void)state;
    assert_int_equal(at_reliability_index(0, 15), 0);
    assert_int_equal(at_reliability_index(1e-300, 15), 0);
    assert_int_equal(at_reliability_index(1, 15), 14);
    assert_int_equal(at_reliability_index(1.0000000001, 15), 14);
    for (size_t n_bins = 1; n_bins < 60; n_bins++)
        for (size_t b = 0; b < n_bins; b++) {
            const double edge = (double)(b + 1) / (double)n_bins;
            assert_int_equal(at_reliability_index(edge, n_bins), b);
            assert_int_equal(at_reliability_index(nextafter(edge, 2), n_bins),
                             b + 1 < n_bins ? b + 1 : b);
        }
}

static const uint32_t four_y[] = {0, 1, 1, 0};
static const double four_p[] = {0.9, 0.1, 0.8, 0.2, 0.35, 0.65, 0.55, 0.45};

static void test_ece__is_the_weighted_gap(void **state)
{
    (void)state;
    struct at_reliability_bin bins[2], one[1];
    at_reliability(bins, 2, four_y, four_p, 4, 2); /* all confidences are above 0.5 */
    assert_int_equal(bins[0].n, 0);
    assert_true(bins[0].confidence == 0 && bins[0].accuracy == 0);
    assert_true(fabs(bins[1].confidence - 2.9 / 4) < 1e-15 && bins[1].accuracy == 0.75);
    assert_true(fabs(at_ece(bins, 2) - 0.025) < 1e-15);
    at_reliability(one, 1, four_y, four_p, 4, 2);
    assert_true(at_ece(one, 1) == at_ece(bins, 2));
    at_reliability(one, 1, four_y, four_p, 0, 2);
    assert_true(at_ece(one, 1) == 0);
}

static void test_ece__equal_mass_puts_as_many_rows_in_each_bin(void **state)
{
    (void)state;
    attune_error err;
    struct at_reliability_bin bins[2];
    double ece;
    assert_ok(at_ece_equal_mass(&ece, bins, 2, four_y, four_p, 4, 2, &err));
    assert_true(bins[0].n == 2 && bins[1].n == 2);
    /* 0.55 and 0.65 are right, of 0.8 and 0.9 one is */
    assert_true(fabs(ece - (0.4 + 0.35) / 2) < 1e-15);
    assert_ok(at_ece_equal_mass(&ece, bins, 2, four_y, four_p, 0, 2, &err));
    assert_true(ece == 0);
}

static void test_ece__equal_mass_keeps_equal_confidences_together(void **state)
{
    (void)state;
    attune_error err;
    enum { N = 30 };
    double p[2 * N], ece;
    uint32_t y[N];
    struct at_reliability_bin bins[15];
    for (size_t i = 0; i < N; i++) {
        p[2 * i] = i < 20 ? 0.75 : 0.625;
        p[2 * i + 1] = 1 - p[2 * i];
        y[i] = i % 2;
    }
    assert_ok(at_ece_equal_mass(&ece, bins, 15, y, p, N, 2, &err));
    size_t used = 0;
    for (size_t b = 0; b < 15; b++)
        used += bins[b].n > 0;
    assert_int_equal(used, 2);
    assert_true(fabs(ece - (20 * 0.25 + 10 * 0.125) / 30) < 1e-12);
}

static void test_ece__equal_mass_survives_every_failing_allocation(void **state)
{
    (void)state;
    attune_error err;
    struct at_reliability_bin bins[2];
    double ece = -1;
    for (size_t n = 1; n <= 2; n++) {
        at_alloc_fail_after(n);
        assert_fails(at_ece_equal_mass(&ece, bins, 2, four_y, four_p, 4, 2, &err), ATTUNE_NO_MEMORY,
                     "out of memory");
        at_alloc_fail_after(0);
        assert_true(ece == -1);
    }
}

/* What the header says of few rows: an honest model, and about 0.1 for 100 of them. */
static void test_ece__of_an_honest_model_falls_with_the_rows(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 61);
    static const struct {
        size_t n;
        double low, high;
    } cases[] = {{100, 0.07, 0.12}, {1000, 0.02, 0.04}};
    static double p[2 * 1000];
    static uint32_t y[1000];
    for (size_t i = 0; i < 2; i++) {
        double sum = 0;
        for (int round = 0; round < 40; round++) {
            struct at_reliability_bin bins[AT_RELIABILITY_BINS];
            for (size_t row = 0; row < cases[i].n; row++) {
                p[2 * row] = at_rng_unit(&rng);
                p[2 * row + 1] = 1 - p[2 * row];
                y[row] = at_rng_unit(&rng) >= p[2 * row];
            }
            at_reliability(bins, AT_RELIABILITY_BINS, y, p, cases[i].n, 2);
            sum += at_ece(bins, AT_RELIABILITY_BINS);
        }
        assert_true(sum / 40 > cases[i].low && sum / 40 < cases[i].high);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reliability__bins_are_closed_on_the_right),
        cmocka_unit_test(test_ece__is_the_weighted_gap),
        cmocka_unit_test(test_ece__equal_mass_puts_as_many_rows_in_each_bin),
        cmocka_unit_test(test_ece__equal_mass_keeps_equal_confidences_together),
        cmocka_unit_test(test_ece__equal_mass_survives_every_failing_allocation),
        cmocka_unit_test(test_ece__of_an_honest_model_falls_with_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
