#include "base/clock.h"

#include "base/rng.h"
#include "support/test.h"

static bool parse(const char *text, int64_t *out)
{
    return at_time_parse(at_str_from(text), out);
}

static void same_both_ways(const char *text, int64_t unix_ms)
{
    char made[AT_TIME_TEXT];
    int64_t read = 0;
    at_time_format(made, unix_ms);
    assert_string_equal(made, text);
    assert_true(parse(text, &read));
    assert_true(read == unix_ms);
}

/* Seconds from `date -u -d TEXT +%s`. */
static void test_clock__known_instants(void **state)
{
    (void)state;
    same_both_ways("1970-01-01T00:00:00Z", 0);
    same_both_ways("1970-01-01T00:00:00.001Z", 1);
    same_both_ways("1969-12-31T23:59:59.999Z", -1);
    same_both_ways("2026-01-03T10:00:00Z", 1767434400000);
    same_both_ways("2000-02-29T23:59:59Z", 951868799000);
    same_both_ways("1900-03-01T00:00:00Z", -2203891200000);
    same_both_ways("2038-01-19T03:14:08Z", 2147483648000);
    same_both_ways("0001-01-01T00:00:00Z", -62135596800000);
    same_both_ways("9999-12-31T23:59:59.999Z", 253402300799999);
}

static void test_clock__reads_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {{"2026-01-03t10:00:00z", 1767434400000},
                {"2026-01-03 10:00:00Z", 1767434400000},
                {"2026-01-03T12:30:00+02:30", 1767434400000},
                {"2026-01-03T00:00:00-10:00", 1767434400000},
                {"2026-01-03T10:00:00-00:00", 1767434400000},
                {"2026-01-03T10:00:00.5Z", 1767434400500},
                {"2026-01-03T10:00:00.0059Z", 1767434400005},
                {"2026-01-03T10:00:00.123456789012345678Z", 1767434400123},
                {"2016-12-31T23:59:60Z", 1483228800000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = 0;
        assert_true(parse(rows[i].text, &ms));
        assert_true(ms == rows[i].ms);
    }
}

static void test_clock__refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-01-03",
                                      "2026-01-03T10:00:00",
                                      "2026-01-03T10:00Z",
                                      "2026-00-03T10:00:00Z",
                                      "2026-13-03T10:00:00Z",
                                      "2026-01-00T10:00:00Z",
                                      "2026-02-29T10:00:00Z",
                                      "1900-02-29T10:00:00Z",
                                      "2026-04-31T10:00:00Z",
                                      "2026-01-03T24:00:00Z",
                                      "2026-01-03T10:60:00Z",
                                      "2026-01-03T10:00:61Z",
                                      "2026-01-03T10:00:00.Z",
                                      "2026-01-03T10:00:00,5Z",
                                      "2026-01-03T10:00:00+0200",
                                      "2026-01-03T10:00:00+24:00",
                                      "2026-01-03T10:00:00+02:60",
                                      "2026-01-03T10:00:00ZZ",
                                      " 2026-01-03T10:00:00Z",
                                      "2026-01-03T10:00:00Z ",
                                      "26-01-03T10:00:00Z",
                                      "+2026-01-03T10:00:00Z",
                                      "0000-01-01T00:00:00Z",
                                      "2026-1-03T10:00:00Z",
                                      "2026-01-03TT10:00:00Z",
                                      "2026-01-03T10:00:0-Z",
                                      "0001-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",
                                      "9999-12-31T23:59:60Z"};
    int64_t ms = 77;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(bad[i], &ms))
            fail_msg("'%s' was read", bad[i]);
    assert_int_equal(ms, 77);
    assert_false(at_time_parse((struct at_str){"2026-01-03T10:00:00Z", 19}, &ms));
}

static void test_clock__leap_years(void **state)
{
    (void)state;
    for (int year = 1; year <= 9999; year++) {
        char text[40];
        int64_t ms;
        snprintf(text, sizeof text, "%04d-02-29T00:00:00Z", year);
        const bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;
        assert_int_equal(parse(text, &ms), leap);
    }
}

/* Random instants of every eleventh day of the range, in order. */
static void test_clock__the_whole_range_comes_back(void **state)
{
    (void)state;
    struct at_rng rng;
    char last[AT_TIME_TEXT] = "", text[AT_TIME_TEXT];
    at_rng_init(&rng, 4);
    const int64_t first = -62135596800000, end = 253402300799999;
    for (int64_t day = first; day <= end; day += 11 * (int64_t)86400000) {
        const int64_t ms = day + (int64_t)at_rng_below(&rng, 86400000);
        int64_t read = 0;
        at_time_format(text, ms);
        if (!parse(text, &read) || read != ms || strcmp(last, text) >= 0)
            fail_msg("%s after %s", text, last);
        memcpy(last, text, sizeof last);
    }
}

static void test_clock__outside_of_the_range(void **state)
{
    (void)state;
    char text[AT_TIME_TEXT], compact[16];
    static const int64_t far[] = {INT64_MIN, INT64_MAX, -62135596800001, 253402300800000};
    for (size_t i = 0; i < 4; i++) {
        at_time_format(text, far[i]);
        assert_string_equal(text, "invalid time");
        at_time_format_compact(compact, far[i]); /* must only stay in bounds */
    }
}

static void test_clock__compact(void **state)
{
    (void)state;
    char text[16];
    at_time_format_compact(text, 1767434401999);
    assert_string_equal(text, "20260103_100001");
}

static void test_clock__now(void **state)
{
    (void)state;
    assert_true(at_clock_now_ms() > 1700000000000);
    const double a = at_clock_seconds(), b = at_clock_seconds();
    assert_true(b >= a && b < a + 10);
    const uint64_t peak = at_clock_peak_rss_bytes();
    assert_true(peak > 100000 && peak < (uint64_t)1 << 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock__known_instants),
        cmocka_unit_test(test_clock__reads_every_form),
        cmocka_unit_test(test_clock__refuses_what_is_no_time),
        cmocka_unit_test(test_clock__leap_years),
        cmocka_unit_test(test_clock__the_whole_range_comes_back),
        cmocka_unit_test(test_clock__outside_of_the_range),
        cmocka_unit_test(test_clock__compact),
        cmocka_unit_test(test_clock__now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
