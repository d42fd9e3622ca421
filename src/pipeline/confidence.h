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

/**
 * The members' answers put together: p is proportional to the product of p_m ^ weight_m, the
 * weighted mean of the logarithms. One member of weight 1 is passed on to the last bit.
 *
 * in   members  f64[n_members * k], rows sum to 1; weight f64[n_members] >= 0
 * out  p        f64[k]
 * A probability of 0 counts as AT_POOL_FLOOR, so that no member has a veto.
 */
#define AT_POOL_FLOOR 1e-4
void at_confidence_pool(double *p, const double *members, const double *weight, size_t n_members,
                        size_t k);

#endif
