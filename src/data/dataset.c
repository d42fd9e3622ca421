#include "data/dataset.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"

attune_status at_dataset_add(struct at_dataset *dataset, const struct at_profile *profile,
                             attune_error *err)
{
    if (dataset->n == dataset->cap) {
        const size_t cap = dataset->cap ? 2 * dataset->cap : 64;
        struct at_profile *grown = at_realloc(dataset->profiles, cap, sizeof *grown);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", cap);
        dataset->profiles = grown;
        dataset->cap = cap;
    }
    const bool is_test = profile->split == AT_SPLIT_TEST;
    AT_TRY(at_profile_copy(&dataset->profiles[dataset->n], profile,
                           is_test ? &dataset->test : &dataset->other, err));
    dataset->n++;
    dataset->n_test += is_test;
    return ATTUNE_OK;
}

void at_dataset_keep_test(struct at_dataset *dataset)
{
    if (!dataset->n_test) {
        at_dataset_release(dataset);
    } else {
        for (size_t i = 0; i < dataset->n; i++)
            if (dataset->profiles[i].split != AT_SPLIT_TEST)
                dataset->profiles[i] = (struct at_profile){.split = dataset->profiles[i].split};
        at_arena_release(&dataset->other);
    }
    at_alloc_give_back();
}

void at_dataset_release(struct at_dataset *dataset)
{
    at_free(dataset->profiles);
    at_arena_release(&dataset->test);
    at_arena_release(&dataset->other);
    *dataset = (struct at_dataset){0};
}

static int dataset_compare_names(const void *a, const void *b)
{
    return at_str_compare(*(const struct at_str *)a, *(const struct at_str *)b);
}

static attune_status dataset_collect(const struct at_dataset *dataset, struct at_str target,
                                     struct at_map *found, attune_error *err)
{
    for (size_t i = 0; i < dataset->n; i++) {
        const struct at_str label = at_profile_label(&dataset->profiles[i], target);
        uint32_t index;
        if (label.len)
            AT_TRY(at_map_add(found, label, &index, NULL, err));
    }
    return ATTUNE_OK;
}

static attune_status dataset_too_few(const struct at_map *found, struct at_str target,
                                     attune_error *err)
{
    if (found->n_keys == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "no profile has a label for '%.*s'",
                       at_str_clip(target, 60), target.ptr);
    return at_fail(err, ATTUNE_NOT_ENOUGH,
                   "every label for '%.*s' is '%.*s'; at least 2 different labels are needed",
                   at_str_clip(target, 60), target.ptr, at_str_clip(found->keys[0], 60),
                   found->keys[0].ptr);
}

attune_status at_dataset_find_labels(const struct at_dataset *dataset, struct at_str target,
                                     struct at_labels *out, struct at_arena *arena,
                                     attune_error *err)
{
    struct at_map found = {0};
    attune_status status = dataset_collect(dataset, target, &found, err);
    if (status == ATTUNE_OK && found.n_keys < 2)
        status = dataset_too_few(&found, target, err);
    if (status == ATTUNE_OK) {
        /* the map is not asked again, so its keys may be sorted where they are */
        qsort(found.keys, found.n_keys, sizeof *found.keys, dataset_compare_names);
        status = at_labels_make(out, target, found.keys, found.n_keys, false, arena, err);
    }
    at_map_release(&found);
    return status;
}

static attune_status dataset_unknown_label(const struct at_labels *labels,
                                           const struct at_profile *profile, struct at_str label,
                                           attune_error *err)
{
    char allowed[256];
    size_t used = 0;
    allowed[0] = '\0';
    for (size_t c = 0; c < labels->n && used + 80 < sizeof allowed; c++)
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%.*s", c ? ", " : "",
                                 at_str_clip(labels->names[c], 60), labels->names[c].ptr);
    return at_fail(err, ATTUNE_INVALID, "fan '%.*s': %.*s is '%.*s'; allowed: %s%s",
                   at_str_clip(profile->fan_id, 60), profile->fan_id.ptr,
                   at_str_clip(labels->target, 60), labels->target.ptr, at_str_clip(label, 60),
                   label.ptr, allowed, used + 80 < sizeof allowed ? "" : ", ...");
}

attune_status at_dataset_classes(const struct at_dataset *dataset, const struct at_labels *labels,
                                 uint32_t *y, attune_error *err)
{
    for (size_t i = 0; i < dataset->n; i++) {
        const struct at_str label = at_profile_label(&dataset->profiles[i], labels->target);
        y[i] = label.len ? at_labels_find(labels, label) : AT_CLASS_NONE;
        if (label.len && y[i] == AT_CLASS_NONE)
            return dataset_unknown_label(labels, &dataset->profiles[i], label, err);
    }
    return ATTUNE_OK;
}
