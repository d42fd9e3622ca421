/* attune/pipeline.h: samples of the caller become profiles, the rest is at_pipeline. */

#include <stdio.h>

#include "api/train_target.h"
#include "attune/pipeline.h"
#include "base/alloc.h"
#include "base/pool.h"
#include "data/split.h"
#include "train/learn.h"

enum { PIPELINE_SEED = 42 };

struct attune_pipeline {
    struct at_pipeline *inner;
};

struct attune_session {
    struct at_session *inner;
    struct at_message *messages;
    size_t cap;
};

bool attune_part_at(size_t index, struct attune_part *out)
{
    size_t n_features = 0, n_kinds = 0;
    while (at_feature_kind_table[n_features])
        n_features++;
    while (attune_model_kind_at(n_kinds))
        n_kinds++;
    if (index < n_features) {
        const struct at_feature_kind *f = at_feature_kind_table[index];
        *out = (struct attune_part){"feature", f->name, f->summary, f->options, f->n_options};
    } else if (index < n_features + n_kinds) {
        const struct attune_model_kind *k = attune_model_kind_at(index - n_features);
        *out = (struct attune_part){"kind", k->name, k->summary, k->options, k->n_options};
    } else if (index == n_features + n_kinds) {
        *out = (struct attune_part){"confidence", "confidence",
                                    "how sure an answer is, and when it is better to give none",
                                    at_confidence_table.rows, at_confidence_table.n_rows};
    } else {
        const struct at_recipe_way *way = at_recipe_way_at(index - n_features - n_kinds - 1);
        if (!way)
            return false;
        *out = (struct attune_part){"kind", way->name, way->summary, NULL, 0};
    }
    return true;
}

static attune_status pipeline_dataset(struct at_dataset *dataset, const struct attune_sample *s,
                                      size_t n, struct at_str target, attune_error *err)
{
    for (size_t i = 0; i < n; i++) {
        struct at_label label = {target, at_str_from(s[i].label)};
        char own_id[32]; /* samples without an id are different people */
        snprintf(own_id, sizeof own_id, "sample-%zu", i + 1);
        struct at_profile profile = {.fan_id = at_str_from(s[i].fan_id ? s[i].fan_id : own_id),
                                     .labels = &label,
                                     .n_labels = 1,
                                     .n_messages = s[i].n_messages};
        if (!label.label.len)
            return at_fail(err, ATTUNE_INVALID, "sample %zu has no label", i);
        profile.messages = AT_ALLOC(struct at_message, s[i].n_messages);
        if (!profile.messages)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: sample %zu", i);
        for (size_t k = 0; k < s[i].n_messages; k++)
            profile.messages[k] =
                (struct at_message){.text = at_str_from(s[i].messages[k]), .at_ms = AT_TIME_NONE};
        const attune_status status = at_dataset_add(dataset, &profile, err);
        at_free(profile.messages);
        AT_TRY(status);
    }
    return ATTUNE_OK;
}

static attune_status pipeline_recipe(struct at_recipe *out,
                                     const struct attune_pipeline_options *options,
                                     attune_error *err)
{
    const struct at_recipe_request request = {.features = options->features,
                                              .kind = options->kind,
                                              .own = options->own,
                                              .parity = options->parity};
    AT_TRY(at_recipe_init(out, &request, err));
    const attune_status status = at_recipe_set(out, options->options, options->n_options, err);
    if (status != ATTUNE_OK)
        at_recipe_release(out);
    return status;
}

struct pipeline_work {
    struct at_dataset dataset;
    struct at_labels labels;
    struct at_arena arena;
    struct at_recipe recipe;
    attune_pool *pool;
    uint32_t *y, *group;
    const struct at_profile **profiles;
};

static attune_status pipeline_work_run(struct pipeline_work *w, struct at_pipeline **out,
                                       const struct attune_sample *samples, size_t n,
                                       const struct attune_pipeline_options *options,
                                       const attune_job *job, attune_error *err)
{
    const struct at_str target = at_str_from(options->target ? options->target : "label");
    AT_TRY(pipeline_recipe(&w->recipe, options, err));
    AT_TRY(pipeline_dataset(&w->dataset, samples, n, target, err));
    AT_TRY(at_dataset_find_labels(&w->dataset, target, &w->labels, &w->arena, err));
    w->y = AT_ALLOC(uint32_t, n);
    w->group = AT_ALLOC(uint32_t, n);
    w->profiles = AT_ALLOC(const struct at_profile *, n);
    if (!w->y || !w->group || !w->profiles)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu samples", n);
    AT_TRY(at_dataset_classes(&w->dataset, &w->labels, w->y, err));
    AT_TRY(at_split_groups(&w->dataset, w->group, job, err));
    for (size_t i = 0; i < n; i++)
        w->profiles[i] = &w->dataset.profiles[i];
    AT_TRY(at_home_pool(NULL, options->threads, &w->pool, err));
    const struct at_learn_input learn = {
        .side = {.profiles = w->profiles, .y = w->y, .group = w->group, .n = n},
        .labels = &w->labels,
        .recipe = &w->recipe,
        .seed = options->seed >= 0 ? (uint64_t)options->seed : PIPELINE_SEED,
        .pool = w->pool,
        .job = job};
    return at_learn(out, NULL, NULL, &learn, err);
}

static attune_status pipeline_wrap(attune_pipeline **out, struct at_pipeline *inner,
                                   attune_error *err)
{
    attune_pipeline *p = AT_ALLOC(attune_pipeline, 1);
    if (!p) {
        at_pipeline_destroy(inner);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: pipeline");
    }
    p->inner = inner;
    *out = p;
    return ATTUNE_OK;
}

attune_status attune_pipeline_fit(attune_pipeline **out, const struct attune_sample *samples,
                                  size_t n_samples, const struct attune_pipeline_options *options,
                                  const attune_job *job, attune_error *err)
{
    static const struct attune_pipeline_options defaults = {.seed = -1};
    struct pipeline_work w = {0};
    struct at_pipeline *inner = NULL;
    *out = NULL;
    const attune_status status =
        pipeline_work_run(&w, &inner, samples, n_samples, options ? options : &defaults, job, err);
    at_recipe_release(&w.recipe);
    at_dataset_release(&w.dataset);
    at_arena_release(&w.arena);
    at_pool_destroy(w.pool);
    at_free(w.y);
    at_free(w.group);
    at_free(w.profiles);
    return status == ATTUNE_OK ? pipeline_wrap(out, inner, err) : status;
}

attune_status attune_pipeline_save(const attune_pipeline *pipeline, const char *path,
                                   attune_error *err)
{
    return at_pipeline_save(pipeline->inner, path, err);
}

attune_status attune_pipeline_open(attune_pipeline **out, const char *path,
                                   const struct attune_model_kind *const *own, size_t n_own,
                                   attune_error *err)
{
    struct at_pipeline *inner;
    *out = NULL;
    AT_TRY(at_pipeline_load(&inner, path, own, n_own, err));
    return pipeline_wrap(out, inner, err);
}

void attune_pipeline_close(attune_pipeline *pipeline)
{
    if (!pipeline)
        return;
    at_pipeline_destroy(pipeline->inner);
    at_free(pipeline);
}

size_t attune_pipeline_n_labels(const attune_pipeline *pipeline)
{
    return pipeline->inner->labels.n;
}

const char *attune_pipeline_label(const attune_pipeline *pipeline, size_t index)
{
    return index < pipeline->inner->labels.n ? pipeline->inner->labels.names[index].ptr : NULL;
}

const char *attune_pipeline_kind(const attune_pipeline *pipeline)
{
    return at_pipeline_kind_name(pipeline->inner);
}

attune_status attune_session_create(attune_session **out, const attune_pipeline *pipeline,
                                    attune_error *err)
{
    *out = NULL;
    attune_session *s = AT_ALLOC(attune_session, 1);
    if (!s)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: session");
    const attune_status status = at_session_create(&s->inner, pipeline->inner, err);
    if (status != ATTUNE_OK) {
        at_free(s);
        return status;
    }
    *out = s;
    return ATTUNE_OK;
}

void attune_session_destroy(attune_session *session)
{
    if (!session)
        return;
    at_session_destroy(session->inner);
    at_free(session->messages);
    at_free(session);
}

attune_status attune_session_predict(attune_session *s, const struct attune_sample *sample,
                                     double *probabilities, attune_error *err)
{
    if (sample->n_messages > s->cap) {
        struct at_message *grown = at_realloc(s->messages, sample->n_messages, sizeof *grown);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: session");
        s->messages = grown;
        s->cap = sample->n_messages;
    }
    for (size_t i = 0; i < sample->n_messages; i++)
        s->messages[i] =
            (struct at_message){.text = at_str_from(sample->messages[i]), .at_ms = AT_TIME_NONE};
    const struct at_profile profile = {.fan_id = at_str_from(sample->fan_id),
                                       .messages = s->messages,
                                       .n_messages = sample->n_messages};
    return at_session_predict(s->inner, &profile, probabilities, err);
}
