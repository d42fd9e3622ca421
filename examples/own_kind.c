/* A model kind of one's own: the nearest centroid. It is fitted, saved and opened like a built-in
 * kind; a program that opens its file hands the kind over again. */
#include <attune/attune.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct centroid {
    struct attune_model base; /* first */
    float *mean;              /* f32[n_classes * n_features] */
};

struct centroid_options {
    double sharpness;
};

static const struct attune_option centroid_rows[] = {
    {"sharpness", ATTUNE_OPTION_REAL, "4", 0.1, 100, NULL, NULL, NULL,
     "how fast a probability falls with the distance",
     offsetof(struct centroid_options, sharpness)},
};

extern const struct attune_model_kind centroid_kind;

static void centroid_destroy(struct attune_model *model)
{
    if (model)
        free(((struct centroid *)model)->mean);
    free(model);
}

static struct centroid *centroid_new(size_t n_features, size_t n_classes)
{
    struct centroid *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->base.kind = &centroid_kind;
    self->base.n_features = n_features;
    self->base.n_classes = n_classes;
    self->mean = calloc(n_features * n_classes + 1, sizeof *self->mean);
    if (self->mean)
        return self;
    free(self);
    return NULL;
}

static attune_status centroid_no_memory(attune_error *err)
{
    if (err) {
        err->status = ATTUNE_NO_MEMORY;
        snprintf(err->message, sizeof err->message, "out of memory: centroids");
    }
    return ATTUNE_NO_MEMORY;
}

static attune_status centroid_fit(struct attune_model **out, const struct attune_fit *in,
                                  const void *options, attune_error *err)
{
    const struct attune_rows *rows = in->rows;
    const float sharpness = (float)((const struct centroid_options *)options)->sharpness;
    struct centroid *self = centroid_new(rows->n_cols, in->n_classes);
    *out = NULL;
    if (!self)
        return centroid_no_memory(err);
    for (size_t c = 0; c < in->n_classes; c++) {
        float *mean = self->mean + c * rows->n_cols;
        float n = 0;
        for (size_t i = 0; i < rows->n_rows; i++) {
            if (in->y[i] != c)
                continue;
            n++;
            for (uint64_t k = rows->start[i]; k < rows->start[i + 1]; k++)
                mean[rows->col[k]] += rows->value[k];
        }
        for (size_t j = 0; j < rows->n_cols && n > 0; j++)
            mean[j] *= sharpness / n;
    }
    *out = &self->base;
    return ATTUNE_OK;
}

static size_t centroid_scratch_bytes(const struct attune_model *model)
{
    (void)model;
    return 0;
}

/* p = softmax of the inner products with the (scaled) centroids */
static attune_status centroid_predict(const struct attune_model *model,
                                      const struct attune_rows *rows, double *proba, void *scratch,
                                      attune_error *err)
{
    const float *mean = ((const struct centroid *)model)->mean;
    (void)scratch;
    (void)err;
    for (size_t i = 0; i < rows->n_rows; i++) {
        double *p = proba + i * model->n_classes, sum = 0;
        for (size_t c = 0; c < model->n_classes; c++) {
            double dot = 0;
            for (uint64_t k = rows->start[i]; k < rows->start[i + 1]; k++)
                dot += (double)rows->value[k] * (double)mean[c * model->n_features + rows->col[k]];
            p[c] = exp(dot);
            sum += p[c];
        }
        for (size_t c = 0; c < model->n_classes; c++)
            p[c] /= sum;
    }
    return ATTUNE_OK;
}

static attune_status centroid_save(const struct attune_model *model, attune_writer *writer,
                                   attune_error *err)
{
    const uint64_t shape[2] = {model->n_features, model->n_classes};
    const float *mean = ((const struct centroid *)model)->mean;
    const attune_status status = attune_writer_put(writer, "shape", shape, sizeof shape, err);
    if (status != ATTUNE_OK)
        return status;
    return attune_writer_put(writer, "mean", mean,
                             model->n_features * model->n_classes * sizeof *mean, err);
}

static attune_status centroid_load(struct attune_model **out, const attune_reader *reader,
                                   attune_error *err)
{
    const void *shape_data, *mean;
    size_t n_shape, n_mean;
    uint64_t shape[2];
    *out = NULL;
    attune_status status = attune_reader_get(reader, "shape", 8, &shape_data, &n_shape, err);
    if (status == ATTUNE_OK)
        status = attune_reader_get(reader, "mean", sizeof(float), &mean, &n_mean, err);
    if (status != ATTUNE_OK)
        return status;
    if (n_shape == 2)
        memcpy(shape, shape_data, sizeof shape);
    /* a file is not to be trusted: sizes are compared before anything is allocated */
    if (n_shape != 2 || shape[1] < 2 || shape[1] > 1024 || shape[0] != n_mean / shape[1] ||
        n_mean % shape[1]) {
        if (err) {
            err->status = ATTUNE_CORRUPT;
            snprintf(err->message, sizeof err->message, "centroids do not fit their shape");
        }
        return ATTUNE_CORRUPT;
    }
    struct centroid *self = centroid_new((size_t)shape[0], (size_t)shape[1]);
    if (!self)
        return centroid_no_memory(err);
    memcpy(self->mean, mean, n_mean * sizeof(float));
    *out = &self->base;
    return ATTUNE_OK;
}

const struct attune_model_kind centroid_kind = {
    ATTUNE_MODEL_KIND_VERSION,
    "centroid",
    "nearest class centroid",
    ATTUNE_ROWS_SPARSE,
    centroid_rows,
    sizeof centroid_rows / sizeof *centroid_rows,
    sizeof(struct centroid_options),
    centroid_fit,
    centroid_scratch_bytes,
    centroid_predict,
    centroid_save,
    centroid_load,
    centroid_destroy,
    NULL, /* explain */
    NULL, /* features */
};

int main(int argc, char **argv)
{
    static const char *const texts[][1] = {
        {"good morning dear"}, {"good night dear"}, {"send the report"}, {"where is the report"}};
    struct attune_sample samples[4] = {0};
    struct attune_pipeline_options options = {0};
    const struct attune_model_kind *own[1] = {&centroid_kind};
    const char *path = argc > 1 ? argv[1] : "centroid.attune";
    attune_pipeline *pipeline = NULL;
    attune_session *session = NULL;
    attune_error err = {0};
    double p[2] = {0, 0};

    for (size_t i = 0; i < 4; i++) {
        samples[i].messages = texts[i];
        samples[i].n_messages = 1;
        samples[i].label = i < 2 ? "private" : "work";
    }
    options.own = &centroid_kind;
    options.seed = 1;
    attune_status status = attune_pipeline_fit(&pipeline, samples, 4, &options, NULL, &err);
    if (status == ATTUNE_OK)
        status = attune_pipeline_save(pipeline, path, &err);
    attune_pipeline_close(pipeline);
    pipeline = NULL;
    if (status == ATTUNE_OK)
        status = attune_pipeline_open(&pipeline, path, own, 1, &err);
    if (status == ATTUNE_OK)
        status = attune_session_create(&session, pipeline, &err);
    if (status == ATTUNE_OK)
        status = attune_session_predict(session, &samples[3], p, &err);
    if (status == ATTUNE_OK)
        printf("%s: private %.2f, work %.2f\n", attune_pipeline_kind(pipeline), p[0], p[1]);
    else
        fprintf(stderr, "own_kind: %s\n", err.message);
    attune_session_destroy(session);
    attune_pipeline_close(pipeline);
    return status == ATTUNE_OK && p[1] > p[0] ? 0 : 1;
}
