#ifndef AT_TRAIN_LANGUAGE_SCORE_H
#define AT_TRAIN_LANGUAGE_SCORE_H

#include "pipeline/languages.h"

/* How good the answers are in each language. */
enum { AT_LANGUAGE_SCORES_MAX = 12, AT_LANGUAGE_SCORE_MIN = 20 };

struct at_language_score {
    char tag[AT_LANGUAGES_TAG];
    size_t n;
    double accuracy, macro_f1; /* macro-F1 over the classes that occur in this language */
};

struct at_language_scores {
    struct at_language_score rows[AT_LANGUAGE_SCORES_MAX]; /* most frequent first */
    size_t n;                                              /* 0: one language, or too few rows */
};

/**
 * Languages with at least AT_LANGUAGE_SCORE_MIN profiles; none unless there are two such.
 *
 * in   y    u32[n]              the truth
 *      p    f64[n * n_classes]  answers
 *
 * Errors   NO_MEMORY; *out is then empty
 */
attune_status at_language_scores(struct at_language_scores *out,
                                 const struct at_profile *const *profiles, const uint32_t *y,
                                 const double *p, size_t n, size_t n_classes, attune_error *err);

#endif
