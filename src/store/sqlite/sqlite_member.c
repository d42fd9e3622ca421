/* The fans that a version was trained, tuned and tested on. */
#include "store/sqlite/sqlite_store.h"

attune_status at_sqlite_member_add(struct at_store *store, struct at_str target, int64_t version,
                                   struct at_str fan_id, enum at_split role, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    int64_t id = 0, fan = 0;
    AT_TRY(at_sqlite_writing(s, err));
    AT_TRY(at_sqlite_version_id(s, target, version, &id, err));
    AT_TRY(at_sqlite_fan(s, fan_id, &fan, err));
    return at_sqlite_run(s, AT_SQL_MEMBER_ADD, "add a fan to a version", err, "iii", id, fan,
                         (int64_t)role);
}

static attune_status member_visit(struct at_sqlite *s, sqlite3_stmt *stmt,
                                  at_store_visit_member visit, void *context, attune_error *err)
{
    struct at_str fan_id = {0};
    AT_TRY(at_sqlite_text(s, stmt, 0, &fan_id, err));
    const int64_t role = sqlite3_column_int64(stmt, 1);
    if (role < AT_SPLIT_NONE || role > AT_SPLIT_TEST)
        return at_sqlite_fail(s, SQLITE_CORRUPT, "read the role of a fan", err);
    return visit(context, fan_id, (enum at_split)role, err);
}

attune_status at_sqlite_members(struct at_store *store, struct at_str target, int64_t version,
                                at_store_visit_member visit, void *context, attune_error *err)
{
    static const char sql[] = "SELECT fan.fan_id, role FROM version_member JOIN fan ON fan.id = fan"
                              " WHERE version = ?1 ORDER BY fan";
    struct at_sqlite *s = at_sqlite_of(store);
    int64_t id = 0;
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_version_id(s, target, version, &id, err));
    AT_TRY(at_sqlite_prepare(s, sql, &stmt, err));
    attune_status status = at_sqlite_bind(s, stmt, err, "i", id);
    bool row = status == ATTUNE_OK;
    while (row) {
        status = at_sqlite_step(s, stmt, &row, "read a version's fans", err);
        if (row)
            status = member_visit(s, stmt, visit, context, err);
        row = row && status == ATTUNE_OK;
    }
    sqlite3_finalize(stmt);
    return status;
}
