#ifndef AT_EVAL_INTERVAL_H
#define AT_EVAL_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/status.h"

/*
 * Tools of the percentile bootstrap. A resample of n rows needs neither labels nor probabilities: a
 * row is its cell of the confusion matrix, its loss, and its gap in a bin of confidence.
 */
struct at_eval_row {
    double loss;   /* -ln of the probability of the true class, as in log_loss */
    double gap;    /* confidence - 1 where the answer is right, confidence where it is wrong */
    uint32_t cell; /* truth * k + answer */
    uint32_t bin;  /* of the confidence, < AT_RELIABILITY_BINS */
};

/** rows[n] from y u32[n] and p f64[n * k]; k <= 65535. */
void at_eval_rows(struct at_eval_row *rows, const uint32_t *y, const double *p, size_t n, size_t k);

/** OK, or why at_eval_rows would be wrong on these: the errors that at_metrics_compute lists. */
attune_status at_eval_check(const uint32_t *y, const double *p, size_t n, size_t k,
                            attune_error *err);

/** n draws from 0..n-1 with replacement; n < 2^32. */
void at_resample_draw(struct at_rng *rng, uint32_t *index, size_t n);
/** Confusion u64[k * k] of the drawn rows; returns their mean loss. */
double at_resample_tally(const struct at_eval_row *rows, const uint32_t *index, size_t n,
                         uint64_t *confusion, size_t k);

/** Expected calibration error of the drawn rows (eval/calibration_error.h). */
double at_resample_ece(const struct at_eval_row *rows, const uint32_t *index, size_t n);

/** F1 as 2 hits / (truth + answers), the mean over the classes that occur on either side. */
double at_macro_f1(const uint64_t *confusion, size_t k);

/** Sorts, then gives the quantile q (0..1) with linear interpolation (NumPy's default); n > 0. */
void at_sort_f64(double *values, size_t n);
double at_quantile(const double *sorted, size_t n, double q);

#endif
