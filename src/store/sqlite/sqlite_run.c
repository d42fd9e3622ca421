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

/* Who wants the rows of a listing. */
struct run_listener {
    at_store_visit_run run;
    at_store_visit_audit audit;
    void *context;
};

static attune_status run_visit(struct at_sqlite *s, sqlite3_stmt *stmt,
                               const struct run_listener *to, attune_error *err)
{
    struct at_store_run run = {.id = sqlite3_column_int64(stmt, 0),
                               .started_ms = sqlite3_column_int64(stmt, 3),
                               .finished_ms = at_sqlite_time(stmt, 4)};
    AT_TRY(at_sqlite_text(s, stmt, 1, &run.kind, err));
    AT_TRY(at_sqlite_text(s, stmt, 2, &run.status, err));
    AT_TRY(at_sqlite_text(s, stmt, 5, &run.detail, err));
    return to->run(to->context, &run, err);
}

/* Calls `visit` for the newest rows, all when `newest` is 0: LIMIT takes a negative number for
 * "all".
 */
static attune_status run_list(struct at_sqlite *s, const char *sql, size_t newest,
                              attune_status (*visit)(struct at_sqlite *, sqlite3_stmt *,
                                                     const struct run_listener *, attune_error *),
                              const struct run_listener *to, attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, sql, &stmt, err));
    attune_status status = at_sqlite_bind(
        s, stmt, err, "i", newest && newest <= INT64_MAX ? (int64_t)newest : (int64_t)-1);
    bool row = status == ATTUNE_OK;
    while (row) {
        status = at_sqlite_step(s, stmt, &row, "read what was done", err);
        if (row)
            status = visit(s, stmt, to, err);
        row = row && status == ATTUNE_OK;
    }
    sqlite3_finalize(stmt);
    return status;
}

attune_status at_sqlite_runs(struct at_store *store, size_t newest, at_store_visit_run visit,
                             void *context, attune_error *err)
{
    static const char sql[] = "SELECT id, kind, status, started_ms, finished_ms, detail FROM run"
                              " ORDER BY id DESC LIMIT ?1";
    const struct run_listener to = {.run = visit, .context = context};
    return run_list(at_sqlite_of(store), sql, newest, run_visit, &to, err);
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
                                 const struct run_listener *to, attune_error *err)
{
    struct at_store_audit entry = {.id = sqlite3_column_int64(stmt, 0),
                                   .at_ms = sqlite3_column_int64(stmt, 1)};
    AT_TRY(at_sqlite_text(s, stmt, 2, &entry.who, err));
    AT_TRY(at_sqlite_text(s, stmt, 3, &entry.action, err));
    AT_TRY(at_sqlite_text(s, stmt, 4, &entry.target, err));
    AT_TRY(at_sqlite_text(s, stmt, 5, &entry.detail, err));
    return to->audit(to->context, &entry, err);
}

attune_status at_sqlite_audit(struct at_store *store, size_t newest, at_store_visit_audit visit,
                              void *context, attune_error *err)
{
    static const char sql[] = "SELECT id, at_ms, who, action, target, detail FROM audit"
                              " ORDER BY id DESC LIMIT ?1";
    const struct run_listener to = {.audit = visit, .context = context};
    return run_list(at_sqlite_of(store), sql, newest, audit_visit, &to, err);
}
