#ifndef AT_MODEL_FOREST_GROW_H
#define AT_MODEL_FOREST_GROW_H

#include "model/forest/forest_split.h"
#include "model/forest/forest_tree.h"

struct at_forest_pending; /* a node that waits to be grown */

/* What one thread needs to grow trees, one after the other. */
struct at_forest_grower {
    const struct at_forest_data *data;
    const struct at_forest_rules *rules;
    const attune_job *job;
    struct at_forest_levels levels;
    struct at_forest_draw draw;
    struct at_forest_split best;
    double *scratch, *total; /* [2 * n_classes], [n_classes] */
    double whole;            /* weight of all rows of the tree */
    struct at_forest_pending *pending;
    double *pending_total; /* [n_classes] for each */
    size_t n_pending, cap_pending;
};

/** Errors: NO_MEMORY; there is then nothing to release. */
attune_status at_forest_grower_init(struct at_forest_grower *grower,
                                    const struct at_forest_data *data,
                                    const struct at_forest_rules *rules, const attune_job *job,
                                    attune_error *err);
void at_forest_grower_release(struct at_forest_grower *grower);
/**
 * Grows the tree of a seed into *tree, whose old content is dropped but for its memory. The same
 * seed gives the same tree whatever was grown before. Errors: NO_MEMORY, CANCELLED, LIMIT.
 */
attune_status at_forest_grow(struct at_forest_grower *grower, struct at_forest_tree *tree,
                             uint32_t seed, attune_error *err);

/**
 * The same tree, by the plain algorithm: at every node each drawn column is gathered, sorted and
 * scanned. What at_forest_grow is tested against. O(max_features x n_rows x log) for every node.
 */
attune_status at_forest_reference_grow(struct at_forest_tree *tree,
                                       const struct at_forest_data *data,
                                       const struct at_forest_rules *rules, uint32_t seed,
                                       attune_error *err);

#endif
