/* Contributions against the definition: all subsets of few columns, and leaf by leaf with subset
 * sizes where ways are long. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/option.h"
#include "base/rng.h"
#include "data/csr.h"
#include "model/forest/forest_explain.h"
#include "model/forest/forest_rules.h"
#include "model/model.h"

enum { MAX_COLS = 9, MAX_ROWS = 60, MAX_CLASSES = 3, CASES = 60, CHAIN = 120 };

static attune_error err;

static struct at_forest_model *fit(const struct at_csr *x, const uint32_t *y, size_t n_classes,
                                   const char *const *setting, size_t n_settings)
{
    const struct attune_model_kind *kind = attune_model_kind_find("forest");
    const struct at_option_table table = {at_forest_option_table, AT_FOREST_N_OPTIONS};
    const struct attune_rows rows = at_csr_view(x);
    const struct attune_fit in = {.rows = &rows, .y = y, .n_classes = n_classes, .seed = 5};
    struct at_forest_options options;
    struct attune_model *model;
    struct at_arena texts = {0};
    assert_ok(at_options_defaults(table, &options, &err));
    for (size_t i = 0; i < n_settings; i++) {
        const struct attune_setting one = {setting[2 * i], setting[2 * i + 1]};
        assert_ok(at_options_set(table, &options, &one, 1, &texts, &err));
    }
    assert_ok(kind->fit(&model, &in, &options, &err));
    at_arena_release(&texts);
    return (struct at_forest_model *)model;
}

/* One tree as the definition sees it. */
struct tree {
    const struct at_forest_model *model;
    const struct at_forest_packed_node *node;
    const struct at_forest_cover *cover;
    const float *x;
    size_t class_index, n_cols;
    int32_t root;
};

static double tree_leaf(const struct tree *t, int32_t at)
{
    return t->model->share[(size_t)~at * t->model->base.n_classes + t->class_index];
}

static double tree_expect(const struct tree *t, int32_t at, unsigned known)
{
    if (at < 0)
        return tree_leaf(t, at);
    const struct at_forest_packed_node *n = &t->node[at];
    const struct at_forest_cover *c = &t->cover[at];
    if (known >> n->feature & 1)
        return tree_expect(t, t->x[n->feature] <= n->threshold ? n->left : n->right, known);
    return ((double)c->left * tree_expect(t, n->left, known) +
            (double)(c->weight - c->left) * tree_expect(t, n->right, known)) /
           (double)c->weight;
}

/* phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)) */
static void brute_add(double *phi, double *base, const struct tree *t)
{
    double factorial[MAX_COLS + 1] = {1};
    const size_t n = t->n_cols;
    for (size_t i = 1; i <= n; i++)
        factorial[i] = factorial[i - 1] * (double)i;
    *base += tree_expect(t, t->root, 0);
    for (unsigned s = 0; s < 1U << n; s++) {
        const double v = tree_expect(t, t->root, s);
        const size_t size = (size_t)__builtin_popcount(s);
        for (size_t i = 0; i < n; i++) {
            if (s >> i & 1)
                phi[i] += v * factorial[size - 1] * factorial[n - size] / factorial[n];
            else
                phi[i] -= v * factorial[size] * factorial[n - size - 1] / factorial[n];
        }
    }
}

/* Columns on the way to a leaf. */
struct way {
    uint32_t col[CHAIN];
    double z[CHAIN], o[CHAIN];
    size_t n;
};

/* v (o_i - z_i) sum over sizes s of s! (n - s - 1)! / n! e_s, where e_s is the sum over the sets of
 * s other columns of the product of their o and of the rest's z. */
static void leaf_add(double *phi, const struct way *w, double value)
{
    for (size_t i = 0; i < w->n; i++) {
        double e[CHAIN + 1] = {1}, sum = 0, share = 1 / (double)w->n;
        size_t n = 0;
        for (size_t j = 0; j < w->n; j++) {
            if (j == i)
                continue;
            n++;
            for (size_t s = n + 1; s-- > 0;)
                e[s] = (s < n ? e[s] * w->z[j] : 0) + (s ? e[s - 1] * w->o[j] : 0);
        }
        for (size_t s = 0; s < w->n; s++) { /* share = s! (n - s - 1)! / n! */
            sum += share * e[s];
            share *= (double)(s + 1) / (double)(w->n - s > 1 ? w->n - s - 1 : 1);
        }
        phi[w->col[i]] += value * (w->o[i] - w->z[i]) * sum;
    }
}

static void leaves_add(double *phi, const struct tree *t, int32_t at, const struct way *before)
{
    if (at < 0) {
        leaf_add(phi, before, tree_leaf(t, at));
        return;
    }
    const struct at_forest_packed_node *n = &t->node[at];
    const struct at_forest_cover *c = &t->cover[at];
    for (int right = 0; right < 2; right++) {
        struct way w = *before;
        const double part = (double)(right ? c->weight - c->left : c->left) / (double)c->weight;
        const bool taken = right == !(t->x[n->feature] <= n->threshold);
        size_t k = 0;
        while (k < w.n && w.col[k] != n->feature)
            k++;
        if (k == w.n) {
            w.col[w.n] = n->feature;
            w.z[w.n] = w.o[w.n] = 1;
            w.n++;
        }
        w.z[k] *= part;
        w.o[k] *= taken;
        leaves_add(phi, t, right ? n->right : n->left, &w);
    }
}

typedef void (*add_tree)(double *phi, double *base, const struct tree *t);

static void chain_add(double *phi, double *base, const struct tree *t)
{
    const struct way none = {.n = 0};
    leaves_add(phi, t, t->root, &none);
    (void)base;
}

static void wanted(const struct at_forest_model *m, const float *x, size_t class_index, double *phi,
                   double *base, add_tree add)
{
    const size_t largest = at_forest_largest_tree(m);
    struct at_forest_cover *cover = AT_ALLOC_RAW(struct at_forest_cover, largest);
    struct at_forest_packed_node *node = AT_ALLOC_RAW(struct at_forest_packed_node, largest);
    const uint8_t *at = m->cover;
    memset(phi, 0, m->base.n_features * sizeof *phi);
    *base = 0;
    for (size_t t = 0; t < m->n_trees; t++) {
        const size_t n = at_forest_unpack(node, m, t);
        const struct tree tree = {m, node, cover, x, class_index, m->base.n_features, m->root[t]};
        assert_true(at_forest_cover_read(cover, node, n, &at, m->cover + m->cover_bytes));
        add(phi, base, &tree);
    }
    assert_ptr_equal(at, m->cover + m->cover_bytes);
    at_free(cover);
    at_free(node);
    for (size_t f = 0; f < m->base.n_features; f++)
        phi[f] /= (double)m->n_trees;
    *base /= (double)m->n_trees;
}

/* One row of a matrix, spread into x as well. */
static struct attune_rows row_of(const struct at_csr *csr, size_t i, uint64_t *start, float *x)
{
    struct attune_rows row = at_csr_view(csr);
    start[0] = 0;
    start[1] = csr->start[i + 1] - csr->start[i];
    row.n_rows = 1;
    row.col += csr->start[i];
    row.value += csr->start[i];
    row.start = start;
    memset(x, 0, csr->n_cols * sizeof *x);
    for (size_t k = 0; k < start[1]; k++)
        x[row.col[k]] = row.value[k];
    return row;
}

static void assert_sums(const struct at_forest_model *m, const struct attune_rows *row,
                        const double *phi, double base, size_t class_index)
{
    double proba[MAX_CLASSES], sum = base;
    void *scratch = malloc(at_forest_scratch_bytes(&m->base));
    assert_ok(at_forest_predict(&m->base, row, proba, scratch, &err));
    for (size_t f = 0; f < m->base.n_features; f++)
        sum += phi[f];
    assert_true(fabs(sum - proba[class_index]) < 1e-9);
    free(scratch);
}

static void assert_explains(const struct at_forest_model *m, const struct at_csr *csr, size_t i,
                            add_tree add)
{
    uint64_t start[2];
    float x[CHAIN];
    double phi[CHAIN], brute[CHAIN], base, brute_base;
    const struct attune_rows row = row_of(csr, i, start, x);
    for (uint32_t c = 0; c < m->base.n_classes; c++) {
        assert_ok(at_forest_explain(&m->base, &row, c, phi, &base, &err));
        assert_sums(m, &row, phi, base, c);
        wanted(m, x, c, brute, &brute_base, add);
        for (size_t f = 0; f < csr->n_cols; f++)
            assert_true(fabs(phi[f] - brute[f]) < 1e-11);
        if (add == brute_add)
            assert_true(fabs(base - brute_base) < 1e-11);
    }
}

static void sample_make(struct at_csr *csr, uint32_t *y, size_t n_classes, struct at_rng *rng)
{
    const size_t n_cols = 1 + at_rng_below(rng, MAX_COLS);
    const double density = 0.1 + 0.8 * at_rng_unit(rng);
    *csr = (struct at_csr){.n_cols = n_cols};
    for (size_t i = 0; i < MAX_ROWS; i++) {
        uint32_t col[MAX_COLS];
        float value[MAX_COLS];
        size_t k = 0;
        for (uint32_t f = 0; f < n_cols; f++)
            if (at_rng_unit(rng) < density) {
                col[k] = f;
                value[k++] = (float)at_rng_unit(rng) - 0.3F;
            }
        assert_ok(at_csr_add_row(csr, col, value, k, &err));
        y[i] = (uint32_t)at_rng_below(rng, n_classes);
    }
}

static void test_forest_explain__is_the_average_over_all_orders(void **state)
{
    (void)state;
    static const char *const settings[][4] = {{"n_estimators", "3", "class_weight", "balanced"},
                                              {"n_estimators", "2", "splitter", "random"},
                                              {"n_estimators", "4", "max_depth", "3"}};
    struct at_rng rng;
    at_rng_init(&rng, 31);
    for (size_t i = 0; i < CASES; i++) {
        struct at_csr csr;
        uint32_t y[MAX_ROWS];
        const size_t n_classes = 2 + at_rng_below(&rng, MAX_CLASSES - 1);
        sample_make(&csr, y, n_classes, &rng);
        struct at_forest_model *m = fit(&csr, y, n_classes, settings[i % 3], 2);
        for (size_t r = 0; r < 4; r++)
            assert_explains(m, &csr, at_rng_below(&rng, MAX_ROWS), brute_add);
        at_forest_model_destroy(&m->base);
        at_csr_release(&csr);
    }
}

/* Each row has one column of its own and a few others: a tree has to ask for nearly all columns one
 * after the other. The shares along the way are small and differ, and the rows that are asked about
 * turn off often. */
static void test_forest_explain__holds_on_long_ways(void **state)
{
    (void)state;
    static const char *const settings[] = {"n_estimators", "2",     "max_features", "all",
                                           "bootstrap",    "false", "splitter",     "random"};
    struct at_rng rng;
    struct at_csr csr = {.n_cols = CHAIN};
    uint32_t y[CHAIN];
    at_rng_init(&rng, 4);
    for (uint32_t i = 0; i < CHAIN; i++) {
        const float one = 1;
        assert_ok(at_csr_add_row(&csr, &i, &one, 1, &err));
        y[i] = i % 2;
    }
    struct at_forest_model *m = fit(&csr, y, 2, settings, 4);
    assert_true(m->start[1] >= CHAIN / 2);
    for (size_t i = 0; i < 3; i++)
        assert_explains(m, &csr, at_rng_below(&rng, CHAIN), chain_add);
    uint32_t col[CHAIN];
    float value[CHAIN];
    for (uint32_t f = 0; f < CHAIN; f++) { /* a row with everything turns off everywhere */
        col[f] = f;
        value[f] = 1;
    }
    assert_ok(at_csr_add_row(&csr, col, value, CHAIN, &err));
    assert_ok(at_csr_add_row(&csr, col, value, CHAIN / 2, &err));
    assert_explains(m, &csr, CHAIN, chain_add);
    assert_explains(m, &csr, CHAIN + 1, chain_add);
    at_forest_model_destroy(&m->base);
    at_csr_release(&csr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forest_explain__is_the_average_over_all_orders),
        cmocka_unit_test(test_forest_explain__holds_on_long_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
