#include <math.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/rng.h"
#include "eval/interval.h"
#include "eval/metrics.h"
#include "eval/report.h"
#include "support/test.h"

/* ---- Golden cases of scikit-learn (tests/golden/metrics/make.py) ---- */

enum { MAX_CLASSES = 20 };

struct golden {
    const char *name;
    const at_json *json;
    struct at_str labels[MAX_CLASSES];
    uint32_t *y;
    double *p;
    size_t n, k;
    struct at_metrics m;
};

static void near(const char *name, const char *what, double got, double wanted)
{
    if (isnan(got) && isnan(wanted))
        return;
    if (!(fabs(got - wanted) <= 1e-12 * fmax(1, fabs(wanted))))
        fail_msg("%s: %s is %.17g, wanted %.17g", name, what, got, wanted);
}

static double golden_number(const struct golden *g, const char *key)
{
    return at_json_number(at_json_get(g->json, key), NAN);
}

static void golden_load(struct golden *g, const at_json *json)
{
    attune_error err;
    const at_json *labels = at_json_get(json, "labels"), *y = at_json_get(json, "y");
    *g = (struct golden){.name = at_json_string(at_json_get(json, "name")).ptr, .json = json};
    g->n = at_json_len(y);
    g->k = at_json_len(labels);
    assert_in_range(g->k, 1, MAX_CLASSES);
    g->y = AT_ALLOC(uint32_t, g->n);
    g->p = AT_ALLOC(double, g->n * g->k);
    for (size_t c = 0; c < g->k; c++)
        g->labels[c] = at_json_string(at_json_at(labels, c));
    for (size_t i = 0; i < g->n; i++)
        g->y[i] = (uint32_t)at_json_integer(at_json_at(y, i), -1);
    for (size_t i = 0; i < g->n * g->k; i++)
        g->p[i] = at_json_number(at_json_at(at_json_get(json, "p"), i), NAN);
    assert_ok(at_metrics_compute(&g->m, g->y, g->p, g->n, g->k, (size_t)golden_number(g, "draws"),
                                 (uint64_t)golden_number(g, "seed"), &err));
}

static void golden_each(void (*check)(const struct golden *g))
{
    attune_error err;
    struct at_buf text = {0};
    at_json *root;
    assert_ok(
        at_fs_read(ATTUNE_SOURCE_DIR "/tests/golden/metrics/cases.json", &text, 1 << 20, &err));
    assert_ok(at_json_parse(&root, text.data, text.len, "cases.json", &err));
    const at_json *cases = at_json_get(root, "cases");
    assert_true(at_json_len(cases) >= 16);
    for (size_t i = 0; i < at_json_len(cases); i++) {
        struct golden g;
        golden_load(&g, at_json_at(cases, i));
        check(&g);
        at_metrics_release(&g.m);
        at_free(g.y);
        at_free(g.p);
    }
    at_json_free(root);
    at_buf_release(&text);
}

static void check_numbers(const struct golden *g)
{
    const struct at_metrics *m = &g->m;
    near(g->name, "accuracy", m->accuracy, golden_number(g, "accuracy"));
    near(g->name, "balanced_accuracy", m->balanced_accuracy, golden_number(g, "balanced_accuracy"));
    near(g->name, "log_loss", m->log_loss, golden_number(g, "log_loss"));
    near(g->name, "brier", m->brier, golden_number(g, "brier"));
    near(g->name, "roc_auc", m->roc_auc, golden_number(g, "roc_auc"));
    near(g->name, "mcc", m->mcc, golden_number(g, "mcc"));
    near(g->name, "kappa", m->kappa, golden_number(g, "kappa"));
    const at_json *cells = at_json_get(g->json, "confusion");
    for (size_t i = 0; i < g->k * g->k; i++)
        assert_int_equal(m->confusion[i], at_json_integer(at_json_at(cells, i), -1));
}

static void test_metrics__numbers_equal_scikit_learn(void **state)
{
    (void)state;
    golden_each(check_numbers);
}

static void check_reliability(const struct golden *g)
{
    const at_json *wanted = at_json_get(g->json, "reliability");
    size_t shown = 0; /* empty bins are not listed */
    for (size_t b = 0; b < AT_RELIABILITY_BINS; b++) {
        const struct at_reliability_bin *bin = &g->m.reliability[b];
        assert_int_equal(bin->n, at_json_integer(at_json_at(at_json_at(wanted, 0), b), -1));
        if (!bin->n)
            continue;
        near(g->name, "mean confidence", bin->confidence,
             at_json_number(at_json_at(at_json_at(wanted, 1), shown), NAN));
        near(g->name, "accuracy of a bin", bin->accuracy,
             at_json_number(at_json_at(at_json_at(wanted, 2), shown), NAN));
        shown++;
    }
    near(g->name, "ece", g->m.ece, golden_number(g, "ece"));
}

static void check_equal_mass(const struct golden *g)
{
    attune_error err;
    struct at_reliability_bin bins[AT_RELIABILITY_BINS];
    double ece;
    assert_ok(at_ece_equal_mass(&ece, bins, AT_RELIABILITY_BINS, g->y, g->p, g->n, g->k, &err));
    if (!at_json_is_null(at_json_get(g->json, "ece_equal_mass")))
        near(g->name, "ece of equal mass", ece, golden_number(g, "ece_equal_mass"));
}

static void test_metrics__calibration_error_equals_scikit_learn(void **state)
{
    (void)state;
    golden_each(check_reliability);
    golden_each(check_equal_mass);
}

static void check_coverage(const struct golden *g)
{
    const at_json *wanted = at_json_get(g->json, "coverage");
    assert_int_equal(g->m.n_coverage, at_json_len(wanted));
    for (size_t i = 0; i < g->m.n_coverage; i++) {
        const struct at_coverage_point *point = &g->m.coverage[i];
        const at_json *row = at_json_at(wanted, i);
        near(g->name, "threshold", point->threshold, at_json_number(at_json_at(row, 0), NAN));
        near(g->name, "coverage", point->coverage, at_json_number(at_json_at(row, 1), NAN));
        near(g->name, "precision", point->precision, at_json_number(at_json_at(row, 2), NAN));
    }
}

static void test_metrics__coverage_equals_brute_force(void **state)
{
    (void)state;
    golden_each(check_coverage);
}

static void check_limits(const struct golden *g)
{
    const at_json *limits = at_json_get(g->json, "limits");
    const double got[] = {g->m.macro_f1_low,  g->m.macro_f1_high, g->m.log_loss_low,
                          g->m.log_loss_high, g->m.ece_low,       g->m.ece_high};
    for (size_t i = 0; i < 6; i++)
        near(g->name, "bootstrap limit", got[i], at_json_number(at_json_at(limits, i), NAN));
}

static void test_metrics__bootstrap_equals_numpy_on_the_same_draws(void **state)
{
    (void)state;
    golden_each(check_limits);
}

static void check_class(const struct golden *g, const at_json *wanted,
                        const struct at_class_metrics *got)
{
    near(g->name, "precision", got->precision,
         at_json_number(at_json_get(wanted, "precision"), NAN));
    near(g->name, "recall", got->recall, at_json_number(at_json_get(wanted, "recall"), NAN));
    near(g->name, "f1-score", got->f1, at_json_number(at_json_get(wanted, "f1-score"), NAN));
    assert_int_equal(got->support, at_json_integer(at_json_get(wanted, "support"), -1));
}

static void check_classes(const struct golden *g)
{
    const at_json *dict = at_json_get(g->json, "dict");
    size_t n_shown = 0;
    for (size_t c = 0; c < g->k; c++) {
        const at_json *wanted = at_json_get(dict, g->labels[c].ptr);
        if (wanted) {
            check_class(g, wanted, &g->m.class[c]);
            n_shown++;
        }
    }
    check_class(g, at_json_get(dict, "macro avg"), &g->m.macro);
    check_class(g, at_json_get(dict, "weighted avg"), &g->m.weighted);
    assert_int_equal(n_shown + 3, at_json_len(dict));
}

static void test_metrics__classes_and_means_equal_scikit_learn(void **state)
{
    (void)state;
    golden_each(check_classes);
}

static void check_text(const struct golden *g)
{
    static const struct {
        const char *key;
        int digits;
    } forms[] = {{"text2", 2}, {"text4", 4}, {"text14", 14}, {"text17", 17}};
    attune_error err;
    for (size_t i = 0; i < 4; i++) {
        struct at_buf out = {0};
        assert_ok(at_report_text(&out, &g->m, g->labels, forms[i].digits, &err));
        assert_string_equal(out.data, at_json_string(at_json_get(g->json, forms[i].key)).ptr);
        at_buf_release(&out);
    }
}

static void test_report__text_equals_scikit_learn(void **state)
{
    (void)state;
    golden_each(check_text);
}

static void check_same_dict(const struct golden *g, const at_json *got)
{
    const at_json *wanted = at_json_get(g->json, "dict");
    assert_int_equal(at_json_len(got), at_json_len(wanted));
    for (void *it = at_json_first(wanted); it; it = at_json_next(wanted, it)) {
        const at_json *want = at_json_value(it), *have = at_json_get(got, at_json_key(it));
        if (at_json_is_number(want)) {
            near(g->name, at_json_key(it), at_json_number(have, NAN), at_json_number(want, NAN));
            continue;
        }
        const struct at_class_metrics m = {
            at_json_number(at_json_get(have, "precision"), NAN),
            at_json_number(at_json_get(have, "recall"), NAN),
            at_json_number(at_json_get(have, "f1-score"), NAN),
            (uint64_t)at_json_integer(at_json_get(have, "support"), -1),
        };
        check_class(g, want, &m);
    }
}

static void check_json(const struct golden *g)
{
    attune_error err;
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 2);
    at_json_object_begin(&o);
    at_report_json(&o, &g->m, g->labels);
    at_json_object_end(&o);
    assert_ok(at_json_end(&o, &err));
    at_json *root;
    assert_ok(at_json_parse(&root, text.data, text.len, "report", &err));
    check_same_dict(g, at_json_get(root, "classification_report"));
    static const char *const numbers[] = {"accuracy", "log_loss",         "brier", "mcc", "kappa",
                                          "roc_auc",  "balanced_accuracy"};
    for (size_t i = 0; i < 7; i++)
        near(g->name, numbers[i], at_json_number(at_json_get(root, numbers[i]), NAN),
             golden_number(g, numbers[i]));
    near(g->name, "macro_f1", at_json_number(at_json_get(root, "macro_f1"), NAN), g->m.macro.f1);
    const at_json *limits = at_json_get(root, "log_loss_interval");
    assert_int_equal(at_json_len(limits), 2);
    near(g->name, "log_loss high", at_json_number(at_json_at(limits, 1), NAN), g->m.log_loss_high);
    const at_json *rows = at_json_get(at_json_get(root, "confusion_matrix"), "rows");
    for (size_t i = 0; i < g->k * g->k; i++)
        assert_int_equal(at_json_integer(at_json_at(at_json_at(rows, i / g->k), i % g->k), -1),
                         g->m.confusion[i]);
    at_json_free(root);
    at_buf_release(&text);
}

static void test_report__json_holds_every_figure(void **state)
{
    (void)state;
    golden_each(check_json);
}

/* ---- Intervals ---- */

static void test_wilson__known_values(void **state)
{
    (void)state;
    static const struct {
        uint64_t hits, n;
        double low, high;
    } rows[] = {
        {16, 20, 0.58398, 0.91934}, {40, 50, 0.66963, 0.88756}, {160, 200, 0.73914, 0.84955}};
    for (size_t i = 0; i < 3; i++) {
        double low, high;
        at_wilson(rows[i].hits, rows[i].n, 1.959964, &low, &high);
        assert_true(fabs(low - rows[i].low) < 0.000005);
        assert_true(fabs(high - rows[i].high) < 0.000005);
    }
}

static void test_wilson__ends(void **state)
{
    (void)state;
    double low, high;
    at_wilson(0, 0, 1.96, &low, &high);
    assert_true(low == 0 && high == 1);
    at_wilson(0, 10, 1.959964, &low, &high);
    assert_true(low == 0 && fabs(high - 0.2775) < 0.0001);
    at_wilson(10, 10, 1.959964, &low, &high);
    assert_true(high == 1 && fabs(low - 0.7225) < 0.0001);
}

static void test_metrics__no_bootstrap_leaves_nan(void **state)
{
    (void)state;
    attune_error err;
    struct at_metrics m;
    const uint32_t y[] = {0, 1, 1};
    const double p[] = {0.9, 0.1, 0.2, 0.8, 0.6, 0.4};
    assert_ok(at_metrics_compute(&m, y, p, 3, 2, 0, 1, &err));
    assert_true(isnan(m.macro_f1_low) && isnan(m.macro_f1_high));
    assert_true(isnan(m.log_loss_low) && isnan(m.log_loss_high));
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 0);
    at_json_object_begin(&o);
    at_report_json(&o, &m, (struct at_str[]){at_str_from("a"), at_str_from("b")});
    at_json_object_end(&o);
    assert_ok(at_json_end(&o, &err));
    assert_non_null(strstr(text.data, "\"macro_f1_interval\":null"));
    assert_non_null(strstr(text.data, "\"ece_interval\":null"));
    at_buf_release(&text);
    at_metrics_release(&m);
}

static void test_report__json_tells_how_honest_the_confidences_are(void **state)
{
    (void)state;
    attune_error err;
    struct at_metrics m;
    const uint32_t y[] = {0, 1, 1, 0};
    const double p[] = {0.75, 0.25, 0.25, 0.75, 0.75, 0.25, 1, 0};
    const struct at_threshold never = {0.9, INFINITY, 0, NAN, 0, 0};
    assert_ok(at_metrics_compute(&m, y, p, 4, 2, 0, 1, &err));
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 0);
    at_json_object_begin(&o);
    at_report_json(&o, &m, (struct at_str[]){at_str_from("a"), at_str_from("b")});
    at_json_put_key(&o, "threshold");
    at_report_threshold_json(&o, &never);
    at_json_object_end(&o);
    assert_ok(at_json_end(&o, &err));
    at_json *root;
    assert_ok(at_json_parse(&root, text.data, text.len, "report", &err));
    const at_json *bins = at_json_get(root, "reliability"), *bin = at_json_at(bins, 0);
    assert_int_equal(at_json_len(bins), 2);
    assert_int_equal(at_json_integer(at_json_get(bin, "n"), 0), 3);
    assert_true(at_json_number(at_json_get(bin, "confidence"), 0) == 0.75);
    assert_true(fabs(at_json_number(at_json_get(bin, "from"), 0) - 11.0 / 15) < 1e-12);
    assert_true(fabs(at_json_number(at_json_get(root, "ece"), 0) - 0.25 / 4) < 1e-12);
    const at_json *curve = at_json_get(root, "coverage_curve");
    assert_int_equal(at_json_len(curve), 2);
    assert_true(at_json_number(at_json_get(at_json_at(curve, 0), "coverage"), 0) == 0.25);
    assert_true(at_json_number(at_json_get(at_json_at(curve, 1), "precision"), 0) == 0.75);
    const at_json *threshold = at_json_get(root, "threshold");
    assert_true(at_json_is_null(at_json_get(threshold, "threshold")));
    assert_true(at_json_number(at_json_get(threshold, "target"), 0) == 0.9);
    at_json_free(root);
    at_buf_release(&text);
    at_metrics_release(&m);
}

/* More classes than the golden cases have; the bootstrap's plain formula is the reference. */
static void test_metrics__many_classes(void **state)
{
    (void)state;
    enum { N = 600, K = 300 };
    attune_error err;
    struct at_metrics m;
    struct at_rng rng;
    uint32_t *y = AT_ALLOC(uint32_t, N);
    double *p = AT_ALLOC(double, N *K);
    at_rng_init(&rng, 8);
    for (size_t i = 0; i < N; i++) {
        y[i] = (uint32_t)at_rng_below(&rng, K);
        p[i * K + (i % 3 ? y[i] : at_rng_below(&rng, K))] = 1;
    }
    assert_ok(at_metrics_compute(&m, y, p, N, K, 0, 1, &err));
    near("300 classes", "macro F1", m.macro.f1, at_macro_f1(m.confusion, K));
    near("300 classes", "weighted recall", m.weighted.recall, m.accuracy);
    at_metrics_release(&m);
    at_free(y);
    at_free(p);
}

static void test_metrics__argmax_takes_the_first_maximum(void **state)
{
    (void)state;
    assert_int_equal(at_argmax((double[]){0.2, 0.4, 0.4}, 3), 1);
    assert_int_equal(at_argmax((double[]){0.5, 0.5}, 2), 0);
    assert_int_equal(at_argmax((double[]){0.1, 0.2, 0.7}, 3), 2);
}

/* ---- Failures ---- */

static void test_metrics__refuses_what_it_cannot_score(void **state)
{
    (void)state;
    attune_error err;
    struct at_metrics m;
    const uint32_t y[] = {0, 2};
    const double p[] = {0.5, 0.5, NAN, 0.5};
    assert_fails(at_metrics_compute(&m, y, p, 0, 2, 10, 1, &err), ATTUNE_NOT_ENOUGH, "no rows");
    assert_null(m.confusion);
    assert_fails(at_metrics_compute(&m, y, p, 2, 0, 10, 1, &err), ATTUNE_INVALID, "0 classes");
    assert_fails(at_metrics_compute(&m, y, p, 2, 70000, 10, 1, &err), ATTUNE_INVALID, "70000");
    assert_fails(at_metrics_compute(&m, y, p, 2, 2, 10, 1, &err), ATTUNE_INVALID,
                 "row 1 has class 2 of 2");
    assert_fails(at_metrics_compute(&m, (uint32_t[]){0, 1}, p, 2, 2, 10, 1, &err), ATTUNE_INVALID,
                 "row 1: the probability of class 0");
    assert_int_equal(m.n, 0);
}

static void test_metrics__every_allocation_may_fail(void **state)
{
    (void)state;
    attune_error err;
    const uint32_t y[] = {0, 1, 2, 1};
    const double p[] = {0.8, 0.1, 0.1, 0.2, 0.5, 0.3, 0.3, 0.3, 0.4, 0.6, 0.2, 0.2};
    size_t n = 1;
    for (;; n++) {
        struct at_metrics m;
        at_alloc_fail_after(n);
        const attune_status status = at_metrics_compute(&m, y, p, 4, 3, 20, 1, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK) {
            at_metrics_release(&m);
            break;
        }
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(m.confusion);
        assert_null(m.class);
    }
    assert_int_equal(n, 14); /* thirteen allocations, each failed once */
}

static void test_report__every_allocation_may_fail(void **state)
{
    (void)state;
    attune_error err;
    const struct at_str labels[] = {at_str_from("a"), at_str_from("b")};
    struct at_metrics m;
    assert_ok(at_metrics_compute(&m, (uint32_t[]){0, 1}, (double[]){0.9, 0.1, 0.2, 0.8}, 2, 2, 0, 1,
                                 &err));
    size_t n = 1;
    for (attune_status status = ATTUNE_NO_MEMORY; status != ATTUNE_OK; n++) {
        struct at_buf out = {0};
        at_alloc_fail_after(n);
        status = at_report_text(&out, &m, labels, 2, &err);
        at_alloc_fail_after(0);
        assert_true(status == ATTUNE_OK || status == ATTUNE_NO_MEMORY);
        at_buf_release(&out);
    }
    assert_true(n > 2);
    struct at_buf out = {0};
    assert_fails(at_report_text(&out, &m, labels, -1, &err), ATTUNE_INVALID, "digits");
    assert_fails(at_report_text(&out, &m, labels, 18, &err), ATTUNE_INVALID, "digits");
    at_buf_release(&out);
    at_metrics_release(&m);
}

static void test_report__a_label_named_as_an_average_stays_valid_json(void **state)
{
    (void)state;
    attune_error err;
    const struct at_str labels[] = {at_str_from("accuracy"), at_str_from("b")};
    struct at_metrics m;
    assert_ok(at_metrics_compute(&m, (uint32_t[]){0, 1}, (double[]){0.9, 0.1, 0.2, 0.8}, 2, 2, 0, 1,
                                 &err));
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 0);
    at_json_object_begin(&o);
    at_report_json(&o, &m, labels);
    at_json_object_end(&o);
    assert_ok(at_json_end(&o, &err));
    at_json *root;
    assert_ok(at_json_parse(&root, text.data, text.len, "report", &err));
    const at_json *report = at_json_get(root, "classification_report");
    assert_true(at_json_is_number(at_json_get(report, "accuracy")));
    at_json_free(root);
    at_buf_release(&text);
    at_metrics_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics__numbers_equal_scikit_learn),
        cmocka_unit_test(test_metrics__calibration_error_equals_scikit_learn),
        cmocka_unit_test(test_metrics__coverage_equals_brute_force),
        cmocka_unit_test(test_metrics__bootstrap_equals_numpy_on_the_same_draws),
        cmocka_unit_test(test_metrics__classes_and_means_equal_scikit_learn),
        cmocka_unit_test(test_report__text_equals_scikit_learn),
        cmocka_unit_test(test_report__json_holds_every_figure),
        cmocka_unit_test(test_wilson__known_values),
        cmocka_unit_test(test_wilson__ends),
        cmocka_unit_test(test_metrics__no_bootstrap_leaves_nan),
        cmocka_unit_test(test_report__json_tells_how_honest_the_confidences_are),
        cmocka_unit_test(test_metrics__many_classes),
        cmocka_unit_test(test_metrics__argmax_takes_the_first_maximum),
        cmocka_unit_test(test_metrics__refuses_what_it_cannot_score),
        cmocka_unit_test(test_metrics__every_allocation_may_fail),
        cmocka_unit_test(test_report__every_allocation_may_fail),
        cmocka_unit_test(test_report__a_label_named_as_an_average_stays_valid_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
