/* Columns are drawn by Fisher-Yates from a permutation in which the columns known to be constant
 * stand in front; drawing goes on until max_features columns were seen and one of them was not
 * constant.
 *
 * The score is convex in the class weights that leave the block of zeros, so over all subsets of a
 * column's entries it is largest at a corner: for each class, all of the weight or none. A column
 * whose corners all lose is not read at all. */
#include "model/forest/forest_split.h"

#include <math.h>
#include <string.h>

#include "model/forest/forest_scan.h"

enum { SPLIT_MAX_CORNER_CLASSES = 4 };

static void split_read(const struct at_forest_search *s, struct at_forest_drawn *column)
{
    column->read = at_forest_levels_read(s->levels, column->feature, s->node->rows, column->n_live);
}

/* The smallest and the largest value of the node's rows in a column. */
struct split_span {
    float low, high;
};

static struct split_span split_span(const struct at_forest_search *s,
                                    struct at_forest_drawn *column)
{
    split_read(s, column);
    const uint64_t *first = s->levels->entry + column->read->start;
    const uint64_t *last = first + column->read->len - 1;
    while (!at_forest_is_member(s->levels, *first))
        first++;
    while (!at_forest_is_member(s->levels, *last))
        last--;
    struct split_span span = {at_forest_entry_value(*first), at_forest_entry_value(*last)};
    if (column->n_live < s->n_rows) {
        span.low = fminf(span.low, 0);
        span.high = fmaxf(span.high, 0);
    }
    return span;
}

static bool split_is_constant(const struct at_forest_search *s, struct at_forest_drawn *column)
{
    if (column->n_live < s->n_rows && s->levels->data->plain[column->feature])
        return false;
    const struct split_span span = split_span(s, column);
    return span.high <= span.low + AT_FOREST_GAP;
}

/* false: no subset of the column's entries, moved to one side, beats the best split so far. */
static bool split_may_win(const struct at_forest_search *s, const struct at_forest_drawn *column)
{
    const double *total = s->node->total;
    if (s->bar == -INFINITY || s->n_classes > SPLIT_MAX_CORNER_CLASSES)
        return true;
    for (unsigned corner = 1; corner < 1U << s->n_classes; corner++) {
        double w = 0, moved = 0, rest = s->squares;
        for (size_t c = 0; c < s->n_classes; c++) {
            if (!(corner >> c & 1))
                continue;
            const double sum = at_forest_cell_weight(column->cell[c]);
            w += sum;
            moved += sum * sum;
            rest -= sum * (2 * total[c] - sum);
        }
        const double w_rest = s->weight - w;
        if (moved * w_rest + rest * w > s->bar * (w * w_rest))
            return true;
    }
    return false;
}

/* Rows of the node with a value in the column of these cells. */
static uint32_t split_live(const uint64_t *cell, size_t n_classes)
{
    uint64_t sum = cell[0] + cell[1];
    for (size_t c = 2; c < n_classes; c++)
        sum += cell[c];
    return at_forest_cell_rows(sum);
}

static void split_swap(uint32_t *feature, uint32_t a, uint32_t b)
{
    const uint32_t swap = feature[a];
    feature[a] = feature[b];
    feature[b] = swap;
}

/* The split between zeros and the rest needs no reading: where it is a candidate, nothing below its
 * score can win. */
static void split_foresee(struct at_forest_search *s, const struct at_forest_drawn *column)
{
    const uint32_t n_zeros = s->n_rows - column->n_live, least = s->rules->min_samples_leaf;
    if (s->rules->criterion != AT_FOREST_GINI || !s->levels->data->plain[column->feature] ||
        n_zeros < least || column->n_live < least || n_zeros == 0)
        return;
    double w = 0, moved = 0, rest = s->squares;
    for (size_t c = 0; c < s->n_classes; c++) {
        const double sum = at_forest_cell_weight(column->cell[c]);
        w += sum;
        moved += sum * sum;
        rest -= sum * (2 * s->node->total[c] - sum);
    }
    s->bar = fmax(s->bar, moved / w + rest / (s->weight - w) - s->weight * AT_FOREST_SLACK);
}

/* The threshold is drawn when the column is, from the same generator. */
static void split_try_random(struct at_forest_search *s, struct at_forest_drawn *column,
                             uint32_t *state)
{
    const struct split_span span = split_span(s, column);
    const double threshold = at_forest_draw_threshold(state, span.low, span.high);
    if (split_may_win(s, column))
        at_forest_scan_at(s, column, threshold);
}

/* feature[] while drawing:  known constants, drawn | known, not drawn | found here | not drawn yet
 * | drawn, not constant. Returns how many columns are in draw->drawn, to be tried at every
 * threshold; random ones are tried at once. */
static size_t split_draw(struct at_forest_search *s, struct at_forest_node *node,
                         struct at_forest_draw *draw)
{
    const uint64_t *cells = at_forest_levels_cells(s->levels, 0);
    const uint32_t n_known = node->n_constants, max_features = s->rules->max_features;
    const size_t n_classes = s->n_classes;
    uint32_t *const feature = draw->feature;
    uint32_t end = (uint32_t)s->levels->data->rows->n_cols, state = draw->state;
    uint32_t n_visited = 0, n_found = 0, n_drawn_known = 0;
    size_t n_drawn = 0;
    while (end > n_known + n_found &&
           (n_visited < max_features || n_visited <= n_found + n_drawn_known)) {
        n_visited++;
        uint32_t k = at_forest_draw(&state, n_drawn_known, end - n_found);
        if (k < n_known) {
            draw->known[n_drawn_known] = k;
            split_swap(feature, k, n_drawn_known++);
            continue;
        }
        k += n_found;
        struct at_forest_drawn column = {.feature = feature[k],
                                         .cell = cells + feature[k] * n_classes};
        column.n_live = split_live(column.cell, n_classes);
        if (column.n_live == 0 || split_is_constant(s, &column)) {
            split_swap(feature, k, n_known + n_found++);
            continue;
        }
        split_swap(feature, k, --end);
        if (s->rules->splitter == AT_FOREST_RANDOM) {
            split_try_random(s, &column, &state);
            continue;
        }
        split_foresee(s, &column);
        draw->drawn[n_drawn++] = column;
    }
    draw->state = state;
    /* the constants of the path keep their order for siblings and descendants */
    while (n_drawn_known-- > 0)
        split_swap(feature, draw->known[n_drawn_known], n_drawn_known);
    node->n_constants = n_known + n_found;
    return n_drawn;
}

void at_forest_split_find(struct at_forest_split *best, struct at_forest_node *node,
                          struct at_forest_draw *draw, struct at_forest_levels *levels,
                          const struct at_forest_rules *rules, double *scratch)
{
    struct at_forest_search search = {.best = best,
                                      .node = node,
                                      .levels = levels,
                                      .rules = rules,
                                      .n_classes = levels->data->n_classes,
                                      .n_rows = node->rows.end - node->rows.begin,
                                      .bar = -INFINITY,
                                      .left = scratch,
                                      .right = scratch + levels->data->n_classes};
    for (size_t c = 0; c < search.n_classes; c++) {
        search.weight += node->total[c];
        search.squares += node->total[c] * node->total[c];
    }
    best->found = false;
    const size_t n_drawn = split_draw(&search, node, draw);
    for (size_t i = 0; i < n_drawn; i++) {
        if (!split_may_win(&search, &draw->drawn[i]))
            continue;
        split_read(&search, &draw->drawn[i]);
        at_forest_scan(&search, &draw->drawn[i]);
    }
}
