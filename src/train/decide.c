#include "train/decide.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/calibration_error.h"
#include "train/choose.h"
#include "train/stack.h"

enum { DECIDE_PARTS = 5 };
/* The temperature stays near 1 as if this many answers had asked for it. */
static const double decide_shrink = 20;
/* Curves must beat the temperature by this share of its log-loss: they can change the answer. */
static const double decide_gain = 0.01;

/* What the chosen members say together. */
struct decide_pooled {
    double *p; /* f64[n * k] */
    uint32_t *y;
    size_t n, k;
};

static attune_status decide_pool(struct decide_pooled *out, const struct at_recipe *recipe,
                                 const double *weight, const struct at_fold_answers *answers,
                                 attune_error *err)
{
    const size_t k = out->k, n_members = recipe->n_members;
    double said[AT_RECIPE_MEMBERS];
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
            if (weight[m] > 0) {
                memcpy(row + n_said * k, answers->p + (i * n_members + m) * k, k * sizeof *row);
                said[n_said++] = weight[m];
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

static attune_status decide_temperature(struct at_calibration *out,
                                        const struct decide_pooled *pooled, attune_error *err)
{
    const struct at_stack_input in = {.p = pooled->p,
                                      .y = pooled->y,
                                      .n = pooled->n,
                                      .n_members = 1,
                                      .k = pooled->k,
                                      .shrink = decide_shrink};
    double sharpness = 1;
    AT_TRY(at_stack_fit(&sharpness, &in, err));
    *out = (struct at_calibration){.kind = AT_CALIBRATION_TEMPERATURE,
                                   .n_classes = pooled->k,
                                   .n_rows = pooled->n,
                                   .temperature = fmin(20, fmax(0.05, 1 / sharpness))};
    return ATTUNE_OK;
}

static attune_status decide_fit(struct at_calibration *out, enum at_calibration_kind kind,
                                const struct decide_pooled *pooled, attune_error *err)
{
    return kind == AT_CALIBRATION_TEMPERATURE
               ? decide_temperature(out, pooled, err)
               : at_calibration_fit(out, kind, pooled->p, pooled->y, pooled->n, pooled->k, err);
}

/* Sum of -log p of the rows i with i % DECIDE_PARTS == part. */
static double decide_loss(const struct at_calibration *c, const struct decide_pooled *pooled,
                          size_t part, double *row)
{
    double loss = 0;
    for (size_t i = part; i < pooled->n; i += DECIDE_PARTS) {
        memcpy(row, pooled->p + i * pooled->k, pooled->k * sizeof *row);
        at_calibration_apply(c, row, NULL);
        loss -= log(fmax(row[pooled->y[i]], 1e-12));
    }
    return loss;
}

/* Mean log-loss of a kind of calibration on answers that it was not fitted on. */
static attune_status decide_try(double *out, enum at_calibration_kind kind,
                                const struct decide_pooled *pooled, attune_error *err)
{
    const size_t k = pooled->k;
    struct decide_pooled others = {.k = k};
    double *row = AT_ALLOC_RAW(double, k);
    attune_status status = ATTUNE_OK;
    others.p = AT_ALLOC_RAW(double, pooled->n *k);
    others.y = AT_ALLOC_RAW(uint32_t, pooled->n);
    if (!row || !others.p || !others.y)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: calibration");
    *out = 0;
    for (size_t part = 0; part < DECIDE_PARTS && status == ATTUNE_OK; part++) {
        struct at_calibration c = {0};
        others.n = 0;
        for (size_t i = 0; i < pooled->n; i++)
            if (i % DECIDE_PARTS != part) {
                memcpy(others.p + others.n * k, pooled->p + i * k, k * sizeof *row);
                others.y[others.n++] = pooled->y[i];
            }
        status = decide_fit(&c, kind, &others, err);
        if (status == ATTUNE_OK)
            *out += decide_loss(&c, pooled, part, row) / (double)pooled->n;
        at_calibration_release(&c);
    }
    decide_pooled_release(&others);
    at_free(row);
    return status;
}

static attune_status decide_calibration(struct at_calibration *out, enum at_calibration_kind kind,
                                        const struct decide_pooled *pooled, attune_error *err)
{
    double temperature = 0, curves = INFINITY;
    if (kind == AT_CALIBRATION_AUTO && pooled->n >= AT_DECIDE_CURVES) {
        AT_TRY(decide_try(&temperature, AT_CALIBRATION_TEMPERATURE, pooled, err));
        AT_TRY(decide_try(&curves, AT_CALIBRATION_VENN_ABERS, pooled, err));
    }
    if (kind == AT_CALIBRATION_AUTO)
        kind = curves < (1 - decide_gain) * temperature ? AT_CALIBRATION_VENN_ABERS
                                                        : AT_CALIBRATION_TEMPERATURE;
    return decide_fit(out, kind, pooled, err);
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
    told->calibration = at_calibration_names[c->kind];
    told->temperature = c->kind == AT_CALIBRATION_TEMPERATURE ? c->temperature : 1;
}

attune_status at_decide(struct at_decision *out, struct at_learned *told,
                        const struct at_recipe *recipe, const struct at_fold_answers *answers,
                        size_t n_classes, attune_error *err)
{
    const enum at_calibration_kind kind = (enum at_calibration_kind)recipe->confidence.calibration;
    struct decide_pooled pooled = {.k = n_classes};
    *out = (struct at_decision){0};
    attune_status status = at_choose(out->weight, told, recipe, answers, n_classes, err);
    if (status == ATTUNE_OK)
        status = decide_pool(&pooled, recipe, out->weight, answers, err);
    if (status == ATTUNE_OK)
        status = decide_calibration(&out->calibration, kind, &pooled, err);
    if (status == ATTUNE_OK) {
        for (size_t i = 0; i < pooled.n; i++)
            at_calibration_apply(&out->calibration, pooled.p + i * n_classes, NULL);
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
