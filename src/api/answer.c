/* One answer, as contract section 3 has it. */
#include <stdio.h>

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

static void answer_part(const struct at_answerer *a, struct at_json_out *o,
                        const struct at_answer_part *part, size_t n_received)
{
    const struct at_labels *labels = &part->pipeline->labels;
    const size_t best = at_argmax(a->p, labels->n);
    const double confidence = a->p[best], least = a->predictor->min_confidence;
    const bool abstained = confidence < least || (n_received == 0 && a->predictor->home);
    char reason[96] = "the fan wrote no message";
    if (n_received && abstained)
        snprintf(reason, sizeof reason, "confidence %.2f is below %.2f", confidence, least);
    at_json_put_key_str(o, labels->target);
    at_json_object_begin(o);
    at_json_put_key(o, "label");
    if (abstained)
        at_json_put_null(o);
    else
        at_json_put_str(o, labels->names[best]);
    at_json_set_real(o, "confidence", confidence);
    answer_probabilities(o, labels, a->p);
    at_json_set_bool(o, "abstained", abstained);
    at_json_set_text(o, "reason", abstained ? reason : NULL);
    if (part->version)
        at_json_set_int(o, "version", part->version);
    at_json_set_text(o, "kind", at_pipeline_kind_name(part->pipeline));
    if (a->predictor->explain)
        at_json_set_text(o, "explanation", NULL); /* no kind built in can tell yet */
    at_json_object_end(o);
}

attune_status at_answerer_write(struct at_answerer *a, const struct at_profile *profile,
                                struct at_buf *out, attune_error *err)
{
    struct at_json_out o = at_json_out_to(out, 0);
    const size_t n_received = answer_received(profile);
    at_json_object_begin(&o);
    at_json_set_str(&o, "fan_id", profile->fan_id);
    for (size_t i = 0; i < a->predictor->n_parts; i++) {
        AT_TRY(at_session_predict(a->sessions[i], profile, a->p, err));
        answer_part(a, &o, &a->predictor->parts[i], n_received);
    }
    at_json_object_end(&o);
    return at_json_end(&o, err);
}
