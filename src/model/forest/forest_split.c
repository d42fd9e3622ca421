/* Columns are drawn by Fisher-Yates from a permutation in which the columns known to be constant
 * stand in front; drawing goes on until max_features columns were seen and one of them was not
 * constant.
 *
 * The exact score of a split takes two divisions and has to be rounded as scikit-learn rounds it,
 * so it is worked out only for candidates that may win. With S_L, S_R the sums of squared class
 * weights, the gini score is  S_L / w_L + S_R / w_R - w,  and
 *
 *     S_L w_R + S_R w_L  >  (best + w - slack) w_L w_R
 *
 * needs no division; slack covers the rounding of both sides. S_L and S_R change by one term with
 * each row.
 *
 * The score is convex in the class weights that leave the block of zeros, so over all subsets of a
 * column's entries it is largest at a corner: for each class, all of the weight or none. A column
 * whose corners all lose is not read at all. */
#include "model/forest/forest_split.h"

#include <math.h>
#include <string.h>

enum { SPLIT_MAX_CORNER_CLASSES = 4 };
#define SPLIT_SLACK 1e-9

struct split_search {
    struct at_forest_split *best;
    const struct at_forest_node *node;
    struct at_forest_levels *levels;
    const struct at_forest_rules *rules;
    size_t n_classes;
    double weight;        /* of the node */
    double squares;       /* sum of the squared class weights of the node */
    double bar;           /* what (S_L w_R + S_R w_L) / (w_L w_R) has to exceed */
    double *left, *right; /* [n_classes] class weights on both sides of a candidate */
};

/* A candidate of one column: everything before entry `at` goes left. */
struct split_cut {
    uint32_t n_left, at;
    double weight, squares, squares_right; /* w_L, S_L, S_R */
    float below;                           /* the largest value on the left */
    bool any;                              /* there is a row on the left */
    bool zeros_left;                       /* the rows without an entry are on the left */
};

static void split_cut_add(struct split_cut *cut, double *left, const double *total, size_t c,
                          double weight)
{
    cut->squares += weight * (2 * left[c] + weight);
    cut->squares_right -= weight * (2 * (total[c] - left[c]) - weight);
    cut->weight += weight;
    left[c] += weight;
}

/* In the order of operations that decides the last bit. */
static double split_proxy(const struct split_search *s, double w_left)
{
    const enum at_forest_criterion criterion = s->rules->criterion;
    const double w_right = s->weight - w_left;
    for (size_t c = 0; c < s->n_classes; c++)
        s->right[c] = s->node->total[c] - s->left[c];
    const double left = at_forest_impurity(criterion, s->left, s->n_classes, w_left);
    const double right = at_forest_impurity(criterion, s->right, s->n_classes, w_right);
    return -w_right * right - w_left * left;
}

static void split_try(const struct split_search *s, const struct split_cut *cut,
                      const struct at_forest_slot *slot, float above)
{
    struct at_forest_split *best = s->best;
    const uint32_t least = s->rules->min_samples_leaf;
    if (cut->n_left < least || s->node->n_samples - cut->n_left < least)
        return;
    const double proxy = split_proxy(s, cut->weight);
    if (best->found && !(proxy > best->proxy))
        return;
    best->found = true;
    best->proxy = proxy;
    best->feature = slot->feature;
    best->slot = (size_t)(slot - s->levels->slot);
    best->at = cut->at;
    best->n_left = cut->n_left;
    best->zeros_right = !cut->zeros_left;
    best->threshold = (double)cut->below / 2 + (double)above / 2;
    if (best->threshold == (double)above)
        best->threshold = (double)cut->below;
    memcpy(best->left, s->left, s->n_classes * sizeof *s->left);
}

static void split_raise_bar(struct split_search *s)
{
    if (s->best->found && s->rules->criterion == AT_FOREST_GINI)
        s->bar = s->best->proxy + s->weight * (1 - SPLIT_SLACK);
}

/* The rows of the node that have no entry in this column. */
static void split_add_zeros(const struct split_search *s, struct split_cut *cut,
                            const struct at_forest_slot *slot)
{
    const double *total = s->node->total;
    const double *sum = s->levels->sum + (size_t)(slot - s->levels->slot) * s->n_classes;
    for (size_t c = 0; c < s->n_classes; c++)
        split_cut_add(cut, s->left, total, c, total[c] - sum[c]);
    cut->n_left += s->node->n_samples - slot->live;
    cut->zeros_left = true;
    cut->below = 0;
    cut->any = true;
}

static bool split_gap(const struct split_cut *cut, float above)
{
    return cut->any && above > cut->below + AT_FOREST_GAP;
}

/* Every threshold of one column, from the smallest. */
static void split_scan(struct split_search *s, const struct at_forest_slot *slot)
{
    const double *total = s->node->total;
    const struct at_forest_row *rows = s->levels->row;
    const uint64_t *entry = s->levels->entry + slot->start;
    const bool has_zeros = slot->live < s->node->n_samples;
    struct split_cut cut = {.squares_right = s->squares};
    memset(s->left, 0, s->n_classes * sizeof *s->left);
    for (cut.at = 0; cut.at < slot->len; cut.at++) {
        const struct at_forest_row row = rows[at_forest_entry_row(entry[cut.at])];
        const float value = at_forest_entry_value(entry[cut.at]);
        if (!row.weight)
            continue;
        if (value > 0 && has_zeros && !cut.zeros_left) {
            if (split_gap(&cut, 0))
                split_try(s, &cut, slot, 0);
            split_add_zeros(s, &cut, slot);
            split_raise_bar(s);
        }
        const double w_right = s->weight - cut.weight;
        if (cut.squares * w_right + cut.squares_right * cut.weight >
                s->bar * (cut.weight * w_right) &&
            split_gap(&cut, value)) {
            split_try(s, &cut, slot, value);
            split_raise_bar(s);
        }
        split_cut_add(&cut, s->left, total, row.y, row.weight);
        cut.n_left++;
        cut.below = value;
        cut.any = true;
    }
    if (has_zeros && !cut.zeros_left && split_gap(&cut, 0))
        split_try(s, &cut, slot, 0);
    split_raise_bar(s);
}

/* The smallest and the largest value of the node's rows are one value. */
static bool split_is_constant(const struct split_search *s, struct at_forest_slot *slot)
{
    const bool has_zeros = slot->live < s->node->n_samples;
    if (slot->live == 0)
        return true;
    if (has_zeros && s->levels->data->plain[slot->feature])
        return false;
    at_forest_levels_tidy(s->levels, slot);
    const uint64_t *first = s->levels->entry + slot->start, *last = first + slot->len - 1;
    while (!s->levels->row[at_forest_entry_row(*first)].weight)
        first++;
    while (!s->levels->row[at_forest_entry_row(*last)].weight)
        last--;
    float low = at_forest_entry_value(*first), high = at_forest_entry_value(*last);
    if (has_zeros) {
        low = fminf(low, 0);
        high = fmaxf(high, 0);
    }
    return high <= low + AT_FOREST_GAP;
}

/* false: no subset of the column's entries, moved to one side, beats the best split so far. */
static bool split_corners_may_win(const struct split_search *s, const double *sum)
{
    const double *total = s->node->total;
    for (unsigned corner = 1; corner < 1U << s->n_classes; corner++) {
        double w = 0, moved = 0, rest = s->squares;
        for (size_t c = 0; c < s->n_classes; c++) {
            if (!(corner >> c & 1))
                continue;
            w += sum[c];
            moved += sum[c] * sum[c];
            rest -= sum[c] * (2 * total[c] - sum[c]);
        }
        const double w_rest = s->weight - w;
        if (moved * w_rest + rest * w > s->bar * (w * w_rest))
            return true;
    }
    return false;
}

static bool split_may_win(const struct split_search *s, const struct at_forest_slot *slot)
{
    if (s->bar == -INFINITY || s->n_classes > SPLIT_MAX_CORNER_CLASSES)
        return true;
    return split_corners_may_win(s,
                                 s->levels->sum + (size_t)(slot - s->levels->slot) * s->n_classes);
}

static void split_swap(uint32_t *feature, uint32_t a, uint32_t b)
{
    const uint32_t swap = feature[a];
    feature[a] = feature[b];
    feature[b] = swap;
}

/* feature[] while drawing:  known constants, drawn | known, not drawn | found here | not drawn yet
 * | drawn, not constant. */
static void split_draw(struct split_search *s, struct at_forest_node *node,
                       struct at_forest_draw *draw)
{
    const uint32_t n_known = node->n_constants;
    uint32_t *feature = draw->feature;
    uint32_t end = (uint32_t)s->levels->data->rows->n_cols;
    uint32_t n_visited = 0, n_found = 0, n_drawn_known = 0;
    while (end > n_known + n_found &&
           (n_visited < s->rules->max_features || n_visited <= n_found + n_drawn_known)) {
        n_visited++;
        uint32_t k = at_forest_draw(&draw->state, n_drawn_known, end - n_found);
        if (k < n_known) {
            split_swap(feature, k, n_drawn_known++);
            continue;
        }
        k += n_found;
        const size_t index = at_forest_levels_find(s->levels, feature[k]);
        struct at_forest_slot *slot = index == SIZE_MAX ? NULL : &s->levels->slot[index];
        if (!slot || split_is_constant(s, slot)) {
            split_swap(feature, k, n_known + n_found++);
            continue;
        }
        split_swap(feature, k, --end);
        if (split_may_win(s, slot)) {
            at_forest_levels_tidy(s->levels, slot);
            split_scan(s, slot);
        }
    }
    /* the constants of the path keep their order for siblings and descendants */
    memcpy(feature, draw->constant, n_known * sizeof *feature);
    memcpy(draw->constant + n_known, feature + n_known, n_found * sizeof *feature);
    node->n_constants = n_known + n_found;
}

void at_forest_split_find(struct at_forest_split *best, struct at_forest_node *node,
                          struct at_forest_draw *draw, struct at_forest_levels *levels,
                          const struct at_forest_rules *rules, double *scratch)
{
    struct split_search search = {.best = best,
                                  .node = node,
                                  .levels = levels,
                                  .rules = rules,
                                  .n_classes = levels->data->n_classes,
                                  .bar = -INFINITY,
                                  .left = scratch,
                                  .right = scratch + levels->data->n_classes};
    for (size_t c = 0; c < search.n_classes; c++) {
        search.weight += node->total[c];
        search.squares += node->total[c] * node->total[c];
    }
    best->found = false;
    split_draw(&search, node, draw);
}
