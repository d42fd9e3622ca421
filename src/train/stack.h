#ifndef AT_TRAIN_STACK_H
#define AT_TRAIN_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * How much each member's word counts: non-negative weights of at_confidence_pool that minimise the
 * log-loss of the pooled answers, plus (shrink / n) / 2 * sum_m (w_m - start_m)^2, which keeps the
 * weights near their start while there are few answers. Convex.
 *
 * in      p       f64[n * n_members * k], out-of-fold answers, rows of k sum to 1
 *         y       u32[n]
 * in out  weight  f64[n_members] >= 0: the start; untouched on failure
 * Errors  NO_MEMORY
 * Cost    O(n n_members k) exponentials a round, some tens of rounds
 * Source  Wolpert 1992; Guo et al. 2017 (temperature scaling)
 */
enum { AT_STACK_MEMBERS = 32 }; /* n_members is at most that */
struct at_stack_input {
    const double *p;
    const uint32_t *y;
    size_t n, n_members, k;
    double shrink;
};
attune_status at_stack_fit(double *weight, const struct at_stack_input *in, attune_error *err);

/** Mean log-loss of the pooled answers. Errors: NO_MEMORY. */
attune_status at_stack_loss(double *out, const double *weight, const struct at_stack_input *in,
                            attune_error *err);

#endif
