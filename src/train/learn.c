#include "train/learn.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/job.h"
#include "train/decide.h"
#include "train/fold.h"

/* Profiles picked from a side. */
struct learn_part {
    const struct at_profile **profiles;
    uint32_t *y, *group, *index;
    bool *alone;
    size_t n;
};

static attune_status learn_part_alloc(struct learn_part *part, size_t cap, attune_error *err)
{
    part->profiles = AT_ALLOC_RAW(const struct at_profile *, cap);
    part->y = AT_ALLOC_RAW(uint32_t, cap);
    part->group = AT_ALLOC_RAW(uint32_t, cap);
    part->index = AT_ALLOC_RAW(uint32_t, cap);
    part->alone = AT_ALLOC_RAW(bool, cap);
    if (!part->profiles || !part->y || !part->group || !part->index || !part->alone)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", cap);
    return ATTUNE_OK;
}

static void learn_part_release(struct learn_part *part)
{
    at_free(part->profiles);
    at_free(part->y);
    at_free(part->group);
    at_free(part->index);
    at_free(part->alone);
}

static void learn_part_add(struct learn_part *part, const struct at_learn_side *side, size_t i)
{
    part->profiles[part->n] = side->profiles[i];
    part->y[part->n] = side->y[i];
    part->group[part->n] = side->group ? side->group[i] : (uint32_t)i;
    part->index[part->n] = (uint32_t)i;
    part->alone[part->n++] = side->alone && side->alone[i];
}

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
    const struct at_confidence_options *o = &recipe->confidence;
    return recipe->n_members > 1 || o->calibration != AT_CALIBRATION_NONE ||
           o->target_precision > 0;
}

/* Too few to try anything: each candidate's word counts the same, and nothing is corrected. */
static void learn_equal(struct at_decision *decision, const struct at_recipe *recipe)
{
    for (size_t m = 0; m < recipe->n_members; m++)
        decision->voice[m] = at_voice_equal(recipe->n_members);
}

/* *out_survey is what was known of the side's profiles for it, or NULL; the caller's in any case.
 */
static attune_status learn_decide(struct at_decision *decision, struct at_survey **out_survey,
                                  struct at_learned *told, const struct at_recipe *recipe,
                                  const struct at_learn_input *in, attune_error *err)
{
    struct at_fold_answers answers;
    attune_error why = {0};
    attune_status status = at_fold_run(&answers, in, recipe, &why);
    if (status == ATTUNE_NOT_ENOUGH) {
        snprintf(told->why, sizeof told->why, "not cross-validated: %.120s", why.message);
        learn_equal(decision, recipe);
        return ATTUNE_OK;
    }
    if (status != ATTUNE_OK && err)
        *err = why;
    if (status == ATTUNE_OK) {
        told->n_answers = answers.n;
        told->n_folds = answers.n_folds;
        told->out_of_time = answers.out_of_time;
        status = at_decide(decision, told, recipe, &answers, in->labels->n, err);
        *out_survey = answers.survey;
        answers.survey = NULL;
    }
    at_fold_release(&answers);
    return status;
}

/* Members that count, with their weights. */
static void learn_keep_chosen(struct at_recipe *recipe, struct at_voice *voice)
{
    bool keep[AT_RECIPE_MEMBERS];
    size_t n = 0;
    for (size_t m = 0; m < recipe->n_members; m++)
        keep[m] = voice[m].weight > 0;
    for (size_t m = 0; m < recipe->n_members; m++)
        if (keep[m])
            voice[n++] = voice[m];
    at_recipe_keep(recipe, keep);
}

static size_t learn_count(const struct at_learn_side *side)
{
    size_t n = 0;
    for (size_t i = 0; i < side->n; i++)
        n += !side->alone || !side->alone[i];
    return n;
}

/* The chosen ones learn from every profile that is not `alone`. survey: of the side, or NULL. */
static attune_status learn_fit(struct at_pipeline **out, const struct at_recipe *recipe,
                               struct at_decision *decision, const struct at_survey *survey,
                               struct at_pipeline_seconds *seconds, const struct at_learn_input *in,
                               attune_error *err)
{
    const struct at_learn_side *side = &in->side;
    struct learn_part part = {0};
    const size_t n = learn_count(side);
    const bool some = n < side->n || survey;
    attune_status status = learn_part_alloc(&part, some ? n : 0, err);
    for (size_t i = 0; i < side->n && some && status == ATTUNE_OK; i++)
        if (!side->alone || !side->alone[i])
            learn_part_add(&part, side, i);
    const struct at_profile *const *profiles = some ? part.profiles : side->profiles;
    struct at_languages languages = {0};
    if (status == ATTUNE_OK)
        at_languages_count(&languages, profiles, n);
    const struct at_pipeline_fit fit = {.recipe = recipe,
                                        .voice = decision->voice,
                                        .calibration = &decision->calibration,
                                        .policy = &decision->policy,
                                        .languages = &languages,
                                        .labels = in->labels,
                                        .profiles = profiles,
                                        .y = some ? part.y : side->y,
                                        .n = n,
                                        .survey = survey,
                                        .index = part.index,
                                        .seed = in->seed,
                                        .pool = in->pool,
                                        .job = in->job,
                                        .read_once = in->read_once};
    if (status == ATTUNE_OK)
        status = at_pipeline_fit(out, &fit, seconds, err);
    learn_part_release(&part);
    return status;
}

static attune_status learn_all(struct at_pipeline **out, struct at_learned *told,
                               struct at_pipeline_seconds *seconds, const struct at_learn_input *in,
                               attune_error *err)
{
    struct at_recipe recipe = at_recipe_share(in->recipe);
    struct at_decision decision = {.voice = {at_voice_equal(1)}};
    struct at_survey *survey = NULL;
    attune_status status = ATTUNE_OK;
    learn_keep_fitting(&recipe, learn_count(&in->side));
    if (learn_must_decide(&recipe)) {
        status = learn_decide(&decision, &survey, told, &recipe, in, err);
        learn_keep_chosen(&recipe, decision.voice);
    }
    if (status == ATTUNE_OK)
        status = learn_fit(out, &recipe, &decision, survey, seconds, in, err);
    at_survey_destroy(survey);
    at_decision_release(&decision);
    return status;
}

/* ---- Sets with a guarantee: profiles held back from everything else ---- */

static attune_status learn_conformal(struct at_pipeline *p, const struct learn_part *held,
                                     const struct at_learn_input *in, attune_error *err)
{
    const size_t k = in->labels->n;
    double *said = AT_ALLOC_RAW(double, held->n *k);
    attune_status status =
        said ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: sets of labels");
    if (status == ATTUNE_OK)
        status = at_pipeline_predict(p, held->profiles, held->n, said, in->pool, err);
    if (status == ATTUNE_OK)
        status = at_conformal_fit(&p->policy.conformal, AT_CONFORMAL_LAC,
                                  in->recipe->confidence.conformal, said, held->y, held->n, k, err);
    at_free(said);
    return status;
}

static attune_status learn_with_sets(struct at_pipeline **out, struct at_learned *told,
                                     struct at_pipeline_seconds *seconds,
                                     const struct at_learn_input *in, attune_error *err)
{
    const struct at_learn_side *side = &in->side;
    struct learn_part rest = {0}, held = {0};
    struct at_learn_input inner = *in;
    uint8_t *fold = AT_ALLOC_RAW(uint8_t, side->n);
    attune_status status =
        fold ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: sets of labels");
    if (status == ATTUNE_OK)
        status = at_fold_deal(fold, in, AT_LEARN_HELD_BACK, err);
    if (status == ATTUNE_OK)
        status = learn_part_alloc(&rest, side->n, err);
    if (status == ATTUNE_OK)
        status = learn_part_alloc(&held, side->n, err);
    for (size_t i = 0; i < side->n && status == ATTUNE_OK; i++)
        learn_part_add(fold[i] == 0 ? &held : &rest, side, i);
    if (status == ATTUNE_OK) {
        inner.read_once = (struct at_read_once){0};
        inner.side = (struct at_learn_side){rest.profiles, rest.y, rest.group, rest.alone, rest.n};
        status = learn_all(out, told, seconds, &inner, err);
    }
    if (status == ATTUNE_OK)
        status = learn_conformal(*out, &held, in, err);
    if (status == ATTUNE_OK)
        told->n_conformal = held.n;
    at_free(fold);
    learn_part_release(&rest);
    learn_part_release(&held);
    return status;
}

attune_status at_learn(struct at_pipeline **out, struct at_learned *told,
                       struct at_pipeline_seconds *seconds, const struct at_learn_input *in,
                       attune_error *err)
{
    struct at_learned unread;
    *out = NULL;
    told = told ? told : &unread;
    *told = (struct at_learned){0};
    const attune_status status = in->recipe->confidence.conformal > 0
                                     ? learn_with_sets(out, told, seconds, in, err)
                                     : learn_all(out, told, seconds, in, err);
    if (status != ATTUNE_OK) {
        at_pipeline_destroy(*out);
        *out = NULL;
    }
    return status;
}
