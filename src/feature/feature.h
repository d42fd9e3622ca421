#ifndef AT_FEATURE_FEATURE_H
#define AT_FEATURE_FEATURE_H

#include "attune/kind.h"
#include "base/option.h"
#include "data/csr.h"
#include "data/profile.h"

/*
 * A feature block turns a profile into numbers. A kind is a folder here that defines
 * `const struct at_feature_kind at_feature_kind_<folder>`. Blocks stand side by side in a pipeline;
 * the columns of each are shifted behind those of the one before.
 */
struct at_feature { /* first member of every fitted block; immutable, shared by threads */
    const struct at_feature_kind *kind;
    size_t n_cols;
};

/* One sparse row being made; storage of a session, reused from row to row. `{0}` is empty. */
struct at_row {
    uint32_t *col;
    float *value;
    size_t n, cap;
};
attune_status at_row_reserve(struct at_row *row, size_t cap, attune_error *err);
void at_row_release(struct at_row *row);

/* What carried an answer, in words for people: each name once, with the sum of its weights. */
struct at_explanation; /* feature/explanation.h */

struct at_feature_fit {
    const struct at_profile *const *profiles; /* training split only */
    size_t n_profiles;
    const uint32_t *fan;   /* u32[n_profiles], equal numbers are one person; NULL: all different */
    attune_pool *pool;     /* or NULL */
    const attune_job *job; /* or NULL */
};

/*
 * Cross-validation learns again and again from parts of the same profiles. What a kind has to know
 * of a profile by itself, a survey, is made of all of them once, and shared by threads; then a part
 * is learnt from without reading any text.
 */
struct at_feature_part {
    const void *survey;
    const uint32_t *fan;     /* as in at_feature_fit, of the profiles of the survey */
    const uint32_t *profile; /* u32[n] numbers of profiles in the survey */
    size_t n, n_learn;       /* the first n_learn are learnt from, the others get rows only */
    const attune_job *job;   /* or NULL */
};

enum { AT_FEATURE_KIND_VERSION = 1 };
struct at_feature_kind {
    int version;
    const char *name, *summary;
    const struct attune_option *options;
    size_t n_options, options_size;

    /* Learns from the training profiles; the same result for any number of threads. When `rows` is
     * not NULL it also appends their rows (n_cols set), which costs less than transforming again.
     * Errors: INVALID (options), NOT_ENOUGH (no term survives: says which option to loosen),
     * NO_MEMORY, CANCELLED. */
    attune_status (*fit)(struct at_feature **out, struct at_csr *rows,
                         const struct at_feature_fit *in, const void *options, attune_error *err);
    /* Scratch of one thread. */
    attune_status (*session_create)(void **out, const struct at_feature *feature,
                                    attune_error *err);
    void (*session_destroy)(void *session);
    /* Replaces `row` by the profile's; columns ascend. A warm session allocates nothing. */
    attune_status (*transform)(const struct at_feature *feature, void *session,
                               const struct at_profile *profile, struct at_row *row,
                               attune_error *err);
    attune_status (*save)(const struct at_feature *feature, attune_writer *writer,
                          attune_error *err);
    attune_status (*load)(struct at_feature **out, const attune_reader *reader, attune_error *err);
    void (*destroy)(struct at_feature *feature);
    /* Name of a column for people ("miss you"); borrowed from the feature. */
    struct at_str (*col_name)(const struct at_feature *feature, size_t col);
    /* Optional, NULL: each column under its col_name. Adds what the columns contributed to an
     * answer, contribution f64[n_cols], to `out` as words of the profile or habits of the fan; the
     * sum of what it adds is the sum of the contributions. May allocate. */
    attune_status (*explain)(const struct at_feature *feature, void *session,
                             const struct at_profile *profile, const double *contribution,
                             struct at_explanation *out, attune_error *err);

    /* Optional, all three or none. *out is NULL where these options or profiles have no survey. No
     * part will have fewer than `least_fans` different fans. Errors: NO_MEMORY, CANCELLED. */
    attune_status (*survey)(void **out, const struct at_feature_fit *in, size_t least_fans,
                            const void *options, attune_error *err);
    /* The same block, to the bit, as fit makes of the profiles that are learnt from, and the same
     * rows, behind which stand those that transform makes of the others. Errors: as fit. */
    attune_status (*fit_part)(struct at_feature **out, struct at_csr *rows,
                              const struct at_feature_part *part, const void *options,
                              attune_error *err);
    void (*survey_destroy)(void *survey); /* takes NULL */
};
/**
 * k: how many different fans must have used a term before it may enter a vocabulary, so that what
 * one person wrote stays with that person. 5 from 100 fans on, fewer below (n / 20), never under 2.
 */
size_t at_feature_min_fans(size_t n_fans);

extern const struct at_feature_kind *const at_feature_kind_table[];
const struct at_feature_kind *at_feature_kind_find(const char *name);

#endif
