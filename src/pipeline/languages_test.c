#include "support/test.h"

#include "base/alloc.h"
#include "pipeline/languages.h"

#define TAG(text) at_str_from(text)

static struct at_message said(const char *text, enum at_from from)
{
    return (struct at_message){at_str_from(text), AT_TIME_NONE, from};
}

static void test_languages__profile_given_or_identified(void **state)
{
    (void)state;
    struct at_message german[] = {said("hello, how was your day today?", AT_FROM_CREATOR),
                                  said("ganz gut, ich war den ganzen Tag im Garten", AT_FROM_FAN)};
    struct at_profile p = {.messages = german, .n_messages = 2};
    struct at_profile_language is = at_profile_language_get(&p);
    assert_true(at_str_equal(is.tag, TAG("de"))); /* the fan's side decides */
    assert_false(is.given);
    assert_true(is.sure);
    p.language = TAG("nl");
    is = at_profile_language_get(&p);
    assert_true(is.given && is.sure && at_str_equal(is.tag, TAG("nl")));
    p.language = TAG("und");
    assert_true(at_str_equal(at_profile_language_get(&p).tag, TAG("de")));
    p.language = TAG("");
    p.n_messages = 1; /* only the creator wrote */
    assert_true(at_str_equal(at_profile_language_get(&p).tag, TAG("en")));
    struct at_message vague[] = {said("ok", AT_FROM_FAN)};
    p.messages = vague;
    assert_int_equal(at_profile_language_get(&p).tag.len, 0);
    p.n_messages = 0;
    assert_int_equal(at_profile_language_get(&p).tag.len, 0);
}

static struct at_languages counted(size_t en, size_t fr, size_t it)
{
    struct at_languages l = {0};
    for (size_t i = 0; i < en; i++)
        at_languages_add(&l, i % 2 ? TAG("en") : TAG("EN-gb"));
    for (size_t i = 0; i < fr; i++)
        at_languages_add(&l, TAG("fr"));
    for (size_t i = 0; i < it; i++)
        at_languages_add(&l, TAG("it"));
    at_languages_sort(&l);
    return l;
}

static void test_languages__support_needs_fans_and_a_share(void **state)
{
    (void)state;
    struct at_languages l = counted(1000, 25, 9);
    assert_int_equal(l.n_rows, 3);
    assert_int_equal(l.rows[0].n, 1000);
    assert_true(at_languages_has(&l, TAG("en-US")));
    assert_true(at_languages_has(&l, TAG("fr")));
    assert_false(at_languages_has(&l, TAG("it"))); /* fewer than ten */
    assert_false(at_languages_has(&l, TAG("de")));
    assert_true(at_languages_has(&l, TAG("")));
    assert_true(at_languages_has(&l, TAG("und")));
    l = counted(1000, 19, 0); /* enough fans, under two per cent */
    assert_false(at_languages_has(&l, TAG("fr")));
    l = counted(5, 4, 0); /* a small set still has its main language */
    assert_true(at_languages_has(&l, TAG("en")));
    assert_false(at_languages_has(&l, TAG("fr")));
    l = (struct at_languages){0};
    assert_true(at_languages_has(&l, TAG("fr"))); /* nothing known: nothing refused */
}

static void test_languages__refuse_only_what_is_beyond_doubt(void **state)
{
    (void)state;
    const struct at_languages l = counted(100, 50, 0);
    struct at_message thai[] = {said("สวัสดีครับ วันนี้เป็นอย่างไรบ้าง", AT_FROM_FAN)};
    struct at_message french[] = {said("je rentre du travail, je suis crevé", AT_FROM_FAN)};
    struct at_message vague[] = {said("super", AT_FROM_FAN)};
    struct at_profile p = {.messages = thai, .n_messages = 1};
    struct at_profile_language is = at_profile_language_get(&p);
    assert_true(at_str_equal(is.tag, TAG("th")));
    assert_true(at_languages_refuse(&l, &is));
    p.messages = french;
    is = at_profile_language_get(&p);
    assert_false(at_languages_refuse(&l, &is));
    p.messages = vague;
    is = at_profile_language_get(&p);
    assert_false(at_languages_refuse(&l, &is));
    p.language = TAG("de"); /* given: taken at its word */
    is = at_profile_language_get(&p);
    assert_true(at_languages_refuse(&l, &is));
    is.sure = false;
    assert_false(at_languages_refuse(&l, &is));
    is.sure = true;
    const struct at_languages none = {0};
    assert_false(at_languages_refuse(&none, &is));
}

static void test_languages__json_there_and_back(void **state)
{
    (void)state;
    struct at_languages l = counted(30, 20, 10), again;
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 0);
    attune_error err;
    at_json *value;
    at_languages_add(&l, TAG(""));
    at_languages_json(&l, &o);
    assert_ok(at_json_end(&o, &err));
    assert_string_equal(text.data, "{\"profiles\":61,\"unknown\":1,\"languages\":"
                                   "{\"EN-gb\":30,\"fr\":20,\"it\":10}}");
    assert_ok(at_json_parse(&value, text.data, text.len, "test", &err));
    assert_ok(at_languages_read(&again, value, &err));
    assert_int_equal(again.n_rows, 3);
    assert_int_equal(again.n_profiles, 61);
    assert_int_equal(again.n_unknown, 1);
    assert_true(at_languages_has(&again, TAG("it")));
    at_json_free(value);
    at_buf_release(&text);
    static const char *const bad[] = {"{}", "[]",
                                      "{\"profiles\":1,\"unknown\":0,\"languages\":{\"en\":\"x\"}}",
                                      "{\"profiles\":1,\"unknown\":0,\"languages\":{\"\":1}}",
                                      "{\"profiles\":-1,\"unknown\":0,\"languages\":{}}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_ok(at_json_parse(&value, bad[i], strlen(bad[i]), "test", &err));
        assert_fails(at_languages_read(&again, value, &err), ATTUNE_CORRUPT, "languages");
        assert_int_equal(again.n_rows, 0);
        at_json_free(value);
    }
}

static void test_languages__count_of_profiles(void **state)
{
    (void)state;
    struct at_message french[] = {said("je rentre du travail, je suis crevé", AT_FROM_FAN)};
    const struct at_profile a = {.language = TAG("de")}, b = {.messages = french, .n_messages = 1};
    const struct at_profile c = {0};
    const struct at_profile *const all[] = {&a, &b, &b, &c};
    struct at_languages l;
    at_languages_count(&l, all, 4);
    assert_int_equal(l.n_profiles, 4);
    assert_int_equal(l.n_unknown, 1);
    assert_string_equal(l.rows[0].tag, "fr");
    assert_int_equal(l.rows[0].n, 2);
    assert_string_equal(l.rows[1].tag, "de");
}

static void test_languages__more_than_fit_are_unknown(void **state)
{
    (void)state;
    struct at_languages l = {0};
    char tag[64];
    for (int i = 0; i < AT_LANGUAGES_MAX + 5; i++) {
        snprintf(tag, sizeof tag, "x%d", i);
        at_languages_add(&l, at_str_from(tag));
    }
    memset(tag, 'q', sizeof tag - 1);
    tag[sizeof tag - 1] = '\0';
    at_languages_add(&l, at_str_from(tag));
    assert_int_equal(l.n_rows, AT_LANGUAGES_MAX);
    assert_int_equal(l.n_unknown, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages__profile_given_or_identified),
        cmocka_unit_test(test_languages__support_needs_fans_and_a_share),
        cmocka_unit_test(test_languages__refuse_only_what_is_beyond_doubt),
        cmocka_unit_test(test_languages__json_there_and_back),
        cmocka_unit_test(test_languages__count_of_profiles),
        cmocka_unit_test(test_languages__more_than_fit_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
