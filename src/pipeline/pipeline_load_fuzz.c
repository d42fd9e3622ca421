/* Any text as the description of a model whose other sections are those of a small good one: load
 * refuses it, or what it loads answers with probabilities.
 *
 * Input: the section "meta". */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "pipeline/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_FANS = 8, FUZZ_PATH = 128 };

/* The good model, read from its file, which is gone. */
struct fuzz_good {
    struct at_buf bytes;
    char path[FUZZ_PATH];
};

static struct at_str fuzz_str(const char *text)
{
    return at_str_from(text);
}

static void fuzz_profile(struct at_profile *p, struct at_message message[2], size_t i)
{
    static const char *const ids[FUZZ_FANS] = {"f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7"};
    message[0] =
        (struct at_message){fuzz_str(i % 2 ? "miss you" : "win it"), AT_TIME_NONE, AT_FROM_FAN};
    message[1] = (struct at_message){fuzz_str("hello there"), AT_TIME_NONE, AT_FROM_FAN};
    *p = (struct at_profile){.fan_id = fuzz_str(ids[i]), .messages = message, .n_messages = 2};
}

static attune_status fuzz_make(struct fuzz_good *good, const struct at_labels *labels,
                               attune_error *err)
{
    const struct at_recipe_request request = {.kind = "ensemble"};
    const struct attune_setting few[] = {{"n_estimators", "2"}};
    struct at_message messages[FUZZ_FANS][2];
    struct at_profile fans[FUZZ_FANS];
    const struct at_profile *profiles[FUZZ_FANS];
    uint32_t y[FUZZ_FANS];
    struct at_recipe recipe;
    struct at_pipeline *p = NULL;
    for (uint32_t i = 0; i < FUZZ_FANS; i++) {
        y[i] = i % 2;
        fuzz_profile(&fans[i], messages[i], i);
        profiles[i] = &fans[i];
    }
    AT_TRY(at_recipe_init(&recipe, &request, err));
    attune_status status = at_recipe_set(&recipe, few, 1, err);
    const struct at_pipeline_fit in = {.recipe = &recipe,
                                       .labels = labels,
                                       .profiles = profiles,
                                       .y = y,
                                       .n = FUZZ_FANS,
                                       .seed = 1};
    if (status == ATTUNE_OK)
        status = at_pipeline_fit(&p, &in, NULL, err);
    if (status == ATTUNE_OK)
        status = at_pipeline_save(p, good->path, err);
    if (status == ATTUNE_OK)
        status = at_fs_read(good->path, &good->bytes, 1 << 24, err);
    at_pipeline_destroy(p);
    at_recipe_release(&recipe);
    return status;
}

static void fuzz_open(struct fuzz_good *good)
{
    const char *base = getenv("TMPDIR");
    const struct at_str names[] = {fuzz_str("a"), fuzz_str("b")};
    struct at_arena arena = {0};
    struct at_labels labels;
    snprintf(good->path, FUZZ_PATH, "%s/attune-pipeline-fuzz-XXXXXX",
             base && *base ? base : "/tmp");
    const int fd = mkstemp(good->path);
    if (fd < 0)
        abort();
    close(fd);
    attune_error err = {0};
    if (at_labels_make(&labels, fuzz_str("t"), names, 2, false, &arena, &err) != ATTUNE_OK ||
        fuzz_make(good, &labels, &err) != ATTUNE_OK) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    at_arena_release(&arena);
}

/* The sections of the good model (layout: base/bundle.h), with another description. */
static void fuzz_write(const struct fuzz_good *good, const uint8_t *data, size_t size)
{
    attune_writer *w;
    uint32_t n;
    uint64_t table;
    memcpy(&n, good->bytes.data + 12, sizeof n);
    memcpy(&table, good->bytes.data + 16, sizeof table);
    if (at_bundle_create(&w, good->path, NULL) != ATTUNE_OK ||
        attune_writer_put(w, "meta", data, size, NULL) != ATTUNE_OK)
        abort();
    for (uint32_t i = 0; i < n; i++) {
        const char *entry = good->bytes.data + table + (size_t)i * (AT_BUNDLE_NAME + 16);
        uint64_t place[2];
        memcpy(place, entry + AT_BUNDLE_NAME, sizeof place);
        if (strcmp(entry, "meta") != 0 &&
            attune_writer_put(w, entry, good->bytes.data + place[0], place[1], NULL) != ATTUNE_OK)
            abort();
    }
    if (at_bundle_commit(w, NULL) != ATTUNE_OK)
        abort();
}

static void fuzz_ask(const struct at_pipeline *p)
{
    struct at_message messages[2];
    struct at_profile fan;
    const struct at_profile *one = &fan;
    double *proba = AT_ALLOC(double, p->labels.n), sum = 0;
    fuzz_profile(&fan, messages, 1);
    if (!proba || at_pipeline_predict(p, &one, 1, proba, NULL, NULL) != ATTUNE_OK)
        abort();
    for (size_t c = 0; c < p->labels.n; c++) {
        if (!(proba[c] >= 0 && proba[c] <= 1))
            abort();
        sum += proba[c];
    }
    if (!(fabs(sum - 1) < 1e-9))
        abort();
    at_free(proba);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_good good; /* made once: it is the same for all inputs */
    struct at_pipeline *p;
    if (!good.bytes.data)
        fuzz_open(&good);
    fuzz_write(&good, data, size);
    if (at_pipeline_load(&p, good.path, NULL, 0, NULL) == ATTUNE_OK) {
        fuzz_ask(p);
        at_pipeline_destroy(p);
    }
    unlink(good.path);
    return 0;
}
