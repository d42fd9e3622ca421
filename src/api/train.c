/* `attune train`: lock, clean up, train each target, keep the history. */
#include "attune/train.h"

#include <stdio.h>
#include <string.h>

#include "api/train_log.h"
#include "api/train_target.h"
#include "base/job.h"
#include "base/pool.h"

enum { TRAIN_HISTORY_KEPT = 1000 };

struct train_all {
    attune_home *home;
    const struct attune_train_options *options;
    struct at_train_log log;
    attune_pool *pool;
    struct at_store *store;
    int64_t started_ms, run;
    double deadline;
    struct at_buf summary, models, skipped, errors; /* JSON members */
    attune_status worst;
    attune_error worst_error;
};

/* Members of one JSON object, collected piece by piece: begin, one key and value, end. */
static struct at_json_out train_member(struct at_buf *buf, struct at_str key)
{
    struct at_json_out o = at_json_out_to(buf, 0);
    o.need_comma = buf->len > 0;
    at_json_put_key_str(&o, key);
    return o;
}

static attune_status train_note(struct train_all *all, struct at_buf *into, struct at_str target,
                                const char *text, attune_error *err)
{
    struct at_json_out o = train_member(into, target);
    at_json_put_text(&o, text);
    at_job_log(&all->log.job, into == &all->errors ? ATTUNE_LOG_ERROR : ATTUNE_LOG_INFO, "%s",
               text);
    return at_json_end(&o, err);
}

/* NOT_ENOUGH and REFUSED are answers about one target; the others go on. */
static attune_status train_outcome(struct train_all *all, const struct at_train_target *t,
                                   attune_status status, const attune_error *why, attune_error *err)
{
    if (t->json.len) {
        struct at_json_out o = train_member(&all->models, t->labels->target);
        at_json_put_raw(&o, t->json.data, t->json.len);
        AT_TRY(at_json_end(&o, err));
    }
    if (status == ATTUNE_OK)
        return ATTUNE_OK;
    if (status != ATTUNE_NOT_ENOUGH && status != ATTUNE_REFUSED) {
        if (err)
            *err = *why;
        return status;
    }
    AT_TRY(train_note(all, &all->errors, t->labels->target, why->message, err));
    if (all->worst == ATTUNE_OK || status == ATTUNE_NOT_ENOUGH) {
        all->worst_error = all->worst == status ? all->worst_error : *why;
        all->worst = status;
    }
    return ATTUNE_OK;
}

static attune_status train_one(struct train_all *all, const struct at_labels *labels,
                               attune_error *err)
{
    char reason[256];
    bool due = true;
    if (!all->options->force) {
        AT_TRY(at_train_due(all->home, labels, &due, reason, err));
        if (!due)
            return train_note(all, &all->skipped, labels->target, reason, err);
    }
    struct at_train_target t = {.home = all->home,
                                .options = all->options,
                                .labels = labels,
                                .job = &all->log.job,
                                .pool = all->pool,
                                .run = all->run,
                                .deadline = all->deadline};
    attune_error why = {0};
    attune_status status = at_train_target_run(&t, &why);
    char key[96];
    snprintf(key, sizeof key, "%.*s_samples", (int)labels->target.len, labels->target.ptr);
    struct at_json_out o = train_member(&all->summary, at_str_from(key));
    at_json_put_int(&o, (int64_t)t.n_samples);
    const attune_status noted = at_json_end(&o, err);
    status = train_outcome(all, &t, status, &why, err);
    at_buf_release(&t.json);
    return status == ATTUNE_OK ? noted : status;
}

/* A wrong name is an error even where nothing is due. */
static attune_status train_check_kinds(const struct train_all *all, attune_error *err)
{
    const char *const *kinds;
    struct at_arena arena = {0};
    const char *text =
        all->options->models ? all->options->models : all->home->config.values.ml_models;
    const attune_status status = at_train_kinds(text, &kinds, &arena, err);
    at_arena_release(&arena);
    return status;
}

static attune_status train_targets(struct train_all *all, attune_error *err)
{
    const struct at_config *config = &all->home->config;
    const char *only = all->options->target;
    const struct at_labels *labels;
    AT_TRY(train_check_kinds(all, err));
    if (only && strcmp(only, "all") != 0) {
        AT_TRY(at_config_target(config, only, &labels, err));
        return train_one(all, labels, err);
    }
    for (size_t i = 0; i < config->n_targets; i++)
        AT_TRY(train_one(all, &config->targets[i], err));
    return ATTUNE_OK;
}

static void train_put_object(struct at_json_out *o, const char *key, const struct at_buf *members)
{
    at_json_put_key(o, key);
    at_json_object_begin(o);
    if (members->len)
        at_json_put_raw(o, members->data, members->len);
    at_json_object_end(o);
}

static void train_report(struct at_json_out *o, const struct train_all *all)
{
    at_json_set_time(o, "training_started", all->started_ms);
    at_json_set_time(o, "training_finished", at_clock_now_ms());
    train_put_object(o, "data_summary", &all->summary);
    train_put_object(o, "models_trained", &all->models);
    train_put_object(o, "skipped", &all->skipped);
    train_put_object(o, "errors", &all->errors);
    at_json_set_text(o, "log", all->log.fd >= 0 ? all->log.path : NULL);
}

/* models/training_metadata.json: {"training_history": [newest last]}; whole or as it was. */
static attune_status train_history_write(const struct train_all *all, const at_json *old,
                                         const char *path, attune_error *err)
{
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 1);
    const at_json *list = at_json_get(old, "training_history");
    const size_t n = at_json_len(list);
    at_json_object_begin(&o);
    at_json_set_time(&o, "last_training", at_clock_now_ms());
    at_json_put_key(&o, "training_history");
    at_json_array_begin(&o);
    for (size_t i = n >= TRAIN_HISTORY_KEPT ? n - TRAIN_HISTORY_KEPT + 1 : 0; i < n; i++)
        at_json_put_value(&o, at_json_at(list, i));
    at_json_object_begin(&o);
    train_report(&o, all);
    at_json_object_end(&o);
    at_json_array_end(&o);
    at_json_object_end(&o);
    attune_status status = at_json_end(&o, err);
    if (status == ATTUNE_OK)
        status = at_fs_write(path, text.data, text.len, err);
    at_buf_release(&text);
    return status;
}

static attune_status train_history(const struct train_all *all, attune_error *err)
{
    char path[2200];
    struct at_buf text = {0};
    at_json *old = NULL;
    AT_TRY(at_fs_join(path, sizeof path, all->home->models, "training_metadata.json", err));
    attune_status status = ATTUNE_OK;
    if (at_fs_exists(path))
        status = at_fs_read(path, &text, 256 << 20, err);
    if (status == ATTUNE_OK && text.len)
        status = at_json_parse(&old, text.data, text.len, path, err);
    if (status == ATTUNE_FORMAT) { /* edited by hand; what cannot be read now stays as it is */
        at_job_log(&all->log.job, ATTUNE_LOG_WARNING, "'%s' is damaged and is started anew", path);
        status = ATTUNE_OK;
    }
    if (status == ATTUNE_OK)
        status = train_history_write(all, old, path, err);
    at_json_free(old);
    at_buf_release(&text);
    return status;
}

/* This process holds the lock, so whoever left a training open is gone. */
struct train_open_runs {
    int64_t ids[16];
    size_t n;
};

static attune_status train_open_run(void *context, const struct at_store_run *run,
                                    attune_error *err)
{
    struct train_open_runs *open = context;
    (void)err;
    if (open->n < sizeof open->ids / sizeof *open->ids &&
        at_str_equal(run->kind, at_str_from("train")) &&
        at_str_equal(run->status, at_str_from("running")))
        open->ids[open->n++] = run->id;
    return ATTUNE_OK;
}

static attune_status train_add_run(struct train_all *all, const struct train_open_runs *open,
                                   attune_error *err)
{
    const struct at_store_kind *store = all->store->kind;
    const struct at_store_run run = {.kind = at_str_from("train"),
                                     .status = at_str_from("running"),
                                     .started_ms = all->started_ms,
                                     .finished_ms = AT_TIME_NONE,
                                     .detail = at_str_from("{}")};
    for (size_t i = 0; i < open->n; i++)
        AT_TRY(store->run_finish(all->store, open->ids[i], at_str_from("interrupted"),
                                 all->started_ms, at_str_from("{}"), err));
    return store->run_add(all->store, &run, &all->run, err);
}

static attune_status train_begin(struct train_all *all, attune_error *err)
{
    size_t n_removed;
    struct train_open_runs open = {0};
    AT_TRY(at_home_store(all->home, AT_STORE_WRITE, &all->store, err));
    const struct at_registry registry = at_home_registry(all->home);
    AT_TRY(at_registry_recover(&registry, &n_removed, err));
    if (n_removed)
        at_job_log(&all->log.job, ATTUNE_LOG_WARNING,
                   "removed %zu leftovers of an interrupted training", n_removed);
    AT_TRY(at_home_pool(all->home, all->options->threads, &all->pool, err));
    AT_TRY(all->store->kind->runs(all->store, 0, train_open_run, &open, err));
    AT_TRY(all->store->kind->begin(all->store, err));
    attune_status status = train_add_run(all, &open, err);
    if (status == ATTUNE_OK)
        status = all->store->kind->commit(all->store, err);
    if (status != ATTUNE_OK) {
        all->store->kind->rollback(all->store);
        all->run = 0;
    }
    return status;
}

/* The run's end is kept whatever became of it; a failure here must not hide the first one. */
static attune_status train_finish(struct train_all *all, attune_status status, attune_error *err)
{
    const bool in_vain = all->worst == ATTUNE_NOT_ENOUGH && !all->models.len;
    const char *word = status == ATTUNE_OK && !in_vain ? "done"
                       : status == ATTUNE_CANCELLED    ? "interrupted"
                                                       : "failed";
    if (!all->run)
        return status;
    attune_error later = {0};
    attune_status s = all->store->kind->begin(all->store, &later);
    if (s == ATTUNE_OK)
        s = all->store->kind->run_finish(all->store, all->run, at_str_from(word), at_clock_now_ms(),
                                         at_str_from("{}"), &later);
    if (s == ATTUNE_OK)
        s = all->store->kind->commit(all->store, &later);
    if (s != ATTUNE_OK)
        all->store->kind->rollback(all->store);
    if (s == ATTUNE_OK && status == ATTUNE_OK && all->models.len)
        s = train_history(all, &later);
    if (status != ATTUNE_OK || s == ATTUNE_OK)
        return status;
    if (err)
        *err = later;
    return s;
}

attune_status attune_train(attune_home *home, const struct attune_train_options *options,
                           const attune_job *job, char **out_json, attune_error *err)
{
    struct train_all all = {.home = home, .options = options, .started_ms = at_clock_now_ms()};
    *out_json = NULL;
    if (options->budget_ms > 0)
        all.deadline = at_clock_seconds() + (double)options->budget_ms / 1000;
    AT_TRY(at_home_lock(home, "training", err));
    at_train_log_open(&all.log, home->logs, all.started_ms,
                      (attune_log_level)home->config.values.log_level, job);
    attune_status status = train_begin(&all, err);
    if (status == ATTUNE_OK)
        status = train_targets(&all, err);
    if (status != ATTUNE_OK && err)
        at_job_log(&all.log.job, ATTUNE_LOG_DEBUG, "stopped: %s", err->message);
    status = train_finish(&all, status, err);
    at_pool_destroy(all.pool);
    struct at_report report;
    at_report_begin(&report);
    train_report(&report.o, &all);
    if (status == ATTUNE_OK && all.worst != ATTUNE_OK) {
        status = all.worst;
        if (err)
            *err = all.worst_error;
    }
    if (status == ATTUNE_NOT_ENOUGH || status == ATTUNE_REFUSED)
        status = at_report_end_anyway(&report, status, out_json, err);
    else
        status = at_report_end(&report, status, out_json, err);
    at_train_log_close(&all.log);
    at_home_unlock(home);
    at_buf_release(&all.summary);
    at_buf_release(&all.models);
    at_buf_release(&all.skipped);
    at_buf_release(&all.errors);
    return status;
}
