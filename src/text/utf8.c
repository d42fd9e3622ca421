#include "text/utf8.h"

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
    const size_t n = at_utf8_length((const char *)p, (size_t)(end - p));
    *out_len = n ? n : 1;
    return n ? utf8_assemble(p, n) : AT_UTF8_REPLACEMENT;
}

uint32_t at_utf8_decode_back(const unsigned char *begin, const unsigned char *p, size_t *out_len)
{
    const size_t room = (size_t)(p - begin);
    for (size_t n = 1; n <= AT_UTF8_MAX_BYTES && n <= room; n++)
        if (at_utf8_length((const char *)p - n, n) == n) {
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
