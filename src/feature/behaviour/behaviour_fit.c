/* Learning in two passes over the profiles, both cut into chunks that do not depend on the number
 * of threads. The first takes the moments of each chunk and puts them together in the order of the
 * chunks (Chan, Golub and LeVeque 1979), so that the sums are the same for any number of threads.
 * The second looks at the profiles again, which costs less than keeping what was seen of a million
 * of them. */
#include <math.h>

#include "base/alloc.h"
#include "base/job.h"
#include "feature/behaviour/behaviour.h"

enum { FIT_CHUNK = 128, FIT_CHUNKS_A_WAVE = 16 };

struct fit_moments {
    double n[BEHAVIOUR_N_COLS], mean[BEHAVIOUR_N_COLS], m2[BEHAVIOUR_N_COLS];
};
struct fit_worker {
    struct behaviour_scratch scratch;
    attune_status status; /* the first failure of this worker */
    attune_error err;
};
struct fit {
    const struct at_feature_fit *in;
    const struct at_feature_part *part; /* NULL: the profiles of `in` are looked at */
    size_t n;                           /* profiles of the pass under way */
    struct behaviour *feature;
    struct fit_worker *workers;
    size_t n_workers, first_chunk;           /* first_chunk: of the wave under way */
    struct fit_moments total, *wave_moments; /* [n_workers * FIT_CHUNKS_A_WAVE] */
    float *wave_values;     /* f32[n_workers * FIT_CHUNKS_A_WAVE][FIT_CHUNK][n_cols] */
    unsigned char *missing; /* [n_profiles] */
};

static bool fit_shows(unsigned missing, size_t col)
{
    return col >= BEHAVIOUR_N_HABITS || !(missing >> behaviour_col_group(col) & 1);
}

/* One more value, by Welford's rule. */
static void fit_add(struct fit_moments *m, const struct behaviour_sight *sight)
{
    for (size_t c = 0; c < BEHAVIOUR_N_COLS; c++) {
        if (!fit_shows(sight->missing, c))
            continue;
        const double away = sight->x[c] - m->mean[c];
        m->n[c] += 1;
        m->mean[c] += away / m->n[c];
        m->m2[c] += away * (sight->x[c] - m->mean[c]);
    }
}

static void fit_merge(struct fit_moments *to, const struct fit_moments *from)
{
    for (size_t c = 0; c < BEHAVIOUR_N_COLS; c++) {
        const double n = to->n[c] + from->n[c], away = from->mean[c] - to->mean[c];
        if (from->n[c] == 0)
            continue;
        to->mean[c] += away * from->n[c] / n;
        to->m2[c] += from->m2[c] + away * away * to->n[c] * from->n[c] / n;
        to->n[c] = n;
    }
}

static size_t fit_chunk_end(const struct fit *fit, size_t chunk)
{
    const size_t end = (chunk + 1) * FIT_CHUNK;
    return end < fit->n ? end : fit->n;
}

/* What profile i shows: looked up in the survey, or looked at. */
static attune_status fit_see(const struct fit *fit, struct fit_worker *w, size_t i,
                             struct behaviour_sight *out)
{
    if (!fit->part)
        return behaviour_look(out, &w->scratch, fit->in->profiles[i], &w->err);
    const struct behaviour_sight *const sights = fit->part->survey;
    *out = sights[fit->part->profile[i]];
    return ATTUNE_OK;
}

static uint32_t fit_fan(const struct fit *fit, size_t i)
{
    const uint32_t *const fan = fit->part ? fit->part->fan : fit->in->fan;
    const size_t profile = fit->part ? fit->part->profile[i] : i;
    return fan ? fan[profile] : (uint32_t)profile;
}

static void fit_moments_task(void *context, size_t task, size_t worker)
{
    struct fit *fit = context;
    struct fit_worker *w = &fit->workers[worker];
    struct fit_moments *m = &fit->wave_moments[task];
    const size_t chunk = fit->first_chunk + task;
    *m = (struct fit_moments){0};
    for (size_t i = chunk * FIT_CHUNK; i < fit_chunk_end(fit, chunk) && w->status == ATTUNE_OK;
         i++) {
        struct behaviour_sight sight;
        w->status = fit_see(fit, w, i, &sight);
        if (w->status != ATTUNE_OK)
            return;
        fit_add(m, &sight);
        fit->missing[i] = (unsigned char)sight.missing;
    }
}

static void fit_rows_task(void *context, size_t task, size_t worker)
{
    struct fit *fit = context;
    struct fit_worker *w = &fit->workers[worker];
    const size_t chunk = fit->first_chunk + task;
    float *value = fit->wave_values + task * FIT_CHUNK * BEHAVIOUR_N_COLS;
    for (size_t i = chunk * FIT_CHUNK; i < fit_chunk_end(fit, chunk) && w->status == ATTUNE_OK;
         i++) {
        struct behaviour_sight sight;
        w->status = fit_see(fit, w, i, &sight);
        for (size_t c = 0; c < BEHAVIOUR_N_COLS && w->status == ATTUNE_OK; c++)
            *value++ = behaviour_value(fit->feature, &sight, c);
    }
}

static attune_status fit_append_rows(const struct fit *fit, size_t n_chunks, struct at_csr *rows,
                                     attune_error *err)
{
    for (size_t k = 0; k < n_chunks; k++) {
        const size_t chunk = fit->first_chunk + k;
        const float *v = fit->wave_values + k * FIT_CHUNK * BEHAVIOUR_N_COLS;
        for (size_t i = chunk * FIT_CHUNK; i < fit_chunk_end(fit, chunk); i++) {
            uint32_t col[BEHAVIOUR_N_COLS];
            float value[BEHAVIOUR_N_COLS];
            size_t n = 0;
            for (uint32_t c = 0; c < BEHAVIOUR_N_COLS; c++, v++)
                if (*v != 0) {
                    col[n] = c;
                    value[n++] = *v;
                }
            AT_TRY(at_csr_add_row(rows, col, value, n, err));
        }
    }
    return ATTUNE_OK;
}

/* One pass over n profiles, a wave of chunks at a time: rows when `rows` is given, else moments. */
static attune_status fit_pass(struct fit *fit, size_t n_profiles, struct at_csr *rows,
                              attune_error *err)
{
    fit->n = n_profiles;
    const size_t wave = fit->n_workers * FIT_CHUNKS_A_WAVE;
    const size_t n_chunks = (fit->n + FIT_CHUNK - 1) / FIT_CHUNK;
    for (fit->first_chunk = 0; fit->first_chunk < n_chunks; fit->first_chunk += wave) {
        const size_t left = n_chunks - fit->first_chunk, n = left < wave ? left : wave;
        AT_TRY(at_job_check(fit->in->job, err));
        attune_parallel_for(fit->in->pool, n, rows ? fit_rows_task : fit_moments_task, fit);
        for (size_t k = 0; k < fit->n_workers; k++)
            if (fit->workers[k].status != ATTUNE_OK)
                return at_fail(err, fit->workers[k].status, "%s", fit->workers[k].err.message);
        if (rows)
            AT_TRY(fit_append_rows(fit, n, rows, err));
        for (size_t k = 0; !rows && k < n; k++)
            fit_merge(&fit->total, &fit->wave_moments[k]);
        at_job_progress(fit->in->job, "habits", fit->first_chunk + n, n_chunks);
    }
    return ATTUNE_OK;
}

/* How many different people of those whose bit of `group` is `bit`, counted up to `enough`. */
static size_t fit_count_fans(const struct fit *fit, size_t group, unsigned bit, size_t enough)
{
    enum { MOST = 128 };
    uint32_t fans[MOST];
    size_t n = 0;
    for (size_t i = 0; i < fit->in->n_profiles && n < enough && n < MOST; i++) {
        const uint32_t fan = fit_fan(fit, i);
        if (group < BEHAVIOUR_GROUPS && (fit->missing[i] >> group & 1) != bit)
            continue;
        size_t k = 0;
        while (k < n && fans[k] != fan)
            k++;
        if (k == n)
            fans[n++] = fan;
    }
    return n;
}

/* Whether a column tells people apart, and tells nothing of a single one. */
static bool fit_keeps(const struct fit *fit, size_t col, size_t min_fans)
{
    const size_t group = behaviour_col_group(col);
    const double n = fit->total.n[col], mean = fit->total.mean[col];
    if (n == 0 || !(sqrt(fit->total.m2[col] / n) > 1e-6 * (1 + fabs(mean))))
        return false;
    return fit_count_fans(fit, group, 0, min_fans) >= min_fans &&
           (col < BEHAVIOUR_N_HABITS || fit_count_fans(fit, group, 1, min_fans) >= min_fans);
}

static void fit_scales(struct fit *fit, double weight)
{
    struct behaviour *f = fit->feature;
    const size_t min_fans =
        at_feature_min_fans(fit_count_fans(fit, BEHAVIOUR_GROUPS, 0, 100 /* k grows no more */));
    size_t n = 0;
    for (size_t c = 0; c < BEHAVIOUR_N_COLS; c++)
        if (fit_keeps(fit, c, min_fans)) {
            f->mean[c] = fit->total.mean[c];
            f->scale[c] = 1 / sqrt(fit->total.m2[c] / fit->total.n[c]);
            n++;
        }
    const double each = n ? weight / sqrt((double)n) : 0;
    f->params.limit = BEHAVIOUR_CLIP * each;
    for (size_t c = 0; c < BEHAVIOUR_N_COLS; c++)
        f->scale[c] *= each;
}

static attune_status fit_alloc(struct fit *fit, bool with_rows, attune_error *err)
{
    const size_t wave = fit->n_workers * FIT_CHUNKS_A_WAVE;
    fit->feature = AT_ALLOC(struct behaviour, 1);
    fit->workers = AT_ALLOC(struct fit_worker, fit->n_workers);
    fit->wave_moments = AT_ALLOC_RAW(struct fit_moments, wave);
    fit->missing = AT_ALLOC_RAW(unsigned char, fit->in->n_profiles);
    if (with_rows)
        fit->wave_values = AT_ALLOC_RAW(float, wave *FIT_CHUNK *BEHAVIOUR_N_COLS);
    if (!fit->feature || !fit->workers || !fit->wave_moments || !fit->missing ||
        (with_rows && !fit->wave_values))
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: habits of %zu profiles",
                       fit->in->n_profiles);
    fit->feature->base.kind = &at_feature_kind_behaviour;
    fit->feature->base.n_cols = BEHAVIOUR_N_COLS;
    fit->feature->params =
        (struct behaviour_params){.version = BEHAVIOUR_PARAMS_VERSION, .n_cols = BEHAVIOUR_N_COLS};
    return ATTUNE_OK;
}

static void fit_release(struct fit *fit)
{
    for (size_t k = 0; fit->workers && k < fit->n_workers; k++)
        behaviour_scratch_release(&fit->workers[k].scratch);
    at_free(fit->workers);
    at_free(fit->wave_moments);
    at_free(fit->wave_values);
    at_free(fit->missing);
    at_free(fit->feature);
}

static attune_status fit_run(struct fit *fit, struct at_feature **out, struct at_csr *rows,
                             const struct behaviour_options *options, attune_error *err)
{
    const size_t had_rows = rows ? rows->n_rows : 0, had_cols = rows ? rows->n_cols : 0;
    const size_t n_rows = fit->part ? fit->part->n : fit->in->n_profiles;
    *out = NULL;
    if (fit->in->n_profiles == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "no profiles to learn habits from");
    attune_status status = fit_alloc(fit, rows != NULL, err);
    if (status == ATTUNE_OK)
        status = fit_pass(fit, fit->in->n_profiles, NULL, err);
    if (status == ATTUNE_OK)
        fit_scales(fit, options->weight);
    if (status == ATTUNE_OK && rows) {
        rows->n_cols = BEHAVIOUR_N_COLS;
        status = fit_pass(fit, n_rows, rows, err);
    }
    if (status == ATTUNE_OK) {
        *out = &fit->feature->base;
        fit->feature = NULL;
    } else if (rows) {
        rows->n_rows = had_rows; /* a matrix is cut back by its number of rows alone */
        rows->n_cols = had_cols;
    }
    fit_release(fit);
    return status;
}

attune_status behaviour_fit(struct at_feature **out, struct at_csr *rows,
                            const struct at_feature_fit *in, const void *options, attune_error *err)
{
    struct fit fit = {.in = in, .n_workers = attune_pool_threads(in->pool)};
    return fit_run(&fit, out, rows, options, err);
}

attune_status behaviour_fit_part(struct at_feature **out, struct at_csr *rows,
                                 const struct at_feature_part *part, const void *options,
                                 attune_error *err)
{
    const struct at_feature_fit in = {.n_profiles = part->n_learn, .job = part->job};
    struct fit fit = {.in = &in, .part = part, .n_workers = 1};
    return fit_run(&fit, out, rows, options, err);
}
