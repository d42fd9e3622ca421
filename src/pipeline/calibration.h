#ifndef AT_PIPELINE_CALIBRATION_H
#define AT_PIPELINE_CALIBRATION_H

#include <stddef.h>
#include <stdint.h>

#include "attune/kind.h"
#include "base/status.h"
#include "pipeline/temperature.h"

/*
 * From scores to probabilities that mean what they say: of the answers given with 0.8, eight in ten
 * are right. A model's own p is seldom so honest. A calibration is fitted on rows that the model
 * did not learn from (out of fold), and belongs to the model from then on.
 *
 *   temperature  p^(1/T), normalised. One number, so little data is enough; the answer never
 * changes isotonic     per class against the rest, the best non-decreasing step curve; normalised.
 * Follows any shape, and needs about a thousand rows to do so venn_abers   per class, the isotonic
 * fit made twice for each query, once as if it were a member and once as if not: p1 and p0. Their
 * distance is how little the data knows there auto         temperature below
 * AT_CALIBRATION_FEW_ROWS rows, venn_abers from there on
 *
 * isotonic and venn_abers may change which class comes first.
 */
enum at_calibration_kind {
    AT_CALIBRATION_NONE,
    AT_CALIBRATION_TEMPERATURE,
    AT_CALIBRATION_ISOTONIC,
    AT_CALIBRATION_VENN_ABERS,
    AT_CALIBRATION_AUTO
};
enum { AT_CALIBRATION_MANY_ROWS = 1000 };

/* Non-decreasing functions of one score, one after the other. Curve c has the points
 * start[c] .. start[c + 1] - 1 of x (ascending) and v (probabilities). */
struct at_curves {
    size_t n;
    const uint64_t *start; /* [n + 1] */
    const double *x, *v;   /* [start[n]] */
};

/* Immutable after fit or load, shared by any number of threads. {0} is none. */
struct at_calibration {
    enum at_calibration_kind kind; /* never AUTO */
    size_t n_classes;
    size_t n_rows;                     /* it was fitted on */
    struct at_temperature temperature; /* TEMPERATURE */
    struct at_curves curve; /* ISOTONIC: [k]; VENN_ABERS: p0 of each class [k], then p1 [k] */
    void *memory;           /* of the curves; NULL where they are lent by a reader */
};

/**
 * out  *out  what at_calibration_apply needs; to be released
 * in   p     f64[n * k] probabilities of rows the model did not learn from
 *      y     u32[n], class index
 *
 * Errors   NOT_ENOUGH  n is 0; INVALID  y out of range, a probability outside [0, 1], k < 2;
 *          NO_MEMORY. *out is then {0}
 * Cost     temperature O(n k), the others and auto O(k n log n)
 * Source   Guo et al. 2017 (temperature); Zadrozny and Elkan 2002 (isotonic, one against the rest);
 *          Vovk, Petej and Fedorova 2015 (Venn-Abers)
 * Tests    pipeline/calibration_test.c, pipeline/calibration_prop.c, golden/calibration
 */
attune_status at_calibration_fit(struct at_calibration *out, enum at_calibration_kind kind,
                                 const double *p, const uint32_t *y, size_t n, size_t k,
                                 attune_error *err);

/**
 * p f64[n_classes], in place; sums to 1. Curves never say 0 or 1: of venn_abers that is so by
 * itself, those of isotonic are kept in [1 / (n + 2), (n + 1) / (n + 2)], Laplace's limits for n
 * rows. `width` (or NULL) is p1 - p0 of the class that comes first; NaN where the kind does not
 * know it. Allocates nothing. NONE does nothing. Cost     O(k), and O(k log n) for the curves
 */
void at_calibration_apply(const struct at_calibration *c, double *p, double *width);

/**
 * Sections calibration.shape, .start, .x, .v under the prefix of the writer or reader. NONE writes
 * nothing, and nothing is read as NONE. A loaded calibration lives as long as the reader.
 * Errors of load   CORRUPT, TOO_NEW; *out is then {0}
 */
attune_status at_calibration_save(const struct at_calibration *c, attune_writer *writer,
                                  attune_error *err);
attune_status at_calibration_load(struct at_calibration *out, const attune_reader *reader,
                                  size_t n_classes, attune_error *err);
void at_calibration_release(struct at_calibration *c);

#endif
