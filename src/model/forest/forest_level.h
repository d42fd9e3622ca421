#ifndef AT_MODEL_FOREST_LEVEL_H
#define AT_MODEL_FOREST_LEVEL_H

#include "model/forest/forest_data.h"

/*
 * The columns of a node's rows, kept small while a tree grows.
 *
 * A level holds, for each column in which some row of the node is not zero, the entries of that
 * column and how much each class weighs among them (a slot). When a node is split, the child with
 * more values goes on in the same level: the other child's rows are taken out, which costs as much
 * as that child has values, not as much as the node has. The smaller child gets a level of its own,
 * made from its rows. A value therefore moves at most log2(values) times from the root to its leaf,
 * however long and thin the tree, and levels that live at the same time halve in size: 2 x the
 * root's values is enough room for all of them.
 *
 * Taken out means: the row's live weight is 0 and the slots' sums know it; the entries stay in
 * their columns until the column is read the next time.
 */
struct at_forest_slot {
    size_t start; /* of its entries in at_forest_levels.entry */
    uint32_t feature;
    uint32_t len;  /* entries, dead ones included */
    uint32_t live; /* entries of rows that are in the node */
    bool sorted;
};

struct at_forest_row {
    uint32_t weight; /* 0: not in the node, or not in the tree */
    uint32_t y;
};

#define AT_FOREST_NO_SLOT UINT32_MAX
enum { AT_FOREST_MAX_LEVELS = 64 };

struct at_forest_level {
    uint32_t *slot_of; /* [n_cols] slot of a column, relative to first_slot, or AT_FOREST_NO_SLOT */
    size_t first_slot, n_slots, first_entry, n_entries;
};

struct at_forest_levels {
    const struct at_forest_data *data;
    struct at_forest_row *row;   /* [n_rows] */
    uint32_t *tree_weight;       /* [n_rows] weight in the whole tree */
    struct at_forest_slot *slot; /* a stack, like entry and sum */
    double *sum;                 /* [n_classes] for each slot: class weights of its live entries */
    uint64_t *entry, *scratch;
    size_t cap_slots, cap_entries;
    struct at_forest_level level[AT_FOREST_MAX_LEVELS];
    size_t n_levels;
};

/** `tree_weight` is borrowed. Errors: NO_MEMORY; *levels is then to be released all the same. */
attune_status at_forest_levels_init(struct at_forest_levels *levels,
                                    const struct at_forest_data *data, uint32_t *tree_weight,
                                    attune_error *err);
void at_forest_levels_release(struct at_forest_levels *levels);
/** Starts a tree: level 0 with all rows whose tree_weight is not 0. Errors: NO_MEMORY. */
attune_status at_forest_levels_start(struct at_forest_levels *levels, attune_error *err);
/** Puts a level for rows[0..n-1], which then are live, on top. Errors: NO_MEMORY. */
attune_status at_forest_levels_push(struct at_forest_levels *levels, const uint32_t *rows, size_t n,
                                    attune_error *err);
/** Drops levels until n_levels are left. */
void at_forest_levels_keep(struct at_forest_levels *levels, size_t n_levels);
/** Takes rows[0..n-1] out of the top level. */
void at_forest_levels_remove(struct at_forest_levels *levels, const uint32_t *rows, size_t n);
/** Index of the top level's slot of a column, or SIZE_MAX when all its values are 0. */
size_t at_forest_levels_find(const struct at_forest_levels *levels, uint32_t feature);
/** Sorts the slot's entries and drops dead ones once they are many: call before reading them. */
void at_forest_levels_tidy(struct at_forest_levels *levels, struct at_forest_slot *slot);

#endif
