#ifndef AT_FEATURE_MEANING_MEANING_H
#define AT_FEATURE_MEANING_MEANING_H

#include <stdbool.h>

#include "feature/feature.h"
#include "text/chat.h"

/*
 * What a fan's words mean, from public text: "sweetheart" stands near "darling" before a fan has
 * said it.
 *
 *   table       for each of some 78 000 words of 11 languages, half of them English, a vector v
 *               of 64 numbers (words of one meaning stand near in all of them) and a weight w
 *               that is small for words such as "the"; both are in the library
 *   sum         of w * v over the fan's words that the table has
 *   row         weight * sum / |sum|: as far as a row of other words, and all columns explicit
 *
 * Nothing of the fans' words is kept: a fitted block has one number, the share of the words of all
 * training profiles that the table knows. With it a profile in a language that the table does not
 * have gets an empty row, and so does everyone where hardly any of them writes one that it has:
 *
 *   open        (n_known + 8 * share) / (n_words + 8) >= 0.5
 *
 * Sums are of whole numbers, so the order of the words does not matter. Used inside this folder
 * only; the rest of attune sees at_feature_kind_meaning. Figures: docs/decisions/0016-meaning.md.
 */
enum { MEANING_DIMS = 64, MEANING_NAME = 16, MEANING_NONE = -1 };

struct meaning_options {
    double weight;
};

/* Written to the model file as it stands. */
struct meaning_params {
    uint32_t version; /* MEANING_PARAMS_VERSION */
    uint32_t n_cols;  /* MEANING_DIMS */
    uint32_t table;   /* which table, as meaning_table_name says */
    uint32_t unused;  /* 0 */
    double weight, share;
};
enum { MEANING_PARAMS_VERSION = 1 };

struct meaning {
    struct at_feature base; /* n_cols = MEANING_DIMS */
    struct meaning_params params;
    char names[MEANING_DIMS][MEANING_NAME];
};
extern const struct at_feature_kind at_feature_kind_meaning;

/* The table. */

/** Tells tables apart; a model works with the one that it was trained with only. */
uint32_t meaning_table_name(void);
/** Number of a word in lower case, or MEANING_NONE. One unknown word in 50 000 is taken for a
 * known one: the table has 32-bit hashes of its words instead of a list. */
int32_t meaning_find(struct at_str word);
/** w, 1..255. */
int32_t meaning_word_weight(int32_t word);
/** 2 * v / step of each dimension: odd numbers in -15..15. */
void meaning_word_vector(int32_t word, int8_t out[MEANING_DIMS]);
/** step of each dimension. */
void meaning_steps(float out[MEANING_DIMS]);

/* The fan's words in the table, one after the other:
 *
 *     meaning_text_begin(&t, profile);
 *     while (meaning_text_next(&t))
 *         t.token, t.message, t.word[0 .. t.n_known - 1]
 */
enum { MEANING_WORDS_A_TOKEN = 2 };
struct meaning_text {
    const struct at_profile *profile;
    size_t next_message;
    struct at_chat chat;
    struct at_chat_token token;          /* a word, not a number, sign or placeholder */
    struct at_str message;               /* that it is in */
    size_t n_known;                      /* 0: the table does not know it */
    int32_t word[MEANING_WORDS_A_TOKEN]; /* "don't" is "do" and "not" */
};
void meaning_text_begin(struct meaning_text *t, const struct at_profile *profile);
bool meaning_text_next(struct meaning_text *t);

struct meaning_sum {
    int64_t sum[MEANING_DIMS]; /* of w * 2 * v / step */
    uint64_t n_words, n_known; /* words that were read, and those that the table has */
};
void meaning_look(struct meaning_sum *out, const struct at_profile *profile);
/** Does the profile get a row? */
bool meaning_is_open(const struct meaning *f, const struct meaning_sum *sum);
/** The row; false where there is none: `out` is all zeros then. */
bool meaning_row(const struct meaning *f, const struct meaning_sum *sum, float out[MEANING_DIMS]);

/** A block with its columns named; params are still to be filled. Errors: NO_MEMORY. */
attune_status meaning_create(struct meaning **out, attune_error *err);
void meaning_destroy(struct at_feature *feature);
attune_status meaning_fit(struct at_feature **out, struct at_csr *rows,
                          const struct at_feature_fit *in, const void *options, attune_error *err);
/** The params of a block whose training profiles have these words, over all. */
void meaning_fill_params(struct meaning *f, const struct meaning_options *options, uint64_t n_words,
                         uint64_t n_known);
attune_status meaning_survey(void **out, const struct at_feature_fit *in, size_t least_fans,
                             const void *options, attune_error *err);
attune_status meaning_fit_part(struct at_feature **out, struct at_csr *rows,
                               const struct at_feature_part *part, const void *options,
                               attune_error *err);
void meaning_survey_destroy(void *survey);
attune_status meaning_save(const struct at_feature *feature, attune_writer *writer,
                           attune_error *err);
attune_status meaning_load(struct at_feature **out, const attune_reader *reader, attune_error *err);
attune_status meaning_explain(const struct at_feature *feature, void *session,
                              const struct at_profile *profile, const double *contribution,
                              struct at_explanation *out, attune_error *err);

#endif
