#ifndef AT_FEATURE_FAN_ORDER_H
#define AT_FEATURE_FAN_ORDER_H

#include "feature/feature.h"

/*
 * Training profiles, fan after fan. Counting by different fans then needs no more for each term
 * than the last fan that was seen.
 */
struct at_fan_order {
    uint32_t *profile; /* [n] numbers of profiles, sorted by fan, then by number */
    uint32_t *fan;     /* [n] which fan profile[i] is of: 0..n_fans-1, ascending */
    size_t n, n_fans;
};

/** Errors: NO_MEMORY; *out is then empty. Cost: O(n log n), O(n) where every profile is a fan. */
attune_status at_fan_order_make(struct at_fan_order *out, const struct at_feature_fit *in,
                                attune_error *err);
void at_fan_order_release(struct at_fan_order *order);

/**
 * k of the private-words rule as it is to be used: `asked`, or at_feature_min_fans where that is 0.
 * Warns through the job where it is less than what 100 fans would give.
 */
uint32_t at_fan_order_min_fans(const struct at_fan_order *order, int64_t asked,
                               const attune_job *job);

#endif
