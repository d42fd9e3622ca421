#include "support/test.h"

#include "text/utf8.h"

static void test_utf8__encode_and_decode_are_inverse_for_all(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        char text[4];
        const size_t n = at_utf8_encode(text, c);
        const unsigned char *p = (const unsigned char *)text;
        size_t read = 0;
        if (at_str_utf8_prefix((struct at_str){text, n}) != n ||
            at_utf8_decode(p, p + n, &read) != c || read != n ||
            at_utf8_decode_back(p, p + n, &read) != c || read != n)
            fail_msg("U+%04X", (unsigned)c);
    }
}

static void test_utf8__decodes_broken_bytes_one_at_a_time(void **state)
{
    (void)state;
    const unsigned char text[] = {0xE2, 0x82, 'a', 0xF0};
    size_t n;
    assert_int_equal(at_utf8_decode(text, text + 4, &n), AT_UTF8_REPLACEMENT);
    assert_int_equal(n, 1);
    assert_int_equal(at_utf8_decode_back(text, text + 2, &n), AT_UTF8_REPLACEMENT);
    assert_int_equal(n, 1);
    assert_int_equal(at_utf8_decode_back(text, text + 3, &n), 'a');
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8__encode_and_decode_are_inverse_for_all),
        cmocka_unit_test(test_utf8__decodes_broken_bytes_one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
