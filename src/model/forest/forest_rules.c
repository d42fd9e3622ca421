#include "model/forest/forest_rules.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"

static const char *const rules_criteria[] = {"gini", "entropy", "log_loss", NULL};
static const char *const rules_splitters[] = {"best", "random", NULL};
static const char *const rules_bootstraps[] = {"auto", "true", "false", NULL};
static const char *const rules_class_weights[] = {"none", "balanced", "balanced_subsample", NULL};

#define RULES_OFFSET(member) offsetof(struct at_forest_options, member)

const struct attune_option at_forest_option_table[] = {
    {.name = "n_estimators",
     .type = ATTUNE_OPTION_INT,
     .fallback = "100",
     .min = 1,
     .max = 100000,
     .help = "number of trees",
     .offset = RULES_OFFSET(n_estimators)},
    {.name = "criterion",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "gini",
     .choices = rules_criteria,
     .help = "impurity that a split has to lower; log_loss is another name for entropy",
     .offset = RULES_OFFSET(criterion)},
    {.name = "splitter",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "best",
     .choices = rules_splitters,
     .help = "where a drawn column is cut: best of all places, or random (extra-trees)",
     .offset = RULES_OFFSET(splitter)},
    {.name = "max_depth",
     .type = ATTUNE_OPTION_INT,
     .fallback = "0",
     .max = 1e9,
     .help = "splits between root and leaf at most; 0: no limit",
     .offset = RULES_OFFSET(max_depth)},
    {.name = "min_samples_split",
     .type = ATTUNE_OPTION_INT,
     .fallback = "2",
     .min = 2,
     .max = 1e9,
     .help = "a node with fewer rows is not split",
     .offset = RULES_OFFSET(min_samples_split)},
    {.name = "min_samples_leaf",
     .type = ATTUNE_OPTION_INT,
     .fallback = "1",
     .min = 1,
     .max = 1e9,
     .help = "a split that would leave fewer rows on one side is not made",
     .offset = RULES_OFFSET(min_samples_leaf)},
    {.name = "max_features",
     .type = ATTUNE_OPTION_TEXT,
     .fallback = "sqrt",
     .arg = "sqrt|log2|all|N|SHARE",
     .help = "columns drawn for each split: a word, a count, or a share below 1 such as 0.3",
     .offset = RULES_OFFSET(max_features)},
    {.name = "bootstrap",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "auto",
     .choices = rules_bootstraps,
     .help = "each tree learns from rows drawn with replacement; auto: when splitter is best",
     .offset = RULES_OFFSET(bootstrap)},
    {.name = "max_samples",
     .type = ATTUNE_OPTION_TEXT,
     .fallback = "all",
     .arg = "all|N|SHARE",
     .help = "rows drawn for each tree when bootstrap is on: a count or a share such as 0.5",
     .offset = RULES_OFFSET(max_samples)},
    {.name = "min_impurity_decrease",
     .type = ATTUNE_OPTION_REAL,
     .fallback = "0",
     .max = 1e9,
     .help = "a split that lowers the impurity by less is not made",
     .offset = RULES_OFFSET(min_impurity_decrease)},
    {.name = "class_weight",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "none",
     .choices = rules_class_weights,
     .help = "balanced: every class weighs the same in all rows; _subsample: in those of each tree",
     .offset = RULES_OFFSET(class_weight)},
};
_Static_assert(sizeof at_forest_option_table / sizeof *at_forest_option_table ==
                   AT_FOREST_N_OPTIONS,
               "the number of options in the header");

/* "12" is a count, "0.3" and "1.0" are shares: a point makes the difference, as in Python. */
static bool rules_parse_amount(const char *text, double whole, double *out)
{
    const struct at_str s = at_str_from(text);
    int64_t count;
    double share;
    if (at_parse_i64(s, &count) && count >= 1) {
        *out = (double)count;
        return true;
    }
    if (at_parse_f64(s, &share) && share > 0 && share <= 1 && !at_parse_i64(s, &count)) {
        *out = share * whole;
        return true;
    }
    return false;
}

static attune_status rules_max_features(uint32_t *out, const char *text, size_t n_features,
                                        attune_error *err)
{
    const double n = (double)n_features;
    double amount;
    if (strcmp(text, "sqrt") == 0)
        amount = sqrt(n);
    else if (strcmp(text, "log2") == 0)
        amount = n_features ? log2(n) : 0;
    else if (strcmp(text, "all") == 0)
        amount = n;
    else if (!rules_parse_amount(text, n, &amount))
        return at_fail(err, ATTUNE_INVALID,
                       "max_features: '%.40s' is not allowed; expected sqrt, log2, all, a count "
                       "such as 30 or a share such as 0.3",
                       text);
    *out = amount < 1 ? 1 : amount > n && n >= 1 ? (uint32_t)n : (uint32_t)amount;
    return ATTUNE_OK;
}

static attune_status rules_n_drawn(uint32_t *out, const char *text, size_t n_rows,
                                   attune_error *err)
{
    const double n = (double)n_rows;
    double amount = n;
    if (strcmp(text, "all") != 0 && !rules_parse_amount(text, n, &amount))
        return at_fail(err, ATTUNE_INVALID,
                       "max_samples: '%.40s' is not allowed; expected all, a count such as 500 or "
                       "a share such as 0.5",
                       text);
    if (amount > n)
        return at_fail(err, ATTUNE_INVALID, "max_samples: %s rows are wanted, there are %zu", text,
                       n_rows);
    amount = nearbyint(amount); /* halves go to the even number, as Python's round does */
    *out = amount < 1 ? 1 : (uint32_t)amount;
    return ATTUNE_OK;
}

attune_status at_forest_rules_make(struct at_forest_rules *rules,
                                   const struct at_forest_options *options, size_t n_rows,
                                   size_t n_features, attune_error *err)
{
    struct at_forest_rules r = {
        .criterion = (enum at_forest_criterion)options->criterion,
        .class_weight = (enum at_forest_class_weight)options->class_weight,
        .splitter = (enum at_forest_splitter)options->splitter,
        .bootstrap =
            options->bootstrap == AT_FOREST_BOOTSTRAP_ON ||
            (options->bootstrap == AT_FOREST_BOOTSTRAP_AUTO && options->splitter == AT_FOREST_BEST),
        .n_trees = (uint32_t)options->n_estimators,
        .max_depth = options->max_depth ? (uint32_t)options->max_depth : UINT32_MAX,
        .min_samples_split = (uint32_t)options->min_samples_split,
        .min_samples_leaf = (uint32_t)options->min_samples_leaf,
        .min_impurity_decrease = options->min_impurity_decrease,
    };
    if (r.min_samples_split < 2 * r.min_samples_leaf)
        r.min_samples_split = 2 * r.min_samples_leaf;
    AT_TRY(rules_max_features(&r.max_features, options->max_features, n_features, err));
    AT_TRY(rules_n_drawn(&r.n_drawn, options->max_samples, n_rows, err));
    *rules = r;
    return ATTUNE_OK;
}
