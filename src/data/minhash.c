/* One pass over the shingles keeps the first 257 different ones (to learn whether the set is small,
 * and which it is) and the minimum of every bin. For a small set the k-th permutation of a shingle
 * with hash (a, b) is a + k * b mod 2^32: uniform for each k, independent for each pair of k, and
 * one addition a step, which compilers turn into vector code. */
#include "data/minhash.h"

#include <string.h>

#include "base/hash.h"
#include "data/shingle.h"

enum { SET_SLOTS = 1024, SKETCH_CHUNK = 512, BIN_SHIFT = 64 - 7 };
_Static_assert(1 << (64 - BIN_SHIFT) == AT_SKETCH_VALUES, "the top bits of a hash choose its bin");

struct sketch_scan {
    uint64_t slots[SET_SLOTS]; /* 0: free */
    uint64_t members[AT_SKETCH_SMALL_MAX];
    uint64_t bins[AT_SKETCH_VALUES];
    size_t n_members; /* AT_SKETCH_SMALL_MAX + 1: too many to be small */
};

static void scan_insert(struct sketch_scan *scan, uint64_t hash)
{
    hash |= hash == 0;
    size_t i = (size_t)hash % SET_SLOTS;
    while (scan->slots[i] && scan->slots[i] != hash)
        i = (i + 1) % SET_SLOTS;
    if (scan->slots[i])
        return;
    scan->slots[i] = hash;
    if (scan->n_members < AT_SKETCH_SMALL_MAX)
        scan->members[scan->n_members] = hash;
    scan->n_members++;
}

static void scan_profile(struct sketch_scan *scan, const struct at_profile *profile)
{
    struct at_shingles it;
    uint64_t hashes[SKETCH_CHUNK];
    size_t n;
    memset(scan->slots, 0, sizeof scan->slots);
    memset(scan->bins, 0xFF, sizeof scan->bins);
    scan->n_members = 0;
    at_shingles_init(&it, profile);
    while ((n = at_shingles_next(&it, hashes, SKETCH_CHUNK)) != 0)
        for (size_t i = 0; i < n; i++) {
            uint64_t *bin = &scan->bins[hashes[i] >> BIN_SHIFT];
            *bin = hashes[i] < *bin ? hashes[i] : *bin;
            if (scan->n_members <= AT_SKETCH_SMALL_MAX)
                scan_insert(scan, hashes[i]);
        }
}

static void sketch_small(struct at_sketch *out, const struct sketch_scan *scan)
{
    uint32_t min[AT_SKETCH_VALUES];
    memset(min, 0xFF, sizeof min);
    for (size_t i = 0; i < scan->n_members; i++) {
        const uint32_t a = (uint32_t)scan->members[i], b = (uint32_t)(scan->members[i] >> 32) | 1;
        for (uint32_t k = 0; k < AT_SKETCH_VALUES; k++) {
            const uint32_t v = a + k * b;
            min[k] = v < min[k] ? v : min[k];
        }
    }
    for (size_t k = 0; k < AT_SKETCH_VALUES; k++)
        out->value[k] = (uint16_t)(min[k] ^ min[k] >> 16);
}

/* An empty bin takes the value of another one, found by a walk that depends on the bin only, so
 * that equal sets fill their gaps alike. */
static void sketch_large(struct at_sketch *out, const struct sketch_scan *scan)
{
    for (size_t k = 0; k < AT_SKETCH_VALUES; k++) {
        uint64_t walk = k;
        size_t from = k;
        while (scan->bins[from] == UINT64_MAX) {
            walk = at_mix64(walk + 1);
            from = (size_t)walk % AT_SKETCH_VALUES;
        }
        out->value[k] = (uint16_t)at_mix64(scan->bins[from]);
    }
}

void at_sketch_make(struct at_sketch out[AT_SKETCH_FORMS], bool has[AT_SKETCH_FORMS],
                    const struct at_profile *profile)
{
    struct sketch_scan scan;
    scan_profile(&scan, profile);
    has[AT_SKETCH_SMALL] = scan.n_members > 0 && scan.n_members <= AT_SKETCH_SMALL_MAX;
    has[AT_SKETCH_LARGE] = scan.n_members >= AT_SKETCH_LARGE_MIN;
    if (has[AT_SKETCH_SMALL])
        sketch_small(&out[AT_SKETCH_SMALL], &scan);
    if (has[AT_SKETCH_LARGE])
        sketch_large(&out[AT_SKETCH_LARGE], &scan);
}

unsigned at_sketch_equal(const struct at_sketch *a, const struct at_sketch *b)
{
    unsigned n = 0;
    for (size_t k = 0; k < AT_SKETCH_VALUES; k++)
        n += a->value[k] == b->value[k];
    return n;
}
