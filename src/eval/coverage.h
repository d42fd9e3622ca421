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
 * The lowest threshold that gives `target` precision, from answers out of fold.
 *
 * The raw share of right answers above a threshold is a noisy guide: the lowest threshold that
 * looks good enough owes part of its looks to chance, and new answers disappoint. The confidences
 * say the same thing with far less noise, if they are calibrated, which no finite data proves. So
 * the two are weighed against each other: precision = (right + 100 x mean confidence) / (answered +
 * 100).
 *
 * Measured on 16 sets, logistic regression, reached precision less the target of 0.8 and 0.9: at
 * 100 rows -0.014 and -0.006 (the raw share: -0.043 and -0.104), at 200 -0.004 and -0.006 (-0.042
 * and -0.080), at 500 +0.010 and +0.008 (-0.014 and -0.021). One set scatters around that by 0.05.
 *
 * The threshold lies midway between the last score that is answered and the next; it is 0 where
 * everything may be answered and infinite where nothing may (`reached` is then false).
 */
struct at_threshold {
    double target, threshold;
    double coverage, precision; /* expected: share answered; the weighed precision, NaN for none */
    uint8_t reached;
};
enum { AT_THRESHOLD_PRIOR_ROWS = 100 };
/** Sorts `answers`; n > 0. O(n log n), no allocation. Tests eval/coverage_test.c (by simulation) */
struct at_threshold at_threshold_for_precision(double target, struct at_answer *answers, size_t n,
                                               enum at_coverage_by by);

#endif
