#ifndef AT_EVAL_ROC_H
#define AT_EVAL_ROC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/**
 * Area under the ROC curve, the chance that a member of a class gets a higher score than a row that
 * is none, ties counting half. y u32[n], p f64[n * k]; *out as at_metrics.roc_auc says, NaN
 * included. Errors   NO_MEMORY Cost     O(k n log n) Source   Mann and Whitney 1947; one-vs-rest
 * mean as scikit-learn's roc_auc_score
 */
attune_status at_roc_auc(double *out, const uint32_t *y, const double *p, size_t n, size_t k,
                         attune_error *err);

#endif
