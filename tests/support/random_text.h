/* random_text.h - seeded texts for property tests: the characters that make tokenizers stumble. */
#ifndef AT_TEST_SUPPORT_RANDOM_TEXT_H
#define AT_TEST_SUPPORT_RANDOM_TEXT_H

#include "base/rng.h"
#include "text/utf8.h"

/* One code point: mostly ASCII, often Latin, Greek (sigma!), marks, punctuation; sometimes
 * anything. */
static inline uint32_t random_code_point(struct at_rng *rng)
{
    static const uint32_t odd[] = {0x3A3,  0x3C3,   0x3C2,  0x130,   0x131, 0x307, 0x2019,
                                   '\'',   '.',     0xAD,   0x2B0,   0x345, 0x301, 0x23A,
                                   0x212A, 0x1F60D, 0x200D, 0xFE0F,  0x903, 0x660, 0xB2,
                                   0x2164, 0x24B6,  0x1C5,  0x10400, 0xA0};
    for (;;) {
        uint32_t c;
        switch (at_rng_below(rng, 8)) {
        case 0:
        case 1:
        case 2:
            c = (uint32_t)('0' + at_rng_below(rng, 75));
            break;
        case 3:
            c = ' ';
            break;
        case 4:
            c = odd[at_rng_below(rng, sizeof odd / sizeof *odd)];
            break;
        case 5:
            c = (uint32_t)(0xC0 + at_rng_below(rng, 0x180));
            break;
        case 6:
            c = (uint32_t)(0x370 + at_rng_below(rng, 0x90));
            break;
        default:
            c = (uint32_t)(1 + at_rng_below(rng, at_rng_below(rng, 2) ? 0x10FFFF : 0x3000));
        }
        if (c < 0xD800 || c > 0xDFFF)
            return c;
    }
}

/* Valid UTF-8 of up to n_chars characters; `out` needs 4 * n_chars bytes. */
static inline size_t random_text(struct at_rng *rng, char *out, size_t n_chars)
{
    size_t len = 0;
    for (size_t n = at_rng_below(rng, n_chars + 1); n > 0; n--)
        len += at_utf8_encode(out + len, random_code_point(rng));
    return len;
}

#endif
