#ifndef AT_TEXT_UTF8_H
#define AT_TEXT_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Single characters of UTF-8. Whole texts are checked by at_str_utf8_prefix (base/str.h). */
enum { AT_UTF8_MAX_BYTES = 4 };
#define AT_UTF8_REPLACEMENT 0xFFFDu

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
