#include "train/decide.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/calibration_error.h"
#include "train/choose.h"

/* What the chosen members say together. */
struct decide_pooled {
    double *p; /* f64[n * k] */
    uint32_t *y;
    size_t n, k;
};

static attune_status decide_pool(struct decide_pooled *out, const struct at_recipe *recipe,
                                 const struct at_voice *voice,
                                 const struct at_fold_answers *answers, attune_error *err)
{
    const size_t k = out->k, n_members = recipe->n_members;
    struct at_voice said[AT_RECIPE_MEMBERS];
    double *row = AT_ALLOC_RAW(double, n_members *k);
    out->p = AT_ALLOC_RAW(double, answers->n *k);
    out->y = AT_ALLOC_RAW(uint32_t, answers->n);
    if (!out->p || !out->y || !row) {
        at_free(row);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: calibration");
    }
    out->n = answers->n;
    memcpy(out->y, answers->y, answers->n * sizeof *out->y);
    for (size_t i = 0; i < answers->n; i++) {
        size_t n_said = 0;
        for (size_t m = 0; m < n_members; m++)
            if (voice[m].weight > 0) {
                memcpy(row + n_said * k, answers->p + (i * n_members + m) * k, k * sizeof *row);
                said[n_said++] = voice[m];
            }
        at_confidence_pool(out->p + i * k, row, said, n_said, k);
    }
    at_free(row);
    return ATTUNE_OK;
}

static void decide_pooled_release(struct decide_pooled *pooled)
{
    at_free(pooled->p);
    at_free(pooled->y);
}

static attune_status decide_policy(struct at_policy *policy, struct at_learned *told,
                                   const struct at_confidence_options *options,
                                   const struct decide_pooled *pooled, attune_error *err)
{
    policy->min_margin = options->min_margin;
    if (!(options->target_precision > 0))
        return ATTUNE_OK;
    struct at_answer *answers = AT_ALLOC_RAW(struct at_answer, pooled->n);
    if (!answers)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: threshold");
    at_answers(answers, pooled->y, pooled->p, pooled->n, pooled->k);
    told->threshold = at_threshold_for_precision(options->target_precision, answers, pooled->n,
                                                 AT_COVERAGE_CONFIDENCE);
    at_free(answers);
    policy->target_precision = options->target_precision;
    policy->min_confidence = fmin(2, told->threshold.threshold); /* JSON has no infinity */
    return ATTUNE_OK;
}

static void decide_tell(struct at_learned *told, const struct at_calibration *c,
                        const struct decide_pooled *pooled)
{
    struct at_reliability_bin bins[AT_RELIABILITY_BINS];
    double loss = 0;
    for (size_t i = 0; i < pooled->n; i++)
        loss -= log(fmax(pooled->p[i * pooled->k + pooled->y[i]], 1e-12));
    at_reliability(bins, AT_RELIABILITY_BINS, pooled->y, pooled->p, pooled->n, pooled->k);
    told->log_loss = loss / (double)pooled->n;
    told->ece = at_ece(bins, AT_RELIABILITY_BINS);
    told->calibration = at_calibration_name(c->kind);
    told->temperature = c->kind == AT_CALIBRATION_TEMPERATURE ? c->temperature.t : 1;
}

attune_status at_decide(struct at_decision *out, struct at_learned *told,
                        const struct at_recipe *recipe, const struct at_fold_answers *answers,
                        size_t n_classes, attune_error *err)
{
    const enum at_calibration_kind kind = (enum at_calibration_kind)recipe->confidence.calibration;
    struct decide_pooled pooled = {.k = n_classes};
    *out = (struct at_decision){0};
    attune_status status = at_choose(out->voice, told, recipe, answers, n_classes, err);
    if (status == ATTUNE_OK)
        status = decide_pool(&pooled, recipe, out->voice, answers, err);
    if (status == ATTUNE_OK)
        status = at_calibration_fit(&out->calibration, kind, pooled.p, pooled.y, pooled.n,
                                    n_classes, err);
    if (status == ATTUNE_OK) {
        for (size_t i = 0; i < pooled.n; i++) {
            at_calibration_apply(&out->calibration, pooled.p + i * n_classes, NULL);
            if (out->calibration.kind != AT_CALIBRATION_NONE)
                at_confidence_bound(pooled.p + i * n_classes, n_classes, pooled.n);
        }
        decide_tell(told, &out->calibration, &pooled);
        status = decide_policy(&out->policy, told, &recipe->confidence, &pooled, err);
    }
    decide_pooled_release(&pooled);
    return status;
}

void at_decision_release(struct at_decision *decision)
{
    at_calibration_release(&decision->calibration);
}
