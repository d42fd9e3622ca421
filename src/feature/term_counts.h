#ifndef AT_FEATURE_TERM_COUNTS_H
#define AT_FEATURE_TERM_COUNTS_H

#include "feature/vocabulary.h"

/*
 * Counts of terms while a vocabulary is being learned: each new term gets the next number. Used by
 * one thread; several are put together by at_term_counts_merge. About 24 bytes and the term itself
 * for each different term, and 12 to 24 bytes of slots. `struct at_term_counts c = {0};` is empty.
 */
struct at_term_count {
    uint64_t head;  /* as in at_term */
    uint64_t tf;    /* occurrences in all documents */
    uint32_t start; /* of the term in `terms` */
    uint32_t len;
    uint32_t df;       /* documents that contain it */
    uint32_t last_doc; /* the newest of them + 1 */
};
struct at_term_counts {
    struct at_term_count *items; /* [n] */
    size_t n, cap;
    uint64_t *slots; /* as in at_vocabulary */
    size_t mask;
    char *terms;
    size_t n_bytes, cap_bytes;
};

static inline struct at_str at_term_counts_term(const struct at_term_counts *c, size_t i)
{
    return (struct at_str){c->terms + c->items[i].start, c->items[i].len};
}

/**
 * Counts one occurrence of `term` in document `doc` (< 2^32 - 1); occurrences of one document come
 * one after the other. Errors: NO_MEMORY, LIMIT; nothing is counted then.
 */
attune_status at_term_counts_add(struct at_term_counts *c, const struct at_term *term, uint32_t doc,
                                 uint32_t *out_id, attune_error *err);
/** Adds the counts of `other`, which saw other documents; to_id[i] = number of its term i in `c`.
 */
attune_status at_term_counts_merge(struct at_term_counts *c, uint32_t *to_id,
                                   const struct at_term_counts *other, attune_error *err);
void at_term_counts_release(struct at_term_counts *c);

#endif
