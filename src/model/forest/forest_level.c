#include "model/forest/forest_level.h"

#include <string.h>

#include "base/alloc.h"

static size_t level_values(const struct at_forest_data *data)
{
    return (size_t)data->rows->start[data->rows->n_rows];
}

attune_status at_forest_levels_init(struct at_forest_levels *l, const struct at_forest_data *data,
                                    uint32_t *tree_weight, attune_error *err)
{
    const size_t n_rows = data->rows->n_rows;
    *l = (struct at_forest_levels){.data = data, .tree_weight = tree_weight};
    l->row = AT_ALLOC_RAW(struct at_forest_row, n_rows);
    l->scratch = AT_ALLOC_RAW(uint64_t, n_rows);
    /* each level has at most half the values of the one below, and at most one slot for each value
     */
    for (size_t values = level_values(data); values > 0; values /= 2)
        l->cap_slots += values < data->rows->n_cols ? values : data->rows->n_cols;
    l->slot = AT_ALLOC_RAW(struct at_forest_slot, l->cap_slots);
    l->sum = AT_ALLOC_RAW(double, l->cap_slots * data->n_classes);
    if (!l->row || !l->scratch || !l->slot || !l->sum)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: growing trees on %zu rows", n_rows);
    for (size_t i = 0; i < n_rows; i++)
        l->row[i].y = data->y[i];
    return ATTUNE_OK;
}

void at_forest_levels_release(struct at_forest_levels *l)
{
    at_free(l->row);
    at_free(l->scratch);
    at_free(l->slot);
    at_free(l->sum);
    at_free(l->entry);
    for (size_t i = 0; i < AT_FOREST_MAX_LEVELS; i++)
        at_free(l->level[i].slot_of);
    *l = (struct at_forest_levels){0};
}

/* A new empty level on top. The map from columns to slots is kept from one use of this depth to the
 * next; level_drop leaves it empty. */
static attune_status level_open(struct at_forest_levels *l, struct at_forest_level **out,
                                attune_error *err)
{
    struct at_forest_level *level = &l->level[l->n_levels];
    const size_t n_cols = l->data->rows->n_cols;
    if (!level->slot_of) {
        level->slot_of = AT_ALLOC_RAW(uint32_t, n_cols);
        if (!level->slot_of)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: growing trees");
        memset(level->slot_of, 0xff, n_cols * sizeof *level->slot_of);
    }
    level->first_slot = level->first_entry = level->n_slots = level->n_entries = 0;
    if (l->n_levels) {
        const struct at_forest_level *below = level - 1;
        level->first_slot = below->first_slot + below->n_slots;
        level->first_entry = below->first_entry + below->n_entries;
    }
    l->n_levels++;
    *out = level;
    return ATTUNE_OK;
}

static void level_drop(struct at_forest_levels *l)
{
    struct at_forest_level *level = &l->level[--l->n_levels];
    for (size_t i = 0; i < level->n_slots; i++)
        level->slot_of[l->slot[level->first_slot + i].feature] = AT_FOREST_NO_SLOT;
}

void at_forest_levels_keep(struct at_forest_levels *l, size_t n_levels)
{
    while (l->n_levels > n_levels)
        level_drop(l);
}

static size_t level_add_slot(struct at_forest_levels *l, struct at_forest_level *level,
                             uint32_t feature)
{
    const size_t index = level->first_slot + level->n_slots;
    level->slot_of[feature] = (uint32_t)level->n_slots++;
    l->slot[index] = (struct at_forest_slot){.feature = feature};
    double *sum = l->sum + index * l->data->n_classes;
    for (size_t c = 0; c < l->data->n_classes; c++)
        sum[c] = 0;
    return index;
}

/* The root: the shared columns without the rows that the tree does not see. They stay sorted. */
static void level_filter(struct at_forest_levels *l, struct at_forest_level *level)
{
    const struct at_forest_data *data = l->data;
    uint64_t *out = l->entry;
    for (uint32_t f = 0; f < data->rows->n_cols; f++) {
        uint64_t *const begin = out;
        const uint64_t *e = data->entry + data->column_start[f];
        const uint64_t *const end = data->entry + data->column_start[f + 1];
        for (; e < end; e++) {
            *out = *e;
            out += l->row[at_forest_entry_row(*e)].weight != 0;
        }
        if (out == begin)
            continue;
        const size_t index = level_add_slot(l, level, f);
        struct at_forest_slot *slot = &l->slot[index];
        slot->start = (size_t)(begin - l->entry);
        slot->len = slot->live = (uint32_t)(out - begin);
        slot->sorted = true;
        double *sum = l->sum + index * data->n_classes;
        for (const uint64_t *i = begin; i < out; i++) {
            const struct at_forest_row row = l->row[at_forest_entry_row(*i)];
            sum[row.y] += row.weight;
        }
    }
    level->n_entries = (size_t)(out - l->entry);
}

attune_status at_forest_levels_start(struct at_forest_levels *l, attune_error *err)
{
    const struct attune_rows *rows = l->data->rows;
    size_t values = 0;
    at_forest_levels_keep(l, 0);
    for (size_t i = 0; i < rows->n_rows; i++) {
        l->row[i].weight = l->tree_weight[i];
        if (l->tree_weight[i])
            values += (size_t)(rows->start[i + 1] - rows->start[i]);
    }
    if (2 * values + 1 > l->cap_entries) {
        at_free(l->entry);
        l->cap_entries = 2 * values + 1;
        l->entry = AT_ALLOC_RAW(uint64_t, l->cap_entries);
        if (!l->entry) {
            l->cap_entries = 0;
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu values of a tree", values);
        }
    }
    struct at_forest_level *level;
    AT_TRY(level_open(l, &level, err));
    level_filter(l, level);
    return ATTUNE_OK;
}

/* First pass over the rows: which columns there are, and how long they get. */
static void level_count(struct at_forest_levels *l, struct at_forest_level *level,
                        const uint32_t *rows, size_t n)
{
    const struct attune_rows *x = l->data->rows;
    const size_t n_classes = l->data->n_classes;
    for (size_t i = 0; i < n; i++) {
        struct at_forest_row *row = &l->row[rows[i]];
        row->weight = l->tree_weight[rows[i]];
        const uint64_t end = x->start[rows[i] + 1];
        for (uint64_t v = x->start[rows[i]]; v < end; v++) {
            if (x->value[v] == 0)
                continue;
            const uint32_t known = level->slot_of[x->col[v]];
            const size_t index = known == AT_FOREST_NO_SLOT ? level_add_slot(l, level, x->col[v])
                                                            : level->first_slot + known;
            l->slot[index].live++;
            l->sum[index * n_classes + row->y] += row->weight;
        }
    }
}

attune_status at_forest_levels_push(struct at_forest_levels *l, const uint32_t *rows, size_t n,
                                    attune_error *err)
{
    const struct attune_rows *x = l->data->rows;
    struct at_forest_level *level;
    AT_TRY(level_open(l, &level, err));
    level_count(l, level, rows, n);
    struct at_forest_slot *slot = l->slot + level->first_slot;
    for (size_t i = 0; i < level->n_slots; i++) {
        slot[i].start = level->first_entry + level->n_entries;
        level->n_entries += slot[i].live;
    }
    for (size_t i = 0; i < n; i++) {
        const uint64_t end = x->start[rows[i] + 1];
        for (uint64_t v = x->start[rows[i]]; v < end; v++) {
            if (x->value[v] == 0)
                continue;
            struct at_forest_slot *s = &slot[level->slot_of[x->col[v]]];
            l->entry[s->start + s->len++] = at_forest_entry(x->value[v], rows[i]);
        }
    }
    return ATTUNE_OK;
}

void at_forest_levels_remove(struct at_forest_levels *l, const uint32_t *rows, size_t n)
{
    const struct attune_rows *x = l->data->rows;
    const struct at_forest_level *level = &l->level[l->n_levels - 1];
    const size_t n_classes = l->data->n_classes;
    for (size_t i = 0; i < n; i++) {
        struct at_forest_row *row = &l->row[rows[i]];
        row->weight = 0;
        const uint64_t end = x->start[rows[i] + 1];
        for (uint64_t v = x->start[rows[i]]; v < end; v++) {
            if (x->value[v] == 0)
                continue;
            const size_t index = level->first_slot + level->slot_of[x->col[v]];
            l->slot[index].live--;
            l->sum[index * n_classes + row->y] -= l->tree_weight[rows[i]];
        }
    }
}

size_t at_forest_levels_find(const struct at_forest_levels *l, uint32_t feature)
{
    const struct at_forest_level *level = &l->level[l->n_levels - 1];
    const uint32_t slot = level->slot_of[feature];
    return slot == AT_FOREST_NO_SLOT ? SIZE_MAX : level->first_slot + slot;
}

void at_forest_levels_tidy(struct at_forest_levels *l, struct at_forest_slot *slot)
{
    uint64_t *entry = l->entry + slot->start;
    if (slot->len > slot->live + slot->live / 4) {
        size_t kept = 0;
        for (size_t i = 0; i < slot->len; i++) {
            entry[kept] = entry[i];
            kept += l->row[at_forest_entry_row(entry[i])].weight != 0;
        }
        slot->len = slot->live;
    }
    if (!slot->sorted) {
        at_forest_sort(entry, l->scratch, slot->len);
        slot->sorted = true;
    }
}
