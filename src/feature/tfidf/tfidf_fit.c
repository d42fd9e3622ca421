/* Learning in two passes over the profiles, both cut into chunks that the pool's workers take as
 * they come. First each worker counts terms under numbers of its own and, when rows are wanted,
 * notes the numbers in the order of the text (4 bytes a term, less than the text itself). The
 * counts are put together, the columns chosen, and the second pass makes rows of the notes, without
 * reading the texts again. Which worker took which chunk changes the numbers, but never the counts
 * of a term, nor the order of the rows: the result is the same for any number of threads. */
#include <math.h>

#include "base/alloc.h"
#include "base/job.h"
#include "base/pool.h"
#include "feature/fan_order.h"
#include "feature/tfidf/tfidf.h"

enum { FIT_CHUNK = 128, FIT_CHUNKS_A_WAVE = 16 };

struct fit_worker {
    struct at_analyzer analyzer;
    struct at_term_counts counts;
    uint32_t *notes; /* numbers of terms, document after document */
    size_t n_notes, cap_notes;
    uint32_t *col_of; /* [counts.n] number of a term -> its column or AT_TERM_NONE */
    struct at_col_counter counter;
    attune_status status; /* the first failure of this worker */
    attune_error err;
};
struct fit_chunk {
    size_t worker, first_note;
};
struct fit_rows { /* the rows of one chunk */
    struct at_row row;
    size_t end[FIT_CHUNK];
};
struct fit {
    const struct at_feature_fit *in;
    struct tfidf *feature;
    bool with_notes; /* rows are wanted, or fans to be counted */
    struct at_fan_order fans;
    uint32_t *n_fans; /* [number of terms] fans of each, where a fan has several profiles */
    struct fit_worker *workers;
    size_t n_workers;
    struct fit_chunk *chunks;
    size_t n_chunks, first_chunk; /* first_chunk: of the wave under way */
    uint64_t *n_terms;            /* [n_profiles] terms noted for each */
    struct fit_rows *wave;        /* [n_workers * FIT_CHUNKS_A_WAVE] */
};

static size_t fit_chunk_end(const struct fit *fit, size_t chunk)
{
    const size_t end = (chunk + 1) * FIT_CHUNK;
    return end < fit->in->n_profiles ? end : fit->in->n_profiles;
}

static attune_status fit_note(struct fit_worker *w, uint32_t id)
{
    if (w->n_notes == w->cap_notes) {
        const size_t cap = w->cap_notes ? 2 * w->cap_notes : 16384;
        uint32_t *notes = at_realloc(w->notes, cap, sizeof *notes);
        if (!notes)
            return at_fail(&w->err, ATTUNE_NO_MEMORY, "out of memory: %zu words", cap);
        w->notes = notes;
        w->cap_notes = cap;
    }
    w->notes[w->n_notes++] = id;
    return ATTUNE_OK;
}

static attune_status fit_count_profile(struct fit *fit, struct fit_worker *w, size_t i)
{
    AT_TRY(at_analyzer_begin(&w->analyzer, fit->in->profiles[i], &w->err));
    uint64_t n = 0;
    for (struct at_term term; at_analyzer_next(&w->analyzer, &term); n++) {
        uint32_t id;
        AT_TRY(at_term_counts_add(&w->counts, &term, (uint32_t)i, &id, &w->err));
        if (fit->with_notes)
            AT_TRY(fit_note(w, id));
    }
    if (fit->with_notes)
        fit->n_terms[i] = n;
    return ATTUNE_OK;
}

static void fit_count_task(void *context, size_t task, size_t worker)
{
    struct fit *fit = context;
    struct fit_worker *w = &fit->workers[worker];
    const size_t chunk = fit->first_chunk + task;
    fit->chunks[chunk] = (struct fit_chunk){worker, w->n_notes};
    for (size_t i = chunk * FIT_CHUNK; i < fit_chunk_end(fit, chunk) && w->status == ATTUNE_OK; i++)
        w->status = fit_count_profile(fit, w, i);
    if (w->status == ATTUNE_OK)
        w->status = at_job_check(fit->in->job, &w->err);
}

static void fit_row_task(void *context, size_t task, size_t worker)
{
    struct fit *fit = context;
    struct fit_worker *w = &fit->workers[worker];
    const size_t chunk = fit->first_chunk + task, first = chunk * FIT_CHUNK;
    const struct fit_worker *noter = &fit->workers[fit->chunks[chunk].worker];
    const uint32_t *note = noter->notes + fit->chunks[chunk].first_note;
    struct fit_rows *out = &fit->wave[task];
    out->row.n = 0;
    for (size_t i = first; i < fit_chunk_end(fit, chunk) && w->status == ATTUNE_OK; i++) {
        for (uint64_t n = fit->n_terms[i]; n > 0; n--) {
            const uint32_t col = noter->col_of[*note++];
            if (col != AT_TERM_NONE)
                at_col_counter_add(&w->counter, col);
        }
        w->status = at_row_reserve(&out->row, out->row.n + w->counter.n_touched, &w->err);
        if (w->status != ATTUNE_OK)
            break;
        out->row.n += tfidf_counter_take(&w->counter, fit->feature, out->row.col + out->row.n,
                                         out->row.value + out->row.n);
        out->end[i - first] = out->row.n;
    }
    if (w->status == ATTUNE_OK)
        w->status = at_job_check(fit->in->job, &w->err);
}

static attune_status fit_append_rows(const struct fit *fit, size_t n_chunks, struct at_csr *rows,
                                     attune_error *err)
{
    for (size_t c = 0; c < n_chunks; c++) {
        const size_t chunk = fit->first_chunk + c;
        const struct at_row *row = &fit->wave[c].row;
        size_t at = 0;
        for (size_t i = 0; i < fit_chunk_end(fit, chunk) - chunk * FIT_CHUNK; i++) {
            const size_t end = fit->wave[c].end[i];
            AT_TRY(at_csr_add_row(rows, row->n ? row->col + at : NULL,
                                  row->n ? row->value + at : NULL, end - at, err));
            at = end;
        }
    }
    return ATTUNE_OK;
}

/* Runs `task` over all chunks, a wave at a time, so that progress is told from the caller's thread.
 * With `rows`, the rows of each wave are appended, in order, before the next one starts. */
static attune_status fit_pass(struct fit *fit, void (*task)(void *, size_t, size_t),
                              struct at_csr *rows, attune_error *err)
{
    const size_t wave = fit->n_workers * FIT_CHUNKS_A_WAVE;
    for (fit->first_chunk = 0; fit->first_chunk < fit->n_chunks; fit->first_chunk += wave) {
        const size_t left = fit->n_chunks - fit->first_chunk, n = left < wave ? left : wave;
        attune_parallel_for(fit->in->pool, n, task, fit);
        for (size_t k = 0; k < fit->n_workers; k++)
            if (fit->workers[k].status != ATTUNE_OK)
                return at_fail(err, fit->workers[k].status, "%s", fit->workers[k].err.message);
        if (rows)
            AT_TRY(fit_append_rows(fit, n, rows, err));
        at_job_progress(fit->in->job, rows ? "rows" : "vocabulary", fit->first_chunk + n,
                        fit->n_chunks);
    }
    return ATTUNE_OK;
}

/* Puts all counts into those of the first worker; col_of then holds its numbers for the others. */
static attune_status fit_merge(struct fit *fit, attune_error *err)
{
    for (size_t k = 0; k < fit->n_workers; k++) {
        struct fit_worker *w = &fit->workers[k];
        if (k > 0 || fit->with_notes) {
            w->col_of = AT_ALLOC_RAW(uint32_t, w->counts.n);
            if (!w->col_of)
                return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu terms", w->counts.n);
        }
        if (k == 0)
            continue;
        AT_TRY(at_term_counts_merge(&fit->workers[0].counts, w->col_of, &w->counts, err));
        const size_t n = w->counts.n;
        at_term_counts_release(&w->counts);
        w->counts.n = n; /* how long col_of is */
    }
    return ATTUNE_OK;
}

/* Where the notes of each profile begin. */
static const uint32_t **fit_find_notes(const struct fit *fit)
{
    const uint32_t **notes = AT_ALLOC_RAW(const uint32_t *, fit->in->n_profiles);
    for (size_t c = 0; notes && c < fit->n_chunks; c++) {
        const uint32_t *note =
            fit->workers[fit->chunks[c].worker].notes + fit->chunks[c].first_note;
        for (size_t i = c * FIT_CHUNK; i < fit_chunk_end(fit, c); i++) {
            notes[i] = note;
            note += fit->n_terms[i];
        }
    }
    return notes;
}

/* Which worker noted a profile tells how to read its notes. */
static const struct fit_worker *fit_noter(const struct fit *fit, size_t profile)
{
    return &fit->workers[fit->chunks[profile / FIT_CHUNK].worker];
}

/* How many fans have each term, going over the notes fan after fan. */
static attune_status fit_count_fans(struct fit *fit, attune_error *err)
{
    if (fit->fans.n_fans == fit->in->n_profiles)
        return ATTUNE_OK;
    const size_t n = fit->workers[0].counts.n;
    const uint32_t **notes = fit_find_notes(fit);
    uint32_t *last = AT_ALLOC(uint32_t, n);
    fit->n_fans = AT_ALLOC(uint32_t, n);
    if (notes && last && fit->n_fans)
        for (size_t i = 0; i < fit->fans.n; i++) {
            const size_t profile = fit->fans.profile[i];
            const struct fit_worker *noter = fit_noter(fit, profile);
            for (uint64_t k = 0; k < fit->n_terms[profile]; k++) {
                const uint32_t own = notes[profile][k];
                const uint32_t id = noter == fit->workers ? own : noter->col_of[own];
                fit->n_fans[id] += last[id] != fit->fans.fan[i] + 1;
                last[id] = fit->fans.fan[i] + 1;
            }
        }
    const bool ok = notes && last && fit->n_fans;
    at_free(notes);
    at_free(last);
    return ok ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: fans of %zu terms", n);
}

/* Turns the numbers of terms into columns: ids[col] is the merged number of column col. */
static attune_status fit_number_columns(struct fit *fit, const uint32_t *ids, size_t n_cols,
                                        size_t n_terms, attune_error *err)
{
    uint32_t *cols = at_realloc(fit->workers[0].col_of, n_terms, sizeof *cols);
    if (!cols)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu terms", n_terms);
    fit->workers[0].col_of = cols;
    memset(cols, 0xff, n_terms * sizeof *cols); /* AT_TERM_NONE */
    for (size_t col = 0; col < n_cols; col++)
        cols[ids[col]] = (uint32_t)col;
    for (size_t k = 1; k < fit->n_workers; k++)
        for (size_t i = 0; i < fit->workers[k].counts.n; i++)
            fit->workers[k].col_of[i] = cols[fit->workers[k].col_of[i]];
    return ATTUNE_OK;
}

static attune_status fit_make_idf(struct tfidf *f, const uint32_t *ids, size_t n_cols,
                                  const struct at_term_counts *counts, attune_error *err)
{
    if (!f->params.use_idf)
        return ATTUNE_OK;
    f->own_idf = AT_ALLOC_RAW(double, n_cols);
    if (!f->own_idf)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: idf of %zu terms", n_cols);
    const double smooth = f->params.smooth_idf, n_docs = (double)f->params.n_docs + smooth;
    for (size_t col = 0; col < n_cols; col++)
        f->own_idf[col] = log(n_docs / (counts->items[ids[col]].df + smooth)) + 1.0;
    f->idf = f->own_idf;
    return ATTUNE_OK;
}

static attune_status fit_make_vocabulary(struct tfidf *f, const uint32_t *ids, size_t n_cols,
                                         const struct at_term_counts *counts, attune_error *err)
{
    struct at_str *terms = AT_ALLOC_RAW(struct at_str, n_cols);
    if (!terms)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: vocabulary of %zu terms", n_cols);
    for (size_t col = 0; col < n_cols; col++)
        terms[col] = at_term_counts_term(counts, ids[col]);
    const attune_status status = at_vocabulary_make(&f->vocabulary, terms, n_cols, err);
    at_free(terms);
    f->base.n_cols = n_cols;
    return status;
}

static attune_status fit_no_terms(const struct fit *fit, attune_error *err)
{
    const struct tfidf *f = fit->feature;
    if (f->stop.n)
        return at_fail(
            err, ATTUNE_NOT_ENOUGH,
            "no term to learn: the messages of all %zu profiles hold only stop words, or "
            "no run of %u words; set stop_words=none or a lower ngram_range",
            fit->in->n_profiles, (unsigned)f->params.n_min);
    return at_fail(err, ATTUNE_NOT_ENOUGH,
                   "no term to learn: no fan of %zu profiles has written a run of %u words of two "
                   "letters or more; lower ngram_range, or give messages with words",
                   fit->in->n_profiles, (unsigned)f->params.n_min);
}

/* From the counts to a vocabulary; frees the counts. */
static attune_status fit_choose(struct fit *fit, struct tfidf_select *how, attune_error *err)
{
    struct at_term_counts *counts = &fit->workers[0].counts;
    if (counts->n == 0)
        return fit_no_terms(fit, err);
    if (fit->feature->params.binary)
        for (size_t i = 0; i < counts->n; i++)
            counts->items[i].tf = counts->items[i].df;
    uint32_t *ids;
    size_t n_cols;
    AT_TRY(fit_count_fans(fit, err));
    how->fans = fit->n_fans;
    AT_TRY(tfidf_select_terms(&ids, &n_cols, how, counts, err));
    attune_status status = fit_make_vocabulary(fit->feature, ids, n_cols, counts, err);
    if (status == ATTUNE_OK)
        status = fit_make_idf(fit->feature, ids, n_cols, counts, err);
    if (status == ATTUNE_OK && fit->with_notes)
        status = fit_number_columns(fit, ids, n_cols, counts->n, err);
    at_free(ids);
    at_term_counts_release(counts);
    return status;
}

static attune_status fit_make_rows(struct fit *fit, struct at_csr *rows, attune_error *err)
{
    fit->wave = AT_ALLOC(struct fit_rows, fit->n_workers * FIT_CHUNKS_A_WAVE);
    if (!fit->wave)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: rows");
    for (size_t k = 0; k < fit->n_workers; k++)
        AT_TRY(at_col_counter_init(&fit->workers[k].counter, fit->feature->base.n_cols, err));
    const size_t n_rows = rows->n_rows, n_cols = rows->n_cols;
    rows->n_cols = fit->feature->base.n_cols;
    const attune_status status = fit_pass(fit, fit_row_task, rows, err);
    if (status != ATTUNE_OK) { /* a matrix is cut back by its number of rows alone */
        rows->n_rows = n_rows;
        rows->n_cols = n_cols;
    }
    return status;
}

static attune_status fit_run(struct fit *fit, const struct tfidf_options *options,
                             struct at_csr *rows, attune_error *err)
{
    struct tfidf_select how;
    AT_TRY(tfidf_select_read(&how, options, fit->in->n_profiles, err));
    AT_TRY(at_fan_order_make(&fit->fans, fit->in, err));
    how.min_fans = at_fan_order_min_fans(&fit->fans, options->min_fans, fit->in->job);
    fit->with_notes = rows || fit->fans.n_fans < fit->in->n_profiles;
    fit->n_chunks = (fit->in->n_profiles + FIT_CHUNK - 1) / FIT_CHUNK;
    fit->workers = AT_ALLOC(struct fit_worker, fit->n_workers);
    fit->chunks = AT_ALLOC(struct fit_chunk, fit->n_chunks);
    fit->n_terms = fit->with_notes ? AT_ALLOC(uint64_t, fit->in->n_profiles) : NULL;
    if (!fit->workers || !fit->chunks || (fit->with_notes && !fit->n_terms))
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", fit->in->n_profiles);
    const struct tfidf *f = fit->feature;
    for (size_t k = 0; k < fit->n_workers; k++)
        fit->workers[k].analyzer = (struct at_analyzer){.n_min = f->params.n_min,
                                                        .n_max = f->params.n_max,
                                                        .stop = f->stop.n ? &f->stop : NULL};
    AT_TRY(fit_pass(fit, fit_count_task, NULL, err));
    AT_TRY(fit_merge(fit, err));
    AT_TRY(fit_choose(fit, &how, err));
    return rows ? fit_make_rows(fit, rows, err) : ATTUNE_OK;
}

static void fit_release(struct fit *fit)
{
    for (size_t k = 0; fit->workers && k < fit->n_workers; k++) {
        struct fit_worker *w = &fit->workers[k];
        at_analyzer_release(&w->analyzer);
        at_term_counts_release(&w->counts);
        at_free(w->notes);
        at_free(w->col_of);
        at_col_counter_release(&w->counter);
    }
    for (size_t c = 0; fit->wave && c < fit->n_workers * FIT_CHUNKS_A_WAVE; c++)
        at_row_release(&fit->wave[c].row);
    at_free(fit->workers);
    at_free(fit->chunks);
    at_free(fit->n_terms);
    at_free(fit->wave);
    at_free(fit->n_fans);
    at_fan_order_release(&fit->fans);
}

attune_status tfidf_fit(struct at_feature **out, struct at_csr *rows,
                        const struct at_feature_fit *in, const void *options, attune_error *err)
{
    *out = NULL;
    if (in->n_profiles == 0 || in->n_profiles >= UINT32_MAX)
        return at_fail(err, in->n_profiles ? ATTUNE_LIMIT : ATTUNE_NOT_ENOUGH,
                       "tfidf learns from 1 to 2^32 - 2 profiles, got %zu", in->n_profiles);
    struct tfidf *f;
    AT_TRY(tfidf_create(&f, options, in->n_profiles, err));
    struct fit fit = {.in = in, .feature = f, .n_workers = attune_pool_threads(in->pool)};
    const attune_status status = fit_run(&fit, options, rows, err);
    fit_release(&fit);
    if (status == ATTUNE_OK)
        *out = &f->base;
    else
        tfidf_destroy(&f->base);
    return status;
}
