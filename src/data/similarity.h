#ifndef AT_DATA_SIMILARITY_H
#define AT_DATA_SIMILARITY_H

#include "data/profile.h"

/*
 * Jaccard similarity |A n B| / |A u B| of two shingle sets, from the texts themselves. Beyond about
 * 131 072 shingles the sets are sampled (the same hashes in both), which keeps memory bounded and
 * the error below 0.005. `struct at_similarity s = {0};` is empty; the first profile of a call is
 * kept, so that comparing one with many reads it once.
 */
struct at_shingle_set {
    uint64_t *slots; /* [mask + 1], 0: free */
    size_t mask, n;
};

struct at_similarity {
    struct at_shingle_set a, b;
    const struct at_profile *a_profile;
    unsigned a_shift;
};

/** Errors: NO_MEMORY. Two empty sets have similarity 0. Cost: O(text). */
attune_status at_similarity_jaccard(struct at_similarity *s, const struct at_profile *a,
                                    const struct at_profile *b, double *out, attune_error *err);
void at_similarity_release(struct at_similarity *s);

#endif
