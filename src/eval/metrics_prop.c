/* Random truths and answers of every shape; whatever they are, these hold. */
#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "eval/metrics.h"
#include "support/test.h"

enum { ROUNDS = 400, MAX_N = 60, MAX_K = 5 };

struct sample {
    size_t n, k;
    uint32_t y[MAX_N];
    double p[MAX_N * MAX_K];
};

static void sample_draw(struct sample *s, struct at_rng *rng)
{
    s->n = 1 + at_rng_below(rng, MAX_N);
    s->k = 2 + at_rng_below(rng, MAX_K - 1);
    const size_t used = 1 + at_rng_below(rng, s->k); /* some classes never occur */
    const int ties = at_rng_below(rng, 2) == 0;
    for (size_t i = 0; i < s->n; i++) {
        double sum = 0, *row = s->p + i * s->k;
        s->y[i] = (uint32_t)at_rng_below(rng, used);
        for (size_t c = 0; c < s->k; c++)
            sum += row[c] = ties ? (double)(1 + at_rng_below(rng, 3)) : at_rng_unit(rng) + 1e-9;
        for (size_t c = 0; c < s->k; c++)
            row[c] /= sum;
    }
}

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) < 1e-12;
}

static void check_bounds(const struct at_metrics *m)
{
    const double shares[] = {m->accuracy, m->balanced_accuracy, m->macro.f1, m->weighted.f1,
                             m->macro.precision};
    for (size_t i = 0; i < 5; i++)
        assert_true(shares[i] >= 0 && shares[i] <= 1 + 1e-12);
    assert_true(m->log_loss >= 0 && m->brier >= 0 && m->brier <= 2);
    assert_true(m->mcc >= -1 - 1e-12 && m->mcc <= 1 + 1e-12 && m->kappa <= 1 + 1e-12);
    assert_true(isnan(m->roc_auc) || (m->roc_auc >= 0 && m->roc_auc <= 1));
    assert_true(m->accuracy_low <= m->accuracy && m->accuracy <= m->accuracy_high);
    assert_true(m->accuracy_low >= 0 && m->accuracy_high <= 1);
    assert_true(m->macro_f1_low <= m->macro_f1_high && m->log_loss_low <= m->log_loss_high);
}

static void check_counts(const struct at_metrics *m)
{
    uint64_t trace = 0, total = 0;
    double recall = 0;
    for (size_t c = 0; c < m->n_classes; c++) {
        trace += m->confusion[c * m->n_classes + c];
        recall += m->class[c].recall * (double)m->class[c].support;
        for (size_t d = 0; d < m->n_classes; d++)
            total += m->confusion[c * m->n_classes + d];
    }
    assert_int_equal(total, m->n);
    assert_true(m->accuracy == (double)trace / (double)m->n);
    assert_true(same(recall / (double)m->n, m->accuracy)); /* weighted recall is the accuracy */
    assert_true(same(m->weighted.recall, m->accuracy));
}

static void test_metrics__bounds_and_sums(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    size_t contained = 0;
    at_rng_init(&rng, 11);
    for (int round = 0; round < ROUNDS; round++) {
        struct sample s;
        struct at_metrics m;
        sample_draw(&s, &rng);
        assert_ok(at_metrics_compute(&m, s.y, s.p, s.n, s.k, 100, 5, &err));
        check_bounds(&m);
        check_counts(&m);
        contained += m.log_loss_low <= m.log_loss + 1e-12 && m.log_loss <= m.log_loss_high + 1e-12;
        at_metrics_release(&m);
    }
    assert_true(contained > ROUNDS * 98 / 100);
}

/* The order of rows changes nothing but the bootstrap draws. */
static void test_metrics__row_order_does_not_matter(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    at_rng_init(&rng, 12);
    for (int round = 0; round < ROUNDS; round++) {
        struct sample s, t;
        struct at_metrics a, b;
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
        assert_ok(at_metrics_compute(&a, s.y, s.p, s.n, s.k, 0, 1, &err));
        assert_ok(at_metrics_compute(&b, t.y, t.p, t.n, t.k, 0, 1, &err));
        assert_memory_equal(a.confusion, b.confusion, s.k * s.k * sizeof *a.confusion);
        assert_true(same(a.log_loss, b.log_loss) && same(a.brier, b.brier));
        assert_true(same(a.roc_auc, b.roc_auc) && same(a.mcc, b.mcc));
        at_metrics_release(&a);
        at_metrics_release(&b);
    }
}

/* AUC by its definition: all pairs. */
static double auc_by_pairs(const struct sample *s, size_t c)
{
    double good = 0, pairs = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->n; j++) {
            if (s->y[i] != c || s->y[j] == c)
                continue;
            const double a = s->p[i * s->k + c], b = s->p[j * s->k + c];
            good += a > b ? 1 : a == b ? 0.5 : 0;
            pairs++;
        }
    return pairs > 0 ? good / pairs : NAN;
}

static void test_metrics__auc_is_the_share_of_ordered_pairs(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    at_rng_init(&rng, 13);
    for (int round = 0; round < ROUNDS; round++) {
        struct sample s;
        struct at_metrics m;
        double sum = 0, n_areas = 0;
        sample_draw(&s, &rng);
        assert_ok(at_metrics_compute(&m, s.y, s.p, s.n, s.k, 0, 1, &err));
        for (size_t c = s.k == 2; c < s.k; c++) {
            const double area = auc_by_pairs(&s, c);
            sum += isnan(area) ? 0 : area;
            n_areas += !isnan(area);
        }
        assert_true(same(m.roc_auc, n_areas > 0 ? sum / n_areas : NAN));
        at_metrics_release(&m);
    }
}

static void test_metrics__same_seed_same_limits(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    struct sample s;
    struct at_metrics a, b, c;
    at_rng_init(&rng, 14);
    do
        sample_draw(&s, &rng);
    while (s.n < 40);
    assert_ok(at_metrics_compute(&a, s.y, s.p, s.n, s.k, 200, 5, &err));
    assert_ok(at_metrics_compute(&b, s.y, s.p, s.n, s.k, 200, 5, &err));
    assert_ok(at_metrics_compute(&c, s.y, s.p, s.n, s.k, 200, 6, &err));
    assert_true(a.macro_f1_low == b.macro_f1_low && a.log_loss_high == b.log_loss_high);
    assert_true(a.log_loss_high != c.log_loss_high);
    at_metrics_release(&a);
    at_metrics_release(&b);
    at_metrics_release(&c);
}

/* Nine of ten 95 % intervals at least must hold the true accuracy of a coin with a known chance. */
static void test_wilson__covers(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 15);
    size_t covered = 0, total = 4000;
    for (size_t round = 0; round < total; round++) {
        const double chance = 0.05 + 0.9 * at_rng_unit(&rng);
        uint64_t hits = 0;
        for (int i = 0; i < 30; i++)
            hits += at_rng_unit(&rng) < chance;
        double low, high;
        at_wilson(hits, 30, 1.959964, &low, &high);
        covered += low <= chance && chance <= high;
    }
    assert_in_range(covered, total * 94 / 100, total * 97 / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics__bounds_and_sums),
        cmocka_unit_test(test_metrics__row_order_does_not_matter),
        cmocka_unit_test(test_metrics__auc_is_the_share_of_ordered_pairs),
        cmocka_unit_test(test_metrics__same_seed_same_limits),
        cmocka_unit_test(test_wilson__covers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
