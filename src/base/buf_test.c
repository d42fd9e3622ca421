#include "base/buf.h"

#include "base/alloc.h"
#include "support/test.h"

static void test_buf__grows(void **state)
{
    (void)state;
    attune_error err;
    struct at_buf b = {0};
    for (int i = 0; i < 5000; i++) {
        assert_ok(at_buf_add(&b, "abc", 3, &err));
        assert_int_equal(b.len, 3 * (i + 1));
        assert_int_equal(b.data[b.len], '\0');
    }
    for (size_t i = 0; i < b.len; i++)
        assert_int_equal(b.data[i], "abc"[i % 3]);
    at_buf_release(&b);
    assert_null(b.data);
    at_buf_release(&b);
}

static void test_buf__empty_and_binary(void **state)
{
    (void)state;
    attune_error err;
    struct at_buf b = {0};
    assert_ok(at_buf_add(&b, NULL, 0, &err));
    assert_string_equal(b.data, "");
    assert_ok(at_buf_add(&b, "a\0b", 3, &err));
    assert_memory_equal(b.data, "a\0b", 4);
    at_buf_clear(&b);
    assert_int_equal(b.len, 0);
    assert_string_equal(b.data, "");
    assert_ok(at_buf_addz(&b, "next", &err));
    assert_string_equal(b.data, "next");
    at_buf_release(&b);
    at_buf_clear(&b);
}

static void test_buf__formats(void **state)
{
    (void)state;
    attune_error err;
    struct at_buf b = {0};
    assert_ok(at_buf_addf(&b, &err, "%d-%s", 12, "x"));
    assert_ok(at_buf_addf(&b, &err, "%200d", 7));
    assert_int_equal(b.len, 204);
    assert_memory_equal(b.data, "12-x ", 5);
    assert_int_equal(b.data[203], '7');
    at_buf_release(&b);
}

static void test_buf__the_limit_is_hard(void **state)
{
    (void)state;
    attune_error err;
    struct at_buf b = {.limit_bytes = 10};
    assert_ok(at_buf_add(&b, "0123456", 7, &err));
    assert_fails(at_buf_add(&b, "7890", 4, &err), ATTUNE_LIMIT, "10 bytes");
    assert_fails(at_buf_addf(&b, &err, "%04d", 1), ATTUNE_LIMIT, "10 bytes");
    assert_fails(at_buf_reserve(&b, SIZE_MAX, &err), ATTUNE_LIMIT, "10 bytes");
    assert_string_equal(b.data, "0123456");
    assert_ok(at_buf_add(&b, "789", 3, &err));
    assert_true(b.cap <= 11);
    b.limit_bytes = 5; /* below what is in it */
    assert_fails(at_buf_add(&b, "x", 1, &err), ATTUNE_LIMIT, "5 bytes");
    assert_int_equal(b.len, 10);
    at_buf_release(&b);
}

static void test_buf__a_failure_changes_nothing(void **state)
{
    (void)state;
    attune_error err;
    struct at_buf b = {0};
    at_alloc_fail_after(1);
    assert_fails(at_buf_addz(&b, "x", &err), ATTUNE_NO_MEMORY, "out of memory");
    assert_null(b.data);
    assert_ok(at_buf_addz(&b, "kept", &err));
    char big[500];
    memset(big, 'x', sizeof big);
    at_alloc_fail_after(1);
    assert_fails(at_buf_add(&b, big, sizeof big, &err), ATTUNE_NO_MEMORY, "out of memory");
    at_alloc_fail_after(1);
    assert_fails(at_buf_addf(&b, &err, "%500d", 1), ATTUNE_NO_MEMORY, "out of memory");
    at_alloc_fail_after(0);
    assert_string_equal(b.data, "kept");
    assert_int_equal(b.len, 4);
    at_buf_release(&b);
}

static void test_buf__reserve_then_write(void **state)
{
    (void)state;
    attune_error err;
    struct at_buf b = {0};
    assert_ok(at_buf_reserve(&b, 100, &err));
    assert_string_equal(b.data, ""); /* holds a NUL even before anything is written */
    memcpy(b.data, "hey", 4);
    b.len = 3;
    assert_ok(at_buf_addz(&b, "!", &err));
    assert_string_equal(b.data, "hey!");
    at_buf_release(&b);
}

static void test_buf__take_empties_it(void **state)
{
    (void)state;
    attune_error err;
    struct at_buf b = {0};
    assert_null(at_buf_take(&b));
    assert_ok(at_buf_addz(&b, "gift", &err));
    char *text = at_buf_take(&b);
    assert_string_equal(text, "gift");
    assert_null(b.data);
    assert_int_equal(b.len + b.cap, 0);
    assert_ok(at_buf_addz(&b, "next", &err));
    assert_string_equal(text, "gift");
    at_free(text);
    at_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf__grows),
        cmocka_unit_test(test_buf__empty_and_binary),
        cmocka_unit_test(test_buf__formats),
        cmocka_unit_test(test_buf__the_limit_is_hard),
        cmocka_unit_test(test_buf__a_failure_changes_nothing),
        cmocka_unit_test(test_buf__reserve_then_write),
        cmocka_unit_test(test_buf__take_empties_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
