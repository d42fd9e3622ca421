#include "model/forest/forest_index.h"

#include "base/alloc.h"
#include "model/forest/forest_model.h"

enum { INDEX_MIN_COLUMNS = 1 << 16, INDEX_COLUMNS_A_NODE = 16 };

/* Slot i is a split node that sends a zero to the left, to the next slot. */
static bool index_goes_on(const struct at_forest_index *index, const struct at_forest_model *m,
                          size_t i)
{
    return m->slots.test[i] < m->slots.width &&
           at_forest_slot_column(&m->slots, i) < index->n_columns;
}

static size_t index_count(struct at_forest_index *index, const struct at_forest_model *m)
{
    size_t n = 0;
    for (size_t t = 0; t < m->n_trees; t++) {
        size_t i = (size_t)m->start[t];
        index->rest[t] = m->root[t];
        if (i == m->start[t + 1])
            continue;
        for (; index_goes_on(index, m, i); i++, n++)
            index->start[at_forest_slot_column(&m->slots, i)]++;
        index->rest[t] = at_forest_slot_is_leaf(&m->slots, i) ? m->slots.cut[i].right
                                                              : (int32_t)(i - m->start[t]);
    }
    return n;
}

/* start[f] is the end of a list first, and moves to its beginning as the list is filled from
 * behind. */
static void index_fill(struct at_forest_index *index, const struct at_forest_model *m)
{
    uint64_t end = 0;
    for (size_t f = 0; f < index->n_columns; f++)
        index->start[f] = end += index->start[f];
    index->start[index->n_columns] = end;
    for (size_t t = 0; t < m->n_trees; t++)
        for (size_t i = (size_t)m->start[t]; i < m->start[t + 1] && index_goes_on(index, m, i); i++)
            index->posting[--index->start[at_forest_slot_column(&m->slots, i)]] =
                (struct at_forest_posting){(uint32_t)t, (int32_t)(i - m->start[t]),
                                           m->slots.cut[i].threshold};
}

attune_status at_forest_index_make(struct at_forest_index *index, const struct at_forest_model *m,
                                   attune_error *err)
{
    *index = (struct at_forest_index){0};
    for (uint64_t i = 0; i < m->start[m->n_trees]; i++)
        if (!at_forest_slot_is_leaf(&m->slots, i) &&
            at_forest_slot_column(&m->slots, i) >= index->n_columns)
            index->n_columns = (size_t)at_forest_slot_column(&m->slots, i) + 1;
    if (index->n_columns > INDEX_MIN_COLUMNS + INDEX_COLUMNS_A_NODE * m->start[m->n_trees])
        index->n_columns = 0; /* a list for each column would be larger than the forest */
    index->start = AT_ALLOC(uint64_t, index->n_columns + 1);
    index->rest = AT_ALLOC_RAW(int32_t, m->n_trees);
    if (index->start && index->rest) {
        index->posting = AT_ALLOC_RAW(struct at_forest_posting, index_count(index, m));
        if (index->posting) {
            index_fill(index, m);
            return ATTUNE_OK;
        }
    }
    at_forest_index_release(index);
    return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: index of %zu trees", m->n_trees);
}

void at_forest_index_release(struct at_forest_index *index)
{
    at_free(index->start);
    at_free(index->posting);
    at_free(index->rest);
    *index = (struct at_forest_index){0};
}

void at_forest_index_skip(const struct at_forest_model *m, const uint32_t *col, const float *value,
                          size_t n, int32_t *child)
{
    const struct at_forest_index *index = &m->index;
    for (size_t t = 0; t < m->n_trees; t++)
        child[t] = INT32_MAX;
    for (size_t i = 0; i < n; i++) {
        if (col[i] >= index->n_columns)
            continue;
        const struct at_forest_posting *p = index->posting + index->start[col[i]];
        const struct at_forest_posting *const end = index->posting + index->start[col[i] + 1];
        for (; p < end; p++)
            if (!(value[i] <= p->threshold) && p->node < child[p->tree])
                child[p->tree] = p->node;
    }
    for (size_t t = 0; t < m->n_trees; t++)
        child[t] = child[t] == INT32_MAX ? index->rest[t]
                                         : m->slots.cut[m->start[t] + (size_t)child[t]].right;
}
