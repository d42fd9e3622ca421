/*
 * A connection and its settings.
 *
 * WAL: readers and the writer do not block each other, and a commit is one append to the log.
 *
 * synchronous=FULL: a commit that has returned survives a power cut, be it one label, a promotion
 * or the last batch of an import. NORMAL would save one fsync a commit, which an import with
 * batches of some ten thousand messages does not notice, and "done" would mean something else in
 * every command.
 *
 * No memory map: it makes a scan about a fifth faster, but its pages count into the memory of the
 * process, and it turns a file that is cut short, or a failing disk, into SIGBUS instead of an
 * error.
 *
 * A store file may come from anywhere, hence trusted_schema=OFF, DEFENSIVE and cell_size_check.
 */
#include "store/sqlite/sqlite_store.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

static const char sqlite_settings[] = "PRAGMA foreign_keys = ON;"
                                      "PRAGMA trusted_schema = OFF;"
                                      "PRAGMA cell_size_check = ON;"
                                      "PRAGMA temp_store = MEMORY;"
                                      "PRAGMA mmap_size = 0;"
                                      "PRAGMA synchronous = FULL;";

/* "file:/a/b%3f.db?immutable=1" */
static attune_status sqlite_immutable_name(struct at_buf *out, const char *path, attune_error *err)
{
    AT_TRY(at_buf_addz(out, "file:", err));
    for (const char *p = path; *p; p++) {
        if (*p == '%' || *p == '?' || *p == '#')
            AT_TRY(at_buf_addf(out, err, "%%%02x", (unsigned)*p));
        else
            AT_TRY(at_buf_add(out, p, 1, err));
    }
    return at_buf_addz(out, "?immutable=1", err);
}

static attune_status sqlite_configure(struct at_sqlite *s, attune_error *err)
{
    int rc = sqlite3_extended_result_codes(s->db, 1);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(s->db, AT_SQLITE_BUSY_MS);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    if (rc != SQLITE_OK)
        return at_sqlite_fail(s, rc, "configure the connection", err);
    AT_TRY(at_sqlite_exec(s, sqlite_settings, "configure the connection", err));
    /* The writer keeps the index of fan names at hand; a reader passes over each page once. The log
     * is carried over every 16 MB: against SQLite's 4 MB an import then syncs half as often. */
    return at_sqlite_exec(s,
                          s->mode == AT_STORE_WRITE
                              ? "PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864;"
                                "PRAGMA wal_autocheckpoint = 4096"
                              : "PRAGMA cache_size = -8192",
                          "configure the connection", err);
}

attune_status at_sqlite_connect(struct at_sqlite *s, bool immutable, attune_error *err)
{
    struct at_buf name = {0};
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= s->mode == AT_STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                       : SQLITE_OPEN_READONLY;
    attune_status status = ATTUNE_OK;
    if (immutable) {
        flags |= SQLITE_OPEN_URI;
        status = sqlite_immutable_name(&name, s->path, err);
    }
    if (status == ATTUNE_OK) {
        const int rc = sqlite3_open_v2(immutable ? name.data : s->path, &s->db, flags, NULL);
        if (rc != SQLITE_OK)
            status = at_sqlite_fail(s, rc, "open a connection", err);
    }
    at_buf_release(&name);
    if (status == ATTUNE_OK)
        status = sqlite_configure(s, err);
    if (status != ATTUNE_OK)
        at_sqlite_disconnect(s);
    return status;
}

void at_sqlite_disconnect(struct at_sqlite *s)
{
    for (int i = 0; i < AT_SQL_COUNT; i++) {
        sqlite3_finalize(s->cached[i]);
        s->cached[i] = NULL;
    }
    sqlite3_close(s->db);
    s->db = NULL;
}
