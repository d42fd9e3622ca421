#ifndef AT_BASE_STREAM_H
#define AT_BASE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"

/*
 * Bytes of a file from front to back, unpacked on the way when the content (not the name) is gzip
 * or zstd. "-" is standard input. zlib and zstd are included nowhere else (base/stream/).
 */
struct at_stream;

/** Errors: IO; UNSUPPORTED when the file is packed and this build lacks the library. */
attune_status at_stream_open(struct at_stream **out, const char *path, attune_error *err);
/** Reads over bytes in memory, for tests and fuzzing. `data` is borrowed. */
attune_status at_stream_open_memory(struct at_stream **out, const void *data, size_t size_bytes,
                                    attune_error *err);
/**
 * Up to `cap` bytes; *out_len is 0 at the end. Errors: IO, CORRUPT (damaged or cut-off packing),
 * UNSUPPORTED (packed with a zstd window above 128 MiB).
 */
attune_status at_stream_read(struct at_stream *stream, void *data, size_t cap, size_t *out_len,
                             attune_error *err);
/**
 * The next line without its end ("\n" or "\r\n"), valid until the next call; false in *out_more at
 * the end. A last line without an end counts.
 * Errors   LIMIT  a line longer than max_bytes, and nothing else; the rest of it is skipped and the
 *                 next call goes on. Those of at_stream_read end the stream.
 */
attune_status at_stream_line(struct at_stream *stream, struct at_str *out, bool *out_more,
                             size_t max_bytes, attune_error *err);
/** Offset of the first byte of the last line within the unpacked bytes. */
uint64_t at_stream_line_offset(const struct at_stream *stream);
/** Packed bytes read so far, and the file's size (0: not a regular file). */
void at_stream_position(const struct at_stream *stream, uint64_t *done, uint64_t *total);
void at_stream_close(struct at_stream *stream); /* takes NULL */

#endif
