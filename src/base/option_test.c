#include "base/option.h"

#include <stdbool.h>

#include "base/alloc.h"
#include "support/test.h"

struct values {
    bool flag;
    int64_t count;
    double share;
    const char *name;
    int mode;
    int64_t pause_ms;
    int64_t any;
};

static const char *const modes[] = {"none", "english", "word-pairs", NULL};

static const struct attune_option rows[] = {
    {"flag", ATTUNE_OPTION_BOOL, "true", 0, 0, NULL, NULL, NULL, "a flag",
     offsetof(struct values, flag)},
    {"max_count", ATTUNE_OPTION_INT, "100", 1, 1000, NULL, NULL, "N", "a count",
     offsetof(struct values, count)},
    {"share", ATTUNE_OPTION_REAL, "0.5", 0, 1, NULL, NULL, NULL, "a share",
     offsetof(struct values, share)},
    {"name", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, NULL, "a name",
     offsetof(struct values, name)},
    {"mode", ATTUNE_OPTION_CHOICE, "english", 0, 0, modes, NULL, NULL, "a mode",
     offsetof(struct values, mode)},
    {"pause", ATTUNE_OPTION_DURATION, "90s", 0, 3.6e6, NULL, NULL, NULL, "a pause",
     offsetof(struct values, pause_ms)},
    {"any", ATTUNE_OPTION_INT, "-5", 0, 0, NULL, NULL, NULL, "any number",
     offsetof(struct values, any)},
};
enum { N_ROWS = sizeof rows / sizeof *rows };
static const struct at_option_table table = {rows, N_ROWS};

static attune_status set(struct values *v, const char *name, const char *text,
                         struct at_arena *texts, attune_error *err)
{
    const struct attune_setting setting = {name, text};
    return at_options_set(table, v, &setting, 1, texts, err);
}

static void test_option__defaults(void **state)
{
    (void)state;
    attune_error err;
    struct values v;
    memset(&v, 0xAA, sizeof v);
    assert_ok(at_options_defaults(table, &v, &err));
    assert_true(v.flag && v.count == 100 && v.share == 0.5 && !v.name && v.mode == 1);
    assert_true(v.pause_ms == 90000 && v.any == -5);
}

static void test_option__a_table_with_a_bad_default(void **state)
{
    (void)state;
    attune_error err;
    struct values v;
    struct attune_option bad = rows[1];
    bad.fallback = "0";
    assert_fails(at_options_defaults((struct at_option_table){&bad, 1}, &v, &err), ATTUNE_INTERNAL,
                 "max_count");
    bad.fallback = NULL;
    assert_fails(at_options_defaults((struct at_option_table){&bad, 1}, &v, &err), ATTUNE_INTERNAL,
                 "max_count");
}

static void test_option__find_takes_dashes(void **state)
{
    (void)state;
    assert_ptr_equal(at_option_find(table, "max_count"), &rows[1]);
    assert_ptr_equal(at_option_find(table, "max-count"), &rows[1]);
    assert_null(at_option_find(table, "max_coun"));
    assert_null(at_option_find(table, "max_countt"));
    assert_null(at_option_find(table, ""));
}

static void test_option__sets_every_type(void **state)
{
    (void)state;
    attune_error err;
    struct values v;
    struct at_arena texts = {0};
    assert_ok(at_options_defaults(table, &v, &err));
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < 4; i++) {
        assert_ok(set(&v, "flag", no[i], &texts, &err));
        assert_false(v.flag);
        assert_ok(set(&v, "flag", yes[i], &texts, &err));
        assert_true(v.flag);
    }
    assert_ok(set(&v, "max-count", "1000", &texts, &err));
    assert_ok(set(&v, "share", "2.5e-1", &texts, &err));
    char text[] = "changed later";
    assert_ok(set(&v, "name", text, &texts, &err));
    text[0] = 'X';
    assert_ok(set(&v, "mode", "word_pairs", &texts, &err));
    assert_ok(set(&v, "pause", "0", &texts, &err));
    assert_ok(set(&v, "any", "-9223372036854775808", &texts, &err));
    assert_true(v.count == 1000 && v.share == 0.25 && v.mode == 2 && v.pause_ms == 0);
    assert_true(v.any == INT64_MIN);
    assert_string_equal(v.name, "changed later");
    at_arena_release(&texts);
}

static void test_option__refuses_and_says_what_is_allowed(void **state)
{
    (void)state;
    attune_error err;
    struct values v, before;
    struct at_arena texts = {0};
    memset(&v, 0, sizeof v);
    assert_ok(at_options_defaults(table, &v, &err));
    before = v;
    static const char *const bad[][3] = {
        {"flag", "maybe", "flag: 'maybe' is not allowed; expected true or false"},
        {"flag", "", "true or false"},
        {"max_count", "0", "expected a whole number, 1 to 1000"},
        {"max_count", "1001", "1 to 1000"},
        {"max_count", "5.0", "a whole number"},
        {"max_count", "", "a whole number"},
        {"share", "-0.1", "expected a number, 0 to 1"},
        {"share", "nan", "0 to 1"},
        {"mode", "French", "expected one of none, english, word-pairs"},
        {"pause", "2h", "expected a duration such as 90s, 5m or 1h, 0ms to 3600000ms"},
        {"pause", "5", "a duration"},
        {"any", "x", "expected a whole number"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fails(set(&v, bad[i][0], bad[i][1], &texts, &err), ATTUNE_INVALID, bad[i][2]);
    assert_memory_equal(&v, &before, sizeof v);
    assert_fails(at_option_set(&rows[1], &v, "0", "config.json: ml.max", &texts, &err),
                 ATTUNE_INVALID, "config.json: ml.max: '0'");
    at_arena_release(&texts);
}

static void test_option__an_unknown_name_and_its_neighbour(void **state)
{
    (void)state;
    attune_error err;
    struct values v;
    struct at_arena texts = {0};
    assert_fails(set(&v, "max-cont", "1", &texts, &err), ATTUNE_INVALID,
                 "unknown option 'max-cont'; did you mean 'max_count'?");
    assert_fails(set(&v, "nam", "1", &texts, &err), ATTUNE_INVALID, "did you mean 'name'?");
    assert_fails(set(&v, "zzzz", "1", &texts, &err), ATTUNE_INVALID, "unknown option 'zzzz'");
    assert_null(strstr(err.message, "did you mean"));
    assert_fails(set(&v, "", "1", &texts, &err), ATTUNE_INVALID, "unknown option ''");
    char longest[300];
    memset(longest, 'x', sizeof longest);
    longest[299] = '\0';
    assert_fails(set(&v, longest, "1", &texts, &err), ATTUNE_INVALID, "unknown option");
    at_arena_release(&texts);
}

static void test_option__format_is_read_back(void **state)
{
    (void)state;
    attune_error err;
    struct values v, w;
    struct at_arena texts = {0};
    memset(&v, 0, sizeof v);
    memset(&w, 0, sizeof w);
    assert_ok(at_options_defaults(table, &v, &err));
    assert_ok(set(&v, "name", "a b", &texts, &err));
    v.share = 1.0 / 3;
    v.any = INT64_MIN;
    v.pause_ms = 1234567;
    for (size_t i = 0; i < N_ROWS; i++) {
        struct at_buf text = {0};
        assert_ok(at_option_format(&rows[i], &v, &text, &err));
        assert_ok(at_option_set(&rows[i], &w, text.data, rows[i].name, &texts, &err));
        at_buf_release(&text);
    }
    assert_string_equal(w.name, "a b");
    w.name = v.name;
    assert_memory_equal(&v, &w, sizeof v);
    struct at_buf text = {0};
    v.name = NULL;
    assert_ok(at_option_format(&rows[3], &v, &text, &err));
    assert_string_equal(text.data, "");
    at_buf_release(&text);
    at_arena_release(&texts);
}

static void test_option__durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"0", 0},          {"0s", 0},
                {"250ms", 250},    {"90s", 90000},
                {"1.5h", 5400000}, {"2d", 172800000},
                {"5m", 300000},    {"0.0006s", 1},
                {".5s", 500},      {"104166666d", 8999999942400000}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = -1;
        assert_true(at_parse_duration(at_str_from(good[i].text), &ms));
        assert_int_equal(ms, good[i].ms);
    }
    static const char *const bad[] = {"",
                                      "s",
                                      "5",
                                      "-5s",
                                      "5 s",
                                      "5S",
                                      "5min",
                                      "1e3s",
                                      "1.2.3s",
                                      "5s5",
                                      ".s",
                                      "104166667d",
                                      "99999999999999999999d",
                                      "ms",
                                      "+5s",
                                      "."};
    int64_t ms = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (at_parse_duration(at_str_from(bad[i]), &ms))
            fail_msg("'%s' was read", bad[i]);
    assert_int_equal(ms, 7);
}

static void test_option__every_allocation_may_fail(void **state)
{
    (void)state;
    attune_error err;
    struct values v;
    static const char *const calls[][2] = {{"name", "text"}, {"mode", "bad"}, {"share", "9"}};
    for (size_t c = 0; c < 3; c++) {
        attune_status status = ATTUNE_NO_MEMORY;
        size_t n = 1;
        for (; status == ATTUNE_NO_MEMORY; n++) {
            struct at_arena texts = {0};
            at_alloc_fail_after(n);
            status = set(&v, calls[c][0], calls[c][1], &texts, &err);
            at_alloc_fail_after(0);
            at_arena_release(&texts);
        }
        assert_int_equal(status, c ? ATTUNE_INVALID : ATTUNE_OK);
        assert_true(n > 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_option__defaults),
        cmocka_unit_test(test_option__a_table_with_a_bad_default),
        cmocka_unit_test(test_option__find_takes_dashes),
        cmocka_unit_test(test_option__sets_every_type),
        cmocka_unit_test(test_option__refuses_and_says_what_is_allowed),
        cmocka_unit_test(test_option__an_unknown_name_and_its_neighbour),
        cmocka_unit_test(test_option__format_is_read_back),
        cmocka_unit_test(test_option__durations),
        cmocka_unit_test(test_option__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
