#ifndef AT_MODEL_FOREST_DATA_H
#define AT_MODEL_FOREST_DATA_H

#include "model/forest/forest_random.h"
#include "model/forest/forest_rules.h"

/* What all trees of a forest share, read-only while they grow. */
struct at_forest_data {
    const struct attune_rows *rows; /* sparse; may hold explicit zeros and negative values */
    /* the same rows without explicit zeros: borrowed from `rows` where there are none */
    const uint64_t *start;
    const uint32_t *col;
    const float *value;
    uint16_t *narrow; /* col once more, half as long to read; NULL where columns need more bits */
    const uint32_t *y;
    size_t n_classes;
    double *weight;         /* [n_rows] sample weight times class weight; NULL: all 1 */
    uint64_t *column_start; /* [n_cols + 1] */
    uint64_t *entry;        /* [nnz] at_forest_entry, column after column, by value; no zeros */
    /* For columns that are not too sparse: which rows have a value, and the values in order of
     * rows. */
    uint64_t *bits;     /* all bitmaps, (n_rows + 63) / 64 words each */
    uint32_t *before;   /* for each word: how many rows of its column come before its first */
    size_t *bits_start; /* [n_cols] in bits, or SIZE_MAX for a sparse column */
    size_t *key_start;  /* [n_cols] in key */
    uint32_t *key;      /* upper halves of the entries, by row */
    bool *plain;        /* [n_cols] every value lies above AT_FOREST_GAP */
    void *compact[3];   /* owned start, col, value; NULL where borrowed */
};

/* Values of a column closer than this (in float) are one value: no threshold lies between them. */
#define AT_FOREST_GAP 1e-7F

/** Collects and sorts the columns. Errors: NO_MEMORY, CANCELLED; *data is then released. */
attune_status at_forest_data_init(struct at_forest_data *data, const struct attune_fit *in,
                                  const struct at_forest_rules *rules, attune_error *err);
void at_forest_data_release(struct at_forest_data *data);

/*
 * A sorted column is a list of u64: the value in the upper half, the row in the lower. The value's
 * bits are turned so that unsigned order is numeric order.
 */
static inline uint64_t at_forest_entry(float value, uint32_t row)
{
    union {
        float f;
        uint32_t u;
    } v = {.f = value};
    const uint32_t key = v.u & 0x80000000U ? ~v.u : v.u | 0x80000000U;
    return (uint64_t)key << 32 | row;
}

static inline float at_forest_entry_value(uint64_t entry)
{
    const uint32_t key = (uint32_t)(entry >> 32);
    union {
        uint32_t u;
        float f;
    } v = {.u = key & 0x80000000U ? key & 0x7fffffffU : ~key};
    return v.f;
}

static inline uint32_t at_forest_entry_row(uint64_t entry)
{
    return (uint32_t)entry;
}

/** Sorts by value; scratch holds n items. O(n). */
void at_forest_sort(uint64_t *entry, uint64_t *scratch, size_t n);

/**
 * The weight of every row in one tree: bootstrap count x sample weight x class weight, as a whole
 * number; 0 for a row that the tree does not see. Without weights it is the count itself. With
 * weights it is rounded to 24 bits of the largest one (fewer above 8192 rows: all together stay
 * below 2^37) after scaling by a power of two. Whole numbers make all class sums exact, hence
 * independent of the order in which rows are added.
 *
 * out  weight   u32[n_rows]
 * in   seed     the tree's; the same stream as scikit-learn's
 *
 * Errors   NO_MEMORY
 */
attune_status at_forest_tree_weights(uint32_t *weight, const struct at_forest_data *data,
                                     const struct at_forest_rules *rules, uint32_t seed,
                                     attune_error *err);
/** State of the feature draw of the tree with this seed. */
uint32_t at_forest_draw_state(uint32_t seed);

#endif
