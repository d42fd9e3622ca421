/* registry.h - versions, aliases, promotion and rollback. */
#ifndef ATTUNE_REGISTRY_H
#define ATTUNE_REGISTRY_H

#include "attune/home.h"

#ifdef __cplusplus
extern "C" {
#endif

/* {"targets": {T: {"versions": [{"version", "kind", "created", "accuracy", "accuracy_interval",
 * "macro_f1", "size_bytes", "aliases": [...]}], "aliases": {"champion": 1}}}}; target NULL: all */
ATTUNE_API attune_status attune_models_list(attune_home *home, const char *target, char **out_json,
                                            attune_error *err);
/* One version whole: metrics, manifest, options, lineage, alias history. version 0: the champion.
 */
ATTUNE_API attune_status attune_models_show(attune_home *home, const char *target, int64_t version,
                                            char **out_json, attune_error *err);
/* Two versions on the same fans, held out from both: metrics side by side, paired test, what a gate
 * would say. 0 for `b`: the champion. */
ATTUNE_API attune_status attune_models_compare(attune_home *home, const char *target, int64_t a,
                                               int64_t b, char **out_json, attune_error *err);

struct attune_models_change {
    const char *target; /* needed */
    int64_t version;    /* promote, delete: needed; rollback: 0 is `previous` */
    const char *reason; /* kept in the audit log; NULL: none given */
    const char *who;    /* NULL: the user's name */
    bool override_gate; /* promote: although the gate refuses; needs a reason */
};
/* Makes a version the champion, if the gate agrees (else REFUSED with its reasons); the old
 * champion becomes `previous`. Report: {"target", "champion", "previous", "gate", "milliseconds"}.
 */
ATTUNE_API attune_status attune_models_promote(attune_home *home,
                                               const struct attune_models_change *change,
                                               char **out_json, attune_error *err);
/* Makes `previous` (or a given version) the champion at once: no gate, no training. */
ATTUNE_API attune_status attune_models_rollback(attune_home *home,
                                                const struct attune_models_change *change,
                                                char **out_json, attune_error *err);
/* Removes a version for good; CONFLICT while an alias points at it. */
ATTUNE_API attune_status attune_models_delete(attune_home *home,
                                              const struct attune_models_change *change,
                                              char **out_json, attune_error *err);
/* Every file of every version (or of one target's) against its manifest, and every model loaded.
 * CORRUPT when one fails; *out_json is then set as well. */
ATTUNE_API attune_status attune_models_verify(attune_home *home, const char *target,
                                              char **out_json, attune_error *err);

#ifdef __cplusplus
}
#endif
#endif
