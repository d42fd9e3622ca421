#include "pipeline/policy.h"

#include <stdio.h>

static void policy_two_best(const double *p, size_t k, double *first, double *second)
{
    *first = *second = 0;
    for (size_t c = 0; c < k; c++)
        if (p[c] > *first) {
            *second = *first;
            *first = p[c];
        } else if (p[c] > *second) {
            *second = p[c];
        }
}

bool at_policy_judge(const struct at_policy *policy, const double *p, size_t k, char *reason,
                     size_t reason_size)
{
    double first, second;
    policy_two_best(p, k, &first, &second);
    if (policy->min_confidence > 1)
        snprintf(reason, reason_size,
                 "no answer of this model was shown to be right %.0f %% of the time",
                 100 * policy->target_precision);
    else if (first < policy->min_confidence)
        snprintf(reason, reason_size,
                 "confidence %.2f is below %.2f, from where %.0f %% of the answers are right",
                 first, policy->min_confidence, 100 * policy->target_precision);
    else if (first - second < policy->min_margin)
        snprintf(reason, reason_size, "the two likeliest labels are only %.2f apart, not %.2f",
                 first - second, policy->min_margin);
    else
        return true;
    return false;
}

void at_policy_json(const struct at_policy *policy, struct at_json_out *o)
{
    at_json_put_key(o, "policy");
    at_json_object_begin(o);
    at_json_set_real(o, "target_precision", policy->target_precision);
    at_json_set_real(o, "min_confidence", policy->min_confidence);
    at_json_set_real(o, "min_margin", policy->min_margin);
    at_json_object_end(o);
}

static bool policy_read_one(const at_json *policy, const char *name, double most, double *out)
{
    *out = at_json_number(at_json_get(policy, name), 0);
    return *out >= 0 && *out <= most;
}

bool at_policy_read(struct at_policy *out, const at_json *meta)
{
    const at_json *policy = at_json_get(meta, "policy");
    *out = (struct at_policy){0};
    return policy_read_one(policy, "target_precision", 1, &out->target_precision) &&
           policy_read_one(policy, "min_confidence", 2, &out->min_confidence) &&
           policy_read_one(policy, "min_margin", 1, &out->min_margin);
}
