#include "support/test.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "text/stopwords.h"
#include "text/utf8.h"
#include "text/words.h"

static attune_error err;

static bool has(const struct at_map *set, const char *word)
{
    return at_map_get(set, at_str_from(word)) != AT_MAP_NONE;
}

static void test_stopwords__lists(void **state)
{
    (void)state;
    struct at_map english = {0}, french = {0}, both = {0}, none = {0};
    assert_ok(at_stopwords_add(&english, AT_STOPWORDS_ENGLISH, &err));
    assert_ok(at_stopwords_add(&french, AT_STOPWORDS_FRENCH, &err));
    assert_ok(at_stopwords_add(&both, AT_STOPWORDS_ENGLISH_FRENCH, &err));
    assert_ok(at_stopwords_add(&none, AT_STOPWORDS_NONE, &err));
    assert_int_equal(english.n_keys, 318);
    assert_true(has(&english, "the") && has(&english, "yourselves") && !has(&english, "love"));
    assert_true(has(&french, "qu") && has(&french, "\u00e9tait") && !has(&french, "the"));
    assert_true(has(&both, "the") && has(&both, "avec"));
    assert_false(has(&english, "#") || has(&french, "") || has(&none, "the"));
    assert_int_equal(none.n_keys, 0);
    at_map_release(&english);
    at_map_release(&french);
    at_map_release(&both);
}

/* sorted(sklearn.feature_extraction.text.ENGLISH_STOP_WORDS) of 1.2.1, one a line, SHA-256 */
static void test_stopwords__english_is_scikit_learns(void **state)
{
    (void)state;
    struct at_map set = {0};
    assert_ok(at_stopwords_add(&set, AT_STOPWORDS_ENGLISH, &err));
    struct at_sha256 sha;
    at_sha256_init(&sha);
    for (size_t i = 0; i < set.n_keys; i++) {
        at_sha256_add(&sha, set.keys[i].ptr, set.keys[i].len);
        at_sha256_add(&sha, "\n", 1);
    }
    uint8_t digest[AT_SHA256_BYTES];
    char hex[AT_SHA256_HEX];
    at_sha256_finish(&sha, digest);
    at_hex(hex, digest, sizeof digest);
    assert_string_equal(hex, "4e22be0ad71ae1c41dd7a8f944e851ead671d114edf4faad1ee8c698d2ba5084");
    at_map_release(&set);
}

/* A word that the tokenizer would never give can never be left out. */
static void test_stopwords__are_lower_case_words(void **state)
{
    (void)state;
    struct at_map set = {0};
    assert_ok(at_stopwords_add(&set, AT_STOPWORDS_ENGLISH_FRENCH, &err));
    for (size_t i = 0; i < set.n_keys; i++) {
        char word[64];
        struct at_words words;
        at_words_begin(&words, set.keys[i]);
        const size_t n = at_words_next(&words, word);
        size_t first;
        const unsigned char *p = (const unsigned char *)set.keys[i].ptr;
        at_utf8_decode(p, p + set.keys[i].len, &first);
        if (first < set.keys[i].len)
            assert_true(at_str_equal((struct at_str){word, n}, set.keys[i]));
    }
    at_map_release(&set);
}

static void test_stopwords__every_allocation_failing(void **state)
{
    (void)state;
    attune_status status = ATTUNE_NO_MEMORY;
    size_t n = 0;
    while (status != ATTUNE_OK) {
        struct at_map set = {0};
        at_alloc_fail_after(++n);
        status = at_stopwords_add(&set, AT_STOPWORDS_ENGLISH_FRENCH, &err);
        at_alloc_fail_after(0);
        assert_true(status == ATTUNE_OK || status == ATTUNE_NO_MEMORY);
        at_map_release(&set);
    }
    assert_true(n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stopwords__lists),
        cmocka_unit_test(test_stopwords__english_is_scikit_learns),
        cmocka_unit_test(test_stopwords__are_lower_case_words),
        cmocka_unit_test(test_stopwords__every_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
