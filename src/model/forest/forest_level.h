#ifndef AT_MODEL_FOREST_LEVEL_H
#define AT_MODEL_FOREST_LEVEL_H

#include "model/forest/forest_data.h"

/*
 * What is known about a node's columns while a tree grows.
 *
 * A level holds, for every column, how many of the node's rows have a value in it and how much each
 * class weighs among them (cells), and the sorted entries of those columns that had to be read.
 * When a node is split, the child with more values goes on in the same level: the other child's
 * rows are subtracted, which costs as much as that child has values, not as much as the node has.
 * The smaller child gets a level of its own. A value is therefore counted at most log2(values)
 * times on the way from the root to its leaf, however long and thin the tree, and levels that live
 * at the same time halve in size.
 *
 * A column is read first from the shared sorted columns or from the node's rows, whichever is less,
 * and kept. Rows that have left the node since are skipped, and dropped once they are many.
 */

/* Two numbers in one, so that one addition counts a value: rows above, their weight below. */
enum { AT_FOREST_WEIGHT_BITS = 38 };
#define AT_FOREST_ONE_ROW  (UINT64_C(1) << AT_FOREST_WEIGHT_BITS)
#define AT_FOREST_MAX_ROWS ((UINT64_C(1) << (63 - AT_FOREST_WEIGHT_BITS)) - 1)

static inline uint32_t at_forest_cell_rows(uint64_t cell)
{
    return (uint32_t)(cell >> AT_FOREST_WEIGHT_BITS);
}

static inline double at_forest_cell_weight(uint64_t cell)
{
    return (double)(int64_t)(cell & (AT_FOREST_ONE_ROW - 1));
}

/* The entries of one column that were read for a level. */
struct at_forest_column {
    size_t start;    /* in at_forest_levels.entry */
    uint32_t len;    /* rows that have left the node included */
    uint32_t serial; /* of the level that read it; any other: not read */
};

/* Rows of a node: order[begin..end-1]. */
struct at_forest_range {
    uint32_t begin, end;
};

struct at_forest_level {
    uint64_t *cell;   /* [n_cols * n_classes] all 0 while the level is not in use */
    uint64_t *member; /* a bit for each row: in the node; all 0 while the level is not in use */
    struct at_forest_column *column; /* [n_cols] */
    uint32_t serial;
    size_t end_entry; /* its entries lie before this one, after those of the level below */
    struct at_forest_range rows; /* that it was made for */
    size_t n_values;             /* of these rows */
};

struct at_forest_row {
    uint32_t weight, y;
};

enum { AT_FOREST_MAX_LEVELS = 64 };

struct at_forest_levels {
    const struct at_forest_data *data;
    struct at_forest_row *row; /* [n_rows] weight 0: not in the tree */
    uint32_t *order;           /* [n_rows] rows of the tree, node by node */
    uint32_t *place;           /* [n_rows] place[order[i]] == i; UINT32_MAX: not in the tree */
    uint64_t *entry, *scratch;
    size_t cap_entries;
    const uint64_t *member; /* of the top level */
    struct at_forest_level level[AT_FOREST_MAX_LEVELS];
    size_t n_levels;
    uint32_t serial;
};

/** Errors: NO_MEMORY; *levels is then to be released all the same. */
attune_status at_forest_levels_init(struct at_forest_levels *levels,
                                    const struct at_forest_data *data, attune_error *err);
void at_forest_levels_release(struct at_forest_levels *levels);
/** Where the weights of a tree's rows go before it starts: u32[n_rows], 0: not in the tree. */
uint32_t *at_forest_levels_weights(struct at_forest_levels *levels);
/** Starts a tree with the rows whose weight is not 0. Errors: NO_MEMORY. */
attune_status at_forest_levels_start(struct at_forest_levels *levels, struct at_forest_range *root,
                                     attune_error *err);
/** Puts a level for these rows on top; `take`: and subtracts them from the level below, which they
 * leave, in the same pass. Errors: NO_MEMORY. */
attune_status at_forest_levels_push(struct at_forest_levels *levels, struct at_forest_range rows,
                                    bool take, attune_error *err);
/** Drops levels until n_levels are left. */
void at_forest_levels_keep(struct at_forest_levels *levels, size_t n_levels);
/** Subtracts rows that are in the level at this index and leave it. */
void at_forest_levels_subtract(struct at_forest_levels *levels, size_t index,
                               struct at_forest_range rows);
/** The entries of the top level's column for these rows, sorted; others among them once left. */
const struct at_forest_column *at_forest_levels_read(struct at_forest_levels *levels,
                                                     uint32_t feature, struct at_forest_range rows,
                                                     uint32_t n_live);

static inline const uint64_t *at_forest_levels_cells(const struct at_forest_levels *levels,
                                                     uint32_t feature)
{
    return levels->level[levels->n_levels - 1].cell + feature * levels->data->n_classes;
}

/* The row of an entry is in the top level's node. */
static inline bool at_forest_is_member(const struct at_forest_levels *levels, uint64_t entry)
{
    const uint32_t row = at_forest_entry_row(entry);
    return levels->member[row / 64] >> row % 64 & 1;
}

#endif
