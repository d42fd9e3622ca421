/* Validation of UTF-8 as Unicode's table 3-7 has it: the lead byte says how many bytes follow and
 * what range the second one must be in; that range is what shuts out overlong forms, surrogates and
 * numbers above U+10FFFF. ASCII, by far the most common, is passed over eight bytes at a time. */
#include <string.h>

#include "base/str.h"

size_t at_utf8_length(const char *text, size_t left)
{
    const unsigned char *p = (const unsigned char *)text;
    if (left == 0)
        return 0;
    const unsigned lead = p[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    const size_t n = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (left < n || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

size_t at_str_utf8_prefix(struct at_str text)
{
    const char *p = text.ptr;
    size_t i = 0;
    while (i < text.len) {
        uint64_t eight;
        if (text.len - i >= sizeof eight) {
            memcpy(&eight, p + i, sizeof eight);
            if ((eight & 0x8080808080808080u) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        const size_t n = at_utf8_length(p + i, text.len - i);
        if (n == 0)
            return i;
        i += n;
    }
    return i;
}

size_t at_utf8_cut(const char *text, size_t len)
{
    size_t i = len; /* just past the last byte that starts a sequence, at most three back */
    while (i > 0 && len - i < 3 && ((unsigned char)text[i - 1] & 0xC0) == 0x80)
        i--;
    if (i == 0)
        return len;
    const unsigned char lead = (unsigned char)text[i - 1];
    const size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return len - (i - 1) < want ? i - 1 : len;
}

int at_str_clip(struct at_str text, size_t max_bytes)
{
    size_t n = text.len;
    if (n > max_bytes) {
        n = max_bytes;
        while (n > 0 && ((unsigned char)text.ptr[n] & 0xC0) == 0x80)
            n--;
    }
    return (int)n;
}
