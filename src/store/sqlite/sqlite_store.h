#ifndef AT_STORE_SQLITE_STORE_H
#define AT_STORE_SQLITE_STORE_H

#include <sqlite3.h>

#include "store/sqlite/sqlite_sql.h"
#include "store/store.h"

/*
 * The SQLite kind from the inside. One connection a store, used by one thread.
 *
 * The schema is in migrations/. The key of a message or label is (fan << AT_SQLITE_FAN_SHIFT) + its
 * number within the fan.
 */
enum { AT_SQLITE_FAN_SHIFT = 24, AT_SQLITE_BUSY_MS = 5000 };
#define AT_SQLITE_PER_FAN        (INT64_C(1) << AT_SQLITE_FAN_SHIFT)
#define AT_SQLITE_APPLICATION_ID 0x6174746E /* "attn", in the file's header */

struct at_sqlite {
    struct at_store base;
    sqlite3 *db;
    char *path;
    enum at_store_mode mode;
    bool writing; /* between begin and commit or rollback */
    bool failed;  /* a write of this transaction failed half-way: it can only be rolled back */
    sqlite3_stmt *cached[AT_SQL_COUNT];
};

static inline struct at_sqlite *at_sqlite_of(struct at_store *store)
{
    return (struct at_sqlite *)(void *)store;
}

extern const struct at_store_kind at_store_kind_sqlite;

/* One step of the schema: the text of a file in migrations/, by ascending name. Made by the build.
 */
struct at_sqlite_migration {
    const char *name;
    const unsigned char *sql; /* NUL-terminated */
};
extern const struct at_sqlite_migration at_sqlite_migrations[];
extern const size_t at_sqlite_n_migrations; /* the schema that this build writes */

/* ---- sqlite_error.c ---- */
/** Turns a result code into a status and "cannot <doing> in the store '<path>': why; what to do".
 */
attune_status at_sqlite_fail(const struct at_sqlite *s, int rc, const char *doing,
                             attune_error *err);

/* ---- sqlite_statement.c ---- */
/** The statement `which`, prepared at its first use, reset and kept until close. */
attune_status at_sqlite_cached(struct at_sqlite *s, enum at_sql which, sqlite3_stmt **out,
                               attune_error *err);
/** A new statement, for those that run while a callback may use the store; sqlite3_finalize it. */
attune_status at_sqlite_prepare(struct at_sqlite *s, const char *sql, sqlite3_stmt **out,
                                attune_error *err);
/**
 * Binds parameters 1, 2, ... by `types`: i int64_t, m int64_t that is NULL when AT_TIME_NONE,
 * t struct at_str (borrowed until the statement is reset).
 */
attune_status at_sqlite_bind(struct at_sqlite *s, sqlite3_stmt *stmt, attune_error *err,
                             const char *types, ...);
/** As at_sqlite_bind on the statement `which`, then runs it to its end. */
attune_status at_sqlite_run(struct at_sqlite *s, enum at_sql which, const char *doing,
                            attune_error *err, const char *types, ...);
/** One step: *row says whether there is a row. */
attune_status at_sqlite_step(struct at_sqlite *s, sqlite3_stmt *stmt, bool *row, const char *doing,
                             attune_error *err);
/** The first column of the first row of an SQL text without parameters; 0 where there is none. */
attune_status at_sqlite_number(struct at_sqlite *s, const char *sql, int64_t *out,
                               attune_error *err);
/** Text of a column, borrowed until the next step; NULL gives the empty string. */
attune_status at_sqlite_text(struct at_sqlite *s, sqlite3_stmt *stmt, int column,
                             struct at_str *out, attune_error *err);
/** As at_sqlite_text, copied into `arena` with a NUL behind it. */
attune_status at_sqlite_text_copy(struct at_sqlite *s, sqlite3_stmt *stmt, int column,
                                  struct at_arena *arena, struct at_str *out, attune_error *err);
/** A time: NULL gives AT_TIME_NONE. */
int64_t at_sqlite_time(sqlite3_stmt *stmt, int column);
/** Runs SQL without results, such as a PRAGMA or BEGIN. */
attune_status at_sqlite_exec(struct at_sqlite *s, const char *sql, const char *doing,
                             attune_error *err);

/* ---- sqlite_connect.c: a connection with our settings, not yet looked into ---- */
attune_status at_sqlite_connect(struct at_sqlite *s, bool immutable, attune_error *err);
void at_sqlite_disconnect(struct at_sqlite *s);

/* ---- sqlite_open.c ---- */
attune_status at_sqlite_open(struct at_store **out, const char *url, enum at_store_mode mode,
                             attune_error *err);
void at_sqlite_close(struct at_store *store);

/* ---- sqlite_migrate.c ---- */
/** Brings the schema from what it is to `n`, one transaction a step, with a snapshot before the
 * first step of a store that is in use. Does nothing where it is n already. */
attune_status at_sqlite_migrate(struct at_sqlite *s, const struct at_sqlite_migration *steps,
                                size_t n, attune_error *err);

/* ---- sqlite_transaction.c ---- */
attune_status at_sqlite_begin(struct at_store *store, attune_error *err);
attune_status at_sqlite_commit(struct at_store *store, attune_error *err);
void at_sqlite_rollback(struct at_store *store);
/** Every writing function starts with this: INVALID outside of begin .. commit. */
attune_status at_sqlite_writing(struct at_sqlite *s, attune_error *err);
/** Several SELECTs that see the same state. Nests; ends with at_sqlite_read_end(s, *outermost). */
attune_status at_sqlite_read_begin(struct at_sqlite *s, bool *outermost, attune_error *err);
void at_sqlite_read_end(struct at_sqlite *s, bool outermost);

/* ---- sqlite_verify.c ---- */
attune_status at_sqlite_verify(struct at_store *store, attune_error *err);
attune_status at_sqlite_schema(struct at_store *store, int64_t *out, attune_error *err);
attune_status at_sqlite_counts(struct at_store *store, struct at_store_counts *out,
                               attune_error *err);
attune_status at_sqlite_snapshot(struct at_store *store, const char *path, attune_error *err);

/* ---- profiles: sqlite_add.c, sqlite_scan.c, sqlite_get.c ---- */
attune_status at_sqlite_profile_add(struct at_store *store, const struct at_profile *profile,
                                    const char *by, int64_t now_ms, struct at_store_change *out,
                                    attune_error *err);
attune_status at_sqlite_profile_get(struct at_store *store, struct at_str fan_id, size_t newest,
                                    struct at_profile *out, struct at_arena *arena,
                                    attune_error *err);
attune_status at_sqlite_scan(struct at_store *store, const struct at_store_scan *what,
                             at_store_visit visit, void *context, attune_error *err);
/** Key of a fan; NOT_FOUND with the name. */
attune_status at_sqlite_fan(struct at_sqlite *s, struct at_str fan_id, int64_t *out,
                            attune_error *err);

/* ---- sqlite_label.c ---- */
attune_status at_sqlite_label_add(struct at_store *store, const struct at_store_label *label,
                                  attune_error *err);
attune_status at_sqlite_labels(struct at_store *store, struct at_str fan_id,
                               at_store_visit_label visit, void *context, attune_error *err);
/** Adds the labels of a profile as imported ones, those that say something new; counts into *out.
 */
attune_status at_sqlite_labels_import(struct at_sqlite *s, int64_t fan, bool new_fan,
                                      const struct at_profile *profile, struct at_str by,
                                      int64_t now_ms, struct at_store_change *out,
                                      attune_error *err);

/* ---- sqlite_version.c ---- */
attune_status at_sqlite_version_next(struct at_store *store, struct at_str target, int64_t *out,
                                     attune_error *err);
attune_status at_sqlite_version_add(struct at_store *store, const struct at_store_version *version,
                                    attune_error *err);
attune_status at_sqlite_version_get(struct at_store *store, struct at_str target, int64_t version,
                                    struct at_store_version *out, struct at_arena *arena,
                                    attune_error *err);
attune_status at_sqlite_versions(struct at_store *store, struct at_str target,
                                 at_store_visit_version visit, void *context, attune_error *err);
attune_status at_sqlite_version_delete(struct at_store *store, struct at_str target,
                                       int64_t version, attune_error *err);
/** Row id of a version; NOT_FOUND with its name. */
attune_status at_sqlite_version_id(struct at_sqlite *s, struct at_str target, int64_t version,
                                   int64_t *out, attune_error *err);

/* ---- sqlite_member.c ---- */
attune_status at_sqlite_member_add(struct at_store *store, struct at_str target, int64_t version,
                                   struct at_str fan_id, enum at_split role, attune_error *err);
attune_status at_sqlite_members(struct at_store *store, struct at_str target, int64_t version,
                                at_store_visit_member visit, void *context, attune_error *err);

/* ---- sqlite_alias.c ---- */
attune_status at_sqlite_alias_set(struct at_store *store, struct at_str target, struct at_str alias,
                                  int64_t version, int64_t now_ms, attune_error *err);
attune_status at_sqlite_alias_get(struct at_store *store, struct at_str target, struct at_str alias,
                                  int64_t *out_version, attune_error *err);
attune_status at_sqlite_aliases(struct at_store *store, struct at_str target,
                                at_store_visit_alias visit, void *context, attune_error *err);

/* ---- sqlite_run.c ---- */
attune_status at_sqlite_run_add(struct at_store *store, const struct at_store_run *run,
                                int64_t *out_id, attune_error *err);
attune_status at_sqlite_run_finish(struct at_store *store, int64_t id, struct at_str status,
                                   int64_t finished_ms, struct at_str detail, attune_error *err);
attune_status at_sqlite_runs(struct at_store *store, size_t newest, at_store_visit_run visit,
                             void *context, attune_error *err);
attune_status at_sqlite_audit_add(struct at_store *store, const struct at_store_audit *entry,
                                  attune_error *err);
attune_status at_sqlite_audit(struct at_store *store, size_t newest, at_store_visit_audit visit,
                              void *context, attune_error *err);

#endif
