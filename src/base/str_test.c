#include "base/str.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "support/temp.h"

static struct at_str s(const char *text)
{
    return at_str_from(text);
}

static void test_str__compares_bytes(void **state)
{
    (void)state;
    assert_true(at_str_equal(s(""), s(NULL)));
    assert_true(at_str_equal(s("ab"), s("ab")));
    assert_false(at_str_equal(s("ab"), s("abc")));
    assert_false(at_str_equal(s("ab"), s("aB")));
    assert_true(at_str_compare(s("a"), s("b")) < 0);
    assert_true(at_str_compare(s("ab"), s("a")) > 0);
    assert_true(at_str_compare(s(""), s("a")) < 0);
    assert_true(at_str_compare(s("é"), s("z")) > 0); /* code points, not signed char */
    assert_int_equal(at_str_compare(s("x"), s("x")), 0);
    assert_true(at_str_starts(s("abc"), "ab"));
    assert_true(at_str_starts(s("abc"), ""));
    assert_false(at_str_starts(s("a"), "ab"));
}

static void test_str__whole_numbers(void **state)
{
    (void)state;
    uint64_t u = 5;
    assert_true(at_parse_u64(s("18446744073709551615"), &u) && u == UINT64_MAX);
    assert_true(at_parse_u64(s("000"), &u) && u == 0);
    u = 5;
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "18446744073709551616",
                                      "0x",
                                      "1e3",
                                      "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(at_parse_u64(s(bad[i]), &u));
    assert_int_equal(u, 5);
    int64_t v = 5;
    assert_true(at_parse_i64(s("-9223372036854775808"), &v) && v == INT64_MIN);
    assert_true(at_parse_i64(s("9223372036854775807"), &v) && v == INT64_MAX);
    assert_true(at_parse_i64(s("-0"), &v) && v == 0);
    v = 5;
    assert_false(at_parse_i64(s("9223372036854775808"), &v));
    assert_false(at_parse_i64(s("-9223372036854775809"), &v));
    assert_false(at_parse_i64(s("-"), &v));
    assert_false(at_parse_i64(s("--1"), &v));
    assert_int_equal(v, 5);
    assert_true(at_parse_i64((struct at_str){"123x", 3}, &v) && v == 123);
}

static void test_str__real_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},
                {"1.5", 1.5},
                {"-2.25e2", -225},
                {"+.5", 0.5},
                {"1e-400", 0},
                {"5.", 5},
                {"1E3", 1000},
                {"1.7976931348623157e308", DBL_MAX},
                {"4.9e-324", 5e-324}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double v = -1;
        assert_true(at_parse_f64(s(good[i].text), &v));
        assert_true(v == good[i].value);
    }
    static const char *const bad[] = {"",   "nan", "inf", "1e999", "1.2.3", "0x1p3", "1,5",  " 1",
                                      "1 ", "e5",  "-",   ".",     "1e",    "--1",   "1e+-2"};
    double v = 5;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(at_parse_f64(s(bad[i]), &v));
    char many[200];
    memset(many, '1', sizeof many);
    assert_false(at_parse_f64((struct at_str){many, sizeof many}, &v));
    assert_true(at_parse_f64((struct at_str){many, 63}, &v));
}

static void test_str__formats_the_shortest(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0, "0"},
                {1, "1"},
                {0.1, "0.1"},
                {-2.5, "-2.5"},
                {1e22, "1e+22"},
                {1.0 / 3, "0.3333333333333333"},
                {5e-324, "4.94065645841247e-324"},
                {0.1 + 0.2, "0.30000000000000004"},
                {123456789, "123456789"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[32];
        const size_t n = at_format_f64(text, rows[i].value);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(n, strlen(text));
    }
}

static void test_str__every_double_comes_back(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 3);
    for (int i = 0; i < 200000; i++) {
        const uint64_t bits = at_rng_next(&rng);
        double value, back;
        char text[32];
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        const size_t n = at_format_f64(text, value);
        assert_true(n < sizeof text);
        assert_true(at_parse_f64((struct at_str){text, n}, &back));
        assert_memory_equal(&value, &back, sizeof value);
    }
}

static void test_str__formats_fixed_digits(void **state)
{
    (void)state;
    char text[340];
    assert_int_equal(at_format_fixed(text, sizeof text, 0.125, 2), 4);
    assert_string_equal(text, "0.12"); /* a true half: to even */
    at_format_fixed(text, sizeof text, 2.5, 0);
    assert_string_equal(text, "2");
    at_format_fixed(text, sizeof text, -1.005, 2);
    assert_string_equal(text, "-1.00");
    assert_int_equal(at_format_fixed(text, sizeof text, -DBL_MAX, 17), 1 + 309 + 18);
    assert_int_equal(at_format_fixed(text, 5, 1234567, 2), 4);
    assert_string_equal(text, "1234");
}

/* A locale that writes 1.234,5, made on the spot: a bare system has none. */
static bool comma_locale(struct temp *t)
{
    static const char source[] = "comment_char %\nescape_char /\nLC_NUMERIC\n"
                                 "decimal_point \"<U002C>\"\nthousands_sep \"<U002E>\"\n"
                                 "grouping 3;3\nEND LC_NUMERIC\n";
    attune_error err;
    char command[1024];
    assert_ok(at_fs_write(temp_path(t, "comma.src"), source, sizeof source - 1, &err));
    snprintf(command, sizeof command, "localedef -c -i %s/comma.src %s/xx_XX >%s/log 2>&1", t->dir,
             t->dir, t->dir);
    if (system(command) < 0 || setenv("LOCPATH", t->dir, 1) != 0)
        return false;
    return setlocale(LC_ALL, "xx_XX") && strcmp(localeconv()->decimal_point, ",") == 0;
}

static void test_str__the_locale_does_not_matter(void **state)
{
    (void)state;
    struct temp t;
    temp_open(&t);
    const bool made = comma_locale(&t);
    double v;
    char text[32], theirs[32];
    const bool read = at_parse_f64(s("1.5"), &v) && v == 1.5;
    const bool refused = !at_parse_f64(s("1,5"), &v);
    snprintf(theirs, sizeof theirs, "%.1f", 0.5);
    at_format_f64(text, -1234.75);
    assert_string_equal(text, "-1234.75");
    assert_int_equal(at_format_fixed(text, sizeof text, 2.0 / 3, 3), 5);
    assert_string_equal(text, "0.667");
    setlocale(LC_ALL, "C");
    temp_close(&t);
    assert_true(read && refused);
    if (!made) {
        print_message("localedef could not make a locale with a decimal comma\n");
        skip();
    }
    assert_string_equal(theirs, "0,5"); /* the C library did write a comma meanwhile */
}

static void test_str__utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n;
    } rows[] = {{"a", 1},
                {"\xC2\x80", 2},
                {"\xDF\xBF", 2},
                {"\xE0\xA0\x80", 3},
                {"\xED\x9F\xBF", 3},
                {"\xEE\x80\x80", 3},
                {"\xF0\x90\x80\x80", 4},
                {"\xF4\x8F\xBF\xBF", 4},
                {"\x80", 0},
                {"\xC0\x80", 0},
                {"\xC1\xBF", 0},
                {"\xE0\x9F\xBF", 0},
                {"\xED\xA0\x80", 0},
                {"\xF0\x8F\xBF\xBF", 0},
                {"\xF4\x90\x80\x80", 0},
                {"\xF5\x80\x80\x80", 0},
                {"\xC2", 0},
                {"\xE2\x82", 0},
                {"\xE2\x82z", 0},
                {"\xFF", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(at_utf8_length(rows[i].text, strlen(rows[i].text)), rows[i].n);
    assert_int_equal(at_utf8_length("\xE2\x82\xAC", 2), 0);
    assert_int_equal(at_utf8_length("", 0), 0);
    static const size_t cut[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
    for (size_t len = 0; len <= 10; len++)
        assert_int_equal(at_utf8_cut("aé€😀", len), cut[len]);
    assert_int_equal(at_utf8_cut("\x80\x80\x80\x80\x80", 5), 5); /* no text at all: left alone */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_str__compares_bytes),
        cmocka_unit_test(test_str__whole_numbers),
        cmocka_unit_test(test_str__real_numbers),
        cmocka_unit_test(test_str__formats_the_shortest),
        cmocka_unit_test(test_str__every_double_comes_back),
        cmocka_unit_test(test_str__formats_fixed_digits),
        cmocka_unit_test(test_str__the_locale_does_not_matter),
        cmocka_unit_test(test_str__utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
