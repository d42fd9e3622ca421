/* The exact score of a split takes two divisions and has to be rounded as scikit-learn rounds it,
 * so it is worked out only for candidates that may win. With S_L, S_R the sums of squared class
 * weights, the gini score is  S_L / w_L + S_R / w_R - w,  and
 *
 *     S_L w_R + S_R w_L  >  bar w_L w_R,      bar = best + w - slack
 *
 * needs no division; slack covers the rounding of both sides. Two classes, the common case, have a
 * loop of their own that keeps everything in registers; more classes change S_L and S_R by one term
 * with each row. */
#include "model/forest/forest_scan.h"

#include <math.h>
#include <string.h>

/* A candidate of one column: everything before entry `at` goes left. */
struct scan_cut {
    size_t at;
    uint32_t n_left;
    bool any;        /* there is a row on the left */
    bool zeros_left; /* the rows without an entry are on the left */
    float below;     /* the largest value on the left */
};

/* In the order of operations that decides the last bit. */
static double scan_proxy(const struct at_forest_search *s)
{
    const enum at_forest_criterion criterion = s->rules->criterion;
    double w_left = 0;
    for (size_t c = 0; c < s->n_classes; c++) {
        s->right[c] = s->node->total[c] - s->left[c];
        w_left += s->left[c];
    }
    const double w_right = s->weight - w_left;
    const double left = at_forest_impurity(criterion, s->left, s->n_classes, w_left);
    const double right = at_forest_impurity(criterion, s->right, s->n_classes, w_right);
    return -w_right * right - w_left * left;
}

/* Keeps the candidate if it beats the best one; false otherwise. The threshold is the caller's. */
static bool scan_keep(struct at_forest_search *s, const struct scan_cut *cut,
                      const struct at_forest_drawn *column)
{
    struct at_forest_split *best = s->best;
    const uint32_t least = s->rules->min_samples_leaf;
    if (cut->n_left < least || s->n_rows - cut->n_left < least)
        return false;
    const double proxy = scan_proxy(s);
    if (best->found && !(proxy > best->proxy))
        return false;
    best->found = true;
    best->proxy = proxy;
    best->feature = column->feature;
    best->begin = column->read->start;
    best->at = cut->at;
    best->end = column->read->start + column->read->len;
    best->n_left = cut->n_left;
    best->zeros_right = !cut->zeros_left;
    memcpy(best->left, s->left, s->n_classes * sizeof *s->left);
    if (s->rules->criterion == AT_FOREST_GINI)
        s->bar = fmax(s->bar, proxy + s->weight * (1 - AT_FOREST_SLACK));
    return true;
}

/* The candidate between cut->below and `above`. */
static void scan_try(struct at_forest_search *s, const struct scan_cut *cut,
                     const struct at_forest_drawn *column, float above)
{
    if (!cut->any || above <= cut->below + AT_FOREST_GAP || !scan_keep(s, cut, column))
        return;
    s->best->threshold = (double)cut->below / 2 + (double)above / 2;
    if (s->best->threshold == (double)above)
        s->best->threshold = (double)cut->below;
}

/* The rows of the node that have no entry in this column, which come between the signs. */
static void scan_zeros(struct at_forest_search *s, struct scan_cut *cut,
                       const struct at_forest_drawn *column)
{
    scan_try(s, cut, column, 0);
    for (size_t c = 0; c < s->n_classes; c++)
        s->left[c] += s->node->total[c] - at_forest_cell_weight(column->cell[c]);
    cut->n_left += s->n_rows - column->n_live;
    cut->zeros_left = true;
    cut->below = 0;
    cut->any = true;
}

static bool scan_skips(const struct at_forest_search *s, bool all, uint64_t entry)
{
    return !all && !at_forest_is_member(s->levels, entry);
}

/* Entries cut->at .. end-1 of one sign, two classes. */
static void scan_run_two(struct at_forest_search *s, struct scan_cut *cut,
                         const struct at_forest_drawn *column, size_t end)
{
    const uint64_t *entry = s->levels->entry;
    const struct at_forest_row *rows = s->levels->row;
    const bool all = column->read->len == column->n_live;
    const double total0 = s->node->total[0], total1 = s->node->total[1];
    double left0 = s->left[0], left1 = s->left[1], bar = s->bar;
    uint64_t last = at_forest_entry(cut->below, 0);
    for (size_t i = cut->at; i < end; i++) {
        const uint64_t e = entry[i];
        if (scan_skips(s, all, e))
            continue;
        const double right0 = total0 - left0, right1 = total1 - left1;
        const double w_left = left0 + left1, w_right = right0 + right1;
        const double s_left = left0 * left0 + left1 * left1;
        const double s_right = right0 * right0 + right1 * right1;
        if (!(s_left * w_right + s_right * w_left <= bar * (w_left * w_right))) {
            cut->at = i;
            cut->below = at_forest_entry_value(last);
            s->left[0] = left0;
            s->left[1] = left1;
            scan_try(s, cut, column, at_forest_entry_value(e));
            bar = s->bar;
        }
        const struct at_forest_row row = rows[at_forest_entry_row(e)];
        left0 += (double)(row.weight & (row.y - 1));
        left1 += (double)(row.weight & (0 - row.y));
        last = e;
        cut->any = true;
        cut->n_left++;
    }
    cut->at = end;
    cut->below = at_forest_entry_value(last);
    s->left[0] = left0;
    s->left[1] = left1;
}

/* The same for any number of classes. */
static void scan_run_many(struct at_forest_search *s, struct scan_cut *cut,
                          const struct at_forest_drawn *column, size_t end)
{
    const uint64_t *entry = s->levels->entry;
    const struct at_forest_row *rows = s->levels->row;
    const bool all = column->read->len == column->n_live;
    const double *total = s->node->total;
    double *left = s->left;
    double w_left = 0, s_left = 0, s_right = 0;
    for (size_t c = 0; c < s->n_classes; c++) {
        w_left += left[c];
        s_left += left[c] * left[c];
        s_right += (total[c] - left[c]) * (total[c] - left[c]);
    }
    uint64_t last = at_forest_entry(cut->below, 0);
    for (size_t i = cut->at; i < end; i++) {
        const uint64_t e = entry[i];
        if (scan_skips(s, all, e))
            continue;
        const double w_right = s->weight - w_left;
        if (!(s_left * w_right + s_right * w_left <= s->bar * (w_left * w_right))) {
            cut->at = i;
            cut->below = at_forest_entry_value(last);
            scan_try(s, cut, column, at_forest_entry_value(e));
        }
        const struct at_forest_row row = rows[at_forest_entry_row(e)];
        const double w = row.weight, before = left[row.y];
        s_left += w * (2 * before + w);
        s_right -= w * (2 * (total[row.y] - before) - w);
        w_left += w;
        left[row.y] = before + w;
        last = e;
        cut->any = true;
        cut->n_left++;
    }
    cut->at = end;
    cut->below = at_forest_entry_value(last);
}

static void scan_run(struct at_forest_search *s, struct scan_cut *cut,
                     const struct at_forest_drawn *column, size_t end)
{
    if (s->n_classes == 2)
        scan_run_two(s, cut, column, end);
    else
        scan_run_many(s, cut, column, end);
}

void at_forest_scan(struct at_forest_search *s, const struct at_forest_drawn *column)
{
    const uint64_t *entry = s->levels->entry;
    const size_t end = column->read->start + column->read->len;
    const bool has_zeros = column->n_live < s->n_rows;
    struct scan_cut cut = {.at = column->read->start};
    memset(s->left, 0, s->n_classes * sizeof *s->left);
    if (has_zeros) {
        size_t first_positive = cut.at;
        while (first_positive < end && at_forest_entry_value(entry[first_positive]) < 0)
            first_positive++;
        scan_run(s, &cut, column, first_positive);
        scan_zeros(s, &cut, column);
    }
    scan_run(s, &cut, column, end);
}

/* The first entry above the threshold; rows that have left the node count like the others. */
static size_t scan_find(const uint64_t *entry, size_t begin, size_t end, double threshold)
{
    while (begin < end) {
        const size_t middle = begin + (end - begin) / 2;
        if ((double)at_forest_entry_value(entry[middle]) <= threshold)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

/* Adds the rows of entries begin .. end-1 to the class weights; returns how many rows there are. */
static uint32_t scan_add(const struct at_forest_search *s, const struct at_forest_drawn *column,
                         size_t begin, size_t end)
{
    const bool all = column->read->len == column->n_live;
    uint32_t n = 0;
    for (size_t i = begin; i < end; i++) {
        const uint64_t e = s->levels->entry[i];
        if (scan_skips(s, all, e))
            continue;
        const struct at_forest_row row = s->levels->row[at_forest_entry_row(e)];
        s->left[row.y] += row.weight;
        n++;
    }
    return n;
}

/* What is with the zeros is everything but the entries on the other side, and those are all but
 * the entries on this side: the shorter of both runs is added up. */
void at_forest_scan_at(struct at_forest_search *s, const struct at_forest_drawn *column,
                       double threshold)
{
    const size_t begin = column->read->start, end = begin + column->read->len;
    const bool zeros_left = threshold >= 0;
    struct scan_cut cut = {.at = scan_find(s->levels->entry, begin, end, threshold),
                           .zeros_left = zeros_left};
    const bool add_left = cut.at - begin < end - cut.at;
    memset(s->left, 0, s->n_classes * sizeof *s->left);
    cut.n_left = add_left ? scan_add(s, column, begin, cut.at) : scan_add(s, column, cut.at, end);
    for (size_t c = 0; c < s->n_classes; c++) {
        const double with_zeros = s->node->total[c] - at_forest_cell_weight(column->cell[c]);
        s->left[c] = add_left ? s->left[c] + (zeros_left ? with_zeros : 0)
                              : s->node->total[c] - s->left[c] - (zeros_left ? 0 : with_zeros);
    }
    const uint32_t n_zeros = s->n_rows - column->n_live;
    cut.n_left = add_left ? cut.n_left + (zeros_left ? n_zeros : 0)
                          : s->n_rows - cut.n_left - (zeros_left ? 0 : n_zeros);
    if (scan_keep(s, &cut, column))
        s->best->threshold = threshold;
}
