/* The baseline that every report shows: the share of each class among the training rows, whatever
 * the row. A model that does not beat it has learned nothing. */
#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/job.h"
#include "base/status.h"
#include "model/model.h"

extern const struct attune_model_kind at_model_kind_majority;

struct majority_shape {
    uint64_t n_features, n_classes;
};

struct majority {
    struct attune_model base;
    double prior[]; /* [n_classes], sums to 1 */
};

static attune_status majority_create(struct majority **out, size_t n_features, size_t n_classes,
                                     attune_error *err)
{
    struct majority *m = NULL;
    if (n_classes < (SIZE_MAX - sizeof *m) / sizeof *m->prior)
        m = at_alloc(1, sizeof *m + n_classes * sizeof *m->prior);
    if (!m)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: priors of %zu classes", n_classes);
    m->base = (struct attune_model){&at_model_kind_majority, n_features, n_classes};
    *out = m;
    return ATTUNE_OK;
}

static attune_status majority_fit(struct attune_model **out, const struct attune_fit *in,
                                  const void *options, attune_error *err)
{
    (void)options;
    *out = NULL;
    const size_t n = in->rows->n_rows;
    if (n == 0)
        return at_fail(err, ATTUNE_INVALID, "cannot learn from no rows");
    AT_TRY(at_job_check(in->job, err));
    struct majority *m = NULL;
    AT_TRY(majority_create(&m, in->rows->n_cols, in->n_classes, err));
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        const double weight = in->weight ? (double)in->weight[i] : 1;
        m->prior[in->y[i]] += weight;
        total += weight;
    }
    for (size_t c = 0; c < in->n_classes; c++)
        m->prior[c] /= total;
    *out = &m->base;
    return ATTUNE_OK;
}

static size_t majority_scratch_bytes(const struct attune_model *model)
{
    (void)model;
    return 0;
}

static attune_status majority_predict(const struct attune_model *model,
                                      const struct attune_rows *rows, double *proba, void *scratch,
                                      attune_error *err)
{
    (void)scratch;
    (void)err;
    const struct majority *m = (const struct majority *)model;
    for (size_t i = 0; i < rows->n_rows; i++)
        for (size_t c = 0; c < model->n_classes; c++)
            proba[i * model->n_classes + c] = m->prior[c];
    return ATTUNE_OK;
}

static attune_status majority_save(const struct attune_model *model, attune_writer *writer,
                                   attune_error *err)
{
    const struct majority *m = (const struct majority *)model;
    const struct majority_shape shape = {model->n_features, model->n_classes};
    AT_TRY(attune_writer_put(writer, "majority.shape", &shape, sizeof shape, err));
    return attune_writer_put(writer, "majority.prior", m->prior,
                             model->n_classes * sizeof *m->prior, err);
}

static bool majority_is_distribution(const double *p, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(p[i] >= 0 && p[i] <= 1))
            return false;
        sum += p[i];
    }
    return fabs(sum - 1) < 1e-9;
}

static attune_status majority_load(struct attune_model **out, const attune_reader *reader,
                                   attune_error *err)
{
    *out = NULL;
    const struct majority_shape *shape;
    const void *data;
    const double *prior;
    size_t n;
    AT_TRY(attune_reader_get(reader, "majority.shape", sizeof *shape, &data, &n, err));
    shape = data;
    if (n != 1)
        return at_fail(err, ATTUNE_CORRUPT, "section 'majority.shape' has the wrong size");
    AT_TRY(attune_reader_get(reader, "majority.prior", sizeof *prior, &data, &n, err));
    prior = data;
    if (n < 2 || shape->n_classes != n || shape->n_features > SIZE_MAX / 2)
        return at_fail(err, ATTUNE_CORRUPT, "section 'majority.prior' has the wrong size");
    if (!majority_is_distribution(prior, n))
        return at_fail(err, ATTUNE_CORRUPT, "the class shares are not shares");
    struct majority *m = NULL;
    AT_TRY(majority_create(&m, (size_t)shape->n_features, n, err));
    for (size_t c = 0; c < n; c++)
        m->prior[c] = prior[c];
    *out = &m->base;
    return ATTUNE_OK;
}

static void majority_destroy(struct attune_model *model)
{
    at_free(model);
}

const struct attune_model_kind at_model_kind_majority = {
    .version = ATTUNE_MODEL_KIND_VERSION,
    .name = "majority",
    .summary = "the share of each class in the training data, the baseline of every report",
    .rows = ATTUNE_ROWS_SPARSE | ATTUNE_ROWS_DENSE | ATTUNE_ROWS_TOKENS,
    .fit = majority_fit,
    .scratch_bytes = majority_scratch_bytes,
    .predict = majority_predict,
    .save = majority_save,
    .load = majority_load,
    .destroy = majority_destroy,
};
