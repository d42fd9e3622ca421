#ifndef AT_MODEL_LINEAR_MODEL_H
#define AT_MODEL_LINEAR_MODEL_H

#include <stdbool.h>

#include "attune/kind.h"

/*
 * A trained linear model. It knows the classes that occurred in training; with k of them it has
 * n_scores scores: one when there are two (of the second one), none when there is one, else k.
 *
 *   score[s] = intercept[s] + sum over j of weight[j][s] * x[j]
 *
 * The weights are f32 and are used as they are in the file, so saving changes no answer; sums are
 * f64. One row costs its values times n_scores.
 */
struct at_linear_model {
    struct attune_model base;
    bool ovr; /* each class against the rest: logistic of each score, then shares */
    size_t n_known, n_scores;
    const uint32_t *known;   /* u32[n_known], ascending classes */
    const double *intercept; /* f64[n_scores] */
    const float *weight;     /* f32[n_features][n_scores] */
    bool owned;              /* the arrays are this model's, in one block */
};

/** With room for its arrays, zeroed. Errors: NO_MEMORY. */
attune_status at_linear_model_create(struct at_linear_model **out, size_t n_features,
                                     size_t n_classes, size_t n_known, attune_error *err);
attune_status at_linear_predict(const struct attune_model *model, const struct attune_rows *rows,
                                double *proba, void *scratch, attune_error *err);
/**
 * Exact. The score of a class is its log-odds: with more than two classes against the geometric
 * mean of the others, or with ovr against the rest. A class that did not occur in training: 0.
 */
attune_status at_linear_explain(const struct attune_model *model, const struct attune_rows *row,
                                uint32_t class_index, double *contribution, double *base,
                                attune_error *err);
attune_status at_linear_model_save(const struct attune_model *model, attune_writer *writer,
                                   attune_error *err);
attune_status at_linear_model_load(struct attune_model **out, const attune_reader *reader,
                                   attune_error *err);
void at_linear_model_destroy(struct attune_model *model);

#endif
