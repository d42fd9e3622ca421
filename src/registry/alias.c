#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "registry/registry.h"

static attune_status alias_audit(const struct at_registry *r, const struct at_alias_change *change,
                                 int64_t previous, int64_t now_ms, attune_error *err)
{
    struct at_buf detail = {0};
    struct at_json_out o = at_json_out_to(&detail, 0);
    at_json_object_begin(&o);
    at_json_set_int(&o, "version", change->version);
    at_json_set_int(&o, "previous", previous);
    at_json_set_text(&o, "reason", change->reason);
    at_json_object_end(&o);
    attune_status status = at_json_end(&o, err);
    if (status == ATTUNE_OK) {
        const struct at_store_audit entry = {.at_ms = now_ms,
                                             .who =
                                                 at_str_from(change->who ? change->who : "attune"),
                                             .action = at_str_from(change->action),
                                             .target = change->target,
                                             .detail = {detail.data, detail.len}};
        status = r->store->kind->audit_add(r->store, &entry, err);
    }
    at_buf_release(&detail);
    return status;
}

static attune_status alias_must_exist(const struct at_registry *r,
                                      const struct at_alias_change *change, attune_error *err)
{
    struct at_arena arena = {0};
    struct at_store_version row;
    const attune_status status =
        r->store->kind->version_get(r->store, change->target, change->version, &row, &arena, err);
    at_arena_release(&arena);
    return status;
}

static attune_status alias_move(const struct at_registry *r, const struct at_alias_change *change,
                                int64_t *out_previous, attune_error *err)
{
    const struct at_store_kind *store = r->store->kind;
    const int64_t now_ms = at_clock_now_ms();
    const struct at_str champion = at_str_from("champion"), candidate = at_str_from("candidate");
    int64_t old, waiting;
    AT_TRY(alias_must_exist(r, change, err));
    AT_TRY(store->alias_get(r->store, change->target, champion, &old, err));
    AT_TRY(store->alias_get(r->store, change->target, candidate, &waiting, err));
    AT_TRY(store->alias_set(r->store, change->target, champion, change->version, now_ms, err));
    if (old && old != change->version)
        AT_TRY(
            store->alias_set(r->store, change->target, at_str_from("previous"), old, now_ms, err));
    if (waiting == change->version)
        AT_TRY(store->alias_set(r->store, change->target, candidate, 0, now_ms, err));
    if (out_previous)
        *out_previous = old;
    return alias_audit(r, change, old, now_ms, err);
}

attune_status at_registry_set_champion(const struct at_registry *r,
                                       const struct at_alias_change *change, int64_t *out_previous,
                                       attune_error *err)
{
    AT_TRY(r->store->kind->begin(r->store, err));
    attune_status status = alias_move(r, change, out_previous, err);
    if (status == ATTUNE_OK)
        status = r->store->kind->commit(r->store, err);
    if (status != ATTUNE_OK)
        r->store->kind->rollback(r->store);
    return status;
}

attune_status at_registry_delete(const struct at_registry *r, const struct at_alias_change *change,
                                 attune_error *err)
{
    char folder[4096];
    AT_TRY(at_registry_path(r, change->target, change->version, NULL, folder, sizeof folder, err));
    AT_TRY(r->store->kind->begin(r->store, err));
    attune_status status =
        r->store->kind->version_delete(r->store, change->target, change->version, err);
    if (status == ATTUNE_OK)
        status = alias_audit(r, change, 0, at_clock_now_ms(), err);
    if (status == ATTUNE_OK)
        status = r->store->kind->commit(r->store, err);
    if (status != ATTUNE_OK) {
        r->store->kind->rollback(r->store);
        return status;
    }
    return at_fs_remove_tree(folder, err);
}

struct retain_list {
    int64_t *versions; /* oldest first */
    size_t n, cap;
};

static attune_status retain_version(void *context, const struct at_store_version *v,
                                    attune_error *err)
{
    struct retain_list *list = context;
    if (list->n == list->cap) {
        const size_t cap = list->cap ? 2 * list->cap : 32;
        int64_t *grown = at_realloc(list->versions, cap, sizeof *grown);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: versions");
        list->versions = grown;
        list->cap = cap;
    }
    /* ascending by number, whatever the order of the listing */
    size_t i = list->n++;
    for (; i > 0 && list->versions[i - 1] > v->version; i--)
        list->versions[i] = list->versions[i - 1];
    list->versions[i] = v->version;
    return ATTUNE_OK;
}

/* Aliased versions are protected twice: skipped here, refused by the store. */
static attune_status retain_unalias(void *context, struct at_str target, struct at_str alias,
                                    int64_t version, attune_error *err)
{
    struct retain_list *list = context;
    (void)target;
    (void)alias;
    (void)err;
    for (size_t i = 0; i < list->n; i++)
        if (list->versions[i] == version) {
            memmove(list->versions + i, list->versions + i + 1,
                    (list->n - i - 1) * sizeof *list->versions);
            list->n--;
            return ATTUNE_OK;
        }
    return ATTUNE_OK;
}

attune_status at_registry_retain(const struct at_registry *r, struct at_str target, size_t keep,
                                 size_t *out_deleted, attune_error *err)
{
    struct retain_list list = {0};
    *out_deleted = 0;
    attune_status status = r->store->kind->versions(r->store, target, retain_version, &list, err);
    const size_t total = list.n;
    if (status == ATTUNE_OK)
        status = r->store->kind->aliases(r->store, target, retain_unalias, &list, err);
    for (size_t i = 0; i < list.n && total - *out_deleted > keep && status == ATTUNE_OK; i++) {
        const struct at_alias_change change = {.target = target,
                                               .version = list.versions[i],
                                               .action = "delete",
                                               .reason = "retention rule"};
        status = at_registry_delete(r, &change, err);
        *out_deleted += status == ATTUNE_OK;
    }
    at_free(list.versions);
    return status;
}
