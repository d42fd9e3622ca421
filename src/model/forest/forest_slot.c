#include "model/forest/forest_slot.h"

#include <math.h>

/* The number of a child, given how many leaves have slots before the right child. While nodes are
 * numbered, `left` of place i counts the leaves before slot i; node k <= i takes place k. */
size_t at_forest_slots_unpack(struct at_forest_packed_node *node, const struct at_forest_slots *s,
                              size_t start, size_t n)
{
    int32_t n_leaves = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        node[i].left = n_leaves;
        n_leaves += at_forest_slot_is_leaf(s, start + i);
    }
    for (size_t i = 0; i < n; i++) {
        const struct at_forest_cut *cut = &s->cut[start + i];
        if (at_forest_slot_is_leaf(s, start + i)) {
            node[k - 1].left = cut->right;
            continue;
        }
        const int32_t right = cut->right < 0 ? cut->right : cut->right - node[cut->right].left;
        node[k] = (struct at_forest_packed_node){.threshold = cut->threshold,
                                                 .feature = at_forest_slot_column(s, start + i),
                                                 .left = (int32_t)k + 1,
                                                 .right = right};
        k++;
    }
    return k;
}

static bool slot_leaf_fits(int32_t child, size_t n_leaves)
{
    return child < 0 && (size_t)~child < n_leaves;
}

bool at_forest_slots_fit(const struct at_forest_slots *s, size_t start, size_t n, size_t n_columns,
                         size_t n_leaves)
{
    for (size_t i = 0; i < n; i++) {
        const struct at_forest_cut *cut = &s->cut[start + i];
        const uint32_t test = s->test[start + i];
        if (test == 2 * s->width) {
            if (i == 0 || at_forest_slot_is_leaf(s, start + i - 1) || !isnan(cut->threshold) ||
                !slot_leaf_fits(cut->right, n_leaves))
                return false;
            continue;
        }
        const bool right = cut->right > 0
                               ? (size_t)cut->right > i && (size_t)cut->right < n &&
                                     !at_forest_slot_is_leaf(s, start + (size_t)cut->right)
                               : slot_leaf_fits(cut->right, n_leaves);
        if (!right || i + 1 == n || test > 2 * s->width || !isfinite(cut->threshold) ||
            at_forest_slot_column(s, start + i) >= n_columns ||
            (test < s->width) != (cut->threshold >= 0))
            return false;
    }
    return true;
}
