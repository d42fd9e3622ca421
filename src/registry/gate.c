/* With 10 to 100 held-out fans a difference of a few points is noise, so the gate refuses what is
 * worse, not what fails to prove that it is better: newer data should get its chance. */
#include "registry/registry.h"

#include <stdio.h>
#include <string.h>

static void gate_refuse(struct at_gate *gate, const char *text)
{
    gate->passed = false;
    /* a reason that does not fit into memory is missed, the refusal is not */
    (void)at_buf_addf(&gate->reasons, NULL, "%s%s", gate->reasons.len ? "; " : "", text);
}

attune_status at_gate_first(struct at_gate *gate, const struct at_metrics *candidate,
                            const struct at_metrics *majority, attune_error *err)
{
    *gate = (struct at_gate){.passed = true, .n = candidate->n};
    char text[256];
    if (candidate->macro_f1_high <= majority->macro.f1 ||
        (candidate->macro.f1 <= majority->macro.f1 && candidate->log_loss >= majority->log_loss)) {
        snprintf(text, sizeof text,
                 "no better than always answering the most frequent label: macro-F1 %.3f, that "
                 "answer has %.3f",
                 candidate->macro.f1, majority->macro.f1);
        gate_refuse(gate, text);
    }
    (void)err;
    return ATTUNE_OK;
}

attune_status at_gate_paired(struct at_gate *gate, int64_t champion, const struct at_paired *paired,
                             size_t n, const struct at_labels *labels, attune_error *err)
{
    *gate = (struct at_gate){
        .passed = true, .against_champion = true, .champion = champion, .n = n, .paired = *paired};
    char text[256];
    if (paired->mcnemar_p < 0.05 && paired->only_b > paired->only_a) {
        char p_text[16] = "< 0.001";
        if (paired->mcnemar_p >= 0.001)
            snprintf(p_text, sizeof p_text, "= %.3f", paired->mcnemar_p);
        snprintf(text, sizeof text,
                 "wrong where the champion is right: %llu fans against %llu (McNemar p %s)",
                 (unsigned long long)paired->only_b, (unsigned long long)paired->only_a, p_text);
        gate_refuse(gate, text);
    }
    if (paired->macro_f1_delta < -0.01) {
        snprintf(text, sizeof text, "macro-F1 is %.3f lower than the champion's, 0.010 is allowed",
                 -paired->macro_f1_delta);
        gate_refuse(gate, text);
    }
    if (paired->recall_drop_low > 0.05 && paired->recall_drop_class < labels->n) {
        const struct at_str name = labels->names[paired->recall_drop_class];
        snprintf(text, sizeof text, "recall of '%.*s' drops by at least %.3f", (int)name.len,
                 name.ptr, paired->recall_drop_low);
        gate_refuse(gate, text);
    }
    if (paired->log_loss_low > 0) {
        snprintf(text, sizeof text, "log-loss is higher by %.3f (%.3f to %.3f)",
                 paired->log_loss_delta, paired->log_loss_low, paired->log_loss_high);
        gate_refuse(gate, text);
    }
    (void)err;
    return ATTUNE_OK;
}

static void gate_reasons_json(const struct at_gate *gate, struct at_json_out *o)
{
    at_json_put_key(o, "reasons");
    at_json_array_begin(o);
    for (const char *p = gate->reasons.data; p && *p;) {
        const char *end = strstr(p, "; ");
        const size_t len = end ? (size_t)(end - p) : strlen(p);
        at_json_put_str(o, (struct at_str){p, len});
        p += end ? len + 2 : len;
    }
    at_json_array_end(o);
}

void at_gate_json(const struct at_gate *gate, struct at_json_out *o)
{
    at_json_object_begin(o);
    at_json_set_bool(o, "passed", gate->passed);
    at_json_set_text(o, "against", gate->against_champion ? "champion" : "majority");
    at_json_set_int(o, "n", (int64_t)gate->n);
    if (gate->against_champion) {
        at_json_set_int(o, "champion", gate->champion);
        at_json_set_int(o, "only_candidate_right", (int64_t)gate->paired.only_a);
        at_json_set_int(o, "only_champion_right", (int64_t)gate->paired.only_b);
        at_json_set_real(o, "mcnemar_p", gate->paired.mcnemar_p);
        at_json_set_real(o, "macro_f1_delta", gate->paired.macro_f1_delta);
        at_json_put_key(o, "macro_f1_delta_interval");
        at_json_array_begin(o);
        at_json_put_real(o, gate->paired.macro_f1_low);
        at_json_put_real(o, gate->paired.macro_f1_high);
        at_json_array_end(o);
        at_json_set_real(o, "log_loss_delta", gate->paired.log_loss_delta);
    }
    gate_reasons_json(gate, o);
    at_json_object_end(o);
}

void at_gate_release(struct at_gate *gate)
{
    at_buf_release(&gate->reasons);
}
