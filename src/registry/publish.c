/* Order of publishing: files in a folder aside -> each synced -> folder renamed -> parent synced ->
 * row, members, alias and audit in one transaction. Whatever is interrupted, the store never names
 * a folder that is not complete. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attune/version.h"
#include "base/hash.h"
#include "registry/registry.h"

attune_status at_registry_path(const struct at_registry *r, struct at_str target, int64_t version,
                               const char *file, char *out, size_t out_size, attune_error *err)
{
    const int n = snprintf(out, out_size, "%s/%.*s/v%04lld%s%s", r->models, (int)target.len,
                           target.ptr, (long long)version, file ? "/" : "", file ? file : "");
    if (n < 0 || (size_t)n >= out_size)
        return at_fail(err, ATTUNE_LIMIT, "path too long: '%.200s'", r->models);
    return ATTUNE_OK;
}

static attune_status publish_manifest_file(struct at_json_out *o, const char *folder,
                                           const char *name, int64_t *total, attune_error *err)
{
    char path[4096], hex[AT_SHA256_HEX];
    struct stat st;
    AT_TRY(at_fs_join(path, sizeof path, folder, name, err));
    if (stat(path, &st) != 0)
        return at_fail_os(err, errno, "cannot look at '%s'", path);
    AT_TRY(at_sha256_file(path, hex, err));
    at_json_object_begin(o);
    at_json_set_text(o, "name", name);
    at_json_set_int(o, "size", (int64_t)st.st_size);
    at_json_set_text(o, "sha256", hex);
    at_json_object_end(o);
    *total += (int64_t)st.st_size;
    return ATTUNE_OK;
}

static attune_status publish_manifest_json(struct at_buf *text, const struct at_publish *what,
                                           int64_t version, const char *folder, int64_t now_ms,
                                           int64_t *total, attune_error *err)
{
    struct at_json_out o = at_json_out_to(text, 2);
    at_json_object_begin(&o);
    at_json_set_int(&o, "format", 1);
    at_json_set_str(&o, "target", what->target);
    at_json_set_int(&o, "version", version);
    at_json_set_text(&o, "kind", at_pipeline_kind_name(what->pipeline));
    at_json_set_time(&o, "created", now_ms);
    at_json_set_text(&o, "attune", attune_version());
    at_json_set_int(&o, "seed", what->seed);
    at_json_put_key(&o, "parents");
    at_json_array_begin(&o);
    if (what->parent)
        at_json_put_int(&o, what->parent);
    at_json_array_end(&o);
    at_json_put_key(&o, "data");
    at_json_object_begin(&o);
    at_json_set_text(&o, "sha256", what->data_sha256);
    at_json_set_int(&o, "n_train", (int64_t)what->n_train);
    at_json_set_int(&o, "n_test", (int64_t)what->n_test);
    at_json_object_end(&o);
    at_json_put_key(&o, "files");
    at_json_array_begin(&o);
    AT_TRY(publish_manifest_file(&o, folder, "model.attune", total, err));
    AT_TRY(publish_manifest_file(&o, folder, "metrics.json", total, err));
    at_json_array_end(&o);
    at_json_object_end(&o);
    return at_json_end(&o, err);
}

struct publish_made {
    char sha256[AT_SHA256_HEX]; /* of the manifest */
    int64_t size_bytes, now_ms;
};

static attune_status publish_files(const struct at_publish *what, int64_t version,
                                   const char *folder, struct publish_made *made, attune_error *err)
{
    char path[4096];
    struct at_buf manifest = {0};
    AT_TRY(at_fs_mkdirs(folder, err));
    AT_TRY(at_fs_join(path, sizeof path, folder, "model.attune", err));
    AT_TRY(at_pipeline_save(what->pipeline, path, err));
    AT_TRY(at_fs_join(path, sizeof path, folder, "metrics.json", err));
    AT_TRY(at_fs_write(path, what->metrics, strlen(what->metrics), err));
    made->now_ms = at_clock_now_ms();
    attune_status status = publish_manifest_json(&manifest, what, version, folder, made->now_ms,
                                                 &made->size_bytes, err);
    if (status == ATTUNE_OK)
        status = at_fs_join(path, sizeof path, folder, "manifest.json", err);
    if (status == ATTUNE_OK)
        status = at_fs_write(path, manifest.data, manifest.len, err);
    if (status == ATTUNE_OK) {
        uint8_t digest[AT_SHA256_BYTES];
        struct at_sha256 sha;
        at_sha256_init(&sha);
        at_sha256_add(&sha, manifest.data, manifest.len);
        at_sha256_finish(&sha, digest);
        at_hex(made->sha256, digest, sizeof digest);
        made->size_bytes += (int64_t)manifest.len;
    }
    at_buf_release(&manifest);
    return status;
}

static attune_status publish_members(const struct at_registry *r, const struct at_publish *what,
                                     int64_t version, attune_error *err)
{
    for (size_t i = 0; i < what->dataset->n; i++)
        if (what->role[i] != AT_SPLIT_NONE)
            AT_TRY(r->store->kind->version_member(r->store, what->target, version,
                                                  what->dataset->profiles[i].fan_id,
                                                  (enum at_split)what->role[i], err));
    return ATTUNE_OK;
}

static attune_status publish_rows(const struct at_registry *r, const struct at_publish *what,
                                  int64_t version, const struct publish_made *made,
                                  attune_error *err)
{
    const struct at_store_kind *store = r->store->kind;
    char folder[512], detail[64];
    snprintf(folder, sizeof folder, "%.*s/v%04lld", (int)what->target.len, what->target.ptr,
             (long long)version);
    snprintf(detail, sizeof detail, "{\"version\":%lld}", (long long)version);
    const struct at_store_version row = {.target = what->target,
                                         .version = version,
                                         .kind = at_str_from(at_pipeline_kind_name(what->pipeline)),
                                         .folder = at_str_from(folder),
                                         .sha256 = at_str_from(made->sha256),
                                         .metrics = at_str_from(what->metrics),
                                         .created_ms = made->now_ms,
                                         .size_bytes = made->size_bytes,
                                         .seed = what->seed,
                                         .run = what->run};
    const struct at_store_audit entry = {.at_ms = made->now_ms,
                                         .who = at_str_from("attune"),
                                         .action = at_str_from("publish"),
                                         .target = what->target,
                                         .detail = at_str_from(detail)};
    AT_TRY(store->version_add(r->store, &row, err));
    AT_TRY(publish_members(r, what, version, err));
    AT_TRY(store->alias_set(r->store, what->target, at_str_from("candidate"), version, made->now_ms,
                            err));
    return store->audit_add(r->store, &entry, err);
}

static attune_status publish_in_store(const struct at_registry *r, const struct at_publish *what,
                                      int64_t version, const struct publish_made *made,
                                      attune_error *err)
{
    AT_TRY(r->store->kind->begin(r->store, err));
    attune_status status = publish_rows(r, what, version, made, err);
    if (status == ATTUNE_OK)
        status = r->store->kind->commit(r->store, err);
    if (status != ATTUNE_OK)
        r->store->kind->rollback(r->store);
    return status;
}

attune_status at_registry_publish(const struct at_registry *r, const struct at_publish *what,
                                  int64_t *out_version, attune_error *err)
{
    int64_t version;
    char folder[4096], aside[4200];
    struct publish_made made = {0};
    AT_TRY(r->store->kind->version_next(r->store, what->target, &version, err));
    AT_TRY(at_registry_path(r, what->target, version, NULL, folder, sizeof folder, err));
    snprintf(aside, sizeof aside, "%s.tmp-%ld", folder, (long)getpid());
    attune_status status = publish_files(what, version, aside, &made, err);
    if (status == ATTUNE_OK)
        status = at_fs_sync_dir(aside, err);
    if (status == ATTUNE_OK)
        status = at_fs_rename(aside, folder, err);
    if (status == ATTUNE_OK)
        status = publish_in_store(r, what, version, &made, err);
    if (status != ATTUNE_OK) {
        (void)at_fs_remove_tree(aside, NULL);
        (void)at_fs_remove_tree(folder, NULL);
        return at_wrap(err, status, "cannot publish %.*s version %lld", (int)what->target.len,
                       what->target.ptr, (long long)version);
    }
    *out_version = version;
    return ATTUNE_OK;
}

/* A folder "v0007" is a version if the store has its row; everything else under a target is left
 * over. */
static bool leftover_is(const struct at_registry *r, const char *target, const char *name)
{
    int64_t version;
    const struct at_str digits = {name + 1, strlen(name) - 1};
    if (name[0] != 'v' || !at_parse_i64(digits, &version))
        return strstr(name, ".tmp-") != NULL;
    struct at_arena arena = {0};
    struct at_store_version row;
    const attune_status status =
        r->store->kind->version_get(r->store, at_str_from(target), version, &row, &arena, NULL);
    at_arena_release(&arena);
    return status == ATTUNE_NOT_FOUND;
}

/* A temporary file beside the targets' folders, such as that of training_metadata.json. */
static attune_status leftover_file(const char *path, bool remove_it, size_t *n, attune_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || !strstr(slash, ".tmp-"))
        return ATTUNE_OK;
    ++*n;
    return remove_it ? at_fs_remove_tree(path, err) : ATTUNE_OK;
}

static attune_status leftover_target(const struct at_registry *r, const char *target,
                                     bool remove_it, size_t *n, attune_error *err)
{
    char folder[4096], path[4096];
    AT_TRY(at_fs_join(folder, sizeof folder, r->models, target, err));
    if (!at_fs_is_dir(folder))
        return leftover_file(folder, remove_it, n, err);
    DIR *dir = opendir(folder);
    if (!dir)
        return at_fail_os(err, errno, "cannot open folder '%s'", folder);
    attune_status status = ATTUNE_OK;
    struct dirent *entry;
    while (status == ATTUNE_OK && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.' || !leftover_is(r, target, entry->d_name))
            continue;
        ++*n;
        if (remove_it)
            status = at_fs_join(path, sizeof path, folder, entry->d_name, err);
        if (remove_it && status == ATTUNE_OK)
            status = at_fs_remove_tree(path, err);
    }
    closedir(dir);
    return status;
}

static attune_status leftovers(const struct at_registry *r, bool remove_them, size_t *n,
                               attune_error *err)
{
    *n = 0;
    DIR *dir = opendir(r->models);
    if (!dir)
        return errno == ENOENT ? ATTUNE_OK
                               : at_fail_os(err, errno, "cannot open folder '%s'", r->models);
    attune_status status = ATTUNE_OK;
    struct dirent *entry;
    while (status == ATTUNE_OK && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            status = leftover_target(r, entry->d_name, remove_them, n, err);
    closedir(dir);
    return status;
}

attune_status at_registry_recover(const struct at_registry *r, size_t *out_removed,
                                  attune_error *err)
{
    return leftovers(r, true, out_removed, err);
}

attune_status at_registry_leftovers(const struct at_registry *r, size_t *out_found,
                                    attune_error *err)
{
    return leftovers(r, false, out_found, err);
}
