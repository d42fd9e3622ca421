/* The probabilities, and for the logistic regressions the minimum, of the models in
 * tests/golden/linear, which scikit-learn learnt. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fs.h"
#include "base/option.h"
#include "model/linear/linear_options.h"
#include "model/score_model.h"

static attune_error err;

struct golden {
    struct at_fs_map map;
    const unsigned char *next;
    struct attune_rows rows;
    struct attune_fit fit;
    const struct attune_model_kind *kind;
    void *options;
    struct at_arena texts;
    double objective;
    const double *proba;
};

/* The next array of the file; each is padded to a multiple of 8 bytes. */
static const void *golden_take(struct golden *g, size_t n, size_t size)
{
    const void *array = g->next;
    g->next += (n * size + 7) / 8 * 8;
    assert_true(g->next <= g->map.data + g->map.size);
    return array;
}

static void golden_options(struct golden *g, const char *text)
{
    struct at_option_table table = {NULL, 0};
    while (*text) {
        char name[64], value[64];
        int used = 0;
        assert_int_equal(sscanf(text, "%63[^=]=%63[^\n]\n%n", name, value, &used), 2);
        text += used;
        if (strcmp(name, "kind") != 0) {
            const struct attune_setting setting = {name, value};
            assert_ok(at_options_set(table, g->options, &setting, 1, &g->texts, &err));
            continue;
        }
        g->kind = attune_model_kind_find(value);
        assert_non_null(g->kind);
        table = (struct at_option_table){g->kind->options, g->kind->n_options};
        g->options = calloc(1, g->kind->options_size);
        assert_ok(at_options_defaults(table, g->options, &err));
    }
}

static void golden_open(struct golden *g, const char *name)
{
    char path[512];
    uint64_t head[6];
    snprintf(path, sizeof path, "%s/tests/golden/linear/%s.bin", ATTUNE_SOURCE_DIR, name);
    memset(g, 0, sizeof *g);
    assert_ok(at_fs_map_open(&g->map, path, &err));
    g->next = g->map.data;
    memcpy(head, golden_take(g, 6, 8), sizeof head);
    golden_options(g, golden_take(g, head[5], 1));
    g->rows =
        (struct attune_rows){.kind = ATTUNE_ROWS_SPARSE, .n_rows = head[0], .n_cols = head[1]};
    g->rows.start = golden_take(g, head[0] + 1, 8);
    g->rows.col = golden_take(g, head[2], 4);
    g->rows.value = golden_take(g, head[2], 4);
    g->fit = (struct attune_fit){.rows = &g->rows, .n_classes = head[3]};
    g->fit.y = golden_take(g, head[0], 4);
    if (head[4])
        g->fit.weight = golden_take(g, head[0], 4);
    g->objective = *(const double *)golden_take(g, 1, 8);
    g->proba = golden_take(g, head[0] * head[3], 8);
    assert_ptr_equal(g->next, g->map.data + g->map.size);
}

static void golden_close(struct golden *g)
{
    free(g->options);
    at_arena_release(&g->texts);
    at_fs_map_close(&g->map);
}

/* Weight of a row as the loss counts it. */
static double golden_weight(const struct golden *g, size_t row)
{
    const struct at_linear_options *options = g->options;
    double n_known = 0, all = 0, same = 0;
    const double own = g->fit.weight ? (double)g->fit.weight[row] : 1;
    if (options->class_weight == AT_LINEAR_WEIGHT_NONE)
        return options->C * own;
    for (uint32_t c = 0; c < g->fit.n_classes; c++)
        for (size_t i = 0; i < g->rows.n_rows; i++)
            if (g->fit.y[i] == c) {
                n_known++;
                break;
            }
    for (size_t i = 0; i < g->rows.n_rows; i++) {
        all += 1;
        same += g->fit.y[i] == g->fit.y[row];
    }
    return options->C * own * all / (n_known * same);
}

static double golden_objective(const struct golden *g, const struct attune_model *model,
                               const double *proba)
{
    const struct at_score_model *m = (const struct at_score_model *)model;
    double f = 0;
    for (size_t i = 0; i < model->n_features * m->n_scores; i++)
        f += 0.5 * (double)m->weight[i] * (double)m->weight[i];
    for (size_t i = 0; i < g->rows.n_rows; i++)
        f -= golden_weight(g, i) * log(proba[i * model->n_classes + g->fit.y[i]]);
    return f;
}

static void assert_golden(const char *name)
{
    struct golden g;
    struct attune_model *model;
    golden_open(&g, name);
    const bool bayes = strcmp(g.kind->name, "bayes") == 0;
    const size_t n = g.rows.n_rows * g.fit.n_classes;
    double *proba = malloc(n * sizeof *proba), worst = 0;
    assert_ok(g.kind->fit(&model, &g.fit, g.options, &err));
    assert_ok(g.kind->predict(model, &g.rows, proba, NULL, &err));
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, fabs(proba[i] - g.proba[i]));
    assert_true(worst <= (bayes ? 1e-5 : 1e-3));
    if (g.objective > 0)
        assert_true(golden_objective(&g, model, proba) <= g.objective * (1 + 1e-4));
    g.kind->destroy(model);
    free(proba);
    golden_close(&g);
}

static void test_linear__finds_the_minimum_of_scikit_learn(void **state)
{
    (void)state;
    static const char *const names[] = {
        "two_classes",
        "two_classes_balanced",
        "three_classes",
        "three_classes_weighted",
        "three_classes_balanced",
        "three_classes_ovr",
        "three_classes_ovr_balanced",
        "absent_class_mixed_columns",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_golden(names[i]);
}

static void test_bayes__has_the_probabilities_of_scikit_learn(void **state)
{
    (void)state;
    static const char *const names[] = {
        "complement",   "complement_norm",         "multinomial",
        "absent_class", "multinomial_two_classes", "complement_two_classes",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_golden(names[i]);
}

/* Log-odds of a class against the geometric mean of the others. */
static double odds_from_proba(const double *p, size_t k, size_t c)
{
    double others = 0;
    for (size_t d = 0; d < k; d++)
        others += d == c ? 0 : log(p[d]);
    return log(p[c]) - others / (double)(k - 1);
}

/* What explain adds up to is the score that the probabilities are made of. */
static void assert_explains(const char *name)
{
    struct golden g;
    struct attune_model *model;
    golden_open(&g, name);
    const size_t k = g.fit.n_classes;
    double *contribution = malloc(g.rows.n_cols * sizeof *contribution), p[16], base;
    assert_ok(g.kind->fit(&model, &g.fit, g.options, &err));
    const bool ovr = ((const struct at_score_model *)model)->link == AT_SCORE_OVR;
    for (size_t i = 0; i < g.rows.n_rows; i++) {
        const uint64_t start[2] = {0, g.rows.start[i + 1] - g.rows.start[i]};
        struct attune_rows row = g.rows;
        double own = 0;
        row.n_rows = 1;
        row.start = start;
        row.col += g.rows.start[i];
        row.value += g.rows.start[i];
        assert_ok(g.kind->predict(model, &row, p, NULL, &err));
        double odds[16];
        for (uint32_t c = 0; c < k; c++) {
            assert_ok(g.kind->explain(model, &row, c, contribution, &base, &err));
            for (size_t j = 0; j < g.rows.n_cols; j++)
                base += contribution[j];
            odds[c] = base;
            own += 1 / (1 + exp(-base));
        }
        for (size_t c = 0; c < k; c++)
            if (ovr)
                assert_true(fabs(1 / (1 + exp(-odds[c])) / own - p[c]) < 1e-9);
            else
                assert_true(fabs(odds[c] - odds_from_proba(p, k, c)) < 1e-6);
    }
    g.kind->destroy(model);
    free(contribution);
    golden_close(&g);
}

static void test_score__explain_adds_up_to_the_log_odds(void **state)
{
    (void)state;
    assert_explains("two_classes");
    assert_explains("three_classes");
    assert_explains("three_classes_ovr");
    assert_explains("complement");
    assert_explains("multinomial_two_classes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear__finds_the_minimum_of_scikit_learn),
        cmocka_unit_test(test_bayes__has_the_probabilities_of_scikit_learn),
        cmocka_unit_test(test_score__explain_adds_up_to_the_log_odds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
