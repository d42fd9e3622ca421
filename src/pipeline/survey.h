#ifndef AT_PIPELINE_SURVEY_H
#define AT_PIPELINE_SURVEY_H

#include "pipeline/recipe.h"

/*
 * What the blocks of a recipe know of some profiles, each by itself (feature/feature.h): made once,
 * by reading their texts, for all fits on parts of them. Immutable, shared by threads.
 */
struct at_survey_input {
    const struct at_recipe *recipe;
    const struct at_profile *const *profiles; /* [n] */
    size_t n;
    const struct at_feature_part *parts; /* [n_parts], all that will be learnt from, or less of it;
                                            of each the profiles only */
    size_t n_parts;
    attune_pool *pool;
    const attune_job *job;
};
struct at_survey;

/**
 * Keeps nothing of `in` but the recipe's options. *out is NULL where a block has no survey.
 * Errors   NO_MEMORY, CANCELLED; *out is then NULL
 */
attune_status at_survey_create(struct at_survey **out, const struct at_survey_input *in,
                               attune_error *err);
void at_survey_destroy(struct at_survey *survey); /* takes NULL */

/** `part`, with what is known for a block of the recipe, as the block's fit_part takes it. */
struct at_feature_part at_survey_part(const struct at_survey *survey,
                                      const struct at_recipe_block *block,
                                      const struct at_feature_part *part);

#endif
