/* Most bytes of most chats are ASCII: eight of them are classified and lowered at once, the last
 * few of a text by a table. Everything else is decoded and looked up in the Unicode tables. A run
 * is written while it is read; a run of one character is no word and is overwritten by the next
 * one. */
#include "text/words.h"

#include <stdbool.h>
#include <string.h>

#include "text/unicode.h"
#include "text/utf8.h"

enum {
    CAPITAL_SIGMA = 0x3A3,
    SMALL_SIGMA = 0x3C3,
    FINAL_SIGMA = 0x3C2,
    DOTTED_CAPITAL_I = 0x130,
    NOT_ASCII = 0x80
};

/* Lower case of an ASCII word character; 0 for what parts words; NOT_ASCII for the other half. */
/* clang-format off */
#define X16 NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII, \
            NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII, NOT_ASCII
static const unsigned char words_ascii[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 0, 0, 0, 0, 0, 0,
    0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0, 0, 0, 0, '_',
    0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0, 0, 0, 0, 0,
    X16, X16, X16, X16, X16, X16, X16, X16};
#undef X16
/* clang-format on */

void at_words_begin(struct at_words *words, struct at_str text)
{
    const unsigned char *p = (const unsigned char *)(text.ptr ? text.ptr : "");
    *words = (struct at_words){p, p, p + text.len};
}

/* Unicode's Final_Sigma: a cased character before it and none behind it, looking through those that
 * case ignores (marks, apostrophes, full stops). */
static bool words_is_final_sigma(const struct at_words *words, const unsigned char *p, size_t len)
{
    size_t n;
    const struct at_unicode_record *r = NULL;
    for (const unsigned char *q = p; q > words->begin; q -= n) {
        r = at_unicode_get(at_utf8_decode_back(words->begin, q, &n));
        if (r->sigma != AT_SIGMA_IGNORABLE)
            break;
    }
    if (!r || r->sigma != AT_SIGMA_CASED)
        return false;
    for (const unsigned char *q = p + len; q < words->end; q += n) {
        r = at_unicode_get(at_utf8_decode(q, words->end, &n));
        if (r->sigma != AT_SIGMA_IGNORABLE)
            return r->sigma != AT_SIGMA_CASED;
    }
    return true;
}

/* Writes the lower case of the character at words->at and steps over it. Returns the bytes written,
 * 0 when it is no word character; *out_ends is set when a word ends behind it all the same. */
static size_t words_lower(struct at_words *words, char *out, bool *out_ends)
{
    const unsigned char *p = words->at;
    size_t n;
    const uint32_t c = at_utf8_decode(p, words->end, &n);
    const struct at_unicode_record *r = at_unicode_get(c);
    words->at = p + n;
    if (!r->is_word)
        return 0;
    *out_ends = c == DOTTED_CAPITAL_I;
    if (c == CAPITAL_SIGMA)
        return at_utf8_encode(out, words_is_final_sigma(words, p, n) ? FINAL_SIGMA : SMALL_SIGMA);
    return at_utf8_encode(out, (uint32_t)((int32_t)c + r->to_lower));
}

/* One run of word characters that are at hand; *out_chars counts them up to 2. 0 bytes: none. */
static size_t words_run_plain(struct at_words *words, char *out, unsigned *out_chars)
{
    size_t len = 0;
    bool ends = false;
    *out_chars = 0;
    while (words->at < words->end && !ends) {
        const size_t n = words_lower(words, out + len, &ends);
        if (n == 0)
            break;
        len += n;
        *out_chars += *out_chars < 2;
    }
    return len;
}

size_t at_words_next_plain(struct at_words *words, char *out)
{
    while (words->at < words->end) {
        unsigned n_chars;
        const size_t len = words_run_plain(words, out, &n_chars);
        if (n_chars >= 2)
            return len;
    }
    return 0;
}

/* Is this run one character only? Its first byte tells how long that would be. */
static bool words_is_single(const char *run, size_t len)
{
    const unsigned char lead = (unsigned char)run[0];
    return len == 1 || (lead >= 0xC0 && len == 2u + (lead >= 0xE0) + (lead >= 0xF0));
}

/* Eight bytes at once, each in its own lane. A byte below 80 plus (80 - x) has its top bit set when
 * it is >= x. *out_lower gets the lower case; the result has the top bit of each lane that is no
 * ASCII word character. */
static uint64_t words_classify(uint64_t bytes, uint64_t *out_lower)
{
    const uint64_t one = 0x0101010101010101u, top = 0x80 * one;
    const uint64_t x = bytes & ~top, folded = x | 0x20 * one;
    const uint64_t letter = (folded + (0x80 - 'a') * one) & ~(folded + (0x80 - 'z' - 1) * one);
    const uint64_t digit = (x + (0x80 - '0') * one) & ~(x + (0x80 - '9' - 1) * one);
    const uint64_t underscore = ~((x ^ '_' * one) + 0x7F * one);
    const uint64_t upper = letter & top & ~(x << 2); /* bit 5 is clear in capitals */
    *out_lower = bytes | upper >> 2;
    return (~(letter | digit | underscore) | bytes) & top;
}

/* The ASCII word characters at p, lower-cased; writes up to 8 bytes more than it returns. */
static size_t words_ascii_run(const unsigned char *p, const unsigned char *end, char *out)
{
    size_t n = 0;
    while ((size_t)(end - p) - n >= 8) {
        uint64_t bytes, lower;
        memcpy(&bytes, p + n, 8);
        const uint64_t stop = words_classify(bytes, &lower);
        memcpy(out + n, &lower, 8);
        if (stop)
            return n + (size_t)__builtin_ctzll(stop) / 8;
        n += 8;
    }
    for (; p + n < end; n++) {
        const unsigned char low = words_ascii[p[n]];
        if (low == 0 || low == NOT_ASCII)
            break;
        out[n] = (char)low;
    }
    return n;
}

size_t at_words_next(struct at_words *words, char *out)
{
    const unsigned char *p = words->at;
    const unsigned char *const end = words->end;
    size_t len = 0;
    while (p < end) {
        const size_t n = words_ascii_run(p, end, out + len);
        p += n;
        len += n;
        if (p < end && *p >= 0x80) {
            bool ends = false;
            words->at = p;
            const size_t m = words_lower(words, out + len, &ends);
            p = words->at;
            len += m;
            if (m && !ends)
                continue;
        } else if (p < end) {
            p++;
        }
        if (len && !words_is_single(out, len))
            break;
        len = 0;
    }
    words->at = p;
    return p == end && len && words_is_single(out, len) ? 0 : len;
}
