/* The file begins with char[8] magic, u32 n_words, n_dims, bucket_bits, name; then stand
 *
 *   steps    f32[n_dims]                 one step of a code, each dimension
 *   keys     u32[n_words]                upper half of at_hash64 of each word, ascending
 *   starts   u32[2^bucket_bits + 1]      the first word whose key has these upper bits
 *   weights  u8[n_words]
 *   codes    u4[n_words][n_dims]         v = (code - 7.5) * step; the even dimension is the lower
 * half
 *
 * and tools/make_meaning_table.py writes it. The bytes are part of the library, so they are
 * trusted; meaning_test.c looks at all of them. */
#include <string.h>

#include "base/hash.h"
#include "feature/meaning/meaning.h"

extern const unsigned char at_meaning_table_bin[];

enum { TABLE_HEAD = 24, TABLE_BUCKET_BITS = 13, TABLE_BUCKETS = 1 << TABLE_BUCKET_BITS };

static uint32_t table_u32(size_t at)
{
    uint32_t v;
    memcpy(&v, at_meaning_table_bin + at, sizeof v);
    return v;
}

static size_t table_n_words(void)
{
    return table_u32(8);
}

uint32_t meaning_table_name(void)
{
    return table_u32(20);
}

static size_t table_keys(void)
{
    return TABLE_HEAD + MEANING_DIMS * sizeof(float);
}

static size_t table_starts(void)
{
    return table_keys() + table_n_words() * sizeof(uint32_t);
}

static size_t table_weights(void)
{
    return table_starts() + (TABLE_BUCKETS + 1) * sizeof(uint32_t);
}

static size_t table_start(size_t bucket)
{
    return table_u32(table_starts() + bucket * sizeof(uint32_t));
}

int32_t meaning_find(struct at_str word)
{
    const uint32_t key = (uint32_t)(at_hash64(word.ptr, word.len, 0) >> 32);
    const size_t bucket = key >> (32 - TABLE_BUCKET_BITS), end = table_start(bucket + 1);
    for (size_t i = table_start(bucket); i < end; i++)
        if (table_u32(table_keys() + i * sizeof key) == key)
            return (int32_t)i;
    return MEANING_NONE;
}

int32_t meaning_word_weight(int32_t word)
{
    return at_meaning_table_bin[table_weights() + (size_t)word];
}

void meaning_word_vector(int32_t word, int8_t out[MEANING_DIMS])
{
    const unsigned char *const code = at_meaning_table_bin + table_weights() + table_n_words() +
                                      (size_t)word * (MEANING_DIMS / 2);
    for (size_t k = 0; k < MEANING_DIMS / 2; k++) {
        out[2 * k] = (int8_t)(2 * (code[k] & 15) - 15);
        out[2 * k + 1] = (int8_t)(2 * (code[k] >> 4) - 15);
    }
}

void meaning_steps(float out[MEANING_DIMS])
{
    memcpy(out, at_meaning_table_bin + TABLE_HEAD, MEANING_DIMS * sizeof *out);
}
