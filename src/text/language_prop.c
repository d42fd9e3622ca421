#include "support/random_text.h"
#include "support/test.h"

#include "text/language.h"

enum { ROUNDS = 20000, CHARS = 60 };

/* Whatever the text, also with broken bytes: the answer is well-formed, and the same again. */
static void prop_language__well_formed_and_the_same(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 21);
    char text[4 * CHARS + 1];
    for (size_t i = 0; i < ROUNDS; i++) {
        const size_t len = random_text(&rng, text, CHARS);
        if (len && i % 4 == 0)
            text[at_rng_below(&rng, len)] = (char)at_rng_below(&rng, 256);
        const struct at_str one = {text, len};
        struct at_language a, b;
        at_language_identify(&one, 1, &a);
        at_language_identify(&one, 1, &b);
        assert_true(a.tag == b.tag && a.confidence == b.confidence && a.runner_up == b.runner_up);
        assert_true(a.confidence >= a.runner_confidence && a.runner_confidence >= 0);
        assert_true(a.confidence + a.runner_confidence <= 1 + 1e-9);
        assert_true(a.tag == a.best || a.tag == at_language_unknown || strcmp(a.tag, a.best) == 0);
        assert_true(!a.sure || a.confidence >= AT_LANGUAGE_SURE);
        if (a.tag != at_language_unknown)
            assert_true(a.confidence >= AT_LANGUAGE_MIN_CONFIDENCE);
    }
}

/* Messages are words without an order: split at spaces or in one piece, forwards or backwards. */
static void prop_language__any_cut_between_words(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 22);
    char text[8 * CHARS + 2];
    for (size_t i = 0; i < ROUNDS; i++) {
        const size_t first = random_text(&rng, text, CHARS);
        text[first] = ' ';
        const size_t second = random_text(&rng, text + first + 1, CHARS);
        const struct at_str whole = {text, first + 1 + second};
        const struct at_str parts[] = {{text + first + 1, second}, {text, first}};
        struct at_language a, b;
        at_language_identify(&whole, 1, &a);
        at_language_identify(parts, 2, &b);
        assert_true(a.best == b.best && a.confidence == b.confidence && a.sure == b.sure);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_language__well_formed_and_the_same),
        cmocka_unit_test(prop_language__any_cut_between_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
