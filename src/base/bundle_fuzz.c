/* Any bytes as a model file, and the same bytes with magic, sizes and checksum put right, so that
 * the checks behind those are reached. What opens must be readable to its last byte. */
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte of the sections as a loader would. */
static void fuzz_read(const attune_reader *r)
{
    static const char *const names[] = {"kind", "options", "model/trees", "a", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const void *section;
        size_t n;
        if (attune_reader_get(r, names[i], 1, &section, &n, NULL) != ATTUNE_OK)
            continue;
        if (!at_bundle_has(r, names[i]))
            abort();
        at_hash64(section, n, 0);
        attune_reader_get(r, names[i], 8, &section, &n, NULL);
    }
    const attune_reader sub = at_bundle_sub(r, "model/");
    at_bundle_has(&sub, "trees");
}

static void fuzz_open(const unsigned char *data, size_t size)
{
    attune_reader r;
    attune_error err;
    if (at_bundle_open_memory(&r, data, size, "fuzz", &err) == ATTUNE_OK)
        fuzz_read(&r);
    else if (r.map.data)
        abort();
}

static void fuzz_repair(unsigned char *data, size_t size)
{
    const uint64_t file_size = size;
    const uint32_t version = AT_BUNDLE_VERSION;
    uint32_t n_sections;
    memcpy(data, "attune\x1a\n", 8);
    memcpy(data + 8, &version, 4);
    memcpy(data + 24, &file_size, 8);
    memcpy(&n_sections, data + 12, 4);
    n_sections %= 8;
    if (64 + 64 * (uint64_t)n_sections <= size) {
        const uint64_t table = size - 64 * (uint64_t)n_sections;
        memcpy(data + 12, &n_sections, 4);
        memcpy(data + 16, &table, 8);
    }
    struct at_checksum sum;
    at_checksum_init(&sum);
    at_checksum_add(&sum, data + 64, size - 64);
    at_checksum_finish(&sum, data + 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *copy = NULL;
    if (posix_memalign(&copy, 64, size ? size : 1) != 0)
        return 0;
    if (size)
        memcpy(copy, data, size);
    fuzz_open(copy, size);
    if (size >= 64) {
        fuzz_repair(copy, size);
        fuzz_open(copy, size);
    }
    free(copy);
    return 0;
}
