/* Fitting, and predicting with what was fitted. A profile passes window -> blocks -> model; the
 * rows of several blocks are laid side by side, each block's columns behind those of the one
 * before. */
#include "pipeline/pipeline.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/job.h"
#include "base/pool.h"

/* The newest messages of a profile, as a shallow copy. */
static struct at_profile pipeline_window(const struct at_profile *profile, size_t newest)
{
    struct at_profile view = *profile;
    if (newest && view.n_messages > newest) {
        view.messages += view.n_messages - newest;
        view.n_messages = newest;
    }
    return view;
}

struct pipeline_windows {
    struct at_profile *views;
    const struct at_profile **pointers;
};

static attune_status pipeline_windows_make(struct pipeline_windows *w,
                                           const struct at_pipeline_fit *in, attune_error *err)
{
    w->views = AT_ALLOC_RAW(struct at_profile, in->n);
    w->pointers = AT_ALLOC_RAW(const struct at_profile *, in->n);
    if (!w->views || !w->pointers)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", in->n);
    for (size_t i = 0; i < in->n; i++) {
        w->views[i] = pipeline_window(in->profiles[i], in->recipe->newest_messages);
        w->pointers[i] = &w->views[i];
    }
    return ATTUNE_OK;
}

static void pipeline_windows_release(struct pipeline_windows *w)
{
    at_free(w->views);
    at_free(w->pointers);
}

/* Appends the rows of `part` to the right of `rows`. */
static attune_status pipeline_join(struct at_csr *rows, const struct at_csr *part,
                                   attune_error *err)
{
    struct at_csr joined = {.n_cols = rows->n_cols + part->n_cols};
    struct at_row row = {0};
    attune_status status = ATTUNE_OK;
    for (size_t i = 0; i < part->n_rows && status == ATTUNE_OK; i++) {
        const size_t a = rows->start[i], na = rows->start[i + 1] - a;
        const size_t b = part->start[i], nb = part->start[i + 1] - b;
        status = at_row_reserve(&row, na + nb + 1, err);
        if (status != ATTUNE_OK)
            break;
        memcpy(row.col, rows->col + a, na * sizeof *row.col);
        memcpy(row.value, rows->value + a, na * sizeof *row.value);
        for (size_t k = 0; k < nb; k++) {
            row.col[na + k] = part->col[b + k] + (uint32_t)rows->n_cols;
            row.value[na + k] = part->value[b + k];
        }
        status = at_csr_add_row(&joined, row.col, row.value, na + nb, err);
    }
    at_row_release(&row);
    if (status != ATTUNE_OK) {
        at_csr_release(&joined);
        return status;
    }
    at_csr_release(rows);
    *rows = joined;
    return ATTUNE_OK;
}

static attune_status pipeline_fit_blocks(struct at_pipeline *p, const struct at_pipeline_fit *in,
                                         const struct at_feature_fit *fit, struct at_csr *rows,
                                         attune_error *err)
{
    for (size_t i = 0; i < in->recipe->n_blocks; i++) {
        struct at_csr part = {0};
        const struct at_feature_kind *kind = in->recipe->blocks[i].kind;
        attune_status status = at_job_check(in->job, err);
        if (status == ATTUNE_OK)
            status =
                kind->fit(&p->blocks[i], i ? &part : rows, fit, in->recipe->blocks[i].options, err);
        if (status == ATTUNE_OK && i)
            status = pipeline_join(rows, &part, err);
        at_csr_release(&part);
        AT_TRY(status);
        p->n_blocks = i + 1;
        p->n_cols += p->blocks[i]->n_cols;
    }
    return ATTUNE_OK;
}

static attune_status pipeline_fit_features(struct at_pipeline *p, const struct at_pipeline_fit *in,
                                           struct at_csr *rows, attune_error *err)
{
    struct pipeline_windows windows = {0};
    attune_status status = pipeline_windows_make(&windows, in, err);
    if (status == ATTUNE_OK) {
        const struct at_feature_fit fit = {.profiles = windows.pointers,
                                           .n_profiles = in->n,
                                           .pool = in->pool,
                                           .job = in->job};
        status = pipeline_fit_blocks(p, in, &fit, rows, err);
    }
    pipeline_windows_release(&windows);
    return status;
}

static attune_status pipeline_fit_model(struct at_pipeline *p, const struct at_pipeline_fit *in,
                                        const struct at_csr *rows, attune_error *err)
{
    const struct attune_rows view = at_csr_view(rows);
    const struct attune_fit fit = {.rows = &view,
                                   .y = in->y,
                                   .n_classes = in->labels->n,
                                   .seed = in->seed,
                                   .pool = in->pool,
                                   .job = in->job};
    AT_TRY(at_job_check(in->job, err));
    return in->recipe->kind->fit(&p->model, &fit, in->recipe->options, err);
}

/* No clock, no path, no thread count: the file must be the same wherever it is made. */
static attune_status pipeline_write_meta(struct at_pipeline *p, const struct at_pipeline_fit *in,
                                         attune_error *err)
{
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 0);
    at_json_object_begin(&o);
    at_json_set_int(&o, "format", 1);
    at_json_set_str(&o, "target", p->labels.target);
    at_json_put_key(&o, "labels");
    at_json_array_begin(&o);
    for (size_t i = 0; i < p->labels.n; i++)
        at_json_put_str(&o, p->labels.names[i]);
    at_json_array_end(&o);
    at_json_set_bool(&o, "ordered", p->labels.ordered);
    at_json_set_int(&o, "seed", (int64_t)in->seed);
    at_json_set_int(&o, "n_train", (int64_t)in->n);
    attune_status status = at_recipe_json(in->recipe, &o, err);
    at_json_object_end(&o);
    if (status == ATTUNE_OK)
        status = at_json_end(&o, err);
    if (status == ATTUNE_OK)
        p->meta = at_buf_take(&text);
    at_buf_release(&text);
    return status;
}

static attune_status pipeline_fit_into(struct at_pipeline *p, const struct at_pipeline_fit *in,
                                       struct at_pipeline_seconds *seconds, attune_error *err)
{
    struct at_csr rows = {0};
    const double t0 = at_clock_seconds();
    p->newest_messages = in->recipe->newest_messages;
    attune_status status = at_labels_make(&p->labels, in->labels->target, in->labels->names,
                                          in->labels->n, in->labels->ordered, &p->arena, err);
    if (status == ATTUNE_OK)
        status = pipeline_fit_features(p, in, &rows, err);
    const double t1 = at_clock_seconds();
    if (status == ATTUNE_OK)
        status = pipeline_fit_model(p, in, &rows, err);
    at_csr_release(&rows);
    if (status == ATTUNE_OK)
        status = pipeline_write_meta(p, in, err);
    if (seconds)
        *seconds = (struct at_pipeline_seconds){t1 - t0, at_clock_seconds() - t1};
    return status;
}

attune_status at_pipeline_fit(struct at_pipeline **out, const struct at_pipeline_fit *in,
                              struct at_pipeline_seconds *seconds, attune_error *err)
{
    *out = NULL;
    if (in->n == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "no profiles to train on");
    struct at_pipeline *p = AT_ALLOC(struct at_pipeline, 1);
    if (!p)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: pipeline");
    const attune_status status = pipeline_fit_into(p, in, seconds, err);
    if (status != ATTUNE_OK) {
        at_pipeline_destroy(p);
        return status;
    }
    *out = p;
    return ATTUNE_OK;
}

void at_pipeline_destroy(struct at_pipeline *p)
{
    if (!p)
        return;
    if (p->model)
        p->model->kind->destroy(p->model);
    for (size_t i = 0; i < p->n_blocks; i++)
        p->blocks[i]->kind->destroy(p->blocks[i]);
    if (p->mapped)
        at_bundle_close(&p->reader);
    at_free(p->meta);
    at_arena_release(&p->arena);
    at_free(p);
}

struct at_session {
    const struct at_pipeline *pipeline;
    void *blocks[AT_RECIPE_BLOCKS];
    struct at_row row, part;
    void *scratch_memory, *scratch; /* scratch: 64-byte aligned within the memory */
};

static attune_status session_open_blocks(struct at_session *s, attune_error *err)
{
    const struct at_pipeline *p = s->pipeline;
    for (size_t i = 0; i < p->n_blocks; i++)
        AT_TRY(p->blocks[i]->kind->session_create(&s->blocks[i], p->blocks[i], err));
    const size_t bytes = p->model->kind->scratch_bytes(p->model);
    s->scratch_memory = at_alloc(bytes + 64, 1);
    if (!s->scratch_memory)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: session of %zu bytes", bytes);
    s->scratch = (char *)s->scratch_memory + (-(uintptr_t)s->scratch_memory & 63);
    return at_row_reserve(&s->row, 64, err);
}

attune_status at_session_create(struct at_session **out, const struct at_pipeline *pipeline,
                                attune_error *err)
{
    *out = NULL;
    struct at_session *s = AT_ALLOC(struct at_session, 1);
    if (!s)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: session");
    s->pipeline = pipeline;
    const attune_status status = session_open_blocks(s, err);
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
    for (size_t i = 0; i < s->pipeline->n_blocks; i++)
        if (s->blocks[i])
            s->pipeline->blocks[i]->kind->session_destroy(s->blocks[i]);
    at_row_release(&s->row);
    at_row_release(&s->part);
    at_free(s->scratch_memory);
    at_free(s);
}

static attune_status session_transform(struct at_session *s, const struct at_profile *profile,
                                       attune_error *err)
{
    const struct at_pipeline *p = s->pipeline;
    AT_TRY(p->blocks[0]->kind->transform(p->blocks[0], s->blocks[0], profile, &s->row, err));
    size_t shift = p->blocks[0]->n_cols;
    for (size_t i = 1; i < p->n_blocks; i++) {
        AT_TRY(p->blocks[i]->kind->transform(p->blocks[i], s->blocks[i], profile, &s->part, err));
        AT_TRY(at_row_reserve(&s->row, s->row.n + s->part.n, err));
        for (size_t k = 0; k < s->part.n; k++) {
            s->row.col[s->row.n] = s->part.col[k] + (uint32_t)shift;
            s->row.value[s->row.n++] = s->part.value[k];
        }
        shift += p->blocks[i]->n_cols;
    }
    return ATTUNE_OK;
}

attune_status at_session_predict(struct at_session *s, const struct at_profile *profile,
                                 double *proba, attune_error *err)
{
    const struct at_pipeline *p = s->pipeline;
    const struct at_profile view = pipeline_window(profile, p->newest_messages);
    AT_TRY(session_transform(s, &view, err));
    const uint64_t start[2] = {0, s->row.n};
    const struct attune_rows rows = {.kind = ATTUNE_ROWS_SPARSE,
                                     .n_rows = 1,
                                     .n_cols = p->n_cols,
                                     .start = start,
                                     .col = s->row.col,
                                     .value = s->row.value};
    return p->model->kind->predict(p->model, &rows, proba, s->scratch, err);
}

/* Chunks large enough that handing them out costs nothing, small enough to spread evenly. */
enum { PIPELINE_CHUNK = 64 };

struct pipeline_batch {
    const struct at_pipeline *pipeline;
    const struct at_profile *const *profiles;
    size_t n;
    double *p;
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
    attune_status *status = &b->statuses[worker];
    attune_error *err = &b->errors[worker];
    if (*status == ATTUNE_OK && !b->sessions[worker])
        *status = at_session_create(&b->sessions[worker], b->pipeline, err);
    for (size_t i = from; i < to && *status == ATTUNE_OK; i++)
        *status = at_session_predict(b->sessions[worker], b->profiles[i], b->p + i * k, err);
}

attune_status at_pipeline_predict(const struct at_pipeline *pipeline,
                                  const struct at_profile *const *profiles, size_t n, double *p,
                                  attune_pool *pool, attune_error *err)
{
    const size_t n_workers = attune_pool_threads(pool);
    struct pipeline_batch b = {.pipeline = pipeline, .profiles = profiles, .n = n, .p = p};
    b.sessions = AT_ALLOC(struct at_session *, n_workers);
    b.errors = AT_ALLOC(attune_error, n_workers);
    b.statuses = AT_ALLOC(attune_status, n_workers);
    attune_status status = ATTUNE_OK;
    if (!b.sessions || !b.errors || !b.statuses)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: prediction");
    if (status == ATTUNE_OK)
        attune_parallel_for(pool, (n + PIPELINE_CHUNK - 1) / PIPELINE_CHUNK, pipeline_predict_chunk,
                            &b);
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
