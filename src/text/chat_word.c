/* A word character by character: lower case, joiners and apostrophes inside, digits of every script
 * as ASCII, runs of a letter cut to two. Words with Latin-style combining marks are composed at the
 * end. */
#include <string.h>
#include <utf8proc.h>

#include "text/chat.h"
#include "text/chat_class.h"
#include "text/chat_part.h"
#include "text/unicode.h"
#include "text/utf8.h"

enum { FINAL_SIGMA = 0x3C2, SMALL_SIGMA = 0x3C3, FIRST_MARK = 0x300, LAST_MARK = 0x36F };

/* Does a word character stand at `p`? */
static bool word_goes_on(const unsigned char *p, const unsigned char *end)
{
    size_t n;
    if (p >= end)
        return false;
    const enum at_chat_class class = at_chat_class(at_utf8_decode(p, end, &n));
    return class == AT_CHAT_WORD_CHAR || class == AT_CHAT_DIGIT || class == AT_CHAT_MARK;
}

/* The digits of a script follow each other, and each script's zero stands at a multiple of 16 or at
 * 6 above one; mathematical digits (1D7CE) are five such runs of ten. */
static uint32_t word_digit(uint32_t c)
{
    if (c < 0x80)
        return c;
    if (c >= 0x1D7CE && c <= 0x1D7FF)
        return '0' + (c - 0x1D7CE) % 10;
    uint32_t first = c;
    while (first > c - 9 && at_chat_class(first - 1) == AT_CHAT_DIGIT)
        first--;
    return '0' + (c - first);
}

/* NFC in place; the text gets no longer. */
static size_t word_compose(char *text, size_t len)
{
    utf8proc_int32_t points[4 * AT_CHAT_TOKEN_BYTES];
    const utf8proc_option_t options = (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    utf8proc_ssize_t n = utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len,
                                            points, 4 * AT_CHAT_TOKEN_BYTES, options);
    if (n <= 0 || n > 4 * AT_CHAT_TOKEN_BYTES)
        return len;
    n = utf8proc_normalize_utf32(points, n, options);
    char composed[16 * AT_CHAT_TOKEN_BYTES];
    size_t out = 0;
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out += at_utf8_encode(composed + out, (uint32_t)points[i]);
    if (out > len)
        return len;
    memcpy(text, composed, out);
    return out;
}

/* The character as it is written, and what it is counted as. */
static uint32_t word_fold(uint32_t c, enum at_chat_class class, struct chat_word *w)
{
    w->n_chars += class != AT_CHAT_MARK;
    if (class == AT_CHAT_DIGIT) {
        w->n_digits++;
        return word_digit(c);
    }
    const int32_t to_lower = at_unicode_get(c)->to_lower;
    const bool is_cased = at_unicode_get(c)->sigma == AT_SIGMA_CASED;
    w->n_capitals += to_lower != 0;
    w->n_small += is_cased && to_lower == 0;
    const uint32_t low = (uint32_t)((int32_t)c + to_lower);
    return low == FINAL_SIGMA ? SMALL_SIGMA : low;
}

size_t chat_slow_word(const unsigned char *p, const unsigned char *end, char *out,
                      struct chat_word *w)
{
    const unsigned char *q = p;
    uint32_t last = 0, before = 0;
    bool has_marks = false;
    size_t n;
    for (; q < end && w->len + AT_UTF8_MAX_BYTES <= AT_CHAT_TOKEN_BYTES; q += n) {
        uint32_t c = at_utf8_decode(q, end, &n);
        const enum at_chat_class class = at_chat_class(c);
        if (class == AT_CHAT_IGNORED)
            continue;
        if (class == AT_CHAT_APOSTROPHE || class == AT_CHAT_JOIN) {
            if (q == p || !word_goes_on(q + n, end))
                break;
            c = class == AT_CHAT_APOSTROPHE ? '\'' : c;
        } else if (class == AT_CHAT_WORD_CHAR || class == AT_CHAT_DIGIT || class == AT_CHAT_MARK) {
            c = word_fold(c, class, w);
        } else {
            break;
        }
        has_marks |= c >= FIRST_MARK && c <= LAST_MARK;
        if (c == last && c == before && class == AT_CHAT_WORD_CHAR) {
            w->is_long = true;
            continue;
        }
        w->len += at_utf8_encode(out + w->len, c);
        before = last;
        last = c;
    }
    if (has_marks)
        w->len = word_compose(out, w->len);
    return (size_t)(q - p);
}
