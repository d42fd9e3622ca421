/* Predicting. One thread's scratch: the row of each block, the row of a member that eats several,
 * and what the members said. */
#include <string.h>

#include "base/alloc.h"
#include "base/pool.h"
#include "pipeline/rows.h"

struct at_session {
    const struct at_pipeline *pipeline;
    void *blocks[AT_RECIPE_BLOCKS];
    struct at_row rows[AT_RECIPE_BLOCKS];
    struct at_row joined;
    double *said; /* f64[n_members * n_labels] */
    struct at_voice voice[AT_RECIPE_MEMBERS];
    void *scratch_memory, *scratch; /* scratch: 64-byte aligned within the memory */
};

static attune_status session_open_parts(struct at_session *s, attune_error *err)
{
    const struct at_pipeline *p = s->pipeline;
    size_t bytes = 0;
    for (size_t i = 0; i < p->n_blocks; i++) {
        AT_TRY(p->blocks[i]->kind->session_create(&s->blocks[i], p->blocks[i], err));
        AT_TRY(at_row_reserve(&s->rows[i], 64, err));
    }
    for (size_t m = 0; m < p->n_members; m++) {
        const struct attune_model *model = p->members[m].model;
        const size_t needed = model->kind->scratch_bytes(model);
        s->voice[m] = p->members[m].voice;
        bytes = needed > bytes ? needed : bytes;
    }
    s->scratch_memory = at_alloc(bytes + 64, 1);
    s->said = AT_ALLOC(double, p->n_members * p->labels.n);
    if (!s->scratch_memory || !s->said)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: session of %zu bytes", bytes);
    s->scratch = (char *)s->scratch_memory + (-(uintptr_t)s->scratch_memory & 63);
    return at_row_reserve(&s->joined, 64, err);
}

attune_status at_session_create(struct at_session **out, const struct at_pipeline *pipeline,
                                attune_error *err)
{
    *out = NULL;
    struct at_session *s = AT_ALLOC(struct at_session, 1);
    if (!s)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: session");
    s->pipeline = pipeline;
    const attune_status status = session_open_parts(s, err);
    if (status != ATTUNE_OK) {
        at_session_destroy(s);
        return status;
    }
    *out = s;
    return ATTUNE_OK;
}

void at_session_destroy(struct at_session *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->pipeline->n_blocks; i++) {
        if (s->blocks[i])
            s->pipeline->blocks[i]->kind->session_destroy(s->blocks[i]);
        at_row_release(&s->rows[i]);
    }
    at_row_release(&s->joined);
    at_free(s->said);
    at_free(s->scratch_memory);
    at_free(s);
}

/* The row that a member eats: lent from the one block, or put together. */
static attune_status session_member_row(struct at_session *s, size_t m, const struct at_row **out,
                                        attune_error *err)
{
    const struct at_pipeline *p = s->pipeline;
    const uint32_t mask = p->members[m].blocks;
    uint32_t shift = 0;
    s->joined.n = 0;
    for (size_t b = 0; b < p->n_blocks; b++) {
        const struct at_row *row = &s->rows[b];
        if (!(mask >> b & 1))
            continue;
        if (mask == UINT32_C(1) << b) {
            *out = row;
            return ATTUNE_OK;
        }
        AT_TRY(at_row_reserve(&s->joined, s->joined.n + row->n, err));
        for (size_t k = 0; k < row->n; k++)
            s->joined.col[s->joined.n + k] = row->col[k] + shift;
        memcpy(s->joined.value + s->joined.n, row->value, row->n * sizeof *row->value);
        s->joined.n += row->n;
        shift += (uint32_t)p->blocks[b]->n_cols;
    }
    *out = &s->joined;
    return ATTUNE_OK;
}

static attune_status session_rows(struct at_session *s, const struct at_profile *view,
                                  attune_error *err)
{
    const struct at_pipeline *p = s->pipeline;
    for (size_t b = 0; b < p->n_blocks; b++)
        AT_TRY(p->blocks[b]->kind->transform(p->blocks[b], s->blocks[b], view, &s->rows[b], err));
    return ATTUNE_OK;
}

static struct attune_rows session_view(const struct at_row *row, const uint64_t start[2],
                                       size_t n_cols)
{
    return (struct attune_rows){.kind = ATTUNE_ROWS_SPARSE,
                                .n_rows = 1,
                                .n_cols = n_cols,
                                .start = start,
                                .col = row->col,
                                .value = row->value};
}

attune_status at_session_predict_members(struct at_session *s, const struct at_profile *profile,
                                         double *proba, attune_error *err)
{
    const struct at_pipeline *p = s->pipeline;
    const struct at_profile view = at_rows_window(profile, p->newest_messages);
    AT_TRY(session_rows(s, &view, err));
    for (size_t m = 0; m < p->n_members; m++) {
        const struct attune_model *model = p->members[m].model;
        const struct at_row *row;
        AT_TRY(session_member_row(s, m, &row, err));
        const uint64_t start[2] = {0, row->n};
        const struct attune_rows rows = session_view(row, start, model->n_features);
        AT_TRY(model->kind->predict(model, &rows, proba + m * p->labels.n, s->scratch, err));
    }
    return ATTUNE_OK;
}

attune_status at_session_predict(struct at_session *s, const struct at_profile *profile,
                                 double *proba, attune_error *err)
{
    const struct at_pipeline *p = s->pipeline;
    AT_TRY(at_session_predict_members(s, profile, s->said, err));
    at_confidence_pool(proba, s->said, s->voice, p->n_members, p->labels.n);
    at_calibration_apply(&p->calibration, proba, NULL);
    if (p->calibration.kind != AT_CALIBRATION_NONE)
        at_confidence_bound(proba, p->labels.n, p->calibration.n_rows);
    return ATTUNE_OK;
}

/* What the columns of one member contributed, told to each of its blocks. */
static attune_status session_explain_blocks(struct at_session *s, size_t m,
                                            const struct at_profile *view, double *contribution,
                                            struct at_explanation *out, attune_error *err)
{
    const struct at_pipeline *p = s->pipeline;
    size_t from = 0;
    for (size_t b = 0; b < p->n_blocks; b++) {
        const struct at_feature *block = p->blocks[b];
        if (!(p->members[m].blocks >> b & 1))
            continue;
        if (block->kind->explain)
            AT_TRY(block->kind->explain(block, s->blocks[b], view, contribution + from, out, err));
        else
            for (size_t k = 0; k < block->n_cols; k++)
                if (contribution[from + k] < 0 || contribution[from + k] > 0)
                    AT_TRY(at_explanation_add(out, block->kind->col_name(block, k),
                                              contribution[from + k], err));
        from += block->n_cols;
    }
    return ATTUNE_OK;
}

/* In an ensemble each member gets its share of the weights, whatever the scale of its scores. */
static void session_scale(const struct at_session *s, size_t m, double *contribution, size_t n)
{
    double size = 0, weights = 0;
    if (s->pipeline->n_members == 1)
        return;
    for (size_t i = 0; i < n; i++)
        size += contribution[i] < 0 ? -contribution[i] : contribution[i];
    for (size_t i = 0; i < s->pipeline->n_members; i++)
        weights += s->voice[i].weight;
    const double scale = size > 0 && weights > 0 ? s->voice[m].weight / weights / size : 0;
    for (size_t i = 0; i < n; i++)
        contribution[i] *= scale;
}

static attune_status session_explain_member(struct at_session *s, size_t m,
                                            const struct at_profile *view, uint32_t class_index,
                                            struct at_explanation *out, attune_error *err)
{
    const struct attune_model *model = s->pipeline->members[m].model;
    const struct at_row *row;
    double base;
    double *contribution = AT_ALLOC(double, model->n_features);
    if (!contribution)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: explanation");
    attune_status status = session_member_row(s, m, &row, err);
    if (status == ATTUNE_OK) {
        const uint64_t start[2] = {0, row->n};
        const struct attune_rows rows = session_view(row, start, model->n_features);
        status = model->kind->explain(model, &rows, class_index, contribution, &base, err);
    }
    if (status == ATTUNE_OK) {
        session_scale(s, m, contribution, model->n_features);
        status = session_explain_blocks(s, m, view, contribution, out, err);
    }
    at_free(contribution);
    return status;
}

attune_status at_session_explain(struct at_session *s, const struct at_profile *profile,
                                 uint32_t class_index, struct at_explanation *out, bool *out_told,
                                 attune_error *err)
{
    const struct at_profile view = at_rows_window(profile, s->pipeline->newest_messages);
    *out_told = false;
    AT_TRY(session_rows(s, &view, err));
    for (size_t m = 0; m < s->pipeline->n_members; m++) {
        if (!s->pipeline->members[m].model->kind->explain)
            continue;
        AT_TRY(session_explain_member(s, m, &view, class_index, out, err));
        *out_told = true;
    }
    at_explanation_sort(out);
    return ATTUNE_OK;
}

/* Chunks large enough that handing them out costs nothing, small enough to spread evenly. */
enum { PIPELINE_CHUNK = 64 };

struct pipeline_batch {
    const struct at_pipeline *pipeline;
    const struct at_profile *const *profiles;
    size_t n;
    double *p;
    bool by_member;
    struct at_session **sessions;
    attune_error *errors; /* one a worker */
    attune_status *statuses;
};

static void pipeline_predict_chunk(void *context, size_t chunk, size_t worker)
{
    struct pipeline_batch *b = context;
    const size_t from = chunk * PIPELINE_CHUNK;
    const size_t to = from + PIPELINE_CHUNK < b->n ? from + PIPELINE_CHUNK : b->n;
    const size_t k = b->pipeline->labels.n;
    const size_t width = b->by_member ? k * b->pipeline->n_members : k;
    attune_status *status = &b->statuses[worker];
    attune_error *err = &b->errors[worker];
    if (*status == ATTUNE_OK && !b->sessions[worker])
        *status = at_session_create(&b->sessions[worker], b->pipeline, err);
    for (size_t i = from; i < to && *status == ATTUNE_OK; i++)
        *status = (b->by_member ? at_session_predict_members : at_session_predict)(
            b->sessions[worker], b->profiles[i], b->p + i * width, err);
}

static attune_status pipeline_predict_all(struct pipeline_batch b, attune_pool *pool,
                                          attune_error *err)
{
    const size_t n_workers = attune_pool_threads(pool);
    b.sessions = AT_ALLOC(struct at_session *, n_workers);
    b.errors = AT_ALLOC(attune_error, n_workers);
    b.statuses = AT_ALLOC(attune_status, n_workers);
    attune_status status = ATTUNE_OK;
    if (!b.sessions || !b.errors || !b.statuses)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: prediction");
    if (status == ATTUNE_OK)
        attune_parallel_for(pool, (b.n + PIPELINE_CHUNK - 1) / PIPELINE_CHUNK,
                            pipeline_predict_chunk, &b);
    for (size_t w = 0; w < n_workers && b.statuses && b.errors && b.sessions; w++) {
        if (status == ATTUNE_OK && b.statuses[w] != ATTUNE_OK) {
            status = b.statuses[w];
            if (err)
                *err = b.errors[w];
        }
        at_session_destroy(b.sessions[w]);
    }
    at_free(b.sessions);
    at_free(b.errors);
    at_free(b.statuses);
    return status;
}

attune_status at_pipeline_predict(const struct at_pipeline *pipeline,
                                  const struct at_profile *const *profiles, size_t n, double *p,
                                  attune_pool *pool, attune_error *err)
{
    const struct pipeline_batch batch = {
        .pipeline = pipeline, .profiles = profiles, .n = n, .p = p};
    return pipeline_predict_all(batch, pool, err);
}

attune_status at_pipeline_predict_members(const struct at_pipeline *pipeline,
                                          const struct at_profile *const *profiles, size_t n,
                                          double *p, attune_pool *pool, attune_error *err)
{
    const struct pipeline_batch batch = {
        .pipeline = pipeline, .profiles = profiles, .n = n, .p = p, .by_member = true};
    return pipeline_predict_all(batch, pool, err);
}
