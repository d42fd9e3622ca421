/* The fast grower against the reference on small random data with ties, constant columns, negative
 * values, explicit zeros, doubled rows, near values and weights. */
#include "support/test.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "data/csr.h"
#include "model/forest/forest_grow.h"
#include "model/forest/forest_model.h"
#include "model/model.h"

enum { CASES = 1500, MAX_ROWS = 120, MAX_COLS = 24, MAX_CLASSES = 6 };

static attune_error err;

struct sample {
    struct at_csr x;
    struct attune_rows rows;
    uint32_t y[MAX_ROWS];
    float weight[MAX_ROWS];
    struct attune_fit fit;
    struct at_forest_rules rules;
};

static float sample_value(struct at_rng *rng, unsigned style)
{
    const float grain = (float)(1 + at_rng_below(rng, 6)) / 4;
    switch (style) {
    case 0: /* ties */
        return grain;
    case 1: /* both signs */
        return at_rng_below(rng, 2) ? grain : -grain;
    case 2: /* values closer than the gap, around zero too */
        return (float)((double)at_rng_below(rng, 9) * 4e-8 - 1.6e-7);
    case 3: /* all different */
        return (float)at_rng_unit(rng) + 0.01F;
    default: /* explicit zeros */
        return at_rng_below(rng, 3) ? grain : 0;
    }
}

static void sample_rows(struct sample *s, struct at_rng *rng)
{
    const size_t n = 1 + at_rng_below(rng, MAX_ROWS), n_cols = 1 + at_rng_below(rng, MAX_COLS);
    const double density = at_rng_unit(rng) * at_rng_unit(rng);
    unsigned style[MAX_COLS];
    for (size_t f = 0; f < n_cols; f++)
        style[f] = (unsigned)at_rng_below(rng, 6);
    s->x = (struct at_csr){.n_cols = n_cols};
    for (size_t i = 0; i < n; i++) {
        uint32_t col[MAX_COLS];
        float value[MAX_COLS];
        size_t k = 0;
        for (uint32_t f = 0; f < n_cols; f++) {
            const bool always = style[f] == 5; /* nearly constant, without zeros */
            if (!always && at_rng_unit(rng) > density)
                continue;
            col[k] = f;
            value[k++] =
                always ? (at_rng_below(rng, 20) ? 1.0F : 2.0F) : sample_value(rng, style[f]);
        }
        if (i && at_rng_below(rng, 5) == 0) { /* the row before, once more */
            const uint64_t at = s->x.start[i - 1];
            k = (size_t)(s->x.start[i] - at);
            memcpy(col, s->x.col + at, k * sizeof *col);
            memcpy(value, s->x.value + at, k * sizeof *value);
        }
        assert_ok(at_csr_add_row(&s->x, col, value, k, &err));
    }
    s->rows = at_csr_view(&s->x);
}

static void sample_make(struct sample *s, struct at_rng *rng)
{
    sample_rows(s, rng);
    const size_t n_classes = 2 + at_rng_below(rng, MAX_CLASSES - 1);
    const size_t n_used = 1 + at_rng_below(rng, n_classes);
    for (size_t i = 0; i < s->rows.n_rows; i++) {
        s->y[i] = (uint32_t)at_rng_below(rng, n_used);
        s->weight[i] = (float)(1 + at_rng_below(rng, 7)) / 3;
    }
    s->fit = (struct attune_fit){.rows = &s->rows, .y = s->y, .n_classes = n_classes};
    if (at_rng_below(rng, 4) == 0)
        s->fit.weight = s->weight;
    s->rules = (struct at_forest_rules){
        .criterion = at_rng_below(rng, 5) ? AT_FOREST_GINI : AT_FOREST_ENTROPY,
        .class_weight = at_rng_below(rng, 4) ? AT_FOREST_WEIGHT_NONE
                                             : (enum at_forest_class_weight)at_rng_below(rng, 3),
        .splitter = at_rng_below(rng, 3) ? AT_FOREST_BEST : AT_FOREST_RANDOM,
        .bootstrap = at_rng_below(rng, 3) > 0,
        .max_depth = at_rng_below(rng, 4) ? UINT32_MAX : (uint32_t)at_rng_below(rng, 5),
        .min_samples_leaf = at_rng_below(rng, 3) ? 1 : 1 + (uint32_t)at_rng_below(rng, 5),
        .max_features = 1 + (uint32_t)at_rng_below(rng, s->rows.n_cols),
        .n_drawn = 1 + (uint32_t)at_rng_below(rng, s->rows.n_rows),
        .min_impurity_decrease = at_rng_below(rng, 5) ? 0 : 0.02,
    };
    s->rules.min_samples_split = 2 * s->rules.min_samples_leaf;
}

static void assert_same_tree(const struct at_forest_tree *a, const struct at_forest_tree *b)
{
    assert_int_equal(a->n_nodes, b->n_nodes);
    for (size_t i = 0; i < a->n_nodes; i++) {
        assert_int_equal(a->node[i].feature, b->node[i].feature);
        assert_int_equal(a->node[i].right, b->node[i].right);
        assert_int_equal(a->node[i].n_samples, b->node[i].n_samples);
        assert_true(a->node[i].threshold == b->node[i].threshold);
    }
    assert_memory_equal(a->value, b->value, a->n_nodes * a->n_classes * sizeof *a->value);
}

/* The shares of the leaf that a row falls in, by the thresholds as they were grown. */
static void add_leaf(double *proba, const struct at_forest_tree *tree, const float *x)
{
    uint32_t at = 0;
    while (tree->node[at].feature != AT_FOREST_LEAF)
        at = (double)x[tree->node[at].feature] <= tree->node[at].threshold ? at + 1
                                                                           : tree->node[at].right;
    const double *value = tree->value + at * tree->n_classes;
    double sum = 0;
    for (size_t c = 0; c < tree->n_classes; c++)
        sum += value[c];
    for (size_t c = 0; c < tree->n_classes; c++)
        proba[c] += value[c] / sum;
}

enum { PREDICT_TREES = 3 };

/* Packed trees answer as the grown ones, for rows they were grown on and for others. `stride`: rows
 * and trees speak of columns that many times as far. */
static void assert_same_answers(const struct sample *s, struct at_forest_tree *trees,
                                uint32_t stride)
{
    const struct attune_model_kind *kind = attune_model_kind_find("forest");
    const size_t k = s->fit.n_classes, n = s->rows.n_rows;
    const size_t n_cols = (s->rows.n_cols - 1) * stride + 1, n_values = s->rows.start[n];
    struct attune_rows far = s->rows;
    struct at_forest_model *model;
    struct at_forest_join *join;
    double proba[MAX_ROWS * MAX_CLASSES];
    uint32_t *col = AT_ALLOC(uint32_t, n_values);
    assert_non_null(col);
    for (size_t v = 0; v < n_values; v++)
        col[v] = s->rows.col[v] * stride;
    far.col = col;
    far.n_cols = n_cols;
    assert_ok(at_forest_join_create(&join, PREDICT_TREES, n_cols, k, &err));
    for (size_t t = 0; t < PREDICT_TREES; t++) {
        struct at_forest_part part;
        for (size_t i = 0; i < trees[t].n_nodes; i++)
            trees[t].node[i].feature *= trees[t].node[i].feature == AT_FOREST_LEAF ? 1 : stride;
        assert_ok(at_forest_part_make(&part, &trees[t], n_cols, &err));
        assert_ok(at_forest_join_add(join, &part, &err));
        for (size_t i = 0; i < trees[t].n_nodes; i++)
            trees[t].node[i].feature /= trees[t].node[i].feature == AT_FOREST_LEAF ? 1 : stride;
    }
    assert_ok(at_forest_join_finish(&model, join, &err));
    at_forest_join_destroy(join);
    assert_int_equal(model->slots.high != NULL, n_cols > AT_FOREST_MAX_WIDTH);
    void *scratch = malloc(kind->scratch_bytes(&model->base));
    assert_ok(kind->predict(&model->base, &far, proba, scratch, &err));
    free(scratch);
    for (size_t i = 0; i < n; i++) {
        double wanted[MAX_CLASSES] = {0};
        float x[MAX_COLS] = {0};
        for (uint64_t v = s->rows.start[i]; v < s->rows.start[i + 1]; v++)
            x[s->rows.col[v]] = s->rows.value[v];
        for (size_t t = 0; t < PREDICT_TREES; t++)
            add_leaf(wanted, &trees[t], x);
        for (size_t c = 0; c < k; c++)
            assert_true(proba[i * k + c] == wanted[c] / PREDICT_TREES);
    }
    kind->destroy(&model->base);
    at_free(col);
}

static void test_forest_predict__equals_a_walk_through_the_grown_trees(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 77);
    for (size_t i = 0; i < CASES / 3; i++) {
        struct sample s, other;
        struct at_forest_data data;
        struct at_forest_grower grower;
        struct at_forest_tree trees[PREDICT_TREES];
        sample_make(&s, &rng);
        assert_ok(at_forest_data_init(&data, &s.fit, &s.rules, &err));
        assert_ok(at_forest_grower_init(&grower, &data, &s.rules, NULL, &err));
        for (uint32_t t = 0; t < PREDICT_TREES; t++) {
            trees[t] = (struct at_forest_tree){.n_classes = s.fit.n_classes};
            assert_ok(at_forest_grow(&grower, &trees[t], (uint32_t)i + t, &err));
        }
        /* of 32767 columns, the width of a test: one beside it, and some that fall together */
        const uint32_t stride = i % 4 == 1 ? 1489 : i % 4 == 3 ? AT_FOREST_MAX_WIDTH : 1;
        assert_same_answers(&s, trees, stride);
        do { /* rows that the trees have not seen */
            sample_make(&other, &rng);
            if (other.rows.n_cols > s.rows.n_cols)
                at_csr_release(&other.x);
        } while (!other.x.start);
        other.rows.n_cols = s.rows.n_cols;
        other.fit.n_classes = s.fit.n_classes;
        assert_same_answers(&other, trees, stride);
        at_forest_grower_release(&grower);
        at_forest_data_release(&data);
        for (size_t t = 0; t < PREDICT_TREES; t++)
            at_forest_tree_release(&trees[t]);
        at_csr_release(&other.x);
        at_csr_release(&s.x);
    }
}

static void test_forest_grow__equals_the_reference(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 20240601);
    size_t n_nodes = 0;
    for (size_t i = 0; i < CASES; i++) {
        struct sample s;
        sample_make(&s, &rng);
        struct at_forest_data data;
        struct at_forest_grower grower;
        struct at_forest_tree fast = {.n_classes = s.fit.n_classes};
        struct at_forest_tree plain = {.n_classes = s.fit.n_classes};
        assert_ok(at_forest_data_init(&data, &s.fit, &s.rules, &err));
        if (i % 3 == 0) { /* as with more columns than 16 bits can tell apart */
            at_free(data.narrow);
            data.narrow = NULL;
        }
        assert_ok(at_forest_grower_init(&grower, &data, &s.rules, NULL, &err));
        for (uint32_t seed = 0; seed < 3; seed++) {
            assert_ok(at_forest_grow(&grower, &fast, seed, &err));
            assert_ok(at_forest_reference_grow(&plain, &data, &s.rules, seed, &err));
            assert_same_tree(&fast, &plain);
            n_nodes += fast.n_nodes;
        }
        at_forest_grower_release(&grower);
        at_forest_data_release(&data);
        at_forest_tree_release(&fast);
        at_forest_tree_release(&plain);
        at_csr_release(&s.x);
    }
    assert_true(n_nodes > 20000); /* the cases are not all trivial */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forest_grow__equals_the_reference),
        cmocka_unit_test(test_forest_predict__equals_a_walk_through_the_grown_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
