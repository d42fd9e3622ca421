#ifndef AT_MODEL_FOREST_COVER_H
#define AT_MODEL_FOREST_COVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct at_forest_packed_node;

/*
 * How much of the training data went through each node: what the average over "a row that we know
 * less about" is taken with (forest_explain.h). Only leaves are stored, a byte or two each: for
 * each node in order the weight of its left child if that is a leaf, then of its right one; numbers
 * of 7 bits a byte, the lowest first, the top bit says that more follow. A tree without nodes has
 * none.
 */
enum { AT_FOREST_COVER_BYTES = 6 }; /* for one weight: less than 2^42 */

struct at_forest_cover {
    uint64_t weight, left; /* of the training rows in the node, and in its left child; left > 0 */
    uint32_t n_nodes;      /* of the subtree, itself included */
    uint32_t depth;        /* nodes on the longest way down, itself included */
};

/** Writes a weight > 0 to out, u8[AT_FOREST_COVER_BYTES]; returns how many bytes it took. */
size_t at_forest_cover_put(uint8_t *out, uint64_t weight);

/**
 * Reads the weights of one tree of n nodes from *at and moves *at behind them.
 *
 * out  cover    [n]
 *
 * false: the bytes are not the weights of a tree, or the nodes are not a tree in depth-first order;
 * children lie behind their parent and before n all the same (forest_model.h).
 */
bool at_forest_cover_read(struct at_forest_cover *cover, const struct at_forest_packed_node *node,
                          size_t n, const uint8_t **at, const uint8_t *end);

#endif
