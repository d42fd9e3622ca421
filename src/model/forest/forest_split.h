#ifndef AT_MODEL_FOREST_SPLIT_H
#define AT_MODEL_FOREST_SPLIT_H

#include "model/forest/forest_level.h"

/* One drawn column in a node. */
struct at_forest_drawn {
    uint32_t feature, n_live; /* rows with a value in it */
    const uint64_t *cell;     /* [n_classes] */
    const struct at_forest_column *read;
};

/* The columns in the order in which they are drawn, kept over the whole tree (scikit-learn's state:
 * the order that one node leaves is where the next one starts). */
struct at_forest_draw {
    uint32_t *feature; /* [n_cols] a permutation; the constant ones of the node's path in front */
    uint32_t *known;   /* [n_cols] where known constants were drawn, to put them back */
    uint32_t state;    /* of the generator */
    struct at_forest_drawn *drawn; /* [max_features + 1] those of one node that are not constant */
};

struct at_forest_split {
    bool found;
    double proxy;     /* minus the weighted impurity of both sides: the score that is maximised */
    double threshold; /* left: value <= threshold */
    uint32_t feature;
    uint32_t n_left;       /* rows that go left */
    double *left;          /* [n_classes] class weights that go left */
    size_t begin, at, end; /* of the column's entries: at..end-1 go right, begin..at-1 left */
    bool zeros_right;      /* on which side the rows without an entry are */
};

/* One node to be split; its columns are the top level. */
struct at_forest_node {
    const double *total; /* [n_classes] class weights */
    struct at_forest_range rows;
    uint32_t n_constants; /* in: known from the parent; out: with those found here */
};

/**
 * Finds the best split among randomly drawn columns: the first drawn among equals, then the
 * smallest threshold.
 *
 * scratch  f64[2 * n_classes]
 *
 * Cost     O(1) for a drawn column that cannot win (a bound from its class sums says so), else
 * O(its entries in the node)
 */
void at_forest_split_find(struct at_forest_split *best, struct at_forest_node *node,
                          struct at_forest_draw *draw, struct at_forest_levels *levels,
                          const struct at_forest_rules *rules, double *scratch);

#endif
