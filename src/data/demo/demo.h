#ifndef AT_DATA_DEMO_DEMO_H
#define AT_DATA_DEMO_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/profile.h"

/*
 * Invented conversations between fans and a creator, to try attune without anybody's data.
 * Everything in them is drawn from grammars written for this purpose (english.txt, french.txt),
 * coloured by habits (demo_fan.h). The classes overlap and a few labels are wrong, as in life: the
 * default pipeline is right for about five fans in six, never for all.
 */
struct at_demo_options {
    uint64_t seed;
    size_t n_fans;
    bool english, french; /* at least one; with both, 7 fans of 10 write English */
    bool spending;        /* a third target too: spending_potential */
    bool truth;           /* labels without the wrong ones: to measure how those are found */
};

struct at_demo;

/** Errors: INVALID without a language; FORMAT for a grammar that does not hold; NO_MEMORY. */
attune_status at_demo_create(struct at_demo **out, const struct at_demo_options *options,
                             attune_error *err);
/**
 * The next fan, valid until the next call; *out is NULL after the last one.
 *
 * Profile i depends on (seed, i, languages) alone: not on n_fans, nor on the machine. fan_id is
 * "demo-000001" and on; language en or fr; labels personality (Emotional, Conqueror), engagement
 * (low, medium, high) and, on demand, spending_potential (low, medium, high); fan and creator take
 * turns for 8 to 60 messages, whose times ascend. About 1 fan in 25 has 1 to 3 messages only, to
 * show the rule that leaves such fans out.
 *
 * Errors   NO_MEMORY  the stream stays where it was: the next call gives the same fan
 * Cost     about 25 messages; memory does not grow with n_fans
 */
attune_status at_demo_next(struct at_demo *demo, const struct at_profile **out, attune_error *err);
void at_demo_destroy(struct at_demo *demo); /* takes NULL */

#endif
