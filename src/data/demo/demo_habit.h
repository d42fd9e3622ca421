#ifndef AT_DATA_DEMO_HABIT_H
#define AT_DATA_DEMO_HABIT_H

#include "data/demo/demo_fan.h"
#include "data/demo/demo_grammar.h"

/* Words that fans of one language type in a way of their own, from the rules [spelling]
 * ("you => u"), [stretch] ("so": its last letter may repeat) and [plain] ("é => e"). */
struct at_demo_spelling {
    struct at_map words;           /* lower case; all three rules */
    struct at_demo_habit_word *of; /* [words.n_keys] */
    uint32_t of_cap;
    struct at_arena arena;
};

struct at_demo_habit_word {
    struct at_str shorter, plain; /* empty: none */
    bool stretches;
};

/** Errors: FORMAT when a line of the rules is not of that shape, or a rule is missing; NO_MEMORY.
 */
attune_status at_demo_spelling_make(struct at_demo_spelling *out, struct at_demo_grammar *grammar,
                                    attune_error *err);
void at_demo_spelling_release(struct at_demo_spelling *spelling);

/**
 * Appends `text` to `out` as a fan with these habits types it. Valid UTF-8 stays valid; runs of
 * spaces become one; the result is never empty when `text` is not. Letters outside of ASCII and
 * Latin-1 keep their case.
 */
attune_status at_demo_habit_type(const struct at_demo_spelling *spelling,
                                 const struct at_demo_habits *habits, struct at_str text,
                                 struct at_rng *rng, struct at_buf *out, attune_error *err);

/** Length of the first sentence of `text`; text.len when there is only one. */
size_t at_demo_first_sentence(struct at_str text);

#endif
