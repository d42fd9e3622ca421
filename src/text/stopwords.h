#ifndef AT_TEXT_STOPWORDS_H
#define AT_TEXT_STOPWORDS_H

#include "base/map.h"

/* Words that are left out before anything is counted. The lists are data, one word a line:
 * stopwords/english.txt (scikit-learn's 318, exactly), stopwords/french.txt. */
enum at_stopwords {
    AT_STOPWORDS_NONE,
    AT_STOPWORDS_ENGLISH,
    AT_STOPWORDS_FRENCH,
    AT_STOPWORDS_ENGLISH_FRENCH,
    AT_STOPWORDS_COUNT /* how many choices there are */
};

/** The names in the order of the enum, NULL-terminated: none english french english+french. */
extern const char *const at_stopwords_choices[];

/**
 * Adds the words of a choice to `set`; at_map_get then looks a word up, set->keys lists them.
 * Errors   NO_MEMORY  some of the words may be in the set; at_map_release it
 */
attune_status at_stopwords_add(struct at_map *set, enum at_stopwords which, attune_error *err);

#endif
