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

static void train_report_languages(struct at_json_out *o, const struct at_language_scores *scores)
{
    if (!scores->n)
        return;
    at_json_put_key(o, "languages");
    at_json_object_begin(o);
    for (size_t i = 0; i < scores->n; i++) {
        const struct at_language_score *const s = &scores->rows[i];
        at_json_put_key(o, s->tag);
        at_json_object_begin(o);
        at_json_set_int(o, "test_size", (int64_t)s->n);
        at_json_set_real(o, "accuracy", s->accuracy);
        at_json_set_real(o, "macro_f1", s->macro_f1);
        at_json_object_end(o);
    }
    at_json_object_end(o);
}

static void learned_candidate(struct at_json_out *o, const struct at_learned_candidate *c)
{
    at_json_put_key(o, c->name);
    at_json_object_begin(o);
    at_json_set_real(o, "cv_accuracy", c->accuracy);
    at_json_set_real(o, "cv_macro_f1", c->macro_f1);
    at_json_set_real(o, "cv_log_loss", c->log_loss);
    at_json_set_real(o, "weight", c->weight);
    at_json_object_end(o);
}

void at_learned_candidates_json(struct at_json_out *o, const struct at_learned *learned)
{
    at_json_put_key(o, "candidates");
    at_json_object_begin(o);
    for (size_t i = 0; i < learned->n_candidates; i++)
        learned_candidate(o, &learned->candidate[i]);
    at_json_object_end(o);
}

static void learned_threshold(struct at_json_out *o, const struct at_threshold *t)
{
    if (!(t->target > 0))
        return;
    at_json_put_key(o, "threshold");
    at_json_object_begin(o);
    at_json_set_real(o, "target_precision", t->target);
    at_json_set_bool(o, "reached", t->reached);
    at_json_set_real(o, "min_confidence", t->threshold);
    at_json_set_real(o, "expected_coverage", t->coverage);
    at_json_set_real(o, "expected_precision", t->precision);
    at_json_set_int(o, "out_of_fold_answers", (int64_t)t->n_answered);
    at_json_object_end(o);
}

/* What was decided on out-of-fold answers. */
static void learned_json(struct at_json_out *o, const struct at_learned *l)
{
    at_json_put_key(o, "choice");
    at_json_object_begin(o);
    at_json_set_int(o, "out_of_fold_answers", (int64_t)l->n_answers);
    at_json_set_int(o, "folds", (int64_t)l->n_folds);
    at_json_set_bool(o, "out_of_time", l->out_of_time);
    at_json_set_text(o, "why", *l->why ? l->why : NULL);
    at_json_set_text(o, "calibration", l->calibration);
    at_json_set_real(o, "temperature", l->temperature);
    at_json_set_real(o, "cv_log_loss", l->log_loss);
    at_json_set_real(o, "cv_ece", l->ece);
    at_json_set_int(o, "held_back_for_sets", (int64_t)l->n_conformal);
    learned_threshold(o, &l->threshold);
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
        train_report_languages(o, &r->languages);
    }
    if (r->learned.n_answers)
        learned_json(o, &r->learned);
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
