#include "cli/parts.h"

#include <string.h>

#include "attune/kind.h"
#include "attune/pipeline.h"

bool at_part_at(size_t index, struct at_part *out)
{
    struct attune_feature_info feature;
    size_t n_features = 0;
    while (attune_feature_at(n_features, &feature)) {
        if (n_features++ == index) {
            *out = (struct at_part){
                "feature", feature.name, feature.summary, {feature.options, feature.n_options}};
            return true;
        }
    }
    const struct attune_model_kind *kind = attune_model_kind_at(index - n_features);
    if (!kind)
        return false;
    *out = (struct at_part){"kind", kind->name, kind->summary, {kind->options, kind->n_options}};
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
    struct attune_feature_info feature;
    if (strcmp(part->what, "feature") == 0)
        return NULL;
    for (size_t i = 0; attune_feature_at(i, &feature); i++)
        if (at_option_find((struct at_option_table){feature.options, feature.n_options},
                           option->name))
            return part->name;
    return NULL;
}
