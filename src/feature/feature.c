#include "feature/feature.h"

#include <string.h>

#include "base/alloc.h"

const struct at_feature_kind *at_feature_kind_find(const char *name)
{
    for (size_t i = 0; at_feature_kind_table[i]; i++)
        if (strcmp(at_feature_kind_table[i]->name, name) == 0)
            return at_feature_kind_table[i];
    return NULL;
}

size_t at_feature_min_fans(size_t n_fans)
{
    const size_t k = n_fans / 20;
    return k < 2 ? 2 : k < 5 ? k : 5;
}

attune_status at_row_reserve(struct at_row *row, size_t cap, attune_error *err)
{
    if (cap <= row->cap)
        return ATTUNE_OK;
    const size_t grown = cap + cap / 2;
    uint32_t *col = at_realloc(row->col, grown, sizeof *col);
    if (col)
        row->col = col;
    float *value = col ? at_realloc(row->value, grown, sizeof *value) : NULL;
    if (!value)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: row of %zu values", cap);
    row->value = value;
    row->cap = grown;
    return ATTUNE_OK;
}

void at_row_release(struct at_row *row)
{
    at_free(row->col);
    at_free(row->value);
    *row = (struct at_row){0};
}
