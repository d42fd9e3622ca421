#include "pipeline/calibration.h"

#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/test.h"

enum { ROUNDS = 150, MAX_N = 120, MAX_K = 5 };

struct sample {
    uint32_t y[MAX_N];
    double p[MAX_N * MAX_K];
    size_t n, k;
};

/* A row whose class is drawn from `true_p`, and whose model says true_p^sharp. */
static void row_draw(double *p, uint32_t *y, size_t k, double sharp, struct at_rng *rng)
{
    double logits[MAX_K], sum = 0, sum_sharp = 0, mark = at_rng_unit(rng);
    for (size_t c = 0; c < k; c++) {
        logits[c] = 1.5 * at_rng_normal(rng);
        sum += exp(logits[c]);
        sum_sharp += exp(sharp * logits[c]);
    }
    *y = (uint32_t)(k - 1);
    for (size_t c = 0; c < k; c++) {
        mark -= exp(logits[c]) / sum;
        if (mark < 0) {
            *y = (uint32_t)c;
            break;
        }
    }
    for (size_t c = 0; c < k; c++)
        p[c] = exp(sharp * logits[c]) / sum_sharp;
}

/* Half of the samples are rounded to tenths, as those of a small forest. */
static void sample_draw(struct sample *s, struct at_rng *rng)
{
    s->n = 1 + at_rng_below(rng, MAX_N);
    s->k = 2 + at_rng_below(rng, MAX_K - 1);
    const bool rounded = at_rng_below(rng, 2);
    const double sharp = 0.3 + 3 * at_rng_unit(rng);
    for (size_t i = 0; i < s->n; i++) {
        double *p = s->p + i * s->k;
        row_draw(p, &s->y[i], s->k, sharp, rng);
        for (size_t c = 0; rounded && c < s->k; c++)
            p[c] = round(10 * p[c]) / 10;
    }
}

static size_t argmax(const double *p, size_t k)
{
    size_t best = 0;
    for (size_t c = 1; c < k; c++)
        best = p[c] > p[best] ? c : best;
    return best;
}

static void test_calibration__applied_is_a_distribution_and_allocates_nothing(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    struct sample s;
    at_rng_init(&rng, 41);
    for (int round = 0; round < ROUNDS; round++) {
        const enum at_calibration_kind kind = (enum at_calibration_kind)(1 + round % 3);
        struct at_calibration c;
        sample_draw(&s, &rng);
        assert_ok(at_calibration_fit(&c, kind, s.p, s.y, s.n, s.k, &err));
        at_alloc_fail_after(1);
        for (int query = 0; query < 20; query++) {
            double p[MAX_K], raw[MAX_K], sum = 0, width;
            uint32_t y;
            row_draw(p, &y, s.k, 2, &rng);
            memcpy(raw, p, sizeof p);
            at_calibration_apply(&c, p, &width);
            for (size_t j = 0; j < s.k; j++) {
                assert_true(p[j] > 0 && p[j] <= 1);
                assert_true(kind == AT_CALIBRATION_TEMPERATURE || p[j] < 1);
                sum += p[j];
            }
            assert_true(fabs(sum - 1) < 1e-12);
            assert_true(kind == AT_CALIBRATION_VENN_ABERS ? width > 0 && width <= 1 : isnan(width));
            if (kind == AT_CALIBRATION_TEMPERATURE)
                assert_int_equal(argmax(p, s.k), argmax(raw, s.k));
        }
        assert_int_equal(at_alloc_fail_after(0), 1);
        at_calibration_release(&c);
    }
}

static double loss_at(const struct sample *s, double floor, double temperature)
{
    double loss = 10 * log(temperature) * log(temperature);
    for (size_t i = 0; i < s->n; i++) {
        double sum = 0;
        const double *p = s->p + i * s->k;
        for (size_t c = 0; c < s->k; c++)
            sum += pow(fmax(p[c], floor), 1 / temperature);
        loss += log(sum) - log(fmax(p[s->y[i]], floor)) / temperature;
    }
    return loss;
}

static void test_calibration__no_other_temperature_is_better(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    struct sample s;
    at_rng_init(&rng, 42);
    for (int round = 0; round < ROUNDS; round++) {
        struct at_calibration c;
        sample_draw(&s, &rng);
        assert_ok(at_calibration_fit(&c, AT_CALIBRATION_TEMPERATURE, s.p, s.y, s.n, s.k, &err));
        const double floor = c.temperature.floor, found = c.temperature.t;
        const double least = loss_at(&s, floor, found), slack = 1e-11 * (1 + fabs(least));
        for (double t = AT_TEMPERATURE_MIN; t <= AT_TEMPERATURE_MAX; t *= 1.05)
            assert_true(least <= loss_at(&s, floor, t) + slack);
        assert_true(least <= loss_at(&s, floor, found * 1.001) + slack);
        assert_true(least <= loss_at(&s, floor, found / 1.001) + slack);
    }
}

static void test_calibration__row_order_does_not_matter(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    struct sample s, t;
    at_rng_init(&rng, 43);
    for (int round = 0; round < ROUNDS; round++) {
        const enum at_calibration_kind kind = (enum at_calibration_kind)(1 + round % 3);
        struct at_calibration a, b;
        uint32_t order[MAX_N];
        sample_draw(&s, &rng);
        t = s;
        for (uint32_t i = 0; i < s.n; i++)
            order[i] = i;
        at_rng_shuffle(&rng, order, s.n);
        for (size_t i = 0; i < s.n; i++) {
            t.y[i] = s.y[order[i]];
            memcpy(t.p + i * s.k, s.p + order[i] * s.k, s.k * sizeof *s.p);
        }
        assert_ok(at_calibration_fit(&a, kind, s.p, s.y, s.n, s.k, &err));
        assert_ok(at_calibration_fit(&b, kind, t.p, t.y, t.n, t.k, &err));
        assert_true(fabs(a.temperature.t - b.temperature.t) <= 1e-6 * a.temperature.t);
        assert_int_equal(a.curve.n, b.curve.n);
        if (kind != AT_CALIBRATION_TEMPERATURE) {
            const size_t n = (size_t)a.curve.start[a.curve.n];
            assert_memory_equal(a.curve.start, b.curve.start, (a.curve.n + 1) * 8);
            assert_memory_equal(a.curve.x, b.curve.x, n * sizeof(double));
            assert_memory_equal(a.curve.v, b.curve.v, n * sizeof(double));
        }
        at_calibration_release(&a);
        at_calibration_release(&b);
    }
}

/* Overconfident answers of two classes: fitted on 3000 rows, looked at on 4000 others. The gap is
 * between the mean confidence and the share of right answers, where the first is above 0.8. */
struct gap {
    double confidence, right, n;
};

static double gap_of(const struct gap *g)
{
    return fabs(g->confidence - g->right) / g->n;
}

static void gap_add(struct gap *g, const double *p, uint32_t y)
{
    const size_t answer = argmax(p, 2);
    if (p[answer] < 0.8)
        return;
    g->confidence += p[answer];
    g->right += answer == y;
    g->n++;
}

static void test_calibration__confidence_becomes_the_share_of_right_answers(void **state)
{
    (void)state;
    attune_error err;
    enum { N = 3000, TEST = 4000 };
    static double p[2 * N];
    static uint32_t y[N];
    for (int kind = AT_CALIBRATION_TEMPERATURE; kind < AT_CALIBRATION_AUTO; kind++) {
        struct at_rng rng;
        struct at_calibration c;
        struct gap before = {0}, after = {0};
        at_rng_init(&rng, 44);
        for (size_t i = 0; i < N; i++)
            row_draw(p + 2 * i, &y[i], 2, 3, &rng);
        assert_ok(at_calibration_fit(&c, (enum at_calibration_kind)kind, p, y, N, 2, &err));
        for (size_t i = 0; i < TEST; i++) {
            double q[2];
            uint32_t truth;
            row_draw(q, &truth, 2, 3, &rng);
            gap_add(&before, q, truth);
            at_calibration_apply(&c, q, NULL);
            gap_add(&after, q, truth);
        }
        assert_true(gap_of(&before) > 0.08 && gap_of(&after) < 0.03 && after.n > 400);
        if (kind == AT_CALIBRATION_TEMPERATURE)
            assert_true(fabs(c.temperature.t - 3) < 0.3);
        at_calibration_release(&c);
    }
}

/* Vovk's promise in the mean: members are at least as frequent as p0 says, at most as p1. */
static void test_calibration__venn_abers_brackets_the_truth_even_with_ten_rows(void **state)
{
    (void)state;
    attune_error err;
    enum { N = 10, SETS = 4000 };
    struct at_rng rng;
    double low = 0, high = 0, right = 0;
    at_rng_init(&rng, 45);
    for (int set = 0; set < SETS; set++) {
        struct at_calibration c;
        double p[2 * N], q[2], width;
        uint32_t y[N], truth;
        for (size_t i = 0; i < N; i++)
            row_draw(p + 2 * i, &y[i], 2, 2, &rng);
        assert_ok(at_calibration_fit(&c, AT_CALIBRATION_VENN_ABERS, p, y, N, 2, &err));
        row_draw(q, &truth, 2, 2, &rng);
        at_calibration_apply(&c, q, &width);
        const size_t answer = argmax(q, 2);
        /* q = p1 / (1 - p0 + p1) and width = p1 - p0 give both back */
        const double upper = q[answer] * (1 + width);
        low += upper - width;
        high += upper;
        right += answer == truth;
        at_calibration_release(&c);
    }
    const double slack = 3 * sqrt(0.25 / SETS) * SETS;
    assert_true(low - slack <= right && right <= high + slack);
    assert_true(high - low > 0.15 * SETS); /* and ten rows are known to be few */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calibration__applied_is_a_distribution_and_allocates_nothing),
        cmocka_unit_test(test_calibration__no_other_temperature_is_better),
        cmocka_unit_test(test_calibration__row_order_does_not_matter),
        cmocka_unit_test(test_calibration__confidence_becomes_the_share_of_right_answers),
        cmocka_unit_test(test_calibration__venn_abers_brackets_the_truth_even_with_ten_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
