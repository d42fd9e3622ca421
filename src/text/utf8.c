/* A lead byte fixes the length of a character and the range its second byte may lie in; all other
 * bytes lie in 80..BF. That narrowed second range is what keeps out overlong forms (C0, C1,
 * E0 80..9F, F0 80..8F), surrogates (ED A0..BF) and what lies above U+10FFFF (F4 90.., F5..FF). */
#include "text/utf8.h"

#include <string.h>

static bool utf8_in(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

/* Length of the character at p, 0 when it is broken or cut off. */
static size_t utf8_char_len(const unsigned char *p, size_t left)
{
    const unsigned char lead = p[0];
    if (lead < 0x80)
        return 1;
    if (utf8_in(lead, 0xC2, 0xDF))
        return left >= 2 && utf8_in(p[1], 0x80, 0xBF) ? 2 : 0;
    if (utf8_in(lead, 0xE0, 0xEF)) {
        const unsigned char low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
        return left >= 3 && utf8_in(p[1], low, high) && utf8_in(p[2], 0x80, 0xBF) ? 3 : 0;
    }
    if (utf8_in(lead, 0xF0, 0xF4)) {
        const unsigned char low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
        return left >= 4 && utf8_in(p[1], low, high) && utf8_in(p[2], 0x80, 0xBF) &&
                       utf8_in(p[3], 0x80, 0xBF)
                   ? 4
                   : 0;
    }
    return 0;
}

size_t at_utf8_valid_prefix_plain(struct at_str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    size_t i = 0;
    while (i < text.len) {
        const size_t n = utf8_char_len(p + i, text.len - i);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

/* Steps over 32, then 8 bytes of ASCII at a time; stops at the latest at the first other byte. */
static size_t utf8_skip_ascii(const unsigned char *p, size_t i, size_t len)
{
    const uint64_t high = 0x8080808080808080u;
    uint64_t w[4];
    for (; len - i >= sizeof w; i += sizeof w) {
        memcpy(w, p + i, sizeof w);
        if ((w[0] | w[1] | w[2] | w[3]) & high)
            break;
    }
    for (; len - i >= sizeof w[0]; i += sizeof w[0]) {
        memcpy(w, p + i, sizeof w[0]);
        if (w[0] & high)
            break;
    }
    while (i < len && p[i] < 0x80)
        i++;
    return i;
}

size_t at_utf8_valid_prefix(struct at_str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    size_t i = 0;
    while (i < text.len) {
        if (p[i] < 0x80) {
            i = utf8_skip_ascii(p, i, text.len);
            continue;
        }
        const size_t n = utf8_char_len(p + i, text.len - i);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

static uint32_t utf8_assemble(const unsigned char *p, size_t n)
{
    switch (n) {
    case 1:
        return p[0];
    case 2:
        return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    case 3:
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    default:
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
               (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
    }
}

uint32_t at_utf8_decode(const unsigned char *p, const unsigned char *end, size_t *out_len)
{
    const size_t n = utf8_char_len(p, (size_t)(end - p));
    *out_len = n ? n : 1;
    return n ? utf8_assemble(p, n) : AT_UTF8_REPLACEMENT;
}

uint32_t at_utf8_decode_back(const unsigned char *begin, const unsigned char *p, size_t *out_len)
{
    const size_t room = (size_t)(p - begin);
    for (size_t n = 1; n <= AT_UTF8_MAX_BYTES && n <= room; n++)
        if (utf8_char_len(p - n, n) == n) {
            *out_len = n;
            return utf8_assemble(p - n, n);
        }
    *out_len = 1;
    return AT_UTF8_REPLACEMENT;
}

size_t at_utf8_encode(char *out, uint32_t c)
{
    unsigned char *p = (unsigned char *)out;
    if (c < 0x80) {
        p[0] = (unsigned char)c;
        return 1;
    }
    if (c < 0x800) {
        p[0] = (unsigned char)(0xC0 | c >> 6);
        p[1] = (unsigned char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        p[0] = (unsigned char)(0xE0 | c >> 12);
        p[1] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
        p[2] = (unsigned char)(0x80 | (c & 0x3F));
        return 3;
    }
    p[0] = (unsigned char)(0xF0 | c >> 18);
    p[1] = (unsigned char)(0x80 | (c >> 12 & 0x3F));
    p[2] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
    p[3] = (unsigned char)(0x80 | (c & 0x3F));
    return 4;
}
