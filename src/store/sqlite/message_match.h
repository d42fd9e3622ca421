#ifndef AT_STORE_SQLITE_MESSAGE_MATCH_H
#define AT_STORE_SQLITE_MESSAGE_MATCH_H

#include "data/profile.h"

/*
 * Which messages of a profile are new: a hash table of the profile's messages, from which the
 * stored ones cross out what they equal (same sender, time and text). A stored message crosses out
 * one, so of k equal messages k minus the stored number are left. The first of equal ones goes
 * first.
 */
struct at_match {
    const struct at_message *messages;
    uint32_t *slots;     /* [mask + 1]: first uncrossed message of equal ones + 1; 0: none */
    uint32_t *next;      /* [n]: the next equal message + 1 */
    bool *crossed;       /* [n] */
    size_t mask, n_left; /* n_left: not crossed out yet */
};

/** O(n). `profile` is borrowed. Errors: NO_MEMORY. */
attune_status at_match_init(struct at_match *match, const struct at_profile *profile,
                            attune_error *err);
void at_match_release(struct at_match *match);
/** O(1) and the comparison of the text. */
void at_match_cross_out(struct at_match *match, const struct at_message *stored);

#endif
