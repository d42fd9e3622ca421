/* rote.h - a model kind for tests that only knows which rows it has seen: label 0 for a row that it
 * was trained on, else label 1. Whoever answers for rows of its own training shows. */
#ifndef AT_TEST_SUPPORT_ROTE_H
#define AT_TEST_SUPPORT_ROTE_H

#include <string.h>

#include "attune/kind.h"
#include "base/alloc.h"
#include "base/status.h"

struct rote {
    struct attune_model base;
    uint64_t *seen;
    size_t n;
};

static const struct attune_model_kind rote_kind;

static inline uint64_t rote_hash(const struct attune_rows *rows, size_t i)
{
    uint64_t h = 1469598103934665603u;
    for (uint64_t k = rows->start[i]; k < rows->start[i + 1]; k++) {
        uint32_t bits;
        memcpy(&bits, &rows->value[k], sizeof bits);
        h = (h ^ rows->col[k]) * 1099511628211u;
        h = (h ^ bits) * 1099511628211u;
    }
    return h;
}

static void rote_destroy(struct attune_model *model)
{
    struct rote *r = (struct rote *)model;
    if (r)
        at_free(r->seen);
    at_free(r);
}

static attune_status rote_fit(struct attune_model **out, const struct attune_fit *in,
                              const void *options, attune_error *err)
{
    struct rote *r = AT_ALLOC(struct rote, 1);
    (void)options;
    *out = NULL;
    if (r)
        r->seen = AT_ALLOC(uint64_t, in->rows->n_rows);
    if (!r || !r->seen) {
        rote_destroy(r ? &r->base : NULL);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: rote");
    }
    r->base = (struct attune_model){&rote_kind, in->rows->n_cols, in->n_classes};
    r->n = in->rows->n_rows;
    for (size_t i = 0; i < r->n; i++)
        r->seen[i] = rote_hash(in->rows, i);
    *out = &r->base;
    return ATTUNE_OK;
}

static size_t rote_scratch_bytes(const struct attune_model *model)
{
    (void)model;
    return 0;
}

static attune_status rote_predict(const struct attune_model *model, const struct attune_rows *rows,
                                  double *proba, void *scratch, attune_error *err)
{
    const struct rote *r = (const struct rote *)model;
    (void)scratch;
    (void)err;
    for (size_t i = 0; i < rows->n_rows; i++) {
        const uint64_t h = rote_hash(rows, i);
        bool seen = false;
        for (size_t k = 0; k < r->n; k++)
            seen = seen || r->seen[k] == h;
        for (size_t c = 0; c < model->n_classes; c++)
            proba[i * model->n_classes + c] = c == (seen ? 0 : 1);
    }
    return ATTUNE_OK;
}

static attune_status rote_save(const struct attune_model *model, attune_writer *writer,
                               attune_error *err)
{
    (void)model;
    (void)writer;
    return at_fail(err, ATTUNE_UNSUPPORTED, "not saved");
}

static attune_status rote_load(struct attune_model **out, const attune_reader *reader,
                               attune_error *err)
{
    (void)out;
    (void)reader;
    return at_fail(err, ATTUNE_UNSUPPORTED, "not loaded");
}

static const struct attune_model_kind rote_kind = {
    .version = ATTUNE_MODEL_KIND_VERSION,
    .name = "rote",
    .summary = "knows what it has seen",
    .rows = ATTUNE_ROWS_SPARSE,
    .fit = rote_fit,
    .scratch_bytes = rote_scratch_bytes,
    .predict = rote_predict,
    .save = rote_save,
    .load = rote_load,
    .destroy = rote_destroy,
};

#endif
