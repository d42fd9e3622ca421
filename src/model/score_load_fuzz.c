/* Any bytes as the sections of a linear or naive Bayes model under a valid header and checksum:
 * load refuses them, or the model predicts and explains without reading where it may not.
 *
 * Input: u8 which kind; u8 known classes, u8 scores, u16 weights, in items; then shape (24 bytes),
 * known, intercept, weight, cut off where the input ends. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "support/memory_bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_HEAD = 5, FUZZ_SHAPE = 24, FUZZ_MAX_FEATURES = 1 << 16, FUZZ_MAX_CLASSES = 64 };

static void fuzz_put(struct memory_bundle *b, const char *kind, const char *what,
                     const uint8_t *data, size_t size)
{
    char name[AT_BUNDLE_NAME];
    strcpy(name, kind);
    memory_bundle_put(b, strcat(name, what), data, size);
}

static void fuzz_use(const struct attune_model *model)
{
    uint32_t col[64];
    float value[64];
    uint64_t start[3] = {0, 0, 0};
    for (uint32_t i = 0; i < 64 && i < model->n_features; i++) {
        col[i] = i;
        value[i] = (float)i - 3;
        start[2] = i + 1;
    }
    const struct attune_rows rows = {ATTUNE_ROWS_SPARSE, 2, model->n_features, start, col, value};
    const struct attune_rows row = {ATTUNE_ROWS_SPARSE, 1,   model->n_features,
                                    start + 1,          col, value};
    double *proba = malloc(2 * model->n_classes * sizeof *proba);
    double *contribution = malloc((model->n_features + 1) * sizeof *contribution), base;
    if (model->kind->predict(model, &rows, proba, NULL, NULL) != ATTUNE_OK)
        abort();
    for (size_t i = 0; i < 2 * model->n_classes; i++)
        if (!(proba[i] >= 0 && proba[i] < 1.0001))
            abort();
    for (uint32_t c = 0; c < model->n_classes; c++)
        if (model->kind->explain(model, &row, c, contribution, &base, NULL) != ATTUNE_OK ||
            !isfinite(base))
            abort();
    free(proba);
    free(contribution);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t head[FUZZ_HEAD] = {0};
    size_t at = size < FUZZ_HEAD ? size : FUZZ_HEAD;
    if (at)
        memcpy(head, data, at);
    const char *const name = head[0] % 2 ? "bayes" : "linear";
    static const char *const what[4] = {".shape", ".known", ".intercept", ".weight"};
    const size_t item[4] = {1, 4, 8, 4};
    const size_t count[4] = {FUZZ_SHAPE, head[1], head[2], head[3] + 256U * head[4]};
    struct memory_bundle b;
    attune_reader reader;
    struct attune_model *model;
    memory_bundle_init(&b, size);
    for (size_t i = 0; i < 4; i++) {
        const size_t wanted = count[i] * item[i];
        const size_t n = wanted < size - at ? wanted : (size - at) / item[i] * item[i];
        fuzz_put(&b, name, what[i], data + at, n);
        at += n;
    }
    memory_bundle_finish(&b);
    if (at_bundle_open_memory(&reader, b.data, b.size, "fuzz", NULL) != ATTUNE_OK)
        abort(); /* the frame is valid whatever is in it */
    const struct attune_model_kind *kind = attune_model_kind_find(name);
    if (kind->load(&model, &reader, NULL) == ATTUNE_OK) {
        if (model->n_features <= FUZZ_MAX_FEATURES && model->n_classes <= FUZZ_MAX_CLASSES)
            fuzz_use(model);
        kind->destroy(model);
    }
    memory_bundle_release(&b);
    return 0;
}
