/*
 * Transactions. A writer takes the lock at once (BEGIN IMMEDIATE): one that starts as a reader and
 * asks for the lock later is refused without waiting when somebody else has written meanwhile.
 *
 * A write that failed half-way leaves rows of which nobody knows how many. Such a transaction is
 * marked, and commit refuses it.
 */
#include "store/sqlite/sqlite_store.h"

/* Undoing must work when there is no memory left, so its statement is made first. */
static attune_status transaction_way_back(struct at_sqlite *s, attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    return at_sqlite_cached(s, AT_SQL_ROLLBACK, &stmt, err);
}

/* After a full disk or no memory SQLite has rolled back by itself. */
static void transaction_undo(struct at_sqlite *s)
{
    sqlite3_stmt *stmt = s->cached[AT_SQL_ROLLBACK];
    if (sqlite3_get_autocommit(s->db) || !stmt)
        return;
    sqlite3_step(stmt);
    sqlite3_reset(stmt);
}

attune_status at_sqlite_begin(struct at_store *store, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    if (s->mode != AT_STORE_WRITE)
        return at_fail(err, ATTUNE_INVALID, "the store '%s' was opened for reading only", s->path);
    if (s->writing)
        return at_fail(err, ATTUNE_INVALID, "a transaction is open already in the store '%s'",
                       s->path);
    AT_TRY(transaction_way_back(s, err));
    AT_TRY(at_sqlite_run(s, AT_SQL_BEGIN, "begin to write", err, ""));
    s->writing = true;
    s->failed = false;
    return ATTUNE_OK;
}

attune_status at_sqlite_commit(struct at_store *store, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    AT_TRY(at_sqlite_writing(s, err));
    const attune_status status = at_sqlite_run(s, AT_SQL_COMMIT, "commit", err, "");
    if (status != ATTUNE_OK)
        at_sqlite_rollback(store);
    s->writing = false;
    return status;
}

void at_sqlite_rollback(struct at_store *store)
{
    struct at_sqlite *s = at_sqlite_of(store);
    transaction_undo(s);
    s->writing = false;
    s->failed = false;
}

attune_status at_sqlite_writing(struct at_sqlite *s, attune_error *err)
{
    if (!s->writing)
        return at_fail(err, ATTUNE_INVALID, "the store '%s' is written between begin and commit",
                       s->path);
    if (s->failed)
        return at_fail(
            err, ATTUNE_CONFLICT,
            "an earlier write of this transaction failed in the store '%s'; roll it back", s->path);
    return ATTUNE_OK;
}

attune_status at_sqlite_read_begin(struct at_sqlite *s, bool *outermost, attune_error *err)
{
    *outermost = sqlite3_get_autocommit(s->db) != 0;
    if (!*outermost)
        return ATTUNE_OK;
    AT_TRY(transaction_way_back(s, err));
    return at_sqlite_exec(s, "BEGIN", "begin to read", err);
}

void at_sqlite_read_end(struct at_sqlite *s, bool outermost)
{
    if (outermost)
        transaction_undo(s); /* nothing was written */
}
