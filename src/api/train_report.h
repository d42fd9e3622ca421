#ifndef AT_API_TRAIN_REPORT_H
#define AT_API_TRAIN_REPORT_H

#include "base/json.h"
#include "train/train.h"

/* The figures of a training as members of an open JSON object: the inner object of contract section
 * 3, without version, promoted and gate. `seconds_read` is what came before. */
attune_status at_train_report(struct at_json_out *o, const struct at_train_result *result,
                              const struct at_train_input *in, double seconds_read,
                              attune_error *err);
/** {"accuracy", "macro_f1", "log_loss", "label"}: what the most frequent label reaches. */
void at_majority_json(struct at_json_out *o, const struct at_metrics *majority,
                      const struct at_labels *labels);

/** Member "candidates" of an open JSON object: what was tried, with scores out of fold. */
void at_learned_candidates_json(struct at_json_out *o, const struct at_learned *learned);

#endif
