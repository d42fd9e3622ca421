#ifndef AT_FEATURE_TFIDF_TFIDF_H
#define AT_FEATURE_TFIDF_TFIDF_H

#include <stdbool.h>

#include "feature/analyzer.h"
#include "feature/col_counter.h"
#include "feature/feature.h"
#include "feature/term_counts.h"
#include "feature/vocabulary.h"
#include "text/stopwords.h"

/*
 * TF-IDF as scikit-learn 1.2.1's TfidfVectorizer computes it (classical term weighting of Salton
 * and Buckley 1988). Used inside this folder only; the rest of attune sees at_feature_kind_tfidf.
 *
 *   tf(t, d)   times that term t is in document d; 1 with `binary`; 1 + ln tf with `sublinear_tf`
 *   idf(t)     ln((n_docs + s) / (df(t) + s)) + 1, where s is 1 with `smooth_idf`, else 0
 *   value      tf * idf, divided by the row's l2 or l1 norm
 *
 * All in float64, rounded to float32 at the end. Values are those of scikit-learn but for the last
 * bit where its logarithm (NumPy has one of its own on AVX-512) is 1 or 2 units off the C
 * library's.
 */

enum tfidf_norm { TFIDF_NORM_NONE, TFIDF_NORM_L1, TFIDF_NORM_L2, TFIDF_NORM_COUNT };
/* Which of the terms that are equally frequent at the cut of max_features stay: the first ones in
 * code point order, or those that NumPy's unstable sort happens to leave in front. */
enum tfidf_ties { TFIDF_TIES_LEXICOGRAPHIC, TFIDF_TIES_NUMPY_SCALAR };

struct tfidf_options {
    int64_t max_features; /* 0: no limit */
    int64_t min_fans;     /* 0: at_feature_min_fans; 1: as scikit-learn */
    int stop_words;       /* enum at_stopwords */
    const char *min_df, *max_df, *ngram_range;
    bool sublinear_tf, use_idf, smooth_idf, binary;
    int norm; /* enum tfidf_norm */
    int ties; /* enum tfidf_ties */
};

/* What of the options shapes a row: read from them once, written to the model file as it stands. */
struct tfidf_params {
    uint32_t version; /* TFIDF_PARAMS_VERSION */
    uint32_t n_min, n_max, norm;
    uint32_t sublinear_tf, use_idf, smooth_idf, binary; /* 0 or 1 */
    uint64_t n_docs;                                    /* training profiles */
};
enum { TFIDF_PARAMS_VERSION = 1 };
enum { TFIDF_IDF_END = 64 }; /* 1 <= idf <= 1 + ln 2^32: what lies outside was never learned */

extern const struct at_feature_kind at_feature_kind_tfidf;

enum { TFIDF_LOG_TABLE = 64 };

struct tfidf {
    struct at_feature base; /* n_cols = vocabulary.n */
    struct tfidf_params params;
    struct at_vocabulary vocabulary; /* sorted: column i is term i */
    struct at_vocabulary stop;       /* sorted */
    const double *idf;               /* f64[n_cols]; NULL without use_idf */
    double *own_idf;                 /* the same when fitted, NULL when lent by a model file */
    double log_tf[TFIDF_LOG_TABLE];  /* 1 + ln tf for small tf */
};

/** Writes the row (n_touched entries) and empties the counter. Returns the number of entries. */
size_t tfidf_counter_take(struct at_col_counter *counter, const struct tfidf *feature,
                          uint32_t *col, float *value);

/** An empty block with the options read and its stop words. Errors: INVALID, NO_MEMORY. */
attune_status tfidf_create(struct tfidf **out, const struct tfidf_options *options, size_t n_docs,
                           attune_error *err);
/** Fills what follows from params: the kind, the table of logarithms. */
void tfidf_prepare(struct tfidf *feature);

attune_status tfidf_fit(struct at_feature **out, struct at_csr *rows,
                        const struct at_feature_fit *in, const void *options, attune_error *err);
attune_status tfidf_save(const struct at_feature *feature, attune_writer *writer,
                         attune_error *err);
attune_status tfidf_load(struct at_feature **out, const attune_reader *reader, attune_error *err);
void tfidf_destroy(struct at_feature *feature);

/* Document-frequency limits and the cut to max_features, as scikit-learn's _limit_features; and
 * what it does not have, the number of different fans that a term must have. */
struct tfidf_select {
    uint32_t min_fans;
    const uint32_t *fans;  /* u32[counts->n] of each term; NULL: as many as documents */
    double min_df, max_df; /* in documents */
    size_t max_features;   /* 0: no limit */
    enum tfidf_ties ties;
};
/** Reads the limits of the options. Errors: INVALID, with what is allowed. */
attune_status tfidf_select_read(struct tfidf_select *out, const struct tfidf_options *options,
                                size_t n_docs, attune_error *err);
/**
 * The terms that become columns, in column order: *out_ids u32[*out_n], the caller's.
 * Errors   NOT_ENOUGH  none is left, with what to loosen; NO_MEMORY
 */
attune_status tfidf_select_terms(uint32_t **out_ids, size_t *out_n, const struct tfidf_select *how,
                                 const struct at_term_counts *counts, attune_error *err);

#endif
