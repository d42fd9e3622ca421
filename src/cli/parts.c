#include "cli/parts.h"

#include <string.h>

#include "attune/pipeline.h"

bool at_part_at(size_t index, struct at_part *out)
{
    struct attune_part part;
    if (!attune_part_at(index, &part))
        return false;
    *out = (struct at_part){part.what, part.name, part.summary, {part.options, part.n_options}};
    return true;
}

const struct attune_option *at_part_find_option(const char *name)
{
    struct at_part part;
    const char *dot = strchr(name, '.');
    const size_t len = dot ? (size_t)(dot - name) : 0;
    for (size_t i = 0; at_part_at(i, &part); i++) {
        if (dot && (strlen(part.name) != len || strncmp(part.name, name, len) != 0))
            continue;
        const struct attune_option *option = at_option_find(part.table, dot ? dot + 1 : name);
        if (option)
            return option;
    }
    return NULL;
}

const char *at_part_prefix(const struct at_part *part, const struct attune_option *option)
{
    struct at_part other;
    for (size_t i = 0; at_part_at(i, &other) && strcmp(other.name, part->name) != 0; i++)
        if (at_option_find(other.table, option->name))
            return part->name;
    return NULL;
}
