/* A row is spread into an array with a place for every column. The index says where it leaves the
 * first chain of each tree; from there it is walked to a leaf, and wiped from the array again. */
#include <string.h>

#include "model/forest/forest_model.h"

/* One float a column, then one child a tree. */
size_t at_forest_scratch_bytes(const struct attune_model *model)
{
    const struct at_forest_model *m = (const struct at_forest_model *)model;
    return model->n_features * sizeof(float) + m->n_trees * sizeof(int32_t);
}

static size_t predict_leaf(const struct at_forest_packed_node *node, int32_t at, const float *x)
{
    while (at >= 0) {
        const struct at_forest_packed_node *n = &node[at];
        at = x[n->feature] <= n->threshold ? n->left : n->right;
    }
    return (size_t)~at;
}

static void predict_row(const struct at_forest_model *m, const float *x, const int32_t *child,
                        double *proba)
{
    const size_t n_classes = m->base.n_classes;
    for (size_t c = 0; c < n_classes; c++)
        proba[c] = 0;
    for (size_t t = 0; t < m->n_trees; t++) {
        const size_t leaf = predict_leaf(m->node + m->start[t], child[t], x);
        const double *share = m->share + leaf * n_classes;
        for (size_t c = 0; c < n_classes; c++)
            proba[c] += share[c];
    }
    for (size_t c = 0; c < n_classes; c++)
        proba[c] /= (double)m->n_trees;
}

attune_status at_forest_predict(const struct attune_model *model, const struct attune_rows *rows,
                                double *proba, void *scratch, attune_error *err)
{
    const struct at_forest_model *m = (const struct at_forest_model *)model;
    float *x = scratch;
    int32_t *child = (int32_t *)(x + model->n_features);
    if (rows->kind != ATTUNE_ROWS_SPARSE)
        return at_fail(err, ATTUNE_INVALID, "a forest predicts sparse rows only");
    if (rows->n_cols != model->n_features)
        return at_fail(err, ATTUNE_INVALID, "rows have %zu columns, the forest has %zu",
                       rows->n_cols, model->n_features);
    memset(x, 0, model->n_features * sizeof *x);
    for (size_t i = 0; i < rows->n_rows; i++) {
        const uint32_t *col = rows->col + rows->start[i];
        const float *value = rows->value + rows->start[i];
        const size_t n = (size_t)(rows->start[i + 1] - rows->start[i]);
        for (size_t k = 0; k < n; k++)
            x[col[k]] = value[k];
        at_forest_index_skip(m, col, value, n, child);
        predict_row(m, x, child, proba + i * model->n_classes);
        for (size_t k = 0; k < n; k++)
            x[col[k]] = 0;
    }
    return ATTUNE_OK;
}
