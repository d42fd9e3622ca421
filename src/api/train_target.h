#ifndef AT_API_TRAIN_TARGET_H
#define AT_API_TRAIN_TARGET_H

#include "api/collect.h"
#include "attune/train.h"

/* One target of `attune train`, from the store to a version. */
struct at_train_target {
    attune_home *home;
    const struct attune_train_options *options;
    const struct at_labels *labels;
    const attune_job *job;
    attune_pool *pool;
    int64_t run;
    double deadline; /* at_clock_seconds; 0: none */
    /* out */
    size_t n_samples;
    bool trained, promoted;
    struct at_buf json; /* the inner object */
};
/** Errors: NOT_ENOUGH; REFUSED (the version is registered, json is set); whatever training meets.
 */
attune_status at_train_target_run(struct at_train_target *t, attune_error *err);

/** Whether a training is due: `reason` (of size 256) says why or why not. */
attune_status at_train_due(attune_home *home, const struct at_labels *labels, bool *out_due,
                           char *reason, attune_error *err);

/** Kinds named by "all", "classical" or "forest,linear", as a NULL-terminated list in `arena`. */
attune_status at_train_kinds(const char *text, const char *const **out, struct at_arena *arena,
                             attune_error *err);
/** A recipe as asked for, with the home's options of its parts, then `options`. */
struct at_train_wish {
    const char *kind, *features, *parity; /* NULL: the default */
    const struct attune_setting *options;
    size_t n_options;
};
attune_status at_train_recipe(struct at_recipe *out, attune_home *home,
                              const struct at_train_wish *wish, attune_error *err);

#endif
