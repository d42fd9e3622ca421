#include "train/fold.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/job.h"
#include "data/split.h"
#include "pipeline/trial.h"

/* Few profiles: a fold for each thread is faster than all threads on one fold, and their texts are
 * read once for all folds. */
enum { FOLD_SIDE_BY_SIDE = 20000 };

struct fold_run {
    const struct at_learn_input *in;
    const struct at_recipe *recipe;
    struct at_learn_input quiet; /* `in` for a fold: no messages, no pool where folds share it */
    attune_job job;
    uint8_t *fold;
    unsigned n_folds;
    double *p;      /* f64[side.n * width] */
    bool *answered; /* by fold */
    size_t width;
    attune_status *statuses; /* by fold */
    attune_error *errors;
    uint32_t *index; /* u32[n_folds * side.n]: what the splits lie in; few profiles only */
    struct at_feature_part *splits; /* [n_folds] */
    struct at_survey *survey;       /* NULL: each fold reads its profiles itself */
};

/* Who learns in a fold, and who is asked, in index[0 .. n-1]. */
static struct at_feature_part fold_split(const struct fold_run *run, unsigned number,
                                         uint32_t *index)
{
    const struct at_learn_side *side = &run->in->side;
    struct at_feature_part split = {.profile = index, .job = run->quiet.job};
    for (uint32_t i = 0; i < side->n; i++)
        if (run->fold[i] != number && !(side->alone && side->alone[i]))
            index[split.n++] = i;
    split.n_learn = split.n;
    for (uint32_t i = 0; i < side->n; i++)
        if (run->fold[i] == number)
            index[split.n++] = i;
    return split;
}

static size_t fold_count(const struct fold_run *run, unsigned number)
{
    size_t n = 0;
    for (size_t i = 0; i < run->in->side.n; i++)
        n += run->fold[i] == number;
    return n;
}

/* A pipeline of its own, which reads the texts of both sides. */
static attune_status fold_fit(const struct fold_run *run, const struct at_feature_part *split,
                              const struct at_profile **profiles, uint32_t *y, double *said,
                              attune_error *err)
{
    for (size_t i = 0; i < split->n; i++) {
        profiles[i] = run->in->side.profiles[split->profile[i]];
        y[i] = run->in->side.y[split->profile[i]];
    }
    const struct at_pipeline_fit fit = {.recipe = run->recipe,
                                        .labels = run->in->labels,
                                        .profiles = profiles,
                                        .y = y,
                                        .n = split->n_learn,
                                        .seed = run->in->seed,
                                        .pool = run->quiet.pool,
                                        .job = run->quiet.job};
    struct at_pipeline *pipeline;
    AT_TRY(at_pipeline_fit(&pipeline, &fit, NULL, err));
    const attune_status status = at_pipeline_predict_members(
        pipeline, profiles + split->n_learn, split->n - split->n_learn, said, run->quiet.pool, err);
    at_pipeline_destroy(pipeline);
    return status;
}

static attune_status fold_alone(const struct fold_run *run, unsigned number, double *said,
                                attune_error *err)
{
    const size_t n = run->in->side.n;
    uint32_t *index = AT_ALLOC_RAW(uint32_t, n), *y = AT_ALLOC_RAW(uint32_t, n);
    const struct at_profile **profiles = AT_ALLOC_RAW(const struct at_profile *, n);
    attune_status status = ATTUNE_OK;
    if (index && y && profiles) {
        const struct at_feature_part split = fold_split(run, number, index);
        status = fold_fit(run, &split, profiles, y, said, err);
    } else {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: fold of %zu profiles", n);
    }
    at_free(index);
    at_free(y);
    at_free(profiles);
    return status;
}

static attune_status fold_try(const struct fold_run *run, unsigned number, double *said,
                              attune_error *err)
{
    const struct at_trial trial = {.recipe = run->recipe,
                                   .survey = run->survey,
                                   .part = run->splits[number],
                                   .y = run->in->side.y,
                                   .n_classes = run->in->labels->n,
                                   .seed = run->in->seed,
                                   .pool = run->quiet.pool};
    return at_trial_run(said, &trial, err);
}

static attune_status fold_one(const struct fold_run *run, unsigned number, attune_error *err)
{
    double *said = AT_ALLOC_RAW(double, fold_count(run, number) * run->width);
    if (!said)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: answers of a fold");
    const attune_status status =
        run->survey ? fold_try(run, number, said, err) : fold_alone(run, number, said, err);
    size_t at = 0;
    for (size_t i = 0; i < run->in->side.n && status == ATTUNE_OK; i++)
        if (run->fold[i] == number)
            memcpy(run->p + i * run->width, said + at++ * run->width, run->width * sizeof *said);
    at_free(said);
    return status;
}

static void fold_task(void *context, size_t number, size_t worker)
{
    struct fold_run *run = context;
    (void)worker;
    run->statuses[number] = fold_one(run, (unsigned)number, &run->errors[number]);
    run->answered[number] = run->statuses[number] == ATTUNE_OK;
}

static attune_status fold_side_by_side(struct fold_run *run, attune_error *err)
{
    run->quiet.pool = NULL;
    attune_parallel_for(run->in->pool, run->n_folds, fold_task, run);
    for (unsigned f = 0; f < run->n_folds; f++)
        if (run->statuses[f] != ATTUNE_OK) {
            if (err)
                *err = run->errors[f];
            return run->statuses[f];
        }
    return ATTUNE_OK;
}

/* One after the other, until there are enough answers or no time for another fold and the fit. */
static attune_status fold_in_turn(struct fold_run *run, struct at_fold_answers *out,
                                  attune_error *err)
{
    size_t n_answers = 0;
    const size_t enough = run->in->every ? SIZE_MAX : AT_FOLD_ENOUGH;
    for (unsigned f = 0; f < run->n_folds && n_answers < enough; f++) {
        const double t0 = at_clock_seconds();
        at_job_progress(run->in->job, "cross-validation", f, run->n_folds);
        AT_TRY(fold_one(run, f, err));
        run->answered[f] = true;
        n_answers += fold_count(run, f);
        const double t1 = at_clock_seconds();
        out->out_of_time = run->in->deadline > 0 && t1 + 2 * (t1 - t0) > run->in->deadline;
        if (out->out_of_time)
            return ATTUNE_OK;
    }
    return ATTUNE_OK;
}

/* Time may already be too short for five folds at once: then they are taken in turn. */
static bool fold_may_share(const struct fold_run *run)
{
    return attune_pool_threads(run->in->pool) > 1 && run->in->deadline <= 0 &&
           run->in->side.n <= FOLD_SIDE_BY_SIDE;
}

static attune_status fold_collect(struct fold_run *run, struct at_fold_answers *out,
                                  attune_error *err)
{
    const struct at_learn_side *side = &run->in->side;
    out->index = AT_ALLOC_RAW(uint32_t, side->n);
    out->y = AT_ALLOC_RAW(uint32_t, side->n);
    if (!out->index || !out->y)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: answers");
    for (size_t i = 0; i < side->n; i++) {
        if (!run->answered[run->fold[i]])
            continue;
        memmove(run->p + out->n * run->width, run->p + i * run->width, run->width * sizeof *run->p);
        out->index[out->n] = (uint32_t)i;
        out->y[out->n++] = side->y[i];
    }
    for (unsigned f = 0; f < run->n_folds; f++)
        out->n_folds += run->answered[f];
    out->p = run->p;
    run->p = NULL;
    return ATTUNE_OK;
}

/* local[i]: the first profile of the side with the group of profile i. */
static attune_status fold_local_groups(const struct at_learn_side *side, uint32_t *local,
                                       attune_error *err)
{
    uint32_t top = 0;
    for (size_t i = 0; side->group && i < side->n; i++)
        top = side->group[i] > top ? side->group[i] : top;
    uint32_t *first = AT_ALLOC(uint32_t, (size_t)top + 1); /* + 1; 0: not seen */
    if (!first)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: folds");
    for (uint32_t i = 0; i < side->n; i++) {
        uint32_t *seen = side->group ? &first[side->group[i]] : NULL;
        if (seen && !*seen)
            *seen = i + 1;
        local[i] = seen ? *seen - 1 : i;
    }
    at_free(first);
    return ATTUNE_OK;
}

attune_status at_fold_deal(uint8_t *fold, const struct at_learn_input *in, unsigned n_folds,
                           attune_error *err)
{
    const struct at_learn_side *side = &in->side;
    uint32_t *local = AT_ALLOC_RAW(uint32_t, side->n);
    attune_status status = local ? fold_local_groups(side, local, err)
                                 : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: folds");
    if (status == ATTUNE_OK)
        status =
            at_split_folds(side->y, local, side->n, in->labels->n, n_folds, in->seed, fold, err);
    at_free(local);
    return status;
}

static attune_status fold_alloc(struct fold_run *run, attune_error *err)
{
    const size_t n = run->in->side.n;
    run->width = run->recipe->n_members * run->in->labels->n;
    run->p = AT_ALLOC_RAW(double, n * run->width);
    run->fold = AT_ALLOC_RAW(uint8_t, n);
    run->answered = AT_ALLOC(bool, run->n_folds);
    run->statuses = AT_ALLOC(attune_status, run->n_folds);
    run->errors = AT_ALLOC(attune_error, run->n_folds);
    if (!run->p || !run->fold || !run->answered || !run->statuses || !run->errors)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: answers of %zu profiles", n);
    return ATTUNE_OK;
}

/* Texts are read once for all folds, where what is known of them is not too much to keep. */
static attune_status fold_share_texts(struct fold_run *run, attune_error *err)
{
    const struct at_learn_side *side = &run->in->side;
    if (side->n > FOLD_SIDE_BY_SIDE)
        return ATTUNE_OK;
    run->index = AT_ALLOC_RAW(uint32_t, run->n_folds * side->n);
    run->splits = AT_ALLOC(struct at_feature_part, run->n_folds);
    if (!run->index || !run->splits)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: folds of %zu profiles", side->n);
    for (unsigned f = 0; f < run->n_folds; f++)
        run->splits[f] = fold_split(run, f, run->index + f * side->n);
    const struct at_survey_input in = {.recipe = run->recipe,
                                       .profiles = side->profiles,
                                       .n = side->n,
                                       .parts = run->splits,
                                       .n_parts = run->n_folds,
                                       .pool = run->in->pool,
                                       .job = run->quiet.job};
    return at_survey_create(&run->survey, &in, err);
}

attune_status at_fold_run(struct at_fold_answers *out, const struct at_learn_input *in,
                          const struct at_recipe *recipe, attune_error *err)
{
    struct fold_run run = {
        .in = in, .recipe = recipe, .quiet = *in, .n_folds = (unsigned)recipe->confidence.folds};
    *out = (struct at_fold_answers){0};
    if (in->job)
        run.job = (attune_job){.cancelled = in->job->cancelled, .user = in->job->user};
    run.quiet.job = &run.job;
    attune_status status = fold_alloc(&run, err);
    if (status == ATTUNE_OK)
        status = at_fold_deal(run.fold, in, run.n_folds, err);
    if (status == ATTUNE_OK)
        status = fold_share_texts(&run, err);
    if (status == ATTUNE_OK)
        status = fold_may_share(&run) ? fold_side_by_side(&run, err) : fold_in_turn(&run, out, err);
    if (status == ATTUNE_OK)
        status = fold_collect(&run, out, err);
    at_free(run.splits);
    at_free(run.index);
    at_free(run.p);
    at_free(run.fold);
    at_free(run.answered);
    at_free(run.statuses);
    at_free(run.errors);
    out->survey = run.survey;
    if (status != ATTUNE_OK)
        at_fold_release(out);
    return status;
}

void at_fold_release(struct at_fold_answers *answers)
{
    at_free(answers->p);
    at_free(answers->index);
    at_free(answers->y);
    at_survey_destroy(answers->survey);
    *answers = (struct at_fold_answers){0};
}
