#ifndef AT_DATA_DATASET_H
#define AT_DATA_DATASET_H

#include "data/labels.h"
#include "data/profile.h"

/* Profiles in memory, for one training or evaluation. `struct at_dataset d = {0};` is empty. */
struct at_dataset {
    struct at_profile *profiles; /* [n] */
    size_t n, cap, n_test;       /* n_test: of split AT_SPLIT_TEST */
    struct at_arena test, other; /* what these and all other profiles point into */
};

/** Adds a deep copy. */
attune_status at_dataset_add(struct at_dataset *dataset, const struct at_profile *profile,
                             attune_error *err);
/** Gives back the memory of everything but the test profiles; the places of the others are empty
 * profiles. Without test profiles the dataset is empty afterwards. */
void at_dataset_keep_test(struct at_dataset *dataset);
void at_dataset_release(struct at_dataset *dataset);
/**
 * The labels that `target` has in the data, sorted by code point (scikit-learn's order).
 * Errors   NOT_ENOUGH  fewer than 2 different labels
 */
attune_status at_dataset_find_labels(const struct at_dataset *dataset, struct at_str target,
                                     struct at_labels *out, struct at_arena *arena,
                                     attune_error *err);
/**
 * y[i] = class index of profile i, AT_CLASS_NONE without a label of this target.
 * Errors   INVALID  a label that is not in the set; the message names it, the fan and what is
 * allowed
 */
attune_status at_dataset_classes(const struct at_dataset *dataset, const struct at_labels *labels,
                                 uint32_t *y, attune_error *err);

#endif
