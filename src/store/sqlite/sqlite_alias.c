/* Aliases: names that point at versions, and the history of where they pointed. */
#include "store/sqlite/sqlite_store.h"

attune_status at_sqlite_alias_get(struct at_store *store, struct at_str target, struct at_str alias,
                                  int64_t *out_version, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AT_TRY(at_sqlite_cached(s, AT_SQL_ALIAS_GET, &stmt, err));
    AT_TRY(at_sqlite_bind(s, stmt, err, "tt", target, alias));
    AT_TRY(at_sqlite_step(s, stmt, &row, "read an alias", err));
    *out_version = row ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    return ATTUNE_OK;
}

attune_status at_sqlite_alias_set(struct at_store *store, struct at_str target, struct at_str alias,
                                  int64_t version, int64_t now_ms, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    int64_t id = 0, before = 0;
    AT_TRY(at_sqlite_writing(s, err));
    if (!target.len || !alias.len || version < 0)
        return at_fail(err, ATTUNE_INVALID, "an alias needs a target, a name and a version");
    AT_TRY(at_sqlite_alias_get(store, target, alias, &before, err));
    if (before == version)
        return ATTUNE_OK;
    if (version) {
        AT_TRY(at_sqlite_version_id(s, target, version, &id, err));
        AT_TRY(at_sqlite_run(s, AT_SQL_ALIAS_SET, "set an alias", err, "ttii", target, alias,
                             version, now_ms));
    } else {
        AT_TRY(at_sqlite_run(s, AT_SQL_ALIAS_REMOVE, "remove an alias", err, "tt", target, alias));
    }
    return at_sqlite_run(s, AT_SQL_ALIAS_REMEMBER, "keep the alias history", err, "ttii", target,
                         alias, version, now_ms);
}

static attune_status alias_visit(struct at_sqlite *s, sqlite3_stmt *stmt,
                                 at_store_visit_alias visit, void *context, attune_error *err)
{
    struct at_str target = {0}, alias = {0};
    AT_TRY(at_sqlite_text(s, stmt, 0, &target, err));
    AT_TRY(at_sqlite_text(s, stmt, 1, &alias, err));
    return visit(context, target, alias, sqlite3_column_int64(stmt, 2), err);
}

attune_status at_sqlite_aliases(struct at_store *store, struct at_str target,
                                at_store_visit_alias visit, void *context, attune_error *err)
{
    static const char sql[] = "SELECT target, alias, version FROM alias"
                              " WHERE ?1 = '' OR target = ?1 ORDER BY target, alias";
    struct at_sqlite *s = at_sqlite_of(store);
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, sql, &stmt, err));
    attune_status status = at_sqlite_bind(s, stmt, err, "t", target);
    bool row = status == ATTUNE_OK;
    while (row) {
        status = at_sqlite_step(s, stmt, &row, "read aliases", err);
        if (row)
            status = alias_visit(s, stmt, visit, context, err);
        row = row && status == ATTUNE_OK;
    }
    sqlite3_finalize(stmt);
    return status;
}
