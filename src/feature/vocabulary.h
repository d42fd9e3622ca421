#ifndef AT_FEATURE_VOCABULARY_H
#define AT_FEATURE_VOCABULARY_H

#include <string.h>

#include "attune/kind.h"
#include "base/hash.h"
#include "base/status.h"
#include "base/str.h"

/*
 * A fixed list of terms, numbered 0..n-1, with a hash look-up. The terms stand one behind the other
 * in `terms`; term i is terms[start[i] .. start[i + 1]). Both arrays belong to the vocabulary or
 * are lent by a model file. Read by any number of threads. `struct at_vocabulary v = {0};` is
 * empty.
 *
 * A slot holds 32 bits of the term's hash (which are also its place in the table) and its number +
 * 1, so a look-up that misses touches one cache line, and one that hits three.
 */
struct at_vocabulary {
    const char *terms;
    const uint32_t *start; /* [n + 1] */
    size_t n;
    uint64_t *slots; /* [mask + 1]; 0 is free */
    size_t mask;
    char *own_terms;
    uint32_t *own_start;
};

#define AT_TERM_NONE  UINT32_MAX
#define AT_TERMS_MAX  (UINT32_MAX / 2) /* terms in one vocabulary */
#define AT_TERM_BYTES UINT32_MAX       /* bytes of all its terms together */

/*
 * A term as it is looked up: its first 8 bytes as a number (zeros behind a shorter one), which tell
 * most words apart without a comparison, and a hash. Hashes live in memory only, never in a file.
 */
struct at_term {
    struct at_str text;
    uint64_t head;
    uint32_t hash;
};

static inline struct at_term at_term_with_head(struct at_str text, uint64_t head)
{
    const uint64_t mixed =
        text.len <= 8 ? at_mix64(head ^ text.len << 56) : at_hash64(text.ptr, text.len, 0);
    return (struct at_term){text, head, (uint32_t)(mixed >> 32)};
}
static inline struct at_term at_term_of(struct at_str text)
{
    uint64_t head = 0;
    memcpy(&head, text.ptr, text.len < 8 ? text.len : 8);
    return at_term_with_head(text, head);
}
/** The same for a text behind which 8 bytes can be read, whatever they are. */
static inline struct at_term at_term_of_padded(struct at_str text)
{
    uint64_t head;
    memcpy(&head, text.ptr, 8);
    if (text.len < 8)
        head &= (UINT64_C(1) << 8 * text.len) - 1;
    return at_term_with_head(text, head);
}

static inline struct at_str at_vocabulary_term(const struct at_vocabulary *v, size_t i)
{
    return (struct at_str){v->terms + v->start[i], v->start[i + 1] - v->start[i]};
}

/** Number of `term`, or AT_TERM_NONE. */
static inline uint32_t at_vocabulary_find(const struct at_vocabulary *v, const struct at_term *term)
{
    if (!v->n)
        return AT_TERM_NONE;
    for (size_t i = term->hash & v->mask; v->slots[i]; i = (i + 1) & v->mask) {
        if ((uint32_t)(v->slots[i] >> 32) != term->hash)
            continue;
        const uint32_t k = (uint32_t)v->slots[i] - 1;
        const struct at_str have = at_vocabulary_term(v, k);
        if (have.len == term->text.len && memcmp(have.ptr, term->text.ptr, have.len) == 0)
            return k;
    }
    return AT_TERM_NONE;
}

/** Copies `terms`, which must differ from each other. Errors: NO_MEMORY, LIMIT. */
attune_status at_vocabulary_make(struct at_vocabulary *out, const struct at_str *terms, size_t n,
                                 attune_error *err);
/** The same without the look-up, for who has a better one; at_vocabulary_find is then not allowed.
 */
attune_status at_vocabulary_make_list(struct at_vocabulary *out, const struct at_str *terms,
                                      size_t n, attune_error *err);
/** Writes the sections NAME and NAME.start. */
attune_status at_vocabulary_save(const struct at_vocabulary *v, const char *name,
                                 attune_writer *writer, attune_error *err);
/**
 * Lends terms and starts from the file, builds the look-up.
 * Errors   CORRUPT  unless the terms are valid UTF-8, not empty, and ascend in byte order
 */
attune_status at_vocabulary_load(struct at_vocabulary *out, const char *name,
                                 const attune_reader *reader, attune_error *err);
attune_status at_vocabulary_load_list(struct at_vocabulary *out, const char *name,
                                      const attune_reader *reader, attune_error *err);
void at_vocabulary_release(struct at_vocabulary *v);

/** Sorts terms in byte order, which is code point order: the order of the columns. */
void at_terms_sort(struct at_str *terms, size_t n);

#endif
