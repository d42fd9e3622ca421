#include "support/chat_check.h"
#include "support/random_text.h"
#include "support/test.h"

#include "text/chat.h"

enum { ROUNDS = 100000, CHARS = 50 };

static const char *const chat_pieces[] = {"@bob",
                                          "https://a.b/c",
                                          "www.x.fr",
                                          "a.b@c.de",
                                          "0612345678",
                                          "soooo",
                                          "NO",
                                          "don't",
                                          "!?!",
                                          "...",
                                          ":)",
                                          "<3",
                                          "\U0001F468\u200d\U0001F469",
                                          "\U0001F44D\U0001F3FD",
                                          "\U0001F1EB\U0001F1F7",
                                          "1\ufe0f\u20e3",
                                          "\u0939\u093f\u0928\u094d\u0926\u0940",
                                          "\u0633\u0640\u0644\u0627\u0645",
                                          "\u0e09\u0e31\u0e19",
                                          "e\u0301",
                                          "@",
                                          ".",
                                          "'",
                                          " ",
                                          " ",
                                          " "};

/* A mix of random characters and of what the tokenizer has rules for; sometimes a broken byte. */
static size_t chat_random(struct at_rng *rng, char *out)
{
    size_t len = 0;
    for (size_t n = at_rng_below(rng, 8); n > 0; n--) {
        const char *piece =
            chat_pieces[at_rng_below(rng, sizeof chat_pieces / sizeof *chat_pieces)];
        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
        len += random_text(rng, out + len, at_rng_below(rng, 2) ? 4 : 0);
    }
    if (len && at_rng_below(rng, 4) == 0)
        out[at_rng_below(rng, len)] = (char)at_rng_below(rng, 256);
    return len;
}

static void prop_chat__tokens_are_sound(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 21);
    size_t n = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        char text[1024];
        const size_t len = i % 2 ? chat_random(&rng, text) : random_text(&rng, text, CHARS);
        char *exact = malloc(len ? len : 1); /* a byte too many is seen by ASan */
        memcpy(exact, text, len);
        n += chat_check((struct at_str){exact, len});
        free(exact);
    }
    assert_true(n > ROUNDS);
}

/* What stands behind a space has the same tokens whatever stands before it. */
static void prop_chat__spaces_part(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 22);
    for (size_t i = 0; i < ROUNDS; i++) {
        char text[2050];
        const size_t first = chat_random(&rng, text);
        if (at_str_utf8_prefix((struct at_str){text, first}) != first)
            continue; /* a cut character would eat the space */
        text[first] = ' ';
        const size_t second = chat_random(&rng, text + first + 1);
        struct at_chat joined, part;
        struct at_chat_token a, b;
        at_chat_begin(&joined, (struct at_str){text, first + 1 + second});
        at_chat_begin(&part, (struct at_str){text + first + 1, second});
        while (at_chat_next(&joined, &a) && a.start <= first)
            continue;
        for (bool more = a.start > first; more && at_chat_next(&part, &b);
             more = at_chat_next(&joined, &a)) {
            assert_int_equal(a.start - first - 1, b.start);
            assert_int_equal(a.len, b.len);
            assert_true(at_str_equal(a.text, b.text));
        }
        assert_false(at_chat_next(&part, &b) && second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_chat__tokens_are_sound),
        cmocka_unit_test(prop_chat__spaces_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
