#ifndef AT_PIPELINE_POLICY_H
#define AT_PIPELINE_POLICY_H

#include "base/json.h"
#include "pipeline/conformal.h"

/*
 * When it is better to say nothing. `{0}` always answers.
 */
struct at_policy {
    double target_precision;       /* what min_confidence was made for; 0: it was not */
    double min_confidence;         /* less sure answers are withheld; above 1: all are */
    double min_margin;             /* withheld where the two likeliest labels are closer */
    struct at_conformal conformal; /* alpha 0: no sets */
};

/** true: answer. false: `reason` says why not. p f64[k], k >= 2, best its first maximum. */
bool at_policy_judge(const struct at_policy *policy, const double *p, size_t k, char *reason,
                     size_t reason_size);

/** Member "policy" of an open JSON object; the conformal part is a section of its own. */
void at_policy_json(const struct at_policy *policy, struct at_json_out *o);
/** Reads that member; a missing one is {0}. false: out of range. */
bool at_policy_read(struct at_policy *out, const at_json *meta);

#endif
