#include "train/choose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/metrics.h"
#include "train/stack.h"

/* The weights stay near the shares as if this many answers had asked for it. */
static const double choose_shrink = 100;
/* A member that counts for less is not worth its time. */
static const double choose_least = 0.05;

struct choose {
    const struct at_recipe *recipe;
    const struct at_fold_answers *answers;
    size_t k;
    double loss[AT_RECIPE_MEMBERS];                       /* at its best temperature */
    struct at_temperature temperature[AT_RECIPE_MEMBERS]; /* that temperature */
    size_t chosen[AT_RECIPE_MEMBERS];                     /* the best of each kind */
    size_t n_chosen;
    double *p; /* f64[n * n_chosen * k]: their answers, or one candidate's */
};

/* The answers of some members, side by side. */
static void choose_gather(const struct choose *c, const size_t *members, size_t n_members)
{
    const size_t k = c->k, width = c->recipe->n_members * k;
    for (size_t i = 0; i < c->answers->n; i++)
        for (size_t m = 0; m < n_members; m++)
            memcpy(c->p + (i * n_members + m) * k, c->answers->p + i * width + members[m] * k,
                   k * sizeof *c->p);
}

/* ... at the temperature of each. */
static void choose_temper(const struct choose *c, const size_t *members, size_t n_members)
{
    for (size_t i = 0; i < c->answers->n; i++)
        for (size_t m = 0; m < n_members; m++)
            at_temperature_apply(&c->temperature[members[m]], c->p + (i * n_members + m) * c->k,
                                 c->k);
}

static struct at_stack_input choose_stack(const struct choose *c, size_t n_members)
{
    return (struct at_stack_input){.p = c->p,
                                   .y = c->answers->y,
                                   .n = c->answers->n,
                                   .n_members = n_members,
                                   .k = c->k,
                                   .shrink = choose_shrink};
}

static attune_status choose_candidate(struct choose *c, size_t m, struct at_learned_candidate *told,
                                      attune_error *err)
{
    const struct at_fold_answers *a = c->answers;
    const double one = 1;
    struct at_metrics metrics;
    const struct at_stack_input in = choose_stack(c, 1);
    choose_gather(c, &m, 1);
    AT_TRY(at_temperature_fit(&c->temperature[m], 0, c->p, a->y, a->n, c->k, err));
    choose_temper(c, &m, 1);
    AT_TRY(at_stack_loss(&c->loss[m], &one, &in, err));
    AT_TRY(at_metrics_compute(&metrics, a->y, c->p, a->n, c->k, 0, 0, err));
    snprintf(told->name, sizeof told->name, "%s", c->recipe->members[m].name);
    told->accuracy = metrics.accuracy;
    told->macro_f1 = metrics.macro.f1;
    told->log_loss = c->loss[m];
    at_metrics_release(&metrics);
    return ATTUNE_OK;
}

static void choose_best_of_kinds(struct choose *c)
{
    const struct at_recipe_member *members = c->recipe->members;
    for (size_t m = 0; m < c->recipe->n_members; m++) {
        size_t i = 0;
        while (i < c->n_chosen && members[c->chosen[i]].kind != members[m].kind)
            i++;
        if (i == c->n_chosen)
            c->chosen[c->n_chosen++] = m;
        else if (c->loss[m] < c->loss[c->chosen[i]])
            c->chosen[i] = m;
    }
}

/* Who would answer alone: the best, or, while that may be luck, the one with the largest share. */
static size_t choose_alone(const struct choose *c)
{
    const bool few = c->answers->n < AT_CHOOSE_STACK;
    size_t best = c->chosen[0];
    for (size_t i = 1; i < c->n_chosen; i++) {
        const size_t m = c->chosen[i];
        if (few ? c->recipe->members[m].share > c->recipe->members[best].share
                : c->loss[m] < c->loss[best])
            best = m;
    }
    return best;
}

/* They sum to 1: how sharp the pool is, is the calibration's business. */
static void choose_normalise(double *weight, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weight[i] = weight[i] < choose_least ? 0 : weight[i];
    for (size_t i = 0; i < n && sum > 0; i++)
        weight[i] /= sum;
}

/* Weights of the pool of the best of each kind; *loss is corrected for having been fitted. */
static attune_status choose_pool(struct choose *c, double *weight, double *loss, attune_error *err)
{
    const struct at_stack_input in = choose_stack(c, c->n_chosen);
    const bool fitted = c->answers->n >= AT_CHOOSE_STACK;
    choose_gather(c, c->chosen, c->n_chosen);
    choose_temper(c, c->chosen, c->n_chosen);
    for (size_t i = 0; i < c->n_chosen; i++)
        weight[i] = c->recipe->members[c->chosen[i]].share;
    choose_normalise(weight, c->n_chosen);
    if (fitted)
        AT_TRY(at_stack_fit(weight, &in, err));
    AT_TRY(at_stack_loss(loss, weight, &in, err));
    if (fitted)
        *loss += (double)(c->n_chosen - 1) / (double)c->answers->n;
    choose_normalise(weight, c->n_chosen);
    return ATTUNE_OK;
}

/* One member alone: the calibration brings it to honesty with a prior that fits a model which is
 * nearly there. One that is far from it (naive Bayes) keeps its own temperature before that. */
static struct at_voice choose_voice_alone(const struct choose *c, size_t m)
{
    const double far = log(3);
    struct at_voice voice = at_voice_equal(1);
    if (fabs(log(c->temperature[m].t)) > far)
        voice.temperature = c->temperature[m];
    return voice;
}

static attune_status choose_combine(struct choose *c, struct at_voice *voice,
                                    struct at_learned *told, attune_error *err)
{
    const size_t best = choose_alone(c);
    const char *name = c->recipe->members[best].name;
    double weight[AT_RECIPE_MEMBERS], loss = INFINITY;
    if (c->n_chosen > 1)
        AT_TRY(choose_pool(c, weight, &loss, err));
    for (size_t m = 0; m < c->recipe->n_members; m++)
        voice[m] = (struct at_voice){0, c->temperature[m]};
    if (!(loss < c->loss[best])) {
        voice[best] = choose_voice_alone(c, best);
        if (c->n_chosen > 1)
            snprintf(told->why, sizeof told->why,
                     "%s alone, log-loss %.3f; together it would be %.3f", name, c->loss[best],
                     loss);
        else if (c->recipe->n_members > 1)
            snprintf(told->why, sizeof told->why, "%s, with the lowest log-loss, %.3f", name,
                     c->loss[best]);
        return ATTUNE_OK;
    }
    for (size_t i = 0; i < c->n_chosen; i++)
        voice[c->chosen[i]].weight = weight[i];
    snprintf(told->why, sizeof told->why,
             "all with a weight together: log-loss %.3f; %s alone has %.3f", loss, name,
             c->loss[best]);
    return ATTUNE_OK;
}

attune_status at_choose(struct at_voice *voice, struct at_learned *told,
                        const struct at_recipe *recipe, const struct at_fold_answers *answers,
                        size_t n_classes, attune_error *err)
{
    struct choose c = {.recipe = recipe, .answers = answers, .k = n_classes};
    attune_status status = ATTUNE_OK;
    c.p = AT_ALLOC_RAW(double, answers->n * recipe->n_members * n_classes);
    if (!c.p)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu answers", answers->n);
    told->n_candidates = recipe->n_members;
    for (size_t m = 0; m < recipe->n_members && status == ATTUNE_OK; m++)
        status = choose_candidate(&c, m, &told->candidate[m], err);
    if (status == ATTUNE_OK) {
        choose_best_of_kinds(&c);
        status = choose_combine(&c, voice, told, err);
    }
    for (size_t m = 0; m < recipe->n_members && status == ATTUNE_OK; m++)
        told->candidate[m].weight = voice[m].weight;
    at_free(c.p);
    return status;
}
