#ifndef AT_TEXT_UTF8_H
#define AT_TEXT_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { AT_UTF8_MAX_BYTES = 4 };
#define AT_UTF8_REPLACEMENT 0xFFFDu

/**
 * Length in bytes of the longest prefix that is valid UTF-8 (RFC 3629: shortest form, no
 * surrogates, nothing above U+10FFFF). Equal to text.len when all of it is valid; else it is the
 * offset of the first byte that cannot be read, the start of the broken character.
 *
 * Cost     one pass; runs of ASCII go eight bytes at a time
 * Tests    utf8_test.c, utf8_prop.c against the plain version below, utf8_fuzz.c
 */
size_t at_utf8_valid_prefix(struct at_str text);
/** The same, one character at a time: the reference for the fast one. */
size_t at_utf8_valid_prefix_plain(struct at_str text);

static inline bool at_utf8_valid(struct at_str text)
{
    return at_utf8_valid_prefix(text) == text.len;
}

/**
 * Reads the character at `p` (p < end), stores its length in bytes in *out_len and returns its code
 * point. Bytes that are not UTF-8 are read one at a time as U+FFFD, so a loop always ends.
 */
uint32_t at_utf8_decode(const unsigned char *p, const unsigned char *end, size_t *out_len);
/** The character that ends before `p` (begin < p), in the same way. */
uint32_t at_utf8_decode_back(const unsigned char *begin, const unsigned char *p, size_t *out_len);
/** Writes 1..4 bytes and returns how many; `c` must be a code point and no surrogate. */
size_t at_utf8_encode(char *out, uint32_t c);

#endif
