/* The rows of both sides are made at once, those that are learnt from first; a member learns from
 * the first rows, is asked for the others one by one, and goes. */
#include "pipeline/trial.h"

#include <assert.h>

#include "base/alloc.h"
#include "base/job.h"
#include "pipeline/rows.h"

/* One trial under way. */
struct trial_run {
    const struct at_trial *in;
    uint32_t *y; /* u32[n_learn] */
    struct at_csr parts[AT_RECIPE_BLOCKS];
    struct at_rows_member eaten;
    double *p;
};

static attune_status trial_rows(struct trial_run *run, attune_error *err)
{
    const struct at_trial *const in = run->in;
    for (size_t b = 0; b < in->recipe->n_blocks; b++) {
        const struct at_recipe_block *const block = &in->recipe->blocks[b];
        const struct at_feature_part part = at_survey_part(in->survey, block, &in->part);
        struct at_feature *feature;
        AT_TRY(at_job_check(part.job, err));
        AT_TRY(block->kind->fit_part(&feature, &run->parts[b], &part, block->options, err));
        block->kind->destroy(feature);
    }
    run->y = AT_ALLOC_RAW(uint32_t, in->part.n_learn);
    if (!run->y)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: trial");
    for (size_t i = 0; i < in->part.n_learn; i++)
        run->y[i] = in->y[in->part.profile[i]];
    return ATTUNE_OK;
}

static attune_status trial_ask(const struct trial_run *run, size_t m,
                               const struct attune_model *model, attune_error *err)
{
    const struct at_trial *const in = run->in;
    const struct attune_rows *const all = &run->eaten.rows;
    void *const memory = at_alloc(model->kind->scratch_bytes(model) + 64, 1);
    attune_status status = ATTUNE_OK;
    if (!memory)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: trial");
    void *const scratch = (char *)memory + (-(uintptr_t)memory & 63);
    for (size_t i = in->part.n_learn; i < in->part.n && status == ATTUNE_OK; i++) {
        const uint64_t at = all->start[i], start[2] = {0, all->start[i + 1] - at};
        const size_t answer = (i - in->part.n_learn) * in->recipe->n_members + m;
        struct attune_rows row = *all;
        row.n_rows = 1;
        row.start = start;
        row.col += at;
        row.value += at;
        status = model->kind->predict(model, &row, run->p + answer * in->n_classes, scratch, err);
    }
    at_free(memory);
    return status;
}

static attune_status trial_member(struct trial_run *run, size_t m, attune_error *err)
{
    const struct at_trial *const in = run->in;
    const struct at_recipe_member *const member = &in->recipe->members[m];
    struct attune_model *model;
    AT_TRY(at_job_check(in->part.job, err));
    AT_TRY(at_rows_member(&run->eaten, member->blocks, run->parts, in->recipe->n_blocks, err));
    struct attune_rows learn = run->eaten.rows;
    assert(learn.start); /* a member eats some block */
    learn.n_rows = in->part.n_learn;
    const struct attune_fit fit = {.rows = &learn,
                                   .y = run->y,
                                   .n_classes = in->n_classes,
                                   .seed = in->seed,
                                   .pool = in->pool,
                                   .job = in->part.job};
    AT_TRY(member->kind->fit(&model, &fit, member->options, err));
    const attune_status status = trial_ask(run, m, model, err);
    model->kind->destroy(model);
    return status;
}

attune_status at_trial_run(double *p, const struct at_trial *in, attune_error *err)
{
    struct trial_run run = {.in = in, .p = p};
    if (in->part.n_learn == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "no profiles to train on");
    attune_status status = trial_rows(&run, err);
    for (size_t m = 0; m < in->recipe->n_members && status == ATTUNE_OK; m++)
        status = trial_member(&run, m, err);
    at_rows_member_release(&run.eaten);
    for (size_t b = 0; b < AT_RECIPE_BLOCKS; b++)
        at_csr_release(&run.parts[b]);
    at_free(run.y);
    return status;
}
