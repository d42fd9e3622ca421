#ifndef AT_MODEL_FOREST_SLOT_H
#define AT_MODEL_FOREST_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Trees as a walk reads them. A tree's split nodes lie in depth-first order, one slot each, so that
 * the left child is in the next slot. Where it is a leaf instead, the next slot holds that leaf: as
 * a node at which every row goes right. A right child is a number relative to the tree's first
 * slot: > 0 a split node, < 0 a leaf, of which ~number is its row in the table of class shares.
 *
 * A slot is kept in two arrays. `test` says in two bytes which column is asked for, and whether a
 * row without a value in that column goes left (nearly always) or has to be looked at; a walk to
 * the left reads nothing else until something is to be looked at. `cut` says where to turn.
 *
 *     test           column                   a row that is zero there
 *     0 .. w-1       test + w * high          goes left
 *     w .. 2w-1      test - w + w * high      goes right
 *     2w             a leaf                   goes right
 */
struct at_forest_cut {
    float threshold; /* right unless x <= threshold; NaN in a leaf's slot. The largest float <= the
                        grown threshold: x <= threshold decides the same */
    int32_t right;
};

enum { AT_FOREST_MAX_WIDTH = 32767 };
#define AT_FOREST_MAX_COLUMNS ((size_t)AT_FOREST_MAX_WIDTH << 16)

struct at_forest_slots {
    const uint16_t *test;            /* [n] */
    const uint16_t *high;            /* [n]; NULL where w columns are all */
    const struct at_forest_cut *cut; /* [n] */
    uint32_t width;                  /* w: the columns, but no more than AT_FOREST_MAX_WIDTH */
};

static inline uint32_t at_forest_width(size_t n_columns)
{
    return n_columns < AT_FOREST_MAX_WIDTH ? (uint32_t)n_columns : AT_FOREST_MAX_WIDTH;
}

static inline bool at_forest_slot_is_leaf(const struct at_forest_slots *s, size_t i)
{
    return s->test[i] == 2 * s->width;
}

/* The column of a split node; some number below or equal to the number of columns for a leaf. */
static inline uint32_t at_forest_slot_column(const struct at_forest_slots *s, size_t i)
{
    const uint32_t low = s->test[i] < s->width ? s->test[i] : s->test[i] - s->width;
    return s->high ? low + s->width * s->high[i] : low;
}

/* A split node by itself. A child: >= 0 the number of a split node among those of the tree, or a
 * leaf as above. */
struct at_forest_packed_node {
    float threshold;
    uint32_t feature;
    int32_t left, right;
};

/** The tree in slots start .. start+n-1 as split nodes in the same order: node, room for n. The
 * tree must be valid. Returns how many they are. */
size_t at_forest_slots_unpack(struct at_forest_packed_node *node,
                              const struct at_forest_slots *slots, size_t start, size_t n);
/** Every slot of a tree is what the description says; leaves are < n_leaves. */
bool at_forest_slots_fit(const struct at_forest_slots *slots, size_t start, size_t n,
                         size_t n_columns, size_t n_leaves);

#endif
