/* Two passes over the profiles, in chunks that do not depend on the number of threads: the first
 * counts words (whole numbers, so their order does not matter), the second makes rows where they
 * are asked for. */
#include "base/alloc.h"
#include "base/job.h"
#include "feature/meaning/meaning.h"

enum { FIT_CHUNK = 128, FIT_CHUNKS_A_WAVE = 16 };

struct fit_count {
    uint64_t n_words, n_known;
};
struct fit {
    const struct at_feature_fit *in;
    struct meaning *feature;
    size_t first_chunk;      /* of the wave under way */
    struct fit_count *count; /* [n_workers] */
    bool *is_open;           /* [wave][FIT_CHUNK] */
    float *values;           /* f32[wave][FIT_CHUNK][MEANING_DIMS], NULL: no rows wanted */
};

static size_t fit_chunk_end(const struct fit *fit, size_t chunk)
{
    const size_t end = (chunk + 1) * FIT_CHUNK;
    return end < fit->in->n_profiles ? end : fit->in->n_profiles;
}

static void fit_count_task(void *context, size_t task, size_t worker)
{
    struct fit *const fit = context;
    const size_t chunk = fit->first_chunk + task;
    struct meaning_sum sum;
    for (size_t i = chunk * FIT_CHUNK; i < fit_chunk_end(fit, chunk); i++) {
        meaning_look(&sum, fit->in->profiles[i]);
        fit->count[worker].n_words += sum.n_words;
        fit->count[worker].n_known += sum.n_known;
    }
}

static void fit_rows_task(void *context, size_t task, size_t worker)
{
    struct fit *const fit = context;
    const size_t chunk = fit->first_chunk + task;
    size_t at = task * FIT_CHUNK;
    struct meaning_sum sum;
    (void)worker;
    for (size_t i = chunk * FIT_CHUNK; i < fit_chunk_end(fit, chunk); i++, at++) {
        meaning_look(&sum, fit->in->profiles[i]);
        fit->is_open[at] = meaning_row(fit->feature, &sum, fit->values + at * MEANING_DIMS);
    }
}

static attune_status fit_append(const struct fit *fit, size_t n_chunks, struct at_csr *rows,
                                attune_error *err)
{
    uint32_t col[MEANING_DIMS];
    for (uint32_t k = 0; k < MEANING_DIMS; k++)
        col[k] = k;
    const size_t first = fit->first_chunk * FIT_CHUNK;
    const size_t end = fit_chunk_end(fit, fit->first_chunk + n_chunks - 1);
    for (size_t i = 0; i < end - first; i++)
        AT_TRY(at_csr_add_row(rows, col, fit->values + i * MEANING_DIMS,
                              fit->is_open[i] ? MEANING_DIMS : 0, err));
    return ATTUNE_OK;
}

/* One pass over all chunks, a wave at a time: rows when `rows` is given, else counts. */
static attune_status fit_pass(struct fit *fit, struct at_csr *rows, attune_error *err)
{
    const size_t wave = attune_pool_threads(fit->in->pool) * FIT_CHUNKS_A_WAVE;
    const size_t n_chunks = (fit->in->n_profiles + FIT_CHUNK - 1) / FIT_CHUNK;
    for (fit->first_chunk = 0; fit->first_chunk < n_chunks; fit->first_chunk += wave) {
        const size_t left = n_chunks - fit->first_chunk, n = left < wave ? left : wave;
        AT_TRY(at_job_check(fit->in->job, err));
        attune_parallel_for(fit->in->pool, n, rows ? fit_rows_task : fit_count_task, fit);
        if (rows)
            AT_TRY(fit_append(fit, n, rows, err));
        at_job_progress(fit->in->job, "meanings", fit->first_chunk + n, n_chunks);
    }
    return ATTUNE_OK;
}

static attune_status fit_alloc(struct fit *fit, bool with_rows, attune_error *err)
{
    const size_t n_workers = attune_pool_threads(fit->in->pool);
    const size_t wave = n_workers * FIT_CHUNKS_A_WAVE;
    AT_TRY(meaning_create(&fit->feature, err));
    fit->count = AT_ALLOC(struct fit_count, n_workers);
    fit->is_open = AT_ALLOC(bool, wave *FIT_CHUNK);
    if (with_rows)
        fit->values = AT_ALLOC_RAW(float, wave *FIT_CHUNK *MEANING_DIMS);
    if (!fit->count || !fit->is_open || (with_rows && !fit->values))
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: meanings of %zu profiles",
                       fit->in->n_profiles);
    return ATTUNE_OK;
}

static void fit_fill_params(struct fit *fit, const struct meaning_options *options)
{
    struct fit_count total = {0};
    for (size_t k = 0; k < attune_pool_threads(fit->in->pool); k++) {
        total.n_words += fit->count[k].n_words;
        total.n_known += fit->count[k].n_known;
    }
    meaning_fill_params(fit->feature, options, total.n_words, total.n_known);
}

attune_status meaning_fit(struct at_feature **out, struct at_csr *rows,
                          const struct at_feature_fit *in, const void *options, attune_error *err)
{
    struct fit fit = {.in = in};
    const size_t had_rows = rows ? rows->n_rows : 0, had_cols = rows ? rows->n_cols : 0;
    *out = NULL;
    if (in->n_profiles == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "no profiles to look at");
    attune_status status = fit_alloc(&fit, rows != NULL, err);
    if (status == ATTUNE_OK)
        status = fit_pass(&fit, NULL, err);
    if (status == ATTUNE_OK)
        fit_fill_params(&fit, options);
    if (status == ATTUNE_OK && rows) {
        rows->n_cols = MEANING_DIMS;
        status = fit_pass(&fit, rows, err);
    }
    if (status == ATTUNE_OK) {
        *out = &fit.feature->base;
        fit.feature = NULL;
    } else if (rows) {
        rows->n_rows = had_rows; /* a matrix is cut back by its number of rows alone */
        rows->n_cols = had_cols;
    }
    at_free(fit.feature);
    at_free(fit.count);
    at_free(fit.is_open);
    at_free(fit.values);
    return status;
}
