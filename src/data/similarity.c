#include "data/similarity.h"

#include <string.h>

#include "base/alloc.h"
#include "data/shingle.h"

enum { SIMILARITY_CHUNK = 512, SIMILARITY_MAX = 1 << 17 };

static size_t similarity_bytes(const struct at_profile *profile)
{
    size_t n = AT_SHINGLE_CHARS;
    for (size_t i = 0; i < profile->n_messages; i++)
        n += profile->messages[i].text.len + 1;
    return n;
}

/* Room for n hashes, at most half full; the content is dropped. */
static attune_status set_prepare(struct at_shingle_set *set, size_t n, attune_error *err)
{
    size_t n_slots = 64;
    while (n_slots < 2 * n)
        n_slots *= 2;
    set->n = 0;
    if (set->slots && n_slots == set->mask + 1) {
        memset(set->slots, 0, n_slots * sizeof *set->slots);
        return ATTUNE_OK;
    }
    at_free(set->slots);
    set->slots = AT_ALLOC(uint64_t, n_slots);
    set->mask = n_slots - 1;
    return set->slots ? ATTUNE_OK
                      : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: a set of %zu shingles", n);
}

static size_t set_probe(const struct at_shingle_set *set, uint64_t hash)
{
    size_t i = (size_t)hash & set->mask;
    while (set->slots[i] && set->slots[i] != hash)
        i = (i + 1) & set->mask;
    return i;
}

/* Fills `set`; counts in *out_shared what is in `other` too (NULL: nothing). A sampled set that
 * outgrows its room (hashes can fall unluckily) is cut there, in both profiles at about one place.
 */
static void set_fill(struct at_shingle_set *set, const struct at_profile *profile, unsigned shift,
                     const struct at_shingle_set *other, size_t *out_shared)
{
    struct at_shingles it;
    uint64_t hashes[SIMILARITY_CHUNK];
    size_t n;
    at_shingles_init(&it, profile);
    while ((n = at_shingles_next(&it, hashes, SIMILARITY_CHUNK)) != 0)
        for (size_t k = 0; k < n; k++) {
            const uint64_t hash = hashes[k] | (hashes[k] == 0);
            if (shift && hash >> (64 - shift))
                continue;
            const size_t i = set_probe(set, hash);
            if (set->slots[i] || set->n > set->mask / 4 * 3)
                continue;
            set->slots[i] = hash;
            set->n++;
            *out_shared += other && other->slots[set_probe(other, hash)] != 0;
        }
}

attune_status at_similarity_jaccard(struct at_similarity *s, const struct at_profile *a,
                                    const struct at_profile *b, double *out, attune_error *err)
{
    const size_t n_a = similarity_bytes(a), n_b = similarity_bytes(b);
    size_t n = n_a > n_b ? n_a : n_b, shared = 0;
    unsigned shift = 0;
    for (; n > SIMILARITY_MAX; n /= 2)
        shift++;
    if (s->a_profile != a || s->a_shift != shift) {
        s->a_profile = NULL;
        AT_TRY(set_prepare(&s->a, (n_a >> shift) + 64, err));
        set_fill(&s->a, a, shift, NULL, &shared);
        s->a_profile = a;
        s->a_shift = shift;
    }
    AT_TRY(set_prepare(&s->b, (n_b >> shift) + 64, err));
    set_fill(&s->b, b, shift, &s->a, &shared);
    const size_t all = s->a.n + s->b.n - shared;
    *out = all ? (double)shared / (double)all : 0;
    return ATTUNE_OK;
}

void at_similarity_release(struct at_similarity *s)
{
    at_free(s->a.slots);
    at_free(s->b.slots);
    *s = (struct at_similarity){0};
}
