#include "base/str.h"

#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct at_str at_str_from(const char *text)
{
    return (struct at_str){text, text ? strlen(text) : 0};
}

bool at_str_equal(struct at_str a, struct at_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int at_str_compare(struct at_str a, struct at_str b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

bool at_str_starts(struct at_str text, const char *prefix)
{
    const size_t n = strlen(prefix);
    return text.len >= n && memcmp(text.ptr, prefix, n) == 0;
}

bool at_parse_u64(struct at_str text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned digit = (unsigned)((unsigned char)text.ptr[i] - '0');
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool at_parse_i64(struct at_str text, int64_t *out)
{
    const bool negative = text.len && text.ptr[0] == '-';
    if (negative) {
        text.ptr++;
        text.len--;
    }
    uint64_t magnitude;
    if (!at_parse_u64(text, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

/* The C library reads and writes the decimal point of the process's locale, which may be several
 * bytes long. Ours is swapped for it, so that a host program that called setlocale does not change
 * how a configuration file reads. */
static const char *str_locale_point(void)
{
    const char *point = nl_langinfo(RADIXCHAR);
    return point && point[0] ? point : ".";
}

/* Replaces the locale's point in `text` by '.'; returns the new length. */
static size_t str_plain_point(char *text, size_t len)
{
    const char *point = str_locale_point();
    const size_t n = strlen(point);
    char *at = strcmp(point, ".") == 0 ? NULL : strstr(text, point);
    if (!at)
        return len;
    *at = '.';
    memmove(at + 1, at + n, len - (size_t)(at - text) - n + 1);
    return len - n + 1;
}

bool at_parse_f64(struct at_str text, double *out)
{
    char digits[80];
    if (text.len == 0 || text.len >= 64)
        return false;
    const char *point = str_locale_point();
    const size_t n_point = strlen(point);
    size_t n = 0;
    bool seen_point = false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        if (c == '.' && !seen_point && n_point < sizeof digits - 64) {
            memcpy(digits + n, point, n_point);
            n += n_point;
            seen_point = true;
        } else if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e' || c == 'E') {
            digits[n++] = c;
        } else {
            return false;
        }
    }
    digits[n] = '\0';
    char *end;
    const double value = strtod(digits, &end);
    if (*end || end == digits || !isfinite(value))
        return false;
    *out = value;
    return true;
}

size_t at_format_f64(char out[32], double value)
{
    int n = 0;
    for (int precision = 15; precision <= 17; precision++) {
        n = snprintf(out, 32, "%.*g", precision, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return str_plain_point(out, (size_t)n);
}

size_t at_format_fixed(char *out, size_t out_size, double value, int decimals)
{
    const int n = snprintf(out, out_size, "%.*f", decimals, value);
    const size_t len = n < 0 ? 0 : (size_t)n < out_size ? (size_t)n : out_size - 1;
    return str_plain_point(out, len);
}
