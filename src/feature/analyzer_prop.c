/* Against the obvious way: join what the fan wrote, list its words, build every run of them. */
#include "support/random_text.h"
#include "support/test.h"

#include "base/buf.h"
#include "base/map.h"
#include "feature/analyzer.h"
#include "text/stopwords.h"

enum { ROUNDS = 3000, MESSAGES = 6, CHARS = 400 };
static attune_error err;

/* Runs of 1..8 words that end with the newest one, in the order in which the analyzer gives them.
 */
static void check_runs(struct at_analyzer *a, const struct at_str *words, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++) {
        for (size_t n = a->n_min; n <= a->n_max && n <= i + 1; n++) {
            struct at_buf wanted = {0};
            for (size_t k = i + 1 - n; k <= i; k++) {
                if (wanted.len)
                    assert_ok(at_buf_addz(&wanted, " ", &err));
                assert_ok(at_buf_add(&wanted, words[k].ptr, words[k].len, &err));
            }
            struct at_term term;
            assert_true(at_analyzer_next(a, &term));
            assert_int_equal(term.text.len, wanted.len);
            assert_memory_equal(term.text.ptr, wanted.data, wanted.len);
            const struct at_term again = at_term_of((struct at_str){wanted.data, wanted.len});
            assert_true(again.hash == term.hash && again.head == term.head);
            at_buf_release(&wanted);
        }
    }
    struct at_term term;
    assert_false(at_analyzer_next(a, &term));
    assert_false(at_analyzer_next(a, &term));
}

static size_t list_words(struct at_str text, const struct at_map *stop, struct at_arena *arena,
                         struct at_str *words)
{
    size_t n_words = 0;
    struct at_words it;
    char *out = AT_NEW(arena, char, at_words_room(text.len));
    at_words_begin(&it, text);
    for (size_t n; (n = at_words_next_plain(&it, out)) != 0;) {
        if (stop && at_map_get(stop, (struct at_str){out, n}) != AT_MAP_NONE)
            continue;
        words[n_words++] = (struct at_str){at_arena_strndup(arena, out, n), n};
    }
    return n_words;
}

static void prop_analyzer__is_the_obvious_way(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 3);
    struct at_map stop = {0};
    struct at_vocabulary stop_words;
    struct at_arena arena = {0};
    struct at_analyzer a = {0};
    assert_ok(at_stopwords_add(&stop, AT_STOPWORDS_FRENCH, &err));
    assert_ok(at_vocabulary_make(&stop_words, stop.keys, stop.n_keys, &err));
    for (size_t round = 0; round < ROUNDS; round++) {
        struct at_message messages[MESSAGES];
        struct at_profile profile = {.messages = messages,
                                     .n_messages = at_rng_below(&rng, MESSAGES + 1)};
        struct at_buf joined = {0};
        assert_ok(at_buf_addz(&joined, "", &err));
        for (size_t i = 0; i < profile.n_messages; i++) {
            char *text = AT_NEW(&arena, char, 4 * CHARS);
            const size_t len = random_text(&rng, text, at_rng_below(&rng, 20) ? 40 : CHARS);
            messages[i] = (struct at_message){
                .text = {text, len}, .from = at_rng_below(&rng, 4) ? AT_FROM_FAN : AT_FROM_CREATOR};
            if (messages[i].from == AT_FROM_FAN) {
                assert_ok(at_buf_add(&joined, text, len, &err));
                assert_ok(at_buf_addz(&joined, " ", &err));
            }
        }
        const bool with_stop = at_rng_below(&rng, 2);
        a.n_min = 1 + (unsigned)at_rng_below(&rng, 3);
        a.n_max = a.n_min + (unsigned)at_rng_below(&rng, AT_NGRAM_MAX - 3);
        a.stop = with_stop ? &stop_words : NULL;
        struct at_str *words = AT_NEW(&arena, struct at_str, joined.len + 1);
        const size_t n_words = list_words((struct at_str){joined.data, joined.len},
                                          with_stop ? &stop : NULL, &arena, words);
        assert_ok(at_analyzer_begin(&a, &profile, &err));
        check_runs(&a, words, n_words);
        at_buf_release(&joined);
        at_arena_clear(&arena);
    }
    at_analyzer_release(&a);
    at_arena_release(&arena);
    at_vocabulary_release(&stop_words);
    at_map_release(&stop);
}

/* Many short messages: the buffer is sized by the longest one, so it is full and moved many times.
 */
static void prop_analyzer__moves_its_words(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct at_arena arena = {0};
    struct at_message *messages = AT_NEW(&arena, struct at_message, N);
    struct at_str *words = AT_NEW(&arena, struct at_str, N);
    for (size_t i = 0; i < N; i++) {
        char text[16];
        const int len = snprintf(text, sizeof text, "word%zu", i * 7);
        words[i] = (struct at_str){at_arena_strdup(&arena, text), (size_t)len};
        messages[i] = (struct at_message){.text = words[i]};
    }
    const struct at_profile profile = {.messages = messages, .n_messages = N};
    for (unsigned n_max = 1; n_max <= 4; n_max++) {
        struct at_analyzer a = {.n_min = 1, .n_max = n_max};
        assert_ok(at_analyzer_begin(&a, &profile, &err));
        check_runs(&a, words, N);
        at_analyzer_release(&a);
    }
    at_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_analyzer__is_the_obvious_way),
        cmocka_unit_test(prop_analyzer__moves_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
