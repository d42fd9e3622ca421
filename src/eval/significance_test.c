#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "eval/significance.h"
#include "support/test.h"

static void near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("got %.17g, wanted %.17g", got, wanted);
}

/* Values by exact fractions (Python's fractions module): 2 P(X < m) + P(X = m), X ~ Bin(b + c,
 * 1/2). */
static void test_mcnemar__exact_values(void **state)
{
    (void)state;
    near(at_mcnemar_midp(1, 7), 0.0390625, 1e-15); /* the example of Fagerland, Lydersen, Laake */
    near(at_mcnemar_midp(7, 1), 0.0390625, 1e-15);
    near(at_mcnemar_midp(5, 15), 0.026603698730468750, 1e-15);
    near(at_mcnemar_midp(0, 3), 0.125, 1e-15);
    near(at_mcnemar_midp(40, 60), 0.046044066929342806, 1e-13);
    near(at_mcnemar_midp(480, 520), 0.20610731083295322, 1e-12);
}

static void test_mcnemar__no_difference(void **state)
{
    (void)state;
    assert_true(at_mcnemar_midp(0, 0) == 1);
    near(at_mcnemar_midp(1, 1), 0.75, 1e-15); /* 1 - P(X = 1) / 2 */
    near(at_mcnemar_midp(5, 5), 0.876953125, 1e-15);
}

static void test_mcnemar__large_counts(void **state)
{
    (void)state;
    near(at_mcnemar_midp(100000, 100100), 0.823, 0.001); /* z = 100 / sqrt(200100) */
    assert_true(at_mcnemar_midp(0, 5000) == 0);          /* below the smallest double */
    const double p = at_mcnemar_midp(499000, 501000);
    near(p, 0.0455, 0.0001);
}

enum { N = 120, K = 3 };

/* A model that answers the truth with the given chance. */
static void answers(struct at_rng *rng, const uint32_t *y, double *p, double chance)
{
    for (size_t i = 0; i < N; i++) {
        const size_t answer = at_rng_unit(rng) < chance ? y[i] : at_rng_below(rng, K);
        for (size_t c = 0; c < K; c++)
            p[i * K + c] = c == answer ? 0.8 : 0.1;
    }
}

static void labels(struct at_rng *rng, uint32_t *y)
{
    for (size_t i = 0; i < N; i++)
        y[i] = (uint32_t)at_rng_below(rng, K);
}

static void test_paired__same_model_has_no_difference(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    uint32_t y[N];
    double p[N * K];
    at_rng_init(&rng, 1);
    labels(&rng, y);
    answers(&rng, y, p, 0.6);
    struct at_paired r;
    assert_ok(at_paired_compare(&r, y, p, p, N, K, 100, 1, &err));
    assert_int_equal(r.only_a + r.only_b, 0);
    assert_true(r.mcnemar_p == 1);
    assert_true(r.macro_f1_delta == 0 && r.macro_f1_low == 0 && r.macro_f1_high == 0);
    assert_true(r.log_loss_delta == 0 && r.log_loss_low == 0 && r.log_loss_high == 0);
    assert_true(r.recall_drop_low == 0);
}

static void test_paired__clear_winner(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    uint32_t y[N];
    double good[N * K], bad[N * K];
    at_rng_init(&rng, 2);
    labels(&rng, y);
    answers(&rng, y, good, 0.95);
    answers(&rng, y, bad, 0.3);
    struct at_paired r, s;
    assert_ok(at_paired_compare(&r, y, good, bad, N, K, 500, 3, &err));
    assert_true(r.only_a > r.only_b && r.mcnemar_p < 1e-6);
    assert_true(r.macro_f1_low > 0 && r.macro_f1_low <= r.macro_f1_delta &&
                r.macro_f1_delta <= r.macro_f1_high);
    assert_true(r.log_loss_high < 0 && r.log_loss_low <= r.log_loss_delta);
    assert_true(r.recall_drop_low < 0);
    assert_ok(at_paired_compare(&s, y, bad, good, N, K, 500, 3, &err));
    assert_int_equal(s.only_a, r.only_b);
    assert_true(s.macro_f1_delta == -r.macro_f1_delta);
    near(s.macro_f1_low, -r.macro_f1_high, 1e-15); /* the same draws, mirrored */
    assert_true(s.recall_drop_low > 0.2);
}

/* A is right where B is, but gives up one class. */
static void test_paired__finds_the_class_that_got_worse(void **state)
{
    (void)state;
    attune_error err;
    uint32_t y[N];
    double a[N * K], b[N * K];
    for (size_t i = 0; i < N; i++) {
        y[i] = (uint32_t)(i % K);
        for (size_t c = 0; c < K; c++) {
            b[i * K + c] = c == y[i] ? 0.8 : 0.1;
            a[i * K + c] = c == (y[i] == 2 && i % 2 ? 0 : y[i]) ? 0.8 : 0.1;
        }
    }
    struct at_paired r;
    assert_ok(at_paired_compare(&r, y, a, b, N, K, 1000, 1, &err));
    assert_int_equal(r.recall_drop_class, 2);
    assert_true(r.recall_drop_low > 0.35 && r.recall_drop_low < 0.5);
    assert_int_equal(r.only_b, 20);
    assert_int_equal(r.only_a, 0);
}

static void test_paired__no_bootstrap_leaves_nan(void **state)
{
    (void)state;
    attune_error err;
    struct at_paired r;
    const double a[] = {0.9, 0.1, 0.4, 0.6}, b[] = {0.9, 0.1, 0.6, 0.4};
    assert_ok(at_paired_compare(&r, (uint32_t[]){0, 1}, a, b, 2, 2, 0, 1, &err));
    assert_true(isnan(r.macro_f1_low) && isnan(r.log_loss_high) && isnan(r.recall_drop_low));
    near(r.macro_f1_delta, 1 - 1.0 / 3, 1e-15);
    near(r.log_loss_delta, (log(0.4) - log(0.6)) / 2, 1e-15);
    assert_int_equal(r.only_a, 1);
}

static void test_paired__refuses_what_it_cannot_compare(void **state)
{
    (void)state;
    attune_error err;
    struct at_paired r;
    const double ok[] = {0.9, 0.1}, bad[] = {INFINITY, 0};
    assert_fails(at_paired_compare(&r, (uint32_t[]){0}, ok, ok, 0, 2, 9, 1, &err),
                 ATTUNE_NOT_ENOUGH, "no rows");
    assert_fails(at_paired_compare(&r, (uint32_t[]){0}, ok, bad, 1, 2, 9, 1, &err), ATTUNE_INVALID,
                 "not a finite number");
    assert_fails(at_paired_compare(&r, (uint32_t[]){5}, ok, ok, 1, 2, 9, 1, &err), ATTUNE_INVALID,
                 "class 5 of 2");
}

static void test_paired__every_allocation_may_fail(void **state)
{
    (void)state;
    attune_error err;
    const double p[] = {0.9, 0.1, 0.4, 0.6};
    size_t n = 1;
    for (;; n++) {
        struct at_paired r;
        at_alloc_fail_after(n);
        const attune_status status =
            at_paired_compare(&r, (uint32_t[]){0, 1}, p, p, 2, 2, 10, 1, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_true(r.mcnemar_p == 0);
    }
    assert_int_equal(n, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mcnemar__exact_values),
        cmocka_unit_test(test_mcnemar__no_difference),
        cmocka_unit_test(test_mcnemar__large_counts),
        cmocka_unit_test(test_paired__same_model_has_no_difference),
        cmocka_unit_test(test_paired__clear_winner),
        cmocka_unit_test(test_paired__finds_the_class_that_got_worse),
        cmocka_unit_test(test_paired__no_bootstrap_leaves_nan),
        cmocka_unit_test(test_paired__refuses_what_it_cannot_compare),
        cmocka_unit_test(test_paired__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
