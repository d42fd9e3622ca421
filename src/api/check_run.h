#ifndef AT_API_CHECK_RUN_H
#define AT_API_CHECK_RUN_H

#include "api/check_finding.h"
#include "api/home_language.h"
#include "attune/dataset.h"
#include "base/map.h"
#include "data/dataset.h"

/* One run of `attune check`. A first pass over all fans counts, and keeps a hash of each fan's
 * texts; unless the check is quick it also keeps the labelled fans that training may use, for the
 * searches that compare them with each other. */
struct at_check_target {
    const struct at_labels *labels;
    uint64_t *counts;   /* u64[labels->n]: fans with this label */
    uint64_t *usable;   /* of them, those that training may use */
    uint64_t n_unknown; /* labels that the configuration does not list */
};

struct at_check_run {
    attune_home *home; /* NULL: a file */
    const struct attune_check_options *options;
    const attune_job *job;
    attune_pool *pool;
    struct at_check_target targets[AT_TARGETS_MAX];
    size_t n_targets;
    struct at_labels file_labels;
    uint64_t n_fans, n_messages, n_unusable, n_unlabelled, n_rejected;
    struct at_languages languages;
    uint64_t n_identified;    /* fans whose language is known from their messages only */
    struct at_map texts;      /* digest of a fan's texts -> number */
    struct at_profile *first; /* by number of `texts`: the first fan with it, and its labels */
    size_t cap_first;
    struct at_arena arena;
    struct at_finding duplicates, conflicts, empties, shorts, unknown;
    /* not in a quick check */
    struct at_dataset dataset; /* labelled and usable */
    uint32_t *text_of;         /* u32[dataset.n]: number in `texts`, AT_MAP_NONE: no text */
    size_t cap_text_of;
    uint32_t *group; /* u32[dataset.n], at_split_groups */
    struct at_finding alike, alike_conflicts, leaks, repeated;
};

/** The first pass, over the store or the file of the options. */
attune_status at_check_fans(struct at_check_run *run, attune_error *err);
/** Findings of labels that changed in the store. */
attune_status at_check_history(struct at_check_run *run, struct at_json_out *o, attune_error *err);
/** Finds fans who wrote nearly the same: fills `group` and its findings. */
attune_status at_check_groups(struct at_check_run *run, attune_error *err);
/** Findings of words and habits that give a label away, then of labels that look wrong. */
attune_status at_check_telltales(struct at_check_run *run, const struct at_check_target *target,
                                 struct at_json_out *o, attune_error *err);
attune_status at_check_suspects(struct at_check_run *run, const struct at_check_target *target,
                                struct at_json_out *o, attune_error *err);
/** y u32[dataset.n], the caller's: class of each kept fan, or AT_CLASS_NONE. */
attune_status at_check_classes(const struct at_check_run *run, const struct at_labels *labels,
                               uint32_t **out_y, attune_error *err);

#endif
