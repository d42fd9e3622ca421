#ifndef AT_PIPELINE_ROWS_H
#define AT_PIPELINE_ROWS_H

#include "pipeline/pipeline.h"

/* The newest messages of a profile, as a shallow copy. */
struct at_profile at_rows_window(const struct at_profile *profile, size_t newest);

/** Columns of the blocks in `mask` side by side. */
size_t at_rows_cols(const struct at_pipeline *pipeline, uint32_t mask);

/**
 * Fits the blocks of the recipe into the pipeline; parts[i] gets the rows of block i.
 * On failure the caller releases both.
 */
attune_status at_rows_fit(struct at_pipeline *pipeline, struct at_csr parts[AT_RECIPE_BLOCKS],
                          const struct at_pipeline_fit *in, attune_error *err);

/**
 * The rows that a member eats: parts in `mask` side by side, each one's columns behind those of the
 * one before. *joined holds them when there are several (release it), else it stays empty and the
 * one part is lent.
 */
attune_status at_rows_join(struct attune_rows *out, struct at_csr *joined,
                           const struct at_csr *parts, size_t n_parts, uint32_t mask,
                           attune_error *err);

#endif
