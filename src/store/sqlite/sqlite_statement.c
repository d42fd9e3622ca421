/*
 * Statements: prepared once and kept, bound by a short type string, stepped with every result code
 * looked at. Text is bound without a copy, so a statement is reset before what it borrowed goes
 * away.
 */
#include "store/sqlite/sqlite_store.h"

#include <stdarg.h>

static const char *const sqlite_texts[] = {
#define X(name, sql) [AT_SQL_##name] = sql,
    AT_SQL_MAP(X)
#undef X
};

/* Our SQL is right, so a name that SQLite does not find is missing from the file. */
static attune_status sqlite_prepare_failed(const struct at_sqlite *s, int rc, attune_error *err)
{
    if ((rc & 0xff) != SQLITE_ERROR)
        return at_sqlite_fail(s, rc, "prepare a statement", err);
    return at_fail(
        err, ATTUNE_CORRUPT,
        "the store '%s' lacks a part of its schema: %s; bring back a backup with `attune "
        "restore`",
        s->path, sqlite3_errmsg(s->db));
}

attune_status at_sqlite_cached(struct at_sqlite *s, enum at_sql which, sqlite3_stmt **out,
                               attune_error *err)
{
    sqlite3_stmt **slot = &s->cached[which];
    if (!*slot) {
        const int rc = sqlite3_prepare_v3(s->db, sqlite_texts[which], -1, SQLITE_PREPARE_PERSISTENT,
                                          slot, NULL);
        if (rc != SQLITE_OK)
            return sqlite_prepare_failed(s, rc, err);
    } else {
        sqlite3_reset(*slot); /* reports the failure of the last run, which was reported then */
    }
    *out = *slot;
    return ATTUNE_OK;
}

attune_status at_sqlite_prepare(struct at_sqlite *s, const char *sql, sqlite3_stmt **out,
                                attune_error *err)
{
    const int rc = sqlite3_prepare_v2(s->db, sql, -1, out, NULL);
    return rc == SQLITE_OK ? ATTUNE_OK : sqlite_prepare_failed(s, rc, err);
}

/* A NULL pointer would bind NULL, which is not the empty text. */
static int sqlite_bind_text(sqlite3_stmt *stmt, int at, struct at_str text)
{
    return sqlite3_bind_text64(stmt, at, text.len ? text.ptr : "", text.len, SQLITE_STATIC,
                               SQLITE_UTF8);
}

static int sqlite_bind_time(sqlite3_stmt *stmt, int at, int64_t ms)
{
    return ms == AT_TIME_NONE ? sqlite3_bind_null(stmt, at) : sqlite3_bind_int64(stmt, at, ms);
}

static attune_status sqlite_vbind(struct at_sqlite *s, sqlite3_stmt *stmt, attune_error *err,
                                  const char *types, va_list ap)
{
    int rc = SQLITE_OK;
    for (int at = 1; types[at - 1] && rc == SQLITE_OK; at++) {
        if (types[at - 1] == 'i')
            rc = sqlite3_bind_int64(stmt, at, va_arg(ap, int64_t));
        else if (types[at - 1] == 'm')
            rc = sqlite_bind_time(stmt, at, va_arg(ap, int64_t));
        else
            rc = sqlite_bind_text(stmt, at, va_arg(ap, struct at_str));
    }
    return rc == SQLITE_OK ? ATTUNE_OK : at_sqlite_fail(s, rc, "bind a value", err);
}

attune_status at_sqlite_bind(struct at_sqlite *s, sqlite3_stmt *stmt, attune_error *err,
                             const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    const attune_status status = sqlite_vbind(s, stmt, err, types, ap);
    va_end(ap);
    return status;
}

attune_status at_sqlite_step(struct at_sqlite *s, sqlite3_stmt *stmt, bool *row, const char *doing,
                             attune_error *err)
{
    const int rc = sqlite3_step(stmt);
    *row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return ATTUNE_OK;
    const attune_status status = at_sqlite_fail(s, rc, doing, err);
    sqlite3_reset(stmt);
    return status;
}

attune_status at_sqlite_run(struct at_sqlite *s, enum at_sql which, const char *doing,
                            attune_error *err, const char *types, ...)
{
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_cached(s, which, &stmt, err));
    va_list ap;
    va_start(ap, types);
    attune_status status = sqlite_vbind(s, stmt, err, types, ap);
    va_end(ap);
    bool row = false;
    if (status == ATTUNE_OK)
        status = at_sqlite_step(s, stmt, &row, doing, err);
    sqlite3_reset(stmt);
    if (status != ATTUNE_OK && s->writing)
        s->failed = true;
    return status;
}

attune_status at_sqlite_number(struct at_sqlite *s, const char *sql, int64_t *out,
                               attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, sql, &stmt, err));
    bool row = false;
    const attune_status status = at_sqlite_step(s, stmt, &row, "read", err);
    if (status == ATTUNE_OK)
        *out = row ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    return status;
}

attune_status at_sqlite_text(struct at_sqlite *s, sqlite3_stmt *stmt, int column,
                             struct at_str *out, attune_error *err)
{
    const void *text = sqlite3_column_text(stmt, column);
    if (!text && sqlite3_errcode(s->db) == SQLITE_NOMEM)
        return at_sqlite_fail(s, SQLITE_NOMEM, "read a text", err);
    *out = (struct at_str){text ? text : "", text ? (size_t)sqlite3_column_bytes(stmt, column) : 0};
    return ATTUNE_OK;
}

attune_status at_sqlite_text_copy(struct at_sqlite *s, sqlite3_stmt *stmt, int column,
                                  struct at_arena *arena, struct at_str *out, attune_error *err)
{
    struct at_str text = {0};
    AT_TRY(at_sqlite_text(s, stmt, column, &text, err));
    const char *copy = at_arena_strndup(arena, text.ptr, text.len);
    if (!copy)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: a text of %zu bytes", text.len);
    *out = (struct at_str){copy, text.len};
    return ATTUNE_OK;
}

int64_t at_sqlite_time(sqlite3_stmt *stmt, int column)
{
    if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
        return AT_TIME_NONE;
    return sqlite3_column_int64(stmt, column);
}

attune_status at_sqlite_exec(struct at_sqlite *s, const char *sql, const char *doing,
                             attune_error *err)
{
    const int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? ATTUNE_OK : at_sqlite_fail(s, rc, doing, err);
}
