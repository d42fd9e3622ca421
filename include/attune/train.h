/* train.h - training: from the store (versions, gate) or from one file (no store). */
#ifndef ATTUNE_TRAIN_H
#define ATTUNE_TRAIN_H

#include "attune/home.h"

#ifdef __cplusplus
extern "C" {
#endif

struct attune_train_options {
    bool force;         /* train even where nothing asks for it */
    const char *target; /* NULL: every configured target */
    const char
        *models; /* all, classical, or kinds separated by commas; NULL: the setting ml.models */
    const char *features;                 /* "ngram,behaviour"; NULL: what the kinds like best */
    const char *parity;                   /* "sklearn" or NULL */
    int64_t seed;                         /* < 0: the setting train.seed */
    int64_t threads;                      /* 0: the setting threads */
    int64_t budget_ms;                    /* 0: no limit */
    const struct attune_setting *options; /* of features and kinds: {"n_estimators", "200"} */
    size_t n_options;
};

/* Collects, splits, trains, evaluates, registers each target's version and promotes what passes the
 * gate. Report as in the contract, section 3. When a target has too few fans the others are still
 * trained and the result is NOT_ENOUGH ("Insufficient personality data: 25 < 50"); REFUSED when a
 * candidate was registered but not promoted; in both cases *out_json is set as well.
 * BUSY while another training runs. */
ATTUNE_API attune_status attune_train(attune_home *home, const struct attune_train_options *options,
                                      const attune_job *job, char **out_json, attune_error *err);

struct attune_evaluate_options {
    const char *target; /* NULL or "all": every target with a champion */
    int64_t version;    /* 0: the champion */
    const char *on;     /* NULL or "holdout"; "cv"; or a file of labelled profiles */
    int64_t seed;       /* < 0: the setting */
    int64_t threads;
};
/* Honest metrics: a fan that the version was trained on is never used; for a file such fans are
 * skipped and counted. Report: {target: {kind: {...metrics, "n", "n_skipped", "majority": {...}}}}
 */
ATTUNE_API attune_status attune_evaluate(attune_home *home,
                                         const struct attune_evaluate_options *options,
                                         const attune_job *job, char **out_json, attune_error *err);

struct attune_fit_file_options {
    const char *data;     /* file of labelled profiles; "-" is standard input */
    const char *format;   /* NULL: by name */
    const char *label;    /* field that holds the label; becomes the target's name */
    const char *kind;     /* NULL: "auto" */
    const char *features; /* "ngram,behaviour"; NULL: what the kind likes best */
    const char *parity;   /* "sklearn" or NULL */
    const char *save;     /* folder to write, NULL: only score */
    int64_t seed;         /* < 0: 42 */
    int64_t threads;      /* 0: all processors */
    int64_t budget_ms;    /* for choosing between models; 0: no limit */
    const struct attune_setting *options;
    size_t n_options;
};
/* Stateless training. Rows with split "test" are held out and scored; rows without a split train.
 * Report: the inner object of one target, as in the contract. */
ATTUNE_API attune_status attune_fit_file(const struct attune_fit_file_options *options,
                                         const attune_job *job, char **out_json, attune_error *err);

#ifdef __cplusplus
}
#endif
#endif
