/* Sections of a model file: `params`, `df`, and `words`, `chars` (each with its starts; left out
 * where there are none) or `buckets`. Terms and df are used where the file has them; look-ups and
 * idf are made. */
#include <math.h>

#include "base/alloc.h"
#include "base/bundle.h"
#include "feature/ngram/ngram.h"

attune_status ngram_save(const struct at_feature *feature, attune_writer *writer, attune_error *err)
{
    const struct ngram *f = (const void *)feature;
    AT_TRY(attune_writer_put(writer, "params", &f->params, sizeof f->params, err));
    AT_TRY(attune_writer_put(writer, "df", f->df, f->base.n_cols * sizeof *f->df, err));
    if (f->buckets)
        return attune_writer_put(writer, "buckets", f->buckets, f->base.n_cols * sizeof *f->buckets,
                                 err);
    if (f->words.n)
        AT_TRY(at_vocabulary_save(&f->words, "words", writer, err));
    return f->chars.n ? at_vocabulary_save(&f->chars, "chars", writer, err) : ATTUNE_OK;
}

static bool file_params_hold(const struct ngram_params *p)
{
    return p->word_max <= NGRAM_WORDS_MAX && p->char_max <= NGRAM_CHARS_MAX &&
           (p->word_max || p->char_max) && p->word_min >= 1 && p->char_min >= 1 &&
           (!p->word_max || p->word_min <= p->word_max) &&
           (!p->char_max || p->char_min <= p->char_max) && p->norm < NGRAM_NORM_COUNT &&
           p->sublinear_tf <= 1 && p->use_idf <= 1 &&
           (p->hash_bits == 0 || p->hash_bits >= NGRAM_HASH_MIN) &&
           p->hash_bits <= NGRAM_HASH_MAX && p->min_fans >= 2 && p->n_docs < UINT32_MAX &&
           p->word_weight >= 0.01 && p->word_weight <= 100;
}

static attune_status file_load_params(struct ngram_params *out, const attune_reader *reader,
                                      attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "params", sizeof *out, &data, &n, err));
    struct ngram_params p = {0};
    if (n == 1)
        memcpy(&p, data, sizeof p);
    if (p.version > NGRAM_PARAMS_VERSION)
        return at_fail(err, ATTUNE_TOO_NEW, "the ngram block is of version %u; update attune",
                       (unsigned)p.version);
    if (n != 1 || p.version != NGRAM_PARAMS_VERSION || !file_params_hold(&p))
        return at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: ngram params");
    *out = p;
    return ATTUNE_OK;
}

static attune_status file_load_df(struct ngram *f, const attune_reader *reader, attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "df", sizeof *f->df, &data, &n, err));
    bool ok = n > 0 && n == f->base.n_cols;
    f->df = data;
    for (size_t i = 0; ok && i < n; i++)
        ok = f->df[i] >= 1 && f->df[i] <= f->params.n_docs;
    return ok ? ATTUNE_OK : at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: ngram df");
}

static attune_status file_load_buckets(struct ngram *f, const attune_reader *reader,
                                       attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "buckets", sizeof *f->buckets, &data, &n, err));
    const uint32_t half = UINT32_C(1) << f->params.hash_bits;
    bool ok = n > 0;
    f->buckets = data;
    for (size_t i = 0; ok && i < n; i++) {
        ok = f->buckets[i] < 2 * half && (i == 0 || f->buckets[i - 1] < f->buckets[i]);
        f->n_words += f->buckets[i] < half;
    }
    f->base.n_cols = n;
    return ok ? ATTUNE_OK
              : at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: ngram buckets");
}

static attune_status file_load_terms(struct ngram *f, const attune_reader *reader,
                                     attune_error *err)
{
    if (at_bundle_has(reader, "words"))
        AT_TRY(at_vocabulary_load_list(&f->words, "words", reader, err));
    if (at_bundle_has(reader, "chars"))
        AT_TRY(at_vocabulary_load_list(&f->chars, "chars", reader, err));
    f->n_words = f->words.n;
    f->base.n_cols = f->words.n + f->chars.n;
    return ATTUNE_OK;
}

static attune_status file_load(struct ngram *f, const attune_reader *reader, attune_error *err)
{
    AT_TRY(file_load_params(&f->params, reader, err));
    AT_TRY(f->params.hash_bits ? file_load_buckets(f, reader, err)
                               : file_load_terms(f, reader, err));
    AT_TRY(file_load_df(f, reader, err));
    return ngram_prepare(f, err);
}

attune_status ngram_load(struct at_feature **out, const attune_reader *reader, attune_error *err)
{
    *out = NULL;
    struct ngram *f = AT_ALLOC(struct ngram, 1);
    if (!f)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: ngram");
    const attune_status status = file_load(f, reader, err);
    if (status == ATTUNE_OK)
        *out = &f->base;
    else
        ngram_destroy(&f->base);
    return status;
}
