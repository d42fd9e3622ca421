#include "cli/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static void page_raw(struct at_page *page, const char *text, size_t len)
{
    if (page->status == ATTUNE_OK)
        page->status = at_buf_add(&page->buf, text, len, NULL);
}

static bool page_is_control(unsigned char c)
{
    return (c < 0x20 && c != '\n') || c == 0x7F;
}

void at_page_add(struct at_page *page, const char *text, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        const bool c1 = c == 0xC2 && i + 1 < len && (unsigned char)text[i + 1] < 0xA0;
        if (!page_is_control(c) && !c1)
            continue;
        page_raw(page, text + from, i - from);
        page_raw(page, "?", 1);
        i += c1;
        from = i + 1;
    }
    if (from < len)
        page_raw(page, text + from, len - from);
}

/* Short texts are made on the stack, long ones on the heap. */
static void page_vadd(struct at_page *page, const char *fmt, va_list ap)
{
    char text[512];
    va_list again;
    va_copy(again, ap);
    const int n = vsnprintf(text, sizeof text, fmt, ap);
    if (n > 0 && (size_t)n < sizeof text) {
        at_page_add(page, text, (size_t)n);
    } else if (n > 0) {
        char *whole = at_alloc_raw((size_t)n + 1, 1);
        if (whole) {
            vsnprintf(whole, (size_t)n + 1, fmt, again);
            at_page_add(page, whole, (size_t)n);
        } else if (page->status == ATTUNE_OK) {
            page->status = ATTUNE_NO_MEMORY;
        }
        at_free(whole);
    }
    va_end(again);
}

void at_page_addf(struct at_page *page, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    page_vadd(page, fmt, ap);
    va_end(ap);
}

void at_page_style(struct at_page *page, at_style style)
{
    static const char *const codes[] = {
        [AT_STYLE_PLAIN] = "\033[0m", [AT_STYLE_BOLD] = "\033[1m", [AT_STYLE_DIM] = "\033[2m",
        [AT_STYLE_GOOD] = "\033[32m", [AT_STYLE_BAD] = "\033[31m", [AT_STYLE_WARN] = "\033[33m"};
    if (page->color)
        page_raw(page, codes[style], strlen(codes[style]));
}

void at_page_styled(struct at_page *page, at_style style, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    at_page_style(page, style);
    page_vadd(page, fmt, ap);
    at_page_style(page, AT_STYLE_PLAIN);
    va_end(ap);
}

size_t at_page_columns(struct at_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return n;
}

void at_page_pad(struct at_page *page, size_t from, size_t to)
{
    do
        page_raw(page, " ", 1);
    while (++from < to);
}

static void page_indent(struct at_page *page, size_t n)
{
    for (size_t i = 0; i < n; i++)
        page_raw(page, " ", 1);
}

/* A newline in the text starts a new line; an empty line stays one. */
void at_page_wrap(struct at_page *page, size_t indent, size_t width, const char *text)
{
    size_t column = 0;
    while (*text) {
        if (*text == '\n') {
            page_raw(page, "\n", 1);
            column = 0;
            text++;
            continue;
        }
        const size_t len = strcspn(text, " \n");
        const size_t columns = at_page_columns((struct at_str){text, len});
        if (column && column + 1 + columns > width) {
            page_raw(page, "\n", 1);
            column = 0;
        }
        if (column == 0) {
            page_indent(page, indent);
            column = indent;
        } else {
            page_raw(page, " ", 1);
            column++;
        }
        at_page_add(page, text, len);
        column += columns;
        text += len;
        while (*text == ' ')
            text++;
    }
    page_raw(page, "\n", 1);
}

void at_page_bytes(char out[24], double n_bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    for (; n_bytes >= 1000 && unit < 4; unit++)
        n_bytes /= 1000;
    snprintf(out, 24, unit && n_bytes < 100 ? "%.1f %s" : "%.0f %s", n_bytes, units[unit]);
}

void at_page_number(char out[32], int64_t n)
{
    char digits[24];
    const int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
    size_t at = 0;
    for (int i = 0; i < len; i++) {
        if (i && digits[i - 1] != '-' && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

void at_page_time(char out[24], struct at_str rfc3339)
{
    if (rfc3339.len < 16 || rfc3339.len > 40) {
        snprintf(out, 24, "-");
        return;
    }
    snprintf(out, 24, "%.10s %.5s", rfc3339.ptr, rfc3339.ptr + 11);
}

void at_page_bar(struct at_page *page, double fraction, size_t width)
{
    const double clipped = fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
    const size_t full = (size_t)(clipped * (double)width + 0.5);
    for (size_t i = 0; i < width; i++)
        page_raw(page, i < full ? "#" : ".", 1);
}
