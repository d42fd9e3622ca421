#include "base/status.h"

#include <errno.h>

#include "base/str.h"
#include "support/test.h"

static bool is_utf8(const char *text)
{
    const size_t len = strlen(text);
    size_t i = 0;
    while (i < len) {
        const size_t n = at_utf8_length(text + i, len - i);
        if (!n)
            return false;
        i += n;
    }
    return true;
}

static void test_status__every_row_has_its_columns(void **state)
{
    (void)state;
    static const struct {
        attune_status status;
        int value, http, exit_code;
        const char *text;
    } rows[] = {
#define X(name, value, http, exit, text) {ATTUNE_##name, value, http, exit, text},
        ATTUNE_STATUS_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(rows[i].status, rows[i].value);
        assert_int_equal(attune_status_http(rows[i].status), rows[i].http);
        assert_int_equal(attune_status_exit(rows[i].status), rows[i].exit_code);
        assert_string_equal(attune_status_text(rows[i].status), rows[i].text);
        assert_in_range(rows[i].http, 200, 599);
        assert_in_range(rows[i].exit_code, 0, 130);
    }
}

static void test_status__value_outside_the_list(void **state)
{
    (void)state;
    assert_string_equal(attune_status_text((attune_status)999), "unknown status");
    assert_int_equal(attune_status_http((attune_status)999), 500);
    assert_int_equal(attune_status_exit((attune_status)999), 1);
}

static void test_status__fail_fills_the_error(void **state)
{
    (void)state;
    attune_error err = {.os_error = 99};
    assert_int_equal(at_fail(&err, ATTUNE_FORMAT, "line %d", 7), ATTUNE_FORMAT);
    assert_int_equal(err.status, ATTUNE_FORMAT);
    assert_int_equal(err.os_error, 0);
    assert_string_equal(err.message, "line 7");
    assert_int_equal(at_fail(NULL, ATTUNE_BUSY, "x"), ATTUNE_BUSY);
}

static void test_status__fail_os_names_the_reason(void **state)
{
    (void)state;
    attune_error err;
    assert_int_equal(at_fail_os(&err, ENOENT, "cannot open '%s'", "a"), ATTUNE_IO);
    assert_int_equal(err.os_error, ENOENT);
    assert_string_equal(err.message, "cannot open 'a': No such file or directory");
    assert_int_equal(at_fail_os(&err, ENOMEM, "x"), ATTUNE_NO_MEMORY);
    assert_int_equal(at_fail_os(NULL, ENOMEM, "x"), ATTUNE_NO_MEMORY);
    assert_int_equal(at_fail_os(NULL, EIO, "x"), ATTUNE_IO);
    at_fail_os(&err, 123456, "x");
    assert_true(strstr(err.message, "123456") != NULL);
}

static void test_status__wrap_puts_the_context_before(void **state)
{
    (void)state;
    attune_error err;
    at_fail_os(&err, EIO, "cannot read");
    assert_int_equal(at_wrap(&err, ATTUNE_IO, "version %d", 3), ATTUNE_IO);
    assert_string_equal(err.message, "version 3: cannot read: Input/output error");
    assert_int_equal(err.os_error, EIO);
    assert_int_equal(at_wrap(NULL, ATTUNE_IO, "x"), ATTUNE_IO);
}

/* Texts of all lengths around the limit, with characters of all widths at the cut. */
static void test_status__a_long_text_is_cut_at_a_whole_character(void **state)
{
    (void)state;
    static const char *const wide[] = {"x", "é", "€", "😀"};
    for (size_t w = 0; w < 4; w++) {
        for (size_t lead = 465; lead < 485; lead++) {
            char text[600];
            memset(text, 'a', lead);
            text[lead] = '\0';
            for (int i = 0; i < 6; i++)
                strcat(text, wide[w]);
            attune_error err;
            at_fail(&err, ATTUNE_IO, "%s", text);
            assert_true(is_utf8(err.message));
            const size_t kept = strlen(err.message);
            assert_true(kept + strlen(wide[w]) >= sizeof err.message ||
                        kept == strlen(text)); /* no more is lost than must be */
            assert_memory_equal(err.message, text, kept);
            at_wrap(&err, ATTUNE_IO, "context %s", "é");
            assert_true(is_utf8(err.message));
            at_fail_os(&err, EIO, "%s", text);
            assert_true(is_utf8(err.message));
        }
    }
}

static void test_status__what_is_not_text_becomes_a_mark(void **state)
{
    (void)state;
    attune_error err;
    at_fail(&err, ATTUNE_FORMAT, "got '%s'", "a\xFF\xC3(\x1B[31m\x7F\r\tz\n");
    assert_string_equal(err.message, "got 'a?"
                                     "?(?[31m?"
                                     "?\tz\n'");
    at_fail(&err, ATTUNE_FORMAT, "%s", "\xED\xA0\x80 \xC0\xAF \xF5\x80\x80\x80");
    assert_string_equal(err.message, "?"
                                     "?"
                                     "? ?"
                                     "? ?"
                                     "?"
                                     "?"
                                     "?");
    at_fail(&err, ATTUNE_FORMAT, "no line end\n\n");
    assert_string_equal(err.message, "no line end");
    at_fail(&err, ATTUNE_FORMAT, "%.2s é", "x\xC3\xA9");
    assert_string_equal(err.message, "x? é");
}

static attune_status try_twice(int *calls, attune_status first)
{
    ++*calls;
    AT_TRY(first);
    ++*calls;
    return ATTUNE_OK;
}

static void test_status__try_passes_on(void **state)
{
    (void)state;
    int calls = 0;
    assert_int_equal(try_twice(&calls, ATTUNE_BUSY), ATTUNE_BUSY);
    assert_int_equal(calls, 1);
    assert_int_equal(try_twice(&calls, ATTUNE_OK), ATTUNE_OK);
    assert_int_equal(calls, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status__every_row_has_its_columns),
        cmocka_unit_test(test_status__value_outside_the_list),
        cmocka_unit_test(test_status__fail_fills_the_error),
        cmocka_unit_test(test_status__fail_os_names_the_reason),
        cmocka_unit_test(test_status__wrap_puts_the_context_before),
        cmocka_unit_test(test_status__a_long_text_is_cut_at_a_whole_character),
        cmocka_unit_test(test_status__what_is_not_text_becomes_a_mark),
        cmocka_unit_test(test_status__try_passes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
