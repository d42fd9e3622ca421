#include "support/random_text.h"
#include "support/test.h"

enum { ROUNDS = 200000, CHARS = 60 };

/* One character at a time, in its own words: read it, write it again, and see the same bytes. */
static size_t prefix_plain(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t i = 0, n;
    for (; i < len; i += n) {
        char again[AT_UTF8_MAX_BYTES];
        const uint32_t c = at_utf8_decode(p + i, p + len, &n);
        if (at_utf8_encode(again, c) != n || memcmp(again, text + i, n) != 0)
            break;
    }
    return i;
}

static void check(const char *text, size_t len)
{
    assert_int_equal(at_str_utf8_prefix((struct at_str){text, len}), prefix_plain(text, len));
}

/* Valid text is valid; with bytes changed or cut off, both ways agree on the place. */
static void prop_utf8__prefix_is_plain(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 7);
    char text[4 * CHARS + 1];
    for (size_t i = 0; i < ROUNDS; i++) {
        size_t len = random_text(&rng, text, CHARS);
        assert_int_equal(at_str_utf8_prefix((struct at_str){text, len}), len);
        for (size_t k = at_rng_below(&rng, 3); len && k > 0; k--)
            text[at_rng_below(&rng, len)] = (char)at_rng_below(&rng, 256);
        len -= at_rng_below(&rng, len / 4 + 1);
        check(text, len);
    }
}

/* All bytes at random: short valid pieces appear by chance. */
static void prop_utf8__prefix_is_plain_on_noise(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 8);
    for (size_t i = 0; i < ROUNDS; i++) {
        char text[8];
        const uint64_t bytes = at_rng_next(&rng);
        memcpy(text, &bytes, sizeof text);
        text[0] = (char)(0xC0 | (text[0] & 0x3F));
        check(text, 1 + at_rng_below(&rng, sizeof text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_utf8__prefix_is_plain),
        cmocka_unit_test(prop_utf8__prefix_is_plain_on_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
