#ifndef AT_TRAIN_OPINION_H
#define AT_TRAIN_OPINION_H

#include "train/learn.h"

/*
 * What models that had not seen a profile say of it, as exactly as that can be known: the
 * cross-validation is repeated with other folds, the logarithms of the answers are averaged, the
 * members are pooled and calibrated as in a training.
 */
enum { AT_OPINION_REPEATS = 5, AT_OPINION_ROWS = 20000 };

/**
 * in   in->side   every profile with a class; in->recipe  its members all answer
 * out  p          f64[in->side.n * labels->n], calibrated to the labels as they are given
 *
 * Cost     5 cross-validations up to 4000 profiles, fewer above (about 20 000 answers in all), one
 *          from 20 000 on. Errors   as at_fold_run
 */
attune_status at_opinions(double *p, const struct at_learn_input *in, attune_error *err);

#endif
