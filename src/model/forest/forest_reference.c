/* The algorithm with nothing clever in it, node by node over dense columns: what the fast grower
 * must equal, node for node. It shares the draws of random numbers, the criterion and the tree
 * buffer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/forest/forest_grow.h"

struct reference_pair {
    float value;
    uint32_t row;
};

struct reference {
    const struct at_forest_data *data;
    const struct at_forest_rules *rules;
    struct at_forest_tree *tree;
    size_t n, n_cols, n_classes;
    float *x; /* [n * n_cols] */
    uint32_t *weight, *order, *feature, *constant;
    struct reference_pair *pair;
    double *left, *right, *best_left;
    double whole;
    uint32_t draw;
};

struct reference_best {
    bool found;
    double proxy, threshold;
    uint32_t feature, n_left;
};

static int reference_compare(const void *a, const void *b)
{
    const float x = ((const struct reference_pair *)a)->value;
    const float y = ((const struct reference_pair *)b)->value;
    return (x > y) - (x < y);
}

static double reference_weigh(const struct reference *r, double *sum, uint32_t begin, uint32_t end)
{
    double weight = 0;
    memset(sum, 0, r->n_classes * sizeof *sum);
    for (uint32_t i = begin; i < end; i++) {
        sum[r->data->y[r->order[i]]] += r->weight[r->order[i]];
        weight += r->weight[r->order[i]];
    }
    return weight;
}

/* Every threshold of one sorted column of n pairs. */
static void reference_scan(struct reference *r, struct reference_best *best, uint32_t feature,
                           uint32_t n)
{
    double w_left = 0, w_right = 0;
    memset(r->left, 0, r->n_classes * sizeof *r->left);
    memset(r->right, 0, r->n_classes * sizeof *r->right);
    for (uint32_t i = 0; i < n; i++) {
        r->right[r->data->y[r->pair[i].row]] += r->weight[r->pair[i].row];
        w_right += r->weight[r->pair[i].row];
    }
    for (uint32_t i = 1; i < n; i++) {
        const uint32_t row = r->pair[i - 1].row, w = r->weight[row];
        r->left[r->data->y[row]] += w;
        r->right[r->data->y[row]] -= w;
        w_left += w;
        w_right -= w;
        const float below = r->pair[i - 1].value, above = r->pair[i].value;
        if (above <= below + AT_FOREST_GAP || i < r->rules->min_samples_leaf ||
            n - i < r->rules->min_samples_leaf)
            continue;
        const enum at_forest_criterion criterion = r->rules->criterion;
        const double proxy =
            -w_right * at_forest_impurity(criterion, r->right, r->n_classes, w_right) -
            w_left * at_forest_impurity(criterion, r->left, r->n_classes, w_left);
        if (best->found && proxy <= best->proxy)
            continue;
        *best =
            (struct reference_best){true, proxy, (double)below / 2 + (double)above / 2, feature, i};
        if (best->threshold == (double)above)
            best->threshold = (double)below;
    }
}

/* One threshold, drawn between the ends of one sorted column of n pairs. */
static void reference_scan_random(struct reference *r, struct reference_best *best,
                                  uint32_t feature, uint32_t n)
{
    const double threshold =
        at_forest_draw_threshold(&r->draw, r->pair[0].value, r->pair[n - 1].value);
    double w_left = 0, w_right = 0;
    uint32_t n_left = 0;
    memset(r->left, 0, r->n_classes * sizeof *r->left);
    memset(r->right, 0, r->n_classes * sizeof *r->right);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t row = r->pair[i].row, w = r->weight[row];
        const bool left = (double)r->pair[i].value <= threshold;
        (left ? r->left : r->right)[r->data->y[row]] += w;
        w_left += left ? w : 0;
        w_right += left ? 0 : w;
        n_left += left;
    }
    if (n_left < r->rules->min_samples_leaf || n - n_left < r->rules->min_samples_leaf)
        return;
    const enum at_forest_criterion criterion = r->rules->criterion;
    const double proxy = -w_right * at_forest_impurity(criterion, r->right, r->n_classes, w_right) -
                         w_left * at_forest_impurity(criterion, r->left, r->n_classes, w_left);
    if (!best->found || proxy > best->proxy)
        *best = (struct reference_best){true, proxy, threshold, feature, n_left};
}

static void reference_swap(uint32_t *a, uint32_t *b)
{
    const uint32_t swap = *a;
    *a = *b;
    *b = swap;
}

static void reference_split(struct reference *r, struct reference_best *best, uint32_t begin,
                            uint32_t end, uint32_t *n_constants)
{
    uint32_t *feature = r->feature;
    uint32_t last = (uint32_t)r->n_cols, visited = 0, found = 0, drawn = 0;
    const uint32_t known = *n_constants, n = end - begin;
    while (last > known + found && (visited < r->rules->max_features || visited <= found + drawn)) {
        visited++;
        uint32_t k = at_forest_draw(&r->draw, drawn, last - found);
        if (k < known) {
            reference_swap(&feature[k], &feature[drawn++]);
            continue;
        }
        k += found;
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t row = r->order[begin + i];
            r->pair[i] = (struct reference_pair){r->x[row * r->n_cols + feature[k]], row};
        }
        qsort(r->pair, n, sizeof *r->pair, reference_compare);
        if (r->pair[n - 1].value <= r->pair[0].value + AT_FOREST_GAP) {
            reference_swap(&feature[k], &feature[known + found++]);
            continue;
        }
        if (r->rules->splitter == AT_FOREST_RANDOM)
            reference_scan_random(r, best, feature[k], n);
        else
            reference_scan(r, best, feature[k], n);
        reference_swap(&feature[k], &feature[--last]);
    }
    memcpy(feature, r->constant, known * sizeof *feature);
    memcpy(r->constant + known, feature + known, found * sizeof *feature);
    *n_constants = known + found;
}

/* Moves the rows of the left side to the front; returns where the right side begins. */
static uint32_t reference_partition(struct reference *r, const struct reference_best *best,
                                    uint32_t begin, uint32_t end)
{
    uint32_t middle = begin;
    for (uint32_t i = begin; i < end; i++)
        if ((double)r->x[r->order[i] * r->n_cols + best->feature] <= best->threshold)
            reference_swap(&r->order[i], &r->order[middle++]);
    return middle;
}

static bool reference_worth_it(struct reference *r, uint32_t begin, uint32_t middle, uint32_t end,
                               double impurity)
{
    const enum at_forest_criterion criterion = r->rules->criterion;
    const double w_left = reference_weigh(r, r->left, begin, middle);
    const double w_right = reference_weigh(r, r->right, middle, end);
    const double left = at_forest_impurity(criterion, r->left, r->n_classes, w_left);
    const double right = at_forest_impurity(criterion, r->right, r->n_classes, w_right);
    const double w = w_left + w_right;
    const double gain = (w / r->whole) * (impurity - (w_right / w * right) - (w_left / w * left));
    return !(gain + AT_FOREST_EPSILON < r->rules->min_impurity_decrease);
}

static attune_status reference_node(struct reference *r, uint32_t begin, uint32_t end,
                                    uint32_t depth, uint32_t n_constants, attune_error *err)
{
    const uint32_t n = end - begin;
    struct reference_best best = {0};
    struct at_forest_grown_node node = {.feature = AT_FOREST_LEAF, .n_samples = n};
    uint32_t id, middle = begin;
    const double w = reference_weigh(r, r->best_left, begin, end);
    const double impurity = at_forest_impurity(r->rules->criterion, r->best_left, r->n_classes, w);
    if (depth == 0)
        r->whole = w;
    if (depth < r->rules->max_depth && n >= r->rules->min_samples_split &&
        impurity > AT_FOREST_EPSILON)
        reference_split(r, &best, begin, end, &n_constants);
    if (best.found) {
        middle = reference_partition(r, &best, begin, end);
        best.found = reference_worth_it(r, begin, middle, end, impurity);
    }
    if (best.found) {
        node.feature = best.feature;
        node.threshold = best.threshold;
    }
    AT_TRY(at_forest_tree_add(r->tree, &id, &node, r->best_left, err));
    if (!best.found)
        return ATTUNE_OK;
    AT_TRY(reference_node(r, begin, middle, depth + 1, n_constants, err));
    r->tree->node[id].right = (uint32_t)r->tree->n_nodes;
    return reference_node(r, middle, end, depth + 1, n_constants, err);
}

static attune_status reference_grow(struct reference *r, uint32_t seed, attune_error *err)
{
    const struct attune_rows *rows = r->data->rows;
    uint32_t n = 0;
    AT_TRY(at_forest_tree_weights(r->weight, r->data, r->rules, seed, err));
    r->draw = at_forest_draw_state(seed);
    for (uint32_t i = 0; i < r->n; i++)
        for (uint64_t v = rows->start[i]; v < rows->start[i + 1]; v++)
            r->x[i * r->n_cols + rows->col[v]] = rows->value[v];
    for (uint32_t f = 0; f < r->n_cols; f++)
        r->feature[f] = f;
    for (uint32_t i = 0; i < r->n; i++)
        if (r->weight[i])
            r->order[n++] = i;
    return reference_node(r, 0, n, 0, 0, err);
}

attune_status at_forest_reference_grow(struct at_forest_tree *tree,
                                       const struct at_forest_data *data,
                                       const struct at_forest_rules *rules, uint32_t seed,
                                       attune_error *err)
{
    const size_t n = data->rows->n_rows, n_cols = data->rows->n_cols, k = data->n_classes;
    struct reference r = {
        .data = data, .rules = rules, .tree = tree, .n = n, .n_cols = n_cols, .n_classes = k};
    r.x = AT_ALLOC(float, n *n_cols);
    r.weight = AT_ALLOC(uint32_t, n);
    r.order = AT_ALLOC(uint32_t, n);
    r.feature = AT_ALLOC(uint32_t, n_cols);
    r.constant = AT_ALLOC(uint32_t, n_cols);
    r.pair = AT_ALLOC(struct reference_pair, n);
    r.left = AT_ALLOC(double, k);
    r.right = AT_ALLOC(double, k);
    r.best_left = AT_ALLOC(double, k);
    tree->n_nodes = 0;
    attune_status status = ATTUNE_NO_MEMORY;
    if (r.x && r.weight && r.order && r.feature && r.constant && r.pair && r.left && r.right &&
        r.best_left)
        status = reference_grow(&r, seed, err);
    else
        at_fail(err, status, "out of memory: reference tree");
    at_free(r.x);
    at_free(r.weight);
    at_free(r.order);
    at_free(r.feature);
    at_free(r.constant);
    at_free(r.pair);
    at_free(r.left);
    at_free(r.right);
    at_free(r.best_left);
    return status;
}
