/* Several processes at one store: readers beside a writer, two writers, and writers that are
 * killed. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/rng.h"
#include "store/sqlite/sqlite_store.h"
#include "support/test.h"

enum { PER_FAN = 5, PER_COMMIT = 4, KILLS = 60, FANS = 120, MANY_FANS = 4000 };

static attune_error err;

struct place {
    char dir[64], path[128];
};

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    strcpy(p->dir, "/tmp/attune-process-XXXXXX");
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

static attune_status add_fan(struct at_store *store, const char *prefix, int i)
{
    char name[32], text[32];
    struct at_message messages[PER_FAN];
    snprintf(name, sizeof name, "%s%d", prefix, i);
    snprintf(text, sizeof text, "message of %d", i);
    for (int k = 0; k < PER_FAN; k++)
        messages[k] = (struct at_message){.text = at_str_from(text), .at_ms = k};
    const struct at_profile p = {
        .fan_id = at_str_from(name), .messages = messages, .n_messages = PER_FAN};
    return at_sqlite_profile_add(store, &p, "test", 1, NULL, &err);
}

/* Fans 0..n-1, a few a commit: what an import does. */
static attune_status import(const char *path, const char *prefix, int n)
{
    struct at_store *store = NULL;
    AT_TRY(at_sqlite_open(&store, path, AT_STORE_WRITE, &err));
    attune_status status = ATTUNE_OK;
    for (int i = 0; status == ATTUNE_OK && i < n; i += PER_COMMIT) {
        status = at_sqlite_begin(store, &err);
        for (int k = i; status == ATTUNE_OK && k < i + PER_COMMIT; k++)
            status = add_fan(store, prefix, k);
        if (status == ATTUNE_OK)
            status = at_sqlite_commit(store, &err);
    }
    at_sqlite_close(store);
    return status;
}

static pid_t start_import(const char *path, const char *prefix, int n)
{
    const pid_t child = fork();
    if (child == 0) {
        const attune_status status = import(path, prefix, n);
        if (status != ATTUNE_OK)
            fprintf(stderr, "%s: %s\n", prefix, err.message);
        _exit(status == ATTUNE_OK ? 0 : 1);
    }
    assert_true(child > 0);
    return child;
}

static bool has_ended(pid_t child, int *how)
{
    const pid_t got = waitpid(child, how, WNOHANG);
    assert_true(got == child || got == 0);
    return got == child;
}

static attune_status on_profile(void *context, const struct at_profile *p, int64_t ms,
                                attune_error *e)
{
    (void)ms;
    (void)e;
    assert_int_equal(p->n_messages, PER_FAN);
    ++*(int64_t *)context;
    return ATTUNE_OK;
}

/* Whole commits only, and counts that agree with what a scan finds. */
static int64_t assert_whole(const char *path, int64_t at_least)
{
    struct at_store *store = NULL;
    struct at_store_counts counts = {0};
    int64_t n = 0;
    assert_ok(at_sqlite_open(&store, path, AT_STORE_READ, &err));
    assert_ok(at_sqlite_scan(store, &(struct at_store_scan){0}, on_profile, &n, &err));
    assert_ok(at_sqlite_counts(store, &counts, &err));
    at_sqlite_close(store);
    assert_int_equal(n % PER_COMMIT, 0);
    assert_true(n >= at_least && counts.n_fans >= n);
    return n;
}

static void test_sqlite__readers_are_never_blocked(void **state)
{
    const struct place *p = *state;
    int how = 0, n_reads = 0;
    int64_t n = 0;
    assert_ok(import(p->path, "first", PER_COMMIT));
    const pid_t child = start_import(p->path, "fan", FANS);
    while (!has_ended(child, &how)) {
        n = assert_whole(p->path, n);
        n_reads++;
    }
    assert_int_equal(how, 0);
    assert_true(n_reads > 0);
    assert_int_equal(assert_whole(p->path, n), FANS + PER_COMMIT);
}

static void test_sqlite__two_writers_take_turns(void **state)
{
    const struct place *p = *state;
    int how_one = 0, how_two = 0;
    const pid_t one = start_import(p->path, "one", FANS), two = start_import(p->path, "two", FANS);
    assert_int_equal(waitpid(one, &how_one, 0), one);
    assert_int_equal(waitpid(two, &how_two, 0), two);
    assert_int_equal(how_one, 0);
    assert_int_equal(how_two, 0);
    assert_int_equal(assert_whole(p->path, 0), 2 * FANS);
}

/* Also kills the creation of the store and its checkpoints, since the first kills come early. */
static void test_sqlite__a_killed_import_is_repeated(void **state)
{
    const struct place *p = *state;
    struct at_rng rng;
    struct at_store *store = NULL;
    int n_killed = 0, how = 0;
    at_rng_init(&rng, 11);
    for (int i = 0; i < KILLS; i++) {
        if (i % 20 == 0)
            assert_ok(at_fs_remove_tree(p->dir, &err));
        assert_ok(at_fs_mkdirs(p->dir, &err));
        const pid_t child = start_import(p->path, "fan", MANY_FANS);
        const struct timespec pause = {0, (long)at_rng_below(&rng, 40000000)};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &how, 0), child);
        n_killed += WIFSIGNALED(how);
        assert_ok(at_sqlite_open(&store, p->path, AT_STORE_WRITE, &err));
        assert_ok(at_sqlite_verify(store, &err));
        at_sqlite_close(store);
        assert_whole(p->path, 0);
    }
    assert_true(n_killed > KILLS / 4);
    assert_ok(import(p->path, "fan", MANY_FANS));
    assert_int_equal(assert_whole(p->path, 0), MANY_FANS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sqlite__readers_are_never_blocked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sqlite__two_writers_take_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sqlite__a_killed_import_is_repeated, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
