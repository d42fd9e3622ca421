/*
 * Looking at the whole store: is it sound, how much is in it, a copy of it.
 *
 * SQLite's own check covers pages, indexes, types and NOT NULL; references and our counters are
 * checked on top, because scan trusts the counters.
 */
#include "store/sqlite/sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

/* A finding is a row whose first column is not "ok". */
struct sqlite_check {
    const char *what, *sql;
};

static const struct sqlite_check sqlite_checks[] = {
    {"structure", "PRAGMA integrity_check(1)"},
    {"a row refers to one that is missing, table", "PRAGMA foreign_key_check"},
    {"the message counters are wrong for the fan",
     "SELECT fan_id FROM fan WHERE"
     " n_rows <> (SELECT count(*) FROM message WHERE id >= fan.id << 24 AND id < (fan.id + 1) << "
     "24)"
     " OR n_received <> (SELECT count(*) FROM message WHERE id >= fan.id << 24"
     " AND id < (fan.id + 1) << 24 AND sender = 0) LIMIT 1"},
    {"messages without a fan",
     "SELECT (SELECT count(*) FROM message) - coalesce(sum(n_rows), 0) AS lost FROM fan"
     " HAVING lost <> 0"},
    {"a label without a fan", "SELECT id FROM label WHERE id >> 24 NOT IN (SELECT id FROM fan)"
                              " LIMIT 1"},
};

static attune_status sqlite_check_one(struct at_sqlite *s, const struct sqlite_check *check,
                                      attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, check->sql, &stmt, err));
    bool row = false;
    struct at_str found = at_str_from("ok");
    attune_status status = at_sqlite_step(s, stmt, &row, "verify", err);
    if (row)
        status = at_sqlite_text(s, stmt, 0, &found, err);
    if (status == ATTUNE_OK && !at_str_equal(found, at_str_from("ok")))
        status = at_fail(err, ATTUNE_CORRUPT,
                         "the store '%s' is damaged: %s: %.200s; bring back a backup with `attune "
                         "restore`",
                         s->path, check->what, found.ptr);
    sqlite3_finalize(stmt);
    return status;
}

attune_status at_sqlite_verify(struct at_store *store, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    bool outermost = false;
    AT_TRY(at_sqlite_read_begin(s, &outermost, err));
    attune_status status = ATTUNE_OK;
    for (size_t i = 0; status == ATTUNE_OK && i < sizeof sqlite_checks / sizeof *sqlite_checks; i++)
        status = sqlite_check_one(s, &sqlite_checks[i], err);
    at_sqlite_read_end(s, outermost);
    return status;
}

attune_status at_sqlite_schema(struct at_store *store, int64_t *out, attune_error *err)
{
    return at_sqlite_number(at_sqlite_of(store), "PRAGMA user_version", out, err);
}

attune_status at_sqlite_counts(struct at_store *store, struct at_store_counts *out,
                               attune_error *err)
{
    static const char sql[] =
        "SELECT count(*), coalesce(sum(n_rows), 0), coalesce(sum(n_received), 0),"
        " (SELECT count(*) FROM label), (SELECT count(*) FROM version) FROM fan";
    struct at_sqlite *s = at_sqlite_of(store);
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, sql, &stmt, err));
    bool row = false;
    const attune_status status = at_sqlite_step(s, stmt, &row, "count", err);
    if (row)
        *out = (struct at_store_counts){
            .n_fans = sqlite3_column_int64(stmt, 0),
            .n_messages = sqlite3_column_int64(stmt, 1),
            .n_received = sqlite3_column_int64(stmt, 2),
            .n_labels = sqlite3_column_int64(stmt, 3),
            .n_versions = sqlite3_column_int64(stmt, 4),
        };
    sqlite3_finalize(stmt);
    return status;
}

static attune_status sqlite_vacuum_into(struct at_sqlite *s, const char *path, attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, "VACUUM INTO ?1", &stmt, err));
    bool row = false;
    attune_status status = at_sqlite_bind(s, stmt, err, "t", at_str_from(path));
    if (status == ATTUNE_OK)
        status = at_sqlite_step(s, stmt, &row, "copy all", err);
    sqlite3_finalize(stmt);
    return status;
}

/* VACUUM does not run inside a transaction, so there another connection makes the copy. */
static attune_status sqlite_copy(struct at_sqlite *s, const char *path, attune_error *err)
{
    if (sqlite3_get_autocommit(s->db))
        return sqlite_vacuum_into(s, path, err);
    struct at_sqlite other = {.mode = AT_STORE_READ, .path = s->path};
    AT_TRY(at_sqlite_connect(&other, false, err));
    const attune_status status = sqlite_vacuum_into(&other, path, err);
    at_sqlite_disconnect(&other);
    return status;
}

static attune_status sqlite_sync_file(const char *path, attune_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return at_fail_os(err, errno, "cannot open '%s'", path);
    const int os_error = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return os_error ? at_fail_os(err, os_error, "cannot sync '%s'", path) : ATTUNE_OK;
}

/* SQLite keeps a journal beside the copy that it writes, and leaves it there when the disk is full.
 */
static attune_status sqlite_drop_copy(const char *tmp, attune_error *err)
{
    char journal[4096];
    const int n = snprintf(journal, sizeof journal, "%s-journal", tmp);
    if (n < 0 || (size_t)n >= sizeof journal)
        return at_fail(err, ATTUNE_LIMIT, "path too long: '%.80s...'", tmp);
    if ((unlink(journal) != 0 && errno != ENOENT) || (unlink(tmp) != 0 && errno != ENOENT))
        return at_fail_os(err, errno, "cannot replace '%s'", tmp);
    return ATTUNE_OK;
}

/* The name of the unfinished copy is always the same: what a crash left is replaced. */
attune_status at_sqlite_snapshot(struct at_store *store, const char *path, attune_error *err)
{
    char tmp[4096];
    const int n = snprintf(tmp, sizeof tmp, "%s.tmp", path);
    if (n < 0 || (size_t)n >= sizeof tmp)
        return at_fail(err, ATTUNE_LIMIT, "path too long: '%.80s...'", path);
    AT_TRY(sqlite_drop_copy(tmp, err));
    attune_status status = sqlite_copy(at_sqlite_of(store), tmp, err);
    if (status == ATTUNE_OK)
        status = sqlite_sync_file(tmp, err);
    if (status == ATTUNE_OK)
        status = at_fs_rename(tmp, path, err);
    if (status != ATTUNE_OK) {
        (void)sqlite_drop_copy(tmp, NULL);
        return at_wrap(err, status, "cannot write the copy '%s'", path);
    }
    return ATTUNE_OK;
}
