#include "support/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef ATTUNE_HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef ATTUNE_HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/alloc.h"
#include "base/buf.h"
#include "base/stream_window.h"

static attune_status slurp(struct at_stream *stream, size_t step, struct at_buf *out,
                           attune_error *err)
{
    char piece[70000];
    size_t n;
    do {
        const attune_status status = at_stream_read(stream, piece, step, &n, err);
        if (status != ATTUNE_OK)
            return status;
        at_buf_add(out, piece, n, NULL);
    } while (n);
    return ATTUNE_OK;
}

static attune_status unpack(const void *data, size_t size, struct at_buf *out, attune_error *err)
{
    struct at_stream *stream;
    attune_status status = at_stream_open_memory(&stream, data, size, err);
    if (status == ATTUNE_OK)
        status = slurp(stream, 4096, out, err);
    at_stream_close(stream);
    return status;
}

static void open_text(struct at_stream **stream, const char *text)
{
    attune_error err;
    assert_ok(at_stream_open_memory(stream, text, strlen(text), &err));
}

static void expect_line(struct at_stream *stream, const char *wanted, uint64_t offset)
{
    attune_error err;
    struct at_str line;
    bool more;
    assert_ok(at_stream_line(stream, &line, &more, 1000, &err));
    assert_true(more);
    assert_int_equal(line.len, strlen(wanted));
    assert_memory_equal(line.ptr, wanted, line.len);
    assert_int_equal(at_stream_line_offset(stream), offset);
}

static void expect_end(struct at_stream *stream)
{
    attune_error err;
    struct at_str line;
    bool more = true;
    assert_ok(at_stream_line(stream, &line, &more, 1000, &err));
    assert_false(more);
    assert_int_equal(line.len, 0);
}

static void test_stream__lines_without_their_ends(void **state)
{
    (void)state;
    struct at_stream *stream;
    open_text(&stream, "one\ntwo\r\n\n\r\nth\rree\nlast\r");
    expect_line(stream, "one", 0);
    expect_line(stream, "two", 4);
    expect_line(stream, "", 9);
    expect_line(stream, "", 10);
    expect_line(stream, "th\rree", 12);
    expect_line(stream, "last\r", 19); /* "\r" alone ends no line */
    expect_end(stream);
    expect_end(stream);
    at_stream_close(stream);
    open_text(&stream, "");
    expect_end(stream);
    at_stream_close(stream);
}

static void test_stream__a_line_too_long_is_skipped(void **state)
{
    (void)state;
    struct at_stream *stream;
    struct at_str line;
    bool more;
    attune_error err;
    open_text(&stream, "12345\n123456\n12345\r\n1234567");
    assert_ok(at_stream_line(stream, &line, &more, 5, &err));
    assert_fails(at_stream_line(stream, &line, &more, 5, &err), ATTUNE_LIMIT,
                 "a line longer than 5 bytes");
    assert_ok(at_stream_line(stream, &line, &more, 5, &err));
    assert_int_equal(line.len, 5);
    assert_fails(at_stream_line(stream, &line, &more, 5, &err), ATTUNE_LIMIT, "5 bytes");
    expect_end(stream);
    at_stream_close(stream);
}

/* Lines of growing length, some far longer than the window, so that every way of crossing its end
 * comes up. */
static void test_stream__lines_cross_the_window(void **state)
{
    (void)state;
    struct at_buf text = {0};
    attune_error err;
    size_t n_lines = 0;
    for (size_t len = 0; len < 4000000; len = len * 3 / 2 + 7, n_lines++) {
        assert_ok(at_buf_reserve(&text, len, &err));
        for (size_t i = 0; i < len; i++)
            text.data[text.len++] = "abcdefghij"[(i + len) % 10];
        assert_ok(at_buf_addz(&text, len % 2 ? "\r\n" : "\n", &err));
    }
    struct at_stream *stream;
    assert_ok(at_stream_open_memory(&stream, text.data, text.len, &err));
    size_t at = 0;
    for (size_t len = 0; len < 4000000; len = len * 3 / 2 + 7) {
        struct at_str line;
        bool more;
        assert_ok(at_stream_line(stream, &line, &more, 1 << 22, &err));
        assert_int_equal(line.len, len);
        assert_true(len == 0 || memcmp(line.ptr, text.data + at, len) == 0);
        assert_int_equal(at_stream_line_offset(stream), at);
        at += len + 1 + len % 2;
    }
    expect_end(stream);
    at_stream_close(stream);
    /* and skipped: every second line is too long or not, the next one is always found */
    assert_ok(at_stream_open_memory(&stream, text.data, text.len, &err));
    size_t seen = 0, refused = 0;
    for (bool more = true; more;) {
        struct at_str line;
        const attune_status status = at_stream_line(stream, &line, &more, 5000, &err);
        refused += status == ATTUNE_LIMIT;
        seen += status == ATTUNE_OK && more;
    }
    assert_int_equal(seen + refused, n_lines);
    assert_true(seen > 5 && refused > 5);
    at_stream_close(stream);
    at_buf_release(&text);
}

static void test_stream__a_window_gives_memory_back(void **state)
{
    (void)state;
    enum { HUGE_LEN = 3 << 20 };
    struct at_window window = {0};
    struct at_stream *stream;
    struct at_buf text = {0};
    attune_error err;
    assert_ok(at_buf_reserve(&text, HUGE_LEN, &err));
    for (; text.len < HUGE_LEN; text.len++)
        text.data[text.len] = (char)(text.len * 31 >> 3);
    assert_ok(at_stream_open_memory(&stream, text.data, text.len, &err));
    while (window.end - window.start < HUGE_LEN / 2)
        assert_ok(at_window_more(&window, stream, &err));
    assert_true(window.cap >= HUGE_LEN / 2);
    at_window_use(&window, window.end - window.start - 10);
    assert_ok(at_window_more(&window, stream, &err));
    assert_true(window.cap < HUGE_LEN / 8);
    assert_memory_equal(window.data + window.start, text.data + window.offset,
                        window.end - window.start);
    at_window_release(&window);
    at_stream_close(stream);
    at_buf_release(&text);
}

static void test_stream__read_goes_on_where_lines_stopped(void **state)
{
    (void)state;
    struct at_stream *stream;
    struct at_buf rest = {0};
    attune_error err;
    open_text(&stream, "one\ntwo\nthree");
    expect_line(stream, "one", 0);
    assert_ok(slurp(stream, 3, &rest, &err));
    assert_string_equal(rest.data, "two\nthree");
    at_buf_release(&rest);
    at_stream_close(stream);
}

static void make_file(char path[64], const void *data, size_t size)
{
    snprintf(path, 64, "/tmp/attune_stream_XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
}

static void test_stream__files_and_standard_input(void **state)
{
    (void)state;
    char path[64];
    attune_error err;
    struct at_stream *stream;
    uint64_t done, total;
    make_file(path, "a\nb\n", 4);
    assert_ok(at_stream_open(&stream, path, &err));
    expect_line(stream, "a", 0);
    expect_line(stream, "b", 2);
    expect_end(stream);
    at_stream_position(stream, &done, &total);
    assert_int_equal(done, 4);
    assert_int_equal(total, 4);
    at_stream_close(stream);

    const int fd = open(path, O_RDONLY), saved = dup(STDIN_FILENO);
    assert_true(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    assert_ok(at_stream_open(&stream, "-", &err));
    expect_line(stream, "a", 0);
    at_stream_close(stream);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) != -1); /* not ours to close */
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(fd);
    unlink(path);
    assert_fails(at_stream_open(&stream, path, &err), ATTUNE_IO, "No such file");
    assert_null(stream);
    assert_fails(at_stream_open(&stream, "/", &err), ATTUNE_IO, "cannot read '/'");
}

/* ---- packed input ---- */

typedef size_t (*pack_fn)(void *out, size_t cap, const void *data, size_t size);

#ifdef ATTUNE_HAVE_ZLIB
static size_t pack_gzip(void *out, size_t cap, const void *data, size_t size)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)data;
    z.avail_in = (unsigned)size;
    z.next_out = out;
    z.avail_out = (unsigned)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    const size_t n = cap - z.avail_out;
    deflateEnd(&z);
    return n;
}
#endif
#ifdef ATTUNE_HAVE_ZSTD
static size_t pack_zstd(void *out, size_t cap, const void *data, size_t size)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* as the zstd program does */
    const size_t n = ZSTD_compress2(context, out, cap, data, size);
    assert_false(ZSTD_isError(n));
    ZSTD_freeCCtx(context);
    return n;
}
#endif

#if defined(ATTUNE_HAVE_ZLIB) || defined(ATTUNE_HAVE_ZSTD)
enum { BIG = 400000 };

static void check_concatenated(pack_fn pack)
{
    static char plain[BIG], packed[2 * BIG];
    struct at_buf got = {0};
    attune_error err;
    for (size_t i = 0; i < BIG; i++)
        plain[i] = (char)('a' + (i * i / 7) % 26);
    size_t n = pack(packed, BIG, plain, BIG / 2);
    n += pack(packed + n, BIG, plain, 0);
    n += pack(packed + n, BIG, plain + BIG / 2, BIG / 2);
    assert_ok(unpack(packed, n, &got, &err));
    assert_int_equal(got.len, BIG);
    assert_memory_equal(got.data, plain, BIG);
    at_buf_release(&got);

    char path[64];
    struct at_stream *stream;
    uint64_t done, total;
    make_file(path, packed, n);
    assert_ok(at_stream_open(&stream, path, &err));
    assert_ok(slurp(stream, 70000, &got, &err));
    at_stream_position(stream, &done, &total);
    assert_int_equal(done, n);
    assert_int_equal(total, n);
    at_stream_close(stream);
    unlink(path);
    assert_int_equal(got.len, BIG);
    assert_memory_equal(got.data, plain, BIG);
    at_buf_release(&got);
}

/* Cut anywhere, a packed file is never taken for a whole one. */
static void check_cut_off(pack_fn pack)
{
    char packed[4096];
    attune_error err;
    const size_t n = pack(packed, sizeof packed, "hello hello hello hello\n", 24);
    for (size_t cut = 4; cut < n; cut++) {
        struct at_buf got = {0};
        const attune_status status = unpack(packed, cut, &got, &err);
        assert_int_equal(status, ATTUNE_CORRUPT);
        assert_non_null(strstr(err.message, "is cut off"));
        at_buf_release(&got);
    }
}

/* One bit wrong: CORRUPT, or (in fields that nothing checks, such as gzip's time) the right bytes.
 */
static void check_damaged(pack_fn pack)
{
    char packed[4096];
    attune_error err;
    size_t n_corrupt = 0;
    const size_t n = pack(packed, sizeof packed, "hello hello hello hello\n", 24);
    for (size_t bit = 32; bit < 8 * n; bit++) {
        struct at_buf got = {0};
        packed[bit / 8] = (char)(packed[bit / 8] ^ (1 << bit % 8));
        const attune_status status = unpack(packed, n, &got, &err);
        packed[bit / 8] = (char)(packed[bit / 8] ^ (1 << bit % 8));
        if (status == ATTUNE_OK)
            assert_string_equal(got.data, "hello hello hello hello\n");
        else
            assert_true(status == ATTUNE_CORRUPT || status == ATTUNE_UNSUPPORTED);
        n_corrupt += status != ATTUNE_OK;
        at_buf_release(&got);
    }
    assert_true(n_corrupt > 4 * n);
    char behind[4200];
    struct at_buf got = {0};
    memcpy(behind, packed, n);
    memcpy(behind + n, "garbage behind", 14);
    assert_fails(unpack(behind, n + 14, &got, &err), ATTUNE_CORRUPT, "is damaged");
    at_buf_release(&got);
}

static void check_allocations(pack_fn pack)
{
    char packed[4096];
    const size_t n = pack(packed, sizeof packed, "hello\n", 6);
    for (size_t fail = 1, done = 0; !done; fail++) {
        attune_error err;
        struct at_buf got = {0};
        assert_ok(at_buf_reserve(&got, 100, &err));
        at_alloc_fail_after(fail);
        const attune_status status = unpack(packed, n, &got, &err);
        at_alloc_fail_after(0);
        done = status == ATTUNE_OK;
        assert_true(done || status == ATTUNE_NO_MEMORY);
        assert_true(fail > 2 || !done);
        at_buf_release(&got);
    }
}

static void check_packed(pack_fn pack)
{
    check_concatenated(pack);
    check_cut_off(pack);
    check_damaged(pack);
    check_allocations(pack);
}
#endif

static void test_stream__gzip(void **state)
{
    (void)state;
#ifdef ATTUNE_HAVE_ZLIB
    check_packed(pack_gzip);
#else
    attune_error err;
    struct at_buf got = {0};
    assert_fails(unpack("\x1F\x8B\x08\x00", 4, &got, &err), ATTUNE_UNSUPPORTED, "gzip");
#endif
}

#ifdef ATTUNE_HAVE_ZSTD
/* Must not be LIMIT: whoever reads lines goes on after that one, here without an end. */
static void check_window_too_large(void)
{
    char packed[64] = "\x28\xB5\x2F\xFD\x00\xFF";
    memset(packed + 6, 0xFF, sizeof packed - 6);
    struct at_stream *stream;
    struct at_str line;
    bool more;
    attune_error err;
    assert_ok(at_stream_open_memory(&stream, packed, sizeof packed, &err));
    for (int i = 0; i < 3; i++)
        assert_fails(at_stream_line(stream, &line, &more, 100, &err), ATTUNE_UNSUPPORTED,
                     "window above 128 MiB");
    at_stream_close(stream);
}
#endif

static void test_stream__zstd(void **state)
{
    (void)state;
#ifdef ATTUNE_HAVE_ZSTD
    check_packed(pack_zstd);
    check_window_too_large();
#else
    attune_error err;
    struct at_buf got = {0};
    assert_fails(unpack("\x28\xB5\x2F\xFD", 4, &got, &err), ATTUNE_UNSUPPORTED, "zstd");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream__lines_without_their_ends),
        cmocka_unit_test(test_stream__a_line_too_long_is_skipped),
        cmocka_unit_test(test_stream__lines_cross_the_window),
        cmocka_unit_test(test_stream__a_window_gives_memory_back),
        cmocka_unit_test(test_stream__read_goes_on_where_lines_stopped),
        cmocka_unit_test(test_stream__files_and_standard_input),
        cmocka_unit_test(test_stream__gzip),
        cmocka_unit_test(test_stream__zstd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
