#ifndef AT_EVAL_COVERAGE_H
#define AT_EVAL_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * A model that may stay silent is right more often when it speaks. It answers where a score reaches
 * a threshold: the confidence (largest probability), or the margin (how far the second best is
 * behind). Coverage is the share of rows answered, precision the share of right ones among them.
 */
struct at_answer {
    double confidence, margin; /* of one class: margin = confidence */
    double right;              /* 1 or 0 */
};
/** answers[n] from y u32[n] and p f64[n * k]. */
void at_answers(struct at_answer *answers, const uint32_t *y, const double *p, size_t n, size_t k);

enum at_coverage_by { AT_COVERAGE_CONFIDENCE, AT_COVERAGE_MARGIN };

struct at_coverage_point {
    double threshold; /* answered: score >= threshold */
    double coverage, precision;
};

/**
 * One point for each distinct score, thresholds falling, coverage rising to 1. Sorts `answers`.
 * out  points  room for n; returns how many
 * Cost     O(n log n), no allocation
 */
size_t at_coverage_curve(struct at_coverage_point *points, struct at_answer *answers, size_t n,
                         enum at_coverage_by by);

/** The curve at coverages of about 1/m, 2/m, ..., 1 (the nearest point at or above each), in place;
 * returns how many distinct ones are left. */
size_t at_coverage_thin(struct at_coverage_point *points, size_t n, size_t m);

/**
 * The lowest threshold whose answers out of fold prove `target` precision.
 *
 * Two things are known of the answers above a threshold: the share that was right, which is noisy,
 * and their confidences, which are not, but are honest only as far as data confirms. They are
 * weighed against each other: precision = (right + 200 x mean confidence) / (answered + 200).
 *
 * The lowest of many thresholds that look good enough owes part of its looks to chance, and the
 * model that answers later is a little surer of itself than those of the folds, with no more right.
 * So precision has to lie above the target by what chance does to that many answers in nine cases
 * of ten, if the target is all they reach (the score test; Wilson's bound at 90 %, one-sided):
 *
 *     precision - target >= 1.2816 x sqrt(target (1 - target) / answered)
 *
 * A few answers prove nothing, however right: 0.9 takes 15 at least, 0.8 takes 7.
 *
 * Measured in docs/decisions/0017-target-precision.md.
 *
 * The threshold lies midway between the last score that is answered and the next; it is 0 where
 * everything may be answered and infinite where nothing may (`reached` is then false).
 */
struct at_threshold {
    double target, threshold;
    double coverage, precision; /* expected: share answered; the weighed precision, NaN for none */
    size_t n_answered;          /* out of fold, above the threshold */
    uint8_t reached;
};
enum { AT_THRESHOLD_PRIOR_ROWS = 200 };
#define AT_THRESHOLD_Z 1.2815515655446004 /* the normal distribution's quantile at 0.9 */
/** Sorts `answers`; n > 0. O(n log n), no allocation. Tests eval/coverage_test.c (by simulation) */
struct at_threshold at_threshold_for_precision(double target, struct at_answer *answers, size_t n,
                                               enum at_coverage_by by);

#endif
