#ifndef AT_DATA_NEAR_DUPLICATE_H
#define AT_DATA_NEAR_DUPLICATE_H

#include "attune/job.h"
#include "data/dataset.h"

/**
 * Joins profiles whose shingle sets (data/shingle.h) have a Jaccard similarity of 0.8 or more.
 *
 * in out  parent  u32[n]  a union-find forest: parent[i] <= i, a root is its own parent
 *
 * A pair at the threshold is missed with a probability below 1e-6, a closer one even less often.
 * Similarities are verified on the sets themselves. Where one profile has been verified against 16
 * others in vain (a corpus made from one template), further pairs are judged by their sketches, and
 * a bucket is searched 64 neighbours deep: that keeps the cost near-linear whatever the data are.
 *
 * Memory   about 290 bytes a profile beyond the dataset
 * Cost     O(total text) + O(n log n)
 * Source   Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4
 */
attune_status at_near_duplicates(const struct at_dataset *dataset, uint32_t *parent,
                                 const attune_job *job, attune_error *err);

/** Root of i; shortens the way for the next call. */
uint32_t at_union_find(uint32_t *parent, uint32_t i);
/** Joins the sets of a and b; the smaller root stays. */
void at_union_join(uint32_t *parent, uint32_t a, uint32_t b);

#endif
