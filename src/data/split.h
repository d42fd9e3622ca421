#ifndef AT_DATA_SPLIT_H
#define AT_DATA_SPLIT_H

#include "attune/job.h"
#include "data/dataset.h"

/**
 * Groups that must stay on one side of any split: one fan_id, and profiles whose fans wrote
 * near-duplicates (Jaccard similarity of the case- and space-folded character 5-gram sets >= 0.8,
 * found by MinHash with banding and then verified on the sets; what bounds the work is told in
 * data/near_duplicate.h). Transitive: union-find. Fans who wrote nothing are alike to nobody.
 *
 * out  group   u32[n]  the index of the first profile of the group; untouched on failure
 * Errors   NO_MEMORY, CANCELLED
 * Cost     O(total text), far below a training
 * Source   Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, ch. 3
 */
attune_status at_split_groups(const struct at_dataset *dataset, uint32_t *group,
                              const attune_job *job, attune_error *err);

/**
 * Seeded, stratified, grouped hold-out. Whole groups go to the test side so that every class comes
 * as near to test_frac of its members as groups allow; each class with at least 2 groups keeps at
 * least one on both sides (groups of several classes can make that impossible for all of them; as
 * many as single moves can reach are then served).
 *
 * in   y      u32[n]  class index < n_classes, or AT_CLASS_NONE: goes to neither side
 *      group  u32[n]  from at_split_groups
 * out  role   u8[n]   enum at_split: TRAIN, TEST, or NONE
 * Errors   NOT_ENOUGH  fewer than 2 groups with a label: a side would be empty
 *          INVALID     test_frac is not within (0, 1), or a class or group number is out of range
 */
attune_status at_split_holdout(const uint32_t *y, const uint32_t *group, size_t n, size_t n_classes,
                               double test_frac, uint64_t seed, uint8_t *role, attune_error *err);

/**
 * Seeded, stratified, grouped k folds: fold[i] in 0..k-1, or UINT8_MAX where y is AT_CLASS_NONE.
 * No fold is empty. Outputs are untouched on failure.
 *
 * Errors   INVALID  k < 2 or k > 50; NOT_ENOUGH  fewer groups than k
 */
attune_status at_split_folds(const uint32_t *y, const uint32_t *group, size_t n, size_t n_classes,
                             unsigned k, uint64_t seed, uint8_t *fold, attune_error *err);

#endif
