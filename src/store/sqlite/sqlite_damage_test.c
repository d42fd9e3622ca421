/* Damaged files: bits flipped, pages zeroed, ends cut off. A damaged store gives an error or stays
 * readable; it never crashes, and never says that we have a bug. */
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/rng.h"
#include "store/sqlite/sqlite_store.h"
#include "support/test.h"

#define S(text) at_str_from(text)
enum { ROUNDS = 400 };

static attune_error err;

struct good {
    char dir[64], path[128];
    struct at_buf bytes;
};

static int setup(void **state)
{
    struct good *g = calloc(1, sizeof *g);
    struct at_store *store = NULL;
    strcpy(g->dir, "/tmp/attune-damage-XXXXXX");
    assert_non_null(mkdtemp(g->dir));
    snprintf(g->path, sizeof g->path, "%s/attune.db", g->dir);
    assert_ok(at_sqlite_open(&store, g->path, AT_STORE_WRITE, &err));
    assert_ok(at_sqlite_begin(store, &err));
    for (int i = 0; i < 40; i++) {
        char name[16];
        struct at_message messages[20];
        struct at_label label = {S("personality"), S(i % 2 ? "Emotional" : "Conqueror")};
        snprintf(name, sizeof name, "fan%d", i);
        for (int k = 0; k < 20; k++)
            messages[k] = (struct at_message){.text = S("a message of some length"), .at_ms = k};
        const struct at_profile p = {.fan_id = S(name),
                                     .messages = messages,
                                     .n_messages = 20,
                                     .labels = &label,
                                     .n_labels = 1};
        assert_ok(at_sqlite_profile_add(store, &p, "test", 1, NULL, &err));
    }
    assert_ok(at_sqlite_commit(store, &err));
    at_sqlite_close(store);
    assert_ok(at_fs_read(g->path, &g->bytes, 1 << 24, &err));
    *state = g;
    return 0;
}

static int teardown(void **state)
{
    struct good *g = *state;
    at_buf_release(&g->bytes);
    assert_ok(at_fs_remove_tree(g->dir, &err));
    free(g);
    return 0;
}

static attune_status on_profile(void *context, const struct at_profile *p, int64_t ms,
                                attune_error *e)
{
    (void)ms;
    (void)e;
    *(size_t *)context += p->n_messages;
    return ATTUNE_OK;
}

static attune_status use(struct at_store *store, enum at_store_mode mode)
{
    size_t n = 0;
    struct at_arena arena = {0};
    struct at_profile got;
    struct at_message m = {.text = S("one more"), .at_ms = 99};
    const struct at_profile more = {.fan_id = S("fan7"), .messages = &m, .n_messages = 1};
    attune_status status =
        at_sqlite_scan(store, &(struct at_store_scan){.with_labels = true}, on_profile, &n, &err);
    if (status == ATTUNE_OK)
        status = at_sqlite_profile_get(store, S("fan3"), 5, &got, &arena, &err);
    at_arena_release(&arena);
    if (mode == AT_STORE_WRITE && at_sqlite_begin(store, &err) == ATTUNE_OK) {
        const attune_status added = at_sqlite_profile_add(store, &more, "test", 2, NULL, &err);
        if (added != ATTUNE_OK || at_sqlite_commit(store, &err) != ATTUNE_OK)
            at_sqlite_rollback(store);
    }
    const attune_status verified = at_sqlite_verify(store, &err);
    return status == ATTUNE_OK ? verified : status;
}

/* What may be said of a file that is damaged somewhere. */
static void assert_fair(attune_status status, const char *what, size_t at)
{
    const bool fair = status == ATTUNE_OK || status == ATTUNE_CORRUPT ||
                      status == ATTUNE_NOT_FOUND || status == ATTUNE_TOO_NEW ||
                      status == ATTUNE_CONFLICT || status == ATTUNE_IO ||
                      status == ATTUNE_NO_MEMORY;
    if (!fair)
        fail_msg("%s at %zu: %s: %s", what, at, attune_status_text(status), err.message);
}

static attune_status try_bytes(const struct good *g, const char *data, size_t len,
                               enum at_store_mode mode, const char *what, size_t at)
{
    char side[256];
    struct at_store *store = NULL;
    static const char *const sides[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(side, sizeof side, "%s%s", g->path, sides[i]);
        unlink(side);
    }
    assert_ok(at_fs_write(g->path, data, len, &err));
    attune_status status = at_sqlite_open(&store, g->path, mode, &err);
    assert_true((status == ATTUNE_OK) == (store != NULL));
    if (store)
        status = use(store, mode);
    assert_fair(status, what, at);
    at_sqlite_close(store);
    return status;
}

static void test_damage__flipped_bits(void **state)
{
    struct good *g = *state;
    char *copy = malloc(g->bytes.len);
    size_t n_found = 0;
    struct at_rng rng;
    at_rng_init(&rng, 7);
    for (int round = 0; round < ROUNDS; round++) {
        memcpy(copy, g->bytes.data, g->bytes.len);
        size_t at = 0;
        for (int flips = 0; flips <= round % 4; flips++) {
            /* every other round in the first page, where the schema is */
            at = (size_t)at_rng_below(&rng, round % 2 ? 4096 : g->bytes.len);
            copy[at] = (char)(copy[at] ^ (1 << (round % 8)));
        }
        n_found += try_bytes(g, copy, g->bytes.len, (enum at_store_mode)(round / 2 % 2), "flip",
                             at) != ATTUNE_OK;
    }
    assert_true(n_found >
                ROUNDS / 20); /* most of the file is text, where a flip is another letter */
    free(copy);
}

static void test_damage__pages_of_zeros_and_of_other_pages(void **state)
{
    struct good *g = *state;
    char *copy = malloc(g->bytes.len);
    const size_t n_pages = g->bytes.len / 4096;
    size_t n_found = 0;
    for (size_t page = 0; page < 2 * n_pages; page++) {
        memcpy(copy, g->bytes.data, g->bytes.len);
        const size_t at = page / 2 * 4096;
        if (page % 2)
            memset(copy + at, 0, 4096);
        else
            memcpy(copy + at, g->bytes.data + (page / 2 + 1) % n_pages * 4096, 4096);
        const attune_status status = try_bytes(g, copy, g->bytes.len, AT_STORE_READ, "page", at);
        if (page % 2) /* the pages of two empty tables are the same */
            assert_int_not_equal(status, ATTUNE_OK);
        n_found += status != ATTUNE_OK;
    }
    assert_true(n_found > n_pages + n_pages / 2);
    free(copy);
}

static void test_damage__a_file_that_is_cut_short(void **state)
{
    struct good *g = *state;
    for (size_t len = 1; len < g->bytes.len; len += len < 4096 ? 511 : 2048)
        for (int mode = AT_STORE_READ; mode <= AT_STORE_WRITE; mode++)
            if (try_bytes(g, g->bytes.data, len, (enum at_store_mode)mode, "cut", len) == ATTUNE_OK)
                fail_msg("cut at %zu of %zu went unnoticed", len, g->bytes.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_damage__flipped_bits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage__pages_of_zeros_and_of_other_pages, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_damage__a_file_that_is_cut_short, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
