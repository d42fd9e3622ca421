#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/job.h"
#include "data/split.h"
#include "train/train.h"

/* The profiles of one side, with their classes. */
struct train_side {
    const struct at_profile **profiles;
    uint32_t *y, *index, *group;
    bool *alone;
    size_t n;
};

static attune_status train_side_alloc(struct train_side *side, size_t cap, attune_error *err)
{
    *side = (struct train_side){0};
    side->profiles = AT_ALLOC_RAW(const struct at_profile *, cap);
    side->y = AT_ALLOC_RAW(uint32_t, cap);
    side->index = AT_ALLOC_RAW(uint32_t, cap);
    side->group = AT_ALLOC_RAW(uint32_t, cap);
    side->alone = AT_ALLOC_RAW(bool, cap);
    if (!side->profiles || !side->y || !side->index || !side->group || !side->alone)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", cap);
    return ATTUNE_OK;
}

static void train_side_release(struct train_side *side)
{
    at_free(side->profiles);
    at_free(side->y);
    at_free(side->index);
    at_free(side->group);
    at_free(side->alone);
}

static void train_side_add(struct train_side *side, const struct at_train_input *in, size_t i)
{
    side->profiles[side->n] = &in->dataset->profiles[i];
    side->y[side->n] = in->y[i];
    side->group[side->n] = in->group ? in->group[i] : (uint32_t)i;
    side->alone[side->n] = in->role && in->role[i] == AT_SPLIT_VAL;
    side->index[side->n++] = (uint32_t)i;
}

static attune_status train_learn(struct at_train_result *out, const struct at_train_input *in,
                                 const struct train_side *side, attune_error *err)
{
    const struct at_learn_input learn = {.side = {.profiles = side->profiles,
                                                  .y = side->y,
                                                  .group = side->group,
                                                  .alone = side->alone,
                                                  .n = side->n},
                                         .labels = in->labels,
                                         .recipe = in->recipe,
                                         .seed = in->seed,
                                         .deadline = in->deadline,
                                         .pool = in->pool,
                                         .job = in->job,
                                         .read_once = in->read_once};
    return at_learn(&out->pipeline, &out->learned, &out->seconds, &learn, err);
}

static void train_count(const struct train_side *side, uint64_t *counts)
{
    for (size_t i = 0; i < side->n; i++)
        counts[side->y[i]] += !side->alone[i];
}

attune_status at_train_score(struct at_metrics *metrics, struct at_metrics *majority,
                             const struct at_train_score *in, const double *p, attune_error *err)
{
    const size_t k = in->n_classes;
    uint32_t *y = AT_ALLOC_RAW(uint32_t, in->n);
    double *prior = AT_ALLOC_RAW(double, in->n *k);
    attune_status status = ATTUNE_OK;
    if (!y || !prior) {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: scores of %zu profiles", in->n);
        goto done;
    }
    uint64_t total = 0;
    for (size_t c = 0; c < k; c++)
        total += in->n_train[c];
    for (size_t i = 0; i < in->n; i++) {
        y[i] = in->y[in->index[i]];
        for (size_t c = 0; c < k; c++)
            prior[i * k + c] = total ? (double)in->n_train[c] / (double)total : 1.0 / (double)k;
    }
    status = at_metrics_compute(metrics, y, p, in->n, k, in->n_bootstrap, in->seed, err);
    if (status != ATTUNE_OK)
        goto done;
    status = at_metrics_compute(majority, y, prior, in->n, k, 0, in->seed, err);
    if (status != ATTUNE_OK)
        at_metrics_release(metrics);
done:
    at_free(y);
    at_free(prior);
    return status;
}

static attune_status train_evaluate(struct at_train_result *out, const struct at_train_input *in,
                                    const struct train_side *train, const struct train_side *test,
                                    attune_error *err)
{
    const size_t k = in->labels->n;
    double *p = AT_ALLOC_RAW(double, test->n *k);
    uint64_t *counts = AT_ALLOC(uint64_t, k);
    attune_status status = ATTUNE_OK;
    if (!p || !counts)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu answers", test->n);
    if (status == ATTUNE_OK)
        status = at_pipeline_predict(out->pipeline, test->profiles, test->n, p, in->pool, err);
    if (status == ATTUNE_OK) {
        train_count(train, counts);
        const struct at_train_score score = {.y = in->y,
                                             .index = test->index,
                                             .n = test->n,
                                             .n_classes = k,
                                             .n_train = counts,
                                             .n_bootstrap = in->n_bootstrap,
                                             .seed = in->seed};
        status = at_train_score(&out->metrics, &out->majority, &score, p, err);
        out->scored = status == ATTUNE_OK;
        if (out->scored)
            status =
                at_language_scores(&out->languages, test->profiles, test->y, p, test->n, k, err);
    }
    at_free(p);
    at_free(counts);
    return status;
}

static attune_status train_sides(struct at_train_result *out, const struct at_train_input *in,
                                 struct train_side *train, struct train_side *test,
                                 attune_error *err)
{
    for (size_t i = 0; i < in->dataset->n; i++) {
        if (in->y[i] == AT_CLASS_NONE)
            continue;
        if (in->role[i] == AT_SPLIT_TEST)
            train_side_add(test, in, i);
        else if (in->role[i] != AT_SPLIT_NONE)
            train_side_add(train, in, i);
        out->n_train += in->role[i] == AT_SPLIT_TRAIN;
    }
    out->n_test = test->n;
    at_job_progress(in->job, "fit", 0, 0);
    AT_TRY(train_learn(out, in, train, err));
    const double t0 = at_clock_seconds();
    at_job_progress(in->job, "evaluate", 0, 0);
    if (test->n)
        AT_TRY(train_evaluate(out, in, train, test, err));
    out->seconds_evaluate = at_clock_seconds() - t0;
    return ATTUNE_OK;
}

/* Near-duplicates must not stand on both sides of a fold; where no fold is made nobody asks. */
static attune_status train_groups(const struct at_train_input *in, uint32_t **out,
                                  attune_error *err)
{
    *out = NULL;
    if (in->group || in->recipe->exact)
        return ATTUNE_OK;
    *out = AT_ALLOC(uint32_t, in->dataset->n);
    if (!*out)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", in->dataset->n);
    return at_split_groups(in->dataset, *out, in->job, err);
}

attune_status at_train_run(struct at_train_result *out, const struct at_train_input *in,
                           attune_error *err)
{
    struct train_side train = {0}, test = {0};
    struct at_train_input grouped = *in;
    uint32_t *own;
    *out = (struct at_train_result){0};
    attune_status status = train_groups(in, &own, err);
    grouped.group = in->group ? in->group : own;
    if (status == ATTUNE_OK)
        status = train_side_alloc(&train, in->dataset->n, err);
    if (status == ATTUNE_OK)
        status = train_side_alloc(&test, in->dataset->n, err);
    if (status == ATTUNE_OK)
        status = train_sides(out, &grouped, &train, &test, err);
    at_free(own);
    train_side_release(&train);
    train_side_release(&test);
    if (status != ATTUNE_OK)
        at_train_result_release(out);
    return status;
}

void at_train_result_release(struct at_train_result *result)
{
    at_pipeline_destroy(result->pipeline);
    if (result->scored) {
        at_metrics_release(&result->metrics);
        at_metrics_release(&result->majority);
    }
    *result = (struct at_train_result){0};
}

/* Answers of one fold, from a pipeline of all the others. */
static attune_status train_one_fold(const struct at_train_input *in, const uint8_t *fold,
                                    unsigned number, double *p, attune_error *err)
{
    const size_t k = in->labels->n;
    struct train_side train = {0}, test = {0};
    struct at_train_result result = {0};
    struct at_train_input inner = *in;
    inner.role = NULL;
    double *answers = AT_ALLOC_RAW(double, in->dataset->n *k);
    attune_status status =
        answers ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: answers of a fold");
    if (status == ATTUNE_OK)
        status = train_side_alloc(&train, in->dataset->n, err);
    if (status == ATTUNE_OK)
        status = train_side_alloc(&test, in->dataset->n, err);
    for (size_t i = 0; i < in->dataset->n && status == ATTUNE_OK; i++)
        if (in->y[i] != AT_CLASS_NONE)
            train_side_add(fold[i] == number ? &test : &train, &inner, i);
    if (status == ATTUNE_OK)
        status = train_learn(&result, &inner, &train, err);
    if (status == ATTUNE_OK)
        status =
            at_pipeline_predict(result.pipeline, test.profiles, test.n, answers, in->pool, err);
    for (size_t i = 0; i < test.n && status == ATTUNE_OK; i++)
        memcpy(p + test.index[i] * k, answers + i * k, k * sizeof *p);
    at_train_result_release(&result);
    train_side_release(&train);
    train_side_release(&test);
    at_free(answers);
    return status;
}

attune_status at_train_crossval(const struct at_train_input *in, const uint8_t *fold, unsigned k,
                                double *p, attune_error *err)
{
    for (unsigned i = 0; i < k; i++) {
        at_job_progress(in->job, "cross-validation", i, k);
        AT_TRY(train_one_fold(in, fold, i, p, err));
    }
    at_job_progress(in->job, "cross-validation", k, k);
    return ATTUNE_OK;
}
