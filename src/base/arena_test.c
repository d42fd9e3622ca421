#include "base/arena.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "support/test.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifdef UNDER_ASAN
#include <sanitizer/asan_interface.h>
#endif

static void test_arena__aligns(void **state)
{
    (void)state;
    struct at_arena arena = {0};
    for (size_t align = 1; align <= 64; align *= 2)
        for (size_t size = 0; size < 70; size++) {
            unsigned char *p = at_arena_alloc(&arena, 1, size, align);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % align, 0);
            memset(p, 0xAA, size);
        }
    at_arena_release(&arena);
    assert_int_equal(arena.total_bytes, 0);
    assert_null(arena.head);
}

/* Blocks of random sizes, each filled with its number: none may touch another. */
static void test_arena__pieces_do_not_overlap(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct at_arena arena = {0};
    struct at_rng rng;
    static unsigned char *piece[N];
    static size_t size[N];
    at_rng_init(&rng, 1);
    for (size_t i = 0; i < N; i++) {
        size[i] = (size_t)at_rng_below(&rng, i % 100 ? 200 : 50000);
        piece[i] = at_arena_alloc(&arena, size[i], 1, (size_t)1 << at_rng_below(&rng, 7));
        memset(piece[i], (int)(i % 251), size[i]);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < size[i]; j++)
            assert_int_equal(piece[i][j], i % 251);
    at_arena_release(&arena);
}

static void test_arena__refuses_an_overflow(void **state)
{
    (void)state;
    struct at_arena arena = {0};
    assert_null(at_arena_alloc(&arena, SIZE_MAX, 2, 8));
    assert_null(at_arena_alloc(&arena, SIZE_MAX / 2, 1, 64));
    assert_null(at_arena_alloc(&arena, (size_t)PTRDIFF_MAX, 1, 1));
    assert_null(at_arena_strndup(&arena, "x", SIZE_MAX));
    assert_int_equal(arena.total_bytes, 0);
    at_arena_release(&arena);
}

static void test_arena__clear_keeps_one_block(void **state)
{
    (void)state;
    struct at_arena arena = {0};
    at_arena_clear(&arena);
    for (int i = 0; i < 100; i++)
        memset(AT_NEW(&arena, int, 1000), 1, 4000);
    const size_t before = arena.total_bytes;
    at_arena_clear(&arena);
    const size_t kept = arena.total_bytes;
    assert_true(kept > 0 && kept < before);
    at_alloc_fail_after(1); /* the kept block must do */
    assert_non_null(AT_NEW(&arena, int, 1000));
    at_alloc_fail_after(0);
    assert_int_equal(arena.total_bytes, kept);
    at_arena_release(&arena);
    at_arena_release(&arena);
}

static void test_arena__few_calls_for_much_memory(void **state)
{
    (void)state;
    struct at_arena arena = {0};
    at_alloc_fail_after(40);
    for (int i = 0; i < 100000; i++)
        assert_non_null(AT_NEW(&arena, double, 20));
    at_alloc_fail_after(0);
    at_arena_release(&arena);
}

static void test_arena__copies_texts(void **state)
{
    (void)state;
    struct at_arena arena = {0};
    assert_string_equal(at_arena_strdup(&arena, "hello"), "hello");
    assert_string_equal(at_arena_strndup(&arena, "hello", 3), "hel");
    assert_string_equal(at_arena_strndup(&arena, NULL, 0), "");
    at_arena_release(&arena);
}

static void test_arena__no_memory(void **state)
{
    (void)state;
    struct at_arena arena = {0};
    at_alloc_fail_after(1);
    assert_null(AT_NEW(&arena, int, 1));
    assert_int_equal(arena.total_bytes, 0);
    char *a = at_arena_strdup(&arena, "kept");
    at_alloc_fail_after(1);
    assert_null(at_arena_alloc(&arena, 1, 1 << 20, 1));
    assert_string_equal(a, "kept");
    at_arena_release(&arena);
}

static void test_arena__gaps_are_poisoned(void **state)
{
    (void)state;
#ifdef UNDER_ASAN
    struct at_arena arena = {0};
    for (size_t size = 1; size < 40; size++) {
        char *p = at_arena_alloc(&arena, 1, size, 1);
        char *q = at_arena_alloc(&arena, 1, 1, 1);
        for (size_t i = 0; i < size; i++)
            assert_false(__asan_address_is_poisoned(p + i));
        /* the granule of eight bytes in which the next piece starts stays open */
        assert_true(__asan_region_is_poisoned(p + size, (size_t)(q - (p + size))) != NULL);
        assert_true(__asan_address_is_poisoned(p + size) || size % 8);
    }
    char *old = at_arena_strdup(&arena, "old");
    at_arena_clear(&arena);
    assert_true(__asan_address_is_poisoned(old));
    at_arena_release(&arena);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena__aligns),
        cmocka_unit_test(test_arena__pieces_do_not_overlap),
        cmocka_unit_test(test_arena__refuses_an_overflow),
        cmocka_unit_test(test_arena__clear_keeps_one_block),
        cmocka_unit_test(test_arena__few_calls_for_much_memory),
        cmocka_unit_test(test_arena__copies_texts),
        cmocka_unit_test(test_arena__no_memory),
        cmocka_unit_test(test_arena__gaps_are_poisoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
