#ifndef AT_MODEL_FOREST_CRITERION_H
#define AT_MODEL_FOREST_CRITERION_H

#include <stddef.h>

enum at_forest_criterion { AT_FOREST_GINI, AT_FOREST_ENTROPY, AT_FOREST_LOG_LOSS };

/* Two impurities closer than this to zero are zero (machine epsilon of double). */
#define AT_FOREST_EPSILON 2.220446049250313e-16

/**
 * Impurity of a set whose classes weigh sum[0..n_classes-1], together `weight` > 0:
 *   gini     1 - sum_c (sum[c]^2) / weight^2
 *   entropy  - sum_c p_c log2 p_c   (log_loss is another name for it)
 * Rounded in scikit-learn's order of operations, which decides between splits that tie but for the
 * last bit.
 */
double at_forest_impurity(enum at_forest_criterion criterion, const double *sum, size_t n_classes,
                          double weight);

#endif
