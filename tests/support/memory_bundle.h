/* memory_bundle.h - a model file made in memory, with a checksum that fits, for tests and fuzzers
 * that want to reach what lies behind the bundle's own checks (layout: base/bundle.h). */
#ifndef AT_TEST_SUPPORT_MEMORY_BUNDLE_H
#define AT_TEST_SUPPORT_MEMORY_BUNDLE_H

#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"

enum { MEMORY_BUNDLE_SECTIONS = 16 };
struct memory_bundle {
    unsigned char *data; /* 64-byte aligned */
    size_t size, cap;
    uint32_t n;
    struct {
        char name[AT_BUNDLE_NAME];
        uint64_t offset, size;
    } sections[MEMORY_BUNDLE_SECTIONS];
};

/* Room for sections of content_bytes in all. */
static inline void memory_bundle_init(struct memory_bundle *b, size_t content_bytes)
{
    memset(b, 0, sizeof *b);
    b->cap = (content_bytes / 64 + 4 + 3 * MEMORY_BUNDLE_SECTIONS) * 64;
    b->data = aligned_alloc(64, b->cap);
    if (!b->data)
        abort();
    memset(b->data, 0, b->cap);
    b->size = 64;
}

static inline void memory_bundle_put(struct memory_bundle *b, const char *name, const void *data,
                                     size_t size)
{
    const size_t len = strlen(name);
    if (b->n == MEMORY_BUNDLE_SECTIONS || len >= AT_BUNDLE_NAME)
        abort();
    memcpy(b->sections[b->n].name, name, len);
    b->sections[b->n].offset = b->size;
    b->sections[b->n].size = size;
    if (size)
        memcpy(b->data + b->size, data, size);
    b->size += (size + 63) / 64 * 64;
    b->n++;
}

/* Adds table and header; the bytes are then b->data, b->size. */
static inline void memory_bundle_finish(struct memory_bundle *b)
{
    const uint64_t table = b->size;
    const uint32_t version = AT_BUNDLE_VERSION;
    memcpy(b->data + table, b->sections, b->n * sizeof b->sections[0]);
    b->size += b->n * sizeof b->sections[0];
    const uint64_t size = b->size;
    struct at_checksum sum;
    memcpy(b->data, "attune\x1a\n", 8);
    memcpy(b->data + 8, &version, 4);
    memcpy(b->data + 12, &b->n, 4);
    memcpy(b->data + 16, &table, 8);
    memcpy(b->data + 24, &size, 8);
    at_checksum_init(&sum);
    at_checksum_add(&sum, b->data + 64, b->size - 64);
    at_checksum_finish(&sum, b->data + 32);
}

static inline void memory_bundle_release(struct memory_bundle *b)
{
    free(b->data);
}

#endif
