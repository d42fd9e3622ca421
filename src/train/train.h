#ifndef AT_TRAIN_TRAIN_H
#define AT_TRAIN_TRAIN_H

#include "data/dataset.h"
#include "eval/metrics.h"
#include "pipeline/pipeline.h"
#include "train/language_score.h"
#include "train/learn.h"

/*
 * One training of one target: who learns, who judges, fit, honest score. Knows no store and no
 * registry: a dataset goes in, a pipeline with its metrics comes out.
 */
struct at_train_input {
    const struct at_dataset *dataset;
    const struct at_labels *labels;
    const uint32_t *y;     /* u32[dataset->n], AT_CLASS_NONE: takes no part */
    const uint8_t *role;   /* u8[dataset->n], enum at_split; VAL helps to choose, never to score */
    const uint32_t *group; /* u32[dataset->n], at_split_groups; NULL: found when needed */
    const struct at_recipe *recipe;
    uint64_t seed;
    size_t n_bootstrap; /* draws behind the intervals */
    double deadline;    /* at_clock_seconds() when choosing must be over; 0: none */
    attune_pool *pool;
    const attune_job *job;
    struct at_read_once read_once; /* of the training profiles; those of the test are read later */
};

struct at_train_result {
    struct at_pipeline *pipeline; /* the caller takes it by setting this to NULL */
    struct at_learned learned;    /* what was tried, what won and why */
    size_t n_train, n_test;
    bool scored; /* there was a test side; metrics and majority are valid */
    struct at_metrics metrics;
    struct at_metrics majority;          /* always the most frequent label of the training side */
    struct at_language_scores languages; /* the same for each language of the test side */
    struct at_pipeline_seconds seconds;
    double seconds_evaluate;
};

/** Errors: as at_learn. Nothing to release after a failure. */
attune_status at_train_run(struct at_train_result *out, const struct at_train_input *in,
                           attune_error *err);
void at_train_result_release(struct at_train_result *result);

/**
 * Out-of-fold probabilities: every profile with a class is answered by a pipeline that never saw
 * it, nor any of its group if the folds keep groups together. Choice and calibration are made anew
 * in each fold (nested), so the answers judge the whole way of training.
 * in   fold  u8[n]  from at_split_folds, folds 0..k-1
 * out  p     f64[n * labels->n], rows of profiles without a fold are left as they are
 * `in->role` is not read.
 */
attune_status at_train_crossval(const struct at_train_input *in, const uint8_t *fold, unsigned k,
                                double *p, attune_error *err);

/**
 * Scores probabilities of the profiles `index[0..n-1]` (rows of p in that order), and the majority
 * answer beside them. n_train of each class are the priors that the majority answers with.
 */
struct at_train_score {
    const uint32_t *y;     /* of the whole dataset */
    const uint32_t *index; /* u32[n] */
    size_t n, n_classes;
    const uint64_t *n_train; /* u64[n_classes] */
    size_t n_bootstrap;
    uint64_t seed;
};
attune_status at_train_score(struct at_metrics *metrics, struct at_metrics *majority,
                             const struct at_train_score *in, const double *p, attune_error *err);

#endif
