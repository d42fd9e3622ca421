#ifndef AT_FEATURE_NGRAM_NGRAM_H
#define AT_FEATURE_NGRAM_NGRAM_H

#include <stdbool.h>

#include "feature/col_counter.h"
#include "feature/explanation.h"
#include "feature/feature.h"
#include "feature/ngram/ngram_keys.h"
#include "feature/ngram/ngram_text.h"
#include "feature/vocabulary.h"

/*
 * Words and characters of chat (text/chat.h) in one pass. Used inside this folder only; the rest of
 * attune sees at_feature_kind_ngram.
 *
 *   words       runs of word_min..word_max tokens of one message; punctuation and the signs <long>
 * and <loud> are tokens of their own and take no part in longer runs characters  runs of
 * char_min..char_max characters of each stretch of text without a space, which gets a space in
 * front and one behind (scikit-learn's char_wb); a placeholder parts stretches and has no
 * characters tf          times that a term is in a profile; 1 + ln tf with `sublinear_tf` idf ln((1
 * + n_docs) / (1 + df)) + 1 value       tf * idf; with norm "each" the words' part of a row has
 * length `word_weight` and the characters' part length 1, with "l2" the whole row has length 1
 * (words weighted before)
 *
 * A term is a column when at least `min_fans` different fans wrote it, never fewer than two: what
 * only one person says is not learned. Columns: words in byte order, then characters in byte order.
 */

enum ngram_norm { NGRAM_NORM_NONE, NGRAM_NORM_L2, NGRAM_NORM_EACH, NGRAM_NORM_COUNT };
enum { NGRAM_WORDS_MAX = 5, NGRAM_CHARS_MAX = 8, NGRAM_HASH_MIN = 10, NGRAM_HASH_MAX = 22 };

struct ngram_options {
    int64_t word_min, word_max, char_min, char_max; /* max 0: none */
    bool sublinear_tf, use_idf;
    int norm; /* enum ngram_norm */
    double word_weight;
    int64_t min_fans;     /* 0: at_feature_min_fans */
    int64_t max_features; /* 0: no limit */
    double max_df;        /* fraction of the profiles */
    int64_t hash_bits;    /* 0: a vocabulary */
};

/* What of the options shapes a row: written to the model file as it stands. */
struct ngram_params {
    uint32_t version; /* NGRAM_PARAMS_VERSION */
    uint32_t word_min, word_max, char_min, char_max, norm;
    uint32_t sublinear_tf, use_idf; /* 0 or 1 */
    uint32_t hash_bits, min_fans;
    uint64_t n_docs; /* training profiles */
    double word_weight;
};
enum { NGRAM_PARAMS_VERSION = 1, NGRAM_LOG_TABLE = 64, NGRAM_BUCKET_NAME = 8 };

struct ngram {
    struct at_feature base;
    struct ngram_params params;
    struct at_vocabulary words, chars;      /* sorted lists; empty in hashing mode */
    struct ngram_keys word_keys, char_keys; /* where a term is in them */
    size_t n_words;                         /* columns of the words' part; they stand first */
    const uint32_t *df;                     /* u32[n_cols] profiles that have the column */
    double *idf;                            /* f64[n_cols], made of df */
    uint32_t *own_df;        /* the same as df when fitted, NULL when lent by a file */
    const uint32_t *buckets; /* hashing mode: u32[n_cols] bucket of each column, ascending */
    uint32_t *own_buckets;   /* the same when fitted */
    uint32_t *bucket_col;    /* u32[2 << hash_bits] column of a bucket, or AT_TERM_NONE */
    char (*names)[NGRAM_BUCKET_NAME]; /* [n_cols] */
    double log_tf[NGRAM_LOG_TABLE];   /* 1 + ln tf for small tf */
};

extern const struct at_feature_kind at_feature_kind_ngram;

/** An empty block with the options read. Errors: INVALID, NO_MEMORY. */
attune_status ngram_create(struct ngram **out, const struct ngram_options *options, size_t n_docs,
                           attune_error *err);
/** Makes what follows from params and df: the kind, logarithms, idf. Errors: NO_MEMORY. */
attune_status ngram_prepare(struct ngram *f, attune_error *err);
void ngram_destroy(struct at_feature *feature);

attune_status ngram_fit(struct at_feature **out, struct at_csr *rows,
                        const struct at_feature_fit *in, const void *options, attune_error *err);
attune_status ngram_survey(void **out, const struct at_feature_fit *in, size_t least_fans,
                           const void *options, attune_error *err);
attune_status ngram_fit_part(struct at_feature **out, struct at_csr *rows,
                             const struct at_feature_part *part, const void *options,
                             attune_error *err);
void ngram_survey_destroy(void *survey);
/** Errors: NOT_ENOUGH, always: no term has the fans that it needs. */
attune_status ngram_fail_no_terms(size_t n_fans, uint32_t min_fans, double max_df,
                                  attune_error *err);
attune_status ngram_save(const struct at_feature *feature, attune_writer *writer,
                         attune_error *err);
attune_status ngram_load(struct at_feature **out, const attune_reader *reader, attune_error *err);

/** Writes the row that was counted (n_touched entries) and empties the counter. */
size_t ngram_take_row(const struct ngram *f, struct at_col_counter *counter, uint32_t *col,
                      float *value);

/* The columns of a stretch that came before: most of what people write are words that they use
 * again and again. A place is given by the hash of the stretch; the newest one has it. */
enum { NGRAM_CACHE = 2048, NGRAM_CACHE_BYTES = 22, NGRAM_CACHE_COLS = 58 };
struct ngram_known {
    uint8_t len, n_cols; /* len 0: empty */
    char text[NGRAM_CACHE_BYTES];
    uint32_t col[NGRAM_CACHE_COLS];
};

struct ngram_session {
    struct at_col_counter counter;
    struct ngram_text text;
    struct ngram_known *known; /* [NGRAM_CACHE], or NULL */
};
/** Counts the columns of a profile. */
void ngram_count(const struct ngram *f, struct ngram_session *s, const struct at_profile *profile);
attune_status ngram_explain(const struct at_feature *feature, void *session,
                            const struct at_profile *profile, const double *contribution,
                            struct at_explanation *out, attune_error *err);

static inline uint32_t ngram_find(const struct ngram_keys *keys, const struct at_vocabulary *terms,
                                  struct at_str padded)
{
    const uint64_t key = ngram_key_of(padded);
    if (!keys->slots)
        return AT_TERM_NONE;
    for (size_t i = ngram_keys_home(keys, key); keys->slots[i].key; i = (i + 1) & keys->mask) {
        if (keys->slots[i].key != key)
            continue;
        const uint32_t k = keys->slots[i].id;
        if (ngram_key_is_text(key) || at_str_equal(at_vocabulary_term(terms, k), padded))
            return k;
    }
    return AT_TERM_NONE;
}

/* Columns of terms behind which 8 bytes can be read; AT_TERM_NONE: no column. */
static inline uint32_t ngram_word_col(const struct ngram *f, struct at_str padded)
{
    if (f->params.hash_bits)
        return f->bucket_col[ngram_word_bucket(f->params.hash_bits, padded)];
    return ngram_find(&f->word_keys, &f->words, padded);
}
static inline uint32_t ngram_char_col(const struct ngram *f, struct at_str padded)
{
    if (f->params.hash_bits)
        return f->bucket_col[ngram_char_bucket(f->params.hash_bits, padded)];
    const uint32_t k = ngram_find(&f->char_keys, &f->chars, padded);
    return k == AT_TERM_NONE ? k : k + (uint32_t)f->n_words;
}

#endif
