#ifndef AT_TEXT_WORDS_H
#define AT_TEXT_WORDS_H

#include <stddef.h>

#include "base/str.h"

/*
 * Words as scikit-learn's default makes them: the matches of (?u)\b\w\w+\b in text.lower(), as
 * Python 3.11 (Unicode 14.0) does both. So a word is a run of at least two letters, digits or '_';
 * combining marks, emoji and joiners part words ("e\u0301te\u0301" gives "te", Hindi falls apart);
 * a capital sigma at the end of a word becomes its final form; U+0130 becomes "i" and an end.
 *
 * Texts that are joined by a space give the words of each on its own, one after the other: a space
 * parts words and is neither cased nor ignorable, so no rule reaches across it.
 *
 *     struct at_words words;
 *     at_words_begin(&words, text);
 *     char *out = ...;                      room for at_words_room(text.len) bytes
 *     for (size_t n; (n = at_words_next(&words, out)) != 0;)
 *         use (out, n)
 */
struct at_words {
    const unsigned char *begin, *at, *end;
};

/** Bytes that writing a word of a text of `len` bytes can need: lower case grows by half at the
 * most, and up to 8 bytes behind a word may be written over. */
static inline size_t at_words_room(size_t len)
{
    return len + len / 2 + 8;
}

/** `text` is borrowed. It should be valid UTF-8; bytes that are not part words. */
void at_words_begin(struct at_words *words, struct at_str text);
/**
 * Writes the next word in lower case and returns its length in bytes; 0 at the end.
 *
 * Cost     8 ASCII bytes at a time, no allocation
 * Tests    words_test.c (all code points against Python), words_prop.c, words_fuzz.c
 */
size_t at_words_next(struct at_words *words, char *out);
/** The same by decoding every character: the reference for the fast one. */
size_t at_words_next_plain(struct at_words *words, char *out);

#endif
