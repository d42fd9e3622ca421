#ifndef AT_EVAL_REPORT_H
#define AT_EVAL_REPORT_H

#include "base/json.h"
#include "eval/metrics.h"

/**
 * Members of an open JSON object: accuracy, accuracy_interval, macro_f1, macro_f1_interval, log_loss,
 * log_loss_interval, brier, roc_auc, mcc, kappa, balanced_accuracy, classification_report
 * (scikit-learn's output_dict=True: label -> precision, recall, f1-score, support; accuracy; macro avg;
 * weighted avg), confusion_matrix {labels, rows}.
 */
void at_report_json(struct at_json_out *o, const struct at_metrics *m, const struct at_str *labels);

/** scikit-learn's classification_report text, character by character, for `digits` (2 is its default). */
attune_status at_report_text(struct at_buf *out, const struct at_metrics *m,
                             const struct at_str *labels, int digits, attune_error *err);

#endif
