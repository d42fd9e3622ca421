#ifndef AT_PIPELINE_ISOTONIC_H
#define AT_PIPELINE_ISOTONIC_H

#include <stddef.h>

/* All rows of one score, and how many of them are members of the class. */
struct at_score_bin {
    double x;
    double rows, hits; /* whole numbers, below 2^26, so that products are exact */
};

/** Sorts n bins by x and joins those of one x; returns how many are left. */
size_t at_score_bin_merge(struct at_score_bin *bins, size_t n);

/** A run of bins whose share of hits falls, and therefore gets one value: hits / rows. */
struct at_isotonic_block {
    double rows, hits;
    size_t end; /* one past its last bin */
};

/**
 * The non-decreasing function of x nearest to the shares of hits, in squares weighted by rows.
 * out  block  room for m; returns how many there are, with ascending values
 * in   bins   [m], x ascending and distinct
 *
 * Threads  pure
 * Cost     O(m)
 * Source   Ayer et al. 1955 (pool adjacent violators)
 * Tests    pipeline/isotonic_prop.c, golden/calibration (scikit-learn's IsotonicRegression)
 */
size_t at_isotonic_fit(struct at_isotonic_block *block, const struct at_score_bin *bins, size_t m);

/**
 * Linear between the points (x ascending, v non-decreasing; n > 0), flat outside of them: how
 * scikit-learn predicts with out_of_bounds="clip". O(log n)
 */
double at_isotonic_value(const double *x, const double *v, size_t n, double score);

/** Number of x that are < score (or_equal: <= score); x ascending. O(log n) */
size_t at_score_rank(const double *x, size_t n, double score, int or_equal);

#endif
