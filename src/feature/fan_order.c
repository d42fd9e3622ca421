#include "feature/fan_order.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/job.h"

enum { FAN_ORDER_PLENTY = 100 }; /* fans from which on the rule is in full force */

static int fan_order_compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

attune_status at_fan_order_make(struct at_fan_order *out, const struct at_feature_fit *in,
                                attune_error *err)
{
    const size_t n = in->n_profiles;
    struct at_fan_order o = {
        .n = n, .profile = AT_ALLOC_RAW(uint32_t, n), .fan = AT_ALLOC_RAW(uint32_t, n)};
    uint64_t *key = AT_ALLOC_RAW(uint64_t, n); /* fan, then profile */
    *out = (struct at_fan_order){0};
    if (!o.profile || !o.fan || !key) {
        at_fan_order_release(&o);
        at_free(key);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", n);
    }
    for (size_t i = 0; i < n; i++)
        key[i] = (uint64_t)(in->fan ? in->fan[i] : i) << 32 | i;
    if (in->fan)
        qsort(key, n, sizeof *key, fan_order_compare);
    for (size_t i = 0; i < n; i++) {
        o.n_fans += i == 0 || key[i] >> 32 != key[i - 1] >> 32;
        o.fan[i] = (uint32_t)(o.n_fans - 1);
        o.profile[i] = (uint32_t)key[i];
    }
    at_free(key);
    *out = o;
    return ATTUNE_OK;
}

void at_fan_order_release(struct at_fan_order *order)
{
    at_free(order->profile);
    at_free(order->fan);
    *order = (struct at_fan_order){0};
}

uint32_t at_fan_order_min_fans(const struct at_fan_order *order, int64_t asked,
                               const attune_job *job)
{
    const size_t k = asked ? (size_t)asked : at_feature_min_fans(order->n_fans);
    if (k == 1)
        at_job_log(job, ATTUNE_LOG_WARNING,
                   "min_fans=1: words that only one of %zu fans uses may be in the model",
                   order->n_fans);
    else if (k < at_feature_min_fans(FAN_ORDER_PLENTY))
        at_job_log(
            job, ATTUNE_LOG_WARNING,
            "only %zu fans: a term is learned from %zu of them on, so words of a small group "
            "may be in the model",
            order->n_fans, k);
    return (uint32_t)k;
}
