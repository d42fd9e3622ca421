#include "model/model.h"

#include <string.h>

const struct attune_model_kind *attune_model_kind_at(size_t index)
{
    size_t n = 0;
    while (at_model_kind_table[n])
        n++;
    return index < n ? at_model_kind_table[index] : NULL;
}

const struct attune_model_kind *attune_model_kind_find(const char *name)
{
    for (size_t i = 0; at_model_kind_table[i]; i++)
        if (strcmp(at_model_kind_table[i]->name, name) == 0)
            return at_model_kind_table[i];
    return NULL;
}
