/* Sections of a model file: `params`, `mean` and `scale`. */
#include <string.h>

#include "base/alloc.h"
#include "feature/behaviour/behaviour.h"

attune_status behaviour_save(const struct at_feature *feature, attune_writer *writer,
                             attune_error *err)
{
    const struct behaviour *f = (const void *)feature;
    AT_TRY(attune_writer_put(writer, "params", &f->params, sizeof f->params, err));
    AT_TRY(attune_writer_put(writer, "mean", f->mean, sizeof f->mean, err));
    return attune_writer_put(writer, "scale", f->scale, sizeof f->scale, err);
}

static attune_status file_load_params(struct behaviour *f, const attune_reader *reader,
                                      attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "params", sizeof f->params, &data, &n, err));
    if (n == 1)
        memcpy(&f->params, data, sizeof f->params);
    if (f->params.version > BEHAVIOUR_PARAMS_VERSION)
        return at_fail(err, ATTUNE_TOO_NEW, "the behaviour block is of version %u; update attune",
                       (unsigned)f->params.version);
    if (n != 1 || f->params.version != BEHAVIOUR_PARAMS_VERSION ||
        f->params.n_cols != BEHAVIOUR_N_COLS || !(f->params.limit >= 0 && f->params.limit <= 300))
        return at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: behaviour params");
    return ATTUNE_OK;
}

/* Logarithms of counts and times, shares: whatever was measured lies well within. */
static attune_status file_load_numbers(double *out, const char *name, double low, double high,
                                       const attune_reader *reader, attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, name, sizeof *out, &data, &n, err));
    bool ok = n == BEHAVIOUR_N_COLS;
    if (ok)
        memcpy(out, data, n * sizeof *out);
    for (size_t i = 0; ok && i < n; i++)
        ok = out[i] >= low && out[i] <= high; /* false for a NaN too */
    return ok ? ATTUNE_OK
              : at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: behaviour %s", name);
}

static attune_status file_load(struct behaviour *f, const attune_reader *reader, attune_error *err)
{
    AT_TRY(file_load_params(f, reader, err));
    AT_TRY(file_load_numbers(f->mean, "mean", -100, 100, reader, err));
    AT_TRY(file_load_numbers(f->scale, "scale", 0, 1e9, reader, err));
    f->base.kind = &at_feature_kind_behaviour;
    f->base.n_cols = BEHAVIOUR_N_COLS;
    return ATTUNE_OK;
}

attune_status behaviour_load(struct at_feature **out, const attune_reader *reader,
                             attune_error *err)
{
    *out = NULL;
    struct behaviour *f = AT_ALLOC(struct behaviour, 1);
    if (!f)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: behaviour");
    const attune_status status = file_load(f, reader, err);
    if (status == ATTUNE_OK)
        *out = &f->base;
    else
        behaviour_destroy(&f->base);
    return status;
}
