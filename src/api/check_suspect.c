/* Labels that look wrong: models answer for fans that they had not seen (train/opinion.h); where
 * they hardly believe the label that was given, a person should look (eval/label_noise.h).
 * Near-duplicates are always on the same side. */
#include <stdio.h>

#include "api/check_run.h"
#include "base/alloc.h"
#include "base/job.h"
#include "eval/label_noise.h"
#include "train/opinion.h"

enum {
    SUSPECT_MIN_FANS = 50,
    SUSPECT_MIN_LABEL = 10, /* two labels need that many */
    SUSPECT_MIN_ROWS = 100, /* members of auto that are meant for this many */
    SUSPECT_SEED = 42
};

struct suspect_run {
    struct at_check_run *check;
    const struct at_check_target *target;
    const struct at_profile **profiles; /* [n] fans with this label */
    uint32_t *y, *group, *index;        /* [n] class; group; row -> fan */
    double *p;                          /* f64[n * k] */
    size_t n, k, n_agree; /* rows; labels; rows whose label the model would give itself */
    struct at_label_noise noise;
};

static uint64_t suspect_seed(const struct at_check_run *run)
{
    if (run->options->seed >= 0)
        return (uint64_t)run->options->seed;
    return run->home ? (uint64_t)run->home->config.values.seed : SUSPECT_SEED;
}

static bool suspect_enough(const struct suspect_run *s)
{
    size_t n_labels = 0, n = 0;
    for (size_t c = 0; c < s->k; c++) {
        n_labels += s->target->usable[c] >= SUSPECT_MIN_LABEL;
        n += (size_t)s->target->usable[c];
    }
    return n >= SUSPECT_MIN_FANS && n_labels >= 2;
}

static attune_status suspect_alloc(struct suspect_run *s, attune_error *err)
{
    const size_t n = s->check->dataset.n;
    s->profiles = AT_ALLOC_RAW(const struct at_profile *, n);
    s->group = AT_ALLOC_RAW(uint32_t, n);
    s->index = AT_ALLOC_RAW(uint32_t, n);
    s->p = AT_ALLOC(double, n * s->k);
    if (!s->profiles || !s->group || !s->index || !s->p)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: answers for %zu fans", n);
    return at_check_classes(s->check, s->target->labels, &s->y, err);
}

/* The fans that carry a label of this target. */
static void suspect_gather(struct suspect_run *s)
{
    for (size_t i = 0; i < s->check->dataset.n; i++) {
        if (s->y[i] == AT_CLASS_NONE)
            continue;
        s->profiles[s->n] = &s->check->dataset.profiles[i];
        s->group[s->n] = s->check->group[i];
        s->y[s->n] = s->y[i]; /* n <= i: nothing that is still to be read */
        s->index[s->n++] = (uint32_t)i;
    }
}

/* The members with which auto starts, on a shorter leash: one that follows the labels less closely
 * is led astray less by the wrong ones. */
static attune_status suspect_recipe(struct at_recipe *recipe, attune_error *err)
{
    static const struct attune_setting settings[] = {{"linear.C", "0.5"},
                                                     {"confidence.calibration", "temperature"}};
    static const struct at_recipe_request request = {.kind = "auto"};
    bool keep[AT_RECIPE_MEMBERS];
    AT_TRY(at_recipe_init(recipe, &request, err));
    for (size_t m = 0; m < recipe->n_members; m++)
        keep[m] = recipe->members[m].min_rows <= SUSPECT_MIN_ROWS;
    at_recipe_keep(recipe, keep);
    return at_recipe_set(recipe, settings, sizeof settings / sizeof *settings, err);
}

/* What models that had not seen a fan say of it. */
static attune_status suspect_answers(struct suspect_run *s, attune_error *err)
{
    struct at_check_run *run = s->check;
    struct at_recipe recipe = {0};
    /* what a model that is thrown away would say of itself is of no use */
    attune_job quiet = run->job ? *run->job : (attune_job){0};
    quiet.log = NULL;
    const struct at_learn_input in = {
        .side = {.profiles = s->profiles, .y = s->y, .group = s->group, .n = s->n},
        .labels = s->target->labels,
        .recipe = &recipe,
        .seed = suspect_seed(run),
        .pool = run->pool,
        .job = &quiet};
    attune_status status = suspect_recipe(&recipe, err);
    if (status == ATTUNE_OK)
        status = at_opinions(s->p, &in, err);
    at_recipe_release(&recipe);
    return status;
}

static bool suspect_agrees(const double *p, size_t k, uint32_t y)
{
    for (size_t c = 0; c < k; c++)
        if (p[c] > p[y])
            return false;
    return true;
}

static attune_status suspect_find(struct suspect_run *s, attune_error *err)
{
    suspect_gather(s);
    AT_TRY(suspect_answers(s, err));
    for (size_t i = 0; i < s->n; i++)
        s->n_agree += suspect_agrees(s->p + i * s->k, s->k, s->y[i]);
    return at_label_noise_find(&s->noise, s->y, s->p, s->n, s->k, err);
}

static void suspect_item(const struct suspect_run *s, const struct at_suspect *x,
                         struct at_json_out *o)
{
    const struct at_labels *labels = s->target->labels;
    at_json_object_begin(o);
    at_json_set_str(o, "fan_id", s->check->dataset.profiles[s->index[x->row]].fan_id);
    at_json_set_str(o, "label", labels->names[x->given]);
    at_json_set_str(o, "proposed", labels->names[x->proposed]);
    at_json_set_real(o, "confidence", x->p_proposed);
    at_json_set_real(o, "confidence_label", x->p_given);
    at_json_object_end(o);
}

static void suspect_json(const struct suspect_run *s, struct at_json_out *o)
{
    const struct at_labels *labels = s->target->labels;
    char text[320];
    if (!s->noise.n_suspects)
        return;
    snprintf(text, sizeof text,
             "%.*s: %zu of %zu labels deserve a second look, the surest first; models that had not "
             "seen them give %.0f %% of all labels themselves",
             (int)labels->target.len, labels->target.ptr, s->noise.n_suspects, s->n,
             100.0 * (double)s->n_agree / (double)s->n);
    at_json_object_begin(o);
    at_json_set_text(o, "level", "warning");
    at_json_set_text(o, "code", "suspect_label");
    at_json_set_str(o, "target", labels->target);
    at_json_set_text(o, "message", text);
    at_json_set_int(o, "count", (int64_t)s->noise.n_suspects);
    at_json_set_real(o, "agreement", (double)s->n_agree / (double)s->n);
    at_json_put_key(o, "suspects");
    at_json_array_begin(o);
    for (size_t i = 0; i < s->noise.n_suspects; i++)
        suspect_item(s, &s->noise.ranked[i], o);
    at_json_array_end(o);
    at_json_object_end(o);
}

static void suspect_too_few(const struct suspect_run *s, const attune_error *why,
                            struct at_json_out *o)
{
    char text[320];
    snprintf(text, sizeof text, "%.*s: not looked for wrong labels: %.200s",
             (int)s->target->labels->target.len, s->target->labels->target.ptr, why->message);
    at_finding_note(o, "note", "no_suspects", text);
}

attune_status at_check_suspects(struct at_check_run *run, const struct at_check_target *target,
                                struct at_json_out *o, attune_error *err)
{
    struct suspect_run s = {.check = run, .target = target, .k = target->labels->n};
    attune_error why = {0};
    attune_status status;
    if (suspect_enough(&s)) {
        status = suspect_alloc(&s, &why);
        if (status == ATTUNE_OK)
            status = suspect_find(&s, &why);
    } else {
        status = at_fail(&why, ATTUNE_NOT_ENOUGH,
                         "that takes %d usable fans, and %d of each of two labels",
                         SUSPECT_MIN_FANS, SUSPECT_MIN_LABEL);
    }
    if (status == ATTUNE_OK)
        suspect_json(&s, o);
    else if (status == ATTUNE_NOT_ENOUGH) /* the rest of the check stands */
        suspect_too_few(&s, &why, o);
    else if (err)
        *err = why;
    at_label_noise_release(&s.noise);
    at_free(s.y);
    at_free(s.profiles);
    at_free(s.group);
    at_free(s.index);
    at_free(s.p);
    return status == ATTUNE_NOT_ENOUGH ? ATTUNE_OK : status;
}
