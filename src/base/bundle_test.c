#include "base/bundle.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "support/temp.h"

static attune_status put(attune_writer *w, const char *name, const void *data, size_t size)
{
    return attune_writer_put(w, name, data, size, NULL);
}

/* A small model file with sections of awkward sizes. */
static void write_sample(const char *path)
{
    attune_error err;
    attune_writer *w;
    char long_text[200];
    memset(long_text, 'q', sizeof long_text);
    assert_ok(at_bundle_create(&w, path, &err));
    assert_ok(attune_writer_put(w, "kind", "forest", 6, &err));
    assert_ok(attune_writer_put(w, "empty", NULL, 0, &err));
    at_bundle_set_prefix(w, "model/");
    assert_ok(attune_writer_put(w, "kind", long_text, 64, &err));
    assert_ok(attune_writer_put(w, "trees", long_text, 200, &err));
    at_bundle_set_prefix(w, "");
    assert_ok(attune_writer_put(w, "last", (uint32_t[]){1, 2, 3}, 12, &err));
    assert_ok(at_bundle_commit(w, &err));
}

/* The file's bytes at a 64-byte boundary, in a block of exactly that size. */
static unsigned char *load(const char *path, size_t *out_size)
{
    attune_error err;
    struct at_buf b = {0};
    assert_ok(at_fs_read(path, &b, 1 << 20, &err));
    void *copy = NULL;
    assert_int_equal(posix_memalign(&copy, 64, b.len), 0);
    memcpy(copy, b.data, b.len);
    *out_size = b.len;
    at_buf_release(&b);
    return copy;
}

static unsigned char *sample(size_t *out_size)
{
    struct temp t;
    temp_open(&t);
    write_sample(temp_path(&t, "m"));
    unsigned char *data = load(t.path, out_size);
    temp_close(&t);
    return data;
}

static void check_section(const attune_reader *r, const char *name, size_t item, size_t n,
                          const char *starts)
{
    attune_error err;
    const void *data = NULL;
    size_t items = 0;
    assert_true(at_bundle_has(r, name));
    assert_ok(attune_reader_get(r, name, item, &data, &items, &err));
    assert_int_equal(items, n);
    assert_int_equal((uintptr_t)data % 64, 0);
    assert_memory_equal(data, starts, strlen(starts));
}

static void test_bundle__round_trip(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    attune_reader r;
    const void *data;
    size_t n;
    temp_open(&t);
    write_sample(temp_path(&t, "m"));
    assert_ok(at_bundle_open(&r, t.path, &err));
    check_section(&r, "kind", 1, 6, "forest");
    check_section(&r, "empty", 8, 0, "");
    check_section(&r, "model/kind", 1, 64, "qqq");
    check_section(&r, "last", sizeof(uint32_t), 3, "\1");
    const attune_reader sub = at_bundle_sub(&r, "model/");
    check_section(&sub, "trees", 8, 25, "qqq");
    assert_false(at_bundle_has(&sub, "last"));
    assert_false(at_bundle_has(&r, "trees"));
    assert_fails(attune_reader_get(&sub, "last", 1, &data, &n, &err), ATTUNE_CORRUPT,
                 "has no section 'model/last'");
    assert_fails(attune_reader_get(&r, "kind", 4, &data, &n, &err), ATTUNE_CORRUPT,
                 "6 bytes, not a multiple of 4");
    assert_fails(attune_reader_get(&r, "kind", 0, &data, &n, &err), ATTUNE_CORRUPT,
                 "multiple of 0");
    at_bundle_close(&r);
    temp_close(&t);
}

static void test_bundle__same_content_same_bytes(void **state)
{
    (void)state;
    size_t a_size, b_size;
    unsigned char *a = sample(&a_size), *b = sample(&b_size);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    free(a);
    free(b);
}

static void test_bundle__the_empty_one(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    attune_writer *w;
    attune_reader r;
    temp_open(&t);
    assert_ok(at_bundle_create(&w, temp_path(&t, "m"), &err));
    assert_ok(at_bundle_commit(w, &err));
    assert_ok(at_bundle_open(&r, t.path, &err));
    assert_int_equal(r.map.size, 64);
    assert_false(at_bundle_has(&r, ""));
    at_bundle_close(&r);
    temp_close(&t);
}

static void test_bundle__every_changed_bit_is_found(void **state)
{
    (void)state;
    attune_error err;
    attune_reader r;
    size_t size;
    unsigned char *data = sample(&size);
    assert_ok(at_bundle_open_memory(&r, data, size, "sample", &err));
    for (size_t bit = 0; bit < 8 * size; bit++) {
        data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        const attune_status status = at_bundle_open_memory(&r, data, size, "sample", &err);
        const bool in_version = bit / 8 >= 8 && bit / 8 < 12;
        if (status != ATTUNE_CORRUPT && !(status == ATTUNE_TOO_NEW && in_version))
            fail_msg("bit %zu: %s", bit, attune_status_text(status));
        assert_null(r.map.data);
        data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    assert_ok(at_bundle_open_memory(&r, data, size, "sample", &err));
    free(data);
}

static void test_bundle__every_other_length_is_found(void **state)
{
    (void)state;
    attune_error err;
    attune_reader r;
    size_t size;
    unsigned char *data = sample(&size);
    for (size_t len = 0; len < size; len++) {
        void *cut = NULL; /* exactly that long, so that ASan sees a read past the end */
        assert_int_equal(posix_memalign(&cut, 64, len ? len : 1), 0);
        memcpy(cut, data, len);
        assert_fails(at_bundle_open_memory(&r, cut, len, "cut", &err), ATTUNE_CORRUPT,
                     len < 64 ? "not an attune model file" : "is truncated");
        free(cut);
    }
    void *longer = NULL;
    assert_int_equal(posix_memalign(&longer, 64, size + 64), 0);
    memset(longer, 0, size + 64);
    memcpy(longer, data, size);
    assert_fails(at_bundle_open_memory(&r, longer, size + 1, "long", &err), ATTUNE_CORRUPT,
                 "is damaged");
    assert_fails(at_bundle_open_memory(&r, longer, size + 64, "long", &err), ATTUNE_CORRUPT,
                 "is damaged");
    free(longer);
    free(data);
}

static void test_bundle__foreign_and_missing_files(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    attune_reader r;
    temp_open(&t);
    assert_fails(at_bundle_open(&r, temp_path(&t, "none"), &err), ATTUNE_IO, "cannot open");
    assert_int_equal(err.os_error, ENOENT);
    assert_ok(at_fs_write(temp_path(&t, "m"), "", 0, &err));
    assert_fails(at_bundle_open(&r, t.path, &err), ATTUNE_CORRUPT, "not an attune model file");
    char text[500];
    memset(text, 'x', sizeof text);
    assert_ok(at_fs_write(t.path, text, sizeof text, &err));
    assert_fails(at_bundle_open(&r, t.path, &err), ATTUNE_CORRUPT, "not an attune model file");
    assert_fails(at_bundle_open(&r, t.dir, &err), ATTUNE_IO, "is not a file");
    temp_close(&t);
}

static void refresh_checksum(unsigned char *data, size_t size)
{
    struct at_checksum sum;
    at_checksum_init(&sum);
    at_checksum_add(&sum, data + 64, size - 64);
    at_checksum_finish(&sum, data + 32);
}

/* Bytes at `at` (from the end where it is negative) replaced, with a checksum that fits: only the
 * checks of structure are left. */
static attune_status open_forged(long at, const void *bytes, size_t n, attune_error *err)
{
    attune_reader r;
    size_t size;
    unsigned char *data = sample(&size);
    memcpy(at < 0 ? data + size + at : data + at, bytes, n);
    refresh_checksum(data, size);
    const attune_status status = at_bundle_open_memory(&r, data, size, "forged", err);
    free(data);
    return status;
}

/* The table is five rows of 64 bytes at the end of the file. */
static long in_table(long row, long offset)
{
    return (row - 5) * 64 + offset;
}

static void test_bundle__forged_structure(void **state)
{
    (void)state;
    attune_error err;
    const uint32_t newer = 2, none = 0, many = 1025, huge = UINT32_MAX;
    const uint64_t far = UINT64_MAX, odd = 65, zero = 0;
    assert_fails(open_forged(8, &newer, 4, &err), ATTUNE_TOO_NEW, "update attune");
    assert_fails(open_forged(8, &none, 4, &err), ATTUNE_CORRUPT, "section table");
    assert_fails(open_forged(12, &many, 4, &err), ATTUNE_CORRUPT, "section table");
    assert_fails(open_forged(12, &huge, 4, &err), ATTUNE_CORRUPT, "section table");
    assert_fails(open_forged(12, &none, 4, &err), ATTUNE_CORRUPT, "section table");
    assert_fails(open_forged(16, &far, 8, &err), ATTUNE_CORRUPT, "section table");
    assert_fails(open_forged(16, &odd, 8, &err), ATTUNE_CORRUPT, "section table");
    assert_fails(open_forged(16, &zero, 8, &err), ATTUNE_CORRUPT, "section table");
    assert_fails(open_forged(24, &far, 8, &err), ATTUNE_CORRUPT, "truncated");
    assert_fails(open_forged(in_table(1, 48), &odd, 8, &err), ATTUNE_CORRUPT, "section 1 does not");
    assert_fails(open_forged(in_table(0, 56), &far, 8, &err), ATTUNE_CORRUPT, "section 0 does not");
    assert_fails(open_forged(in_table(4, 56), &odd, 8, &err), ATTUNE_CORRUPT, "section 4");
    assert_fails(open_forged(in_table(1, 0), "kind\0", 6, &err), ATTUNE_CORRUPT, "two sections");
    assert_fails(open_forged(in_table(1, 0), "\0", 1, &err), ATTUNE_CORRUPT, "section 1");
    assert_fails(open_forged(in_table(1, 47), "x", 1, &err), ATTUNE_CORRUPT, "section 1");
    assert_fails(open_forged(64 + 6, "x", 1, &err), ATTUNE_CORRUPT, "no clean end");
    assert_ok(open_forged(64, "f", 1, &err));
}

static void test_bundle__refuses_bad_sections(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    attune_writer *w;
    attune_reader r;
    char name[60];
    memset(name, 'n', sizeof name);
    name[48] = '\0';
    temp_open(&t);
    assert_ok(at_bundle_create(&w, temp_path(&t, "m"), &err));
    assert_fails(attune_writer_put(w, "", "x", 1, &err), ATTUNE_INVALID, "empty or too long");
    assert_fails(attune_writer_put(w, name, "x", 1, &err), ATTUNE_INVALID, "empty or too long");
    assert_ok(attune_writer_put(w, "a", "x", 1, &err));
    assert_fails(attune_writer_put(w, "a", "x", 1, &err), ATTUNE_INVALID, "written twice");
    at_bundle_set_prefix(w, name);
    assert_fails(attune_writer_put(w, "b", "x", 1, &err), ATTUNE_INVALID, "too long");
    at_bundle_set_prefix(w, "");
    name[47] = '\0';
    assert_ok(attune_writer_put(w, name, "y", 1, &err));
    assert_ok(at_bundle_commit(w, &err)); /* what was refused left no trace */
    assert_ok(at_bundle_open(&r, t.path, &err));
    check_section(&r, "a", 1, 1, "x");
    check_section(&r, name, 1, 1, "y");
    at_bundle_close(&r);
    temp_close(&t);
}

static void test_bundle__at_most_1024_sections(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    attune_writer *w;
    attune_reader r;
    temp_open(&t);
    assert_ok(at_bundle_create(&w, temp_path(&t, "m"), &err));
    for (int i = 0; i < 1024; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        assert_int_equal(put(w, name, &i, sizeof i), ATTUNE_OK);
    }
    assert_fails(attune_writer_put(w, "more", "x", 1, &err), ATTUNE_LIMIT, "1024 sections");
    assert_ok(at_bundle_commit(w, &err));
    assert_ok(at_bundle_open(&r, t.path, &err));
    assert_true(at_bundle_has(&r, "s1023") && !at_bundle_has(&r, "more"));
    at_bundle_close(&r);
    temp_close(&t);
}

/* The file size limit stands for a full disk. A caller that overlooks the failure must not publish.
 */
static void test_bundle__a_failed_write_cannot_be_committed(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct rlimit old;
    attune_writer *w;
    char *big = AT_ALLOC(char, 10000);
    temp_open(&t);
    assert_ok(at_bundle_create(&w, temp_path(&t, "m"), &err));
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    const struct rlimit small = {5000, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const attune_status status = attune_writer_put(w, "big", big, 10000, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, ATTUNE_IO);
    assert_ok(attune_writer_put(w, "small", "x", 1, &err));
    assert_fails(at_bundle_commit(w, &err), ATTUNE_IO, "was not written whole");
    assert_false(at_fs_exists(t.path));
    at_free(big);
    temp_close(&t);
}

static void test_bundle__abort_leaves_nothing(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    attune_writer *w;
    temp_open(&t);
    assert_ok(at_bundle_create(&w, temp_path(&t, "m"), &err));
    assert_ok(attune_writer_put(w, "a", "x", 1, &err));
    at_bundle_abort(w);
    at_bundle_abort(NULL);
    assert_false(at_fs_exists(t.path));
    assert_ok(at_fs_remove_tree(temp_path(&t, "m"), &err));
    assert_int_equal(rmdir(t.dir), 0); /* the folder is empty */
    assert_fails(at_bundle_create(&w, temp_path(&t, "x/m"), &err), ATTUNE_IO, "cannot create");
    assert_null(w);
    at_alloc_fail_after(1);
    assert_fails(at_bundle_create(&w, t.path, &err), ATTUNE_NO_MEMORY, "out of memory");
    at_alloc_fail_after(0);
    assert_null(w);
}

static void test_bundle__memory_must_be_aligned(void **state)
{
    (void)state;
    attune_error err;
    attune_reader r;
    _Alignas(64) unsigned char data[256] = {0};
    assert_fails(at_bundle_open_memory(&r, data + 8, 200, "odd", &err), ATTUNE_INVALID, "aligned");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bundle__round_trip),
        cmocka_unit_test(test_bundle__same_content_same_bytes),
        cmocka_unit_test(test_bundle__the_empty_one),
        cmocka_unit_test(test_bundle__every_changed_bit_is_found),
        cmocka_unit_test(test_bundle__every_other_length_is_found),
        cmocka_unit_test(test_bundle__foreign_and_missing_files),
        cmocka_unit_test(test_bundle__forged_structure),
        cmocka_unit_test(test_bundle__refuses_bad_sections),
        cmocka_unit_test(test_bundle__at_most_1024_sections),
        cmocka_unit_test(test_bundle__a_failed_write_cannot_be_committed),
        cmocka_unit_test(test_bundle__abort_leaves_nothing),
        cmocka_unit_test(test_bundle__memory_must_be_aligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
