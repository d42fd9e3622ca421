#ifndef AT_TRAIN_LEARN_H
#define AT_TRAIN_LEARN_H

#include "eval/coverage.h"
#include "pipeline/pipeline.h"

/*
 * From a recipe to a pipeline. Where the recipe leaves something to decide (several candidates, a
 * combination, a calibration) the candidates first answer out of fold, and what is decided is
 * decided on those answers; then the chosen ones learn from all profiles. A recipe that leaves
 * nothing to decide is fitted as it is.
 */
struct at_learn_side { /* profiles to learn from; `alone` takes part in choosing only */
    const struct at_profile *const *profiles;
    const uint32_t *y;     /* u32[n] */
    const uint32_t *group; /* u32[n]: equal numbers stay in one fold; NULL: all different */
    const bool *alone;     /* bool[n], or NULL: none */
    size_t n;
};
struct at_learn_input {
    struct at_learn_side side;
    const struct at_labels *labels;
    const struct at_recipe *recipe;
    uint64_t seed;
    double deadline; /* at_clock_seconds() when choosing must be over; 0: none */
    bool every;      /* at_fold_run answers every profile, however many there are */
    attune_pool *pool;
    const attune_job *job;
    struct at_read_once read_once; /* not told where some profiles are answered afterwards */
};

/* What was tried, what won, and why. */
struct at_learned_candidate {
    char name[96];
    double accuracy, macro_f1, log_loss; /* of its calibrated out-of-fold answers */
    double weight;                       /* 0: not chosen */
};
struct at_learned {
    struct at_learned_candidate candidate[AT_RECIPE_MEMBERS];
    size_t n_candidates;
    size_t n_answers; /* out of fold; 0: nothing had to be decided */
    unsigned n_folds; /* that gave answers */
    bool out_of_time; /* the deadline cut the cross-validation short */
    char why[160];
    const char *calibration;       /* "temperature", ... */
    double temperature;            /* 1 where it is none */
    double log_loss, ece;          /* of what they say together, calibrated, out of fold */
    struct at_threshold threshold; /* for the target precision; target 0: none */
    size_t n_conformal;            /* profiles held back for the sets; 0: no sets */
};

/* For sets of labels one profile in so many is held back from all learning and choosing. */
enum { AT_LEARN_HELD_BACK = 5 };

/**
 * *out is the caller's. told and seconds may be NULL.
 * Errors   NOT_ENOUGH, INVALID, NO_MEMORY, CANCELLED; *out is then NULL
 */
attune_status at_learn(struct at_pipeline **out, struct at_learned *told,
                       struct at_pipeline_seconds *seconds, const struct at_learn_input *in,
                       attune_error *err);

#endif
