#include "base/alloc.h"

#include "support/test.h"

static void test_alloc__zeroes(void **state)
{
    (void)state;
    unsigned char *p = at_alloc(1000, 3);
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(p[i], 0);
    at_free(p);
    at_free(NULL);
}

static void test_alloc__refuses_an_overflow(void **state)
{
    (void)state;
    assert_null(at_alloc(SIZE_MAX, 2));
    assert_null(at_alloc(SIZE_MAX / 2 + 1, 2));
    assert_null(at_alloc((size_t)PTRDIFF_MAX + 1, 1));
    assert_null(at_alloc_raw(SIZE_MAX / 4, 8));
    assert_null(at_strndup("x", SIZE_MAX));
    int *p = AT_ALLOC(int, 1);
    *p = 7;
    assert_null(at_realloc(p, SIZE_MAX / 4, sizeof *p));
    assert_int_equal(*p, 7);
    at_free(p);
}

static void test_alloc__nothing_is_a_pointer_too(void **state)
{
    (void)state;
    void *a = at_alloc(0, 8), *b = at_alloc_raw(8, 0), *c = at_realloc(NULL, 0, 0);
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    at_free(a);
    at_free(b);
    at_free(c);
}

static void test_alloc__realloc_keeps_the_content(void **state)
{
    (void)state;
    int *p = AT_ALLOC_RAW(int, 2);
    p[0] = 1;
    p[1] = 2;
    p = at_realloc(p, 1000, sizeof *p);
    assert_int_equal(p[0] + 10 * p[1], 21);
    at_free(p);
}

static void test_alloc__copies_texts(void **state)
{
    (void)state;
    char *a = at_strdup("hello"), *b = at_strndup("hello", 2), *c = at_strndup(NULL, 0);
    char *d = at_strndup("a\0b", 3);
    assert_string_equal(a, "hello");
    assert_string_equal(b, "he");
    assert_string_equal(c, "");
    assert_memory_equal(d, "a\0b", 4);
    at_free(a);
    at_free(b);
    at_free(c);
    at_free(d);
}

static void test_alloc__the_hook_fails_once(void **state)
{
    (void)state;
    at_alloc_fail_after(3);
    void *a = at_alloc(1, 1), *b = at_alloc_raw(1, 1), *c = at_realloc(NULL, 1, 1);
    void *d = at_strdup("x");
    assert_non_null(a);
    assert_non_null(b);
    assert_null(c);
    assert_non_null(d);
    at_alloc_fail_after(1);
    at_alloc_fail_after(0);
    void *e = at_alloc(1, 1);
    assert_non_null(e);
    at_free(a);
    at_free(b);
    at_free(d);
    at_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc__zeroes),
        cmocka_unit_test(test_alloc__refuses_an_overflow),
        cmocka_unit_test(test_alloc__nothing_is_a_pointer_too),
        cmocka_unit_test(test_alloc__realloc_keeps_the_content),
        cmocka_unit_test(test_alloc__copies_texts),
        cmocka_unit_test(test_alloc__the_hook_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
