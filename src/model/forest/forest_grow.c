/* Nodes are grown depth first, the left child next, the right one kept on a stack. order[] holds
 * the rows of every waiting node in one piece; a split moves only the rows of one side of the best
 * column, those whose value is not zero (or is). The child with fewer values starts a new level,
 * the other one goes on in the level of its parent (forest_level.h). */
#include "model/forest/forest_grow.h"

#include <string.h>

#include "base/alloc.h"
#include "base/job.h"

enum { GROW_POLL_NODES = 64 };
#define GROW_NO_PARENT UINT32_MAX

struct at_forest_pending {
    struct at_forest_range rows;
    uint32_t depth, n_constants;
    uint32_t parent;                /* whose right child it is, or GROW_NO_PARENT */
    uint32_t keep;                  /* levels that are its ancestors' */
    bool inherits;                  /* goes on in level keep - 1, once `leaving` is subtracted */
    struct at_forest_range leaving; /* its sibling's rows, or none */
    size_t n_values;                /* of its rows */
    double impurity;
};

static attune_status grow_allocate(struct at_forest_grower *g, attune_error *err)
{
    const size_t n_rows = g->data->rows->n_rows, n_cols = g->data->rows->n_cols;
    const size_t n_classes = g->data->n_classes;
    g->draw.feature = AT_ALLOC_RAW(uint32_t, n_cols);
    g->draw.known = AT_ALLOC_RAW(uint32_t, n_cols);
    g->draw.drawn = AT_ALLOC_RAW(struct at_forest_drawn, (size_t)g->rules->max_features + 1);
    g->scratch = AT_ALLOC(double, 2 * n_classes);
    g->total = AT_ALLOC(double, n_classes);
    g->best.left = AT_ALLOC(double, n_classes);
    if (!g->draw.feature || !g->draw.known || !g->draw.drawn || !g->scratch || !g->total ||
        !g->best.left)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: growing trees on %zu rows", n_rows);
    return at_forest_levels_init(&g->levels, g->data, err);
}

attune_status at_forest_grower_init(struct at_forest_grower *g, const struct at_forest_data *data,
                                    const struct at_forest_rules *rules, const attune_job *job,
                                    attune_error *err)
{
    *g = (struct at_forest_grower){.data = data, .rules = rules, .job = job};
    const attune_status status = grow_allocate(g, err);
    if (status != ATTUNE_OK)
        at_forest_grower_release(g);
    return status;
}

void at_forest_grower_release(struct at_forest_grower *g)
{
    at_forest_levels_release(&g->levels);
    at_free(g->draw.feature);
    at_free(g->draw.known);
    at_free(g->draw.drawn);
    at_free(g->scratch);
    at_free(g->total);
    at_free(g->best.left);
    at_free(g->pending);
    at_free(g->pending_total);
    *g = (struct at_forest_grower){0};
}

static attune_status grow_push(struct at_forest_grower *g, const struct at_forest_pending *node,
                               const double *total, attune_error *err)
{
    const size_t n_classes = g->data->n_classes;
    if (g->n_pending == g->cap_pending) {
        const size_t cap = 2 * g->cap_pending + 64;
        void *pending = at_realloc(g->pending, cap, sizeof *g->pending);
        if (pending)
            g->pending = pending;
        void *totals =
            pending ? at_realloc(g->pending_total, cap, n_classes * sizeof *total) : NULL;
        if (!totals)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: growing a tree");
        g->pending_total = totals;
        g->cap_pending = cap;
    }
    memcpy(g->pending_total + g->n_pending * n_classes, total, n_classes * sizeof *total);
    g->pending[g->n_pending++] = *node;
    return ATTUNE_OK;
}

static struct at_forest_pending grow_pop(struct at_forest_grower *g)
{
    const size_t n_classes = g->data->n_classes;
    g->n_pending--;
    memcpy(g->total, g->pending_total + g->n_pending * n_classes, n_classes * sizeof *g->total);
    return g->pending[g->n_pending];
}

static double grow_sum(const double *total, size_t n_classes)
{
    double sum = 0;
    for (size_t c = 0; c < n_classes; c++)
        sum += total[c];
    return sum;
}

static attune_status grow_start(struct at_forest_grower *g, uint32_t seed, attune_error *err)
{
    const struct at_forest_data *data = g->data;
    struct at_forest_pending root = {.parent = GROW_NO_PARENT, .keep = 1, .inherits = true};
    AT_TRY(at_forest_tree_weights(at_forest_levels_weights(&g->levels), data, g->rules, seed, err));
    AT_TRY(at_forest_levels_start(&g->levels, &root.rows, err));
    g->draw.state = at_forest_draw_state(seed);
    for (size_t f = 0; f < data->rows->n_cols; f++)
        g->draw.feature[f] = (uint32_t)f;
    memset(g->total, 0, data->n_classes * sizeof *g->total);
    for (uint32_t i = root.rows.begin; i < root.rows.end; i++) {
        const uint32_t row = g->levels.order[i];
        g->total[data->y[row]] += g->levels.row[row].weight;
        root.n_values += (size_t)(data->start[row + 1] - data->start[row]);
    }
    g->whole = grow_sum(g->total, data->n_classes);
    root.impurity = at_forest_impurity(g->rules->criterion, g->total, data->n_classes, g->whole);
    g->n_pending = 0;
    return grow_push(g, &root, g->total, err);
}

/* Makes the top level that of the node. Each subtraction happens where its rows are read anyway, or
 * when it cannot wait: a left child that starts a level of its own is subtracted
 * from its parent's at once; its sibling, next on the stack, has nothing left to subtract. */
static attune_status grow_enter(struct at_forest_grower *g, const struct at_forest_pending *node,
                                attune_error *err)
{
    at_forest_levels_keep(&g->levels, node->keep);
    const bool is_left = node->leaving.begin == node->rows.end;
    if (!node->inherits) {
        AT_TRY(at_forest_levels_push(&g->levels, node->rows, is_left, err));
        if (is_left)
            g->pending[g->n_pending - 1].leaving = (struct at_forest_range){0, 0};
        return ATTUNE_OK;
    }
    at_forest_levels_subtract(&g->levels, node->keep - 1, node->leaving);
    return ATTUNE_OK;
}

static void grow_move(struct at_forest_levels *l, uint32_t row, uint32_t to)
{
    const uint32_t from = l->place[row], other = l->order[to];
    l->order[from] = other;
    l->place[other] = from;
    l->order[to] = row;
    l->place[row] = to;
}

/* Brings the rows of the left child to the front of order[begin..end); returns how many values the
 * left child has. Only the entries of one side are touched: those that are not with the zeros. */
static size_t grow_partition(struct at_forest_grower *g, const struct at_forest_pending *node)
{
    const struct at_forest_split *best = &g->best;
    const uint64_t *entry = g->levels.entry;
    const uint64_t *start = g->data->start;
    const bool move_left = best->zeros_right;
    const size_t from = move_left ? best->begin : best->at, end = move_left ? best->at : best->end;
    uint32_t lo = node->rows.begin, hi = node->rows.end;
    size_t moved = 0;
    for (size_t i = from; i < end; i++) {
        const uint32_t row = at_forest_entry_row(entry[i]);
        if (!at_forest_is_member(&g->levels, entry[i]))
            continue;
        grow_move(&g->levels, row, move_left ? lo++ : --hi);
        moved += (size_t)(start[row + 1] - start[row]);
    }
    return move_left ? moved : node->n_values - moved;
}

/* Fills in the children's impurities; false when the split does not lower the node's enough. The
 * weights of the right side are left in g->scratch. */
static bool grow_worth_it(struct at_forest_grower *g, const struct at_forest_pending *node,
                          struct at_forest_pending *left, struct at_forest_pending *right)
{
    const size_t n_classes = g->data->n_classes;
    const enum at_forest_criterion criterion = g->rules->criterion;
    for (size_t c = 0; c < n_classes; c++)
        g->scratch[c] = g->total[c] - g->best.left[c];
    const double w = grow_sum(g->total, n_classes);
    const double w_left = grow_sum(g->best.left, n_classes), w_right = w - w_left;
    left->impurity = at_forest_impurity(criterion, g->best.left, n_classes, w_left);
    right->impurity = at_forest_impurity(criterion, g->scratch, n_classes, w_right);
    const double improvement = (w / g->whole) * (node->impurity - (w_right / w * right->impurity) -
                                                 (w_left / w * left->impurity));
    return !(improvement + AT_FOREST_EPSILON < g->rules->min_impurity_decrease);
}

static attune_status grow_push_children(struct at_forest_grower *g,
                                        const struct at_forest_pending *node,
                                        struct at_forest_pending *left,
                                        struct at_forest_pending *right, attune_error *err)
{
    const uint32_t n_levels = (uint32_t)g->levels.n_levels;
    const uint32_t middle = node->rows.begin + g->best.n_left;
    left->n_values = grow_partition(g, node);
    right->n_values = node->n_values - left->n_values;
    left->depth = right->depth = node->depth + 1;
    left->n_constants = right->n_constants = node->n_constants;
    left->rows = right->leaving = (struct at_forest_range){node->rows.begin, middle};
    right->rows = left->leaving = (struct at_forest_range){middle, node->rows.end};
    left->inherits = left->n_values > right->n_values;
    right->inherits = !left->inherits;
    left->keep = n_levels;
    right->keep = right->inherits ? n_levels : n_levels - 1;
    AT_TRY(grow_push(g, right, g->scratch, err));
    return grow_push(g, left, g->best.left, err);
}

static bool grow_may_split(const struct at_forest_rules *rules,
                           const struct at_forest_pending *node)
{
    return node->depth < rules->max_depth &&
           node->rows.end - node->rows.begin >= rules->min_samples_split &&
           node->impurity > AT_FOREST_EPSILON;
}

/* Sets g->best; false when the node stays a leaf. */
static attune_status grow_split(struct at_forest_grower *g, struct at_forest_pending *node,
                                attune_error *err)
{
    struct at_forest_node n = {g->total, node->rows, node->n_constants};
    AT_TRY(grow_enter(g, node, err));
    at_forest_split_find(&g->best, &n, &g->draw, &g->levels, g->rules, g->scratch);
    node->n_constants = n.n_constants;
    return ATTUNE_OK;
}

static attune_status grow_node(struct at_forest_grower *g, struct at_forest_tree *tree,
                               attune_error *err)
{
    struct at_forest_pending node = grow_pop(g), left = {.parent = GROW_NO_PARENT}, right = {0};
    struct at_forest_grown_node grown = {.feature = AT_FOREST_LEAF,
                                         .n_samples = node.rows.end - node.rows.begin};
    uint32_t id;
    g->best.found = false;
    if (grow_may_split(g->rules, &node))
        AT_TRY(grow_split(g, &node, err));
    const bool splits = g->best.found && grow_worth_it(g, &node, &left, &right);
    if (splits) {
        grown.feature = g->best.feature;
        grown.threshold = g->best.threshold;
    }
    AT_TRY(at_forest_tree_add(tree, &id, &grown, g->total, err));
    if (node.parent != GROW_NO_PARENT)
        tree->node[node.parent].right = id;
    right.parent = id;
    return splits ? grow_push_children(g, &node, &left, &right, err) : ATTUNE_OK;
}

attune_status at_forest_grow(struct at_forest_grower *g, struct at_forest_tree *tree, uint32_t seed,
                             attune_error *err)
{
    tree->n_nodes = 0;
    AT_TRY(grow_start(g, seed, err));
    while (g->n_pending) {
        if (tree->n_nodes % GROW_POLL_NODES == 0)
            AT_TRY(at_job_check(g->job, err));
        AT_TRY(grow_node(g, tree, err));
    }
    return ATTUNE_OK;
}
