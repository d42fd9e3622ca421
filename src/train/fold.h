#ifndef AT_TRAIN_FOLD_H
#define AT_TRAIN_FOLD_H

#include "train/learn.h"

/* Answers of every member of a recipe to profiles that it did not learn from. */
struct at_fold_answers {
    double *p;       /* f64[n * n_members * k], row i answers side row index[i] */
    uint32_t *index; /* u32[n] */
    uint32_t *y;     /* u32[n] */
    size_t n;
    unsigned n_folds;
    bool out_of_time;
    struct at_survey *survey; /* of in->side, made for these answers; NULL: there are too many */
};

/**
 * Cross-validation within in->side: grouped, stratified folds; features are learnt inside each
 * fold. From AT_FOLD_ENOUGH answers on no further fold is fitted, so that the cost does not grow
 * with data that has enough of them (unless in->every). Where there are few profiles, folds run
 * side by side, and texts are read once for all of them.
 *
 * Errors   NOT_ENOUGH  too few groups for two folds; as at_pipeline_fit otherwise
 */
enum { AT_FOLD_ENOUGH = 10000 };
attune_status at_fold_run(struct at_fold_answers *out, const struct at_learn_input *in,
                          const struct at_recipe *recipe, attune_error *err);
/** fold u8[in->side.n] in 0..n_folds-1: grouped, stratified, seeded. Errors: NOT_ENOUGH. */
attune_status at_fold_deal(uint8_t *fold, const struct at_learn_input *in, unsigned n_folds,
                           attune_error *err);
void at_fold_release(struct at_fold_answers *answers);

#endif
