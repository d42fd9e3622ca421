#ifndef AT_FEATURE_NGRAM_NGRAM_ROWS_H
#define AT_FEATURE_NGRAM_NGRAM_ROWS_H

#include "feature/ngram/ngram_corpus.h"

/**
 * Appends the rows of all training profiles, in their order: `count` counts the columns of one in
 * session->counter. Errors: NO_MEMORY, CANCELLED; the matrix then has the rows that it had.
 */
attune_status ngram_rows_add(struct at_csr *rows, struct ngram_corpus *c, const struct ngram *f,
                             void (*count)(const void *context, struct ngram_session *session,
                                           size_t profile),
                             const void *context, attune_error *err);

#endif
