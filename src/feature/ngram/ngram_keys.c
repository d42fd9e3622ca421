#include "feature/ngram/ngram_keys.h"

#include "base/alloc.h"

attune_status ngram_keys_reserve(struct ngram_keys *t, size_t n, attune_error *err)
{
    if (t->slots && 3 * n <= 2 * (t->mask + 1))
        return ATTUNE_OK;
    size_t n_slots = t->slots ? 2 * (t->mask + 1) : 64;
    while (3 * n > 2 * n_slots)
        n_slots *= 2;
    struct ngram_keys grown = {.mask = n_slots - 1, .n = t->n};
    grown.slots = AT_ALLOC(struct ngram_key_slot, n_slots);
    if (!grown.slots)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: table of %zu terms", n);
    for (size_t k = 0; t->slots && k <= t->mask; k++) {
        if (!t->slots[k].key)
            continue;
        size_t i = ngram_keys_home(&grown, t->slots[k].key);
        while (grown.slots[i].key)
            i = (i + 1) & grown.mask;
        grown.slots[i] = t->slots[k];
    }
    at_free(t->slots);
    *t = grown;
    return ATTUNE_OK;
}

void ngram_keys_release(struct ngram_keys *t)
{
    at_free(t->slots);
    *t = (struct ngram_keys){0};
}
