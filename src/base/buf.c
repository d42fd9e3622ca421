#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

attune_status at_buf_reserve(struct at_buf *buf, size_t extra, attune_error *err)
{
    const size_t limit = buf->limit_bytes ? buf->limit_bytes : (size_t)PTRDIFF_MAX - 1;
    if (buf->len > limit || extra > limit - buf->len)
        return at_fail(err, ATTUNE_LIMIT, "more than %zu bytes", limit);
    const size_t need = buf->len + extra + 1;
    if (need <= buf->cap)
        return ATTUNE_OK;
    size_t cap = buf->cap < 64 ? 64 : buf->cap + buf->cap / 2;
    if (cap < need)
        cap = need;
    if (cap > limit + 1)
        cap = limit + 1;
    char *data = at_realloc(buf->data, cap, 1);
    if (!data)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: buffer of %zu bytes", cap);
    buf->data = data;
    buf->data[buf->len] = '\0';
    buf->cap = cap;
    return ATTUNE_OK;
}

attune_status at_buf_add(struct at_buf *buf, const void *data, size_t len, attune_error *err)
{
    AT_TRY(at_buf_reserve(buf, len, err));
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return ATTUNE_OK;
}

attune_status at_buf_addz(struct at_buf *buf, const char *text, attune_error *err)
{
    return at_buf_add(buf, text, strlen(text), err);
}

attune_status at_buf_addf(struct at_buf *buf, attune_error *err, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    attune_status status = n < 0 ? at_fail(err, ATTUNE_INTERNAL, "cannot format a message")
                                 : at_buf_reserve(buf, (size_t)n, err);
    if (status == ATTUNE_OK) {
        vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again);
        buf->len += (size_t)n;
    }
    va_end(again);
    return status;
}

void at_buf_clear(struct at_buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void at_buf_release(struct at_buf *buf)
{
    at_free(buf->data);
    buf->data = NULL;
    buf->len = buf->cap = 0;
}

char *at_buf_take(struct at_buf *buf)
{
    char *data = buf->data;
    buf->data = NULL;
    buf->len = buf->cap = 0;
    return data;
}
