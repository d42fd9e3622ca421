/* A stream is a source of packed bytes, perhaps a decoder, and a window in which lines are found by
 * memchr. A line that lies whole in the window is handed out where it is; one that crosses the
 * window's end is moved to the front once, and the window doubles only for lines longer than it. */
#include "base/stream.h"

#include <string.h>

#include "base/alloc.h"
#include "base/stream/unpack.h"
#include "base/stream_window.h"

enum { WINDOW_BYTES = 128 * 1024, WINDOW_KEEP = 8 * WINDOW_BYTES, STREAM_HEAD = 4 };

struct at_stream {
    struct at_source source;
    const struct at_unpack *unpack; /* NULL: plain */
    void *state;
    struct at_window lines;
    uint64_t line_offset;
};

static attune_status stream_detect(struct at_stream *stream, attune_error *err)
{
    static const struct at_unpack *const kinds[] = {&at_unpack_gzip, &at_unpack_zstd};
    struct at_source *source = &stream->source;
    AT_TRY(at_source_fill(source, STREAM_HEAD, err));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!kinds[i]->matches(source->data + source->at, source->end - source->at))
            continue;
        if (!kinds[i]->open)
            return at_fail(err, ATTUNE_UNSUPPORTED,
                           "'%s' is packed with %s, which this build cannot read; unpack it first",
                           source->name, kinds[i]->name);
        AT_TRY(kinds[i]->open(&stream->state, err));
        stream->unpack = kinds[i];
        return ATTUNE_OK;
    }
    return ATTUNE_OK;
}

static attune_status stream_finish_open(struct at_stream **out, struct at_stream *stream,
                                        attune_status status, attune_error *err)
{
    if (status == ATTUNE_OK)
        status = stream_detect(stream, err);
    if (status == ATTUNE_OK)
        *out = stream;
    else
        at_stream_close(stream);
    return status;
}

attune_status at_stream_open(struct at_stream **out, const char *path, attune_error *err)
{
    *out = NULL;
    struct at_stream *stream = AT_ALLOC(struct at_stream, 1);
    if (!stream)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening '%s'", path);
    return stream_finish_open(out, stream, at_source_open(&stream->source, path, err), err);
}

attune_status at_stream_open_memory(struct at_stream **out, const void *data, size_t size,
                                    attune_error *err)
{
    *out = NULL;
    struct at_stream *stream = AT_ALLOC(struct at_stream, 1);
    if (!stream)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening a stream");
    return stream_finish_open(out, stream, at_source_open_memory(&stream->source, data, size, err),
                              err);
}

void at_stream_close(struct at_stream *stream)
{
    if (!stream)
        return;
    if (stream->unpack)
        stream->unpack->close(stream->state);
    at_source_close(&stream->source);
    at_window_release(&stream->lines);
    at_free(stream);
}

static attune_status stream_unpack(struct at_stream *stream, void *data, size_t cap,
                                   size_t *out_len, attune_error *err)
{
    *out_len = 0;
    if (cap == 0)
        return ATTUNE_OK;
    if (!stream->unpack)
        return at_source_read(&stream->source, data, cap, out_len, err);
    return stream->unpack->read(stream->state, &stream->source, data, cap, out_len, err);
}

attune_status at_stream_read(struct at_stream *stream, void *data, size_t cap, size_t *out_len,
                             attune_error *err)
{
    struct at_window *lines = &stream->lines;
    const size_t have = lines->end - lines->start;
    if (have == 0)
        return stream_unpack(stream, data, cap, out_len, err);
    const size_t n = have < cap ? have : cap; /* what at_stream_line read ahead comes first */
    if (n)
        memcpy(data, lines->data + lines->start, n);
    at_window_use(lines, n);
    *out_len = n;
    return ATTUNE_OK;
}

/* The first size of a window: no more than a small file needs. */
static size_t window_first_bytes(const struct at_stream *stream)
{
    const uint64_t total = stream->source.total;
    return total && total < WINDOW_BYTES ? (size_t)total + 1 : WINDOW_BYTES;
}

/* Moves what is unused to the front of a window of `cap` bytes. */
static attune_status window_resize(struct at_window *window, size_t cap, attune_error *err)
{
    const size_t have = window->end - window->start;
    char *data = AT_ALLOC_RAW(char, cap);
    if (!data)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: a record of more than %zu bytes",
                       window->cap);
    if (have)
        memcpy(data, window->data + window->start, have);
    at_free(window->data);
    window->data = data;
    window->cap = cap;
    window->start = 0;
    window->end = have;
    return ATTUNE_OK;
}

static attune_status window_make_room(struct at_window *window, const struct at_stream *stream,
                                      attune_error *err)
{
    const size_t have = window->end - window->start;
    if (window->cap > WINDOW_KEEP && have < WINDOW_BYTES / 2) /* a huge record is used up */
        return window_resize(window, WINDOW_BYTES, err);
    if (have == window->cap)
        return window_resize(window, have ? 2 * have : window_first_bytes(stream), err);
    if (window->start) {
        memmove(window->data, window->data + window->start, have);
        window->start = 0;
        window->end = have;
    }
    return ATTUNE_OK;
}

attune_status at_window_more(struct at_window *window, struct at_stream *stream, attune_error *err)
{
    size_t n = 0;
    if (window->at_end)
        return ATTUNE_OK;
    AT_TRY(window_make_room(window, stream, err));
    AT_TRY(stream_unpack(stream, window->data + window->end, window->cap - window->end, &n, err));
    window->end += n;
    window->at_end = n == 0;
    return ATTUNE_OK;
}

void at_window_use(struct at_window *window, size_t n)
{
    window->start += n;
    window->offset += n;
}

void at_window_release(struct at_window *window)
{
    at_free(window->data);
    *window = (struct at_window){0};
}

static attune_status line_skip(struct at_stream *stream, attune_error *err)
{
    struct at_window *w = &stream->lines;
    for (;;) {
        const size_t have = w->end - w->start;
        const char *end = have ? memchr(w->data + w->start, '\n', have) : NULL;
        at_window_use(w, end ? (size_t)(end - (w->data + w->start)) + 1 : have);
        if (end || w->at_end)
            return ATTUNE_OK;
        AT_TRY(at_window_more(w, stream, err));
    }
}

static attune_status line_too_long(struct at_stream *stream, size_t max_bytes, attune_error *err)
{
    AT_TRY(line_skip(stream, err));
    return at_fail(err, ATTUNE_LIMIT, "a line longer than %zu bytes", max_bytes);
}

/* Finds the end of the line that starts at the window's start: its length, and *out_end_bytes 1
 * when a "\n" follows. A line is looked at once, however often the window is filled. */
static attune_status line_find(struct at_stream *stream, size_t max_bytes, size_t *out_len,
                               size_t *out_end_bytes, attune_error *err)
{
    struct at_window *w = &stream->lines;
    size_t seen = 0;
    for (;;) {
        const size_t have = w->end - w->start;
        const char *from = have > seen ? w->data + w->start + seen : NULL;
        const char *end = from ? memchr(from, '\n', have - seen) : NULL;
        seen = end ? seen + (size_t)(end - from) : have;
        if (end || w->at_end || seen > max_bytes + 1) {
            *out_len = seen;
            *out_end_bytes = end != NULL;
            return ATTUNE_OK;
        }
        AT_TRY(at_window_more(w, stream, err));
    }
}

attune_status at_stream_line(struct at_stream *stream, struct at_str *out, bool *out_more,
                             size_t max_bytes, attune_error *err)
{
    struct at_window *w = &stream->lines;
    size_t len, end_bytes;
    *out = (struct at_str){"", 0};
    *out_more = false;
    if (max_bytes > SIZE_MAX / 4)
        max_bytes = SIZE_MAX / 4;
    stream->line_offset = w->offset;
    AT_TRY(line_find(stream, max_bytes, &len, &end_bytes, err));
    if (len == 0 && !end_bytes && w->at_end)
        return ATTUNE_OK;
    const char *line = w->data + w->start;
    const bool has_cr = end_bytes && len && line[len - 1] == '\r';
    *out_more = true;
    if (len - has_cr > max_bytes)
        return line_too_long(stream, max_bytes, err);
    *out = (struct at_str){line, len - has_cr};
    at_window_use(w, len + end_bytes);
    return ATTUNE_OK;
}

uint64_t at_stream_line_offset(const struct at_stream *stream)
{
    return stream->line_offset;
}

void at_stream_position(const struct at_stream *stream, uint64_t *done, uint64_t *total)
{
    const struct at_source *source = &stream->source;
    *done = source->n_read - (source->end - source->at);
    *total = source->total;
}
