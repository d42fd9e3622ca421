#include "support/test.h"

#include "base/hash.h"
#include "golden/unicode/digests.h"
#include "text/utf8.h"
#include "text/words.h"

/* The words of `text` with '|' between them. */
static const char *words_of(char *out, const char *text)
{
    struct at_words words;
    at_words_begin(&words, at_str_from(text));
    size_t len = 0;
    for (size_t n; (n = at_words_next(&words, out + len + (len > 0))) != 0;) {
        if (len)
            out[len++] = '|';
        len += n;
    }
    out[len] = '\0';
    return out;
}

static void test_words__splits_and_lowers_ascii(void **state)
{
    (void)state;
    char out[256];
    assert_string_equal(words_of(out, "Hey, did YOU get my_message2?"),
                        "hey|did|you|get|my_message2");
    assert_string_equal(words_of(out, "I am a b cd e"), "am|cd");
    assert_string_equal(words_of(out, ""), "");
    assert_string_equal(words_of(out, "...!?"), "");
    assert_string_equal(words_of(out, "don't"), "don");
    assert_string_equal(words_of(out, "@AZ[`az{/09:"), "az|az|09");
}

static void test_words__follows_python_beyond_ascii(void **state)
{
    (void)state;
    char out[256];
    assert_string_equal(words_of(out, "\u00c9T\u00c9 \u00e0 l'\u00c9cole"),
                        "\u00e9t\u00e9|\u00e9cole");
    assert_string_equal(words_of(out, "e\u0301te\u0301"), "te");
    assert_string_equal(words_of(out, "\u0130stanbul"), "stanbul");
    assert_string_equal(words_of(out, "Ab\u0130Cd"), "abi|cd");
    assert_string_equal(words_of(out, "\U0001F60D\u2764\uFE0F\U0001F44D"), "");
    assert_string_equal(words_of(out, "\u0939\u093f\u0928\u094d\u0926\u0940"), "");
    assert_string_equal(words_of(out, "\u023a\u023a"), "\u2c65\u2c65");
    assert_string_equal(words_of(out, "\u4f60\u597d \u4f60"), "\u4f60\u597d");
    assert_string_equal(words_of(out, "\u212a\u212a"), "kk");
}

static void test_words__final_sigma(void **state)
{
    (void)state;
    char out[256];
    assert_string_equal(words_of(out, "\u039f\u03a3 \u039f\u03a3\u039f"),
                        "\u03bf\u03c2|\u03bf\u03c3\u03bf");
    assert_string_equal(words_of(out, "\u03a3\u03a3"), "\u03c3\u03c2");
    assert_string_equal(words_of(out, "AB\u03a3'"), "ab\u03c2");
    assert_string_equal(words_of(out, "AB\u03a3'a"), "ab\u03c3");
    assert_string_equal(words_of(out, "A'1\u03a3"), "1\u03c3");
    assert_string_equal(words_of(out, "A.\u03a3bc."), "\u03c3bc");
    assert_string_equal(words_of(out, " '\u03a31"), "\u03c31");
}

static void test_words__broken_bytes_part_words(void **state)
{
    (void)state;
    char out[256];
    assert_string_equal(words_of(out, "ab\xFFgh\xE2\x82"), "ab|gh");
    assert_string_equal(words_of(out, "\xC3\xA9\xC3"), "");
}

/* The words of `text`, a newline after each, and a NUL. `out` has room for 128 bytes. */
static size_t put_words(char *out, struct at_str text)
{
    struct at_words words;
    at_words_begin(&words, text);
    size_t len = 0;
    for (size_t n; (n = at_words_next(&words, out + len)) != 0;) {
        if (n + 8 > at_words_room(text.len))
            fail_msg("a word of %zu bytes from a text of %zu", n, text.len);
        len += n;
        out[len++] = '\n';
    }
    out[len++] = '\0';
    return len;
}

static void check_all(const char *before, const char *after, const char *wanted)
{
    struct at_sha256 sha;
    at_sha256_init(&sha);
    char text[64], out[65536];
    const size_t n_before = strlen(before), n_after = strlen(after);
    memcpy(text, before, n_before);
    size_t n_out = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        const size_t n = n_before + at_utf8_encode(text + n_before, c);
        memcpy(text + n, after, n_after);
        n_out += put_words(out + n_out, (struct at_str){text, n + n_after});
        if (n_out > sizeof out - 128) {
            at_sha256_add(&sha, out, n_out);
            n_out = 0;
        }
    }
    at_sha256_add(&sha, out, n_out);
    uint8_t digest[AT_SHA256_BYTES];
    char hex[AT_SHA256_HEX];
    at_sha256_finish(&sha, digest);
    at_hex(hex, digest, sizeof digest);
    if (strcmp(hex, wanted) != 0)
        fail_msg("'%s' + c + '%s': %s, Python has %s", before, after, hex, wanted);
}

static void test_words__every_code_point_as_python(void **state)
{
    (void)state;
#define CHECK(before, after, digest) check_all(before, after, digest);
    AT_WORDS_DIGESTS(CHECK)
#undef CHECK
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words__splits_and_lowers_ascii),
        cmocka_unit_test(test_words__follows_python_beyond_ascii),
        cmocka_unit_test(test_words__final_sigma),
        cmocka_unit_test(test_words__broken_bytes_part_words),
        cmocka_unit_test(test_words__every_code_point_as_python),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
