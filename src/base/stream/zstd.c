/* zstd through libzstd. Frames may follow one another; a skippable frame may come first (pzstd
 * writes them). The library bounds its window to 128 MiB; a file packed with --long=28 and more is
 * refused. */
#include "base/stream/unpack.h"

static bool zstd_matches(const unsigned char *head, size_t len)
{
    if (len < 4)
        return false;
    const bool frame = head[0] == 0x28 && head[1] == 0xB5 && head[2] == 0x2F && head[3] == 0xFD;
    const bool skippable =
        (head[0] & 0xF0) == 0x50 && head[1] == 0x2A && head[2] == 0x4D && head[3] == 0x18;
    return frame || skippable;
}

#ifdef ATTUNE_HAVE_ZSTD
#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"

struct zstd_state {
    ZSTD_DCtx *context;
    size_t left; /* what the last call returned: 0 between frames */
};

static attune_status zstd_open(void **out_state, attune_error *err)
{
    struct zstd_state *state = AT_ALLOC(struct zstd_state, 1);
    if (state)
        state->context = ZSTD_createDCtx();
    if (!state || !state->context) {
        at_free(state);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening a zstd stream");
    }
    *out_state = state;
    return ATTUNE_OK;
}

static attune_status zstd_fail(size_t code, const struct at_source *source, attune_error *err)
{
    const ZSTD_ErrorCode error = ZSTD_getErrorCode(code);
    if (error == ZSTD_error_memory_allocation)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while unpacking '%s'", source->name);
    if (error == ZSTD_error_frameParameter_windowTooLarge)
        return at_fail(err, ATTUNE_UNSUPPORTED, /* LIMIT is a long line, after which one goes on */
                       "'%s' was packed with a window above 128 MiB; pack it without --long",
                       source->name);
    return at_fail(err, ATTUNE_CORRUPT, "'%s' is damaged: zstd: %s near byte %llu", source->name,
                   ZSTD_getErrorName(code),
                   (unsigned long long)(source->n_read - (source->end - source->at)));
}

static attune_status zstd_read(void *opaque, struct at_source *source, void *data, size_t cap,
                               size_t *out_len, attune_error *err)
{
    struct zstd_state *state = opaque;
    ZSTD_outBuffer out = {data, cap, 0};
    while (out.pos == 0) {
        AT_TRY(at_source_fill(source, 1, err));
        const bool at_end = source->at == source->end;
        if (at_end && state->left == 0)
            break;
        ZSTD_inBuffer in = {source->data, source->end, source->at};
        const size_t rc = ZSTD_decompressStream(state->context, &out, &in);
        source->at = in.pos;
        if (ZSTD_isError(rc))
            return zstd_fail(rc, source, err);
        state->left = rc;
        if (at_end && rc != 0 && out.pos == 0)
            return at_fail(err, ATTUNE_CORRUPT, "'%s' is cut off: its zstd data has no end",
                           source->name);
    }
    *out_len = out.pos;
    return ATTUNE_OK;
}

static void zstd_close(void *opaque)
{
    struct zstd_state *state = opaque;
    ZSTD_freeDCtx(state->context);
    at_free(state);
}

const struct at_unpack at_unpack_zstd = {"zstd", zstd_matches, zstd_open, zstd_read, zstd_close};
#else
const struct at_unpack at_unpack_zstd = {"zstd", zstd_matches, NULL, NULL, NULL};
#endif
