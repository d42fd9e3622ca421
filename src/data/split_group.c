#include "base/alloc.h"
#include "base/map.h"
#include "data/near_duplicate.h"
#include "data/split.h"

static attune_status group_join_fans(const struct at_dataset *dataset, uint32_t *parent,
                                     attune_error *err)
{
    struct at_map fans = {0};
    uint32_t *first = AT_ALLOC_RAW(uint32_t, dataset->n); /* by number of the fan_id */
    attune_status status = ATTUNE_OK;
    if (!first)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", dataset->n);
    for (size_t i = 0; i < dataset->n && status == ATTUNE_OK; i++) {
        uint32_t fan;
        bool is_new;
        status = at_map_add(&fans, dataset->profiles[i].fan_id, &fan, &is_new, err);
        if (status == ATTUNE_OK && is_new)
            first[fan] = (uint32_t)i;
        else if (status == ATTUNE_OK)
            at_union_join(parent, first[fan], (uint32_t)i);
    }
    at_map_release(&fans);
    at_free(first);
    return status;
}

attune_status at_split_groups(const struct at_dataset *dataset, uint32_t *group,
                              const attune_job *job, attune_error *err)
{
    if (dataset->n >= UINT32_MAX)
        return at_fail(err, ATTUNE_LIMIT, "more than 2^32 profiles");
    uint32_t *parent = AT_ALLOC_RAW(uint32_t, dataset->n);
    if (!parent)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", dataset->n);
    for (size_t i = 0; i < dataset->n; i++)
        parent[i] = (uint32_t)i;
    attune_status status = group_join_fans(dataset, parent, err);
    if (status == ATTUNE_OK)
        status = at_near_duplicates(dataset, parent, job, err);
    for (size_t i = 0; i < dataset->n && status == ATTUNE_OK; i++)
        group[i] = at_union_find(parent, (uint32_t)i);
    at_free(parent);
    return status;
}
