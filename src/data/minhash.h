#ifndef AT_DATA_MINHASH_H
#define AT_DATA_MINHASH_H

#include <stdbool.h>

#include "data/profile.h"

/*
 * A sketch: AT_SKETCH_VALUES numbers such that for two profiles of one form the expected share of
 * equal places is the Jaccard similarity of their shingle sets.
 *
 * Two forms, for speed. SMALL (up to 256 different shingles) is the minimum under 128 permutations,
 * LARGE (from 204) hashes every shingle once and keeps the minimum of each of 128 bins. Sets
 * between the two limits get both. Two sets with similarity >= 0.8 differ in size by a factor of
 * 0.8 at most (0.8 * 256 > 204), so they always share a form.
 *
 * Source   Broder 1997; Li, Owen and Zhang 2012 (one permutation); Shrivastava 2017 (empty bins)
 */
enum { AT_SKETCH_VALUES = 128, AT_SKETCH_SMALL_MAX = 256, AT_SKETCH_LARGE_MIN = 204 };
enum at_sketch_form { AT_SKETCH_SMALL, AT_SKETCH_LARGE, AT_SKETCH_FORMS };

struct at_sketch {
    uint16_t value[AT_SKETCH_VALUES];
};

/** out[form] and has[form] for each form; no form at all when the fan wrote nothing.
 *  Cost: O(text), no allocation. */
void at_sketch_make(struct at_sketch out[AT_SKETCH_FORMS], bool has[AT_SKETCH_FORMS],
                    const struct at_profile *profile);
/** Number of equal places, 0..AT_SKETCH_VALUES. */
unsigned at_sketch_equal(const struct at_sketch *a, const struct at_sketch *b);

#endif
