#ifndef AT_DATA_LABELS_H
#define AT_DATA_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

/* The labels of one target, in a fixed order: class index <-> name. For an ordered target (low <
 * medium < high) the order has meaning; else it is the order of the configuration, or of the
 * alphabet where the labels were found in the data. */
struct at_labels {
    struct at_str target;
    struct at_str *names; /* [n] */
    size_t n;
    bool ordered;
};

enum { AT_LABELS_MAX = 1024 };
#define AT_CLASS_NONE UINT32_MAX

/** Class index of `name`, or AT_CLASS_NONE. Case matters. */
uint32_t at_labels_find(const struct at_labels *labels, struct at_str name);
/** Copies into `arena`. Errors: INVALID for fewer than 2 or more than AT_LABELS_MAX labels, an
 * empty or a doubled name. */
attune_status at_labels_make(struct at_labels *out, struct at_str target,
                             const struct at_str *names, size_t n, bool ordered,
                             struct at_arena *arena, attune_error *err);

#endif
