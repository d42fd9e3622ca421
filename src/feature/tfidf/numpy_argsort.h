#ifndef AT_FEATURE_TFIDF_NUMPY_ARGSORT_H
#define AT_FEATURE_TFIDF_NUMPY_ARGSORT_H

#include <stddef.h>
#include <stdint.h>

/**
 * order = numpy.argsort(-tf), as NumPy does it without vector instructions (all of 1.24; newer ones
 * where the processor lacks them), so also its order of equal counts, which follows from the steps
 * of its sort and from nothing else. scikit-learn cuts its vocabulary with it (max_features).
 *
 * out  order  u32[n]  indices into tf, larger counts first
 * in   tf     u64[n]  n < 2^32
 *
 * Cost     O(n log n)
 * Source   introsort (Musser 1997) as in NumPy's npysort: median of three, insertion sort up to 16,
 *          heap sort below a depth of 2 log2 n
 * Tests    tfidf_test.c against numpy 1.24.2, golden/tfidf
 */
void at_numpy_argsort(uint32_t *order, const uint64_t *tf, size_t n);

#endif
