#include "support/test.h"

#include "base/str.h"

static size_t prefix(const char *text, size_t len)
{
    return at_str_utf8_prefix((struct at_str){text, len});
}

#define PREFIX(text) prefix(text, sizeof(text) - 1)

static void test_str_utf8__valid_text_is_whole(void **state)
{
    (void)state;
    assert_int_equal(PREFIX(""), 0);
    assert_int_equal(PREFIX("plain ascii, long enough for the fast path"), 42);
    assert_int_equal(PREFIX("\xC3\xA9t\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 ok"), 17);
    assert_int_equal(PREFIX("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF4\x8F\xBF\xBF"), 15);
    assert_int_equal(PREFIX("a\0b"), 3);
}

static void test_str_utf8__stops_at_the_first_bad_byte(void **state)
{
    (void)state;
    assert_int_equal(PREFIX("12345678\xFF"), 8);
    assert_int_equal(PREFIX("ab\x80"), 2);
    assert_int_equal(PREFIX("ab\xC0\xAF"), 2);         /* overlong */
    assert_int_equal(PREFIX("ab\xE0\x9F\xBF"), 2);     /* overlong */
    assert_int_equal(PREFIX("ab\xF0\x8F\xBF\xBF"), 2); /* overlong */
    assert_int_equal(PREFIX("ab\xED\xA0\x80"), 2);     /* surrogate */
    assert_int_equal(PREFIX("ab\xF4\x90\x80\x80"), 2); /* above U+10FFFF */
    assert_int_equal(PREFIX("ab\xF5\x80\x80\x80"), 2);
    assert_int_equal(PREFIX("ab\xE2\x82"), 2); /* cut off */
    assert_int_equal(PREFIX("ab\xE2\x82x"), 2);
    assert_int_equal(PREFIX("ab\xC3"), 2);
}

static void test_str_utf8__clip_keeps_characters_whole(void **state)
{
    (void)state;
    const struct at_str text = at_str_from("a\xC3\xA9\xE2\x82\xAC");
    assert_int_equal(at_str_clip(text, 100), 6);
    assert_int_equal(at_str_clip(text, 5), 3);
    assert_int_equal(at_str_clip(text, 2), 1);
    assert_int_equal(at_str_clip(text, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_str_utf8__valid_text_is_whole),
        cmocka_unit_test(test_str_utf8__stops_at_the_first_bad_byte),
        cmocka_unit_test(test_str_utf8__clip_keeps_characters_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
