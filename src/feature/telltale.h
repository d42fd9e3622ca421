#ifndef AT_FEATURE_TELLTALE_H
#define AT_FEATURE_TELLTALE_H

#include "attune/kind.h"
#include "data/dataset.h"

/*
 * Traces of a label in the data: a word, or a habit, that tells one label from all others nearly
 * alone. In real conversations there is none; where there is one, the data mostly came with it (a
 * tag that an importer left in the text, labels from two exports that differ in more than the
 * label), and a model that learns it is right in every test and worthless afterwards.
 *
 * A word is reported for a label when it occurs in at least 10 fans with that label, in half of
 * them or more, in at most 5 % of the others (labels may be wrong), and 9 times in 10 with this
 * label; the label's own name already from a tenth on. A habit, when one threshold parts the label
 * from the others with a balanced accuracy of .98. Both need 20 fans on either side.
 * Near-duplicates count once.
 */
struct at_telltale {
    struct at_str name;  /* a word as written, or a habit ("asks many questions") */
    bool is_habit, less; /* less: those with the label have less of the habit */
    uint32_t class_index;
    size_t n_with, n_class;  /* fans with the label that show it, of so many */
    size_t n_others, n_rest; /* others that show it, of so many */
};
struct at_telltales { /* `{0}` is empty; strongest first */
    struct at_telltale *items;
    size_t n, cap;
    struct at_arena arena;
};
struct at_telltale_input {
    const struct at_dataset *dataset;
    const uint32_t *y;     /* u32[n], AT_CLASS_NONE takes no part */
    const uint32_t *group; /* u32[n], from at_split_groups, or NULL: all different */
    const struct at_labels *labels;
    attune_pool *pool;
    const attune_job *job;
};
/**
 * Errors   NO_MEMORY, CANCELLED; *out is then empty
 * Cost     O(text) and a count for each word and label; O(n log n) a habit
 */
attune_status at_telltales_find(struct at_telltales *out, const struct at_telltale_input *in,
                                attune_error *err);
void at_telltales_release(struct at_telltales *found);

#endif
