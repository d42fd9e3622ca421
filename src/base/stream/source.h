#ifndef AT_BASE_STREAM_SOURCE_H
#define AT_BASE_STREAM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * The packed bytes of a stream: a file descriptor read in pieces, or memory. data[at..end) are the
 * bytes that were read and not used yet.
 */
struct at_source {
    const unsigned char *data;
    size_t at, end;
    unsigned char *owned; /* the buffer of a file; NULL for memory */
    uint64_t n_read, total;
    int fd; /* -1: memory */
    bool at_end;
    char *name; /* for messages */
};

enum { AT_SOURCE_BYTES = 128 * 1024 };

attune_status at_source_open(struct at_source *source, const char *path, attune_error *err);
attune_status at_source_open_memory(struct at_source *source, const void *data, size_t size_bytes,
                                    attune_error *err);
/** Reads until at least `want` bytes are there (want <= AT_SOURCE_BYTES) or the input ends. */
attune_status at_source_fill(struct at_source *source, size_t want, attune_error *err);
/** Up to cap bytes straight to the caller, buffered ones first; 0 at the end. */
attune_status at_source_read(struct at_source *source, void *data, size_t cap, size_t *out_len,
                             attune_error *err);
void at_source_close(struct at_source *source);

#endif
