#ifndef AT_PIPELINE_CONFIDENCE_H
#define AT_PIPELINE_CONFIDENCE_H

#include "base/option.h"
#include "base/status.h"
#include "pipeline/calibration.h"

/*
 * From what the members say to what is told: how their probabilities become one, how that is
 * corrected to be honest, and when it is better to say nothing.
 */
struct at_confidence_options {
    int calibration; /* enum at_calibration_kind */
    int64_t folds;   /* of the cross-validation behind choice and calibration */
    double target_precision, min_margin, conformal; /* 0: none */
};
extern const struct at_option_table at_confidence_table;

/** "temperature", "venn-abers", ...: as the option calibration spells it. */
const char *at_calibration_name(enum at_calibration_kind kind);

/* How much a member's word counts in the pool, and at which temperature it is taken. */
struct at_voice {
    double weight;                     /* >= 0 */
    struct at_temperature temperature; /* t 1: as it is */
};

/* A p below it counts as it where nothing better is known. */
#define AT_VOICE_FLOOR 1e-6
/** The voice of one among n that count the same. */
struct at_voice at_voice_equal(size_t n);

/**
 * The members' answers put together: p is proportional to the product of q_m ^ weight_m, where q_m
 * is what member m says at its own temperature: the weighted mean of the logarithms. One member
 * alone, at temperature 1, is passed on to the last bit.
 *
 * in   members  f64[n_members * k], rows sum to 1
 * out  p        f64[k]
 */
void at_confidence_pool(double *p, const double *members, const struct at_voice *voice,
                        size_t n_members, size_t k);

/**
 * No answer is surer than n answers can vouch for: a share of 1 / (n + 2) goes to all labels alike,
 * as in Laplace's rule of succession. The order of the labels stays. p f64[k], in place.
 */
void at_confidence_bound(double *p, size_t k, size_t n);

#endif
