#ifndef AT_MODEL_FOREST_RULES_H
#define AT_MODEL_FOREST_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "attune/kind.h"
#include "base/status.h"
#include "model/forest/forest_criterion.h"

enum at_forest_class_weight {
    AT_FOREST_WEIGHT_NONE,
    AT_FOREST_WEIGHT_BALANCED,
    AT_FOREST_WEIGHT_BALANCED_SUBSAMPLE
};

/* Where a column is cut: at the best of all thresholds, or at one drawn at random between its
 * smallest and largest value in the node (extremely randomized trees, Geurts et al. 2006). */
enum at_forest_splitter { AT_FOREST_BEST, AT_FOREST_RANDOM };

/* Each tree learns from a bootstrap sample; auto: with the best splitter, as the two kinds of
 * forest of scikit-learn do it. */
enum at_forest_bootstrap {
    AT_FOREST_BOOTSTRAP_AUTO,
    AT_FOREST_BOOTSTRAP_ON,
    AT_FOREST_BOOTSTRAP_OFF
};

/* The options as a user gives them; names and meaning as in RandomForestClassifier and
 * ExtraTreesClassifier. */
struct at_forest_options {
    int64_t n_estimators, max_depth, min_samples_split, min_samples_leaf;
    double min_impurity_decrease;
    const char *max_features, *max_samples;
    int criterion, splitter, class_weight, bootstrap;
};
extern const struct attune_option at_forest_option_table[];
enum { AT_FOREST_N_OPTIONS = 11 };

/* The options with every number worked out for the data at hand. */
struct at_forest_rules {
    enum at_forest_criterion criterion;
    enum at_forest_splitter splitter;
    enum at_forest_class_weight class_weight;
    bool bootstrap;
    uint32_t n_trees, max_depth, min_samples_split, min_samples_leaf;
    uint32_t max_features; /* 1.. */
    uint32_t n_drawn;      /* bootstrap draws for a tree, 1..n_rows */
    double min_impurity_decrease;
};

/** Errors: INVALID for a max_features or max_samples that is neither a word, a count nor a share.
 */
attune_status at_forest_rules_make(struct at_forest_rules *rules,
                                   const struct at_forest_options *options, size_t n_rows,
                                   size_t n_features, attune_error *err);

#endif
