#ifndef AT_TRAIN_CHOOSE_H
#define AT_TRAIN_CHOOSE_H

#include "train/fold.h"

/**
 * Decides on out-of-fold answers which members of `recipe` stay and how much each one's word
 * counts. Of the candidates of one kind the one with the lowest log-loss, at its own best
 * temperature, stays. Below AT_CHOOSE_STACK answers the kinds are pooled with their shares
 * (recipe.h), if that beats the one with the largest share alone; from there on with fitted weights
 * near them, if that beats the best of them alone (Akaike's correction for the weights).
 *
 * out  voice  [recipe->n_members], the weights sum to 1; weight 0: left out
 *      told   candidates, why
 * Errors  NO_MEMORY
 */
enum { AT_CHOOSE_STACK = 300 };
attune_status at_choose(struct at_voice *voice, struct at_learned *told,
                        const struct at_recipe *recipe, const struct at_fold_answers *answers,
                        size_t n_classes, attune_error *err);

#endif
