#include "base/clock.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

int64_t at_clock_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

double at_clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

uint64_t at_clock_peak_rss_bytes(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}

/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z, what RFC 3339 can write with a year after 0.
 */
static const int64_t TIME_FIRST = -62135596800000, TIME_LAST = 253402300799999;

/* Days from 1970-01-01 and back, by Howard Hinnant's era arithmetic: exact for the proleptic
 * Gregorian calendar, no time zone data, no static storage. */
static int64_t time_days_from_civil(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    const int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    const int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

struct time_civil {
    int year, month, day, hour, minute, second, ms;
};

static struct time_civil time_to_civil(int64_t unix_ms)
{
    int64_t days = unix_ms / 86400000, rest = unix_ms % 86400000;
    if (rest < 0) {
        rest += 86400000;
        days--;
    }
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097, doe = days - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    struct time_civil c;
    c.day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c.year = (int)(yoe + era * 400 + (c.month <= 2));
    c.hour = (int)(rest / 3600000);
    c.minute = (int)(rest / 60000 % 60);
    c.second = (int)(rest / 1000 % 60);
    c.ms = (int)(rest % 1000);
    return c;
}

void at_time_format(char out[AT_TIME_TEXT], int64_t unix_ms)
{
    const struct time_civil c = time_to_civil(unix_ms);
    if (unix_ms < TIME_FIRST || unix_ms > TIME_LAST) {
        snprintf(out, AT_TIME_TEXT, "invalid time");
        return;
    }
    int n = snprintf(out, AT_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)c.year % 10000u,
                     (unsigned)c.month % 100u, (unsigned)c.day % 100u, (unsigned)c.hour % 100u,
                     (unsigned)c.minute % 100u, (unsigned)c.second % 100u);
    if (c.ms)
        n += snprintf(out + n, AT_TIME_TEXT - (size_t)n, ".%03u", (unsigned)c.ms % 1000u);
    snprintf(out + n, AT_TIME_TEXT - (size_t)n, "Z");
}

void at_time_format_compact(char out[16], int64_t unix_ms)
{
    const struct time_civil c = time_to_civil(unix_ms);
    snprintf(out, 16, "%04u%02u%02u_%02u%02u%02u", (unsigned)c.year % 10000u,
             (unsigned)c.month % 100u, (unsigned)c.day % 100u, (unsigned)c.hour % 100u,
             (unsigned)c.minute % 100u, (unsigned)c.second % 100u);
}

/* Reads exactly n digits. */
static bool time_digits(struct at_str *text, int n, int *out)
{
    int value = 0;
    if (text->len < (size_t)n)
        return false;
    for (int i = 0; i < n; i++) {
        if (text->ptr[i] < '0' || text->ptr[i] > '9')
            return false;
        value = value * 10 + (text->ptr[i] - '0');
    }
    text->ptr += n;
    text->len -= (size_t)n;
    *out = value;
    return true;
}

static bool time_char(struct at_str *text, const char *any_of)
{
    for (const char *c = any_of; *c; c++)
        if (text->len && text->ptr[0] == *c) {
            text->ptr++;
            text->len--;
            return true;
        }
    return false;
}

static int time_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool time_read_clock(struct at_str *text, struct time_civil *c)
{
    if (!time_digits(text, 2, &c->hour) || !time_char(text, ":") ||
        !time_digits(text, 2, &c->minute) || !time_char(text, ":") ||
        !time_digits(text, 2, &c->second))
        return false;
    if (c->hour > 23 || c->minute > 59 || c->second > 60) /* 60: a leap second */
        return false;
    c->ms = 0;
    if (!time_char(text, "."))
        return true;
    int scale = 100, digit;
    if (!text->len || text->ptr[0] < '0' || text->ptr[0] > '9')
        return false;
    while (time_digits(text, 1, &digit)) {
        c->ms += digit * scale;
        scale /= 10;
    }
    return true;
}

static bool time_read_offset(struct at_str *text, int *out_minutes)
{
    *out_minutes = 0;
    if (time_char(text, "Zz"))
        return true;
    const bool minus = text->len && text->ptr[0] == '-';
    int hours, minutes;
    if (!time_char(text, "+-") || !time_digits(text, 2, &hours) || !time_char(text, ":") ||
        !time_digits(text, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *out_minutes = (hours * 60 + minutes) * (minus ? -1 : 1);
    return true;
}

bool at_time_parse(struct at_str text, int64_t *out)
{
    struct time_civil c;
    int offset;
    if (!time_digits(&text, 4, &c.year) || !time_char(&text, "-") ||
        !time_digits(&text, 2, &c.month) || !time_char(&text, "-") ||
        !time_digits(&text, 2, &c.day) || !time_char(&text, "Tt "))
        return false;
    if (c.year < 1 || c.month < 1 || c.month > 12 || c.day < 1 ||
        c.day > time_month_days(c.year, c.month))
        return false;
    if (!time_read_clock(&text, &c) || !time_read_offset(&text, &offset) || text.len)
        return false;
    const int64_t days = time_days_from_civil(c.year, c.month, c.day);
    const int64_t ms =
        ((days * 24 + c.hour) * 60 + c.minute - offset) * 60000 + c.second * 1000 + c.ms;
    if (ms < TIME_FIRST || ms > TIME_LAST) /* the offset led out of the range */
        return false;
    *out = ms;
    return true;
}
