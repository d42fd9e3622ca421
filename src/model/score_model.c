/* The file holds the arrays as they are used. Loading trusts nothing: sizes agree, classes ascend
 * and are in range, numbers are finite. */
#include "model/score_model.h"

#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/status.h"

enum { SCORE_LAYOUT = 1, SCORE_SECTION_NAME = 48 };

struct score_shape {
    uint32_t layout, link;
    uint64_t n_features, n_classes;
};

size_t at_score_count(size_t n_known)
{
    return n_known == 1 ? 0 : n_known == 2 ? 1 : n_known;
}

attune_status at_score_model_create(struct at_score_model **out, struct at_score_arrays *arrays,
                                    const struct attune_model_kind *kind,
                                    const struct at_score_model *shape, attune_error *err)
{
    const size_t n_known = shape->n_known, n_scores = at_score_count(n_known);
    const size_t n_features = shape->base.n_features;
    struct at_score_model *m = AT_ALLOC(struct at_score_model, 1);
    double *block = NULL;
    if (m && n_features < SIZE_MAX / 16 / (n_known + 1)) /* f64 first, then what is smaller */
        block = AT_ALLOC(double, n_known + n_scores + (n_features * n_scores + 1) / 2);
    if (!block) {
        at_free(m);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: weights of %zu columns, %zu classes",
                       n_features, n_known);
    }
    arrays->intercept = block;
    arrays->weight = (float *)(block + n_scores);
    arrays->known = (uint32_t *)(arrays->weight + n_features * n_scores);
    *m = *shape;
    m->base.kind = kind;
    m->n_scores = n_scores;
    m->intercept = arrays->intercept;
    m->weight = arrays->weight;
    m->known = arrays->known;
    m->own = block;
    *out = m;
    return ATTUNE_OK;
}

static const char *score_section(char name[SCORE_SECTION_NAME],
                                 const struct attune_model_kind *kind, const char *what)
{
    snprintf(name, SCORE_SECTION_NAME, "%s.%s", kind->name, what);
    return name;
}

attune_status at_score_model_save(const struct attune_model *model, attune_writer *writer,
                                  attune_error *err)
{
    const struct at_score_model *m = (const struct at_score_model *)model;
    const struct attune_model_kind *kind = model->kind;
    const struct score_shape shape = {SCORE_LAYOUT, (uint32_t)m->link, model->n_features,
                                      model->n_classes};
    char name[SCORE_SECTION_NAME];
    AT_TRY(
        attune_writer_put(writer, score_section(name, kind, "shape"), &shape, sizeof shape, err));
    AT_TRY(attune_writer_put(writer, score_section(name, kind, "known"), m->known,
                             m->n_known * sizeof *m->known, err));
    AT_TRY(attune_writer_put(writer, score_section(name, kind, "intercept"), m->intercept,
                             m->n_scores * sizeof *m->intercept, err));
    return attune_writer_put(writer, score_section(name, kind, "weight"), m->weight,
                             model->n_features * m->n_scores * sizeof *m->weight, err);
}

static attune_status score_corrupt(const struct at_score_model *m, const char *what,
                                   attune_error *err)
{
    return at_fail(err, ATTUNE_CORRUPT, "the %s model is damaged: %s", m->base.kind->name, what);
}

static attune_status score_load_shape(struct at_score_model *m, const attune_reader *reader,
                                      attune_error *err)
{
    char name[SCORE_SECTION_NAME];
    const void *data;
    size_t n;
    AT_TRY(
        attune_reader_get(reader, score_section(name, m->base.kind, "shape"), 1, &data, &n, err));
    const struct score_shape *shape = data;
    if (n < sizeof shape->layout)
        return score_corrupt(m, "its shape is cut off", err);
    if (shape->layout > SCORE_LAYOUT)
        return at_fail(err, ATTUNE_TOO_NEW,
                       "the %s model has layout %u, this attune reads up to %d; update attune",
                       m->base.kind->name, (unsigned)shape->layout, SCORE_LAYOUT);
    if (n != sizeof *shape || shape->layout != SCORE_LAYOUT)
        return score_corrupt(m, "its shape has the wrong size", err);
    if (shape->link > AT_SCORE_PRESENCE || shape->n_features > UINT32_MAX || shape->n_classes < 2 ||
        shape->n_classes > INT32_MAX)
        return score_corrupt(m, "its shape is out of range", err);
    m->base.n_features = (size_t)shape->n_features;
    m->base.n_classes = (size_t)shape->n_classes;
    m->link = (enum at_score_link)shape->link;
    return ATTUNE_OK;
}

static attune_status score_load_classes(struct at_score_model *m, const attune_reader *reader,
                                        attune_error *err)
{
    char name[SCORE_SECTION_NAME];
    const void *known;
    AT_TRY(attune_reader_get(reader, score_section(name, m->base.kind, "known"), sizeof *m->known,
                             &known, &m->n_known, err));
    m->known = known;
    if (m->n_known < 1 || m->n_known > m->base.n_classes)
        return score_corrupt(m, "its number of classes", err);
    for (size_t s = 0; s < m->n_known; s++)
        if (m->known[s] >= m->base.n_classes || (s > 0 && m->known[s] <= m->known[s - 1]))
            return score_corrupt(m, "its classes", err);
    m->n_scores = at_score_count(m->n_known);
    return ATTUNE_OK;
}

static attune_status score_load_numbers(struct at_score_model *m, const attune_reader *reader,
                                        attune_error *err)
{
    char name[SCORE_SECTION_NAME];
    const void *intercept, *weight;
    size_t n_intercept, n_weight;
    AT_TRY(attune_reader_get(reader, score_section(name, m->base.kind, "intercept"),
                             sizeof *m->intercept, &intercept, &n_intercept, err));
    AT_TRY(attune_reader_get(reader, score_section(name, m->base.kind, "weight"), sizeof *m->weight,
                             &weight, &n_weight, err));
    m->intercept = intercept;
    m->weight = weight;
    /* both factors are below 2^32 */
    if (n_intercept != m->n_scores ||
        n_weight != (uint64_t)m->base.n_features * (uint64_t)m->n_scores)
        return score_corrupt(m, "its sections do not fit each other", err);
    for (size_t s = 0; s < n_intercept; s++)
        if (!(fabs(m->intercept[s]) < 1e100))
            return score_corrupt(m, "an intercept", err);
    for (size_t i = 0; i < n_weight; i++)
        if (!isfinite(m->weight[i]))
            return score_corrupt(m, "a weight", err);
    return ATTUNE_OK;
}

attune_status at_score_model_load(struct attune_model **out, const struct attune_model_kind *kind,
                                  const attune_reader *reader, attune_error *err)
{
    *out = NULL;
    struct at_score_model loaded = {.base.kind = kind};
    AT_TRY(score_load_shape(&loaded, reader, err));
    AT_TRY(score_load_classes(&loaded, reader, err));
    AT_TRY(score_load_numbers(&loaded, reader, err));
    struct at_score_model *m = AT_ALLOC(struct at_score_model, 1);
    if (!m)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %s model", kind->name);
    *m = loaded;
    *out = &m->base;
    return ATTUNE_OK;
}

void at_score_model_destroy(struct attune_model *model)
{
    if (model)
        at_free(((struct at_score_model *)model)->own);
    at_free(model);
}
