/* The file holds the arrays as they are used. Loading trusts nothing: children lie behind their
 * parent and inside its tree and have one parent, so a walk ends and meets a node once; columns
 * and leaves are in range; shares are shares.
 */
#include "model/forest/forest_model.h"

#include <math.h>

#include "base/alloc.h"
#include "model/model.h"

extern const struct attune_model_kind at_model_kind_forest;

enum { FOREST_LAYOUT = 3 };

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
    const size_t n = (size_t)m->start[m->n_trees];
    AT_TRY(attune_writer_put(writer, "forest.shape", &shape, sizeof shape, err));
    AT_TRY(attune_writer_put(writer, "forest.start", m->start, (m->n_trees + 1) * sizeof *m->start,
                             err));
    AT_TRY(attune_writer_put(writer, "forest.root", m->root, m->n_trees * sizeof *m->root, err));
    AT_TRY(attune_writer_put(writer, "forest.test", m->slots.test, n * sizeof *m->slots.test, err));
    if (m->slots.high)
        AT_TRY(attune_writer_put(writer, "forest.high", m->slots.high, n * sizeof *m->slots.high,
                                 err));
    AT_TRY(attune_writer_put(writer, "forest.cut", m->slots.cut, n * sizeof *m->slots.cut, err));
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
    if (shape->n_features > AT_FOREST_MAX_COLUMNS || shape->n_classes < 2 ||
        shape->n_classes > INT32_MAX || shape->n_trees < 1 || shape->n_trees > INT32_MAX)
        return forest_corrupt(err, "its shape is out of range");
    m->base = (struct attune_model){&at_model_kind_forest, (size_t)shape->n_features,
                                    (size_t)shape->n_classes};
    m->n_trees = (size_t)shape->n_trees;
    return ATTUNE_OK;
}

static attune_status forest_load_slots(struct at_forest_model *m, const attune_reader *reader,
                                       size_t *n, attune_error *err)
{
    const void *test, *cut, *high = NULL;
    size_t n_cuts, n_high;
    m->slots.width = at_forest_width(m->base.n_features);
    AT_TRY(attune_reader_get(reader, "forest.test", sizeof *m->slots.test, &test, n, err));
    AT_TRY(attune_reader_get(reader, "forest.cut", sizeof *m->slots.cut, &cut, &n_cuts, err));
    n_high = *n;
    if (m->base.n_features > m->slots.width)
        AT_TRY(
            attune_reader_get(reader, "forest.high", sizeof *m->slots.high, &high, &n_high, err));
    m->slots.test = test;
    m->slots.cut = cut;
    m->slots.high = high;
    return *n == n_cuts && *n == n_high ? ATTUNE_OK
                                        : forest_corrupt(err, "its slots do not fit each other");
}

static attune_status forest_load_arrays(struct at_forest_model *m, const attune_reader *reader,
                                        attune_error *err)
{
    const void *start, *root, *share, *cover;
    size_t n_start, n_root, n_slots, n_share;
    AT_TRY(attune_reader_get(reader, "forest.start", sizeof *m->start, &start, &n_start, err));
    AT_TRY(attune_reader_get(reader, "forest.root", sizeof *m->root, &root, &n_root, err));
    AT_TRY(forest_load_slots(m, reader, &n_slots, err));
    AT_TRY(attune_reader_get(reader, "forest.share", sizeof *m->share, &share, &n_share, err));
    AT_TRY(attune_reader_get(reader, "forest.cover", 1, &cover, &m->cover_bytes, err));
    m->cover = cover;
    m->start = start;
    m->root = root;
    m->share = share;
    m->n_shares = n_share / m->base.n_classes;
    if (n_start != m->n_trees + 1 || n_root != m->n_trees || n_share % m->base.n_classes ||
        m->n_shares < m->base.n_classes || m->n_shares > INT32_MAX)
        return forest_corrupt(err, "its sections do not fit each other");
    if (m->start[0] != 0 || m->start[m->n_trees] != n_slots)
        return forest_corrupt(err, "its trees do not fill the slots");
    for (size_t t = 0; t < m->n_trees; t++)
        if (m->start[t + 1] < m->start[t] || m->start[t + 1] - m->start[t] > INT32_MAX)
            return forest_corrupt(err, "a tree starts behind its end");
    return ATTUNE_OK;
}

static bool forest_tree_fits(const struct at_forest_model *m, size_t t)
{
    const size_t n = (size_t)(m->start[t + 1] - m->start[t]);
    const int32_t root = m->root[t];
    if (n == 0 ? root >= 0 || (size_t)~root >= m->n_shares : root != 0)
        return false;
    return at_forest_slots_fit(&m->slots, (size_t)m->start[t], n, m->base.n_features, m->n_shares);
}

static attune_status forest_load_covers(const struct at_forest_model *m, attune_error *err)
{
    const size_t largest = at_forest_largest_tree(m);
    const uint8_t *at = m->cover;
    struct at_forest_cover *cover = AT_ALLOC_RAW(struct at_forest_cover, largest);
    struct at_forest_packed_node *node = AT_ALLOC_RAW(struct at_forest_packed_node, largest);
    attune_status status =
        cover && node ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest");
    for (size_t t = 0; t < m->n_trees && status == ATTUNE_OK; t++) {
        const size_t n = at_forest_unpack(node, m, t);
        if (!at_forest_cover_read(cover, node, n, &at, m->cover + m->cover_bytes))
            status = at_fail(err, ATTUNE_CORRUPT, "the forest is damaged: weights of tree %zu", t);
    }
    at_free(cover);
    at_free(node);
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

size_t at_forest_unpack(struct at_forest_packed_node *node, const struct at_forest_model *m,
                        size_t t)
{
    return at_forest_slots_unpack(node, &m->slots, (size_t)m->start[t],
                                  (size_t)(m->start[t + 1] - m->start[t]));
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
        forest_free(m->slots.test);
        forest_free(m->slots.high);
        forest_free(m->slots.cut);
        forest_free(m->start);
        forest_free(m->root);
        forest_free(m->share);
        forest_free(m->cover);
    }
    if (m)
        at_forest_index_release(&m->index);
    at_free(m);
}
