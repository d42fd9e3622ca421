#include "support/random_text.h"
#include "support/test.h"

enum { ROUNDS = 200000, CHARS = 60 };

static void check(const char *text, size_t len)
{
    const struct at_str s = {text, len};
    assert_int_equal(at_utf8_valid_prefix(s), at_utf8_valid_prefix_plain(s));
}

/* Valid text stays valid; one byte changed, put in or cut off: both versions agree on the place. */
static void prop_utf8__fast_is_plain(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 7);
    char text[4 * CHARS + 1];
    for (size_t i = 0; i < ROUNDS; i++) {
        size_t len = random_text(&rng, text, CHARS);
        assert_int_equal(at_utf8_valid_prefix((struct at_str){text, len}), len);
        for (size_t k = at_rng_below(&rng, 3); len && k > 0; k--)
            text[at_rng_below(&rng, len)] = (char)at_rng_below(&rng, 256);
        len -= at_rng_below(&rng, len / 4 + 1);
        check(text, len);
    }
}

/* All bytes at random: short valid pieces appear by chance. */
static void prop_utf8__fast_is_plain_on_noise(void **state)
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
        cmocka_unit_test(prop_utf8__fast_is_plain),
        cmocka_unit_test(prop_utf8__fast_is_plain_on_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
