/* A survey is what each profile shows. */
#include "base/alloc.h"
#include "base/job.h"
#include "feature/behaviour/behaviour.h"

enum { SURVEY_CHUNK = 16 };

struct survey_worker {
    struct behaviour_scratch scratch;
    attune_status status; /* the first failure of this worker */
    attune_error err;
};
struct survey_work {
    const struct at_feature_fit *in;
    struct behaviour_sight *sights; /* [n_profiles] */
    struct survey_worker *workers;
};

static void survey_task(void *context, size_t chunk, size_t worker)
{
    const struct survey_work *const work = context;
    struct survey_worker *const w = &work->workers[worker];
    const size_t first = chunk * SURVEY_CHUNK, left = work->in->n_profiles - first;
    if (w->status == ATTUNE_OK)
        w->status = at_job_check(work->in->job, &w->err);
    for (size_t i = first; i < first + (left < SURVEY_CHUNK ? left : SURVEY_CHUNK); i++)
        if (w->status == ATTUNE_OK)
            w->status =
                behaviour_look(&work->sights[i], &w->scratch, work->in->profiles[i], &w->err);
}

static attune_status survey_run(struct survey_work *work, size_t n_workers, attune_error *err)
{
    if (!work->sights || !work->workers)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: habits of %zu profiles",
                       work->in->n_profiles);
    attune_parallel_for(work->in->pool, (work->in->n_profiles + SURVEY_CHUNK - 1) / SURVEY_CHUNK,
                        survey_task, work);
    for (size_t k = 0; k < n_workers; k++)
        if (work->workers[k].status != ATTUNE_OK)
            return at_fail(err, work->workers[k].status, "%s", work->workers[k].err.message);
    return ATTUNE_OK;
}

attune_status behaviour_survey(void **out, const struct at_feature_fit *in, size_t least_fans,
                               const void *options, attune_error *err)
{
    (void)least_fans;
    (void)options;
    *out = NULL;
    const size_t n_workers = attune_pool_threads(in->pool);
    struct survey_work work = {in, AT_ALLOC_RAW(struct behaviour_sight, in->n_profiles),
                               AT_ALLOC(struct survey_worker, n_workers)};
    const attune_status status = survey_run(&work, n_workers, err);
    for (size_t k = 0; work.workers && k < n_workers; k++)
        behaviour_scratch_release(&work.workers[k].scratch);
    at_free(work.workers);
    if (status == ATTUNE_OK)
        *out = work.sights;
    else
        at_free(work.sights);
    return status;
}

void behaviour_survey_destroy(void *survey)
{
    at_free(survey);
}
