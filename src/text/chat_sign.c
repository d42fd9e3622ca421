/* Tokens that are no words: emoji sequences (Unicode UTS 51, read loosely: whatever follows a
 * pictograph and cannot stand alone belongs to it), emoticons, punctuation. */
#include <string.h>

#include "text/chat.h"
#include "text/chat_class.h"
#include "text/chat_part.h"
#include "text/utf8.h"

enum {
    ZWJ = 0x200D,
    KEYCAP = 0x20E3,
    DOUBLE_BANG = 0x203C,
    BANG_QUESTION = 0x2049,
    ELLIPSIS = 0x2026,
    WIDE_BANG = 0xFF01,
    WIDE_QUESTION = 0xFF1F,
    ARABIC_QUESTION = 0x61F,
    LEFT_QUOTE = 0x2018
};

bool chat_is_keycap(const unsigned char *p, const unsigned char *end)
{
    size_t n;
    if ((*p < '0' || *p > '9') && *p != '#' && *p != '*')
        return false;
    if (p + 1 >= end || p[1] < 0x80)
        return false;
    uint32_t c = at_utf8_decode(p + 1, end, &n);
    if (at_chat_class(c) == AT_CHAT_VARIANT && p + 1 + n < end)
        c = at_utf8_decode(p + 1 + n, end, &n);
    return c == KEYCAP;
}

size_t chat_emoji_sequence(const unsigned char *p, const unsigned char *end, char *out,
                           size_t *out_len)
{
    size_t n, len = 0;
    const unsigned char *q = p;
    bool joined = true; /* the next pictograph belongs to this one */
    unsigned n_regional = 0;
    for (; q < end; q += n) {
        const uint32_t c = at_utf8_decode(q, end, &n);
        const enum at_chat_class class = at_chat_class(c);
        const bool is_first = q == p;
        if (class == AT_CHAT_VARIANT || class == AT_CHAT_SKIN)
            continue;
        if (class == AT_CHAT_REGIONAL && (is_first || n_regional == 1))
            n_regional++;
        else if (!(is_first || (class == AT_CHAT_PICTOGRAPH && joined) || class == AT_CHAT_TAG ||
                   c == ZWJ || c == KEYCAP) ||
                 n_regional)
            break;
        joined = c == ZWJ;
        if (len + AT_UTF8_MAX_BYTES <= AT_CHAT_TOKEN_BYTES)
            len += at_utf8_encode(out + len, c);
    }
    /* a joiner that joins nothing is no part of the name */
    if (len > 3 && memcmp(out + len - 3, "\xE2\x80\x8D", 3) == 0)
        len -= 3;
    *out_len = len;
    return (size_t)(q - p);
}

static bool sign_is_alnum(const unsigned char *p, const unsigned char *end)
{
    return p < end &&
           (*p >= 0x80 || (*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'));
}

size_t chat_emoticon(const unsigned char *p, const unsigned char *end)
{
    const unsigned char *q = p + 1;
    if (*p == '<' && q < end && *q == '3')
        return sign_is_alnum(p + 2, end) ? 0 : 2;
    if (*p != ':' && *p != ';' && *p != '=')
        return 0;
    if (q < end && (*q == '\'' || *q == '-'))
        q++;
    if (q >= end || !memchr(")(DPpOo/\\|*3][", *q, 14))
        return 0;
    if (sign_is_alnum(q, end) && sign_is_alnum(q + 1, end)) /* ":Please" */
        return 0;
    return *q == '/' && q + 1 < end && q[1] == '/' ? 0 : (size_t)(q + 1 - p);
}

/* What a run is made of: '!' and '?' in all their forms, dots, anything else itself. */
static uint32_t sign_fold(uint32_t c)
{
    switch (c) {
    case WIDE_BANG:
    case DOUBLE_BANG:
        return '!';
    case WIDE_QUESTION:
    case ARABIC_QUESTION:
        return '?';
    case LEFT_QUOTE:
    case 0x2019:
    case 0x2BC:
        return '\'';
    default:
        return c;
    }
}

size_t chat_punctuation(const unsigned char *p, const unsigned char *end, char *out,
                        size_t *out_len)
{
    size_t n, n_bang = 0, n_question = 0, n_same = 0;
    const unsigned char *q = p;
    uint32_t first = 0;
    for (; q < end; q += n) {
        const uint32_t raw = at_utf8_decode(q, end, &n), c = sign_fold(raw);
        if (q == p)
            first = c;
        const bool asks = c == '!' || c == '?' || c == BANG_QUESTION;
        const bool asked = first == '!' || first == '?' || first == BANG_QUESTION;
        if (asks != asked || (!asks && c != first))
            break;
        n_bang += raw == DOUBLE_BANG ? 2 : c == '!' || c == BANG_QUESTION;
        n_question += c == '?' || c == BANG_QUESTION;
        n_same++;
    }
    const char *text = NULL;
    if (n_bang && n_question)
        text = "?!";
    else if (n_bang || n_question)
        text = n_bang > 1 ? "!!" : n_bang ? "!" : n_question > 1 ? "??" : "?";
    else if (first == ELLIPSIS || (first == '.' && n_same > 1))
        text = "...";
    if (text) {
        *out_len = strlen(text);
        memcpy(out, text, *out_len);
        return (size_t)(q - p);
    }
    *out_len = at_utf8_encode(out, first);
    if (n_same > 1)
        *out_len += at_utf8_encode(out + *out_len, first);
    return (size_t)(q - p);
}
