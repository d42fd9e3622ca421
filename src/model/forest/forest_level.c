#include "model/forest/forest_level.h"

#include <string.h>

#include "base/alloc.h"

/* Finding a column in a row costs about as much as looking at this many entries of a column. */
enum { LEVEL_FIND_COST = 4 };
/* So does sorting a value in. */
enum { LEVEL_SORT_COST = 4 };
/* Looking at a word of a bitmap costs as much as looking at one row: worth it for a row in so many.
 */
enum { LEVEL_WORD_ROWS = 128 };
/* The same, for rows that are read many times. */
enum { LEVEL_ORDER_ROWS = 1024 };
/* Wiping a cell that has to be looked for costs as much as wiping this many in a row. */
enum { LEVEL_WIPE_COST = 16 };

attune_status at_forest_levels_init(struct at_forest_levels *l, const struct at_forest_data *data,
                                    attune_error *err)
{
    const size_t n_rows = data->rows->n_rows;
    *l = (struct at_forest_levels){.data = data};
    l->row = AT_ALLOC_RAW(struct at_forest_row, n_rows);
    l->order = AT_ALLOC_RAW(uint32_t, n_rows);
    l->place = AT_ALLOC_RAW(uint32_t, n_rows);
    l->scratch = AT_ALLOC_RAW(uint64_t, n_rows);
    return l->row && l->order && l->place && l->scratch
               ? ATTUNE_OK
               : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: growing trees on %zu rows", n_rows);
}

void at_forest_levels_release(struct at_forest_levels *l)
{
    at_free(l->row);
    at_free(l->order);
    at_free(l->place);
    at_free(l->scratch);
    at_free(l->entry);
    for (size_t i = 0; i < AT_FOREST_MAX_LEVELS; i++) {
        at_free(l->level[i].cell);
        at_free(l->level[i].column);
        at_free(l->level[i].member);
    }
    *l = (struct at_forest_levels){0};
}

static attune_status level_allocate(const struct at_forest_levels *l, struct at_forest_level *level,
                                    attune_error *err)
{
    const size_t n_cols = l->data->rows->n_cols;
    if (!level->cell)
        level->cell = AT_ALLOC(uint64_t, n_cols * l->data->n_classes);
    if (!level->column)
        level->column = AT_ALLOC(struct at_forest_column, n_cols);
    if (!level->member)
        level->member = AT_ALLOC(uint64_t, l->data->rows->n_rows / 64 + 1);
    return level->cell && level->column && level->member
               ? ATTUNE_OK
               : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: growing trees on %zu columns",
                         n_cols);
}

/* Column of value v. */
static inline size_t level_col(const struct at_forest_data *data, bool narrow, uint64_t v)
{
    return narrow ? data->narrow[v] : data->col[v];
}

/* Rows come in no order: the next one is fetched while this one is counted. */
static inline void level_fetch_row(const struct at_forest_data *data, bool narrow, uint32_t row)
{
    const char *col = narrow ? (const char *)(data->narrow + data->start[row])
                             : (const char *)(data->col + data->start[row]);
    const size_t n = (size_t)(data->start[row + 1] - data->start[row]) * (narrow ? 2 : 4);
    for (size_t i = 0; i < n; i += 64)
        __builtin_prefetch(col + i);
}

/* What one pass over rows does to cells: adds them to `to` and takes them from `from`, or one of
 * both. Inlined for each width of columns and each choice. */
struct level_pass {
    uint64_t *to, *from; /* or NULL */
    bool narrow;
};

static inline __attribute__((always_inline)) size_t level_run(const struct at_forest_levels *l,
                                                              const struct level_pass *pass,
                                                              struct at_forest_range rows)
{
    const struct at_forest_data *data = l->data;
    const size_t n_classes = data->n_classes;
    size_t n_values = 0;
    for (uint32_t i = rows.begin; i < rows.end; i++) {
        const uint32_t r = l->order[i];
        if (i + 1 < rows.end)
            level_fetch_row(data, pass->narrow, l->order[i + 1]);
        const uint64_t one = AT_FOREST_ONE_ROW + l->row[r].weight;
        const uint64_t start = data->start[r], end = data->start[r + 1];
        n_values += (size_t)(end - start);
        for (uint64_t v = start; v < end; v++) {
            const size_t cell = level_col(data, pass->narrow, v) * n_classes + l->row[r].y;
            if (pass->to)
                pass->to[cell] += one;
            if (pass->from)
                pass->from[cell] -= one;
        }
    }
    return n_values;
}

/* Returns how many values the rows have. */
static size_t level_count(const struct at_forest_levels *l, uint64_t *to, uint64_t *from,
                          struct at_forest_range rows)
{
    if (!l->data->narrow)
        return level_run(l, &(struct level_pass){to, from, false}, rows);
    if (!from)
        return level_run(l, &(struct level_pass){to, NULL, true}, rows);
    if (!to)
        return level_run(l, &(struct level_pass){NULL, from, true}, rows);
    return level_run(l, &(struct level_pass){to, from, true}, rows);
}

static void level_set_members(const struct at_forest_levels *l, uint64_t *member,
                              struct at_forest_range rows)
{
    for (uint32_t i = rows.begin; i < rows.end; i++)
        member[l->order[i] / 64] |= UINT64_C(1) << l->order[i] % 64;
}

static void level_clear_members(const struct at_forest_levels *l, uint64_t *member,
                                struct at_forest_range rows)
{
    for (uint32_t i = rows.begin; i < rows.end; i++)
        member[l->order[i] / 64] &= ~(UINT64_C(1) << l->order[i] % 64);
}

/* Splits leave the rows of a node in no order; in memory's order they are read faster, again and
 * again. Small nodes stay in the cache anyway. */
static void level_put_in_order(const struct at_forest_levels *l, const uint64_t *member,
                               struct at_forest_range rows)
{
    uint32_t at = rows.begin;
    if (l->data->rows->n_rows / LEVEL_ORDER_ROWS > rows.end - rows.begin)
        return;
    for (uint32_t w = 0; at < rows.end; w++)
        for (uint64_t set = member[w]; set; set &= set - 1) {
            const uint32_t row = 64 * w + (uint32_t)__builtin_ctzll(set);
            l->order[at] = row;
            l->place[row] = at++;
        }
}

/* Wipes the cells: all of them, or where its rows have values, whichever is less. */
static void level_drop(struct at_forest_levels *l)
{
    struct at_forest_level *level = &l->level[--l->n_levels];
    const struct at_forest_data *data = l->data;
    const size_t n_cells = data->rows->n_cols * data->n_classes;
    l->member = l->n_levels ? level[-1].member : NULL;
    level_clear_members(l, level->member, level->rows);
    if (n_cells < LEVEL_WIPE_COST * level->n_values) {
        memset(level->cell, 0, n_cells * sizeof *level->cell);
        return;
    }
    for (uint32_t i = level->rows.begin; i < level->rows.end; i++) {
        const uint32_t r = l->order[i];
        for (uint64_t v = data->start[r]; v < data->start[r + 1]; v++)
            level->cell[data->col[v] * data->n_classes + l->row[r].y] = 0;
    }
}

attune_status at_forest_levels_push(struct at_forest_levels *l, struct at_forest_range rows,
                                    bool take, attune_error *err)
{
    struct at_forest_level *level = &l->level[l->n_levels];
    AT_TRY(level_allocate(l, level, err));
    level->end_entry = l->n_levels ? level[-1].end_entry : 0;
    level->serial = ++l->serial;
    level->rows = rows;
    l->n_levels++;
    level_set_members(l, level->member, rows);
    level_put_in_order(l, level->member, rows);
    level->n_values = level_count(l, level->cell, take ? level[-1].cell : NULL, rows);
    if (take)
        level_clear_members(l, level[-1].member, rows);
    l->member = level->member;
    return ATTUNE_OK;
}

void at_forest_levels_keep(struct at_forest_levels *l, size_t n_levels)
{
    while (l->n_levels > n_levels)
        level_drop(l);
}

void at_forest_levels_subtract(struct at_forest_levels *l, size_t index,
                               struct at_forest_range rows)
{
    level_count(l, NULL, l->level[index].cell, rows);
    level_clear_members(l, l->level[index].member, rows);
}

/* Nothing is sorted until the tree has started. */
uint32_t *at_forest_levels_weights(struct at_forest_levels *l)
{
    return (uint32_t *)l->scratch;
}

attune_status at_forest_levels_start(struct at_forest_levels *l, struct at_forest_range *root,
                                     attune_error *err)
{
    const uint32_t *weight = at_forest_levels_weights(l);
    const struct at_forest_data *data = l->data;
    size_t values = 0;
    at_forest_levels_keep(l, 0); /* what a cancelled tree has left */
    *root = (struct at_forest_range){0, 0};
    for (uint32_t i = 0; i < data->rows->n_rows; i++) {
        l->row[i] = (struct at_forest_row){weight[i], data->y[i]};
        l->place[i] = UINT32_MAX;
        if (!weight[i])
            continue;
        values += (size_t)(data->start[i + 1] - data->start[i]);
        l->order[root->end] = i;
        l->place[i] = root->end++;
    }
    /* each level has at most half the values of the one below */
    if (2 * values + 1 > l->cap_entries) {
        at_free(l->entry);
        l->cap_entries = 2 * values + 1;
        l->entry = AT_ALLOC_RAW(uint64_t, l->cap_entries);
        if (!l->entry) {
            l->cap_entries = 0;
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu values of a tree", values);
        }
    }
    return at_forest_levels_push(l, *root, false, err);
}

/* From sorted entries of more rows: the shared column, or what a level below has read of it. */
static void level_read_sorted(const struct at_forest_levels *l, const uint64_t *from, uint64_t *out,
                              uint32_t n_live)
{
    for (uint32_t kept = 0; kept < n_live; from++) {
        out[kept] = *from;
        kept += at_forest_is_member(l, *from);
    }
}

/* Where a column is among n ascending ones, or where it would be. */
static size_t level_lower_bound(const uint32_t *col, size_t n, uint32_t wanted)
{
    size_t at = 0;
    for (; n > 1; n -= n / 2)
        at += col[at + n / 2 - 1] < wanted ? n / 2 : 0;
    return at + (n == 1 && col[at] < wanted);
}

/* From the rows, by search in each. */
static void level_read_rows(struct at_forest_levels *l, uint32_t feature,
                            struct at_forest_range rows, uint64_t *out, uint32_t n_live)
{
    const struct at_forest_data *data = l->data;
    uint32_t kept = 0;
    for (uint32_t i = rows.begin; kept < n_live; i++) {
        const uint32_t row = l->order[i];
        const uint64_t start = data->start[row];
        const size_t n = (size_t)(data->start[row + 1] - start);
        const size_t at = level_lower_bound(data->col + start, n, feature);
        if (at < n && data->col[start + at] == feature)
            out[kept++] = at_forest_entry(data->value[start + at], row);
    }
    at_forest_sort(out, l->scratch, n_live);
}

static unsigned level_popcount(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555U;
    x = (x & 0x3333333333333333U) + (x >> 2 & 0x3333333333333333U);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fU;
    return (unsigned)(x * 0x0101010101010101U >> 56);
}

/* From the rows, by the column's bitmap: first which rows, without a branch that nobody can
 * predict, then their values. */
static void level_read_bits(struct at_forest_levels *l, uint32_t feature,
                            struct at_forest_range rows, uint64_t *out, uint32_t n_live)
{
    const struct at_forest_data *data = l->data;
    const uint64_t *bits = data->bits + data->bits_start[feature];
    const uint32_t *before = data->before + data->bits_start[feature];
    const uint32_t *key = data->key + data->key_start[feature];
    uint32_t kept = 0;
    if (data->rows->n_rows / LEVEL_WORD_ROWS < rows.end - rows.begin) {
        for (size_t w = 0; kept < n_live; w++)
            for (uint64_t set = bits[w] & l->member[w]; set; set &= set - 1)
                out[kept++] = 64 * w + (unsigned)__builtin_ctzll(set);
    }
    for (uint32_t i = rows.begin; kept < n_live; i++) {
        const uint32_t row = l->order[i];
        out[kept] = row;
        kept += (uint32_t)(bits[row / 64] >> row % 64 & 1);
    }
    for (uint32_t i = 0; i < n_live; i++) {
        const uint64_t row = out[i];
        const uint64_t below = bits[row / 64] & ((UINT64_C(1) << row % 64) - 1);
        out[i] = (uint64_t)key[before[row / 64] + level_popcount(below)] << 32 | row;
    }
    at_forest_sort(out, l->scratch, n_live);
}

static void level_drop_gone(struct at_forest_levels *l, struct at_forest_column *column,
                            uint32_t n_live)
{
    uint64_t *entry = l->entry + column->start;
    size_t kept = 0;
    for (uint32_t i = 0; kept < n_live; i++) {
        entry[kept] = entry[i];
        kept += at_forest_is_member(l, entry[i]);
    }
    column->len = n_live;
}

/* The column as the nearest of the levels below has read it, or NULL. */
static const struct at_forest_column *level_below(const struct at_forest_levels *l,
                                                  uint32_t feature)
{
    for (size_t i = l->n_levels - 1; i-- > 0;)
        if (l->level[i].column[feature].serial == l->level[i].serial)
            return &l->level[i].column[feature];
    return NULL;
}

const struct at_forest_column *at_forest_levels_read(struct at_forest_levels *l, uint32_t feature,
                                                     struct at_forest_range rows, uint32_t n_live)
{
    struct at_forest_level *level = &l->level[l->n_levels - 1];
    struct at_forest_column *column = &level->column[feature];
    if (column->serial == level->serial) {
        if (column->len > n_live + n_live / 4)
            level_drop_gone(l, column, n_live);
        return column;
    }
    *column = (struct at_forest_column){level->end_entry, n_live, level->serial};
    level->end_entry += n_live;
    const uint64_t *start = l->data->column_start + feature;
    const bool sparse = l->data->bits_start[feature] == SIZE_MAX;
    const size_t n_rows = rows.end - rows.begin;
    const struct at_forest_column *below = level_below(l, feature);
    const size_t n_sorted = below ? below->len : (size_t)(start[1] - start[0]);
    const uint64_t *sorted = below ? l->entry + below->start : l->data->entry + start[0];
    uint64_t *out = l->entry + column->start;
    if (n_sorted <= n_rows * (sparse ? LEVEL_FIND_COST : 1) + n_live * LEVEL_SORT_COST)
        level_read_sorted(l, sorted, out, n_live);
    else if (sparse)
        level_read_rows(l, feature, rows, out, n_live);
    else
        level_read_bits(l, feature, rows, out, n_live);
    return column;
}
