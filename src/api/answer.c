/* One answer, as contract section 3 has it. */
#include <stdio.h>

#include "api/home_language.h"
#include "api/predictor.h"
#include "base/alloc.h"
#include "eval/metrics.h"

struct at_answerer {
    const attune_predictor *predictor;
    struct at_session **sessions;
    double *p;
};

attune_status at_answerer_create(struct at_answerer **out, const attune_predictor *predictor,
                                 attune_error *err)
{
    *out = NULL;
    struct at_answerer *a = AT_ALLOC(struct at_answerer, 1);
    attune_status status = ATTUNE_OK;
    if (!a)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: answers");
    a->predictor = predictor;
    a->sessions = AT_ALLOC(struct at_session *, predictor->n_parts);
    a->p = AT_ALLOC(double, predictor->max_labels);
    if (!a->sessions || !a->p)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: answers");
    for (size_t i = 0; i < predictor->n_parts && status == ATTUNE_OK; i++)
        status = at_session_create(&a->sessions[i], predictor->parts[i].pipeline, err);
    if (status != ATTUNE_OK) {
        at_answerer_destroy(a);
        return status;
    }
    *out = a;
    return ATTUNE_OK;
}

void at_answerer_destroy(struct at_answerer *a)
{
    if (!a)
        return;
    for (size_t i = 0; a->sessions && i < a->predictor->n_parts; i++)
        at_session_destroy(a->sessions[i]);
    at_free(a->sessions);
    at_free(a->p);
    at_free(a);
}

static size_t answer_received(const struct at_profile *profile)
{
    size_t n = 0;
    for (size_t i = 0; i < profile->n_messages; i++)
        n += profile->messages[i].from == AT_FROM_FAN && profile->messages[i].text.len > 0;
    return n;
}

static void answer_probabilities(struct at_json_out *o, const struct at_labels *labels,
                                 const double *p)
{
    at_json_put_key(o, "probabilities");
    at_json_object_begin(o);
    for (size_t c = 0; c < labels->n; c++) {
        at_json_put_key_str(o, labels->names[c]);
        at_json_put_real(o, p[c]);
    }
    at_json_object_end(o);
}

/* The labels of the conformal set. */
static void answer_set(struct at_json_out *o, const struct at_pipeline *pipeline, const double *p)
{
    bool in_set[AT_LABELS_MAX];
    if (!(pipeline->policy.conformal.alpha > 0))
        return;
    at_conformal_set(&pipeline->policy.conformal, p, in_set);
    at_json_put_key(o, "prediction_set");
    at_json_array_begin(o);
    for (size_t c = 0; c < pipeline->labels.n; c++)
        if (in_set[c])
            at_json_put_str(o, pipeline->labels.names[c]);
    at_json_array_end(o);
}

/* What spoke loudest for and against the likeliest label, whether it was told or withheld. */
static attune_status answer_explain(const struct at_answerer *a, size_t part, uint32_t best,
                                    const struct at_profile *profile, struct at_json_out *o,
                                    attune_error *err)
{
    enum { MOST = 10 };
    struct at_explanation e = {0};
    bool told;
    attune_status status = at_session_explain(a->sessions[part], profile, best, &e, &told, err);
    at_json_put_key(o, "explanation");
    if (status == ATTUNE_OK && told) {
        at_json_array_begin(o);
        for (size_t i = 0; i < e.n && i < MOST; i++) {
            at_json_object_begin(o);
            at_json_set_str(o, "feature", e.items[i].name);
            at_json_set_real(o, "weight", e.items[i].weight);
            at_json_object_end(o);
        }
        at_json_array_end(o);
    } else {
        at_json_put_null(o);
    }
    at_explanation_release(&e);
    return status;
}

/* What is known of a fan before any model is asked. */
struct answer_fan {
    const struct at_profile *profile;
    size_t n_received;
    struct at_profile_language language;
};

struct answer_verdict {
    bool abstained;
    char reason[160];
};

/* The first reason to say nothing, from what needs no model to what the caller asks for. */
static struct answer_verdict answer_judge(const struct at_answerer *a,
                                          const struct at_pipeline *pipeline, double confidence,
                                          const struct answer_fan *fan)
{
    struct answer_verdict v = {.abstained = true};
    const double least = a->predictor->min_confidence;
    if (fan->n_received == 0 && a->predictor->home)
        snprintf(v.reason, sizeof v.reason, "the fan wrote no message");
    else if (at_languages_refuse(&pipeline->languages, &fan->language))
        snprintf(v.reason, sizeof v.reason, "language '%.*s' was not in the training data",
                 at_str_clip(fan->language.tag, 40), fan->language.tag.ptr);
    else if (confidence < least)
        snprintf(v.reason, sizeof v.reason, "confidence %.2f is below %.2f", confidence, least);
    else
        v.abstained = !at_policy_judge(&pipeline->policy, a->p, pipeline->labels.n, v.reason,
                                       sizeof v.reason);
    return v;
}

static attune_status answer_part(const struct at_answerer *a, struct at_json_out *o, size_t i,
                                 const struct answer_fan *fan, attune_error *err)
{
    const struct at_answer_part *part = &a->predictor->parts[i];
    const struct at_labels *labels = &part->pipeline->labels;
    const size_t best = at_argmax(a->p, labels->n);
    const struct answer_verdict v = answer_judge(a, part->pipeline, a->p[best], fan);
    at_json_put_key_str(o, labels->target);
    at_json_object_begin(o);
    at_json_put_key(o, "label");
    if (v.abstained)
        at_json_put_null(o);
    else
        at_json_put_str(o, labels->names[best]);
    at_json_set_real(o, "confidence", a->p[best]);
    answer_probabilities(o, labels, a->p);
    at_json_set_bool(o, "abstained", v.abstained);
    at_json_set_text(o, "reason", v.abstained ? v.reason : NULL);
    answer_set(o, part->pipeline, a->p);
    if (part->version)
        at_json_set_int(o, "version", part->version);
    at_json_set_text(o, "kind", at_pipeline_kind_name(part->pipeline));
    if (a->predictor->explain)
        AT_TRY(answer_explain(a, i, (uint32_t)best, fan->profile, o, err));
    at_json_object_end(o);
    return ATTUNE_OK;
}

attune_status at_answerer_write(struct at_answerer *a, const struct at_profile *profile,
                                struct at_buf *out, attune_error *err)
{
    struct at_json_out o = at_json_out_to(out, 0);
    const struct at_profile in_language = at_home_profile(a->predictor->home, profile);
    const struct answer_fan fan = {profile, answer_received(profile),
                                   at_profile_language_get(&in_language)};
    at_json_object_begin(&o);
    at_json_set_str(&o, "fan_id", profile->fan_id);
    for (size_t i = 0; i < a->predictor->n_parts; i++) {
        AT_TRY(at_session_predict(a->sessions[i], profile, a->p, err));
        AT_TRY(answer_part(a, &o, i, &fan, err));
    }
    at_json_object_end(&o);
    return at_json_end(&o, err);
}
