#include "feature/explanation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static attune_status explanation_reserve(struct at_explanation *e, attune_error *err)
{
    if (e->index.n_keys < e->cap)
        return ATTUNE_OK;
    const size_t cap = e->cap ? 2 * e->cap : 64;
    struct at_reason *items = at_realloc(e->items, cap, sizeof *items);
    if (!items)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: explanation of %zu words", cap);
    e->items = items;
    e->cap = cap;
    return ATTUNE_OK;
}

attune_status at_explanation_add(struct at_explanation *e, struct at_str name, double weight,
                                 attune_error *err)
{
    uint32_t i;
    bool is_new;
    AT_TRY(explanation_reserve(e, err));
    AT_TRY(at_map_add(&e->index, name, &i, &is_new, err));
    if (is_new) {
        e->items[i] = (struct at_reason){e->index.keys[i], 0};
        e->n = i + 1;
    }
    e->items[i].weight += weight;
    return ATTUNE_OK;
}

static int explanation_order(const void *left, const void *right)
{
    const struct at_reason *a = left, *b = right;
    const double wa = fabs(a->weight), wb = fabs(b->weight);
    if (wa != wb)
        return wa > wb ? -1 : 1;
    const size_t len = a->name.len < b->name.len ? a->name.len : b->name.len;
    const int order = memcmp(a->name.ptr, b->name.ptr, len);
    return order ? order : (a->name.len > b->name.len) - (a->name.len < b->name.len);
}

void at_explanation_sort(struct at_explanation *e)
{
    if (e->n)
        qsort(e->items, e->n, sizeof *e->items, explanation_order);
}

void at_explanation_release(struct at_explanation *e)
{
    at_free(e->items);
    at_map_release(&e->index);
    *e = (struct at_explanation){0};
}
