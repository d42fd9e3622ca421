#ifndef AT_PIPELINE_PIPELINE_H
#define AT_PIPELINE_PIPELINE_H

#include "base/bundle.h"
#include "data/labels.h"
#include "feature/explanation.h"
#include "pipeline/languages.h"
#include "pipeline/policy.h"
#include "pipeline/survey.h"

/*
 * The artefact: feature blocks + members + how their answers become one + labels, fitted together,
 * saved as one file, shared by any number of threads. Each thread predicts through a session of its
 * own.
 */
struct at_pipeline_member {
    struct attune_model *model;
    uint32_t blocks; /* bit i: it eats the columns of block i */
    struct at_voice voice;
};

struct at_pipeline {
    struct at_labels labels;
    const char *way; /* what was asked for: a model kind, "ensemble" or "auto" */
    struct at_feature *blocks[AT_RECIPE_BLOCKS];
    struct at_pipeline_member members[AT_RECIPE_MEMBERS];
    size_t n_blocks, n_cols, n_members;
    struct at_calibration calibration;
    struct at_policy policy;
    struct at_languages languages; /* of the profiles it learnt from; none: not known */
    size_t newest_messages;
    char *meta; /* JSON: how it was made; the same for the same data, recipe and seed */
    struct at_arena arena;
    attune_reader reader;
    bool mapped;
};

/* Told, if it is there, once the profiles have become rows and nobody looks at them again: the
 * caller may give their memory back before the models grow. */
struct at_read_once {
    void (*done)(void *user);
    void *user;
};

struct at_pipeline_fit {
    const struct at_recipe *recipe;
    const struct at_voice *voice;         /* [recipe->n_members]; NULL: all count the same */
    struct at_calibration *calibration;   /* becomes the pipeline's when it is made; NULL: none */
    const struct at_policy *policy;       /* NULL: always answer */
    const struct at_languages *languages; /* of the profiles; NULL: not told */
    const struct at_labels *labels;
    const struct at_profile *const *profiles; /* training split only */
    const uint32_t *y;                        /* u32[n], class index */
    size_t n;
    const struct at_survey *survey; /* these profiles and perhaps others, read before; or NULL */
    const uint32_t *index;          /* u32[n]: their numbers in the survey */
    uint64_t seed;
    attune_pool *pool;
    const attune_job *job;
    struct at_read_once read_once;
};

struct at_pipeline_seconds {
    double features, fit;
};

/** Errors: NOT_ENOUGH, INVALID, NO_MEMORY, CANCELLED; *out is then NULL. `seconds` may be NULL. */
attune_status at_pipeline_fit(struct at_pipeline **out, const struct at_pipeline_fit *in,
                              struct at_pipeline_seconds *seconds, attune_error *err);
/** Writes the model file but for its last step: *out is to be committed, perhaps with other files,
 * or aborted. After a failure there is nothing to abort. */
attune_status at_pipeline_put(const struct at_pipeline *pipeline, const char *path,
                              struct at_fs_out *out, attune_error *err);
attune_status at_pipeline_save(const struct at_pipeline *pipeline, const char *path,
                               attune_error *err);
/** `own` are kinds besides the built-in ones. Errors: IO, CORRUPT, TOO_NEW, UNSUPPORTED. */
attune_status at_pipeline_load(struct at_pipeline **out, const char *path,
                               const struct attune_model_kind *const *own, size_t n_own,
                               attune_error *err);
void at_pipeline_destroy(struct at_pipeline *pipeline); /* takes NULL */
/** "linear", or "ensemble" for several members. */
const char *at_pipeline_kind_name(const struct at_pipeline *pipeline);

/** Everything that one thread needs; a warm one allocates nothing. */
struct at_session;
attune_status at_session_create(struct at_session **out, const struct at_pipeline *pipeline,
                                attune_error *err);
void at_session_destroy(struct at_session *session);
/** p f64[labels.n], summing to 1. */
attune_status at_session_predict(struct at_session *session, const struct at_profile *profile,
                                 double *p, attune_error *err);
/** What each member says by itself: p f64[n_members * labels.n]. */
attune_status at_session_predict_members(struct at_session *session,
                                         const struct at_profile *profile, double *p,
                                         attune_error *err);
/**
 * What spoke for class c. For a pipeline of one member the weights add up to its score (kind.h);
 * in an ensemble each member's are scaled to its share, see docs/explanation/explanations.md.
 * *out_told is false when no member can tell. May allocate.
 */
attune_status at_session_explain(struct at_session *session, const struct at_profile *profile,
                                 uint32_t class_index, struct at_explanation *out, bool *out_told,
                                 attune_error *err);

/** p f64[n * labels.n]; profiles are shared out over the pool. */
attune_status at_pipeline_predict(const struct at_pipeline *pipeline,
                                  const struct at_profile *const *profiles, size_t n, double *p,
                                  attune_pool *pool, attune_error *err);
/** p f64[n * n_members * labels.n]: at_session_predict_members for each profile. */
attune_status at_pipeline_predict_members(const struct at_pipeline *pipeline,
                                          const struct at_profile *const *profiles, size_t n,
                                          double *p, attune_pool *pool, attune_error *err);

#endif
