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

struct at_forest_join {
    struct at_forest_model *model;
    struct at_forest_packed_node *node;
    uint64_t *start;
    int32_t *root;
    double *share;
    uint8_t *cover;
    size_t n_joined, cap_nodes, cap_cover, cover_bytes;
    struct pack_table table;
};

/* Room for one more part. Large blocks grow where they are: memory is not held twice. */
static attune_status join_reserve(struct at_forest_join *join, const struct at_forest_part *part,
                                  attune_error *err)
{
    const size_t n_nodes = (size_t)join->start[join->n_joined] + part->n_nodes;
    const size_t n_bytes = join->cover_bytes + part->cover_bytes;
    if (n_nodes > join->cap_nodes) {
        void *node = at_realloc(join->node, n_nodes + n_nodes / 4, sizeof *join->node);
        if (!node)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest of %zu nodes", n_nodes);
        join->node = node;
        join->cap_nodes = n_nodes + n_nodes / 4;
    }
    if (n_bytes > join->cap_cover) {
        void *cover = at_realloc(join->cover, n_bytes + n_bytes / 4, 1);
        if (!cover)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest of %zu nodes", n_nodes);
        join->cover = cover;
        join->cap_cover = n_bytes + n_bytes / 4;
    }
    return ATTUNE_OK;
}

attune_status at_forest_join_add(struct at_forest_join *join, struct at_forest_part *part,
                                 attune_error *err)
{
    const size_t n_classes = join->model->base.n_classes, t = join->n_joined;
    AT_TRY(pack_table_number(&join->table, part, n_classes, err));
    AT_TRY(join_reserve(join, part, err));
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
    join->n_joined++;
    at_forest_part_release(part);
    return ATTUNE_OK;
}

static attune_status join_start(struct at_forest_join *join, size_t n_trees, size_t n_features,
                                size_t n_classes, attune_error *err)
{
    join->table.row_bytes = n_classes * sizeof(double);
    join->model = AT_ALLOC(struct at_forest_model, 1);
    join->start = AT_ALLOC(uint64_t, n_trees + 1);
    join->root = AT_ALLOC(int32_t, n_trees);
    join->node = AT_ALLOC_RAW(struct at_forest_packed_node, 1);
    join->cover = AT_ALLOC_RAW(uint8_t, 1);
    if (!join->model || !join->start || !join->root || !join->node || !join->cover)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest");
    *join->model =
        (struct at_forest_model){.base = {.n_features = n_features, .n_classes = n_classes},
                                 .n_trees = n_trees,
                                 .owned = true};
    return pack_table_start(&join->table, n_classes, err);
}

attune_status at_forest_join_create(struct at_forest_join **out, size_t n_trees, size_t n_features,
                                    size_t n_classes, attune_error *err)
{
    *out = AT_ALLOC(struct at_forest_join, 1);
    if (!*out)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest");
    const attune_status status = join_start(*out, n_trees, n_features, n_classes, err);
    if (status == ATTUNE_OK)
        return ATTUNE_OK;
    at_forest_join_destroy(*out);
    *out = NULL;
    return status;
}

void at_forest_join_destroy(struct at_forest_join *join)
{
    if (!join)
        return;
    at_map_release(&join->table.rows);
    at_free(join->table.number);
    at_free(join->model);
    at_free(join->node);
    at_free(join->start);
    at_free(join->root);
    at_free(join->share);
    at_free(join->cover);
    at_free(join);
}

static attune_status join_shares(struct at_forest_join *join, attune_error *err)
{
    const struct at_map *rows = &join->table.rows;
    join->share = at_alloc_raw(rows->n_keys, join->table.row_bytes);
    if (!join->share)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: class shares");
    for (size_t i = 0; i < rows->n_keys; i++)
        memcpy((char *)join->share + i * join->table.row_bytes, rows->keys[i].ptr,
               join->table.row_bytes);
    return ATTUNE_OK;
}

/* Room that was taken in advance goes back; a failure to shrink is no failure. */
static void join_shrink(struct at_forest_join *join)
{
    void *node = at_realloc(join->node, (size_t)join->start[join->n_joined], sizeof *join->node);
    void *cover = at_realloc(join->cover, join->cover_bytes, 1);
    join->node = node ? node : join->node;
    join->cover = cover ? cover : join->cover;
}

attune_status at_forest_join_finish(struct at_forest_model **out, struct at_forest_join *join,
                                    attune_error *err)
{
    struct at_forest_model *model = join->model;
    *out = NULL;
    AT_TRY(join_shares(join, err));
    join_shrink(join);
    model->n_shares = join->table.rows.n_keys;
    model->node = join->node;
    model->start = join->start;
    model->root = join->root;
    model->share = join->share;
    model->cover = join->cover;
    model->cover_bytes = join->cover_bytes;
    AT_TRY(at_forest_index_make(&model->index, model, err));
    join->model = NULL;
    join->node = NULL;
    join->start = NULL;
    join->root = NULL;
    join->share = NULL;
    join->cover = NULL;
    *out = model;
    return ATTUNE_OK;
}
