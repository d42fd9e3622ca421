/* Answers: one or more pipelines, one profile, one line of JSON. */
#include <stdio.h>
#include <string.h>

#include "api/predictor.h"

#include "base/alloc.h"
#include "base/pool.h"

static attune_status predictor_new(attune_predictor **out, attune_home *home,
                                   const struct attune_predict_options *options, attune_error *err)
{
    attune_predictor *p = AT_ALLOC(attune_predictor, 1);
    if (!p)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: predictor");
    p->home = home;
    p->min_confidence = options ? options->min_confidence : -1;
    p->explain = options && options->explain;
    p->threads = options ? options->threads : 0;
    if (p->min_confidence < 0)
        p->min_confidence = home ? home->config.values.ml_min_confidence : 0;
    if (p->min_confidence > 1) {
        at_fail(err, ATTUNE_INVALID, "min-confidence must be 0 to 1, got %g", p->min_confidence);
        at_free(p);
        return ATTUNE_INVALID;
    }
    *out = p;
    return ATTUNE_OK;
}

static attune_status predictor_reserve(attune_predictor *p, size_t n, attune_error *err)
{
    p->parts = AT_ALLOC(struct at_answer_part, n);
    p->targets = AT_ALLOC(struct at_str, n);
    if (!p->parts || !p->targets)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: predictor");
    return ATTUNE_OK;
}

static void predictor_add(attune_predictor *p, struct at_pipeline *pipeline, int64_t version)
{
    p->targets[p->n_parts] = pipeline->labels.target;
    p->parts[p->n_parts++] = (struct at_answer_part){pipeline, version};
    if (pipeline->labels.n > p->max_labels)
        p->max_labels = pipeline->labels.n;
}

static attune_status predictor_load(attune_predictor *p, const struct at_labels *labels,
                                    bool needed, attune_error *err)
{
    struct at_store *store;
    int64_t version;
    struct at_pipeline *pipeline;
    AT_TRY(at_home_store(p->home, AT_STORE_READ, &store, err));
    AT_TRY(store->kind->alias_get(store, labels->target, at_str_from("champion"), &version, err));
    if (!version)
        return needed ? at_fail(err, ATTUNE_NOT_FOUND,
                                "there is no model for %.*s yet; make one with: attune train",
                                (int)labels->target.len, labels->target.ptr)
                      : ATTUNE_OK;
    const struct at_registry registry = at_home_registry(p->home);
    AT_TRY(at_registry_load(&registry, labels->target, version, &pipeline, err));
    predictor_add(p, pipeline, version);
    return ATTUNE_OK;
}

static attune_status predictor_load_all(attune_predictor *p, const char *target, attune_error *err)
{
    const struct at_config *config = &p->home->config;
    const struct at_labels *labels;
    if (!config->values.ml_enabled)
        return at_fail(err, ATTUNE_CONFLICT,
                       "answers are switched off: ml.enabled is false (attune config show --origin "
                       "tells who says so)");
    AT_TRY(predictor_reserve(p, config->n_targets, err));
    if (target && strcmp(target, "all") != 0) {
        AT_TRY(at_config_target(config, target, &labels, err));
        return predictor_load(p, labels, true, err);
    }
    for (size_t i = 0; i < config->n_targets; i++)
        AT_TRY(predictor_load(p, &config->targets[i], false, err));
    return p->n_parts ? ATTUNE_OK
                      : at_fail(err, ATTUNE_NOT_FOUND,
                                "there is no model yet; make one with: attune train");
}

attune_status attune_predictor_open(attune_predictor **out, attune_home *home,
                                    const struct attune_predict_options *options, attune_error *err)
{
    attune_predictor *p;
    *out = NULL;
    AT_TRY(predictor_new(&p, home, options, err));
    const attune_status status = predictor_load_all(p, options ? options->target : NULL, err);
    if (status != ATTUNE_OK) {
        attune_predictor_close(p);
        return status;
    }
    *out = p;
    return ATTUNE_OK;
}

static attune_status predictor_load_folder(attune_predictor *p, const char *folder,
                                           attune_error *err)
{
    char path[4096];
    struct at_pipeline *pipeline;
    AT_TRY(predictor_reserve(p, 1, err));
    AT_TRY(at_fs_join(path, sizeof path, folder, "model.attune", err));
    if (!at_fs_exists(path))
        return at_fail(err, ATTUNE_NOT_FOUND,
                       "there is no model in '%s' (a folder written by attune fit --save)", folder);
    AT_TRY(at_pipeline_load(&pipeline, path, NULL, 0, err));
    predictor_add(p, pipeline, 0);
    return ATTUNE_OK;
}

attune_status attune_predictor_open_folder(attune_predictor **out, const char *folder,
                                           const struct attune_predict_options *options,
                                           attune_error *err)
{
    attune_predictor *p;
    *out = NULL;
    AT_TRY(predictor_new(&p, NULL, options, err));
    const attune_status status = predictor_load_folder(p, folder, err);
    if (status != ATTUNE_OK) {
        attune_predictor_close(p);
        return status;
    }
    *out = p;
    return ATTUNE_OK;
}

void attune_predictor_close(attune_predictor *p)
{
    if (!p)
        return;
    at_answerer_destroy(p->answerer);
    for (size_t i = 0; i < p->n_parts; i++)
        at_pipeline_destroy(p->parts[i].pipeline);
    at_free(p->parts);
    at_free(p->targets);
    at_free(p);
}

static attune_status predictor_one(attune_predictor *p, const struct at_profile *profile,
                                   char **out_json, attune_error *err)
{
    struct at_buf line = {0};
    if (!p->answerer)
        AT_TRY(at_answerer_create(&p->answerer, p, err));
    attune_status status = at_answerer_write(p->answerer, profile, &line, err);
    if (status == ATTUNE_OK)
        *out_json = at_buf_take(&line);
    at_buf_release(&line);
    return status;
}

attune_status attune_predict_fan(attune_predictor *p, const char *fan_id, char **out_json,
                                 attune_error *err)
{
    struct at_arena arena = {0};
    struct at_profile profile;
    struct at_store *store;
    *out_json = NULL;
    if (!p->home)
        return at_fail(err, ATTUNE_INVALID, "a model folder knows no fans; open a home");
    AT_TRY(at_home_store(p->home, AT_STORE_READ, &store, err));
    const size_t newest = (size_t)p->home->config.values.newest_messages;
    attune_status status =
        store->kind->profile_get(store, at_str_from(fan_id), newest, &profile, &arena, err);
    if (status == ATTUNE_OK)
        status = predictor_one(p, &profile, out_json, err);
    at_arena_release(&arena);
    return status;
}

attune_status attune_predict_json(attune_predictor *p, const char *text, size_t len,
                                  char **out_json, attune_error *err)
{
    struct at_reader *reader;
    const struct at_profile *profile = NULL;
    const struct at_reader_options options = {.targets = p->targets, .n_targets = p->n_parts};
    *out_json = NULL;
    AT_TRY(at_reader_open_memory(&reader, text, len, "profile", "json", &options, err));
    attune_status status = at_reader_next(reader, &profile, err);
    if (status == ATTUNE_OK && !profile)
        status = at_fail(err, ATTUNE_FORMAT, "expected one profile as a JSON object");
    if (status == ATTUNE_OK)
        status = predictor_one(p, profile, out_json, err);
    at_reader_close(reader);
    return status;
}
