/* dataset.h - conversations into the store, and a look at them before training. */
#ifndef ATTUNE_DATASET_H
#define ATTUNE_DATASET_H

#include "attune/home.h"

#ifdef __cplusplus
extern "C" {
#endif

struct attune_import_options {
    const char *const *files; /* "-" is standard input */
    size_t n_files;
    const char *format; /* jsonl, json, csv; NULL: by name */
    bool dry_run;       /* reads and checks everything, stores nothing */
};

/* Loads profiles (contract section 4). A bad row is reported through job->log with file, line and
 * reason, and counted; the others are loaded. What was committed before an interruption stays, and
 * importing the same file again completes it; the same file twice changes nothing.
 * Report: {"files": [...], "rows", "profiles", "fans_new", "messages_new", "labels_new",
 * "labels_changed", "rejected", "errors": [first 100 texts], "seconds"}. */
ATTUNE_API attune_status attune_import(attune_home *home,
                                       const struct attune_import_options *options,
                                       const attune_job *job, char **out_json, attune_error *err);

struct attune_demo_options {
    uint64_t n_fans; /* 0: 1000 */
    uint64_t seed;
    const char *languages; /* "en,fr"; NULL: both */
};
/* Generated demo conversations with labels, written to the store like an import. */
ATTUNE_API attune_status attune_demo(attune_home *home, const struct attune_demo_options *options,
                                     const attune_job *job, char **out_json, attune_error *err);

struct attune_check_options {
    bool quick;       /* only counts, exact duplicates and label conflicts: one pass, no training */
    int64_t seed;     /* of the cross-validation behind suspect labels; < 0: the setting, or 42 */
    int64_t threads;  /* 0: the setting, then one per processor */
    const char *data; /* a file to look at instead of a home, or NULL; "-" is standard input */
    const char *format; /* NULL: by name */
    const char *label;  /* with data: the field that holds the label */
};
/* Data quality: counts per label, too few, duplicates and near-duplicates, label conflicts, a test
 * side that was seen in training, words that give a label away, labels that look wrong, empty
 * texts, languages. Nothing is changed. `home` is NULL with `data`; `options` may be NULL.
 * {"fans", "messages", "targets": {T: {"labels": {L: n}, "usable", "needed", "enough"}},
 *  "findings": [{"level": "error|warning|note", "code", "message", "fans": [...]}]} */
ATTUNE_API attune_status attune_check(attune_home *home, const struct attune_check_options *options,
                                      const attune_job *job, char **out_json, attune_error *err);

/* Everything the store has about one fan (show: counts, labels, last messages; export: all of it).
 */
ATTUNE_API attune_status attune_fan_show(attune_home *home, const char *fan_id, char **out_json,
                                         attune_error *err);
ATTUNE_API attune_status attune_fan_export(attune_home *home, const char *fan_id, char **out_json,
                                           attune_error *err);

#ifdef __cplusplus
}
#endif
#endif
