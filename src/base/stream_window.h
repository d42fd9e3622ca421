#ifndef AT_BASE_STREAM_WINDOW_H
#define AT_BASE_STREAM_WINDOW_H

#include "base/stream.h"

/*
 * A sliding window over the unpacked bytes of a stream, for parsers that look for the end of a
 * record and then use the record where it lies. data[start..end) are the bytes that were read and
 * not used yet; `offset` is the place of data[start] in the stream. `struct at_window w = {0};` is
 * empty. The bytes may be changed in place (undoing escapes) until they are used.
 */
struct at_window {
    char *data;
    size_t start, end, cap;
    uint64_t offset;
    bool at_end; /* nothing comes after data[end - 1] */
};

/**
 * Reads more behind `end`. The unused bytes may move (to the front, or to a larger buffer), so keep
 * positions relative to `start`. The window grows only while nothing of it is used: bound a record
 * by checking end - start before the call.
 */
attune_status at_window_more(struct at_window *window, struct at_stream *stream, attune_error *err);
/** n bytes are used. */
void at_window_use(struct at_window *window, size_t n);
void at_window_release(struct at_window *window);

#endif
