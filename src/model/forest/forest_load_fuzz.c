/* Any bytes as the sections of a forest under a valid header and checksum: load refuses them, or
 * the model predicts without reading where it may not.
 *
 * Input: u32 size of start, root, test, high, cut, share and cover in items; then shape, start,
 * root, test, high, cut, share, cover, cut off where the input ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_SECTIONS = 8, FUZZ_MAX_FEATURES = 1 << 16, FUZZ_MAX_CLASSES = 64 };

struct fuzz_header {
    char magic[8];
    uint32_t version, n_sections;
    uint64_t table_offset, file_size;
    uint8_t checksum[AT_CHECKSUM_BYTES];
};
struct fuzz_section {
    char name[AT_BUNDLE_NAME];
    uint64_t offset, size;
};

/* A bundle in memory; 64-byte aligned, exactly as long as it says. */
static uint8_t *fuzz_bundle(const uint8_t *data, size_t size, size_t *out_size)
{
    static const char *const names[FUZZ_SECTIONS] = {"forest.shape", "forest.start", "forest.root",
                                                     "forest.test",  "forest.high",  "forest.cut",
                                                     "forest.share", "forest.cover"};
    static const size_t item[FUZZ_SECTIONS] = {1, 8, 4, 2, 2, 8, 8, 1};
    uint32_t count[FUZZ_SECTIONS - 1] = {0};
    size_t at = size < sizeof count ? size : sizeof count;
    memcpy(count, data, at);
    struct fuzz_section table[FUZZ_SECTIONS] = {0};
    uint8_t *file = aligned_alloc(64, (size + 64 * (2 * FUZZ_SECTIONS + 4)) / 64 * 64);
    size_t end = sizeof(struct fuzz_header);
    for (size_t i = 0; i < FUZZ_SECTIONS; i++) {
        const size_t wanted = i == 0 ? 32 : (size_t)(count[i - 1] & 0xffff) * item[i];
        const size_t n = wanted < size - at ? wanted : (size - at) / item[i] * item[i];
        strcpy(table[i].name, names[i]);
        table[i].offset = end;
        table[i].size = n;
        memcpy(file + end, data + at, n);
        at += n;
        memset(file + end + n, 0, (64 - n % 64) % 64);
        end += (n + 63) / 64 * 64;
    }
    struct fuzz_header h = {.magic = {'a', 't', 't', 'u', 'n', 'e', 0x1a, '\n'},
                            .version = AT_BUNDLE_VERSION,
                            .n_sections = FUZZ_SECTIONS,
                            .table_offset = end,
                            .file_size = end + sizeof table};
    memcpy(file + end, table, sizeof table);
    struct at_checksum sum;
    at_checksum_init(&sum);
    at_checksum_add(&sum, file + sizeof h, h.file_size - sizeof h);
    at_checksum_finish(&sum, h.checksum);
    memcpy(file, &h, sizeof h);
    *out_size = h.file_size;
    return file;
}

static void fuzz_predict(const struct attune_model *model)
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
    double *proba = malloc(2 * model->n_classes * sizeof *proba);
    void *scratch = malloc(model->kind->scratch_bytes(model));
    if (model->kind->predict(model, &rows, proba, scratch, NULL) != ATTUNE_OK)
        abort();
    for (size_t i = 0; i < 2 * model->n_classes; i++)
        if (!(proba[i] >= 0 && proba[i] < 1.0001))
            abort();
    free(proba);
    free(scratch);
}

static void fuzz_explain(const struct attune_model *model)
{
    const uint32_t col = 0;
    const float value = 1;
    const uint64_t start[2] = {0, model->n_features > 0};
    const struct attune_rows row = {ATTUNE_ROWS_SPARSE, 1, model->n_features, start, &col, &value};
    double base, *phi = malloc((model->n_features + 1) * sizeof *phi);
    if (model->kind->explain(model, &row, 0, phi, &base, NULL) != ATTUNE_OK)
        abort();
    for (size_t f = 0; f < model->n_features; f++)
        if (!(phi[f] >= -1.0001 && phi[f] <= 1.0001))
            abort();
    free(phi);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct attune_model_kind *kind = attune_model_kind_find("forest");
    size_t file_size;
    attune_reader reader;
    struct attune_model *model;
    uint8_t *file = fuzz_bundle(data, size, &file_size);
    if (at_bundle_open_memory(&reader, file, file_size, "fuzz", NULL) != ATTUNE_OK)
        abort(); /* the frame is valid whatever is in it */
    if (kind->load(&model, &reader, NULL) == ATTUNE_OK) {
        if (model->n_features <= FUZZ_MAX_FEATURES && model->n_classes <= FUZZ_MAX_CLASSES) {
            fuzz_predict(model);
            fuzz_explain(model);
        }
        kind->destroy(model);
    }
    free(file);
    return 0;
}
