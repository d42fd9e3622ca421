/* One section of a model file: `params`. The table is in the library, not in the model. */
#include <string.h>

#include "base/alloc.h"
#include "feature/meaning/meaning.h"

attune_status meaning_save(const struct at_feature *feature, attune_writer *writer,
                           attune_error *err)
{
    const struct meaning *f = (const void *)feature;
    return attune_writer_put(writer, "params", &f->params, sizeof f->params, err);
}

static attune_status file_load(struct meaning *f, const attune_reader *reader, attune_error *err)
{
    struct meaning_params *const p = &f->params;
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "params", sizeof *p, &data, &n, err));
    if (n == 1)
        memcpy(p, data, sizeof *p);
    if (p->version > MEANING_PARAMS_VERSION)
        return at_fail(err, ATTUNE_TOO_NEW, "the meaning block is of version %u; update attune",
                       (unsigned)p->version);
    if (n != 1 || p->version != MEANING_PARAMS_VERSION || p->n_cols != MEANING_DIMS ||
        p->unused != 0 || !(p->weight >= 0 && p->weight <= 100) ||
        !(p->share >= 0 && p->share <= 1)) /* false for a NaN too */
        return at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: meaning params");
    if (p->table != meaning_table_name())
        return at_fail(err, ATTUNE_TOO_NEW,
                       "the model was trained with another table of word meanings (%08x) than this "
                       "attune has (%08x); train it again, or use the attune that made it",
                       (unsigned)p->table, (unsigned)meaning_table_name());
    return ATTUNE_OK;
}

attune_status meaning_load(struct at_feature **out, const attune_reader *reader, attune_error *err)
{
    struct meaning *f;
    *out = NULL;
    AT_TRY(meaning_create(&f, err));
    const attune_status status = file_load(f, reader, err);
    if (status == ATTUNE_OK)
        *out = &f->base;
    else
        meaning_destroy(&f->base);
    return status;
}
