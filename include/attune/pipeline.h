/* pipeline.h - features + model as one artefact, without a home: for programs that bring their own
 * data, their own choice of parts, or their own model kind. */
#ifndef ATTUNE_PIPELINE_H
#define ATTUNE_PIPELINE_H

#include "attune/home.h"
#include "attune/kind.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a pipeline is made of, and what can be set about it: the feature blocks, the model kinds,
 * how confidence is made, and the ways that combine kinds. */
struct attune_part {
    const char *what; /* "feature", "kind" or "confidence" */
    const char *name, *summary;
    const struct attune_option *options; /* an option is set as "forest.n_estimators" */
    size_t n_options;
};
/* false past the end. */
ATTUNE_API bool attune_part_at(size_t index, struct attune_part *out);

struct attune_sample {
    const char *fan_id;          /* may be NULL */
    const char *const *messages; /* [n_messages], UTF-8 */
    size_t n_messages;
    const char *label; /* needed to fit */
};

struct attune_pipeline_options {
    const char *target;                   /* NULL: "label" */
    const char *features;                 /* "tfidf,behaviour"; NULL: what the kind likes best */
    const char *kind;                     /* name of a kind; NULL: "auto" */
    const struct attune_model_kind *own;  /* a kind of the caller's, instead of `kind` */
    const struct attune_setting *options; /* of the parts */
    size_t n_options;
    const char *parity; /* "sklearn" or NULL */
    int64_t seed;       /* < 0: 42 */
    int64_t threads;    /* 0: all processors */
};

typedef struct attune_pipeline attune_pipeline;
/* Trains on all samples. Labels are those of the samples, by code point. options may be NULL.
 * Errors: NOT_ENOUGH (fewer than 2 labels, no word left), INVALID, NO_MEMORY, CANCELLED. */
ATTUNE_API attune_status attune_pipeline_fit(attune_pipeline **out,
                                             const struct attune_sample *samples, size_t n_samples,
                                             const struct attune_pipeline_options *options,
                                             const attune_job *job, attune_error *err);
/* Writes a model file: whole or not at all. */
ATTUNE_API attune_status attune_pipeline_save(const attune_pipeline *pipeline, const char *path,
                                              attune_error *err);
/* Reads one. `own` are kinds of the caller's that the file may name; NULL, 0 for none.
 * Errors: IO, CORRUPT, TOO_NEW, UNSUPPORTED (a kind that nobody brought). */
ATTUNE_API attune_status attune_pipeline_open(attune_pipeline **out, const char *path,
                                              const struct attune_model_kind *const *own,
                                              size_t n_own, attune_error *err);
ATTUNE_API void attune_pipeline_close(attune_pipeline *pipeline); /* takes NULL */

ATTUNE_API size_t attune_pipeline_n_labels(const attune_pipeline *pipeline);
ATTUNE_API const char *attune_pipeline_label(const attune_pipeline *pipeline, size_t index);
ATTUNE_API const char *attune_pipeline_kind(const attune_pipeline *pipeline);

/* What one thread needs to predict; the pipeline is shared. */
typedef struct attune_session attune_session;
ATTUNE_API attune_status attune_session_create(attune_session **out,
                                               const attune_pipeline *pipeline, attune_error *err);
ATTUNE_API void attune_session_destroy(attune_session *session); /* takes NULL */
/* probabilities f64[n_labels], summing to 1. sample->label is not read. */
ATTUNE_API attune_status attune_session_predict(attune_session *session,
                                                const struct attune_sample *sample,
                                                double *probabilities, attune_error *err);

#ifdef __cplusplus
}
#endif
#endif
