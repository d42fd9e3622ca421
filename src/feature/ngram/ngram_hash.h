#ifndef AT_FEATURE_NGRAM_NGRAM_HASH_H
#define AT_FEATURE_NGRAM_NGRAM_HASH_H

#include "feature/ngram/ngram.h"

/** Learning in hashing mode: fills an empty block. Errors: NOT_ENOUGH, NO_MEMORY, CANCELLED. */
attune_status ngram_fit_hashed(struct ngram *f, struct at_csr *rows,
                               const struct at_feature_fit *in, const struct ngram_options *options,
                               attune_error *err);
/** Makes bucket_col and names of f->buckets. Errors: NO_MEMORY. */
attune_status ngram_prepare_buckets(struct ngram *f, attune_error *err);

#endif
