#ifndef AT_REGISTRY_REGISTRY_H
#define AT_REGISTRY_REGISTRY_H

#include "base/json.h"
#include "data/dataset.h"
#include "eval/metrics.h"
#include "eval/significance.h"
#include "pipeline/pipeline.h"
#include "store/store.h"

/*
 * Versions of models: immutable folders below `models`, rows in the store, aliases that point at
 * them. A folder appears whole (written aside, every file synced, renamed), then its row, then the
 * alias: what a crash leaves behind is a folder without a row, which recover removes.
 */
struct at_registry {
    struct at_store *store;
    const char *models; /* folder */
};

/* What a version holds besides the model. */
struct at_publish {
    struct at_str target;
    const struct at_pipeline *pipeline;
    const char *metrics;     /* JSON text of metrics.json */
    const char *data_sha256; /* hex, of what it was trained and scored on */
    int64_t parent;          /* the champion at that time; 0: none */
    int64_t seed, run;
    size_t n_train, n_test;
    const struct at_dataset *dataset; /* with `role`: the members of the split */
    const uint8_t *role;              /* u8[dataset->n], enum at_split */
};

/** Publishes a version and points `candidate` at it; nobody else may publish (hold the home's
 * lock). On failure nothing of it is left. */
attune_status at_registry_publish(const struct at_registry *registry, const struct at_publish *what,
                                  int64_t *out_version, attune_error *err);
/** Removes what an interrupted run left: unfinished folders, folders without a row. Under the lock.
 */
attune_status at_registry_recover(const struct at_registry *registry, size_t *out_removed,
                                  attune_error *err);
/** As recover, but only counts. */
attune_status at_registry_leftovers(const struct at_registry *registry, size_t *out_found,
                                    attune_error *err);
/** Full path of a version's folder, or of a file in it. */
attune_status at_registry_path(const struct at_registry *registry, struct at_str target,
                               int64_t version, const char *file, char *out, size_t out_size,
                               attune_error *err);
/** The model of a version. Errors: NOT_FOUND, CORRUPT, ... */
attune_status at_registry_load(const struct at_registry *registry, struct at_str target,
                               int64_t version, struct at_pipeline **out, attune_error *err);
/** Row, manifest, every file's size and SHA-256, and the model loads. Errors: CORRUPT says which.
 */
attune_status at_registry_verify(const struct at_registry *registry, struct at_str target,
                                 int64_t version, attune_error *err);

/* One change of an alias, kept in the audit log. */
struct at_alias_change {
    struct at_str target;
    int64_t version;
    const char *action; /* "promote", "rollback", "delete" */
    const char *who, *reason;
};
/** champion -> version, previous -> old champion, candidate removed if it was this version; one
 *  transaction. *out_previous may be NULL. Errors: NOT_FOUND. */
attune_status at_registry_set_champion(const struct at_registry *registry,
                                       const struct at_alias_change *change, int64_t *out_previous,
                                       attune_error *err);
/** Row first, folder second. CONFLICT while an alias points at it. */
attune_status at_registry_delete(const struct at_registry *registry,
                                 const struct at_alias_change *change, attune_error *err);
/** Deletes the oldest versions beyond `keep`, never one that an alias points at. */
attune_status at_registry_retain(const struct at_registry *registry, struct at_str target,
                                 size_t keep, size_t *out_deleted, attune_error *err);

/*
 * The gate: is a candidate fit to serve? Without a champion it must beat the majority answer; with
 * one it must not be worse on the same held-out fans (docs/decisions/0007-gate.md).
 */
struct at_gate {
    bool passed;
    bool against_champion;
    int64_t champion;
    size_t n;                /* fans that both were judged on */
    struct at_paired paired; /* with against_champion: candidate - champion */
    struct at_buf reasons;   /* why it did not pass: sentences, joined by "; " */
};
attune_status at_gate_first(struct at_gate *gate, const struct at_metrics *candidate,
                            const struct at_metrics *majority, attune_error *err);
attune_status at_gate_paired(struct at_gate *gate, int64_t champion, const struct at_paired *paired,
                             size_t n, const struct at_labels *labels, attune_error *err);
/** An object value: {"passed", "against", "n", "mcnemar_p", "macro_f1_delta", ..., "reasons"}. */
void at_gate_json(const struct at_gate *gate, struct at_json_out *o);
void at_gate_release(struct at_gate *gate);

#endif
