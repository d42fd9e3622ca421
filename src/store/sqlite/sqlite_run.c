/* Runs and the audit log: what was done, when, by whom. Both are listed from the newest back. */
#include "store/sqlite/sqlite_store.h"

attune_status at_sqlite_run_add(struct at_store *store, const struct at_store_run *run,
                                int64_t *out_id, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    AT_TRY(at_sqlite_writing(s, err));
    AT_TRY(at_sqlite_run(s, AT_SQL_RUN_ADD, "add a run", err, "ttimt", run->kind, run->status,
                         run->started_ms, run->finished_ms, run->detail));
    *out_id = sqlite3_last_insert_rowid(s->db);
    return ATTUNE_OK;
}

attune_status at_sqlite_run_finish(struct at_store *store, int64_t id, struct at_str status,
                                   int64_t finished_ms, struct at_str detail, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    AT_TRY(at_sqlite_writing(s, err));
    AT_TRY(at_sqlite_run(s, AT_SQL_RUN_FINISH, "finish a run", err, "itmt", id, status, finished_ms,
                         detail));
    if (sqlite3_changes(s->db) == 0)
        return at_fail(err, ATTUNE_NOT_FOUND, "there is no run %lld", (long long)id);
    return ATTUNE_OK;
}

static attune_status run_visit(struct at_sqlite *s, sqlite3_stmt *stmt, at_store_visit_run visit,
                               void *context, attune_error *err)
{
    struct at_store_run run = {.id = sqlite3_column_int64(stmt, 0),
                               .started_ms = sqlite3_column_int64(stmt, 3),
                               .finished_ms = at_sqlite_time(stmt, 4)};
    AT_TRY(at_sqlite_text(s, stmt, 1, &run.kind, err));
    AT_TRY(at_sqlite_text(s, stmt, 2, &run.status, err));
    AT_TRY(at_sqlite_text(s, stmt, 5, &run.detail, err));
    return visit(context, &run, err);
}

/* LIMIT takes a negative number for "all". */
static int64_t run_limit(size_t newest)
{
    return newest && newest <= INT64_MAX ? (int64_t)newest : -1;
}

attune_status at_sqlite_runs(struct at_store *store, size_t newest, at_store_visit_run visit,
                             void *context, attune_error *err)
{
    static const char sql[] = "SELECT id, kind, status, started_ms, finished_ms, detail FROM run"
                              " ORDER BY id DESC LIMIT ?1";
    struct at_sqlite *s = at_sqlite_of(store);
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, sql, &stmt, err));
    attune_status status = at_sqlite_bind(s, stmt, err, "i", run_limit(newest));
    bool row = status == ATTUNE_OK;
    while (row) {
        status = at_sqlite_step(s, stmt, &row, "read runs", err);
        if (row)
            status = run_visit(s, stmt, visit, context, err);
        row = row && status == ATTUNE_OK;
    }
    sqlite3_finalize(stmt);
    return status;
}

attune_status at_sqlite_audit_add(struct at_store *store, const struct at_store_audit *entry,
                                  attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    AT_TRY(at_sqlite_writing(s, err));
    return at_sqlite_run(s, AT_SQL_AUDIT_ADD, "write the audit log", err, "itttt", entry->at_ms,
                         entry->who, entry->action, entry->target, entry->detail);
}

static attune_status audit_visit(struct at_sqlite *s, sqlite3_stmt *stmt,
                                 at_store_visit_audit visit, void *context, attune_error *err)
{
    struct at_store_audit entry = {.id = sqlite3_column_int64(stmt, 0),
                                   .at_ms = sqlite3_column_int64(stmt, 1)};
    AT_TRY(at_sqlite_text(s, stmt, 2, &entry.who, err));
    AT_TRY(at_sqlite_text(s, stmt, 3, &entry.action, err));
    AT_TRY(at_sqlite_text(s, stmt, 4, &entry.target, err));
    AT_TRY(at_sqlite_text(s, stmt, 5, &entry.detail, err));
    return visit(context, &entry, err);
}

attune_status at_sqlite_audit(struct at_store *store, size_t newest, at_store_visit_audit visit,
                              void *context, attune_error *err)
{
    static const char sql[] = "SELECT id, at_ms, who, action, target, detail FROM audit"
                              " ORDER BY id DESC LIMIT ?1";
    struct at_sqlite *s = at_sqlite_of(store);
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, sql, &stmt, err));
    attune_status status = at_sqlite_bind(s, stmt, err, "i", run_limit(newest));
    bool row = status == ATTUNE_OK;
    while (row) {
        status = at_sqlite_step(s, stmt, &row, "read the audit log", err);
        if (row)
            status = audit_visit(s, stmt, visit, context, err);
        row = row && status == ATTUNE_OK;
    }
    sqlite3_finalize(stmt);
    return status;
}
