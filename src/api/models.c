/* Looking at versions: list, show, compare, verify. */
#include <string.h>

#include "api/collect.h"
#include "api/gate_check.h"
#include "api/version_json.h"
#include "attune/registry.h"
#include "base/alloc.h"
#include "base/pool.h"

struct models_aliases {
    struct at_json_out *o;
    int64_t version; /* 0: all, as members; else the names that point at it, as texts */
};

static attune_status models_alias(void *context, struct at_str target, struct at_str alias,
                                  int64_t version, attune_error *err)
{
    const struct models_aliases *x = context;
    (void)target;
    (void)err;
    if (x->version == 0) {
        at_json_put_key_str(x->o, alias);
        at_json_put_int(x->o, version);
    } else if (x->version == version) {
        at_json_put_str(x->o, alias);
    }
    return ATTUNE_OK;
}

struct models_listing {
    struct at_store *store;
    struct at_json_out *o;
};

static attune_status models_row(struct at_store *store, struct at_json_out *o,
                                const struct at_store_version *v, bool whole, attune_error *err)
{
    at_json *metrics = NULL;
    AT_TRY(at_json_parse(&metrics, v->metrics.ptr, v->metrics.len, "metrics", err));
    at_json_set_int(o, "version", v->version);
    at_json_set_str(o, "kind", v->kind);
    at_json_set_time(o, "created", v->created_ms);
    at_json_put_key(o, "aliases");
    at_json_array_begin(o);
    struct models_aliases x = {o, v->version};
    const attune_status status = store->kind->aliases(store, v->target, models_alias, &x, err);
    at_json_array_end(o);
    at_json_set_int(o, "size_bytes", v->size_bytes);
    at_json_set_int(o, "seed", v->seed);
    at_json_set_str(o, "folder", v->folder);
    at_json_set_str(o, "manifest_sha256", v->sha256);
    if (whole) {
        at_json_put_key(o, "metrics");
        at_json_put_value(o, metrics);
    } else {
        at_version_figures(o, metrics);
    }
    at_json_free(metrics);
    return status;
}

static attune_status models_list_row(void *context, const struct at_store_version *v,
                                     attune_error *err)
{
    struct models_listing *x = context;
    at_json_object_begin(x->o);
    AT_TRY(models_row(x->store, x->o, v, false, err));
    at_json_object_end(x->o);
    return ATTUNE_OK;
}

static attune_status models_list_target(struct at_store *store, struct at_json_out *o,
                                        struct at_str target, attune_error *err)
{
    struct models_listing listing = {store, o};
    struct models_aliases aliases = {o, 0};
    at_json_put_key_str(o, target);
    at_json_object_begin(o);
    at_json_put_key(o, "versions");
    at_json_array_begin(o);
    AT_TRY(store->kind->versions(store, target, models_list_row, &listing, err));
    at_json_array_end(o);
    at_json_put_key(o, "aliases");
    at_json_object_begin(o);
    AT_TRY(store->kind->aliases(store, target, models_alias, &aliases, err));
    at_json_object_end(o);
    at_json_object_end(o);
    return ATTUNE_OK;
}

static attune_status models_list_all(attune_home *home, const char *only, struct at_json_out *o,
                                     attune_error *err)
{
    const struct at_config *config = &home->config;
    const struct at_labels *wanted = NULL;
    struct at_store *store;
    AT_TRY(at_home_store(home, AT_STORE_READ, &store, err));
    if (only && strcmp(only, "all") != 0)
        AT_TRY(at_config_target(config, only, &wanted, err));
    at_json_put_key(o, "targets");
    at_json_object_begin(o);
    for (size_t i = 0; i < config->n_targets; i++)
        if (!wanted || wanted == &config->targets[i])
            AT_TRY(models_list_target(store, o, config->targets[i].target, err));
    at_json_object_end(o);
    return ATTUNE_OK;
}

attune_status attune_models_list(attune_home *home, const char *target, char **out_json,
                                 attune_error *err)
{
    struct at_report report;
    *out_json = NULL;
    at_report_begin(&report);
    return at_report_end(&report, models_list_all(home, target, &report.o, err), out_json, err);
}

/* The version asked for, or the champion. */
static attune_status models_pick(attune_home *home, const char *target, int64_t *version,
                                 const struct at_labels **labels, attune_error *err)
{
    struct at_store *store;
    AT_TRY(at_config_target(&home->config, target ? target : "", labels, err));
    AT_TRY(at_home_store(home, AT_STORE_READ, &store, err));
    if (*version)
        return ATTUNE_OK;
    AT_TRY(store->kind->alias_get(store, (*labels)->target, at_str_from("champion"), version, err));
    return *version ? ATTUNE_OK
                    : at_fail(err, ATTUNE_NOT_FOUND,
                              "%s has no champion yet; make one with: "
                              "attune train",
                              target);
}

struct models_history {
    struct at_json_out *o;
    struct at_str target;
    int64_t version;
};

/* Entries of the audit log that are about this version. */
static attune_status models_audit(void *context, const struct at_store_audit *a, attune_error *err)
{
    const struct models_history *x = context;
    at_json *detail = NULL;
    if (!at_str_equal(a->target, x->target))
        return ATTUNE_OK;
    AT_TRY(at_json_parse(&detail, a->detail.ptr, a->detail.len, "audit log", err));
    if (at_json_integer(at_json_get(detail, "version"), 0) == x->version ||
        at_json_integer(at_json_get(detail, "previous"), 0) == x->version) {
        at_json_object_begin(x->o);
        at_json_set_time(x->o, "at", a->at_ms);
        at_json_set_str(x->o, "who", a->who);
        at_json_set_str(x->o, "action", a->action);
        at_json_put_key(x->o, "detail");
        at_json_put_value(x->o, detail);
        at_json_object_end(x->o);
    }
    at_json_free(detail);
    return ATTUNE_OK;
}

static attune_status models_manifest(attune_home *home, struct at_str target, int64_t version,
                                     struct at_json_out *o, attune_error *err)
{
    const struct at_registry registry = at_home_registry(home);
    char path[4096];
    struct at_buf text = {0};
    at_json *manifest = NULL;
    AT_TRY(at_registry_path(&registry, target, version, "manifest.json", path, sizeof path, err));
    attune_status status = at_fs_read(path, &text, 16 << 20, err);
    if (status == ATTUNE_OK)
        status = at_json_parse(&manifest, text.data, text.len, path, err);
    if (status == ATTUNE_OK) {
        at_json_put_key(o, "manifest");
        at_json_put_value(o, manifest);
    }
    at_json_free(manifest);
    at_buf_release(&text);
    return status;
}

static attune_status models_show_body(attune_home *home, const struct at_labels *labels,
                                      int64_t version, struct at_json_out *o, attune_error *err)
{
    struct at_arena arena = {0};
    struct at_store_version row;
    struct at_store *store = home->store;
    struct models_history history = {o, labels->target, version};
    at_json_set_str(o, "target", labels->target);
    attune_status status =
        store->kind->version_get(store, labels->target, version, &row, &arena, err);
    if (status == ATTUNE_OK)
        status = models_row(store, o, &row, true, err);
    at_arena_release(&arena);
    AT_TRY(status);
    AT_TRY(models_manifest(home, labels->target, version, o, err));
    at_json_put_key(o, "history");
    at_json_array_begin(o);
    AT_TRY(store->kind->audit(store, 0, models_audit, &history, err));
    at_json_array_end(o);
    return ATTUNE_OK;
}

attune_status attune_models_show(attune_home *home, const char *target, int64_t version,
                                 char **out_json, attune_error *err)
{
    const struct at_labels *labels;
    struct at_report report;
    *out_json = NULL;
    AT_TRY(models_pick(home, target, &version, &labels, err));
    at_report_begin(&report);
    const attune_status status = models_show_body(home, labels, version, &report.o, err);
    return at_report_end(&report, status, out_json, err);
}

struct models_pair {
    attune_home *home;
    const struct at_labels *labels;
    int64_t a, b;
};

/* Judged by the labelled fans that neither of the two was trained on. */
static attune_status models_gate(const struct models_pair *pair, struct at_gate *gate,
                                 attune_error *err)
{
    struct at_collected data;
    struct at_members members = {0};
    struct at_pipeline *candidate = NULL;
    attune_pool *pool = NULL;
    uint8_t *role = NULL;
    const struct at_registry registry = at_home_registry(pair->home);
    AT_TRY(at_collect(&data, pair->home, pair->labels, NULL, err));
    attune_status status =
        at_members_read(&members, pair->home, pair->labels->target, pair->a, err);
    if (status == ATTUNE_OK) {
        role = AT_ALLOC(uint8_t, data.dataset.n);
        if (!role)
            status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: comparison");
    }
    if (status == ATTUNE_OK)
        status = at_members_roles(&members, &data.dataset, role, NULL, err);
    for (size_t i = 0; i < data.dataset.n && status == ATTUNE_OK; i++)
        if (role[i] == AT_SPLIT_NONE)
            role[i] = AT_SPLIT_TEST;
    if (status == ATTUNE_OK)
        status = at_registry_load(&registry, pair->labels->target, pair->a, &candidate, err);
    if (status == ATTUNE_OK)
        status = at_home_pool(pair->home, 0, &pool, err);
    const struct at_gate_data judge = {.dataset = &data.dataset,
                                       .y = data.y,
                                       .labels = pair->labels,
                                       .role = role,
                                       .seed = (uint64_t)pair->home->config.values.seed,
                                       .pool = pool};
    if (status == ATTUNE_OK)
        status = at_gate_check(gate, pair->home, candidate, pair->b, &judge, err);
    at_pool_destroy(pool);
    at_pipeline_destroy(candidate);
    at_free(role);
    at_members_release(&members);
    at_collected_release(&data);
    return status;
}

attune_status at_models_gate(attune_home *home, const struct at_labels *labels, int64_t version,
                             int64_t against, struct at_gate *gate, attune_error *err)
{
    const struct models_pair pair = {home, labels, version, against};
    return models_gate(&pair, gate, err);
}

static attune_status models_compare_one(attune_home *home, const struct at_labels *labels,
                                        int64_t version, struct at_json_out *o, attune_error *err)
{
    struct at_arena arena = {0};
    struct at_store_version row;
    attune_status status =
        home->store->kind->version_get(home->store, labels->target, version, &row, &arena, err);
    if (status == ATTUNE_OK) {
        at_json_object_begin(o);
        status = models_row(home->store, o, &row, false, err);
        at_json_object_end(o);
    }
    at_arena_release(&arena);
    return status;
}

static attune_status models_compare_body(attune_home *home, const struct at_labels *labels,
                                         int64_t a, int64_t b, struct at_json_out *o,
                                         attune_error *err)
{
    struct at_gate gate = {0};
    at_json_set_str(o, "target", labels->target);
    at_json_put_key(o, "a");
    AT_TRY(models_compare_one(home, labels, a, o, err));
    at_json_put_key(o, "b");
    AT_TRY(models_compare_one(home, labels, b, o, err));
    AT_TRY(at_models_gate(home, labels, a, b, &gate, err));
    at_json_put_key(o, "paired");
    at_gate_json(&gate, o);
    at_gate_release(&gate);
    return ATTUNE_OK;
}

attune_status attune_models_compare(attune_home *home, const char *target, int64_t a, int64_t b,
                                    char **out_json, attune_error *err)
{
    const struct at_labels *labels;
    struct at_report report;
    *out_json = NULL;
    if (a < 1)
        return at_fail(err, ATTUNE_INVALID, "compare needs a version to look at");
    AT_TRY(models_pick(home, target, &b, &labels, err));
    at_report_begin(&report);
    const attune_status status = models_compare_body(home, labels, a, b, &report.o, err);
    return at_report_end(&report, status, out_json, err);
}

struct models_verification {
    attune_home *home;
    struct at_json_out *o;
    size_t n, n_bad;
    attune_error first;
};

static attune_status models_verify_one(void *context, const struct at_store_version *v,
                                       attune_error *err)
{
    struct models_verification *x = context;
    const struct at_registry registry = at_home_registry(x->home);
    attune_error why = {0};
    const attune_status status = at_registry_verify(&registry, v->target, v->version, &why);
    if (status == ATTUNE_NO_MEMORY || status == ATTUNE_CANCELLED) {
        if (err)
            *err = why;
        return status;
    }
    x->n++;
    x->n_bad += status != ATTUNE_OK;
    if (x->n_bad == 1 && status != ATTUNE_OK)
        x->first = why;
    at_json_object_begin(x->o);
    at_json_set_str(x->o, "target", v->target);
    at_json_set_int(x->o, "version", v->version);
    at_json_set_bool(x->o, "ok", status == ATTUNE_OK);
    at_json_set_text(x->o, "error", status == ATTUNE_OK ? NULL : why.message);
    at_json_object_end(x->o);
    return ATTUNE_OK;
}

attune_status attune_models_verify(attune_home *home, const char *target, char **out_json,
                                   attune_error *err)
{
    const struct at_labels *labels;
    struct at_store *store;
    struct at_report report;
    *out_json = NULL;
    AT_TRY(at_home_store(home, AT_STORE_READ, &store, err));
    struct at_str only = {"", 0};
    if (target && strcmp(target, "all") != 0) {
        AT_TRY(at_config_target(&home->config, target, &labels, err));
        only = labels->target;
    }
    at_report_begin(&report);
    struct models_verification x = {.home = home, .o = &report.o};
    at_json_put_key(&report.o, "versions");
    at_json_array_begin(&report.o);
    attune_status status = store->kind->versions(store, only, models_verify_one, &x, err);
    at_json_array_end(&report.o);
    at_json_set_int(&report.o, "checked", (int64_t)x.n);
    at_json_set_int(&report.o, "damaged", (int64_t)x.n_bad);
    if (status != ATTUNE_OK || !x.n_bad)
        return at_report_end(&report, status, out_json, err);
    status = at_fail(err, ATTUNE_CORRUPT, "%zu of %zu versions are damaged: %s", x.n_bad, x.n,
                     x.first.message);
    return at_report_end_anyway(&report, status, out_json, err);
}
