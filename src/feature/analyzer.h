#ifndef AT_FEATURE_ANALYZER_H
#define AT_FEATURE_ANALYZER_H

#include "data/profile.h"
#include "feature/vocabulary.h"
#include "text/words.h"

enum { AT_NGRAM_MAX = 8 };

/*
 * The terms of a profile: its words (text/words.h) without stop words, and the runs of n_min..n_max
 * of them, parted by one space. What counts is what the fan wrote: the messages from AT_FROM_FAN,
 * taken as one text, so that runs cross from message to message. Creator messages are skipped.
 *
 *     struct at_analyzer a = {.n_min = 1, .n_max = 2, .stop = &stop_words};
 *     AT_TRY(at_analyzer_begin(&a, profile, err));
 *     for (struct at_term term; at_analyzer_next(&a, &term);)
 *         use term, which is valid until the next call
 *     at_analyzer_release(&a);                     at the very end; it is made for many profiles
 */
struct at_analyzer {
    unsigned n_min, n_max;            /* 1 <= n_min <= n_max <= AT_NGRAM_MAX */
    const struct at_vocabulary *stop; /* or NULL */

    const struct at_profile *profile;
    size_t next_message;
    struct at_words words;
    char *text; /* the newest words, parted by spaces; cap bytes */
    size_t cap, room, len;
    size_t start[AT_NGRAM_MAX]; /* of the newest n_words words, the last one ends at len */
    struct at_term word;        /* the last one */
    unsigned n_words, next_n;
};

/** Errors: NO_MEMORY. Allocates only where a longer message than ever before comes. */
attune_status at_analyzer_begin(struct at_analyzer *a, const struct at_profile *profile,
                                attune_error *err);
/** The next term, or false at the end. An n-gram follows the word that it ends with. */
bool at_analyzer_next(struct at_analyzer *a, struct at_term *out);
void at_analyzer_release(struct at_analyzer *a);

#endif
