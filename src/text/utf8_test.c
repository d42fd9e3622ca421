#include "support/test.h"

#include "text/utf8.h"

static size_t prefix(const char *bytes, size_t len)
{
    const size_t fast = at_utf8_valid_prefix((struct at_str){bytes, len});
    assert_int_equal(fast, at_utf8_valid_prefix_plain((struct at_str){bytes, len}));
    return fast;
}
#define PREFIX(literal) prefix(literal, sizeof(literal) - 1)

static void test_utf8__accepts_valid(void **state)
{
    (void)state;
    assert_int_equal(PREFIX(""), 0);
    assert_int_equal(PREFIX("hello, how are you? this line is longer than thirty-two bytes"), 61);
    assert_int_equal(PREFIX("caf\xC3\xA9"), 5);
    assert_int_equal(PREFIX("\xF0\x9F\x98\x8D\xE2\x9D\xA4"), 7);
    assert_int_equal(
        PREFIX("\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"), 18);
    assert_int_equal(PREFIX("\xED\x9F\xBF\xEE\x80\x80"), 6);
    assert_int_equal(PREFIX("a\0b"), 3);
}

static void test_utf8__names_the_first_bad_byte(void **state)
{
    (void)state;
    assert_int_equal(PREFIX("ok\xFF"), 2);
    assert_int_equal(PREFIX("\x80"), 0);
    assert_int_equal(PREFIX("a\xC0\xAF"), 1);         /* overlong '/' */
    assert_int_equal(PREFIX("a\xC1\xBF"), 1);         /* overlong */
    assert_int_equal(PREFIX("a\xE0\x9F\xBF"), 1);     /* overlong */
    assert_int_equal(PREFIX("a\xF0\x8F\xBF\xBF"), 1); /* overlong */
    assert_int_equal(PREFIX("\xED\xA0\x80"), 0);      /* surrogate */
    assert_int_equal(PREFIX("\xF4\x90\x80\x80"), 0);  /* above U+10FFFF */
    assert_int_equal(PREFIX("\xF5\x80\x80\x80"), 0);
    assert_int_equal(PREFIX("abcdefgh\xE2\x82"), 8); /* cut off */
    assert_int_equal(PREFIX("\xF0\x9F\x98"), 0);
    assert_int_equal(PREFIX("\xE2\x28\xA1"), 0);
}

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
        if (at_utf8_valid_prefix((struct at_str){text, n}) != n ||
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
        cmocka_unit_test(test_utf8__accepts_valid),
        cmocka_unit_test(test_utf8__names_the_first_bad_byte),
        cmocka_unit_test(test_utf8__encode_and_decode_are_inverse_for_all),
        cmocka_unit_test(test_utf8__decodes_broken_bytes_one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
