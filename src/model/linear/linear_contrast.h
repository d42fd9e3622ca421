#ifndef AT_MODEL_LINEAR_CONTRAST_H
#define AT_MODEL_LINEAR_CONTRAST_H

#include <stddef.h>

/*
 * k scores that sum to zero are k - 1 numbers: their coordinates in an orthonormal basis, here
 * Helmert's, in which coordinate c sets score c + 1 against the mean of those before it. The
 * penalised weights of k classes do sum to zero at the minimum, so it can be sought among such
 * weights only: one column less in every product, and the same length of the weights.
 */

/** score[i][k] of contrast[i][k - 1], for n rows. k >= 2. */
void at_linear_contrast_expand(double *score, const double *contrast, size_t n, size_t k);
/** The transpose: contrast[i][k - 1] of score[i][k]; what all scores have in common is dropped. */
void at_linear_contrast_reduce(double *contrast, const double *score, size_t n, size_t k);

#endif
