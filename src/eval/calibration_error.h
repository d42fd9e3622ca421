#ifndef AT_EVAL_CALIBRATION_ERROR_H
#define AT_EVAL_CALIBRATION_ERROR_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * Is an answer given with 0.8 right in eight of ten cases? The confidence of a row is its largest
 * probability; rows of like confidence are put into bins. All inputs as in eval/metrics.h, which
 * has the checks: y u32[n] < k, p f64[n * k] in 0..1.
 */
enum { AT_RELIABILITY_BINS = 15 };

struct at_reliability_bin {
    uint64_t n;                  /* rows */
    double confidence, accuracy; /* their means; 0 in an empty bin */
};

/** Bin of a confidence among n_bins of equal width: b / n_bins < p <= (b + 1) / n_bins; 0 is in bin
 * 0. */
size_t at_reliability_index(double confidence, size_t n_bins);

/** bins[n_bins], of equal width. O(n k) */
void at_reliability(struct at_reliability_bin *bins, size_t n_bins, const uint32_t *y,
                    const double *p, size_t n, size_t k);

/**
 * Expected calibration error: the mean over rows of |accuracy - confidence| of their bin; 0 for no
 * rows. With few rows it is never 0, however honest the model: about 0.1 for 100 rows, 0.03 for
 * 1000 (15 bins).
 * Source   Naeini, Cooper, Hauskrecht 2015; Guo et al. 2017
 * Tests    eval/calibration_error_test.c, golden/confidence (scikit-learn's calibration_curve)
 */
double at_ece(const struct at_reliability_bin *bins, size_t n_bins);

/**
 * The same with bins of about equal numbers of rows, cut at quantiles of the confidence; rows of
 * one confidence stay together (as calibration_curve's strategy="quantile"). out  bins  [n_bins];
 * *out the error Errors   NO_MEMORY   Cost  O(n (k + log n))
 */
attune_status at_ece_equal_mass(double *out, struct at_reliability_bin *bins, size_t n_bins,
                                const uint32_t *y, const double *p, size_t n, size_t k,
                                attune_error *err);

#endif
