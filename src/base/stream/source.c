#include "base/stream/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

attune_status at_source_open(struct at_source *source, const char *path, attune_error *err)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    *source = (struct at_source){.fd = -1};
    source->name = at_strdup(is_stdin ? "standard input" : path);
    source->owned = AT_ALLOC_RAW(unsigned char, AT_SOURCE_BYTES);
    source->data = source->owned;
    if (!source->name || !source->owned) {
        at_source_close(source);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening '%s'", path);
    }
    source->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0) {
        const int os_error = errno;
        at_source_close(source);
        return at_fail_os(err, os_error, "cannot open '%s'", path);
    }
    struct stat st;
    if (fstat(source->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        source->total = (uint64_t)st.st_size;
    return ATTUNE_OK;
}

attune_status at_source_open_memory(struct at_source *source, const void *data, size_t size,
                                    attune_error *err)
{
    *source = (struct at_source){
        .fd = -1, .data = data, .end = size, .n_read = size, .total = size, .at_end = true};
    source->name = at_strdup("memory");
    return source->name ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory");
}

static attune_status source_read_fd(struct at_source *source, void *data, size_t cap,
                                    size_t *out_len, attune_error *err)
{
    ssize_t n;
    do {
        n = read(source->fd, data, cap);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return at_fail_os(err, errno, "cannot read '%s'", source->name);
    source->n_read += (uint64_t)n;
    source->at_end = n == 0;
    *out_len = (size_t)n;
    return ATTUNE_OK;
}

attune_status at_source_fill(struct at_source *source, size_t want, attune_error *err)
{
    while (source->end - source->at < want && !source->at_end) {
        if (source->at) {
            memmove(source->owned, source->owned + source->at, source->end - source->at);
            source->end -= source->at;
            source->at = 0;
        }
        size_t n;
        AT_TRY(source_read_fd(source, source->owned + source->end, AT_SOURCE_BYTES - source->end,
                              &n, err));
        source->end += n;
    }
    return ATTUNE_OK;
}

attune_status at_source_read(struct at_source *source, void *data, size_t cap, size_t *out_len,
                             attune_error *err)
{
    const size_t have = source->end - source->at;
    if (have == 0 && !source->at_end)
        return source_read_fd(source, data, cap, out_len, err);
    const size_t n = have < cap ? have : cap;
    if (n)
        memcpy(data, source->data + source->at, n);
    source->at += n;
    *out_len = n;
    return ATTUNE_OK;
}

void at_source_close(struct at_source *source)
{
    if (source->fd > STDIN_FILENO)
        close(source->fd);
    at_free(source->owned);
    at_free(source->name);
    *source = (struct at_source){.fd = -1};
}
