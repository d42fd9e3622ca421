#include "support/test.h"

#include <stdlib.h>

#include "text/language.h"

#define TAG(text) at_str_from(text)

static struct at_language identified(const char *text)
{
    struct at_language l;
    const struct at_str one = at_str_from(text);
    at_language_identify(&one, 1, &l);
    return l;
}

static void test_language__chat(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tag;
    } rows[] = {
        {"salut ca va", "fr"},
        {"salut ça va ?", "fr"},
        {"t'es où là", "fr"},
        {"slt tu fais quoi", "fr"},
        {"hey what are you doing", "en"},
        {"how much", "en"},
        {"gracias", "es"},
        {"qué haces", "es"},
        {"ciao come stai", "it"},
        {"tudo bem com você", "pt"},
        {"ich liebe dich", "de"},
        {"hoe gaat het", "nl"},
        {"teşekkürler canım", "tr"},
        {"co u ciebie", "pl"},
        {"kya kar rahe ho", "hi-Latn"},
        {"привет как дела", "ru"},
        {"شكرا حبيبي", "ar"},
        {"خیلی ممنون", "fa"},
        {"सब ठीक है", "hi"},
        {"สวัสดี", "th"},
        {"안녕", "ko"},
        {"ありがとう", "ja"},
        {"你好", "zh"},
        {"日本語を勉強", "ja"},
        {"γεια", "el"},
        {"שלום", "he"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct at_language l = identified(rows[i].text);
        if (strcmp(l.tag, rows[i].tag) != 0)
            fail_msg("'%s': %s (%s %.2f, %s %.2f), expected %s", rows[i].text, l.tag, l.best,
                     l.confidence, l.runner_up, l.runner_confidence, rows[i].tag);
    }
}

/* What says nothing about a language is not guessed at. */
static void test_language__unknown(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",         "ok",    "lol",    "haha",     "123 456",
        "😍😍😍",      "!!! ?", "no",     "@maria",   "http://lemonde.fr/article",
        "#bonjour", "xd",    "asdfgh", "\xff\xfe", "www.marca.com"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct at_language l = identified(texts[i]);
        if (l.tag != at_language_unknown || l.sure)
            fail_msg("'%s': %s %.2f", texts[i], l.tag, l.confidence);
    }
    assert_true(identified("123").best == at_language_unknown);
    assert_true(identified("123").confidence == 0);
}

static void test_language__ways_of_typing_do_not_matter(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"SALUT TU FAIS QUOI", "salut tu fais quoi"},
        {"saluuuuut tu fais quoooi", "salut tu fais quoi"},
        {"j\xe2\x80\x99"
         "arrive tout de suite",
         "j'arrive tout de suite"},
        {"où es-tu", "ou\xcc\x80 es tu"}, /* an accent on its own is left out: "ou" */
        {"@anna tu fais quoi http://x.fr/the-best #love", "tu fais quoi"},
        {"tu fais quoi 😘 2", "tu fais quoi"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct at_language a = identified(pairs[i][0]), b = identified(pairs[i][1]);
        assert_string_equal(a.best, b.best);
        if (i != 3)
            assert_true(a.confidence == b.confidence);
    }
}

static void test_language__messages_are_taken_together(void **state)
{
    (void)state;
    const struct at_str texts[] = {at_str_from("ok"), at_str_from("ich auch"),
                                   at_str_from("bis gleich"), at_str_from("haha")};
    struct at_language all;
    at_language_identify(texts, 4, &all);
    assert_string_equal(all.tag, "de");
    struct at_language_scan scan = {0};
    struct at_language same;
    for (size_t i = 0; i < 4; i++)
        at_language_add(&scan, texts[3 - i]);
    at_language_finish(&scan, &same);
    assert_true(same.confidence == all.confidence);
}

static void test_language__sure_needs_enough_letters(void **state)
{
    (void)state;
    assert_false(identified("gracias").sure);
    assert_true(identified("muchas gracias por todo, te quiero").sure);
    assert_true(identified("สวัสดี").sure);
    assert_false(identified("ส").sure);
    assert_false(identified("lol ok haha").sure);
}

/* Own sentences that the weights have not seen; the bounds are what the model reaches, less two. */
static void test_language__golden_sentences(void **state)
{
    (void)state;
    FILE *file = fopen(ATTUNE_SOURCE_DIR "/tests/golden/language/sentences.tsv", "r");
    char line[1024];
    double n = 0, hits = 0, named = 0, right = 0, first_words = 0, first_right = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        char *tab = strchr(line, '\t');
        if (line[0] == '#' || !tab)
            continue;
        *tab = '\0';
        struct at_language l = identified(tab + 1);
        n++;
        hits += strcmp(l.best, line) == 0;
        named += l.tag != at_language_unknown;
        right += strcmp(l.tag, line) == 0;
        if (strcmp(l.best, line) != 0)
            print_message("%s (%s %.2f): %s", line, l.best, l.confidence, tab + 1);
        char *space = strchr(tab + 1, ' ');
        if (space && (space = strchr(space + 1, ' ')) != NULL) {
            *space = '\0';
            l = identified(tab + 1);
            first_words += l.tag != at_language_unknown;
            first_right += strcmp(l.tag, line) == 0;
        }
    }
    fclose(file);
    print_message("%.0f sentences: %.1f %% right; named %.1f %%, of them right %.1f %%; "
                  "two words: named %.0f, of them right %.1f %%\n",
                  n, 100 * hits / n, 100 * named / n, 100 * right / named, first_words,
                  100 * first_right / first_words);
    assert_true(n > 350);
    assert_true(hits / n >= 0.93);
    assert_true(right / named >= 0.96);
    assert_true(first_right / first_words >= 0.90);
}

static void test_language__same(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {{"en", "en", true},           {"en", "EN-us", true},   {"pt_BR", "pt", true},
                {"no", "nb", true},           {"nn-NO", "no", true},   {"hi-Latn", "hi", false},
                {"hi-latn", "hi-Latn", true}, {"zh-Hans", "zh", true}, {"en", "e", false},
                {"en", "eng", false},         {"", "", true},          {"", "en", false},
                {"fr", "de", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(at_language_same(TAG(rows[i].a), TAG(rows[i].b)), rows[i].same);
        assert_int_equal(at_language_same(TAG(rows[i].b), TAG(rows[i].a)), rows[i].same);
    }
    assert_true(at_language_same((struct at_str){0}, (struct at_str){0}));
}

static void test_language__is_tag(void **state)
{
    (void)state;
    static const char *const good[] = {"fr",    "FR",         "fil", "pt-BR",
                                       "pt_BR", "zh-Hant-TW", "und", "de-1996"};
    static const char *const bad[] = {"",      "f",      "auto",         "klingon",
                                      "f1",    "fr-",    "-fr",          "fr--x",
                                      "fr FR", "fr.UTF", "fr-abcdefghi", "\xc3\xa9n"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(at_language_is_tag(TAG(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (at_language_is_tag(TAG(bad[i])))
            fail_msg("'%s'", bad[i]);
    assert_false(at_language_is_tag((struct at_str){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_language__chat),
        cmocka_unit_test(test_language__unknown),
        cmocka_unit_test(test_language__ways_of_typing_do_not_matter),
        cmocka_unit_test(test_language__messages_are_taken_together),
        cmocka_unit_test(test_language__sure_needs_enough_letters),
        cmocka_unit_test(test_language__golden_sentences),
        cmocka_unit_test(test_language__same),
        cmocka_unit_test(test_language__is_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
