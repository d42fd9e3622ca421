/* A row is spread into an array with a place for every column. The index says where it leaves the
 * first chain of each tree. From there all trees are walked at the same time, one turn to the right
 * after the other: where a walk goes on is somewhere else in memory, which is fetched while the
 * other trees have their turn. A walk to the left reads two bytes a node and stops where a column
 * is asked for in which the row has a value. */
#include <string.h>

#include "model/forest/forest_model.h"

/* Trees walked at the same time. */
enum { PREDICT_TREES = 64 };

struct predict_row {
    const struct at_forest_slots *slots;
    const float *x;      /* [n_features + 1] */
    const uint8_t *look; /* [2 * width + 1] by `test`: whether the cut is to be looked at */
};

/* One child a tree, one float a column, one byte a test. */
size_t at_forest_scratch_bytes(const struct attune_model *model)
{
    const struct at_forest_model *m = (const struct at_forest_model *)model;
    return m->n_trees * sizeof(int32_t) + (model->n_features + 1) * sizeof(float) +
           2 * m->slots.width + 1;
}

static size_t predict_left(const struct predict_row *row, size_t at)
{
    const uint16_t *test = row->slots->test + at;
    while (!row->look[*test])
        test++;
    return (size_t)(test - row->slots->test);
}

/* The next child to the right of slot `at`, where there is something to look at, and what is to its
 * left. */
static int32_t predict_right(const struct predict_row *row, size_t at)
{
    const struct at_forest_slots *s = row->slots;
    while (row->x[at_forest_slot_column(s, at)] <= s->cut[at].threshold)
        at = predict_left(row, at + 1);
    return s->cut[at].right;
}

static void predict_fetch(const struct at_forest_slots *s, size_t at)
{
    __builtin_prefetch(s->test + at);
    __builtin_prefetch(s->test + at + 24);
}

/* Brings child[0..n-1] of n trees, n <= PREDICT_TREES, to their leaves. */
static void predict_trees(const struct predict_row *row, const uint64_t *start, int32_t *child,
                          size_t n)
{
    struct {
        size_t at;
        uint32_t tree;
    } open[PREDICT_TREES];
    size_t n_open = 0;
    for (uint32_t t = 0; t < n; t++) {
        open[n_open].tree = t;
        open[n_open].at = (size_t)start[t] + (size_t)child[t];
        if (child[t] >= 0)
            predict_fetch(row->slots, open[n_open++].at);
    }
    while (n_open > 0) {
        size_t kept = 0;
        for (size_t i = 0; i < n_open; i++) {
            open[i].at = predict_left(row, open[i].at);
            __builtin_prefetch(row->slots->cut + open[i].at);
        }
        for (size_t i = 0; i < n_open; i++) {
            const uint32_t t = open[i].tree;
            child[t] = predict_right(row, open[i].at);
            open[kept].tree = t;
            open[kept].at = (size_t)start[t] + (size_t)child[t];
            if (child[t] >= 0)
                predict_fetch(row->slots, open[kept++].at);
        }
        n_open = kept;
    }
}

static void predict_average(const struct at_forest_model *m, const int32_t *child, double *proba)
{
    const size_t n_classes = m->base.n_classes;
    for (size_t c = 0; c < n_classes; c++)
        proba[c] = 0;
    for (size_t t = 0; t < m->n_trees; t++) {
        const double *share = m->share + (size_t)~child[t] * n_classes;
        for (size_t c = 0; c < n_classes; c++)
            proba[c] += share[c];
    }
    for (size_t c = 0; c < n_classes; c++)
        proba[c] /= (double)m->n_trees;
}

static void predict_one(const struct at_forest_model *m, const struct predict_row *row,
                        int32_t *child, double *proba)
{
    for (size_t t = 0; t < m->n_trees; t += PREDICT_TREES) {
        const size_t left = m->n_trees - t;
        predict_trees(row, m->start + t, child + t, left < PREDICT_TREES ? left : PREDICT_TREES);
    }
    predict_average(m, child, proba);
}

attune_status at_forest_predict(const struct attune_model *model, const struct attune_rows *rows,
                                double *proba, void *scratch, attune_error *err)
{
    const struct at_forest_model *m = (const struct at_forest_model *)model;
    const size_t width = m->slots.width;
    int32_t *child = scratch;
    float *x = (float *)(child + m->n_trees);
    uint8_t *look = (uint8_t *)(x + model->n_features + 1);
    const struct predict_row row = {&m->slots, x, look};
    if (rows->kind != ATTUNE_ROWS_SPARSE)
        return at_fail(err, ATTUNE_INVALID, "a forest predicts sparse rows only");
    if (rows->n_cols != model->n_features)
        return at_fail(err, ATTUNE_INVALID, "rows have %zu columns, the forest has %zu",
                       rows->n_cols, model->n_features);
    memset(x, 0, (model->n_features + 1) * sizeof *x);
    memset(look, 0, width);
    memset(look + width, 1, width + 1);
    for (size_t i = 0; i < rows->n_rows; i++) {
        const uint32_t *col = rows->col + rows->start[i];
        const float *value = rows->value + rows->start[i];
        const size_t n = (size_t)(rows->start[i + 1] - rows->start[i]);
        for (size_t k = 0; k < n; k++) {
            x[col[k]] = value[k];
            look[col[k] % width] = 1;
        }
        at_forest_index_skip(m, col, value, n, child);
        predict_one(m, &row, child, proba + i * model->n_classes);
        for (size_t k = 0; k < n; k++) {
            x[col[k]] = 0;
            look[col[k] % width] = 0;
        }
    }
    return ATTUNE_OK;
}
