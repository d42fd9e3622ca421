/* Counting touches one slot and one item for each word of the text. The slots keep 32 hash bits, so
 * growing them needs neither the terms nor their hashes again. */
#include "feature/term_counts.h"

#include "base/alloc.h"

static attune_status counts_grow_slots(struct at_term_counts *c, attune_error *err)
{
    const size_t n_slots = c->slots ? 2 * (c->mask + 1) : 1024;
    uint64_t *slots = AT_ALLOC(uint64_t, n_slots);
    if (!slots)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: counting %zu terms", c->n);
    for (size_t k = 0; c->slots && k <= c->mask; k++) {
        const uint64_t slot = c->slots[k];
        size_t i = (size_t)(slot >> 32) & (n_slots - 1);
        while (slot && slots[i])
            i = (i + 1) & (n_slots - 1);
        if (slot)
            slots[i] = slot;
    }
    at_free(c->slots);
    c->slots = slots;
    c->mask = n_slots - 1;
    return ATTUNE_OK;
}

static attune_status counts_grow(struct at_term_counts *c, size_t len, attune_error *err)
{
    if (3 * (c->n + 1) > 2 * (c->mask + 1) || !c->slots)
        AT_TRY(counts_grow_slots(c, err));
    if (c->n == c->cap) {
        const size_t cap = c->cap ? 2 * c->cap : 512;
        struct at_term_count *items = at_realloc(c->items, cap, sizeof *items);
        if (!items)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: counting %zu terms", c->n);
        c->items = items;
        c->cap = cap;
    }
    if (c->cap_bytes - c->n_bytes < len) {
        const size_t cap = 2 * c->cap_bytes + len + 4096;
        char *terms = at_realloc(c->terms, cap, 1);
        if (!terms)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: counting %zu terms", c->n);
        c->terms = terms;
        c->cap_bytes = cap;
    }
    return ATTUNE_OK;
}

static attune_status counts_insert(struct at_term_counts *c, const struct at_term *term,
                                   uint32_t *out_id, attune_error *err)
{
    const size_t len = term->text.len;
    if (c->n == AT_TERMS_MAX || len > AT_TERM_BYTES - c->n_bytes)
        return at_fail(
            err, ATTUNE_LIMIT,
            "more than 4 GiB of different terms; use a smaller ngram_range or less text");
    AT_TRY(counts_grow(c, len, err));
    size_t i = term->hash & c->mask;
    while (c->slots[i])
        i = (i + 1) & c->mask;
    memcpy(c->terms + c->n_bytes, term->text.ptr, len);
    c->items[c->n] = (struct at_term_count){
        .head = term->head, .start = (uint32_t)c->n_bytes, .len = (uint32_t)len};
    c->n_bytes += len;
    *out_id = (uint32_t)c->n++;
    c->slots[i] = (uint64_t)term->hash << 32 | (*out_id + 1);
    return ATTUNE_OK;
}

static bool counts_same(const struct at_term_counts *c, const struct at_term_count *item,
                        const struct at_term *term)
{
    const size_t len = term->text.len;
    return item->head == term->head && item->len == len &&
           (len <= 8 || memcmp(c->terms + item->start + 8, term->text.ptr + 8, len - 8) == 0);
}

static attune_status counts_find(struct at_term_counts *c, const struct at_term *term,
                                 uint32_t *out_id, attune_error *err)
{
    for (size_t i = term->hash & c->mask; c->slots && c->slots[i]; i = (i + 1) & c->mask) {
        if ((uint32_t)(c->slots[i] >> 32) != term->hash)
            continue;
        const uint32_t k = (uint32_t)c->slots[i] - 1;
        if (counts_same(c, &c->items[k], term)) {
            *out_id = k;
            return ATTUNE_OK;
        }
    }
    return counts_insert(c, term, out_id, err);
}

attune_status at_term_counts_add(struct at_term_counts *c, const struct at_term *term, uint32_t doc,
                                 uint32_t *out_id, attune_error *err)
{
    AT_TRY(counts_find(c, term, out_id, err));
    struct at_term_count *item = &c->items[*out_id];
    item->tf++;
    item->df += item->last_doc != doc + 1;
    item->last_doc = doc + 1;
    return ATTUNE_OK;
}

attune_status at_term_counts_merge(struct at_term_counts *c, uint32_t *to_id,
                                   const struct at_term_counts *other, attune_error *err)
{
    for (size_t i = 0; i < other->n; i++) {
        const struct at_term term = at_term_of(at_term_counts_term(other, i));
        AT_TRY(counts_find(c, &term, &to_id[i], err));
        c->items[to_id[i]].tf += other->items[i].tf;
        c->items[to_id[i]].df += other->items[i].df;
    }
    return ATTUNE_OK;
}

void at_term_counts_release(struct at_term_counts *c)
{
    at_free(c->items);
    at_free(c->slots);
    at_free(c->terms);
    *c = (struct at_term_counts){0};
}
