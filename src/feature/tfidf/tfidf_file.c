/* Sections of a model file: `params`, `idf` (with use_idf), `terms`, `stop`. Terms and idf are used
 * where the file has them; only the look-up is built. */
#include "base/alloc.h"
#include "base/bundle.h"
#include "feature/tfidf/tfidf.h"

attune_status tfidf_save(const struct at_feature *feature, attune_writer *writer, attune_error *err)
{
    const struct tfidf *f = (const void *)feature;
    AT_TRY(attune_writer_put(writer, "params", &f->params, sizeof f->params, err));
    if (f->idf)
        AT_TRY(attune_writer_put(writer, "idf", f->idf, f->base.n_cols * sizeof *f->idf, err));
    AT_TRY(at_vocabulary_save(&f->vocabulary, "terms", writer, err));
    return f->stop.n ? at_vocabulary_save(&f->stop, "stop", writer, err) : ATTUNE_OK;
}

static attune_status file_load_params(struct tfidf_params *out, const attune_reader *reader,
                                      attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "params", sizeof *out, &data, &n, err));
    struct tfidf_params p = {0};
    if (n == 1)
        memcpy(&p, data, sizeof p);
    if (p.version > TFIDF_PARAMS_VERSION)
        return at_fail(err, ATTUNE_TOO_NEW, "the tfidf block is of version %u; update attune",
                       (unsigned)p.version);
    if (n != 1 || p.version != TFIDF_PARAMS_VERSION || p.n_min < 1 || p.n_max < p.n_min ||
        p.n_max > AT_NGRAM_MAX || p.norm >= TFIDF_NORM_COUNT || p.sublinear_tf > 1 ||
        p.use_idf > 1 || p.smooth_idf > 1 || p.binary > 1)
        return at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: tfidf params");
    *out = p;
    return ATTUNE_OK;
}

static attune_status file_load_idf(struct tfidf *f, const attune_reader *reader, attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "idf", sizeof *f->idf, &data, &n, err));
    bool ok = n == f->vocabulary.n;
    f->idf = data;
    for (size_t i = 0; ok && i < n; i++)
        ok = f->idf[i] >= 1 && f->idf[i] < TFIDF_IDF_END; /* false for a NaN too */
    return ok ? ATTUNE_OK : at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: tfidf idf");
}

static attune_status file_load(struct tfidf *f, const attune_reader *reader, attune_error *err)
{
    AT_TRY(file_load_params(&f->params, reader, err));
    AT_TRY(at_vocabulary_load(&f->vocabulary, "terms", reader, err));
    if (f->vocabulary.n == 0)
        return at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: tfidf has no terms");
    if (at_bundle_has(reader, "stop"))
        AT_TRY(at_vocabulary_load(&f->stop, "stop", reader, err));
    if (f->params.use_idf)
        AT_TRY(file_load_idf(f, reader, err));
    f->base.n_cols = f->vocabulary.n;
    tfidf_prepare(f);
    return ATTUNE_OK;
}

attune_status tfidf_load(struct at_feature **out, const attune_reader *reader, attune_error *err)
{
    *out = NULL;
    struct tfidf *f = AT_ALLOC(struct tfidf, 1);
    if (!f)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: tfidf");
    const attune_status status = file_load(f, reader, err);
    if (status == ATTUNE_OK)
        *out = &f->base;
    else
        tfidf_destroy(&f->base);
    return status;
}
