#include "base/map.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

static size_t map_probe(const struct at_map *map, struct at_str key, uint64_t hash)
{
    size_t i = (size_t)hash & map->mask;
    while (map->slots[i]) {
        const uint32_t k = map->slots[i] - 1;
        if (map->hashes[k] == hash && at_str_equal(map->keys[k], key))
            break;
        i = (i + 1) & map->mask;
    }
    return i;
}

uint32_t at_map_get(const struct at_map *map, struct at_str key)
{
    if (!map->n_keys)
        return AT_MAP_NONE;
    const size_t i = map_probe(map, key, at_hash64(key.ptr, key.len, 0));
    return map->slots[i] ? map->slots[i] - 1 : AT_MAP_NONE;
}

static attune_status map_grow_keys(struct at_map *map, attune_error *err)
{
    const size_t cap = map->cap_keys ? 2 * map->cap_keys : 32;
    struct at_str *keys = at_realloc(map->keys, cap, sizeof *keys);
    if (keys)
        map->keys = keys;
    uint64_t *hashes = keys ? at_realloc(map->hashes, cap, sizeof *hashes) : NULL;
    if (!hashes)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: map of %zu strings", cap);
    map->hashes = hashes;
    map->cap_keys = cap;
    return ATTUNE_OK;
}

static attune_status map_grow_slots(struct at_map *map, attune_error *err)
{
    const size_t n = map->slots ? 2 * (map->mask + 1) : 64;
    uint32_t *slots = AT_ALLOC(uint32_t, n);
    if (!slots)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: map of %zu slots", n);
    for (size_t k = 0; k < map->n_keys; k++) {
        size_t i = (size_t)map->hashes[k] & (n - 1);
        while (slots[i])
            i = (i + 1) & (n - 1);
        slots[i] = (uint32_t)k + 1;
    }
    at_free(map->slots);
    map->slots = slots;
    map->mask = n - 1;
    return ATTUNE_OK;
}

attune_status at_map_add(struct at_map *map, struct at_str key, uint32_t *out_index, bool *out_new,
                         attune_error *err)
{
    if (!map->slots || 3 * (map->n_keys + 1) > 2 * (map->mask + 1))
        AT_TRY(map_grow_slots(map, err));
    if (map->n_keys == map->cap_keys)
        AT_TRY(map_grow_keys(map, err));
    const uint64_t hash = at_hash64(key.ptr, key.len, 0);
    const size_t i = map_probe(map, key, hash);
    const bool is_new = map->slots[i] == 0;
    if (is_new) {
        if (map->n_keys >= AT_MAP_NONE - 1)
            return at_fail(err, ATTUNE_LIMIT, "more than 2^32 different strings");
        char *copy = at_arena_strndup(&map->strings, key.ptr, key.len);
        if (!copy)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: string of %zu bytes", key.len);
        map->keys[map->n_keys] = (struct at_str){copy, key.len};
        map->hashes[map->n_keys] = hash;
        map->slots[i] = (uint32_t)++map->n_keys;
    }
    *out_index = map->slots[i] - 1;
    if (out_new)
        *out_new = is_new;
    return ATTUNE_OK;
}

void at_map_release(struct at_map *map)
{
    at_free(map->keys);
    at_free(map->hashes);
    at_free(map->slots);
    at_arena_release(&map->strings);
    *map = (struct at_map){0};
}
