/* Sections are streamed to a temporary file while the checksum runs along; the header, which knows
 * table and checksum, is written last, so a file without a valid header was never finished. */
#include "base/bundle.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static const char bundle_magic[8] = {'a', 't', 't', 'u', 'n', 'e', 0x1a, '\n'};
enum { BUNDLE_MAX_SECTIONS = 1024 };

struct bundle_header {
    char magic[8];
    uint32_t version, n_sections;
    uint64_t table_offset, file_size;
    uint8_t checksum[AT_CHECKSUM_BYTES];
};
struct bundle_section {
    char name[AT_BUNDLE_NAME];
    uint64_t offset, size;
};
_Static_assert(sizeof(struct bundle_header) == 64, "layout of the file");
_Static_assert(sizeof(struct bundle_section) == 64, "layout of the file");

struct attune_writer {
    struct at_fs_out out;
    struct at_checksum checksum;
    uint64_t offset;
    uint32_t n_sections;
    bool failed; /* a write did not come through: what is on disk is not what was summed */
    char prefix[AT_BUNDLE_NAME];
    struct bundle_section sections[BUNDLE_MAX_SECTIONS];
};

static attune_status bundle_write(attune_writer *w, const void *data, size_t size,
                                  attune_error *err)
{
    const attune_status status = at_fs_out_write(&w->out, data, size, err);
    if (status != ATTUNE_OK) {
        w->failed = true;
        return status;
    }
    at_checksum_add(&w->checksum, data, size);
    w->offset += size;
    return ATTUNE_OK;
}

attune_status at_bundle_create(attune_writer **out, const char *path, attune_error *err)
{
    *out = NULL;
    attune_writer *w = AT_ALLOC(attune_writer, 1);
    if (!w)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: model file writer");
    attune_status status = at_fs_out_open(&w->out, path, err);
    const char zeros[64] = {0};
    if (status == ATTUNE_OK)
        status = at_fs_out_write(&w->out, zeros, sizeof zeros, err);
    if (status != ATTUNE_OK) {
        at_bundle_abort(w);
        return status;
    }
    w->offset = 64;
    at_checksum_init(&w->checksum);
    *out = w;
    return ATTUNE_OK;
}

void at_bundle_set_prefix(attune_writer *w, const char *prefix)
{
    snprintf(w->prefix, sizeof w->prefix, "%s", prefix);
}

attune_status attune_writer_put(attune_writer *w, const char *name, const void *data, size_t size,
                                attune_error *err)
{
    if (w->n_sections == BUNDLE_MAX_SECTIONS)
        return at_fail(err, ATTUNE_LIMIT, "a model file holds at most %d sections",
                       BUNDLE_MAX_SECTIONS);
    struct bundle_section *s = &w->sections[w->n_sections];
    *s = (struct bundle_section){0};
    const int n = snprintf(s->name, sizeof s->name, "%s%s", w->prefix, name);
    if (n <= 0 || (size_t)n >= sizeof s->name)
        return at_fail(err, ATTUNE_INVALID, "section name '%s%s' is empty or too long", w->prefix,
                       name);
    for (uint32_t i = 0; i < w->n_sections; i++)
        if (strcmp(w->sections[i].name, s->name) == 0)
            return at_fail(err, ATTUNE_INVALID, "section '%s' is written twice", s->name);
    const char zeros[AT_BUNDLE_ALIGN] = {0};
    s->offset = w->offset;
    s->size = size;
    AT_TRY(bundle_write(w, data, size, err));
    AT_TRY(bundle_write(w, zeros, (size_t)(-w->offset & (AT_BUNDLE_ALIGN - 1)), err));
    w->n_sections++;
    return ATTUNE_OK;
}

static attune_status bundle_end(attune_writer *w, attune_error *err)
{
    struct bundle_header h = {
        .version = AT_BUNDLE_VERSION, .n_sections = w->n_sections, .table_offset = w->offset};
    memcpy(h.magic, bundle_magic, sizeof h.magic);
    AT_TRY(bundle_write(w, w->sections, w->n_sections * sizeof *w->sections, err));
    h.file_size = w->offset;
    at_checksum_finish(&w->checksum, h.checksum);
    return at_fs_out_pwrite(&w->out, &h, sizeof h, 0, err);
}

attune_status at_bundle_finish(attune_writer *w, struct at_fs_out *out, attune_error *err)
{
    const attune_status status =
        w->failed ? at_fail(err, ATTUNE_IO, "'%s' was not written whole", w->out.path)
                  : bundle_end(w, err);
    out->fd = -1;
    if (status == ATTUNE_OK) {
        *out = w->out;
        w->out.fd = -1;
    }
    at_bundle_abort(w);
    return status;
}

attune_status at_bundle_commit(attune_writer *w, attune_error *err)
{
    struct at_fs_out out;
    AT_TRY(at_bundle_finish(w, &out, err));
    return at_fs_out_commit(&out, err);
}

void at_bundle_abort(attune_writer *w)
{
    if (!w)
        return;
    at_fs_out_abort(&w->out);
    at_free(w);
}

static const struct bundle_section *bundle_table(const attune_reader *r)
{
    const struct bundle_header *h = (const void *)r->map.data;
    return (const void *)(r->map.data + h->table_offset);
}

static attune_status bundle_check_header(const attune_reader *r, attune_error *err)
{
    const struct bundle_header *h = (const void *)r->map.data;
    if ((uintptr_t)r->map.data % AT_BUNDLE_ALIGN)
        return at_fail(err, ATTUNE_INVALID, "'%s' is not aligned in memory", r->path);
    if (r->map.size < sizeof *h || memcmp(h->magic, bundle_magic, sizeof h->magic) != 0)
        return at_fail(err, ATTUNE_CORRUPT, "'%s' is not an attune model file", r->path);
    if (h->version > AT_BUNDLE_VERSION)
        return at_fail(err, ATTUNE_TOO_NEW,
                       "'%s' has model file format %u, this attune reads up to %d; update attune",
                       r->path, (unsigned)h->version, AT_BUNDLE_VERSION);
    if (h->file_size != r->map.size)
        return at_fail(err, ATTUNE_CORRUPT, "'%s' is %s: %zu bytes, its header says %llu", r->path,
                       h->file_size > r->map.size ? "truncated" : "damaged", r->map.size,
                       (unsigned long long)h->file_size);
    const uint64_t table_size = (uint64_t)h->n_sections * sizeof(struct bundle_section);
    if (h->version != AT_BUNDLE_VERSION || h->n_sections > BUNDLE_MAX_SECTIONS ||
        h->table_offset < sizeof *h || h->table_offset % AT_BUNDLE_ALIGN ||
        h->table_offset > r->map.size || r->map.size - h->table_offset != table_size)
        return at_fail(err, ATTUNE_CORRUPT, "'%s' is damaged: its section table does not fit",
                       r->path);
    return ATTUNE_OK;
}

static bool bundle_zeros(const void *data, size_t size)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < size; i++)
        if (p[i])
            return false;
    return true;
}

static bool bundle_named(const struct bundle_section *s)
{
    const char *end = memchr(s->name, '\0', sizeof s->name);
    return end && end != s->name && bundle_zeros(end, (size_t)(s->name + sizeof s->name - end));
}

/* Sections must follow each other without holes, so that no byte is outside of all of them. */
static attune_status bundle_check_sections(const attune_reader *r, attune_error *err)
{
    const struct bundle_header *h = (const void *)r->map.data;
    const struct bundle_section *s = bundle_table(r);
    uint64_t expect = sizeof *h;
    for (uint32_t i = 0; i < h->n_sections; i++) {
        if (!bundle_named(&s[i]) || s[i].offset != expect || s[i].size > h->table_offset - expect)
            return at_fail(err, ATTUNE_CORRUPT, "'%s' is damaged: section %u does not fit", r->path,
                           (unsigned)i);
        for (uint32_t k = 0; k < i; k++)
            if (strncmp(s[k].name, s[i].name, sizeof s[i].name) == 0)
                return at_fail(err, ATTUNE_CORRUPT, "'%s' is damaged: two sections '%s'", r->path,
                               s[i].name);
        const uint64_t end = expect + s[i].size;
        expect = (end + AT_BUNDLE_ALIGN - 1) / AT_BUNDLE_ALIGN * AT_BUNDLE_ALIGN;
        if (expect > h->table_offset || !bundle_zeros(r->map.data + end, (size_t)(expect - end)))
            return at_fail(err, ATTUNE_CORRUPT, "'%s' is damaged: section '%s' has no clean end",
                           r->path, s[i].name);
    }
    return expect == h->table_offset
               ? ATTUNE_OK
               : at_fail(err, ATTUNE_CORRUPT, "'%s' is damaged: unused bytes", r->path);
}

static attune_status bundle_check_sum(const attune_reader *r, attune_error *err)
{
    const struct bundle_header *h = (const void *)r->map.data;
    struct at_checksum sum;
    uint8_t digest[AT_CHECKSUM_BYTES];
    at_checksum_init(&sum);
    at_checksum_add(&sum, r->map.data + sizeof *h, r->map.size - sizeof *h);
    at_checksum_finish(&sum, digest);
    if (memcmp(digest, h->checksum, sizeof digest) != 0)
        return at_fail(err, ATTUNE_CORRUPT, "'%s' is damaged: its checksum does not match",
                       r->path);
    return ATTUNE_OK;
}

attune_status at_bundle_open_memory(attune_reader *r, const void *data, size_t size,
                                    const char *name, attune_error *err)
{
    *r = (attune_reader){.map = {data, size}, .path = name};
    attune_status status = bundle_check_header(r, err);
    if (status == ATTUNE_OK)
        status = bundle_check_sections(r, err);
    if (status == ATTUNE_OK)
        status = bundle_check_sum(r, err);
    if (status != ATTUNE_OK)
        *r = (attune_reader){0};
    return status;
}

attune_status at_bundle_open(attune_reader *r, const char *path, attune_error *err)
{
    struct at_fs_map map;
    AT_TRY(at_fs_map_open(&map, path, err));
    const attune_status status = at_bundle_open_memory(r, map.data, map.size, path, err);
    if (status != ATTUNE_OK)
        at_fs_map_close(&map);
    return status;
}

void at_bundle_close(attune_reader *r)
{
    at_fs_map_close(&r->map);
}

static const struct bundle_section *bundle_find(const attune_reader *r, const char *name)
{
    const struct bundle_header *h = (const void *)r->map.data;
    const struct bundle_section *s = bundle_table(r);
    char full[2 * AT_BUNDLE_NAME];
    snprintf(full, sizeof full, "%s%s", r->prefix, name);
    for (uint32_t i = 0; i < h->n_sections; i++)
        if (strcmp(s[i].name, full) == 0)
            return &s[i];
    return NULL;
}

bool at_bundle_has(const attune_reader *r, const char *name)
{
    return bundle_find(r, name) != NULL;
}

attune_reader at_bundle_sub(const attune_reader *r, const char *prefix)
{
    attune_reader sub = *r;
    snprintf(sub.prefix, sizeof sub.prefix, "%s", prefix);
    return sub;
}

attune_status attune_reader_get(const attune_reader *r, const char *name, size_t item_bytes,
                                const void **out_data, size_t *out_items, attune_error *err)
{
    const struct bundle_section *s = bundle_find(r, name);
    if (!s)
        return at_fail(err, ATTUNE_CORRUPT, "'%s' has no section '%s%s'", r->path, r->prefix, name);
    if (item_bytes == 0 || s->size % item_bytes)
        return at_fail(err, ATTUNE_CORRUPT,
                       "'%s': section '%s' has %llu bytes, not a multiple of %zu", r->path, s->name,
                       (unsigned long long)s->size, item_bytes);
    *out_data = r->map.data + s->offset;
    *out_items = (size_t)(s->size / item_bytes);
    return ATTUNE_OK;
}
