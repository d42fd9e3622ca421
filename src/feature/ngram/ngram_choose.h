#ifndef AT_FEATURE_NGRAM_NGRAM_CHOOSE_H
#define AT_FEATURE_NGRAM_NGRAM_CHOOSE_H

#include "base/arena.h"
#include "feature/ngram/ngram.h"

/* Terms that may become columns, of one part (words or characters). */
struct ngram_candidate {
    struct at_str text;
    uint64_t first; /* the first 8 bytes, such that numbers order as texts do */
    uint32_t df, fans;
    uint32_t *col; /* where the number of its column goes; AT_TERM_NONE before */
};
struct ngram_candidates {
    struct ngram_candidate *items;
    size_t n, cap;
    struct at_arena texts; /* of those that stand nowhere else */
};

attune_status ngram_candidate_add(struct ngram_candidates *c, struct ngram_candidate candidate,
                                  attune_error *err);
void ngram_candidates_release(struct ngram_candidates *c);

/**
 * Puts both parts in order, keeps the `max_features` (0: all) terms that most fans use, of equal
 * ones the first words, then the first characters; numbers them, and fills the block's vocabularies
 * and df.
 */
attune_status ngram_choose(struct ngram *f, struct ngram_candidates *words,
                           struct ngram_candidates *chars, size_t max_features, attune_error *err);

#endif
