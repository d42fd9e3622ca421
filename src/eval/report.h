#ifndef AT_EVAL_REPORT_H
#define AT_EVAL_REPORT_H

#include "base/json.h"
#include "eval/metrics.h"

/*
 * Both list the classes that occur in the truth or among the answers, as scikit-learn does; the
 * confusion matrix has all of them. `labels` holds m->n_classes names.
 */

/**
 * Members of an open JSON object: accuracy, accuracy_interval, macro_f1, macro_f1_interval,
 * log_loss, log_loss_interval, ece, ece_interval, reliability (bins that have rows, each {from, to,
 * n, confidence, accuracy}), coverage_curve (from the surest answers to all, each {threshold,
 * coverage, precision}), brier, roc_auc, mcc, kappa, balanced_accuracy, classification_report
 * (scikit-learn's output_dict=True: label -> precision, recall, f1-score, support; accuracy; macro
 * avg; weighted avg), confusion_matrix {labels, rows}. What is not known (NaN) is null. A class
 * that has the name of one of the three averages is hidden by it, as in scikit-learn.
 */
void at_report_json(struct at_json_out *o, const struct at_metrics *m, const struct at_str *labels);

/** One object: target, threshold (null where no threshold reaches it), coverage, precision. */
void at_report_threshold_json(struct at_json_out *o, const struct at_threshold *threshold);

/**
 * scikit-learn's classification_report text, character by character, for `digits` (2 is its
 * default; at most 17). Names are aligned by code points. On failure `out` may hold a part of it.
 */
attune_status at_report_text(struct at_buf *out, const struct at_metrics *m,
                             const struct at_str *labels, int digits, attune_error *err);

#endif
