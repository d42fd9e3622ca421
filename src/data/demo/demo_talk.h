#ifndef AT_DATA_DEMO_TALK_H
#define AT_DATA_DEMO_TALK_H

#include "data/demo/demo_fan.h"
#include "data/demo/demo_grammar.h"
#include "data/demo/demo_habit.h"
#include "data/profile.h"

enum { AT_DEMO_TOPICS_MAX = 32, AT_DEMO_MESSAGES_MAX = 60 };

/* One language: its grammar and the rules of it that a conversation starts from, by their name. */
struct at_demo_tongue {
    struct at_demo_grammar grammar;
    struct at_demo_spelling spelling;
    /* dialogues */
    const struct at_demo_rule *first, *hello, *morning, *evening, *bye;
    const struct at_demo_rule *emotional, *conqueror, *low, *high, *thrifty, *generous;
    const struct at_demo_rule *ask, *reply, *reply_warm;   /* by the creator */
    const struct at_demo_rule *topics[AT_DEMO_TOPICS_MAX]; /* those that the rule [topics] lists */
    uint32_t n_topics;
    /* what a fan adds to a message */
    const struct at_demo_rule *tail_emotional, *tail_conqueror, *tail_low, *tail_medium, *tail_high;
    const struct at_demo_rule *tail_thrifty, *tail_generous, *question;
    const struct at_demo_rule *emoji, *emoji_warm, *emoji_bold;
};

/** Errors: FORMAT, as "NAME:LINE: REASON"; NO_MEMORY. On failure *out is empty. */
attune_status at_demo_tongue_make(struct at_demo_tongue *out, const char *name, struct at_str text,
                                  attune_error *err);
void at_demo_tongue_release(struct at_demo_tongue *tongue);

/* What one conversation needs besides; kept from fan to fan so that memory is taken once. */
struct at_demo_desk {
    struct at_buf raw, typed;
    uint32_t *said; /* [n_said]: the conversation in which a line was last said */
    size_t n_said;
    uint32_t conversation;
};
void at_demo_desk_release(struct at_demo_desk *desk);

/**
 * A whole conversation: fan->n_messages messages in turns, in `arena`, times ascending by at least
 * a second, within two years from 2025-01-06. Errors: NO_MEMORY.
 */
attune_status at_demo_talk(const struct at_demo_tongue *tongue, const struct at_demo_fan *fan,
                           struct at_demo_desk *desk, struct at_rng *rng, struct at_arena *arena,
                           struct at_message **out, attune_error *err);

#endif
