/* Any bytes as a stream: plain, gzip or zstd by their content, read in two ways that must agree. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/stream.h"

enum { FUZZ_MAX = 1 << 16 }; /* a packed bomb is read that far */

static attune_status fuzz_by_pieces(const uint8_t *data, size_t size, struct at_buf *out)
{
    struct at_stream *stream;
    char piece[4000];
    size_t n = 1;
    attune_status status = at_stream_open_memory(&stream, data, size, NULL);
    for (size_t step = 1; status == ATTUNE_OK && n && out->len < FUZZ_MAX;
         step = step * 3 % 3999 + 1) {
        status = at_stream_read(stream, piece, step, &n, NULL);
        if (status == ATTUNE_OK)
            at_buf_add(out, piece, n, NULL);
    }
    at_stream_close(stream);
    return status;
}

/* Lines, put together again: what stands between their offsets is "\n" or "\r\n". */
static attune_status fuzz_by_lines(const uint8_t *data, size_t size, const struct at_buf *all)
{
    struct at_stream *stream;
    bool more = true;
    uint64_t expected = 0;
    attune_status status = at_stream_open_memory(&stream, data, size, NULL);
    while (status == ATTUNE_OK && more && expected < all->len) {
        struct at_str line;
        status = at_stream_line(stream, &line, &more, 300, NULL);
        const uint64_t offset = at_stream_line_offset(stream);
        if (status == ATTUNE_LIMIT) {
            status = ATTUNE_OK;
            expected = UINT64_MAX;
        }
        if (status != ATTUNE_OK || !more || expected == UINT64_MAX)
            break;
        if (offset != expected || offset + line.len > all->len ||
            (line.len && memcmp(all->data + offset, line.ptr, line.len) != 0))
            abort();
        expected = offset + line.len;
        expected += expected < all->len && all->data[expected] == '\r';
        if (expected < all->len && all->data[expected] != '\n')
            abort();
        expected++;
    }
    at_stream_close(stream);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct at_buf all = {0};
    const attune_status status = fuzz_by_pieces(data, size, &all);
    if (status == ATTUNE_OK && all.len < FUZZ_MAX && fuzz_by_lines(data, size, &all) != ATTUNE_OK)
        abort();
    at_buf_release(&all);
    return 0;
}
