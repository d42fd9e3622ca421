#ifndef AT_PIPELINE_CONFORMAL_H
#define AT_PIPELINE_CONFORMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attune/kind.h"
#include "base/status.h"

/*
 * Instead of one answer, a set of answers that holds the right one with a chance that is chosen
 * beforehand. One class in the set: an answer. Several: the model cannot tell them apart. None: the
 * profile is like none of those seen before.
 *
 * The guarantee. If the n rows of the fit and a new row come from the same source in no particular
 * order (are exchangeable), and the model learned from none of them, then
 *
 *     1 - alpha  <=  P(true class in the set)  <=  1 - alpha + 1 / (n + 1)
 *
 * whatever the model; the upper limit where no two rows have the same score. It is a mean over fans
 * of all kinds and over fits: within one class, or one person, coverage may be lower, and one
 * fit's coverage scatters around the mean by about sqrt(alpha (1 - alpha) / n). Rows out of fold
 * come from models that are not quite the final one; what is then proven is 1 - 2 alpha (Barber et
 * al. 2021), what is seen is 1 - alpha.
 *
 *   lac  score 1 - p of the class: the smallest sets on average
 *   aps  score p of the class and of all that are likelier: larger sets where the model is unsure,
 *        and a coverage more even between easy and hard rows
 */
enum at_conformal_score { AT_CONFORMAL_LAC, AT_CONFORMAL_APS };

/* Immutable after fit. */
struct at_conformal {
    enum at_conformal_score score;
    double alpha;     /* in (0, 1) */
    double threshold; /* largest score that is in the set; infinite: n is too small, every set is
                         full */
    size_t n_rows, n_classes;
};

/**
 * in   p  f64[n * k] probabilities of rows that the model did not learn from, as they will be given
 *         to at_conformal_set (after calibration);  y u32[n]
 *
 * Errors   NOT_ENOUGH  n is 0; INVALID  alpha or y out of range, a p that is not finite, k < 2;
 *          NO_MEMORY. *out is then unchanged
 * Cost     O(n (k + log n))
 * Source   Vovk, Gammerman, Shafer 2005; Sadinle, Lei, Wasserman 2019 (lac); Romano, Sesia, Candes
 *          2020 (aps, without its random part)
 * Tests    pipeline/conformal_test.c (coverage over 1000 repetitions)
 */
attune_status at_conformal_fit(struct at_conformal *out, enum at_conformal_score score,
                               double alpha, const double *p, const uint32_t *y, size_t n, size_t k,
                               attune_error *err);

/** in_set bool[n_classes] (or NULL); returns how many are in the set. p f64[n_classes]. O(k^2) */
size_t at_conformal_set(const struct at_conformal *c, const double *p, bool *in_set);

/** Section conformal.shape; at_conformal_load leaves *out {0} where there is none: alpha is then 0.
 */
attune_status at_conformal_save(const struct at_conformal *c, attune_writer *writer,
                                attune_error *err);
attune_status at_conformal_load(struct at_conformal *out, const attune_reader *reader,
                                size_t n_classes, attune_error *err);

#endif
