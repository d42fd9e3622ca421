/* A row is spread into an array with a place for every column, walked through all trees, and wiped
 * from the array again. */
#include <string.h>

#include "model/forest/forest_model.h"

size_t at_forest_scratch_bytes(const struct attune_model *model)
{
    return model->n_features * sizeof(float);
}

static int32_t predict_leaf(const struct at_forest_packed_node *node, int32_t at, const float *x)
{
    while (at >= 0) {
        const struct at_forest_packed_node *n = &node[at];
        at = x[n->feature] <= n->threshold ? n->left : n->right;
    }
    return ~at;
}

static void predict_row(const struct at_forest_model *m, const float *x, double *proba)
{
    const size_t n_classes = m->base.n_classes;
    for (size_t c = 0; c < n_classes; c++)
        proba[c] = 0;
    for (size_t t = 0; t < m->n_trees; t++) {
        const int32_t leaf = predict_leaf(m->node + m->start[t], m->root[t], x);
        const double *share = m->share + (size_t)leaf * n_classes;
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
    if (rows->kind != ATTUNE_ROWS_SPARSE)
        return at_fail(err, ATTUNE_INVALID, "a forest predicts sparse rows only");
    if (rows->n_cols != model->n_features)
        return at_fail(err, ATTUNE_INVALID, "rows have %zu columns, the forest has %zu",
                       rows->n_cols, model->n_features);
    memset(x, 0, model->n_features * sizeof *x);
    for (size_t i = 0; i < rows->n_rows; i++) {
        for (uint64_t v = rows->start[i]; v < rows->start[i + 1]; v++)
            x[rows->col[v]] = rows->value[v];
        predict_row(m, x, proba + i * model->n_classes);
        for (uint64_t v = rows->start[i]; v < rows->start[i + 1]; v++)
            x[rows->col[v]] = 0;
    }
    return ATTUNE_OK;
}
