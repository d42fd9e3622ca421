/*
 * Versions: rows that are written once. The highest number that a target ever gave is kept apart
 * from the rows, so that the number of a deleted version is not given again.
 */
#include "store/sqlite/sqlite_store.h"

attune_status at_sqlite_version_next(struct at_store *store, struct at_str target, int64_t *out,
                                     attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AT_TRY(at_sqlite_cached(s, AT_SQL_VERSION_HIGH, &stmt, err));
    AT_TRY(at_sqlite_bind(s, stmt, err, "t", target));
    AT_TRY(at_sqlite_step(s, stmt, &row, "read versions", err));
    *out = row ? sqlite3_column_int64(stmt, 0) + 1 : 1;
    sqlite3_reset(stmt);
    return ATTUNE_OK;
}

attune_status at_sqlite_version_add(struct at_store *store, const struct at_store_version *v,
                                    attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    int64_t next = 0;
    AT_TRY(at_sqlite_writing(s, err));
    if (!v->target.len || v->version < 0)
        return at_fail(err, ATTUNE_INVALID, "a version needs a target and a number from 1");
    AT_TRY(at_sqlite_version_next(store, v->target, &next, err));
    const int64_t number = v->version ? v->version : next;
    if (number < next)
        return at_fail(err, ATTUNE_CONFLICT,
                       "version %lld of '%.*s' was given before; the next one is %lld",
                       (long long)number, (int)v->target.len, v->target.ptr, (long long)next);
    AT_TRY(at_sqlite_run(s, AT_SQL_VERSION_ADD, "add a version", err, "tittttiiii", v->target,
                         number, v->kind, v->folder, v->sha256, v->metrics, v->created_ms,
                         v->size_bytes, v->seed, v->run));
    return at_sqlite_run(s, AT_SQL_VERSION_HIGH_SET, "add a version", err, "ti", v->target, number);
}

attune_status at_sqlite_version_id(struct at_sqlite *s, struct at_str target, int64_t version,
                                   int64_t *out, attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AT_TRY(at_sqlite_cached(s, AT_SQL_VERSION_ID, &stmt, err));
    AT_TRY(at_sqlite_bind(s, stmt, err, "ti", target, version));
    AT_TRY(at_sqlite_step(s, stmt, &row, "find a version", err));
    *out = row ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    if (!row)
        return at_fail(err, ATTUNE_NOT_FOUND, "there is no version %lld of '%.*s'",
                       (long long)version, (int)(target.len < 100 ? target.len : 100), target.ptr);
    return ATTUNE_OK;
}

#define VERSION_COLUMNS                                                                            \
    "SELECT target, version, kind, folder, sha256, metrics, created_ms, size_bytes, seed, run"     \
    " FROM version"

/* With an arena the texts are copied, otherwise they live until the next step. */
static attune_status version_read(struct at_sqlite *s, sqlite3_stmt *stmt,
                                  struct at_store_version *out, struct at_arena *arena,
                                  attune_error *err)
{
    struct at_store_version v = {
        .version = sqlite3_column_int64(stmt, 1),
        .created_ms = sqlite3_column_int64(stmt, 6),
        .size_bytes = sqlite3_column_int64(stmt, 7),
        .seed = sqlite3_column_int64(stmt, 8),
        .run = sqlite3_column_int64(stmt, 9),
    };
    struct {
        int column;
        struct at_str *to;
    } texts[] = {{0, &v.target}, {2, &v.kind}, {3, &v.folder}, {4, &v.sha256}, {5, &v.metrics}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (arena)
            AT_TRY(at_sqlite_text_copy(s, stmt, texts[i].column, arena, texts[i].to, err));
        else
            AT_TRY(at_sqlite_text(s, stmt, texts[i].column, texts[i].to, err));
    }
    *out = v;
    return ATTUNE_OK;
}

attune_status at_sqlite_version_get(struct at_store *store, struct at_str target, int64_t version,
                                    struct at_store_version *out, struct at_arena *arena,
                                    attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    sqlite3_stmt *stmt = NULL;
    int64_t id = 0;
    bool row = false;
    AT_TRY(at_sqlite_version_id(s, target, version, &id, err));
    AT_TRY(at_sqlite_prepare(s, VERSION_COLUMNS " WHERE id = ?1", &stmt, err));
    attune_status status = at_sqlite_bind(s, stmt, err, "i", id);
    if (status == ATTUNE_OK)
        status = at_sqlite_step(s, stmt, &row, "read a version", err);
    if (row)
        status = version_read(s, stmt, out, arena, err);
    else if (status == ATTUNE_OK)
        status = at_fail(err, ATTUNE_NOT_FOUND, "version %lld was deleted meanwhile",
                         (long long)version);
    sqlite3_finalize(stmt);
    return status;
}

attune_status at_sqlite_versions(struct at_store *store, struct at_str target,
                                 at_store_visit_version visit, void *context, attune_error *err)
{
    static const char sql[] =
        VERSION_COLUMNS " WHERE ?1 = '' OR target = ?1 ORDER BY target, version";
    struct at_sqlite *s = at_sqlite_of(store);
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, sql, &stmt, err));
    attune_status status = at_sqlite_bind(s, stmt, err, "t", target);
    bool row = status == ATTUNE_OK;
    while (row) {
        struct at_store_version v = {0};
        status = at_sqlite_step(s, stmt, &row, "read versions", err);
        if (row)
            status = version_read(s, stmt, &v, NULL, err);
        if (row && status == ATTUNE_OK)
            status = visit(context, &v, err);
        row = row && status == ATTUNE_OK;
    }
    sqlite3_finalize(stmt);
    return status;
}

/* The alias that points at the version, which then stays. */
static attune_status version_check_free(struct at_sqlite *s, struct at_str target, int64_t version,
                                        attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    struct at_str alias = {0};
    AT_TRY(at_sqlite_cached(s, AT_SQL_ALIAS_OF, &stmt, err));
    AT_TRY(at_sqlite_bind(s, stmt, err, "ti", target, version));
    AT_TRY(at_sqlite_step(s, stmt, &row, "read aliases", err));
    attune_status status = row ? at_sqlite_text(s, stmt, 0, &alias, err) : ATTUNE_OK;
    if (row && status == ATTUNE_OK)
        status = at_fail(err, ATTUNE_CONFLICT, "version %lld of '%.*s' is its %.*s; %s",
                         (long long)version, (int)target.len, target.ptr, (int)alias.len, alias.ptr,
                         at_str_equal(alias, at_str_from("candidate"))
                             ? "the next training makes another one that, or promote it first "
                               "(attune models promote)"
                             : "promote another version first (attune models promote)");
    sqlite3_reset(stmt);
    return status;
}

attune_status at_sqlite_version_delete(struct at_store *store, struct at_str target,
                                       int64_t version, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    int64_t id = 0;
    AT_TRY(at_sqlite_writing(s, err));
    AT_TRY(at_sqlite_version_id(s, target, version, &id, err));
    AT_TRY(version_check_free(s, target, version, err));
    return at_sqlite_run(s, AT_SQL_VERSION_DELETE, "delete a version", err, "i", id);
}
