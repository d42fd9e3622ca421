#ifndef AT_MODEL_LINEAR_OPTIONS_H
#define AT_MODEL_LINEAR_OPTIONS_H

#include <stdint.h>

#include "attune/option.h"

enum at_linear_multi_class { AT_LINEAR_MULTINOMIAL, AT_LINEAR_OVR };
enum at_linear_class_weight {
    AT_LINEAR_WEIGHT_NONE,
    AT_LINEAR_WEIGHT_BALANCED,
    AT_LINEAR_WEIGHT_SQRT
};

/* The options as a user gives them; names and meaning as in LogisticRegression. */
struct at_linear_options {
    double C, tol;
    int64_t max_iter;
    int multi_class, class_weight;
};
extern const struct attune_option at_linear_option_table[];
enum { AT_LINEAR_N_OPTIONS = 5 };

#endif
