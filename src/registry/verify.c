/* A version is whole when its row's hash is that of the manifest, the manifest's hashes are those
 * of the files, and the model loads. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "registry/registry.h"

attune_status at_registry_load(const struct at_registry *r, struct at_str target, int64_t version,
                               struct at_pipeline **out, attune_error *err)
{
    char path[4096];
    *out = NULL;
    AT_TRY(at_registry_path(r, target, version, "model.attune", path, sizeof path, err));
    return at_pipeline_load(out, path, NULL, 0, err);
}

static attune_status verify_file(const char *folder, const at_json *entry, attune_error *err)
{
    char path[4096], hex[AT_SHA256_HEX];
    struct stat st;
    const struct at_str name = at_json_string(at_json_get(entry, "name"));
    if (!name.len || memchr(name.ptr, '/', name.len))
        return at_fail(err, ATTUNE_CORRUPT, "the manifest in '%s' names no proper file", folder);
    AT_TRY(at_fs_join(path, sizeof path, folder, name.ptr, err));
    if (stat(path, &st) != 0)
        return at_fail(err, ATTUNE_CORRUPT, "'%s' is missing", path);
    if ((int64_t)st.st_size != at_json_integer(at_json_get(entry, "size"), -1))
        return at_fail(err, ATTUNE_CORRUPT, "'%s' has %lld bytes, its manifest says %lld", path,
                       (long long)st.st_size,
                       (long long)at_json_integer(at_json_get(entry, "size"), -1));
    AT_TRY(at_sha256_file(path, hex, err));
    if (!at_str_equal(at_str_from(hex), at_json_string(at_json_get(entry, "sha256"))))
        return at_fail(err, ATTUNE_CORRUPT, "'%s' was changed: its SHA-256 is not its manifest's",
                       path);
    return ATTUNE_OK;
}

static attune_status verify_manifest(const char *folder, struct at_str row_sha256,
                                     attune_error *err)
{
    char path[4096], hex[AT_SHA256_HEX];
    struct at_buf text = {0};
    at_json *manifest = NULL;
    AT_TRY(at_fs_join(path, sizeof path, folder, "manifest.json", err));
    if (!at_fs_exists(path))
        return at_fail(err, ATTUNE_CORRUPT, "'%s' is missing", path);
    AT_TRY(at_sha256_file(path, hex, err));
    if (!at_str_equal(at_str_from(hex), row_sha256))
        return at_fail(err, ATTUNE_CORRUPT, "'%s' was changed: its SHA-256 is not the store's",
                       path);
    attune_status status = at_fs_read(path, &text, 16 << 20, err);
    if (status == ATTUNE_OK)
        status = at_json_parse(&manifest, text.data, text.len, path, err);
    const at_json *files = at_json_get(manifest, "files");
    for (size_t i = 0; i < at_json_len(files) && status == ATTUNE_OK; i++)
        status = verify_file(folder, at_json_at(files, i), err);
    at_json_free(manifest);
    at_buf_release(&text);
    return status;
}

attune_status at_registry_verify(const struct at_registry *r, struct at_str target, int64_t version,
                                 attune_error *err)
{
    struct at_arena arena = {0};
    struct at_store_version row;
    struct at_pipeline *pipeline = NULL;
    char folder[4096];
    attune_status status =
        r->store->kind->version_get(r->store, target, version, &row, &arena, err);
    if (status == ATTUNE_OK)
        status = at_registry_path(r, target, version, NULL, folder, sizeof folder, err);
    if (status == ATTUNE_OK)
        status = verify_manifest(folder, row.sha256, err);
    if (status == ATTUNE_OK)
        status = at_registry_load(r, target, version, &pipeline, err);
    at_pipeline_destroy(pipeline);
    at_arena_release(&arena);
    return status;
}
