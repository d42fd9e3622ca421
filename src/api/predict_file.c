/* A file of profiles, answered in order: rows are read in batches, a batch is shared out over the
 * pool, its lines are written in the order of the rows. */
#include <stdio.h>

#include "api/predictor.h"

#include "base/alloc.h"
#include "base/job.h"
#include "base/pool.h"

enum { PREDICT_BATCH = 1024, PREDICT_CHUNK = 32 };

struct predict_batch {
    const attune_predictor *predictor;
    struct at_answerer **answerers; /* one a worker */
    struct at_dataset *dataset;
    struct at_buf lines[PREDICT_BATCH];
    attune_error *errors; /* one a worker: its first failure, after which it does nothing more */
};

static void predict_chunk(void *context, size_t chunk, size_t worker)
{
    struct predict_batch *b = context;
    attune_error *err = &b->errors[worker];
    attune_status status = err->status;
    if (status == ATTUNE_OK && !b->answerers[worker])
        status = at_answerer_create(&b->answerers[worker], b->predictor, err);
    for (size_t i = chunk * PREDICT_CHUNK;
         i < (chunk + 1) * PREDICT_CHUNK && i < b->dataset->n && status == ATTUNE_OK; i++) {
        at_buf_clear(&b->lines[i]);
        status =
            at_answerer_write(b->answerers[worker], &b->dataset->profiles[i], &b->lines[i], err);
    }
    err->status = status;
}

static attune_status predict_flush(struct predict_batch *b, attune_pool *pool, attune_line_fn write,
                                   void *user, attune_error *err)
{
    attune_parallel_for(pool, (b->dataset->n + PREDICT_CHUNK - 1) / PREDICT_CHUNK, predict_chunk,
                        b);
    for (size_t w = 0; w < attune_pool_threads(pool); w++)
        if (b->errors[w].status != ATTUNE_OK) {
            if (err)
                *err = b->errors[w];
            return b->errors[w].status;
        }
    for (size_t i = 0; i < b->dataset->n; i++)
        AT_TRY(write(user, b->lines[i].data, b->lines[i].len, err));
    at_dataset_release(b->dataset);
    return ATTUNE_OK;
}

static attune_status predict_rows(struct predict_batch *b, struct at_reader *reader,
                                  attune_pool *pool, attune_line_fn write, void *user,
                                  const attune_job *job, uint64_t *rejected, attune_error *err)
{
    for (;;) {
        const struct at_profile *profile;
        attune_error why = {0};
        const attune_status status = at_reader_next(reader, &profile, &why);
        if (status == ATTUNE_FORMAT) {
            ++*rejected;
            at_job_log(job, ATTUNE_LOG_WARNING, "%s", why.message);
            continue;
        }
        if (status != ATTUNE_OK) {
            if (err)
                *err = why;
            return status;
        }
        if (profile)
            AT_TRY(at_dataset_add(b->dataset, profile, err));
        if (b->dataset->n == PREDICT_BATCH || !profile) {
            uint64_t done, total;
            AT_TRY(at_job_check(job, err));
            AT_TRY(predict_flush(b, pool, write, user, err));
            at_reader_position(reader, &done, &total);
            at_job_progress(job, "predict", done, total);
        }
        if (!profile)
            return ATTUNE_OK;
    }
}

static attune_status predict_with(struct predict_batch *b, struct at_reader *reader,
                                  attune_line_fn write, void *user, const attune_job *job,
                                  uint64_t *rejected, attune_error *err)
{
    attune_pool *pool;
    AT_TRY(at_home_pool(b->predictor->home, b->predictor->threads, &pool, err));
    const size_t n_workers = attune_pool_threads(pool);
    b->answerers = AT_ALLOC(struct at_answerer *, n_workers);
    b->errors = AT_ALLOC(attune_error, n_workers);
    attune_status status = ATTUNE_OK;
    if (!b->answerers || !b->errors)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: prediction");
    if (status == ATTUNE_OK)
        status = predict_rows(b, reader, pool, write, user, job, rejected, err);
    for (size_t w = 0; b->answerers && w < n_workers; w++)
        at_answerer_destroy(b->answerers[w]);
    at_free(b->answerers);
    at_free(b->errors);
    at_pool_destroy(pool);
    return status;
}

attune_status attune_predict_file(attune_predictor *p, const char *path, const char *format,
                                  attune_line_fn write, void *user, const attune_job *job,
                                  uint64_t *out_rejected, attune_error *err)
{
    const struct at_reader_options options = {.targets = p->targets, .n_targets = p->n_parts};
    struct at_reader *reader;
    struct at_dataset dataset = {0};
    uint64_t rejected = 0;
    AT_TRY(at_reader_open(&reader, path, format, &options, err));
    struct predict_batch *b = AT_ALLOC(struct predict_batch, 1);
    attune_status status =
        b ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: prediction");
    if (b) {
        b->predictor = p;
        b->dataset = &dataset;
        status = predict_with(b, reader, write, user, job, &rejected, err);
        for (size_t i = 0; i < PREDICT_BATCH; i++)
            at_buf_release(&b->lines[i]);
    }
    at_free(b);
    at_dataset_release(&dataset);
    at_reader_close(reader);
    if (out_rejected)
        *out_rejected = rejected;
    return status;
}
