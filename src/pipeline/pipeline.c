/* Fitting: the blocks learn from the profiles once, then each member from the rows it eats. */
#include "pipeline/pipeline.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/job.h"
#include "pipeline/rows.h"

static attune_status pipeline_fit_member(struct at_pipeline *p, size_t i,
                                         const struct at_pipeline_fit *in,
                                         const struct at_csr *parts, struct at_rows_member *input,
                                         attune_error *err)
{
    const struct at_recipe_member *m = &in->recipe->members[i];
    AT_TRY(at_job_check(in->job, err));
    AT_TRY(at_rows_member(input, m->blocks, parts, p->n_blocks, err));
    const struct attune_fit fit = {.rows = &input->rows,
                                   .y = in->y,
                                   .n_classes = in->labels->n,
                                   .seed = in->seed,
                                   .pool = in->pool,
                                   .job = in->job};
    AT_TRY(m->kind->fit(&p->members[i].model, &fit, m->options, err));
    p->members[i].blocks = m->blocks;
    p->members[i].voice = in->voice ? in->voice[i] : at_voice_equal(in->recipe->n_members);
    p->n_members = i + 1;
    return ATTUNE_OK;
}

/* No clock, no path, no thread count: the file must be the same wherever it is made. */
static attune_status pipeline_write_meta(struct at_pipeline *p, const struct at_pipeline_fit *in,
                                         attune_error *err)
{
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 0);
    at_json_object_begin(&o);
    at_json_set_int(&o, "format", 2);
    at_json_set_str(&o, "target", p->labels.target);
    at_json_put_key(&o, "labels");
    at_json_array_begin(&o);
    for (size_t i = 0; i < p->labels.n; i++)
        at_json_put_str(&o, p->labels.names[i]);
    at_json_array_end(&o);
    at_json_set_bool(&o, "ordered", p->labels.ordered);
    at_json_set_int(&o, "seed", (int64_t)in->seed);
    at_json_set_int(&o, "n_train", (int64_t)in->n);
    at_policy_json(&p->policy, &o);
    if (in->languages) {
        at_json_put_key(&o, "languages");
        at_languages_json(in->languages, &o);
    }
    attune_status status = at_recipe_json(in->recipe, in->voice, &o, err);
    at_json_object_end(&o);
    if (status == ATTUNE_OK)
        status = at_json_end(&o, err);
    if (status == ATTUNE_OK)
        p->meta = at_buf_take(&text);
    at_buf_release(&text);
    return status;
}

const char *at_pipeline_kind_name(const struct at_pipeline *p)
{
    return p->n_members == 1 ? p->members[0].model->kind->name : "ensemble";
}

static attune_status pipeline_fit_into(struct at_pipeline *p, const struct at_pipeline_fit *in,
                                       struct at_pipeline_seconds *seconds, attune_error *err)
{
    struct at_csr parts[AT_RECIPE_BLOCKS] = {0};
    struct at_rows_member input = {0};
    const double t0 = at_clock_seconds();
    p->newest_messages = in->recipe->newest_messages;
    if (in->policy)
        p->policy = *in->policy;
    if (in->languages)
        p->languages = *in->languages;
    attune_status status = at_labels_make(&p->labels, in->labels->target, in->labels->names,
                                          in->labels->n, in->labels->ordered, &p->arena, err);
    if (status == ATTUNE_OK && !(p->way = at_arena_strdup(&p->arena, in->recipe->kind)))
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: pipeline");
    if (status == ATTUNE_OK)
        status = at_rows_fit(p, parts, in, err);
    if (status == ATTUNE_OK && in->read_once.done)
        in->read_once.done(in->read_once.user);
    const double t1 = at_clock_seconds();
    for (size_t i = 0; i < in->recipe->n_members && status == ATTUNE_OK; i++)
        status = pipeline_fit_member(p, i, in, parts, &input, err);
    at_rows_member_release(&input);
    for (size_t i = 0; i < AT_RECIPE_BLOCKS; i++)
        at_csr_release(&parts[i]);
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
    if (in->calibration) {
        p->calibration = *in->calibration;
        *in->calibration = (struct at_calibration){0};
    }
    *out = p;
    return ATTUNE_OK;
}

void at_pipeline_destroy(struct at_pipeline *p)
{
    if (!p)
        return;
    at_calibration_release(&p->calibration);
    for (size_t i = 0; i < p->n_members; i++)
        p->members[i].model->kind->destroy(p->members[i].model);
    for (size_t i = 0; i < p->n_blocks; i++)
        p->blocks[i]->kind->destroy(p->blocks[i]);
    if (p->mapped)
        at_bundle_close(&p->reader);
    at_free(p->meta);
    at_arena_release(&p->arena);
    at_free(p);
}
