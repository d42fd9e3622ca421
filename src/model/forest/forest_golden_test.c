/* Every node of every tree, and every probability, of the forests in tests/golden/forest. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fs.h"
#include "base/option.h"
#include "model/forest/forest_grow.h"
#include "model/model.h"

static attune_error err;

struct golden {
    struct at_fs_map map;
    const unsigned char *next;
    uint64_t head[8];
    struct attune_rows rows;
    struct attune_fit fit;
    struct at_forest_options options;
    struct at_arena texts;
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
    const struct at_option_table table = {at_forest_option_table, AT_FOREST_N_OPTIONS};
    assert_ok(at_options_defaults(table, &g->options, &err));
    while (*text) {
        char name[64], value[64];
        int used = 0;
        assert_int_equal(sscanf(text, "%63[^=]=%63[^\n]\n%n", name, value, &used), 2);
        const struct attune_setting setting = {name, value};
        assert_ok(at_options_set(table, &g->options, &setting, 1, &g->texts, &err));
        text += used;
    }
}

static void golden_map(struct golden *g, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/golden/forest/%s.bin", ATTUNE_SOURCE_DIR, name);
    memset(g, 0, sizeof *g);
    assert_ok(at_fs_map_open(&g->map, path, &err));
    g->next = g->map.data;
}

static void golden_open(struct golden *g, const char *name)
{
    golden_map(g, name);
    memcpy(g->head, golden_take(g, 8, 8), sizeof g->head);
    const size_t n_rows = g->head[0], n_values = g->head[2];
    golden_options(g, golden_take(g, g->head[7], 1));
    g->rows =
        (struct attune_rows){.kind = ATTUNE_ROWS_SPARSE, .n_rows = n_rows, .n_cols = g->head[1]};
    g->rows.start = golden_take(g, n_rows + 1, 8);
    g->rows.col = golden_take(g, n_values, 4);
    g->rows.value = golden_take(g, n_values, 4);
    g->fit = (struct attune_fit){.rows = &g->rows, .n_classes = g->head[3], .seed = g->head[5]};
    g->fit.y = golden_take(g, n_rows, 4);
    if (g->head[6])
        g->fit.weight = golden_take(g, n_rows, 4);
}

/* A weighted tree holds its weights times a power of two: the root says which. */
static void assert_same_values(const double *ours, const double *theirs, size_t n, size_t n_classes)
{
    double ours_whole = 0, theirs_whole = 0;
    for (size_t c = 0; c < n_classes; c++) {
        ours_whole += ours[c];
        theirs_whole += theirs[c];
    }
    const double scale = ours_whole / theirs_whole;
    for (size_t i = 0; i < n * n_classes; i++)
        assert_true(ours[i] == theirs[i] * scale);
}

static void assert_golden_tree(struct golden *g, const struct at_forest_tree *tree)
{
    const uint32_t n = *(const uint32_t *)golden_take(g, 2, 4);
    const uint32_t *feature = golden_take(g, n, 4), *right = golden_take(g, n, 4);
    const uint32_t *n_samples = golden_take(g, n, 4);
    const double *threshold = golden_take(g, n, 8);
    const double *value = golden_take(g, n * tree->n_classes, 8);
    assert_int_equal(tree->n_nodes, n);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(tree->node[i].feature, feature[i]);
        assert_int_equal(tree->node[i].n_samples, n_samples[i]);
        if (feature[i] == AT_FOREST_LEAF)
            continue;
        assert_int_equal(tree->node[i].right, right[i]);
        assert_true(tree->node[i].threshold == threshold[i]);
    }
    assert_same_values(tree->value, value, n, tree->n_classes);
}

static void assert_golden_trees(struct golden *g, bool reference)
{
    struct at_forest_rules rules;
    struct at_forest_data data;
    struct at_forest_grower grower;
    struct at_forest_tree tree = {.n_classes = g->fit.n_classes};
    struct at_forest_mt mt;
    assert_ok(at_forest_rules_make(&rules, &g->options, g->rows.n_rows, g->rows.n_cols, &err));
    assert_int_equal(rules.n_trees, g->head[4]);
    assert_ok(at_forest_data_init(&data, &g->fit, &rules, &err));
    assert_ok(at_forest_grower_init(&grower, &data, &rules, NULL, &err));
    at_forest_mt_init(&mt, (uint32_t)g->fit.seed);
    for (uint32_t t = 0; t < rules.n_trees; t++) {
        const uint32_t seed = at_forest_mt_below(&mt, AT_FOREST_SEED_MAX);
        if (reference)
            assert_ok(at_forest_reference_grow(&tree, &data, &rules, seed, &err));
        else
            assert_ok(at_forest_grow(&grower, &tree, seed, &err));
        assert_golden_tree(g, &tree);
    }
    at_forest_tree_release(&tree);
    at_forest_grower_release(&grower);
    at_forest_data_release(&data);
}

static void assert_golden_proba(struct golden *g)
{
    const struct attune_model_kind *kind = attune_model_kind_find("forest");
    const size_t n = g->rows.n_rows * g->fit.n_classes;
    const double *wanted = golden_take(g, n, 8);
    struct attune_model *model;
    assert_ok(kind->fit(&model, &g->fit, &g->options, &err));
    double *proba = malloc(n * sizeof *proba);
    void *scratch = malloc(kind->scratch_bytes(model));
    assert_ok(kind->predict(model, &g->rows, proba, scratch, &err));
    assert_memory_equal(proba, wanted, n * sizeof *proba);
    free(proba);
    free(scratch);
    kind->destroy(model);
}

/* Whole-number weights against scikit-learn's fractions: where two splits tie but for rounding, one
 * forest may take the one and the other the other. The bounds are what scikit-learn differs from
 * itself by when all weights are multiplied by 1/3. */
static void assert_golden_near(const char *name)
{
    const struct attune_model_kind *kind = attune_model_kind_find("forest");
    struct golden g;
    golden_open(&g, name);
    const size_t n = g.rows.n_rows * g.fit.n_classes;
    const double *wanted = (const double *)(const void *)(g.map.data + g.map.size) - n;
    struct attune_model *model;
    assert_ok(kind->fit(&model, &g.fit, &g.options, &err));
    double *proba = malloc(n * sizeof *proba), sum = 0, worst = 0;
    void *scratch = malloc(kind->scratch_bytes(model));
    assert_ok(kind->predict(model, &g.rows, proba, scratch, &err));
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs(proba[i] - wanted[i]));
        sum += fabs(proba[i] - wanted[i]);
    }
    assert_true(sum / (double)n < 0.015);
    assert_true(worst < 0.12);
    free(proba);
    free(scratch);
    kind->destroy(model);
    at_arena_release(&g.texts);
    at_fs_map_close(&g.map);
}

static void test_forest__weighs_classes_as_scikit_learn(void **state)
{
    (void)state;
    assert_golden_near("balanced");
    assert_golden_near("balanced_subsample");
}

/* shap's TreeExplainer on scikit-learn's forest: tests/golden/forest/make_shap.py. */
static void assert_golden_shap(const char *name, const char *shap_name)
{
    const struct attune_model_kind *kind = attune_model_kind_find("forest");
    struct golden g, shap;
    golden_open(&g, name);
    golden_map(&shap, shap_name);
    const uint64_t n = *(const uint64_t *)golden_take(&shap, 1, 8);
    const double *base = golden_take(&shap, g.fit.n_classes, 8);
    struct attune_model *model;
    assert_ok(kind->fit(&model, &g.fit, &g.options, &err));
    double *phi = malloc(g.rows.n_cols * sizeof *phi), own_base;
    for (uint64_t i = 0; i < n; i++) {
        struct attune_rows row = g.rows;
        const uint64_t start[2] = {0, row.start[i + 1] - row.start[i]};
        row.col += row.start[i];
        row.value += row.start[i];
        row.n_rows = 1;
        row.start = start;
        for (uint32_t c = 0; c < g.fit.n_classes; c++) {
            const double *wanted = golden_take(&shap, row.n_cols, 8);
            assert_ok(kind->explain(model, &row, c, phi, &own_base, &err));
            assert_true(fabs(own_base - base[c]) < 1e-9);
            for (size_t f = 0; f < row.n_cols; f++)
                assert_true(fabs(phi[f] - wanted[f]) < 1e-9);
        }
    }
    assert_ptr_equal(shap.next, shap.map.data + shap.map.size);
    free(phi);
    kind->destroy(model);
    at_arena_release(&g.texts);
    at_fs_map_close(&g.map);
    at_fs_map_close(&shap.map);
}

static void test_forest__explains_as_shap(void **state)
{
    (void)state;
    assert_golden_shap("mixed_columns", "shap_mixed_columns");
    assert_golden_shap("weighted", "shap_weighted");
}

static void assert_golden(const char *name)
{
    struct golden g;
    golden_open(&g, name);
    const unsigned char *const trees = g.next;
    assert_golden_trees(&g, true);
    g.next = trees;
    assert_golden_trees(&g, false);
    assert_golden_proba(&g);
    assert_ptr_equal(g.next, g.map.data + g.map.size);
    at_arena_release(&g.texts);
    at_fs_map_close(&g.map);
}

#define GOLDEN(name)                                                                               \
    static void test_forest__grows_the_trees_of_scikit_learn_##name(void **state)                  \
    {                                                                                              \
        (void)state;                                                                               \
        assert_golden(#name);                                                                      \
    }
GOLDEN(words_two_classes)
GOLDEN(words_three_classes)
GOLDEN(limits)
GOLDEN(mixed_columns)
GOLDEN(entropy)
GOLDEN(samples)
GOLDEN(weighted)
GOLDEN(extra_trees)
GOLDEN(extra_trees_mixed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forest__grows_the_trees_of_scikit_learn_words_two_classes),
        cmocka_unit_test(test_forest__grows_the_trees_of_scikit_learn_words_three_classes),
        cmocka_unit_test(test_forest__grows_the_trees_of_scikit_learn_limits),
        cmocka_unit_test(test_forest__grows_the_trees_of_scikit_learn_mixed_columns),
        cmocka_unit_test(test_forest__grows_the_trees_of_scikit_learn_entropy),
        cmocka_unit_test(test_forest__grows_the_trees_of_scikit_learn_samples),
        cmocka_unit_test(test_forest__grows_the_trees_of_scikit_learn_weighted),
        cmocka_unit_test(test_forest__grows_the_trees_of_scikit_learn_extra_trees),
        cmocka_unit_test(test_forest__grows_the_trees_of_scikit_learn_extra_trees_mixed),
        cmocka_unit_test(test_forest__weighs_classes_as_scikit_learn),
        cmocka_unit_test(test_forest__explains_as_shap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
