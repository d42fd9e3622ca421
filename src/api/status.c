/* `attune status`: what is there, how good it is, what is waiting. */
#include <stdio.h>

#include "api/home_impl.h"
#include "api/version_json.h"
#include "attune/version.h"
#include "data/reader.h"
#include "feature/feature.h"
#include "model/model.h"

/* As train counts: corrections newer than the champion of their target. */
struct status_labels {
    const struct at_config *config;
    int64_t since_ms[AT_TARGETS_MAX];
    int64_t n_operator, n_new;
};

static attune_status status_count_label(void *context, const struct at_store_label *l,
                                        attune_error *err)
{
    struct status_labels *x = context;
    (void)err;
    if (l->source != AT_LABEL_OPERATOR)
        return ATTUNE_OK;
    x->n_operator++;
    for (size_t t = 0; t < x->config->n_targets; t++)
        x->n_new +=
            at_str_equal(l->target, x->config->targets[t].target) && l->at_ms > x->since_ms[t];
    return ATTUNE_OK;
}

static attune_status status_since(attune_home *home, struct at_str target, int64_t *out,
                                  attune_error *err)
{
    struct at_arena arena = {0};
    struct at_store_version row = {0};
    int64_t champion;
    *out = INT64_MIN;
    AT_TRY(
        home->store->kind->alias_get(home->store, target, at_str_from("champion"), &champion, err));
    if (!champion)
        return ATTUNE_OK;
    const attune_status status =
        home->store->kind->version_get(home->store, target, champion, &row, &arena, err);
    *out = row.created_ms;
    at_arena_release(&arena);
    return status;
}

struct status_run {
    int64_t started_ms, finished_ms;
    char status[24];
    bool found;
};

static attune_status status_last_run(void *context, const struct at_store_run *run,
                                     attune_error *err)
{
    struct status_run *x = context;
    (void)err;
    if (x->found || !at_str_equal(run->kind, at_str_from("train")))
        return ATTUNE_OK;
    x->found = true;
    x->started_ms = run->started_ms;
    x->finished_ms = run->finished_ms;
    snprintf(x->status, sizeof x->status, "%.*s", (int)run->status.len, run->status.ptr);
    return ATTUNE_OK;
}

static attune_status status_model(attune_home *home, const struct at_labels *labels,
                                  struct at_json_out *o, attune_error *err)
{
    struct at_arena arena = {0};
    struct at_store_version row;
    at_json *metrics = NULL;
    char path[4096];
    int64_t champion, candidate;
    struct at_store *store = home->store;
    const struct at_registry registry = at_home_registry(home);
    AT_TRY(store->kind->alias_get(store, labels->target, at_str_from("champion"), &champion, err));
    AT_TRY(
        store->kind->alias_get(store, labels->target, at_str_from("candidate"), &candidate, err));
    at_json_put_key_str(o, labels->target);
    at_json_object_begin(o);
    at_json_put_key(o, "labels");
    at_json_array_begin(o);
    for (size_t i = 0; i < labels->n; i++)
        at_json_put_str(o, labels->names[i]);
    at_json_array_end(o);
    at_json_put_key(o, "champion");
    if (!champion) {
        at_json_put_null(o);
        at_json_object_end(o);
        return ATTUNE_OK;
    }
    at_json_put_int(o, champion);
    if (candidate)
        at_json_set_int(o, "candidate", candidate);
    attune_status status =
        store->kind->version_get(store, labels->target, champion, &row, &arena, err);
    if (status == ATTUNE_OK)
        status = at_registry_path(&registry, labels->target, champion, "model.attune", path,
                                  sizeof path, err);
    if (status == ATTUNE_OK)
        status = at_json_parse(&metrics, row.metrics.ptr, row.metrics.len, "metrics", err);
    if (status == ATTUNE_OK) {
        at_json_set_str(o, "kind", row.kind);
        at_json_set_text(o, "path", path);
        at_json_set_time(o, "created", row.created_ms);
        at_json_set_int(o, "size", row.size_bytes);
        at_version_figures(o, metrics);
    }
    at_json_object_end(o);
    at_json_free(metrics);
    at_arena_release(&arena);
    return status;
}

static attune_status status_feedback(attune_home *home, struct at_json_out *o, attune_error *err)
{
    struct status_labels x = {.config = &home->config};
    for (size_t t = 0; t < home->config.n_targets; t++)
        AT_TRY(status_since(home, home->config.targets[t].target, &x.since_ms[t], err));
    AT_TRY(home->store->kind->labels(home->store, at_str_from(""), status_count_label, &x, err));
    at_json_put_key(o, "feedback");
    at_json_object_begin(o);
    at_json_set_int(o, "total", x.n_operator);
    at_json_set_int(o, "new", x.n_new);
    at_json_set_int(o, "needed", home->config.values.ml_retrain_threshold);
    at_json_object_end(o);
    return ATTUNE_OK;
}

static attune_status status_database(attune_home *home, struct at_json_out *o, attune_error *err)
{
    struct at_store_counts counts;
    int64_t schema;
    AT_TRY(home->store->kind->counts(home->store, &counts, err));
    AT_TRY(home->store->kind->schema(home->store, &schema, err));
    at_json_put_key(o, "database");
    at_json_object_begin(o);
    at_json_set_text(o, "kind", home->store->kind->name);
    at_json_set_int(o, "schema", schema);
    at_json_set_int(o, "fans", counts.n_fans);
    at_json_set_int(o, "messages", counts.n_messages);
    at_json_set_int(o, "messages_received", counts.n_received);
    at_json_set_int(o, "labels", counts.n_labels);
    at_json_set_int(o, "versions", counts.n_versions);
    at_json_object_end(o);
    return ATTUNE_OK;
}

static void status_features(struct at_json_out *o)
{
    at_json_put_key(o, "features");
    at_json_object_begin(o);
    at_json_set_text(o, "version", attune_version());
    at_json_put_key(o, "kinds");
    at_json_array_begin(o);
    for (size_t i = 0; attune_model_kind_at(i); i++)
        at_json_put_text(o, attune_model_kind_at(i)->name);
    at_json_array_end(o);
    at_json_put_key(o, "feature_blocks");
    at_json_array_begin(o);
    for (size_t i = 0; at_feature_kind_table[i]; i++)
        at_json_put_text(o, at_feature_kind_table[i]->name);
    at_json_array_end(o);
    at_json_put_key(o, "stores");
    at_json_array_begin(o);
    for (size_t i = 0; at_store_kind_table[i]; i++)
        at_json_put_text(o, at_store_kind_table[i]->name);
    at_json_array_end(o);
    at_json_put_key(o, "formats");
    at_json_array_begin(o);
    for (size_t i = 0; at_reader_kind_table[i]; i++)
        at_json_put_text(o, at_reader_kind_table[i]->name);
    at_json_array_end(o);
    at_json_set_bool(o, "transformers", false);
    at_json_object_end(o);
}

static attune_status status_body(attune_home *home, struct at_json_out *o, attune_error *err)
{
    struct at_store *store;
    struct status_run run = {0};
    AT_TRY(at_home_store(home, AT_STORE_READ, &store, err));
    AT_TRY(store->kind->runs(store, 0, status_last_run, &run, err));
    at_json_set_text(o, "home", home->folder);
    at_json_set_text(o, "models_directory", home->models);
    at_json_put_key(o, "models");
    at_json_object_begin(o);
    for (size_t i = 0; i < home->config.n_targets; i++)
        AT_TRY(status_model(home, &home->config.targets[i], o, err));
    at_json_object_end(o);
    at_json_put_key(o, "last_training");
    if (run.found) {
        at_json_object_begin(o);
        at_json_set_time(o, "started", run.started_ms);
        at_json_set_time(o, "finished", run.finished_ms);
        at_json_set_text(o, "status", run.status);
        at_json_object_end(o);
    } else {
        at_json_put_null(o);
    }
    AT_TRY(status_feedback(home, o, err));
    AT_TRY(status_database(home, o, err));
    status_features(o);
    return ATTUNE_OK;
}

attune_status attune_home_status(attune_home *home, char **out_json, attune_error *err)
{
    struct at_report report;
    *out_json = NULL;
    at_report_begin(&report);
    return at_report_end(&report, status_body(home, &report.o, err), out_json, err);
}
