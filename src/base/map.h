#ifndef AT_BASE_MAP_H
#define AT_BASE_MAP_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

/*
 * A set of byte strings, each numbered in the order of its first appearance: 0, 1, 2, ...
 * The strings are copied into the map's arena and never move. Open addressing, 64-bit hashes kept
 * beside the slots, so that a look-up touches one string. `struct at_map m = {0};` is empty.
 */
struct at_map {
    struct at_str *keys; /* [n_keys], by number */
    uint64_t *hashes;    /* [n_keys] */
    uint32_t *slots;     /* [mask + 1], number + 1 or 0 */
    size_t n_keys, cap_keys, mask;
    struct at_arena strings;
};

#define AT_MAP_NONE UINT32_MAX

/** Number of `key`, added if it is new (*out_new says so; may be NULL). At most 2^32 - 2 keys. */
attune_status at_map_add(struct at_map *map, struct at_str key, uint32_t *out_index, bool *out_new,
                         attune_error *err);
/** Number of `key`, or AT_MAP_NONE. Reading is safe from many threads. */
uint32_t at_map_get(const struct at_map *map, struct at_str key);
void at_map_release(struct at_map *map);

#endif
