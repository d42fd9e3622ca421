/* The map against a plain list that is searched from the front. */
#include "base/alloc.h"
#include "base/map.h"
#include "base/rng.h"
#include "support/test.h"

enum { MAX_KEYS = 400 };

struct list {
    struct at_str keys[MAX_KEYS];
    char text[MAX_KEYS][16];
    size_t n;
};

static uint32_t list_find(const struct list *l, struct at_str key)
{
    for (size_t i = 0; i < l->n; i++)
        if (at_str_equal(l->keys[i], key))
            return (uint32_t)i;
    return AT_MAP_NONE;
}

static uint32_t list_add(struct list *l, struct at_str key)
{
    const uint32_t found = list_find(l, key);
    if (found != AT_MAP_NONE)
        return found;
    memcpy(l->text[l->n], key.ptr, key.len);
    l->keys[l->n] = (struct at_str){l->text[l->n], key.len};
    return (uint32_t)l->n++;
}

/* Few letters and short lengths, so that keys repeat; NUL and the empty key are keys too. */
static struct at_str random_key(struct at_rng *rng, char *out, size_t max_len)
{
    const size_t len = (size_t)at_rng_below(rng, max_len + 1);
    for (size_t i = 0; i < len; i++)
        out[i] = "ab\0\xFF"[at_rng_below(rng, 4)];
    return (struct at_str){out, len};
}

static void test_map__behaves_like_a_list(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    static struct list list;
    at_rng_init(&rng, 21);
    for (int round = 0; round < 60; round++) {
        struct at_map map = {0};
        const size_t max_len = 1 + at_rng_below(&rng, 12);
        list.n = 0;
        for (int step = 0; step < MAX_KEYS; step++) {
            char text[16];
            const struct at_str key = random_key(&rng, text, max_len);
            uint32_t index = 77;
            bool is_new = false;
            const size_t before = list.n;
            assert_int_equal(at_map_get(&map, key), list_find(&list, key));
            assert_ok(at_map_add(&map, key, &index, step % 2 ? &is_new : NULL, &err));
            assert_int_equal(index, list_add(&list, key));
            if (step % 2)
                assert_int_equal(is_new, list.n > before);
        }
        assert_int_equal(map.n_keys, list.n);
        for (size_t i = 0; i < list.n; i++) {
            assert_true(at_str_equal(map.keys[i], list.keys[i]));
            assert_int_equal(map.keys[i].ptr[map.keys[i].len], '\0');
        }
        at_map_release(&map);
    }
}

static void test_map__strings_never_move(void **state)
{
    (void)state;
    attune_error err;
    struct at_map map = {0};
    uint32_t index;
    assert_ok(at_map_add(&map, at_str_from("first"), &index, NULL, &err));
    const char *first = map.keys[0].ptr;
    for (int i = 0; i < 20000; i++) {
        char text[16];
        snprintf(text, sizeof text, "key %d", i);
        assert_ok(at_map_add(&map, at_str_from(text), &index, NULL, &err));
        assert_int_equal(index, i + 1);
    }
    assert_ptr_equal(map.keys[0].ptr, first);
    assert_string_equal(first, "first");
    assert_int_equal(at_map_get(&map, at_str_from("key 19999")), 20000);
    assert_int_equal(at_map_get(&map, at_str_from("key 20000")), AT_MAP_NONE);
    at_map_release(&map);
    assert_int_equal(at_map_get(&map, at_str_from("first")), AT_MAP_NONE);
}

/* A failed add leaves the map as it was; the same add then succeeds. */
static void test_map__every_allocation_may_fail(void **state)
{
    (void)state;
    attune_error err;
    struct at_map map = {0};
    size_t n_failed = 0;
    for (uint32_t i = 0; i < 300; i++) {
        char text[64];
        snprintf(text, sizeof text, "a key that is a little longer: %u", (unsigned)i);
        for (size_t n = 1;; n++) {
            uint32_t index = 12345;
            at_alloc_fail_after(n);
            const attune_status status = at_map_add(&map, at_str_from(text), &index, NULL, &err);
            at_alloc_fail_after(0);
            if (status == ATTUNE_OK) {
                assert_int_equal(index, i);
                break;
            }
            assert_int_equal(status, ATTUNE_NO_MEMORY);
            assert_int_equal(index, 12345);
            assert_int_equal(map.n_keys, i);
            assert_int_equal(at_map_get(&map, at_str_from(text)), AT_MAP_NONE);
            n_failed++;
        }
    }
    assert_true(n_failed >= 10);
    at_map_release(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map__behaves_like_a_list),
        cmocka_unit_test(test_map__strings_never_move),
        cmocka_unit_test(test_map__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
