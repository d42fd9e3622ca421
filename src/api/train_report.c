#include "api/train_report.h"

#include "base/clock.h"
#include "eval/report.h"

void at_majority_json(struct at_json_out *o, const struct at_metrics *m,
                      const struct at_labels *labels)
{
    /* every answer is the same: the column of the confusion matrix that is not empty */
    size_t answer = 0;
    for (size_t c = 0; c < m->n_classes * m->n_classes; c++)
        if (m->confusion[c])
            answer = c % m->n_classes;
    at_json_object_begin(o);
    at_json_set_str(o, "label", labels->names[answer]);
    at_json_set_real(o, "accuracy", m->accuracy);
    at_json_set_real(o, "macro_f1", m->macro.f1);
    at_json_set_real(o, "log_loss", m->log_loss);
    at_json_object_end(o);
}

attune_status at_train_report(struct at_json_out *o, const struct at_train_result *r,
                              const struct at_train_input *in, double seconds_read,
                              attune_error *err)
{
    at_json_set_text(o, "kind", at_pipeline_kind_name(r->pipeline));
    if (r->scored) {
        at_report_json(o, &r->metrics, in->labels->names);
        at_json_put_key(o, "majority");
        at_majority_json(o, &r->majority, in->labels);
    }
    at_json_set_int(o, "test_size", (int64_t)r->n_test);
    at_json_set_int(o, "train_size", (int64_t)r->n_train);
    at_json_set_int(o, "n_features", (int64_t)r->pipeline->n_cols);
    at_json_set_int(o, "seed", (int64_t)in->seed);
    at_json_put_key(o, "seconds");
    at_json_object_begin(o);
    at_json_set_real(o, "read", seconds_read);
    at_json_set_real(o, "features", r->seconds.features);
    at_json_set_real(o, "fit", r->seconds.fit);
    at_json_set_real(o, "evaluate", r->seconds_evaluate);
    at_json_object_end(o);
    at_json_set_int(o, "peak_rss_bytes", (int64_t)at_clock_peak_rss_bytes());
    at_json_put_key(o, "recipe");
    at_json_object_begin(o);
    AT_TRY(at_recipe_json(in->recipe, NULL, o, err));
    at_json_object_end(o);
    return ATTUNE_OK;
}
