#include "train/learn.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/job.h"
#include "train/choose.h"
#include "train/fold.h"

/* Candidates for this many profiles; all of them when the recipe has none for it. */
static void learn_keep_fitting(struct at_recipe *recipe, size_t n)
{
    bool keep[AT_RECIPE_MEMBERS], any = false;
    for (size_t m = 0; m < recipe->n_members; m++) {
        const struct at_recipe_member *member = &recipe->members[m];
        keep[m] = n >= member->min_rows && (!member->max_rows || n < member->max_rows);
        any = any || keep[m];
    }
    if (any)
        at_recipe_keep(recipe, keep);
}

static bool learn_must_decide(const struct at_recipe *recipe)
{
    return recipe->n_members > 1 || recipe->confidence.calibration != AT_CALIBRATION_NONE;
}

/* Nothing was learnt about the candidates: each one's word counts the same. */
static void learn_equal(double *weight, const struct at_recipe *recipe)
{
    for (size_t m = 0; m < recipe->n_members; m++)
        weight[m] = 1.0 / (double)recipe->n_members;
}

/* The calibration of what the chosen members say together, out of fold. */
static attune_status learn_calibrate(struct at_calibration *out, const struct at_recipe *recipe,
                                     const double *weight, const struct at_fold_answers *answers,
                                     size_t k, attune_error *err)
{
    const size_t n = answers->n, n_members = recipe->n_members;
    double said[AT_RECIPE_MEMBERS];
    double *p = AT_ALLOC_RAW(double, n *k), *row = AT_ALLOC_RAW(double, n_members *k);
    attune_status status = ATTUNE_OK;
    if (!p || !row)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: calibration");
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++) {
        size_t n_said = 0;
        for (size_t m = 0; m < n_members; m++)
            if (weight[m] > 0) {
                memcpy(row + n_said * k, answers->p + (i * n_members + m) * k, k * sizeof *row);
                said[n_said++] = weight[m];
            }
        at_confidence_pool(p + i * k, row, said, n_said, k);
    }
    if (status == ATTUNE_OK)
        status = at_calibration_fit(out, (enum at_calibration_kind)recipe->confidence.calibration,
                                    p, answers->y, n, k, err);
    at_free(p);
    at_free(row);
    return status;
}

static attune_status learn_decide(struct at_recipe *recipe, double *weight,
                                  struct at_calibration *calibration, struct at_learned *told,
                                  const struct at_learn_input *in, attune_error *err)
{
    struct at_fold_answers answers;
    attune_status status = at_fold_run(&answers, in, recipe, err);
    if (status == ATTUNE_NOT_ENOUGH) {
        snprintf(told->why, sizeof told->why, "%.120s", err ? err->message : "too few profiles");
        learn_equal(weight, recipe);
        return ATTUNE_OK;
    }
    if (status == ATTUNE_OK) {
        told->n_answers = answers.n;
        told->n_folds = answers.n_folds;
        told->out_of_time = answers.out_of_time;
        status = at_choose(weight, told, recipe, &answers, in->labels->n, err);
        if (status == ATTUNE_OK)
            status = learn_calibrate(calibration, recipe, weight, &answers, in->labels->n, err);
    }
    at_fold_release(&answers);
    return status;
}

/* Members that count, with their weights. */
static void learn_keep_chosen(struct at_recipe *recipe, double *weight)
{
    bool keep[AT_RECIPE_MEMBERS];
    size_t n = 0;
    for (size_t m = 0; m < recipe->n_members; m++)
        keep[m] = weight[m] > 0;
    for (size_t m = 0; m < recipe->n_members; m++)
        if (keep[m])
            weight[n++] = weight[m];
    at_recipe_keep(recipe, keep);
}

static size_t learn_count(const struct at_learn_side *side)
{
    size_t n = 0;
    for (size_t i = 0; i < side->n; i++)
        n += !side->alone || !side->alone[i];
    return n;
}

/* The chosen ones learn from every profile that is not `alone`. */
static attune_status learn_fit(struct at_pipeline **out, const struct at_recipe *recipe,
                               const double *weight, struct at_calibration *calibration,
                               struct at_pipeline_seconds *seconds,
                               const struct at_learn_input *in, attune_error *err)
{
    const struct at_learn_side *side = &in->side;
    const struct at_profile **profiles = AT_ALLOC_RAW(const struct at_profile *, side->n);
    uint32_t *y = AT_ALLOC_RAW(uint32_t, side->n);
    size_t n = 0;
    attune_status status = ATTUNE_OK;
    if (!profiles || !y)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", side->n);
    for (size_t i = 0; i < side->n && status == ATTUNE_OK; i++)
        if (!side->alone || !side->alone[i]) {
            profiles[n] = side->profiles[i];
            y[n++] = side->y[i];
        }
    const struct at_pipeline_fit fit = {.recipe = recipe,
                                        .weight = weight,
                                        .calibration = calibration,
                                        .labels = in->labels,
                                        .profiles = profiles,
                                        .y = y,
                                        .n = n,
                                        .seed = in->seed,
                                        .pool = in->pool,
                                        .job = in->job};
    if (status == ATTUNE_OK)
        status = at_pipeline_fit(out, &fit, seconds, err);
    at_free(profiles);
    at_free(y);
    return status;
}

attune_status at_learn(struct at_pipeline **out, struct at_learned *told,
                       struct at_pipeline_seconds *seconds, const struct at_learn_input *in,
                       attune_error *err)
{
    struct at_learned unread;
    struct at_recipe recipe = at_recipe_share(in->recipe);
    struct at_calibration calibration = {0};
    double weight[AT_RECIPE_MEMBERS] = {1};
    attune_status status = ATTUNE_OK;
    *out = NULL;
    told = told ? told : &unread;
    *told = (struct at_learned){0};
    learn_keep_fitting(&recipe, learn_count(&in->side));
    if (learn_must_decide(&recipe)) {
        status = learn_decide(&recipe, weight, &calibration, told, in, err);
        learn_keep_chosen(&recipe, weight);
    }
    if (status == ATTUNE_OK)
        status = learn_fit(out, &recipe, weight, &calibration, seconds, in, err);
    at_calibration_release(&calibration);
    return status;
}
