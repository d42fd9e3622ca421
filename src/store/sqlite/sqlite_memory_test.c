/* Every allocation inside SQLite fails once: an error, no leak, and the store is as before or
 * after. */
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/sqlite/sqlite_store.h"
#include "support/test.h"

#define S(text) at_str_from(text)

static attune_error err;

/* ---- SQLite's memory, through a counter ---- */

static sqlite3_mem_methods real;
static size_t fail_at; /* the n-th next allocation fails; 0: none */
static bool failed;

static bool refused(void)
{
    if (!fail_at || --fail_at)
        return false;
    failed = true;
    return true;
}

static void *counted_malloc(int size)
{
    return refused() ? NULL : real.xMalloc(size);
}

static void *counted_realloc(void *p, int size)
{
    return refused() ? NULL : real.xRealloc(p, size);
}

static void install_counter(void)
{
    sqlite3_mem_methods counted;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
    counted = real;
    counted.xMalloc = counted_malloc;
    counted.xRealloc = counted_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &counted), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0), SQLITE_OK);
}

/* ---- one story with all the functions ---- */

static attune_status on_profile(void *context, const struct at_profile *p, int64_t ms,
                                attune_error *e)
{
    (void)ms;
    (void)e;
    *(size_t *)context += p->n_messages;
    return ATTUNE_OK;
}

static attune_status on_label(void *context, const struct at_store_label *label, attune_error *e)
{
    (void)context;
    (void)label;
    (void)e;
    return ATTUNE_OK;
}

static attune_status on_member(void *context, struct at_str fan_id, enum at_split role,
                               attune_error *e)
{
    (void)context;
    (void)fan_id;
    (void)role;
    (void)e;
    return ATTUNE_OK;
}

static attune_status write_all(struct at_store *store)
{
    static char big[9000];
    memset(big, 'x', sizeof big - 1);
    struct at_message messages[] = {{.text = S("hi"), .at_ms = 5}, {.text = S(big), .at_ms = 3}};
    struct at_label label = {S("p"), S("x")};
    const struct at_profile profile = {.fan_id = S("f1"),
                                       .language = S("en"),
                                       .messages = messages,
                                       .n_messages = 2,
                                       .labels = &label,
                                       .n_labels = 1};
    const struct at_store_version v = {.target = S("p"), .kind = S("forest"), .folder = S("p/1")};
    const struct at_store_audit entry = {.who = S("ann"), .action = S("promote")};
    const struct at_store_run run = {.kind = S("train"), .finished_ms = AT_TIME_NONE};
    const struct at_store_label op = {
        .fan_id = S("f1"), .target = S("p"), .label = S("y"), .source = AT_LABEL_OPERATOR};
    int64_t id = 0;
    AT_TRY(at_sqlite_begin(store, &err));
    AT_TRY(at_sqlite_profile_add(store, &profile, "file", 1, NULL, &err));
    AT_TRY(at_sqlite_profile_add(store, &profile, "file", 1, NULL, &err));
    AT_TRY(at_sqlite_label_add(store, &op, &err));
    AT_TRY(at_sqlite_version_next(store, S("p"), &id, &err));
    AT_TRY(at_sqlite_version_add(store, &v, &err));
    AT_TRY(at_sqlite_member_add(store, S("p"), id, S("f1"), AT_SPLIT_TEST, &err));
    AT_TRY(at_sqlite_alias_set(store, S("p"), S("champion"), id, 1, &err));
    AT_TRY(at_sqlite_run_add(store, &run, &id, &err));
    AT_TRY(at_sqlite_run_finish(store, id, S("done"), 9, S("{}"), &err));
    AT_TRY(at_sqlite_audit_add(store, &entry, &err));
    return at_sqlite_commit(store, &err);
}

static attune_status read_all(struct at_store *store, size_t *n)
{
    struct at_arena arena = {0};
    struct at_profile got;
    struct at_store_version v;
    struct at_store_counts counts;
    int64_t version = 0;
    AT_TRY(
        at_sqlite_scan(store, &(struct at_store_scan){.with_labels = true}, on_profile, n, &err));
    attune_status status = at_sqlite_profile_get(store, S("f1"), 1, &got, &arena, &err);
    if (status == ATTUNE_OK)
        status = at_sqlite_version_get(store, S("p"), 1, &v, &arena, &err);
    at_arena_release(&arena);
    AT_TRY(status);
    AT_TRY(at_sqlite_labels(store, S("f1"), on_label, NULL, &err));
    AT_TRY(at_sqlite_members(store, S("p"), 1, on_member, NULL, &err));
    AT_TRY(at_sqlite_alias_get(store, S("p"), S("champion"), &version, &err));
    AT_TRY(at_sqlite_counts(store, &counts, &err));
    return at_sqlite_verify(store, &err);
}

static attune_status story(const char *path, const char *copy, size_t *n)
{
    struct at_store *store = NULL;
    AT_TRY(at_sqlite_open(&store, path, AT_STORE_WRITE, &err));
    attune_status status = write_all(store);
    if (status != ATTUNE_OK)
        at_sqlite_rollback(store);
    if (status == ATTUNE_OK)
        status = read_all(store, n);
    if (status == ATTUNE_OK)
        status = at_sqlite_snapshot(store, copy, &err);
    at_sqlite_close(store);
    return status;
}

/* Without failures, the store that is left is whole: nothing of the story, or all of it. */
static void assert_whole(const char *path, bool all)
{
    struct at_store *store = NULL;
    struct at_store_counts counts;
    assert_ok(at_sqlite_open(&store, path, AT_STORE_WRITE, &err));
    assert_ok(at_sqlite_verify(store, &err));
    assert_ok(at_sqlite_counts(store, &counts, &err));
    if (all || counts.n_fans)
        assert_true(counts.n_fans == 1 && counts.n_messages == 2 && counts.n_labels == 2 &&
                    counts.n_versions == 1);
    at_sqlite_close(store);
}

static void clear_folder(const char *dir)
{
    assert_ok(at_fs_remove_tree(dir, &err));
    assert_ok(at_fs_mkdirs(dir, &err));
}

static void test_sqlite__every_allocation_of_sqlite_may_fail(void **state)
{
    (void)state;
    char dir[64] = "/tmp/attune-memory-XXXXXX", path[128], copy[128];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/attune.db", dir);
    snprintf(copy, sizeof copy, "%s/copy.db", dir);
    const sqlite3_int64 before = sqlite3_memory_used();
    size_t n_done = 0;
    for (size_t n = 1;; n += 1 + n / 64) { /* thins out: later failures resemble earlier ones */
        size_t seen = 0;
        clear_folder(dir);
        failed = false;
        fail_at = n;
        const attune_status status = story(path, copy, &seen);
        fail_at = 0;
        if (status != ATTUNE_OK && status != ATTUNE_NO_MEMORY)
            fail_msg("allocation %zu: %s: %s", n, attune_status_text(status), err.message);
        if (status == ATTUNE_OK)
            assert_int_equal(seen, 2);
        assert_whole(path, status == ATTUNE_OK);
        n_done++;
        if (!failed)
            break;
    }
    assert_true(n_done > 100);
    assert_int_equal(sqlite3_memory_used(), before);
    assert_ok(at_fs_remove_tree(dir, &err));
}

int main(void)
{
    install_counter();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlite__every_allocation_of_sqlite_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
