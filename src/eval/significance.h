#ifndef AT_EVAL_SIGNIFICANCE_H
#define AT_EVAL_SIGNIFICANCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Two models on the same rows: which differences are more than chance? */
struct at_paired {
    uint64_t only_a, only_b; /* rows that only A, only B answers rightly */
    double mcnemar_p;        /* mid-p, two-sided; 1 where they never disagree */
    double macro_f1_delta;   /* A - B */
    double macro_f1_low,
        macro_f1_high; /* 95 % percentile bootstrap, both models on the same draws */
    double log_loss_delta, log_loss_low, log_loss_high; /* A - B: negative is better */
    double recall_drop_low; /* one-sided lower 90 % limit of the drop in a class's recall, B
                               to A, for the class where it is largest: above 0.05 that class
                               got worse */
    size_t recall_drop_class;
};

/**
 * A is the newcomer, B the one that serves. With n_bootstrap = 0 the limits are NaN and
 * recall_drop_class is 0. Errors as at_metrics_compute; *out is then zeroed.
 */
attune_status at_paired_compare(struct at_paired *out, const uint32_t *y, const double *p_a,
                                const double *p_b, size_t n, size_t k, size_t n_bootstrap,
                                uint64_t seed, attune_error *err);
/**
 * McNemar's mid-p for b and c discordant pairs; 1 for b = c = 0.
 * Source   Fagerland, Lydersen, Laake 2013 (BMC Med. Res. Methodol. 13:91)
 * Cost     O(min(b, c))
 */
double at_mcnemar_midp(uint64_t b, uint64_t c);

#endif
