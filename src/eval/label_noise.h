#ifndef AT_EVAL_LABEL_NOISE_H
#define AT_EVAL_LABEL_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * Which labels look wrong? Confident learning: a class is believed of a row when its probability is
 * at least what it is, on average, for rows that carry its label. The rows for which another class
 * is believed than the one they were given say how many labels are wrong. Which ones these are is
 * said better by the margin, the distance between the given class and the best other one: of as
 * many rows as there are such disagreements, those with the lowest margins are the suspects.
 * (Measured on planted flips, that finds more of them with fewer false alarms than taking the
 * disagreements themselves.) A person decides; nothing is changed here.
 */
struct at_suspect {
    uint32_t row, given, proposed; /* class indices */
    double p_given, p_proposed;
    double margin; /* p_given less the largest of the others; < 0, the lower the surer */
};

struct at_label_noise {
    struct at_suspect *ranked; /* [n_ranked] all rows to which the model gives another label than
                                  they carry, the surest first; ties by row */
    size_t n_ranked;
    size_t n_suspects; /* the first of them, <= n_ranked */
    size_t n_classes;
    uint64_t *joint;   /* u64[k * k] rows per (given, believed); rows of which nothing is believed
                          are in no cell */
    double *threshold; /* f64[k] mean p of the class over rows that carry it; above 1 for none */
};

/**
 * in   y  u32[n] labels as given;  p f64[n * k], each row by a model that did not learn from it
 * (nor from other rows of the same person)
 *
 * Of several believed classes the likeliest counts (the first of equals). How good the list can be
 * is decided by the model: where it is wrong about one row in four by itself, most of its
 * disagreements with the labels are its own errors.
 *
 * Errors   NOT_ENOUGH  n is 0; INVALID  y or k out of range (k is 2..65535), a p that is not
 * finite; NO_MEMORY. *out is then empty Cost     O(n k + r log r) for r ranked rows Source
 * Northcutt, Jiang, Chuang 2021 (JAIR 70), equations 1 and 2, order by normalized margin Tests
 * eval/label_noise_test.c, golden/label_noise (cleanlab's filter_by="low_normalized_margin")
 */
attune_status at_label_noise_find(struct at_label_noise *out, const uint32_t *y, const double *p,
                                  size_t n, size_t k, attune_error *err);
void at_label_noise_release(struct at_label_noise *found);

#endif
