/* From grown trees to the model: leaves melt into the numbers of their parents, thresholds become
 * floats, and the class shares of all trees go into one table without repetitions. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "model/forest/forest_grow.h"
#include "model/forest/forest_model.h"

/* x <= threshold for a float x is x <= the largest float that is not above the threshold. */
static float pack_threshold(double threshold)
{
    const float nearest = (float)threshold;
    return (double)nearest > threshold ? nextafterf(nearest, -INFINITY) : nearest;
}

static double pack_weight(const double *value, size_t n_classes)
{
    double sum = 0;
    for (size_t c = 0; c < n_classes; c++)
        sum += value[c];
    return sum;
}

/* Class shares of a leaf; a class that has all of it is returned by number, else n_classes. */
static size_t pack_shares(double *share, const double *value, size_t n_classes)
{
    const double sum = pack_weight(value, n_classes);
    size_t pure = n_classes;
    for (size_t c = 0; c < n_classes; c++) {
        share[c] = value[c] / sum;
        if (value[c] == sum)
            pure = c;
    }
    return pure;
}

/* The number by which a parent knows node i: position[i] counts the split nodes before it. Of a
 * leaf the weight is kept as well. */
static int32_t pack_child(struct at_forest_part *part, const struct at_forest_tree *tree,
                          const uint32_t *position, uint32_t i)
{
    const size_t k = tree->n_classes;
    if (tree->node[i].feature != AT_FOREST_LEAF)
        return (int32_t)position[i];
    const double *value = tree->value + i * k;
    if (part->n_nodes)
        part->cover_bytes +=
            at_forest_cover_put(part->cover + part->cover_bytes, (uint64_t)pack_weight(value, k));
    const size_t pure = pack_shares(part->share + part->n_shares * k, value, k);
    if (pure < k)
        return ~(int32_t)pure;
    return ~(int32_t)(k + part->n_shares++);
}

static void pack_nodes(struct at_forest_part *part, const struct at_forest_tree *tree,
                       const uint32_t *position)
{
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        const struct at_forest_grown_node *grown = &tree->node[i];
        if (grown->feature == AT_FOREST_LEAF)
            continue;
        struct at_forest_packed_node *node = &part->node[position[i]];
        node->threshold = pack_threshold(grown->threshold);
        node->feature = grown->feature;
        node->left = pack_child(part, tree, position, i + 1);
        node->right = pack_child(part, tree, position, grown->right);
    }
    part->root = pack_child(part, tree, position, 0);
}

/* A part waits until all trees are grown: what it does not need goes back at once. */
static void pack_shrink(struct at_forest_part *part, size_t n_classes)
{
    void *share = at_realloc(part->share, part->n_shares, n_classes * sizeof *part->share);
    if (share)
        part->share = share;
    void *cover = at_realloc(part->cover, part->cover_bytes, 1);
    if (cover)
        part->cover = cover;
}

attune_status at_forest_part_make(struct at_forest_part *part, const struct at_forest_tree *tree,
                                  attune_error *err)
{
    *part = (struct at_forest_part){0};
    uint32_t *position = AT_ALLOC_RAW(uint32_t, tree->n_nodes);
    if (position)
        for (size_t i = 0; i < tree->n_nodes; i++) {
            position[i] = (uint32_t)part->n_nodes;
            part->n_nodes += tree->node[i].feature != AT_FOREST_LEAF;
        }
    part->node = AT_ALLOC_RAW(struct at_forest_packed_node, part->n_nodes);
    /* one row for each leaf, of which there is one more than split nodes */
    part->share = AT_ALLOC_RAW(double, (part->n_nodes + 1) * tree->n_classes);
    part->cover = AT_ALLOC_RAW(uint8_t, (part->n_nodes + 1) * AT_FOREST_COVER_BYTES);
    attune_status status = ATTUNE_OK;
    if (position && part->node && part->share && part->cover) {
        pack_nodes(part, tree, position);
        pack_shrink(part, tree->n_classes);
    } else {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: tree of %zu nodes", tree->n_nodes);
        at_forest_part_release(part);
    }
    at_free(position);
    return status;
}

void at_forest_part_release(struct at_forest_part *part)
{
    at_free(part->node);
    at_free(part->share);
    at_free(part->cover);
    *part = (struct at_forest_part){0};
}

/* Rows of class shares, numbered by first appearance. */
struct pack_table {
    struct at_map rows;
    size_t row_bytes;
    uint32_t *number; /* of the rows of one part */
    size_t cap_number;
};

static attune_status pack_table_add(struct pack_table *table, const double *share, uint32_t *out,
                                    attune_error *err)
{
    const struct at_str key = {(const char *)share, table->row_bytes};
    AT_TRY(at_map_add(&table->rows, key, out, NULL, err));
    return *out < INT32_MAX ? ATTUNE_OK
                            : at_fail(err, ATTUNE_LIMIT, "the forest has too many kinds of leaves");
}

static attune_status pack_table_start(struct pack_table *table, size_t n_classes, attune_error *err)
{
    double *pure = AT_ALLOC(double, n_classes);
    if (!pure)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: class shares");
    attune_status status = ATTUNE_OK;
    for (size_t c = 0; c < n_classes && status == ATTUNE_OK; c++) {
        uint32_t number;
        pure[c] = 1;
        status = pack_table_add(table, pure, &number, err);
        pure[c] = 0;
    }
    at_free(pure);
    return status;
}

static attune_status pack_table_number(struct pack_table *table, const struct at_forest_part *part,
                                       size_t n_classes, attune_error *err)
{
    if (part->n_shares > table->cap_number) {
        uint32_t *number = at_realloc(table->number, 2 * part->n_shares, sizeof *number);
        if (!number)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: class shares");
        table->number = number;
        table->cap_number = 2 * part->n_shares;
    }
    for (size_t i = 0; i < part->n_shares; i++)
        AT_TRY(pack_table_add(table, part->share + i * n_classes, &table->number[i], err));
    return ATTUNE_OK;
}

static int32_t pack_renumber(const struct pack_table *table, int32_t child, size_t n_classes)
{
    const size_t row = child < 0 ? (size_t)~child : 0;
    return child < 0 && row >= n_classes ? ~(int32_t)table->number[row - n_classes] : child;
}

struct pack_join {
    struct at_forest_model *model;
    struct at_forest_packed_node *node;
    uint64_t *start;
    int32_t *root;
    double *share;
    uint8_t *cover;
    size_t cover_bytes;
    struct pack_table table;
};

static attune_status pack_join_part(struct pack_join *join, struct at_forest_part *part, size_t t,
                                    attune_error *err)
{
    const size_t n_classes = join->model->base.n_classes;
    AT_TRY(pack_table_number(&join->table, part, n_classes, err));
    struct at_forest_packed_node *node = join->node + join->start[t];
    for (size_t i = 0; i < part->n_nodes; i++) {
        node[i] = part->node[i];
        node[i].left = pack_renumber(&join->table, node[i].left, n_classes);
        node[i].right = pack_renumber(&join->table, node[i].right, n_classes);
    }
    join->root[t] = pack_renumber(&join->table, part->root, n_classes);
    join->start[t + 1] = join->start[t] + part->n_nodes;
    memcpy(join->cover + join->cover_bytes, part->cover, part->cover_bytes);
    join->cover_bytes += part->cover_bytes;
    at_forest_part_release(part);
    return ATTUNE_OK;
}

static attune_status pack_join_shares(struct pack_join *join, attune_error *err)
{
    const struct at_map *rows = &join->table.rows;
    join->share = at_alloc_raw(rows->n_keys, join->table.row_bytes);
    if (!join->share)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: class shares");
    for (size_t i = 0; i < rows->n_keys; i++)
        memcpy((char *)join->share + i * join->table.row_bytes, rows->keys[i].ptr,
               join->table.row_bytes);
    join->model->n_shares = rows->n_keys;
    return ATTUNE_OK;
}

static attune_status pack_join_all(struct pack_join *join, struct at_forest_part *parts,
                                   size_t n_trees, attune_error *err)
{
    size_t n_nodes = 0, cover_bytes = 0;
    for (size_t t = 0; t < n_trees; t++) {
        n_nodes += parts[t].n_nodes;
        cover_bytes += parts[t].cover_bytes;
    }
    join->node = AT_ALLOC_RAW(struct at_forest_packed_node, n_nodes);
    join->start = AT_ALLOC(uint64_t, n_trees + 1);
    join->root = AT_ALLOC(int32_t, n_trees);
    join->cover = AT_ALLOC_RAW(uint8_t, cover_bytes);
    if (!join->node || !join->start || !join->root || !join->cover)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest of %zu nodes", n_nodes);
    AT_TRY(pack_table_start(&join->table, join->model->base.n_classes, err));
    for (size_t t = 0; t < n_trees; t++)
        AT_TRY(pack_join_part(join, &parts[t], t, err));
    return pack_join_shares(join, err);
}

attune_status at_forest_model_join(struct at_forest_model **out, struct at_forest_part *parts,
                                   size_t n_trees, size_t n_features, size_t n_classes,
                                   attune_error *err)
{
    *out = NULL;
    struct at_forest_model *model = AT_ALLOC(struct at_forest_model, 1);
    if (!model)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest");
    *model = (struct at_forest_model){.base = {.n_features = n_features, .n_classes = n_classes},
                                      .n_trees = n_trees,
                                      .owned = true};
    struct pack_join join = {.model = model, .table = {.row_bytes = n_classes * sizeof(double)}};
    attune_status status = pack_join_all(&join, parts, n_trees, err);
    at_map_release(&join.table.rows);
    at_free(join.table.number);
    model->node = join.node;
    model->start = join.start;
    model->root = join.root;
    model->share = join.share;
    model->cover = join.cover;
    model->cover_bytes = join.cover_bytes;
    if (status == ATTUNE_OK)
        status = at_forest_index_make(&model->index, model, err);
    if (status == ATTUNE_OK)
        *out = model;
    else
        at_forest_model_destroy(&model->base);
    return status;
}
