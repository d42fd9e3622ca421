#ifndef AT_PIPELINE_TEMPERATURE_H
#define AT_PIPELINE_TEMPERATURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * p^(1/T), normalised: above 1 the model was too sure of itself, below 1 not sure enough. The wide
 * range is for models whose p are sums over many words taken as independent (naive Bayes), which
 * need a T of the order of the number of words.
 */
#define AT_TEMPERATURE_MIN 0.05
#define AT_TEMPERATURE_MAX 3000.0

struct at_temperature {
    double t;
    double floor; /* a p below it counts as it: in [1e-300, 1e-3] */
};

/**
 * The T with the least  log-loss of q = p^(1/T) / sum, summed over the rows,  + prior (ln T)^2.
 *
 * The prior keeps T near 1 while the rows are too few to say otherwise. AT_TEMPERATURE_PRIOR was
 * measured to be best (3 to 30 are nearly as good) for a model that is about right by itself, on 50
 * to 500 rows; 0 is for one that is known not to be.
 *
 * A p of 0 has no logarithm: it counts as half of the smallest p above 0 that occurs, and as 1e-3
 * at most.
 *
 * in   p  f64[n * k] in [0, 1];  y u32[n] < k;  n > 0
 *
 * Errors   NO_MEMORY
 * Cost     O(n k) a step, about 30 steps; f64[n * k] for the logarithms
 * Source   Guo, Pleiss, Sun, Weinberger 2017, section 4.2; the prior is attune's
 */
#define AT_TEMPERATURE_PRIOR 10.0
attune_status at_temperature_fit(struct at_temperature *out, double prior, const double *p,
                                 const uint32_t *y, size_t n, size_t k, attune_error *err);
/** p f64[k], in place. The order of the classes stays. */
void at_temperature_apply(const struct at_temperature *temperature, double *p, size_t k);

#endif
