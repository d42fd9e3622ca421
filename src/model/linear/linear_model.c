/* The file holds the arrays as they are used. Loading trusts nothing: sizes agree, classes ascend
 * and are in range, numbers are finite. */
#include "model/linear/linear_model.h"

#include <math.h>

#include "base/alloc.h"
#include "base/status.h"
#include "model/model.h"

extern const struct attune_model_kind at_model_kind_linear;

enum { LINEAR_LAYOUT = 1 };

struct linear_shape {
    uint32_t layout, ovr;
    uint64_t n_features, n_classes;
};

static size_t linear_scores(size_t n_known)
{
    return n_known == 1 ? 0 : n_known == 2 ? 1 : n_known;
}

attune_status at_linear_model_create(struct at_linear_model **out, size_t n_features,
                                     size_t n_classes, size_t n_known, attune_error *err)
{
    const size_t n_scores = linear_scores(n_known);
    struct at_linear_model *m = AT_ALLOC(struct at_linear_model, 1);
    double *block = NULL;
    if (m && n_features < SIZE_MAX / 16 / (n_known + 1)) /* intercepts first: they are f64 */
        block = AT_ALLOC(double, n_known + n_scores + (n_features * n_scores + 1) / 2);
    if (!block) {
        at_free(m);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu weights of %zu classes",
                       n_features, n_known);
    }
    m->base = (struct attune_model){&at_model_kind_linear, n_features, n_classes};
    m->n_known = n_known;
    m->n_scores = n_scores;
    m->intercept = block;
    m->weight = (const float *)(block + n_scores);
    m->known = (const uint32_t *)(m->weight + n_features * n_scores);
    m->owned = true;
    *out = m;
    return ATTUNE_OK;
}

attune_status at_linear_model_save(const struct attune_model *model, attune_writer *writer,
                                   attune_error *err)
{
    const struct at_linear_model *m = (const struct at_linear_model *)model;
    const struct linear_shape shape = {LINEAR_LAYOUT, m->ovr, model->n_features, model->n_classes};
    AT_TRY(attune_writer_put(writer, "linear.shape", &shape, sizeof shape, err));
    AT_TRY(attune_writer_put(writer, "linear.known", m->known, m->n_known * sizeof *m->known, err));
    AT_TRY(attune_writer_put(writer, "linear.intercept", m->intercept,
                             m->n_scores * sizeof *m->intercept, err));
    return attune_writer_put(writer, "linear.weight", m->weight,
                             model->n_features * m->n_scores * sizeof *m->weight, err);
}

static attune_status linear_corrupt(attune_error *err, const char *what)
{
    return at_fail(err, ATTUNE_CORRUPT, "the linear model is damaged: %s", what);
}

static attune_status linear_load_shape(struct at_linear_model *m, const attune_reader *reader,
                                       attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "linear.shape", 1, &data, &n, err));
    const struct linear_shape *shape = data;
    if (n < sizeof shape->layout)
        return linear_corrupt(err, "its shape is cut off");
    if (shape->layout > LINEAR_LAYOUT)
        return at_fail(err, ATTUNE_TOO_NEW,
                       "the linear model has layout %u, this attune reads up to %d; update attune",
                       (unsigned)shape->layout, LINEAR_LAYOUT);
    if (n != sizeof *shape || shape->layout != LINEAR_LAYOUT || shape->ovr > 1)
        return linear_corrupt(err, "its shape has the wrong size");
    if (shape->n_features > UINT32_MAX || shape->n_classes < 2 || shape->n_classes > INT32_MAX)
        return linear_corrupt(err, "its shape is out of range");
    m->base = (struct attune_model){&at_model_kind_linear, (size_t)shape->n_features,
                                    (size_t)shape->n_classes};
    m->ovr = shape->ovr == 1;
    return ATTUNE_OK;
}

static attune_status linear_load_arrays(struct at_linear_model *m, const attune_reader *reader,
                                        attune_error *err)
{
    const void *known, *intercept, *weight;
    size_t n_intercept, n_weight;
    AT_TRY(attune_reader_get(reader, "linear.known", sizeof *m->known, &known, &m->n_known, err));
    AT_TRY(attune_reader_get(reader, "linear.intercept", sizeof *m->intercept, &intercept,
                             &n_intercept, err));
    AT_TRY(attune_reader_get(reader, "linear.weight", sizeof *m->weight, &weight, &n_weight, err));
    m->known = known;
    m->intercept = intercept;
    m->weight = weight;
    if (m->n_known < 1 || m->n_known > m->base.n_classes)
        return linear_corrupt(err, "its number of classes");
    m->n_scores = linear_scores(m->n_known);
    /* both factors are below 2^32 */
    if (n_intercept != m->n_scores ||
        n_weight != (uint64_t)m->base.n_features * (uint64_t)m->n_scores)
        return linear_corrupt(err, "its sections do not fit each other");
    for (size_t s = 0; s < m->n_known; s++)
        if (m->known[s] >= m->base.n_classes || (s > 0 && m->known[s] <= m->known[s - 1]))
            return linear_corrupt(err, "its classes");
    for (size_t s = 0; s < n_intercept; s++)
        if (!(fabs(m->intercept[s]) < 1e100))
            return linear_corrupt(err, "an intercept");
    for (size_t i = 0; i < n_weight; i++)
        if (!isfinite(m->weight[i]))
            return linear_corrupt(err, "a weight");
    return ATTUNE_OK;
}

attune_status at_linear_model_load(struct attune_model **out, const attune_reader *reader,
                                   attune_error *err)
{
    *out = NULL;
    struct at_linear_model loaded = {0};
    AT_TRY(linear_load_shape(&loaded, reader, err));
    AT_TRY(linear_load_arrays(&loaded, reader, err));
    struct at_linear_model *m = AT_ALLOC(struct at_linear_model, 1);
    if (!m)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: linear model");
    *m = loaded;
    *out = &m->base;
    return ATTUNE_OK;
}

void at_linear_model_destroy(struct attune_model *model)
{
    struct at_linear_model *m = (struct at_linear_model *)model;
    if (m && m->owned) {
        union { /* casts const away from what was allocated here */
            const void *lent;
            void *own;
        } block = {m->intercept};
        at_free(block.own);
    }
    at_free(m);
}
