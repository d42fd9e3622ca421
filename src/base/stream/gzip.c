/* gzip through zlib. A file may hold several members one after another (`cat a.gz b.gz`); each ends
 * with its own checksum, and after it the decoder starts anew as long as there are bytes. */
#include "base/stream/unpack.h"

static bool gzip_matches(const unsigned char *head, size_t len)
{
    return len >= 3 && head[0] == 0x1F && head[1] == 0x8B && head[2] == 8;
}

#ifdef ATTUNE_HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>

#include "base/alloc.h"

enum { GZIP_WINDOW = 15 + 16 }; /* the largest window; +16: gzip, not zlib, framing */

struct gzip_state {
    z_stream z;
    bool in_member;
};

static void *gzip_alloc(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return at_alloc_raw(count, size);
}

static void gzip_free(void *opaque, void *p)
{
    (void)opaque;
    at_free(p);
}

static attune_status gzip_open(void **out_state, attune_error *err)
{
    struct gzip_state *state = AT_ALLOC(struct gzip_state, 1);
    if (state) {
        state->z.zalloc = gzip_alloc;
        state->z.zfree = gzip_free;
        state->in_member = true; /* the magic number was seen */
        if (inflateInit2(&state->z, GZIP_WINDOW) == Z_OK) {
            *out_state = state;
            return ATTUNE_OK;
        }
    }
    at_free(state);
    return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening a gzip stream");
}

static attune_status gzip_step(struct gzip_state *state, struct at_source *source,
                               attune_error *err)
{
    z_stream *z = &state->z;
    const size_t have = source->end - source->at;
    z->next_in = source->data + source->at;
    z->avail_in = have > UINT32_MAX / 2 ? UINT32_MAX / 2 : (unsigned)have;
    const unsigned before = z->avail_in;
    const int rc = inflate(z, Z_NO_FLUSH);
    source->at += before - z->avail_in;
    if (rc == Z_STREAM_END) {
        state->in_member = false;
        return ATTUNE_OK;
    }
    if (rc == Z_OK || rc == Z_BUF_ERROR)
        return ATTUNE_OK;
    if (rc == Z_MEM_ERROR)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while unpacking '%s'", source->name);
    return at_fail(err, ATTUNE_CORRUPT, "'%s' is damaged: gzip: %s near byte %llu", source->name,
                   z->msg ? z->msg : "invalid data",
                   (unsigned long long)(source->n_read - (source->end - source->at)));
}

static attune_status gzip_read(void *opaque, struct at_source *source, void *data, size_t cap,
                               size_t *out_len, attune_error *err)
{
    struct gzip_state *state = opaque;
    const unsigned room = cap > UINT32_MAX / 2 ? UINT32_MAX / 2 : (unsigned)cap;
    state->z.next_out = data;
    state->z.avail_out = room;
    while (state->z.avail_out == room) {
        AT_TRY(at_source_fill(source, 1, err));
        if (source->at == source->end && !state->in_member)
            break;
        if (!state->in_member) {
            inflateReset(&state->z);
            state->z.next_out = data;
            state->z.avail_out = room;
            state->in_member = true;
        }
        const bool at_end = source->at == source->end;
        AT_TRY(gzip_step(state, source, err));
        if (at_end && state->in_member && state->z.avail_out == room)
            return at_fail(err, ATTUNE_CORRUPT, "'%s' is cut off: its gzip data has no end",
                           source->name);
    }
    *out_len = room - state->z.avail_out;
    return ATTUNE_OK;
}

static void gzip_close(void *opaque)
{
    struct gzip_state *state = opaque;
    inflateEnd(&state->z);
    at_free(state);
}

const struct at_unpack at_unpack_gzip = {"gzip", gzip_matches, gzip_open, gzip_read, gzip_close};
#else
const struct at_unpack at_unpack_gzip = {"gzip", gzip_matches, NULL, NULL, NULL};
#endif
