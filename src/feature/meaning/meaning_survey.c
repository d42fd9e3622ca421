/* A survey is the sum of each profile: all that a row, and the share of known words, are made of.
 */
#include "base/alloc.h"
#include "base/job.h"
#include "feature/meaning/meaning.h"

enum { SURVEY_CHUNK = 16 };

struct survey_work {
    const struct at_feature_fit *in;
    struct meaning_sum *sums; /* [n_profiles] */
};

static void survey_task(void *context, size_t chunk, size_t worker)
{
    const struct survey_work *const work = context;
    const size_t first = chunk * SURVEY_CHUNK, left = work->in->n_profiles - first;
    (void)worker;
    if (at_job_cancelled(work->in->job))
        return;
    for (size_t i = first; i < first + (left < SURVEY_CHUNK ? left : SURVEY_CHUNK); i++)
        meaning_look(&work->sums[i], work->in->profiles[i]);
}

attune_status meaning_survey(void **out, const struct at_feature_fit *in, size_t least_fans,
                             const void *options, attune_error *err)
{
    (void)least_fans;
    (void)options;
    *out = NULL;
    struct survey_work work = {in, AT_ALLOC(struct meaning_sum, in->n_profiles)};
    if (!work.sums)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: meanings of %zu profiles",
                       in->n_profiles);
    attune_parallel_for(in->pool, (in->n_profiles + SURVEY_CHUNK - 1) / SURVEY_CHUNK, survey_task,
                        &work);
    const attune_status status = at_job_check(in->job, err);
    if (status == ATTUNE_OK)
        *out = work.sums;
    else
        at_free(work.sums);
    return status;
}

static attune_status survey_add_row(struct at_csr *rows, const struct meaning *f,
                                    const struct meaning_sum *sum, attune_error *err)
{
    uint32_t col[MEANING_DIMS];
    float value[MEANING_DIMS];
    for (uint32_t k = 0; k < MEANING_DIMS; k++)
        col[k] = k;
    return at_csr_add_row(rows, col, value, meaning_row(f, sum, value) ? MEANING_DIMS : 0, err);
}

static attune_status survey_add_rows(struct at_csr *rows, const struct meaning *f,
                                     const struct at_feature_part *part, attune_error *err)
{
    const struct meaning_sum *const sums = part->survey;
    for (size_t i = 0; i < part->n; i++) {
        if (i % 1024 == 0)
            AT_TRY(at_job_check(part->job, err));
        AT_TRY(survey_add_row(rows, f, &sums[part->profile[i]], err));
    }
    rows->n_cols = MEANING_DIMS;
    return ATTUNE_OK;
}

attune_status meaning_fit_part(struct at_feature **out, struct at_csr *rows,
                               const struct at_feature_part *part, const void *options,
                               attune_error *err)
{
    const struct meaning_sum *const sums = part->survey;
    const size_t had_rows = rows->n_rows;
    uint64_t n_words = 0, n_known = 0;
    struct meaning *f;
    *out = NULL;
    if (part->n_learn == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "no profiles to look at");
    for (size_t i = 0; i < part->n_learn; i++) {
        n_words += sums[part->profile[i]].n_words;
        n_known += sums[part->profile[i]].n_known;
    }
    AT_TRY(meaning_create(&f, err));
    meaning_fill_params(f, options, n_words, n_known);
    const attune_status status = survey_add_rows(rows, f, part, err);
    if (status == ATTUNE_OK) {
        *out = &f->base;
        return ATTUNE_OK;
    }
    rows->n_rows = had_rows; /* a matrix is cut back by its number of rows alone */
    meaning_destroy(&f->base);
    return status;
}

void meaning_survey_destroy(void *survey)
{
    at_free(survey);
}
