#ifndef AT_MODEL_FOREST_MODEL_H
#define AT_MODEL_FOREST_MODEL_H

#include <stdbool.h>

#include "attune/kind.h"
#include "base/status.h"
#include "model/forest/forest_cover.h"
#include "model/forest/forest_index.h"
#include "model/forest/forest_slot.h"
#include "model/forest/forest_tree.h"

/*
 * A forest as it predicts and as it lies in the file. Only split nodes and the leaves that are left
 * children have slots (forest_slot.h), tree after tree. The first n_classes rows of the table of
 * class shares are the pure leaves; equal rows are kept once.
 */
struct at_forest_model {
    struct attune_model base;
    size_t n_trees, n_shares;
    const uint64_t *start;        /* [n_trees + 1] first slot of a tree */
    const int32_t *root;          /* [n_trees] 0, or of a tree that is one leaf: that leaf */
    struct at_forest_slots slots; /* start[n_trees] of them */
    const double *share;          /* [n_shares * n_classes] each row sums to 1 */
    const uint8_t *cover;         /* [cover_bytes] leaf weights of all trees (forest_cover.h) */
    size_t cover_bytes;
    bool owned;                   /* the arrays are the model's, not lent by a file */
    struct at_forest_index index; /* from the arrays, made when the model is made or loaded */
};

/* One tree on its way into the model; its leaves number its own table. */
struct at_forest_part {
    uint16_t *test, *high; /* [n_slots]; high is NULL where the model needs none */
    struct at_forest_cut *cut;
    double *share;  /* [n_shares * n_classes], without the pure rows */
    uint8_t *cover; /* [cover_bytes] */
    size_t n_slots, n_shares, cover_bytes;
    int32_t root;
};

/** Packs one grown tree. Errors: NO_MEMORY; *part is then empty. */
attune_status at_forest_part_make(struct at_forest_part *part, const struct at_forest_tree *tree,
                                  size_t n_features, attune_error *err);
void at_forest_part_release(struct at_forest_part *part);
/**
 * Joining: add the parts in their order, n_trees of them, then finish. A part is empty once added.
 * Errors: NO_MEMORY, LIMIT. Destroy in any case; the model that finish gives stays.
 */
struct at_forest_join;
attune_status at_forest_join_create(struct at_forest_join **out, size_t n_trees, size_t n_features,
                                    size_t n_classes, attune_error *err);
attune_status at_forest_join_add(struct at_forest_join *join, struct at_forest_part *part,
                                 attune_error *err);
attune_status at_forest_join_finish(struct at_forest_model **out, struct at_forest_join *join,
                                    attune_error *err);
void at_forest_join_destroy(struct at_forest_join *join); /* takes NULL */

attune_status at_forest_model_save(const struct attune_model *model, attune_writer *writer,
                                   attune_error *err);
/** Checks every node and every share, then borrows them. Errors: CORRUPT, TOO_NEW, NO_MEMORY. */
attune_status at_forest_model_load(struct attune_model **out, const attune_reader *reader,
                                   attune_error *err);
/** Tree t as split nodes: node, room for as many as it has slots. Returns how many they are. */
size_t at_forest_unpack(struct at_forest_packed_node *node, const struct at_forest_model *model,
                        size_t t);
/** Slots of the largest tree. */
size_t at_forest_largest_tree(const struct at_forest_model *model);
void at_forest_model_destroy(struct attune_model *model);

size_t at_forest_scratch_bytes(const struct attune_model *model);
/** Mean over the trees, added in their order, of the class shares of the leaf that a row falls in.
 */
attune_status at_forest_predict(const struct attune_model *model, const struct attune_rows *rows,
                                double *proba, void *scratch, attune_error *err);

#endif
