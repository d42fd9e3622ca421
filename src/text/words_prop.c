#include "support/random_text.h"
#include "support/test.h"

#include "text/words.h"

enum { ROUNDS = 100000, CHARS = 50 };

/* The fast tokenizer gives the words of the plain one, also where bytes are broken. */
static void prop_words__fast_is_plain(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 11);
    char text[4 * CHARS + 1], fast[12 * CHARS], plain[12 * CHARS];
    for (size_t i = 0; i < ROUNDS; i++) {
        const size_t len = random_text(&rng, text, CHARS);
        if (len && i % 4 == 0)
            text[at_rng_below(&rng, len)] = (char)at_rng_below(&rng, 256);
        struct at_words a, b;
        at_words_begin(&a, (struct at_str){text, len});
        at_words_begin(&b, (struct at_str){text, len});
        size_t n, m;
        do {
            n = at_words_next(&a, fast);
            m = at_words_next_plain(&b, plain);
            assert_int_equal(n, m);
            assert_memory_equal(fast, plain, n);
            assert_true(n <= at_words_room(len));
        } while (n);
    }
}

/* A space joins texts without touching the words of either. */
static void prop_words__of_joined_texts(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 12);
    char text[8 * CHARS + 2], joined_word[16 * CHARS], word[16 * CHARS];
    for (size_t i = 0; i < ROUNDS; i++) {
        const size_t first = random_text(&rng, text, CHARS);
        text[first] = ' ';
        const size_t second = random_text(&rng, text + first + 1, CHARS);
        struct at_words joined, part;
        at_words_begin(&joined, (struct at_str){text, first + 1 + second});
        for (int k = 0; k < 2; k++) {
            at_words_begin(&part, k ? (struct at_str){text + first + 1, second}
                                    : (struct at_str){text, first});
            for (size_t n; (n = at_words_next(&part, word)) != 0;) {
                assert_int_equal(at_words_next(&joined, joined_word), n);
                assert_memory_equal(joined_word, word, n);
            }
        }
        assert_int_equal(at_words_next(&joined, joined_word), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_words__fast_is_plain),
        cmocka_unit_test(prop_words__of_joined_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
