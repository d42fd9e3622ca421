#ifndef AT_MODEL_FOREST_TREE_H
#define AT_MODEL_FOREST_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* One tree as it is grown: nodes in depth-first order, the left child of node i is node i + 1.
 * Packed into the model afterwards (forest_pack.h). */
#define AT_FOREST_LEAF UINT32_MAX

struct at_forest_grown_node {
    double threshold; /* left: x[feature] <= threshold */
    uint32_t feature; /* AT_FOREST_LEAF: no children */
    uint32_t right;
    uint32_t n_samples; /* different rows; a row drawn twice counts once */
};

/* `struct at_forest_tree t = {.n_classes = k};` is empty. */
struct at_forest_tree {
    struct at_forest_grown_node *node;
    double *value; /* [n_nodes * n_classes] class weights in the node */
    size_t n_nodes, n_classes, cap;
};

/** Adds a node and returns its number in *out. Errors: NO_MEMORY. */
attune_status at_forest_tree_add(struct at_forest_tree *tree, uint32_t *out,
                                 const struct at_forest_grown_node *node, const double *value,
                                 attune_error *err);
void at_forest_tree_release(struct at_forest_tree *tree);

#endif
