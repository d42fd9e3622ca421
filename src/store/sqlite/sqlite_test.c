/* The SQLite kind: files that are not ours, too new, too old; migrations; views; errors of the
 * disk. */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "store/sqlite/sqlite_store.h"
#include "support/test.h"

#define S(text) at_str_from(text)

static attune_error err;

struct place {
    char dir[64], path[128];
};

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    strcpy(p->dir, "/tmp/attune-sqlite-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->path, sizeof p->path, "%s/attune.db", p->dir);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    assert_ok(at_fs_remove_tree(p->dir, &err));
    free(p);
    return 0;
}

static struct at_store *open_store(const struct place *p, enum at_store_mode mode)
{
    struct at_store *store = NULL;
    assert_ok(at_sqlite_open(&store, p->path, mode, &err));
    return store;
}

/* Runs SQL the way another program does, and gives the first column of the first row. */
static void sql(const char *path, const char *text, char out[256])
{
    sqlite3 *db;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    const char *rest = text;
    while (*rest) {
        if (sqlite3_prepare_v2(db, rest, -1, &stmt, &rest) != SQLITE_OK)
            fail_msg("%s: %s", text, sqlite3_errmsg(db));
        const int rc = stmt ? sqlite3_step(stmt) : SQLITE_DONE;
        if (rc == SQLITE_ROW && out)
            snprintf(out, 256, "%s", (const char *)sqlite3_column_text(stmt, 0));
        else if (rc != SQLITE_DONE && rc != SQLITE_ROW && out)
            snprintf(out, 256, "error: %s", sqlite3_errmsg(db));
        else if (rc != SQLITE_DONE && rc != SQLITE_ROW)
            fail_msg("%s: %s", text, sqlite3_errmsg(db));
        sqlite3_finalize(stmt);
    }
    sqlite3_close(db);
}

static void assert_sql(const char *path, const char *text, const char *expected)
{
    char out[256] = "";
    sql(path, text, out);
    assert_string_equal(out, expected);
}

/* A store of the first `n` migrations, as an older attune left it. */
static struct at_sqlite *old_store(const struct place *p, size_t n)
{
    struct at_sqlite *s = calloc(1, sizeof *s);
    s->mode = AT_STORE_WRITE;
    s->path = strdup(p->path);
    assert_ok(at_sqlite_connect(s, false, &err));
    assert_ok(at_sqlite_exec(s, "PRAGMA journal_mode = WAL", "test", &err));
    assert_ok(at_sqlite_migrate(s, at_sqlite_migrations, n, &err));
    return s;
}

static void old_store_close(struct at_sqlite *s)
{
    at_sqlite_disconnect(s);
    free(s->path);
    free(s);
}

static void old_store_with_a_fan(const struct place *p)
{
    struct at_sqlite *s = old_store(p, 1);
    struct at_message hi = {.text = S("hi"), .at_ms = 5};
    const struct at_profile fan = {.fan_id = S("f1"), .messages = &hi, .n_messages = 1};
    assert_ok(at_sqlite_begin(&s->base, &err));
    assert_ok(at_sqlite_profile_add(&s->base, &fan, "old", 1, NULL, &err));
    assert_ok(at_sqlite_commit(&s->base, &err));
    old_store_close(s);
}

/* ---- what file is this ---- */

static void test_sqlite__a_foreign_database_is_refused_unchanged(void **state)
{
    const struct place *p = *state;
    struct at_store *store = NULL;
    sql(p->path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)", NULL);
    for (int round = 0; round < 4; round++) {
        const enum at_store_mode mode = round % 2 ? AT_STORE_WRITE : AT_STORE_READ;
        if (round == 2) /* a schema number alone does not make it ours */
            sql(p->path, "PRAGMA user_version = 1", NULL);
        assert_fails(at_sqlite_open(&store, p->path, mode, &err), ATTUNE_CORRUPT,
                     "is not an attune store");
        assert_null(store);
    }
    assert_sql(p->path, "PRAGMA journal_mode", "delete");
    assert_sql(p->path, "SELECT count(*) FROM sqlite_schema", "1");
}

static void test_sqlite__any_other_file_is_refused(void **state)
{
    const struct place *p = *state;
    struct at_store *store = NULL;
    char text[8192];
    memset(text, 'x', sizeof text);
    assert_ok(at_fs_write(p->path, text, sizeof text, &err));
    assert_fails(at_sqlite_open(&store, p->path, AT_STORE_WRITE, &err), ATTUNE_CORRUPT,
                 "not an attune store");
    assert_fails(at_sqlite_open(&store, p->path, AT_STORE_READ, &err), ATTUNE_CORRUPT,
                 "put back a backup");
    assert_fails(at_sqlite_open(&store, p->dir, AT_STORE_WRITE, &err), ATTUNE_IO, p->dir);
    assert_fails(at_sqlite_open(&store, "", AT_STORE_WRITE, &err), ATTUNE_INVALID, "empty");
    assert_fails(at_sqlite_open(&store, "/nonexistent/x.db", AT_STORE_WRITE, &err), ATTUNE_IO,
                 "its folder exists");
}

static void test_sqlite__an_empty_file_becomes_a_store_when_written(void **state)
{
    const struct place *p = *state;
    struct at_store *store = NULL;
    assert_ok(at_fs_write(p->path, "", 0, &err));
    assert_fails(at_sqlite_open(&store, p->path, AT_STORE_READ, &err), ATTUNE_NOT_FOUND, "empty");
    at_sqlite_close(open_store(p, AT_STORE_WRITE));
    at_sqlite_close(open_store(p, AT_STORE_READ));
}

static void test_sqlite__a_newer_schema_is_refused(void **state)
{
    const struct place *p = *state;
    struct at_store *store = NULL;
    at_sqlite_close(open_store(p, AT_STORE_WRITE));
    sql(p->path, "PRAGMA user_version = 99", NULL);
    assert_fails(at_sqlite_open(&store, p->path, AT_STORE_READ, &err), ATTUNE_TOO_NEW, "schema 99");
    assert_fails(at_sqlite_open(&store, p->path, AT_STORE_WRITE, &err), ATTUNE_TOO_NEW,
                 "install the attune that wrote it");
}

static void test_sqlite__a_name_of_sqlites_own_is_a_file_name(void **state)
{
    const struct place *p = *state;
    struct at_store *store = NULL;
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(p->dir), 0);
    assert_ok(at_sqlite_open(&store, ":memory:", AT_STORE_WRITE, &err));
    at_sqlite_close(store);
    assert_true(at_fs_exists(":memory:"));
    assert_int_equal(chdir(here), 0);
}

static void test_store__an_address_names_its_kind(void **state)
{
    (void)state;
    const struct at_store_kind *kind = NULL;
    assert_ok(at_store_kind_for(&kind, "some/file.db", &err));
    assert_string_equal(kind->name, "sqlite");
    assert_fails(at_store_kind_for(&kind, "mysql://user:secret@host/db", &err), ATTUNE_UNSUPPORTED,
                 "'mysql' addresses");
    assert_null(strstr(err.message, "secret"));
    assert_null(kind);
}

/* ---- migrations ---- */

static void test_sqlite__an_older_store_is_upgraded_after_a_copy(void **state)
{
    const struct place *p = *state;
    struct at_store *store = NULL;
    char copy[256];
    snprintf(copy, sizeof copy, "%s.before-schema-%zu", p->path, at_sqlite_n_migrations);
    old_store_with_a_fan(p);
    assert_fails(at_sqlite_open(&store, p->path, AT_STORE_READ, &err), ATTUNE_CONFLICT,
                 "older schema 1");
    store = open_store(p, AT_STORE_WRITE);
    int64_t schema = 0;
    assert_ok(at_sqlite_schema(store, &schema, &err));
    assert_int_equal(schema, at_sqlite_n_migrations);
    assert_ok(at_sqlite_verify(store, &err));
    at_sqlite_close(store);
    assert_sql(p->path, "SELECT message_received FROM conversation_history", "hi");
    assert_sql(copy, "PRAGMA user_version", "1");
    assert_sql(copy, "SELECT text FROM message", "hi");
    assert_sql(copy, "PRAGMA integrity_check", "ok");
}

static void test_sqlite__a_new_store_leaves_no_copy(void **state)
{
    const struct place *p = *state;
    char copy[256];
    snprintf(copy, sizeof copy, "%s.before-schema-%zu", p->path, at_sqlite_n_migrations);
    at_sqlite_close(open_store(p, AT_STORE_WRITE));
    assert_false(at_fs_exists(copy));
    at_sqlite_close(open_store(p, AT_STORE_WRITE));
    assert_false(at_fs_exists(copy));
}

/* A step that changes something, then fails or dies. */
static void broken_steps(struct at_sqlite_migration steps[3], const char *last)
{
    steps[0] = at_sqlite_migrations[0];
    steps[1] = (struct at_sqlite_migration){
        "0002_half", (const unsigned char *)"CREATE TABLE half (x); DELETE FROM message;"};
    steps[2] = (struct at_sqlite_migration){"0003_rest", (const unsigned char *)last};
}

static void test_sqlite__a_failed_step_is_undone(void **state)
{
    const struct place *p = *state;
    struct at_sqlite_migration steps[3];
    broken_steps(steps, "CREATE TABLE third (x); DELETE FROM fan; SELECT * FROM nowhere;");
    old_store_with_a_fan(p);
    struct at_sqlite *s = old_store(p, 1);
    assert_fails(at_sqlite_migrate(s, steps, 3, &err), ATTUNE_INTERNAL, "'0003_rest' was undone");
    old_store_close(s);
    assert_sql(p->path, "PRAGMA user_version",
               "2"); /* the step before it is a transaction of its own */
    assert_sql(p->path, "SELECT count(*) FROM sqlite_schema WHERE name = 'third'", "0");
    assert_sql(p->path, "SELECT count(*) FROM fan", "1");
    char copy[256];
    snprintf(copy, sizeof copy, "%s.before-schema-3", p->path);
    assert_sql(copy, "SELECT text FROM message", "hi");
}

static void die(sqlite3_context *context, int n, sqlite3_value **values)
{
    (void)context;
    (void)n;
    (void)values;
    raise(SIGKILL);
}

static void test_sqlite__a_killed_upgrade_leaves_the_old_schema(void **state)
{
    const struct place *p = *state;
    struct at_sqlite_migration steps[3];
    broken_steps(steps, "");
    steps[1].sql =
        (const unsigned char *)"CREATE TABLE half (x); DELETE FROM message; SELECT die();";
    old_store_with_a_fan(p);
    const pid_t child = fork();
    if (child == 0) {
        struct at_sqlite *s = old_store(p, 1);
        sqlite3_create_function(s->db, "die", 0, SQLITE_UTF8, NULL, die, NULL, NULL);
        at_sqlite_migrate(s, steps, 2, &err);
        _exit(0);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    assert_sql(p->path, "PRAGMA user_version", "1");
    assert_sql(p->path, "SELECT text FROM message", "hi");
    at_sqlite_close(open_store(p, AT_STORE_WRITE)); /* and goes on from there */
    assert_sql(p->path, "SELECT message_received FROM conversation_history", "hi");
}

static void test_sqlite__no_copy_no_upgrade(void **state)
{
    const struct place *p = *state;
    struct at_store *store = NULL;
    char copy[256];
    snprintf(copy, sizeof copy, "%s.before-schema-%zu", p->path, at_sqlite_n_migrations);
    old_store_with_a_fan(p);
    assert_ok(at_fs_mkdirs(copy, &err)); /* the copy cannot take the place of a folder */
    assert_fails(at_sqlite_open(&store, p->path, AT_STORE_WRITE, &err), ATTUNE_IO,
                 "no copy before the new schema");
    assert_sql(p->path, "PRAGMA user_version", "1");
}

/* ---- the tables of the assistant ---- */

static attune_status on_profile(void *context, const struct at_profile *p, int64_t ms,
                                attune_error *e)
{
    (void)ms;
    AT_TRY(at_buf_addf(context, e, "%.*s", (int)p->fan_id.len, p->fan_id.ptr));
    for (size_t i = 0; i < p->n_messages; i++)
        AT_TRY(at_buf_addf(context, e, " %s%.*s@%lld", p->messages[i].from ? ">" : "",
                           (int)p->messages[i].text.len, p->messages[i].text.ptr,
                           (long long)p->messages[i].at_ms));
    for (size_t i = 0; i < p->n_labels; i++)
        AT_TRY(at_buf_addf(context, e, " [%.*s=%.*s]", (int)p->labels[i].target.len,
                           p->labels[i].target.ptr, (int)p->labels[i].label.len,
                           p->labels[i].label.ptr));
    return at_buf_addz(context, "\n", e);
}

static void assert_scan(const struct place *p, const char *expected)
{
    struct at_buf seen = {0};
    struct at_store *store = open_store(p, AT_STORE_READ);
    assert_ok(at_sqlite_verify(store, &err));
    assert_ok(at_sqlite_scan(store, &(struct at_store_scan){.with_labels = true}, on_profile, &seen,
                             &err));
    assert_string_equal(seen.data, expected);
    at_buf_release(&seen);
    at_sqlite_close(store);
}

static void test_sqlite__a_script_fills_the_assistants_tables(void **state)
{
    const struct place *p = *state;
    at_sqlite_close(open_store(p, AT_STORE_WRITE));
    sql(p->path,
        "INSERT INTO fan_profiles (fan_id, personality_type, engagement_level, profile_data)"
        " VALUES ('f1', 'Emotional', 'low', '{\"a\":1}'), ('f2', NULL, 'high', NULL);"
        "INSERT OR REPLACE INTO fan_profiles (fan_id, engagement_level) VALUES ('f1', 'medium');"
        "INSERT INTO conversation_history (fan_id, message_sent, message_received, timestamp) "
        "VALUES"
        " ('f1', 'hello', 'hi', '2026-01-03 10:00:00'),"
        " ('f1', NULL, 'first', '2026-01-03T10:00:00.250+01:00'),"
        " ('f3', NULL, 'number', 1767434400), ('f3', 'unknown', NULL, NULL);"
        "UPDATE fan_profiles SET spending_potential = 'big' WHERE fan_id = 'f2'",
        NULL);
    assert_scan(p, "f1 first@1767430800250 hi@1767434400000 >hello@1767434400000"
                   " [personality=Emotional] [engagement=medium]\n"
                   "f2 [engagement=high] [spending_potential=big]\n"
                   "f3 number@1767434400000 >unknown@-9223372036854775808\n");
    assert_sql(p->path,
               "SELECT personality_type || engagement_level || profile_data FROM fan_profiles",
               "Emotionalmedium{\"a\":1}");
    assert_sql(p->path,
               "SELECT message_received || timestamp FROM conversation_history"
               " WHERE message_received = 'first'",
               "first2026-01-03T09:00:00.250Z");
    assert_sql(p->path, "SELECT count(*) FROM label WHERE by_whom = 'fan_profiles'", "5");
    assert_sql(p->path,
               "SELECT group_concat(target || '=' || label) FROM fan_label WHERE fan_id = 'f2'",
               "engagement=high,spending_potential=big");
}

static void test_sqlite__a_script_cannot_put_in_what_is_not_text(void **state)
{
    const struct place *p = *state;
    at_sqlite_close(open_store(p, AT_STORE_WRITE));
    assert_sql(p->path,
               "INSERT INTO conversation_history (fan_id, message_received, timestamp)"
               " VALUES ('f1', 'x', 'yesterday')",
               "error: conversation_history: timestamp is not a date and time");
    assert_sql(p->path, "INSERT INTO conversation_history (message_received) VALUES ('x')",
               "error: fan_id is missing");
    assert_sql(p->path,
               "INSERT INTO conversation_history (fan_id, message_received)"
               " VALUES ('f1', 'a' || char(0))",
               "error: text holds a NUL");
    assert_sql(p->path, "INSERT INTO fan_profiles (engagement_level) VALUES ('low')",
               "error: fan_profiles: fan_id is missing");
    assert_sql(p->path, "SELECT count(*) FROM fan", "0");
    sql(p->path,
        "INSERT INTO conversation_history (fan_id, message_received)"
        " VALUES ('f1', CAST(x'C3' AS TEXT))",
        NULL);
    struct at_store *store = open_store(p, AT_STORE_READ);
    struct at_buf seen = {0};
    assert_fails(at_sqlite_scan(store, &(struct at_store_scan){0}, on_profile, &seen, &err),
                 ATTUNE_CORRUPT, "not UTF-8");
    at_buf_release(&seen);
    at_sqlite_close(store);
}

static void test_sqlite__the_audit_log_only_grows(void **state)
{
    const struct place *p = *state;
    at_sqlite_close(open_store(p, AT_STORE_WRITE));
    sql(p->path,
        "INSERT INTO audit (at_ms, who, action, target, detail) VALUES (1, 'a', 'b', 'c', '')",
        NULL);
    assert_sql(p->path, "DELETE FROM audit", "error: the audit log only grows");
    assert_sql(p->path, "UPDATE audit SET who = 'x'", "error: the audit log only grows");
}

/* ---- counters that lie, full disks, other writers, folders that cannot be written ---- */

static void test_sqlite__verify_finds_wrong_counters_and_orphans(void **state)
{
    const struct place *p = *state;
    static const char *const wrong[] = {
        "UPDATE fan SET n_rows = 7", "UPDATE fan SET n_rows = 1, n_received = 0",
        "UPDATE fan SET n_received = 1; INSERT INTO message (id, sender, text) VALUES (5, 0, 'x')",
        "DELETE FROM message WHERE id = 5; INSERT INTO label VALUES (5, 'p', 'x', 0, 1, '')",
        "DELETE FROM label; INSERT INTO version_member VALUES (7, 7, 1)"};
    static const char *const found[] = {"fan: f1", "fan: f1", "messages without a fan",
                                        "a label without a fan", "version_member"};
    old_store_with_a_fan(p);
    at_sqlite_close(open_store(p, AT_STORE_WRITE));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sql(p->path, wrong[i], NULL);
        struct at_store *store = open_store(p, AT_STORE_READ);
        assert_fails(at_sqlite_verify(store, &err), ATTUNE_CORRUPT, found[i]);
        at_sqlite_close(store);
    }
}

static void test_sqlite__a_full_disk_keeps_what_was_committed(void **state)
{
    const struct place *p = *state;
    static char big[200000];
    memset(big, 'x', sizeof big - 1);
    struct at_store *store = open_store(p, AT_STORE_WRITE);
    struct at_message m = {.text = S("hi"), .at_ms = 5};
    struct at_profile fan = {.fan_id = S("f1"), .messages = &m, .n_messages = 1};
    assert_ok(at_sqlite_begin(store, &err));
    assert_ok(at_sqlite_profile_add(store, &fan, "x", 1, NULL, &err));
    assert_ok(at_sqlite_commit(store, &err));
    assert_ok(at_sqlite_exec(at_sqlite_of(store), "PRAGMA max_page_count = 40", "test", &err));
    assert_ok(at_sqlite_begin(store, &err));
    fan.fan_id = S("f2");
    m.text = S(big);
    assert_fails(at_sqlite_profile_add(store, &fan, "x", 1, NULL, &err), ATTUNE_IO, "disk full");
    fan.fan_id = S("f3");
    assert_fails(at_sqlite_profile_add(store, &fan, "x", 1, NULL, &err), ATTUNE_CONFLICT,
                 "earlier write");
    assert_fails(at_sqlite_commit(store, &err), ATTUNE_CONFLICT, "earlier write");
    at_sqlite_rollback(store);
    at_sqlite_close(store);
    assert_scan(p, "f1 hi@5\n");
}

static void test_sqlite__a_second_writer_waits_and_then_is_busy(void **state)
{
    const struct place *p = *state;
    struct at_store *one = open_store(p, AT_STORE_WRITE), *two = open_store(p, AT_STORE_WRITE);
    assert_int_equal(sqlite3_busy_timeout(at_sqlite_of(two)->db, 20), SQLITE_OK);
    assert_ok(at_sqlite_begin(one, &err));
    assert_fails(at_sqlite_begin(two, &err), ATTUNE_BUSY, "another program is writing");
    assert_ok(at_sqlite_commit(one, &err));
    assert_ok(at_sqlite_begin(two, &err));
    at_sqlite_rollback(two);
    at_sqlite_close(one);
    at_sqlite_close(two);
}

/* Root may write anywhere, so this part runs as nobody. */
static int as_nobody(const struct place *p, int (*task)(const struct place *))
{
    int how = 0;
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(77);
        _exit(task(p));
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static int read_only_task(const struct place *p)
{
    struct at_store *store = NULL;
    struct at_buf seen = {0};
    if (at_sqlite_open(&store, p->path, AT_STORE_READ, &err) != ATTUNE_OK)
        return fprintf(stderr, "%s\n", err.message), 1;
    if (at_sqlite_scan(store, &(struct at_store_scan){0}, on_profile, &seen, &err) != ATTUNE_OK)
        return 2;
    if (strcmp(seen.data, "f1 hi@5\n") != 0)
        return 3;
    at_buf_release(&seen);
    at_sqlite_close(store);
    if (at_sqlite_open(&store, p->path, AT_STORE_WRITE, &err) != ATTUNE_IO)
        return 4;
    return strstr(err.message, "permissions") ? 0 : 5;
}

static int waiting_log_task(const struct place *p)
{
    struct at_store *store = NULL;
    if (at_sqlite_open(&store, p->path, AT_STORE_READ, &err) != ATTUNE_IO)
        return 1;
    return strstr(err.message, "-wal") ? 0 : 2;
}

static void test_sqlite__a_folder_that_cannot_be_written_can_be_read(void **state)
{
    const struct place *p = *state;
    char log[256];
    snprintf(log, sizeof log, "%s-wal", p->path);
    old_store_with_a_fan(p);
    at_sqlite_close(open_store(p, AT_STORE_WRITE));
    assert_int_equal(chmod(p->path, 0444), 0);
    assert_int_equal(chmod(p->dir, 0555), 0);
    const int read_only = as_nobody(p, read_only_task);
    assert_int_equal(chmod(p->dir, 0755), 0);
    assert_ok(at_fs_write(log, "left by a crash", 15, &err));
    assert_int_equal(chmod(p->dir, 0555), 0);
    const int waiting = as_nobody(p, waiting_log_task);
    assert_int_equal(chmod(p->dir, 0755), 0);
    if (read_only == 77)
        skip();
    assert_int_equal(read_only, 0);
    assert_int_equal(waiting, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_sqlite__##name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_foreign_database_is_refused_unchanged),
        T(any_other_file_is_refused),
        T(an_empty_file_becomes_a_store_when_written),
        T(a_newer_schema_is_refused),
        T(a_name_of_sqlites_own_is_a_file_name),
        cmocka_unit_test(test_store__an_address_names_its_kind),
        T(an_older_store_is_upgraded_after_a_copy),
        T(a_new_store_leaves_no_copy),
        T(a_failed_step_is_undone),
        T(a_killed_upgrade_leaves_the_old_schema),
        T(no_copy_no_upgrade),
        T(a_script_fills_the_assistants_tables),
        T(a_script_cannot_put_in_what_is_not_text),
        T(the_audit_log_only_grows),
        T(verify_finds_wrong_counters_and_orphans),
        T(a_full_disk_keeps_what_was_committed),
        T(a_second_writer_waits_and_then_is_busy),
        T(a_folder_that_cannot_be_written_can_be_read),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
