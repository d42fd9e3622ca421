#ifndef AT_DATA_PROFILE_H
#define AT_DATA_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/str.h"

/* A fan with its messages: the unit that is classified. Everything in it is borrowed from an arena
 * of whoever made it (a reader, a store scan, a dataset). */

enum at_from { AT_FROM_FAN = 0, AT_FROM_CREATOR = 1 };
enum at_split { AT_SPLIT_NONE = 0, AT_SPLIT_TRAIN, AT_SPLIT_VAL, AT_SPLIT_TEST };

struct at_message {
    struct at_str text; /* valid UTF-8, no NUL; may be empty */
    int64_t at_ms;      /* Unix time, or AT_TIME_NONE */
    enum at_from from;
};

struct at_label { /* what one target says of a fan, as text */
    struct at_str target, label;
};

struct at_profile {
    struct at_str fan_id;        /* never empty once it has passed a reader */
    struct at_str language;      /* BCP 47 tag, or empty: unknown */
    bool language_guessed;       /* identified from the messages, not given */
    struct at_message *messages; /* in the order of the conversation */
    size_t n_messages;
    struct at_label *labels;
    size_t n_labels;
    enum at_split split;
};

/** The label that `target` has in the profile, or an empty string. */
struct at_str at_profile_label(const struct at_profile *profile, struct at_str target);
/** A deep copy into `arena`. Errors: NO_MEMORY. */
attune_status at_profile_copy(struct at_profile *out, const struct at_profile *profile,
                              struct at_arena *arena, attune_error *err);

#endif
