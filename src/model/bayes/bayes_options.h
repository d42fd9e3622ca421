#ifndef AT_MODEL_BAYES_OPTIONS_H
#define AT_MODEL_BAYES_OPTIONS_H

#include <stdbool.h>

#include "attune/option.h"

enum at_bayes_variant { AT_BAYES_COMPLEMENT, AT_BAYES_MULTINOMIAL };
enum at_bayes_class_weight { AT_BAYES_WEIGHT_NONE, AT_BAYES_WEIGHT_BALANCED };

/* The options as a user gives them; names and meaning as in ComplementNB and MultinomialNB. */
struct at_bayes_options {
    double alpha;
    int variant, class_weight;
    bool norm, presence;
};
extern const struct attune_option at_bayes_option_table[];
enum { AT_BAYES_N_OPTIONS = 5 };

#endif
