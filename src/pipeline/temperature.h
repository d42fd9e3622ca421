#ifndef AT_PIPELINE_TEMPERATURE_H
#define AT_PIPELINE_TEMPERATURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/**
 * The T in [0.05, 20] with the least log-loss of q = p^(1/T) / sum, over the n rows and one more
 * row whose class is any of the k with equal chance. That one row keeps T away from 0 where a few
 * rows are all answered rightly. p below 1e-6 counts as 1e-6.
 *
 * in   p  f64[n * k] in [0, 1];  y u32[n] < k;  n > 0
 *
 * Errors   NO_MEMORY
 * Cost     O(n k) a step, about 8 steps; f64[n * k] for the logarithms
 * Source   Guo, Pleiss, Sun, Weinberger 2017, section 4.2
 */
attune_status at_temperature_fit(double *out, const double *p, const uint32_t *y, size_t n,
                                 size_t k, attune_error *err);
/** p f64[k], in place. The order of the classes stays. */
void at_temperature_apply(double temperature, double *p, size_t k);

#define AT_TEMPERATURE_MIN 0.05
#define AT_TEMPERATURE_MAX 20.0

#endif
