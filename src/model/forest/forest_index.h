#ifndef AT_MODEL_FOREST_INDEX_H
#define AT_MODEL_FOREST_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * Short texts make long thin trees: a row is zero in nearly every column, a zero goes left at
 * nearly every node, and so the way begins with up to hundreds of left turns, of which a few ask
 * for a word that the row has.
 *
 * The first chain of a tree is its root, the left child of that, and so on, as long as a zero goes
 * left (the threshold is not negative). For each column the index lists the nodes of all first
 * chains that ask for it. A row leaves the first chain of a tree at the earliest node, over the
 * columns in which it is not zero, whose threshold its value exceeds; so the lists of these columns
 * tell for all trees at once where their first chains are left.
 */
struct at_forest_posting {
    uint32_t tree;
    int32_t node; /* slot within the tree; its threshold again, to save a look at it */
    float threshold;
};

struct at_forest_index {
    uint64_t *start;  /* [n_columns + 1] first posting of a column */
    size_t n_columns; /* behind the last one that a node asks for; 0: no lists, no chains */
    struct at_forest_posting *posting;
    int32_t *rest; /* [n_trees] child at the end of the first chain: a leaf, or a node */
};

struct at_forest_model;

/** Errors: NO_MEMORY; *index is then empty. */
attune_status at_forest_index_make(struct at_forest_index *index,
                                   const struct at_forest_model *model, attune_error *err);
void at_forest_index_release(struct at_forest_index *index);
/** child[t], i32[n_trees]: where the way of a row goes on behind the first chain of tree t. */
void at_forest_index_skip(const struct at_forest_model *model, const uint32_t *col,
                          const float *value, size_t n, int32_t *child);

#endif
