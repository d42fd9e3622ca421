#ifndef AT_FEATURE_NGRAM_NGRAM_KEYS_H
#define AT_FEATURE_NGRAM_NGRAM_KEYS_H

#include <stdbool.h>
#include <string.h>

#include "base/hash.h"
#include "base/status.h"
#include "base/str.h"

/*
 * A hash table from 64-bit keys (never 0) to numbers, with open addressing; a look-up touches one
 * cache line. Pieces of up to 8 bytes are their own key, so most need no comparison of texts. `{0}`
 * is empty.
 */
struct ngram_key_slot {
    uint64_t key; /* 0: free */
    uint32_t id;
};
struct ngram_keys {
    struct ngram_key_slot *slots; /* [mask + 1] */
    size_t mask, n;
};
#define NGRAM_KEY_NONE UINT32_MAX

/** Makes room for n keys in all. Errors: NO_MEMORY; the table is then as it was. */
attune_status ngram_keys_reserve(struct ngram_keys *t, size_t n, attune_error *err);
void ngram_keys_release(struct ngram_keys *t);

static inline size_t ngram_keys_home(const struct ngram_keys *t, uint64_t key)
{
    return (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & t->mask;
}

/*
 * The key of a text behind which 8 bytes can be read: up to 8 bytes the text itself, for a longer
 * one a hash whose lowest byte is FF, which no UTF-8 has. Those must be told apart by their texts.
 */
static inline uint64_t ngram_key_of(struct at_str text)
{
    uint64_t head;
    memcpy(&head, text.ptr, 8);
    if (text.len < 8)
        return head & ((UINT64_C(1) << 8 * text.len) - 1);
    return text.len == 8 ? head : at_hash64(text.ptr, text.len, 0) | 0xFF;
}
/** The same for a text with nothing behind it. */
static inline uint64_t ngram_key_of_exact(struct at_str text)
{
    char padded[8] = {0};
    if (text.len >= 8)
        return ngram_key_of(text);
    memcpy(padded, text.ptr, text.len);
    return ngram_key_of((struct at_str){padded, text.len});
}

/* The bucket of a term: the lower half is of words, the upper one of characters. The hash is part
 * of the model file format. */
static inline uint32_t ngram_word_bucket(unsigned bits, struct at_str padded)
{
    return (uint32_t)(at_mix64(ngram_key_of(padded)) >> (64 - bits));
}
static inline uint32_t ngram_char_bucket(unsigned bits, struct at_str padded)
{
    return (UINT32_C(1) << bits) | ngram_word_bucket(bits, padded);
}
static inline bool ngram_key_is_text(uint64_t key)
{
    return (key & 0xFF) != 0xFF;
}

#endif
