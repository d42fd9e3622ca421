#ifndef AT_EVAL_LABEL_NOISE_H
#define AT_EVAL_LABEL_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * Which labels look wrong? Suppose a share e of all labels was replaced by any other one. If a
 * model that had not seen the row gives its label the probability q, and does so honestly, then
 * without the wrong labels it would give it
 *     r = (q - e / (k - 1)) / (1 - e - e / (k - 1)),    cut to 0..1
 * and by Bayes' rule the label is right with the probability
 *     (1 - e) r / ((1 - e) r + e / (k - 1) (1 - r)).
 * The lower q, the likelier is a slip. The suspects are as many of the rows that the model would
 * have labelled differently, the surest first, as keep the expected share of slips among them at
 * AT_LABEL_NOISE_PRECISION. So a model that is often wrong itself names few or none: it cannot tell
 * slips from rows that it does not understand. A person decides; nothing is changed here.
 *
 * Slips come everywhere, so e is at most the share of other labels where the model is surest; it is
 * measured there, in a fifth of the rows, and taken as AT_LABEL_NOISE_RATE at most, as a weak model
 * errs there too. Where more labels than that are wrong, more than half of the suspects are, and
 * the others are found when those have been corrected.
 */
#define AT_LABEL_NOISE_RATE      0.1
#define AT_LABEL_NOISE_PRECISION 0.5

struct at_suspect {
    uint32_t row, given, proposed; /* class indices */
    double p_given, p_proposed;
    double wrong; /* probability that the label is wrong */
};

struct at_label_noise {
    struct at_suspect *ranked; /* [n_ranked] all rows to which the model gives another label than
                                  they carry, the lowest p_given first; ties by row */
    size_t n_ranked;
    size_t n_suspects; /* the first of them, <= n_ranked */
    double rate;       /* e */
};

/**
 * in   y  u32[n] labels as given;  p f64[n * k], each row by a model that did not learn from it
 * (nor from other rows of the same person), calibrated
 *
 * Errors   NOT_ENOUGH  n is 0; INVALID  y or k out of range (k is 2..65535), a p that is not
 * finite; NO_MEMORY. *out is then empty
 * Cost     O(n k + n log n)
 */
attune_status at_label_noise_find(struct at_label_noise *out, const uint32_t *y, const double *p,
                                  size_t n, size_t k, attune_error *err);
void at_label_noise_release(struct at_label_noise *found);
/** The probability that a label is wrong to which the model gives the probability q; rate > 0. */
double at_label_noise_wrong(double q, double rate, size_t k);

#endif
