#ifndef AT_TEXT_LANGUAGE_H
#define AT_TEXT_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Which language messages are written in, made for chat: a few words, slang, no accents, emoji.
 *
 * A script that one language has nearly to itself (Thai, Hangul, kana, Greek, ...) decides alone.
 * Latin, Cyrillic, Arabic and Devanagari go to a linear model on character n-grams and words, whose
 * weights are trained by tools/language and lie in language_weights.bin.
 */

/** "und", BCP 47's tag for a language that is not determined. Other tags are static as well. */
extern const char at_language_unknown[];

struct at_language {
    const char *tag;          /* the language, or at_language_unknown where it is not certain */
    const char *best;         /* the most probable one, however improbable; unknown: no letters */
    const char *runner_up;    /* the next one of the same script; unknown where there is none */
    double confidence;        /* probability of `best`, 0..1 */
    double runner_confidence; /* of `runner_up` */
    bool sure; /* certain enough to act on: confidence of AT_LANGUAGE_SURE, from enough letters */
};

/* The least confidence with which a language is named, and with which it is sure. */
#define AT_LANGUAGE_MIN_CONFIDENCE 0.7
#define AT_LANGUAGE_SURE           0.95

/* Letters that are looked at: the first ones, about a hundred words, which are plenty; scripts, and
 * those of them that several languages share. */
enum {
    AT_LANGUAGE_LETTERS_MAX = 512,
    AT_LANGUAGE_SCRIPTS = 25,
    AT_LANGUAGE_SHARED = 4,
    AT_LANGUAGE_COLUMNS = 24
};

/**
 * The language of messages taken together:
 *
 *     struct at_language_scan scan = {0};
 *     for each message
 *         at_language_add(&scan, text);
 *     at_language_finish(&scan, &language);
 *
 * in   text    any bytes; those that are not UTF-8 part words. Links, @names and #tags do not count
 *
 * Threads  pure
 * Cost     no allocation; O(bytes until AT_LANGUAGE_LETTERS_MAX letters were seen)
 * Tests    language_test.c (own sentences), language_prop.c, language_fuzz.c
 */
struct at_language_scan {
    uint32_t n_all, n_letters[AT_LANGUAGE_SCRIPTS];
    uint32_t n_features[AT_LANGUAGE_SHARED];
    int32_t sum[AT_LANGUAGE_SHARED][AT_LANGUAGE_COLUMNS];
};
void at_language_add(struct at_language_scan *scan, struct at_str text);
void at_language_finish(const struct at_language_scan *scan, struct at_language *out);
/** Both in one. */
void at_language_identify(const struct at_str *texts, size_t n_texts, struct at_language *out);

/** Whether `text` has the form of a language tag: "fr", "pt-BR", "hi-Latn", "fil"; '_' is taken for
 * '-'. Two or three letters, then parts of 1 to 8 letters and digits. */
bool at_language_is_tag(struct at_str text);
/**
 * Whether two BCP 47 tags name the same language, in any case of letters: the part before the first
 * '-' or '_' is the same ("pt-BR" and "pt"; "nb", "nn" and "no" too) and both or none are in Latin
 * letters by exception ("hi-Latn" is not "hi").
 */
bool at_language_same(struct at_str a, struct at_str b);

#endif
