#ifndef AT_FEATURE_NGRAM_NGRAM_PIECES_H
#define AT_FEATURE_NGRAM_NGRAM_PIECES_H

#include "feature/ngram/ngram_corpus.h"
#include "feature/ngram/ngram_keys.h"

/* All runs of characters of a corpus: what they are, where they stand, how often they were seen. */
struct ngram_piece {
    uint32_t stretch; /* one that has it */
    uint16_t at, len; /* its place in there, in bytes */
};
struct ngram_pieces {
    struct ngram_piece *items; /* [n] */
    size_t n, cap;
    uint32_t *list; /* pieces of stretch s: list[start[s] .. start[s + 1]) */
    uint64_t *start;
    size_t cap_list;
    struct ngram_keys keys;
    struct ngram_seen *seen; /* [n_workers * n]; after counting [n] */
    uint32_t *last_doc;      /* [n_workers * n_stretches] */
};

/** Cuts all stretches and counts. Errors: NO_MEMORY, LIMIT, CANCELLED. */
attune_status ngram_pieces_make(struct ngram_pieces *p, struct ngram_corpus *c, attune_error *err);
void ngram_pieces_release(struct ngram_pieces *p);

static inline struct at_str ngram_pieces_text(const struct ngram_pieces *p,
                                              const struct ngram_corpus *c, size_t i)
{
    const struct at_str s = at_term_counts_term(corpus_stretches(c), p->items[i].stretch);
    return (struct at_str){s.ptr + p->items[i].at, p->items[i].len};
}

#endif
