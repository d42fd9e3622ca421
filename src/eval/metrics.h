#ifndef AT_EVAL_METRICS_H
#define AT_EVAL_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "eval/calibration_error.h"
#include "eval/coverage.h"

/*
 * How good are n answers? Truth y u32[n] (class index < k), probabilities p f64[n * k]; the answer
 * of a row is its first maximum. Definitions are scikit-learn's defaults, with 0 where a division
 * by zero would be: means over classes take the classes that occur in the truth or among the
 * answers, balanced accuracy those that occur in the truth.
 */
struct at_class_metrics {
    double precision, recall, f1;
    uint64_t support; /* true members */
};

enum { AT_METRICS_COVERAGES = 20 };

struct at_metrics {
    size_t n, n_classes;
    uint64_t *confusion;            /* u64[k * k], true class in rows, answers in columns */
    struct at_class_metrics *class; /* [k] */
    struct at_class_metrics macro, weighted;
    double accuracy, balanced_accuracy;
    double log_loss; /* natural logarithm, p clipped to [2.2e-16, 1 - 2.2e-16], rows renormalised as
                        scikit-learn 1.2 does */
    double brier; /* mean over rows of the sum over classes of (p - truth)^2; for k = 2 half of it,
                     scikit-learn's brier_score_loss */
    double roc_auc; /* k = 2: of class 1; k > 2: one-vs-rest, macro mean over the classes present on
                       both sides; NaN where no class has both */
    double mcc, kappa;
    double accuracy_low, accuracy_high; /* Wilson, 95 % */
    double macro_f1_low, macro_f1_high; /* percentile bootstrap over rows, 95 % */
    double log_loss_low, log_loss_high; /* the same draws */
    double ece;                         /* expected calibration error, 15 bins of equal width */
    double ece_low, ece_high; /* the same draws; resampling adds noise, so that for an honest model
                                 even ece_low lies above the truth */
    struct at_reliability_bin reliability[AT_RELIABILITY_BINS];
    struct at_coverage_point coverage[AT_METRICS_COVERAGES]; /* by confidence, from 5 % to all */
    size_t n_coverage;
};

/**
 * All of the above. `seed` and n_bootstrap (2000 is usual; 0 leaves the bootstrap limits NaN) fix
 * the intervals: the same on every machine. Errors   NOT_ENOUGH  n is 0; INVALID  y or k out of
 * range (k is 1..65535), a probability that is not finite; NO_MEMORY. *out is then empty. Cost O(n
 * k log n + n_bootstrap (n + k^2)) Source   Wilson 1927; Efron 1979 (percentile bootstrap) Tests
 * eval/metrics_test.c, eval/metrics_prop.c, golden/metrics
 */
attune_status at_metrics_compute(struct at_metrics *out, const uint32_t *y, const double *p,
                                 size_t n, size_t k, size_t n_bootstrap, uint64_t seed,
                                 attune_error *err);
void at_metrics_release(struct at_metrics *m);

/** Wilson score interval for `hits` of n; z = 1.959964 for 95 %. [0, 1] for n = 0. */
void at_wilson(uint64_t hits, uint64_t n, double z, double *out_low, double *out_high);
/** Index of the first maximum. */
size_t at_argmax(const double *p, size_t k);

#endif
