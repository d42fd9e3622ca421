#ifndef AT_TEXT_LANGUAGE_WORDS_H
#define AT_TEXT_LANGUAGE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Words for language identification: runs of letters of one script in lower case. An apostrophe
 * ends a word and belongs to it ("j'" "ai"); a letter that is written three times or more counts
 * once ("saluuut" is "salut"); links, @names and #tags are left out; so are digits, emoji and
 * combining accents.
 */
enum { AT_LANGUAGE_WORD_MAX = 40 }; /* longer runs fall into pieces */

struct at_language_words {
    const unsigned char *begin, *at, *end;
};

struct at_language_word {
    /* a space, the letters, a space: n_letters + 2 entries; all letters that are known lie in the
     * BMP */
    uint16_t letters[AT_LANGUAGE_WORD_MAX + 2];
    uint32_t n_letters;
    uint8_t script; /* enum at_language_script */
};

enum at_language_script { /* the first four are those of at_language_groups */
                          AT_SCRIPT_LATIN,
                          AT_SCRIPT_CYRILLIC,
                          AT_SCRIPT_ARABIC,
                          AT_SCRIPT_DEVANAGARI,
                          AT_SCRIPT_HAN,
                          AT_SCRIPT_KANA,
                          AT_SCRIPT_HANGUL,
                          AT_SCRIPT_THAI,
                          AT_SCRIPT_GREEK,
                          AT_SCRIPT_HEBREW,
                          AT_SCRIPT_ARMENIAN,
                          AT_SCRIPT_GEORGIAN,
                          AT_SCRIPT_BENGALI,
                          AT_SCRIPT_GURMUKHI,
                          AT_SCRIPT_GUJARATI,
                          AT_SCRIPT_ODIA,
                          AT_SCRIPT_TAMIL,
                          AT_SCRIPT_TELUGU,
                          AT_SCRIPT_KANNADA,
                          AT_SCRIPT_MALAYALAM,
                          AT_SCRIPT_SINHALA,
                          AT_SCRIPT_LAO,
                          AT_SCRIPT_MYANMAR,
                          AT_SCRIPT_KHMER,
                          AT_SCRIPT_ETHIOPIC,
                          AT_SCRIPT_NONE
};

/** `text` is borrowed; any bytes. */
void at_language_words_begin(struct at_language_words *words, struct at_str text);
bool at_language_words_next(struct at_language_words *words, struct at_language_word *out);

/* Features of a word: character n-grams of 1 to 4 that see where it begins and ends, and the word.
 */
enum { AT_LANGUAGE_FEATURES_MAX = 4 * (AT_LANGUAGE_WORD_MAX + 2) };
/** Writes the rows of the word in a table of n_buckets rows; returns how many there are. */
size_t at_language_features(const struct at_language_word *word, uint32_t n_buckets,
                            uint32_t out[AT_LANGUAGE_FEATURES_MAX]);

#endif
