/* The last five characters travel in two words; one more character shifts them. Hashing the packed
 * code points rather than their UTF-8 bytes makes every shingle five characters in every script. */
#include "data/shingle.h"

#include "base/hash.h"

enum { CHAR_BITS = 21, SPACE = 0x20 };

void at_shingles_init(struct at_shingles *it, const struct at_profile *profile)
{
    *it = (struct at_shingles){.profile = profile};
}

/* The character at p and its length. Texts are valid UTF-8; where one is not, its bytes count as
 * characters, so that no byte outside the text is read. */
static uint32_t shingle_decode(const unsigned char *p, size_t left, size_t *len)
{
    *len = 1;
    if (p[0] < 0xC2 || left < 2)
        return p[0];
    if (p[0] < 0xE0) {
        *len = 2;
        return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    }
    if (p[0] < 0xF0 && left >= 3) {
        *len = 3;
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    }
    if (p[0] >= 0xF0 && left >= 4) {
        *len = 4;
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
               (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
    }
    return p[0];
}

static bool shingle_is_space(uint32_t c)
{
    return c <= SPACE || c == 0x85 || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
           c == 0x3000;
}

/* Lower case by rule: enough to find copies, no table. */
static uint32_t shingle_fold(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) ||
        (c >= 0x410 && c <= 0x42F))
        return c + 32;
    if (c >= 0x400 && c <= 0x40F)
        return c + 80;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177))
        return c | 1;
    return c;
}

static void shingle_push(struct at_shingles *it, uint32_t c)
{
    it->high = (it->high << CHAR_BITS | it->low >> 2 * CHAR_BITS) & ((1ull << 2 * CHAR_BITS) - 1);
    it->low = (it->low << CHAR_BITS | c) & ((1ull << 3 * CHAR_BITS) - 1);
    it->n_chars++;
}

static uint64_t shingle_hash(const struct at_shingles *it)
{
    return at_mix64(it->low ^ at_mix64(it->high));
}

/* Ends the message at hand: one of 1 to 4 characters is a shingle by itself, and no shingle reaches
 * into the next message, so that their order does not matter. */
static size_t shingle_end_message(struct at_shingles *it, uint64_t *out)
{
    const bool is_short = it->n_chars && it->n_chars < AT_SHINGLE_CHARS;
    if (is_short)
        *out = shingle_hash(it);
    *it = (struct at_shingles){.profile = it->profile, .message = it->message + 1};
    return is_short;
}

static size_t shingle_take(struct at_shingles *it, struct at_str text, uint64_t *out)
{
    size_t len, n = 0;
    const uint32_t c =
        shingle_decode((const unsigned char *)text.ptr + it->at_byte, text.len - it->at_byte, &len);
    it->at_byte += len;
    if (shingle_is_space(c)) {
        it->space_waits = true;
        return 0;
    }
    if (it->space_waits && it->n_chars) {
        shingle_push(it, SPACE);
        if (it->n_chars >= AT_SHINGLE_CHARS)
            out[n++] = shingle_hash(it);
    }
    it->space_waits = false;
    shingle_push(it, shingle_fold(c));
    if (it->n_chars >= AT_SHINGLE_CHARS)
        out[n++] = shingle_hash(it);
    return n;
}

size_t at_shingles_next(struct at_shingles *it, uint64_t *out, size_t cap)
{
    const struct at_profile *p = it->profile;
    size_t n = 0;
    while (n + 1 < cap && it->message < p->n_messages) { /* a step adds two shingles at most */
        const struct at_message *m = &p->messages[it->message];
        if (m->from != AT_FROM_FAN || it->at_byte >= m->text.len)
            n += shingle_end_message(it, out + n);
        else
            n += shingle_take(it, m->text, out + n);
    }
    return n;
}
