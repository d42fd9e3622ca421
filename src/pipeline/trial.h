#ifndef AT_PIPELINE_TRIAL_H
#define AT_PIPELINE_TRIAL_H

#include "pipeline/survey.h"

/*
 * The members of a recipe learn from one side of a part of some profiles and are asked for the
 * other, as at_pipeline_fit and at_pipeline_predict_members would do, to the bit; but no text is
 * read.
 */
struct at_trial {
    const struct at_recipe *recipe;
    const struct at_survey *survey; /* of its blocks */
    struct at_feature_part part;    /* those who learn, then those who are asked */
    const uint32_t *y;              /* u32[profiles of the survey] */
    size_t n_classes;
    uint64_t seed;
    attune_pool *pool;
};

/**
 * out  p  f64[(part.n - part.n_learn) * n_members * n_classes]
 *
 * Threads  trials may run side by side
 * Errors   as at_pipeline_fit
 */
attune_status at_trial_run(double *p, const struct at_trial *in, attune_error *err);

#endif
