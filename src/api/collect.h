#ifndef AT_API_COLLECT_H
#define AT_API_COLLECT_H

#include "api/home_impl.h"
#include "base/map.h"
#include "data/dataset.h"

/* What one target has in the store, by the guide's rules (newest messages, least rows, least
 * received messages, settings data.*). */
struct at_collected {
    struct at_dataset dataset;
    uint32_t *y; /* u32[dataset.n], class index */
    const struct at_labels *labels;
    size_t cap;
};

/**
 * Reads the labelled fans of a target. Fans whose label is not in the configuration are skipped
 * with a warning. Errors: those of the store.
 */
attune_status at_collect(struct at_collected *out, attune_home *home,
                         const struct at_labels *labels, const attune_job *job, attune_error *err);
void at_collected_release(struct at_collected *c);
/**
 * "Insufficient personality data: 25 < 50" when there are fewer than the setting asks for, and its
 * relatives: one label only, a label with a single fan. Errors: NOT_ENOUGH.
 */
attune_status at_collect_enough(const struct at_collected *c, attune_home *home, attune_error *err);

/* The split of a version, by fan. */
struct at_members {
    struct at_map fans;
    uint8_t *role; /* u8[fans.n_keys], enum at_split */
    size_t cap;
};
attune_status at_members_read(struct at_members *out, attune_home *home, struct at_str target,
                              int64_t version, attune_error *err);
enum at_split at_members_role(const struct at_members *m, struct at_str fan_id); /* or NONE */
/**
 * What the version's split says of each profile: its own role or that of its near-duplicates, for a
 * group is on one side. Training wins over held-out; NONE for groups that came since.
 *
 * in   group  u32[n]  from at_split_groups
 * out  role   u8[n]   enum at_split
 */
attune_status at_members_spread(const struct at_members *m, const struct at_dataset *dataset,
                                const uint32_t *group, uint8_t *role, attune_error *err);
/** The same, with groups found on the way. */
attune_status at_members_roles(const struct at_members *m, const struct at_dataset *dataset,
                               uint8_t *role, const attune_job *job, attune_error *err);
void at_members_release(struct at_members *m);

#endif
