#ifndef AT_TRAIN_DECIDE_H
#define AT_TRAIN_DECIDE_H

#include "train/fold.h"

/*
 * All that is decided on out-of-fold answers: who stays and how much each one's word counts
 * (train/choose.h), how the pooled probabilities become honest, and from where on to say nothing.
 */
struct at_decision {
    double weight[AT_RECIPE_MEMBERS]; /* of the recipe's members; 0: left out */
    struct at_calibration calibration;
    struct at_policy policy;
};

/**
 * Calibration "auto" is a temperature, kept near 1 while answers are few; from AT_DECIDE_CURVES
 * answers on Venn-Abers instead, where that has the lower log-loss on answers that it was not
 * fitted on. The measurements behind this: docs/decisions/0014-calibration.md.
 * Errors   NO_MEMORY. To be released in any case.
 */
enum { AT_DECIDE_CURVES = 300 };
attune_status at_decide(struct at_decision *out, struct at_learned *told,
                        const struct at_recipe *recipe, const struct at_fold_answers *answers,
                        size_t n_classes, attune_error *err);
void at_decision_release(struct at_decision *decision);

#endif
