#ifndef AT_BASE_BUF_H
#define AT_BASE_BUF_H

#include <stddef.h>

#include "base/status.h"

/*
 * A growing byte buffer with a hard limit. Invariant: data is NULL or holds len bytes and a NUL.
 * `struct at_buf b = {0};` is empty and unlimited; set limit_bytes to bound it.
 */
struct at_buf {
    char *data;
    size_t len, cap, limit_bytes;
};

/** Appends; on failure (NO_MEMORY, or LIMIT past limit_bytes) the content is unchanged. */
attune_status at_buf_add(struct at_buf *buf, const void *data, size_t len_bytes, attune_error *err);
attune_status at_buf_addz(struct at_buf *buf, const char *text, attune_error *err);
attune_status at_buf_addf(struct at_buf *buf, attune_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/** Makes room for extra_bytes more; the caller then writes at data + len and raises len. */
attune_status at_buf_reserve(struct at_buf *buf, size_t extra_bytes, attune_error *err);
void at_buf_clear(struct at_buf *buf); /* len = 0, keeps the memory */
void at_buf_release(struct at_buf *buf);
/** Gives the content away (at_free it); the buffer is empty afterwards. NULL if it was empty. */
char *at_buf_take(struct at_buf *buf);

#endif
