#ifndef AT_PIPELINE_VENN_ABERS_H
#define AT_PIPELINE_VENN_ABERS_H

#include "pipeline/isotonic.h"

struct at_venn_abers_point {
    double rows, hits;
};

/**
 * What the isotonic fit would say of a query with the score of bin i, were the query a member (p1)
 * or not (p0), for every bin at once.
 *
 * out  p0, p1  f64[m], non-decreasing, p0 <= p1, p0 < 1, p1 > 0
 * in   bins    [m], x ascending and distinct; m > 0
 *      tmp     [2 m + 3], scratch
 *
 * A query between two bins has the p0 of the one on its left and the p1 of the one on its right;
 * below all bins p0 is 0, above all bins p1 is 1.
 *
 * Threads  pure
 * Cost     O(m)
 * Source   Vovk, Petej and Fedorova 2015, Large-scale probabilistic predictors with and without
 *          guarantees of validity, algorithms 1 to 4
 * Tests    pipeline/calibration_prop.c (against two isotonic fits a query), golden/calibration
 */
void at_venn_abers_fit(double *p0, double *p1, const struct at_score_bin *bins, size_t m,
                       struct at_venn_abers_point *tmp);

/** One probability from the two: the one that minimises the worst regret in log-loss. */
static inline double at_venn_abers_point_value(double p0, double p1)
{
    return p1 / (1 - p0 + p1);
}

#endif
