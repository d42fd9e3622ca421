/*
 * Opening: look before touching. The file is identified (application_id, schema number, whether it
 * holds anything) before anything is written to it, so that a foreign file is refused unchanged,
 * and reading never creates a file.
 *
 * A reader of a WAL store needs the store's -shm file, which it cannot make in a folder that it may
 * not write to. A store that was closed in order has no log left; there it is read as immutable. Is
 * there a log, a writer is at work or crashed, and the log must not be passed over: that is an
 * error.
 */
#include "store/sqlite/sqlite_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

struct sqlite_identity {
    int64_t application_id, schema, n_objects;
};

static attune_status sqlite_identify(struct at_sqlite *s, struct sqlite_identity *out,
                                     attune_error *err)
{
    AT_TRY(at_sqlite_number(s, "SELECT count(*) FROM sqlite_schema", &out->n_objects, err));
    AT_TRY(at_sqlite_number(s, "PRAGMA application_id", &out->application_id, err));
    return at_sqlite_number(s, "PRAGMA user_version", &out->schema, err);
}

static attune_status sqlite_check_identity(const struct at_sqlite *s,
                                           const struct sqlite_identity *is, attune_error *err)
{
    const int64_t known = (int64_t)at_sqlite_n_migrations;
    const bool empty = is->n_objects == 0 && is->application_id == 0 && is->schema == 0;
    if (empty && s->mode == AT_STORE_READ)
        return at_fail(err, ATTUNE_NOT_FOUND,
                       "the store '%s' is empty; `attune init` or any import fills it", s->path);
    if (empty)
        return ATTUNE_OK;
    if (is->application_id != AT_SQLITE_APPLICATION_ID || is->schema < 1)
        return at_fail(err, ATTUNE_CORRUPT,
                       "'%s' is not an attune store (it is an SQLite database of another program); "
                       "name another file",
                       s->path);
    if (is->schema > known)
        return at_fail(
            err, ATTUNE_TOO_NEW,
            "the store '%s' has schema %lld, and this attune knows up to %lld; install "
            "the attune that wrote it, or restore the copy '%s.before-schema-%lld' if it "
            "is there",
            s->path, (long long)is->schema, (long long)known, s->path, (long long)is->schema);
    if (is->schema < known && s->mode == AT_STORE_READ)
        return at_fail(err, ATTUNE_CONFLICT,
                       "the store '%s' has the older schema %lld; any command that writes, such as "
                       "`attune import`, brings it to %lld and keeps a copy",
                       s->path, (long long)is->schema, (long long)known);
    return ATTUNE_OK;
}

/* Whether PATH-wal or PATH-shm is there, with at least `size` bytes. */
static bool sqlite_has_beside(const char *path, const char *suffix, off_t size)
{
    char name[4096];
    struct stat st;
    const int n = snprintf(name, sizeof name, "%s%s", path, suffix);
    return n > 0 && (size_t)n < sizeof name && stat(name, &st) == 0 && st.st_size >= size;
}

/* 0 where the folder of the file can be written to, else errno. */
static int sqlite_folder_refuses(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    const size_t len = slash ? (size_t)(slash - path) + 1 : 0;
    if (len >= sizeof folder)
        return 0;
    memcpy(folder, len ? path : ".", len ? len : 1);
    folder[len ? len : 1] = '\0';
    return access(folder, W_OK) == 0 ? 0 : errno;
}

/* What a crash left of a transaction that wrote to the file itself (as the one that makes a store
 * does) is undone by whoever may write; a reader would only be told that it cannot. */
static attune_status sqlite_undo_crash(const struct at_sqlite *s, attune_error *err)
{
    struct at_sqlite writer = {.mode = AT_STORE_WRITE, .path = s->path};
    int64_t n = 0;
    AT_TRY(at_sqlite_connect(&writer, false, err));
    const attune_status status =
        at_sqlite_number(&writer, "SELECT count(*) FROM sqlite_schema", &n, err);
    at_sqlite_disconnect(&writer);
    return status;
}

static attune_status sqlite_open_reader(struct at_sqlite *s, struct sqlite_identity *out,
                                        attune_error *err)
{
    const bool closed = sqlite_folder_refuses(s->path) != 0;
    const bool alone = closed && !sqlite_has_beside(s->path, "-shm", 0);
    if (!closed && sqlite_has_beside(s->path, "-journal", 1))
        AT_TRY(sqlite_undo_crash(s, err));
    if (alone && sqlite_has_beside(s->path, "-wal", 1))
        return at_fail(err, ATTUNE_IO,
                       "the last changes of the store '%s' are still in '%s-wal', and its folder "
                       "cannot be written; open it once where it can",
                       s->path, s->path);
    AT_TRY(at_sqlite_connect(s, alone, err));
    return sqlite_identify(s, out, err);
}

static attune_status sqlite_open_read(struct at_sqlite *s, attune_error *err)
{
    struct stat st;
    if (stat(s->path, &st) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return at_fail_os(err, errno, "cannot open the store '%s'", s->path);
        return at_fail(err, ATTUNE_NOT_FOUND,
                       "there is no store at '%s'; `attune init` or any import makes one", s->path);
    }
    struct sqlite_identity is = {0};
    AT_TRY(sqlite_open_reader(s, &is, err));
    return sqlite_check_identity(s, &is, err);
}

static attune_status sqlite_try_wal(struct at_sqlite *s, attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, "PRAGMA journal_mode = WAL", &stmt, err));
    bool row = false;
    attune_status status = at_sqlite_step(s, stmt, &row, "switch to write-ahead logging", err);
    const char *mode = row ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    if (status == ATTUNE_OK && (!mode || strcmp(mode, "wal") != 0))
        status = at_fail(err, ATTUNE_IO,
                         "the store '%s' cannot use write-ahead logging; put the home on a local "
                         "file system",
                         s->path);
    sqlite3_finalize(stmt);
    return status;
}

/* Two programs that make the same store meet here, where SQLite itself does not wait. */
static attune_status sqlite_set_wal(struct at_sqlite *s, attune_error *err)
{
    attune_status status = sqlite_try_wal(s, err);
    for (int waited_ms = 0; status == ATTUNE_BUSY && waited_ms < AT_SQLITE_BUSY_MS;
         waited_ms += 10) {
        sqlite3_sleep(10);
        status = sqlite_try_wal(s, err);
    }
    return status;
}

/* SQLite would say no more than that it cannot open some file. */
static attune_status sqlite_must_be_writable(const struct at_sqlite *s, attune_error *err)
{
    int os_error = sqlite_folder_refuses(s->path);
    if (!os_error && access(s->path, F_OK) == 0 && access(s->path, W_OK) != 0)
        os_error = errno;
    if (!os_error || os_error == ENOENT) /* a folder that is missing has a message of its own */
        return ATTUNE_OK;
    return at_fail_os(err, os_error,
                      "the store '%s' cannot be written; check the owner and permissions of the "
                      "file and its folder",
                      s->path);
}

static attune_status sqlite_open_write(struct at_sqlite *s, attune_error *err)
{
    struct sqlite_identity is = {0};
    AT_TRY(sqlite_must_be_writable(s, err));
    AT_TRY(at_sqlite_connect(s, false, err));
    AT_TRY(sqlite_identify(s, &is, err));
    AT_TRY(sqlite_check_identity(s, &is, err));
    if (sqlite3_db_readonly(s->db, "main") == 1)
        return at_fail(err, ATTUNE_IO,
                       "the store '%s' cannot be written; check the owner and permissions of the "
                       "file and its folder",
                       s->path);
    AT_TRY(sqlite_set_wal(s, err));
    return at_sqlite_migrate(s, at_sqlite_migrations, at_sqlite_n_migrations, err);
}

/* SQLite gives names with a colon in front a meaning of their own (":memory:"). */
static char *sqlite_path_copy(const char *url)
{
    const size_t len = strlen(url);
    const size_t skip = url[0] == ':' ? 2 : 0;
    char *path = at_alloc(len + skip + 1, 1);
    if (path) {
        memcpy(path, "./", skip);
        memcpy(path + skip, url, len);
    }
    return path;
}

attune_status at_sqlite_open(struct at_store **out, const char *url, enum at_store_mode mode,
                             attune_error *err)
{
    *out = NULL;
    if (!url[0])
        return at_fail(err, ATTUNE_INVALID, "the store's file name is empty");
    struct at_sqlite *s = AT_ALLOC(struct at_sqlite, 1);
    if (!s)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: a store");
    s->base.kind = &at_store_kind_sqlite;
    s->mode = mode;
    s->path = sqlite_path_copy(url);
    attune_status status = s->path ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory");
    if (status == ATTUNE_OK)
        status = mode == AT_STORE_READ ? sqlite_open_read(s, err) : sqlite_open_write(s, err);
    if (status == ATTUNE_OK)
        *out = &s->base;
    else
        at_sqlite_close(&s->base);
    return status;
}

void at_sqlite_close(struct at_store *store)
{
    if (!store)
        return;
    struct at_sqlite *s = at_sqlite_of(store);
    if (s->writing)
        at_sqlite_rollback(store);
    at_sqlite_disconnect(s);
    at_free(s->path);
    at_free(s);
}
