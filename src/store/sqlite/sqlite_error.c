/*
 * What SQLite says, in our words. Its primary codes are few; each becomes one of our statuses and a
 * sentence on what to do. SQLite's own text stays in the message: it is precise, and searchable.
 */
#include "store/sqlite/sqlite_store.h"

#include <errno.h>
#include <string.h>

struct sqlite_meaning {
    int rc;
    attune_status status;
    const char *advice; /* NULL: SQLite's text says it all */
};

static const struct sqlite_meaning sqlite_meanings[] = {
    {SQLITE_NOMEM, ATTUNE_NO_MEMORY, NULL},
    {SQLITE_FULL, ATTUNE_IO,
     "disk full: nothing of this step was kept; free some space and run it again"},
    {SQLITE_IOERR, ATTUNE_IO, "the disk refused; check its space, quota and health"},
    {SQLITE_READONLY, ATTUNE_IO,
     "the file or its folder cannot be written; check the owner and permissions, or whether the "
     "file system is mounted read-only"},
    {SQLITE_CANTOPEN, ATTUNE_IO,
     "the file cannot be opened; check that its folder exists, who may read and write there, and "
     "that the disk is not full"},
    {SQLITE_PERM, ATTUNE_IO, "check the owner and permissions"},
    {SQLITE_AUTH, ATTUNE_IO, "check the owner and permissions"},
    {SQLITE_CORRUPT, ATTUNE_CORRUPT,
     "the file is damaged; keep it, and put back a backup of the home, or a snapshot "
     "(*.before-schema-*) that lies beside it"},
    {SQLITE_FORMAT, ATTUNE_CORRUPT,
     "the file is damaged; keep it, and put back a backup of the home"},
    {SQLITE_NOTADB, ATTUNE_CORRUPT,
     "it is not an attune store; if it was one, put back a backup of the home"},
    {SQLITE_BUSY, ATTUNE_BUSY, "another program is writing to it; try again when it is done"},
    {SQLITE_LOCKED, ATTUNE_BUSY, "another program is writing to it; try again when it is done"},
    {SQLITE_TOOBIG, ATTUNE_LIMIT, "a text is longer than 1 000 000 000 bytes"},
    {SQLITE_INTERRUPT, ATTUNE_CANCELLED, NULL},
    {SQLITE_PROTOCOL, ATTUNE_BUSY, "the lock was not to be had; try again"},
};

attune_status at_sqlite_fail(const struct at_sqlite *s, int rc, const char *doing,
                             attune_error *err)
{
    const struct sqlite_meaning *found = NULL;
    for (size_t i = 0; i < sizeof sqlite_meanings / sizeof *sqlite_meanings; i++)
        if (sqlite_meanings[i].rc == (rc & 0xff))
            found = &sqlite_meanings[i];
    const attune_status status = found ? found->status : ATTUNE_INTERNAL;
    const char *advice = found ? found->advice : NULL;
    const bool same = s->db && sqlite3_errcode(s->db) == (rc & 0xff);
    const char *said = same || (s->db && sqlite3_extended_errcode(s->db) == rc)
                           ? sqlite3_errmsg(s->db)
                           : sqlite3_errstr(rc);
    int os_error = status == ATTUNE_IO && s->db ? sqlite3_system_errno(s->db) : 0;
    if (os_error == ENOENT) /* of its last attempt, which is seldom the one that mattered */
        os_error = 0;
    char word[128] = "";
    if (os_error && strerror_r(os_error, word, sizeof word) != 0)
        word[0] = '\0';
    at_fail(err, status, "cannot %s in the store '%s': %s%s%s (SQLite %d)%s%s", doing, s->path,
            said, word[0] ? ": " : "", word, rc, advice ? "; " : "", advice ? advice : "");
    if (err)
        err->os_error = os_error;
    return status;
}
