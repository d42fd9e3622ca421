#ifndef AT_DATA_SHINGLE_H
#define AT_DATA_SHINGLE_H

#include <stdbool.h>

#include "data/profile.h"

/*
 * The character 5-grams of each message that a fan wrote, as 64-bit hashes in reading order. Upper
 * and lower case count as equal (Latin, Greek, Cyrillic; other scripts as they are), every run of
 * white space is one space, and none reaches from one message into the next: the same messages in
 * another order are the same text. Messages of the creator are left out: a text that one creator
 * sends to everybody does not make fans alike. A message of 1 to 4 characters is one shingle.
 */
enum { AT_SHINGLE_CHARS = 5 };

struct at_shingles {
    const struct at_profile *profile;
    size_t message, at_byte;
    uint64_t high, low; /* the last 5 characters, 21 bits each */
    size_t n_chars;
    bool space_waits; /* white space was seen and a character must follow before it counts */
};

void at_shingles_init(struct at_shingles *it, const struct at_profile *profile);
/** The next shingles, at most cap (>= 2); 0 at the end. */
size_t at_shingles_next(struct at_shingles *it, uint64_t *out, size_t cap);

#endif
