#ifndef AT_MODEL_SCORE_MODEL_H
#define AT_MODEL_SCORE_MODEL_H

#include <stdbool.h>

#include "attune/kind.h"

/*
 * What the kinds `linear` and `bayes` have in common once they are trained: scores that are sums of
 * weights, and probabilities made from the scores. A model knows the k classes that occurred in
 * training. It has one score when there are two of them (how much speaks for the second), none when
 * there is one, else k:
 *
 *   score[s] = intercept[s] + sum over j of weight[j][s] * x[j]
 *
 * Weights are f32 and are used as they are in the file, so saving changes no answer; sums are f64.
 * One row costs its values times n_scores. Sections: <kind>.shape, .known, .intercept, .weight.
 */
enum at_score_link {
    AT_SCORE_SOFTMAX, /* p = softmax(score); with one score the logistic function */
    AT_SCORE_OVR,     /* each class against the rest: logistic of each score, made to sum to 1 */
    AT_SCORE_PRESENCE /* as SOFTMAX, and every value of a row that is not 0 counts as 1 */
};

struct at_score_model {
    struct attune_model base;
    enum at_score_link link;
    size_t n_known, n_scores;
    const uint32_t *known;   /* u32[n_known], ascending classes */
    const double *intercept; /* f64[n_scores] */
    const float *weight;     /* f32[n_features][n_scores] */
    void *own;               /* the block that the arrays lie in, or NULL: a file lends them */
};

/* The arrays of a model that is being made. */
struct at_score_arrays {
    uint32_t *known;
    double *intercept;
    float *weight;
};

/** A model with arrays, zeroed, to be filled. Errors: NO_MEMORY. */
attune_status at_score_model_create(struct at_score_model **out, struct at_score_arrays *arrays,
                                    const struct attune_model_kind *kind,
                                    const struct at_score_model *shape, attune_error *err);
size_t at_score_count(size_t n_known); /* n_scores */

size_t at_score_scratch_bytes(const struct attune_model *model);
attune_status at_score_predict(const struct attune_model *model, const struct attune_rows *rows,
                               double *proba, void *scratch, attune_error *err);
/**
 * Exact. The score of a class is its log-odds: with more than two classes against the geometric
 * mean of the others, or with OVR against the rest. A class that did not occur in training: 0.
 */
attune_status at_score_explain(const struct attune_model *model, const struct attune_rows *row,
                               uint32_t class_index, double *contribution, double *base,
                               attune_error *err);
attune_status at_score_model_save(const struct attune_model *model, attune_writer *writer,
                                  attune_error *err);
/** Errors: CORRUPT, TOO_NEW, NO_MEMORY. Cost: looks at every weight once. */
attune_status at_score_model_load(struct attune_model **out, const struct attune_model_kind *kind,
                                  const attune_reader *reader, attune_error *err);
void at_score_model_destroy(struct attune_model *model);

#endif
