#ifndef AT_TRAIN_DECIDE_H
#define AT_TRAIN_DECIDE_H

#include "train/fold.h"

/*
 * All that is decided on out-of-fold answers: who stays and how much each one's word counts
 * (train/choose.h), how the pooled probabilities become honest, and from where on to say nothing.
 */
struct at_decision {
    struct at_voice voice[AT_RECIPE_MEMBERS]; /* of the recipe's members; weight 0: left out */
    struct at_calibration calibration;
    struct at_policy policy;
};

/** Errors: NO_MEMORY. To be released in any case. */
attune_status at_decide(struct at_decision *out, struct at_learned *told,
                        const struct at_recipe *recipe, const struct at_fold_answers *answers,
                        size_t n_classes, attune_error *err);
void at_decision_release(struct at_decision *decision);

#endif
