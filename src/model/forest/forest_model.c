/* The file holds the arrays as they are used. Loading trusts nothing: children lie behind their
 * parent and inside its tree and have one parent, so a walk ends and meets a node once; features
 * and leaves are in range; shares are shares.
 */
#include "model/forest/forest_model.h"

#include <math.h>

#include "base/alloc.h"
#include "model/model.h"

extern const struct attune_model_kind at_model_kind_forest;

enum { FOREST_LAYOUT = 2 };

struct forest_shape {
    uint32_t layout, zero;
    uint64_t n_features, n_classes, n_trees;
};

attune_status at_forest_model_save(const struct attune_model *model, attune_writer *writer,
                                   attune_error *err)
{
    const struct at_forest_model *m = (const struct at_forest_model *)model;
    const struct forest_shape shape = {.layout = FOREST_LAYOUT,
                                       .n_features = model->n_features,
                                       .n_classes = model->n_classes,
                                       .n_trees = m->n_trees};
    AT_TRY(attune_writer_put(writer, "forest.shape", &shape, sizeof shape, err));
    AT_TRY(attune_writer_put(writer, "forest.start", m->start, (m->n_trees + 1) * sizeof *m->start,
                             err));
    AT_TRY(attune_writer_put(writer, "forest.root", m->root, m->n_trees * sizeof *m->root, err));
    AT_TRY(attune_writer_put(writer, "forest.node", m->node,
                             (size_t)m->start[m->n_trees] * sizeof *m->node, err));
    AT_TRY(attune_writer_put(writer, "forest.share", m->share,
                             m->n_shares * model->n_classes * sizeof *m->share, err));
    return attune_writer_put(writer, "forest.cover", m->cover, m->cover_bytes, err);
}

static attune_status forest_corrupt(attune_error *err, const char *what)
{
    return at_fail(err, ATTUNE_CORRUPT, "the forest is damaged: %s", what);
}

static attune_status forest_load_shape(struct at_forest_model *m, const attune_reader *reader,
                                       attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "forest.shape", 1, &data, &n, err));
    const struct forest_shape *shape = data;
    if (n < sizeof shape->layout)
        return forest_corrupt(err, "its shape is cut off");
    if (shape->layout > FOREST_LAYOUT)
        return at_fail(err, ATTUNE_TOO_NEW,
                       "the forest has layout %u, this attune reads up to %d; update attune",
                       (unsigned)shape->layout, FOREST_LAYOUT);
    if (shape->layout < FOREST_LAYOUT)
        return at_fail(err, ATTUNE_CORRUPT,
                       "the forest has layout %u of an early attune; train it again",
                       (unsigned)shape->layout);
    if (n != sizeof *shape || shape->zero != 0)
        return forest_corrupt(err, "its shape has the wrong size");
    if (shape->n_features > UINT32_MAX || shape->n_classes < 2 || shape->n_classes > INT32_MAX ||
        shape->n_trees < 1 || shape->n_trees > INT32_MAX)
        return forest_corrupt(err, "its shape is out of range");
    m->base = (struct attune_model){&at_model_kind_forest, (size_t)shape->n_features,
                                    (size_t)shape->n_classes};
    m->n_trees = (size_t)shape->n_trees;
    return ATTUNE_OK;
}

static attune_status forest_load_arrays(struct at_forest_model *m, const attune_reader *reader,
                                        attune_error *err)
{
    const void *start, *root, *node, *share, *cover;
    size_t n_start, n_root, n_node, n_share;
    AT_TRY(attune_reader_get(reader, "forest.start", sizeof *m->start, &start, &n_start, err));
    AT_TRY(attune_reader_get(reader, "forest.root", sizeof *m->root, &root, &n_root, err));
    AT_TRY(attune_reader_get(reader, "forest.node", sizeof *m->node, &node, &n_node, err));
    AT_TRY(attune_reader_get(reader, "forest.share", sizeof *m->share, &share, &n_share, err));
    AT_TRY(attune_reader_get(reader, "forest.cover", 1, &cover, &m->cover_bytes, err));
    m->cover = cover;
    m->start = start;
    m->root = root;
    m->node = node;
    m->share = share;
    m->n_shares = n_share / m->base.n_classes;
    if (n_start != m->n_trees + 1 || n_root != m->n_trees || n_share % m->base.n_classes ||
        m->n_shares < m->base.n_classes || m->n_shares > INT32_MAX)
        return forest_corrupt(err, "its sections do not fit each other");
    if (m->start[0] != 0 || m->start[m->n_trees] != n_node)
        return forest_corrupt(err, "its trees do not fill the nodes");
    for (size_t t = 0; t < m->n_trees; t++)
        if (m->start[t + 1] < m->start[t] || m->start[t + 1] - m->start[t] > INT32_MAX)
            return forest_corrupt(err, "a tree starts behind its end");
    return ATTUNE_OK;
}

static bool forest_leaf_fits(const struct at_forest_model *m, int32_t child)
{
    return child < 0 && (size_t)~child < m->n_shares;
}

static bool forest_tree_fits(const struct at_forest_model *m, size_t t)
{
    const struct at_forest_packed_node *node = m->node + m->start[t];
    const int32_t n = (int32_t)(m->start[t + 1] - m->start[t]);
    if (n == 0 ? !forest_leaf_fits(m, m->root[t]) : m->root[t] != 0)
        return false;
    for (int32_t i = 0; i < n; i++) {
        const bool left = node[i].left == i + 1 ? i + 1 < n : forest_leaf_fits(m, node[i].left);
        const bool right =
            node[i].right > i ? node[i].right < n : forest_leaf_fits(m, node[i].right);
        if (!left || !right || node[i].feature >= m->base.n_features ||
            !isfinite(node[i].threshold))
            return false;
    }
    return true;
}

static attune_status forest_load_covers(const struct at_forest_model *m, attune_error *err)
{
    const uint8_t *at = m->cover;
    struct at_forest_cover *cover = AT_ALLOC_RAW(struct at_forest_cover, at_forest_largest_tree(m));
    if (!cover)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest");
    attune_status status = ATTUNE_OK;
    for (size_t t = 0; t < m->n_trees && status == ATTUNE_OK; t++)
        if (!at_forest_cover_read(cover, m->node + m->start[t],
                                  (size_t)(m->start[t + 1] - m->start[t]), &at,
                                  m->cover + m->cover_bytes))
            status = at_fail(err, ATTUNE_CORRUPT, "the forest is damaged: weights of tree %zu", t);
    at_free(cover);
    if (status == ATTUNE_OK && at != m->cover + m->cover_bytes)
        return forest_corrupt(err, "there are weights of more leaves than it has");
    return status;
}

static bool forest_share_fits(const double *share, size_t n_classes)
{
    double sum = 0;
    for (size_t c = 0; c < n_classes; c++) {
        if (!(share[c] >= 0 && share[c] <= 1))
            return false;
        sum += share[c];
    }
    return fabs(sum - 1) < 1e-9;
}

static attune_status forest_load_check(const struct at_forest_model *m, attune_error *err)
{
    for (size_t t = 0; t < m->n_trees; t++)
        if (!forest_tree_fits(m, t))
            return at_fail(err, ATTUNE_CORRUPT, "the forest is damaged: tree %zu", t);
    for (size_t i = 0; i < m->n_shares; i++)
        if (!forest_share_fits(m->share + i * m->base.n_classes, m->base.n_classes))
            return at_fail(err, ATTUNE_CORRUPT, "the forest is damaged: class shares %zu", i);
    return forest_load_covers(m, err);
}

attune_status at_forest_model_load(struct attune_model **out, const attune_reader *reader,
                                   attune_error *err)
{
    *out = NULL;
    struct at_forest_model loaded = {0};
    AT_TRY(forest_load_shape(&loaded, reader, err));
    AT_TRY(forest_load_arrays(&loaded, reader, err));
    AT_TRY(forest_load_check(&loaded, err));
    struct at_forest_model *m = AT_ALLOC(struct at_forest_model, 1);
    if (!m)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest");
    *m = loaded;
    const attune_status status = at_forest_index_make(&m->index, m, err);
    if (status == ATTUNE_OK)
        *out = &m->base;
    else
        at_free(m);
    return status;
}

size_t at_forest_largest_tree(const struct at_forest_model *m)
{
    uint64_t n = 0;
    for (size_t t = 0; t < m->n_trees; t++)
        if (m->start[t + 1] - m->start[t] > n)
            n = m->start[t + 1] - m->start[t];
    return (size_t)n;
}

/* Casts const away from arrays that were allocated here. */
static void forest_free(const void *array)
{
    union {
        const void *lent;
        void *own;
    } p = {array};
    at_free(p.own);
}

void at_forest_model_destroy(struct attune_model *model)
{
    struct at_forest_model *m = (struct at_forest_model *)model;
    if (m && m->owned) {
        forest_free(m->node);
        forest_free(m->start);
        forest_free(m->root);
        forest_free(m->share);
        forest_free(m->cover);
    }
    if (m)
        at_forest_index_release(&m->index);
    at_free(m);
}
