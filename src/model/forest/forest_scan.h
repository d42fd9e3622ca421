#ifndef AT_MODEL_FOREST_SCAN_H
#define AT_MODEL_FOREST_SCAN_H

#include "model/forest/forest_split.h"

/* The search for the best split of one node. */
struct at_forest_search {
    struct at_forest_split *best;
    const struct at_forest_node *node;
    struct at_forest_levels *levels;
    const struct at_forest_rules *rules;
    size_t n_classes;
    uint32_t n_rows;
    double weight;  /* of the node */
    double squares; /* sum of the squared class weights of the node */
    double bar;     /* what (S_L w_R + S_R w_L) / (w_L w_R) has to exceed; see forest_scan.c */
    double *left, *right; /* [n_classes] class weights on both sides of a candidate */
};

/* Covers the rounding of both sides of the comparison with the bar, as a share of the node's
 * weight. */
#define AT_FOREST_SLACK 1e-9

/** Tries every threshold of a column that was read, from the smallest; keeps what beats the best.
 */
void at_forest_scan(struct at_forest_search *search, const struct at_forest_drawn *column);
/** Tries the one cut of a column that was read at `threshold`, which leaves neither side empty. */
void at_forest_scan_at(struct at_forest_search *search, const struct at_forest_drawn *column,
                       double threshold);

#endif
