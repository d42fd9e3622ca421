/* From grown trees to the model: nodes become slots and leaves their numbers, thresholds become
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

/* The number of leaf i; its weight is kept as well. */
static int32_t pack_leaf(struct at_forest_part *part, const struct at_forest_tree *tree, uint32_t i)
{
    const size_t k = tree->n_classes;
    const double *value = tree->value + i * k;
    if (part->n_slots)
        part->cover_bytes +=
            at_forest_cover_put(part->cover + part->cover_bytes, (uint64_t)pack_weight(value, k));
    const size_t pure = pack_shares(part->share + part->n_shares * k, value, k);
    if (pure < k)
        return ~(int32_t)pure;
    return ~(int32_t)(k + part->n_shares++);
}

static bool pack_is_leaf(const struct at_forest_tree *tree, uint32_t i)
{
    return tree->node[i].feature == AT_FOREST_LEAF;
}

static void pack_split(struct at_forest_part *part, uint32_t slot,
                       const struct at_forest_grown_node *grown, uint32_t width)
{
    const float threshold = pack_threshold(grown->threshold);
    part->cut[slot].threshold = threshold;
    part->test[slot] = (uint16_t)(grown->feature % width + (threshold >= 0 ? 0 : width));
    if (part->high)
        part->high[slot] = (uint16_t)(grown->feature / width);
}

static void pack_left_leaf(struct at_forest_part *part, uint32_t slot, int32_t leaf, uint32_t width)
{
    part->cut[slot] = (struct at_forest_cut){NAN, leaf};
    part->test[slot] = (uint16_t)(2 * width);
    if (part->high)
        part->high[slot] = 0;
}

/* slot_of: of a node, those it has; right leaves have none. */
static void pack_nodes(struct at_forest_part *part, const struct at_forest_tree *tree,
                       const uint32_t *slot_of, uint32_t width)
{
    part->root = pack_is_leaf(tree, 0) ? pack_leaf(part, tree, 0) : 0;
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        if (pack_is_leaf(tree, i))
            continue;
        const uint32_t right = tree->node[i].right, slot = slot_of[i];
        pack_split(part, slot, &tree->node[i], width);
        if (pack_is_leaf(tree, i + 1))
            pack_left_leaf(part, slot + 1, pack_leaf(part, tree, i + 1), width);
        part->cut[slot].right =
            pack_is_leaf(tree, right) ? pack_leaf(part, tree, right) : (int32_t)slot_of[right];
    }
}

/* Returns how many slots the tree has. */
static size_t pack_slots(uint32_t *slot_of, const struct at_forest_tree *tree)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        slot_of[i] = n;
        n += !pack_is_leaf(tree, i) || (i > 0 && !pack_is_leaf(tree, i - 1));
    }
    return n;
}

/* A part may wait for those before it: what it does not need goes back at once. */
static void pack_shrink(struct at_forest_part *part, size_t n_classes)
{
    void *share = at_realloc(part->share, part->n_shares, n_classes * sizeof *part->share);
    if (share)
        part->share = share;
    void *cover = at_realloc(part->cover, part->cover_bytes, 1);
    if (cover)
        part->cover = cover;
}

static attune_status pack_allocate(struct at_forest_part *part, const struct at_forest_tree *tree,
                                   bool high, attune_error *err)
{
    const size_t n_leaves = tree->n_nodes / 2 + 1, n = part->n_slots;
    part->test = AT_ALLOC_RAW(uint16_t, n);
    part->high = high ? AT_ALLOC_RAW(uint16_t, n) : NULL;
    part->cut = AT_ALLOC_RAW(struct at_forest_cut, n);
    part->share = AT_ALLOC_RAW(double, n_leaves * tree->n_classes);
    part->cover = AT_ALLOC_RAW(uint8_t, n_leaves * AT_FOREST_COVER_BYTES);
    return part->test && (part->high || !high) && part->cut && part->share && part->cover
               ? ATTUNE_OK
               : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: tree of %zu nodes", tree->n_nodes);
}

attune_status at_forest_part_make(struct at_forest_part *part, const struct at_forest_tree *tree,
                                  size_t n_features, attune_error *err)
{
    const uint32_t width = at_forest_width(n_features);
    *part = (struct at_forest_part){0};
    uint32_t *slot_of = AT_ALLOC_RAW(uint32_t, tree->n_nodes);
    if (!slot_of)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: tree of %zu nodes", tree->n_nodes);
    part->n_slots = pack_slots(slot_of, tree);
    const attune_status status = pack_allocate(part, tree, n_features > width, err);
    if (status == ATTUNE_OK) {
        pack_nodes(part, tree, slot_of, width);
        pack_shrink(part, tree->n_classes);
    } else {
        at_forest_part_release(part);
    }
    at_free(slot_of);
    return status;
}

void at_forest_part_release(struct at_forest_part *part)
{
    at_free(part->test);
    at_free(part->high);
    at_free(part->cut);
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
    uint16_t *test, *high;
    struct at_forest_cut *cut;
    uint64_t *start;
    int32_t *root;
    double *share;
    uint8_t *cover;
    size_t n_joined, cap_slots, cap_cover, cover_bytes;
    struct pack_table table;
};

/* `n` items in *block; what it held stays when there is no memory. */
static attune_status join_resize(void *block, size_t n, size_t size, attune_error *err)
{
    void *old;
    memcpy(&old, block, sizeof old);
    void *grown = at_realloc(old, n, size);
    if (!grown)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest of %zu nodes", n);
    memcpy(block, &grown, sizeof grown);
    return ATTUNE_OK;
}

static attune_status join_resize_slots(struct at_forest_join *join, size_t n, attune_error *err)
{
    AT_TRY(join_resize(&join->test, n, sizeof *join->test, err));
    AT_TRY(join_resize(&join->cut, n, sizeof *join->cut, err));
    return join->high ? join_resize(&join->high, n, sizeof *join->high, err) : ATTUNE_OK;
}

/* Room for one more part. Large blocks grow where they are: memory is not held twice. */
static attune_status join_reserve(struct at_forest_join *join, const struct at_forest_part *part,
                                  attune_error *err)
{
    const size_t n_slots = (size_t)join->start[join->n_joined] + part->n_slots;
    const size_t n_bytes = join->cover_bytes + part->cover_bytes;
    if (n_slots > join->cap_slots) {
        AT_TRY(join_resize_slots(join, n_slots + n_slots / 4, err));
        join->cap_slots = n_slots + n_slots / 4;
    }
    if (n_bytes > join->cap_cover) {
        AT_TRY(join_resize(&join->cover, n_bytes + n_bytes / 4, 1, err));
        join->cap_cover = n_bytes + n_bytes / 4;
    }
    return ATTUNE_OK;
}

attune_status at_forest_join_add(struct at_forest_join *join, struct at_forest_part *part,
                                 attune_error *err)
{
    const size_t n_classes = join->model->base.n_classes, t = join->n_joined, n = part->n_slots;
    AT_TRY(pack_table_number(&join->table, part, n_classes, err));
    AT_TRY(join_reserve(join, part, err));
    const size_t start = (size_t)join->start[t];
    memcpy(join->test + start, part->test, n * sizeof *part->test);
    if (join->high)
        memcpy(join->high + start, part->high, n * sizeof *part->high);
    for (size_t i = 0; i < n; i++)
        join->cut[start + i] = (struct at_forest_cut){
            part->cut[i].threshold, pack_renumber(&join->table, part->cut[i].right, n_classes)};
    join->root[t] = pack_renumber(&join->table, part->root, n_classes);
    join->start[t + 1] = start + n;
    memcpy(join->cover + join->cover_bytes, part->cover, part->cover_bytes);
    join->cover_bytes += part->cover_bytes;
    join->n_joined++;
    at_forest_part_release(part);
    return ATTUNE_OK;
}

static attune_status join_start(struct at_forest_join *join, size_t n_trees, size_t n_features,
                                size_t n_classes, attune_error *err)
{
    const uint32_t width = at_forest_width(n_features);
    const bool high = n_features > width;
    join->table.row_bytes = n_classes * sizeof(double);
    join->model = AT_ALLOC(struct at_forest_model, 1);
    join->start = AT_ALLOC(uint64_t, n_trees + 1);
    join->root = AT_ALLOC(int32_t, n_trees);
    join->test = AT_ALLOC_RAW(uint16_t, 1);
    join->high = high ? AT_ALLOC_RAW(uint16_t, 1) : NULL;
    join->cut = AT_ALLOC_RAW(struct at_forest_cut, 1);
    join->cover = AT_ALLOC_RAW(uint8_t, 1);
    if (!join->model || !join->start || !join->root || !join->test || (high && !join->high) ||
        !join->cut || !join->cover)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest");
    *join->model =
        (struct at_forest_model){.base = {.n_features = n_features, .n_classes = n_classes},
                                 .n_trees = n_trees,
                                 .slots = {.width = width},
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
    at_free(join->test);
    at_free(join->high);
    at_free(join->cut);
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
    if (join_resize_slots(join, (size_t)join->start[join->n_joined], NULL) == ATTUNE_OK)
        join_resize(&join->cover, join->cover_bytes, 1, NULL);
}

attune_status at_forest_join_finish(struct at_forest_model **out, struct at_forest_join *join,
                                    attune_error *err)
{
    struct at_forest_model *model = join->model;
    *out = NULL;
    AT_TRY(join_shares(join, err));
    join_shrink(join);
    model->n_shares = join->table.rows.n_keys;
    model->slots.test = join->test;
    model->slots.high = join->high;
    model->slots.cut = join->cut;
    model->start = join->start;
    model->root = join->root;
    model->share = join->share;
    model->cover = join->cover;
    model->cover_bytes = join->cover_bytes;
    AT_TRY(at_forest_index_make(&model->index, model, err));
    join->model = NULL;
    join->test = NULL;
    join->high = NULL;
    join->cut = NULL;
    join->start = NULL;
    join->root = NULL;
    join->share = NULL;
    join->cover = NULL;
    *out = model;
    return ATTUNE_OK;
}
