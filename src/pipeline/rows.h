#ifndef AT_PIPELINE_ROWS_H
#define AT_PIPELINE_ROWS_H

#include "pipeline/pipeline.h"

/* The newest messages of a profile, as a shallow copy. */
struct at_profile at_rows_window(const struct at_profile *profile, size_t newest);

/* What the blocks learn from: the windows, where not whole profiles count, and which of them are
 * one person. `{0}` may be released. */
struct at_rows_input {
    const struct at_profile *const *profiles; /* [n] */
    uint32_t *fan;                            /* u32[n], 0..n_fans-1 */
    size_t n_fans;
    struct at_profile *views; /* what the profiles lie in where they are windows */
    const struct at_profile **list;
};
/** Errors: NO_MEMORY; to be released in any case. */
attune_status at_rows_input_make(struct at_rows_input *out, const struct at_recipe *recipe,
                                 const struct at_profile *const *profiles, size_t n,
                                 attune_error *err);
void at_rows_input_release(struct at_rows_input *input);

/** Columns of the blocks in `mask` side by side. */
size_t at_rows_cols(const struct at_pipeline *pipeline, uint32_t mask);

/**
 * Fits the blocks of the recipe into the pipeline; parts[i] gets the rows of block i.
 * On failure the caller releases both.
 */
attune_status at_rows_fit(struct at_pipeline *pipeline, struct at_csr parts[AT_RECIPE_BLOCKS],
                          const struct at_pipeline_fit *in, attune_error *err);

/* The rows that a member eats: those of its blocks side by side, each one's columns behind those of
 * the one before. The next member often takes the same. `{0}` is empty, and may be released. */
struct at_rows_member {
    struct attune_rows rows;
    uint32_t blocks;      /* whose rows they are */
    struct at_csr joined; /* what rows lie in, unless the one part is lent */
};
/** Errors: NO_MEMORY; to be released in any case. Cost: none where it has those rows already. */
attune_status at_rows_member(struct at_rows_member *member, uint32_t blocks,
                             const struct at_csr *parts, size_t n_parts, attune_error *err);
void at_rows_member_release(struct at_rows_member *member);

#endif
