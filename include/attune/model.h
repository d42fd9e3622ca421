/* model.h - answers for fans. */
#ifndef ATTUNE_MODEL_H
#define ATTUNE_MODEL_H

#include "attune/home.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct attune_predictor attune_predictor;

struct attune_predict_options {
    const char *target;    /* NULL: all that have a champion */
    double min_confidence; /* < 0: the setting ml.min_confidence; below it the answer abstains */
    bool explain;          /* adds the features that carried the answer, where the kind can tell */
    int64_t threads;       /* of attune_predict_file; 0: the setting, or all processors */
};

/* The champions of a home. NOT_FOUND when there is none: the message says to train. `home` must
 * outlive the predictor. options may be NULL. */
ATTUNE_API attune_status attune_predictor_open(attune_predictor **out, attune_home *home,
                                               const struct attune_predict_options *options,
                                               attune_error *err);
/* One folder that attune_fit_file saved (or a version's folder), without a home. min_confidence < 0
 * then means 0: never abstain. */
ATTUNE_API attune_status attune_predictor_open_folder(attune_predictor **out, const char *folder,
                                                      const struct attune_predict_options *options,
                                                      attune_error *err);
ATTUNE_API void attune_predictor_close(attune_predictor *predictor); /* takes NULL */

/* One profile as JSON in, one answer as one line of JSON out (contract section 3, no newline). */
ATTUNE_API attune_status attune_predict_json(attune_predictor *predictor, const char *profile,
                                             size_t len_bytes, char **out_json, attune_error *err);
/* One fan of the store. */
ATTUNE_API attune_status attune_predict_fan(attune_predictor *predictor, const char *fan_id,
                                            char **out_json, attune_error *err);

/* Takes one line of output; not OK stops. */
typedef attune_status (*attune_line_fn)(void *user, const char *line, size_t len_bytes,
                                        attune_error *err);
/* Every profile of a file ("-": standard input), answers in the order of the rows. A bad row is
 * logged, counted in *out_rejected (may be NULL) and skipped. */
ATTUNE_API attune_status attune_predict_file(attune_predictor *predictor, const char *path,
                                             const char *format, attune_line_fn write, void *user,
                                             const attune_job *job, uint64_t *out_rejected,
                                             attune_error *err);

#ifdef __cplusplus
}
#endif
#endif
