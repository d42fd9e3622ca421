#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/pool.h"
#include "support/temp.h"

/* As root, permissions do not hold anybody back; then such a test says so and is skipped. */
static bool skip_as_root(void)
{
    if (geteuid() != 0)
        return false;
    print_message("permissions do not bind root\n");
    return true;
}

static size_t count_entries(const char *dir)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void assert_content(const char *path, const char *wanted)
{
    attune_error err;
    struct at_buf b = {0};
    assert_ok(at_fs_read(path, &b, 1 << 20, &err));
    assert_string_equal(b.data, wanted);
    at_buf_release(&b);
}

static void test_fs__join(void **state)
{
    (void)state;
    attune_error err;
    char out[8];
    assert_ok(at_fs_join(out, sizeof out, "abc", "def", &err));
    assert_string_equal(out, "abc/def");
    assert_fails(at_fs_join(out, sizeof out, "abc", "defg", &err), ATTUNE_LIMIT, "abc");
}

static void test_fs__writes_and_reads(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct at_buf b = {0};
    temp_open(&t);
    assert_ok(at_fs_write(temp_path(&t, "a"), "one", 3, &err));
    assert_ok(at_fs_write(temp_path(&t, "a"), "two!", 4, &err));
    assert_content(temp_path(&t, "a"), "two!");
    assert_int_equal(count_entries(t.dir), 1);
    assert_true(at_fs_exists(t.path) && !at_fs_is_dir(t.path));
    assert_ok(at_buf_addz(&b, "before ", &err));
    assert_ok(at_fs_read(t.path, &b, 4, &err));
    assert_string_equal(b.data, "before two!");
    assert_fails(at_fs_read(t.path, &b, 3, &err), ATTUNE_LIMIT, "larger than 3 bytes");
    assert_string_equal(b.data, "before two!");
    assert_fails(at_fs_read(temp_path(&t, "none"), &b, 3, &err), ATTUNE_IO, "none");
    assert_int_equal(err.os_error, ENOENT);
    assert_fails(at_fs_read(t.dir, &b, 3, &err), ATTUNE_IO, "cannot read");
    assert_string_equal(b.data, "before two!");
    at_buf_release(&b);
    temp_close(&t);
}

static void test_fs__read_every_allocation_may_fail(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    char *big = AT_ALLOC(char, 300000);
    temp_open(&t);
    memset(big, 'x', 300000);
    assert_ok(at_fs_write(temp_path(&t, "big"), big, 300000, &err));
    attune_status status = ATTUNE_NO_MEMORY;
    size_t n = 1;
    for (; status != ATTUNE_OK; n++) {
        struct at_buf b = {0};
        at_alloc_fail_after(n);
        status = at_fs_read(t.path, &b, 1 << 20, &err);
        at_alloc_fail_after(0);
        assert_int_equal(b.len, status == ATTUNE_OK ? 300000 : 0);
        at_buf_release(&b);
    }
    assert_true(n > 3);
    at_free(big);
    temp_close(&t);
}

static void test_fs__an_aborted_file_leaves_the_old_one(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct at_fs_out out;
    temp_open(&t);
    assert_ok(at_fs_write(temp_path(&t, "a"), "old", 3, &err));
    assert_ok(at_fs_out_open(&out, t.path, &err));
    assert_ok(at_fs_out_write(&out, "new", 3, &err));
    assert_content(t.path, "old");
    at_fs_out_abort(&out);
    at_fs_out_abort(&out);
    assert_content(t.path, "old");
    assert_int_equal(count_entries(t.dir), 1);
    assert_ok(at_fs_out_open(&out, t.path, &err));
    assert_ok(at_fs_out_write(&out, "0123", 4, &err));
    assert_ok(at_fs_out_pwrite(&out, "ab", 2, 1, &err));
    assert_content(t.path, "old");
    assert_ok(at_fs_out_commit(&out, &err));
    at_fs_out_abort(&out);
    assert_content(t.path, "0ab3");
    assert_int_equal(count_entries(t.dir), 1);
    temp_close(&t);
}

static void test_fs__commits_files_together(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct at_fs_out out[3];
    struct at_fs_out *const all[3] = {&out[0], &out[1], &out[2]};
    attune_pool *pool;
    temp_open(&t);
    assert_ok(at_pool_create(&pool, 2, &err));
    static const char *const names[3] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(at_fs_out_open(&out[i], temp_path(&t, names[i]), &err));
        assert_ok(at_fs_out_write(&out[i], names[i], 1, &err));
    }
    assert_ok(at_fs_out_commit_all(all, 3, pool, &err));
    for (size_t i = 0; i < 3; i++)
        assert_content(temp_path(&t, names[i]), names[i]);
    assert_int_equal(count_entries(t.dir), 3);
    for (size_t i = 0; i < 3; i++) { /* the second one cannot be put in place */
        assert_ok(at_fs_out_open(&out[i], temp_path(&t, names[i]), &err));
        assert_ok(at_fs_out_write(&out[i], "new", 3, &err));
    }
    assert_int_equal(unlink(out[1].path), 0);
    assert_int_equal(mkdir(out[1].path, 0700), 0);
    assert_fails(at_fs_out_commit_all(all, 3, pool, &err), ATTUNE_IO, "in place");
    assert_content(temp_path(&t, "a"), "new");
    assert_content(temp_path(&t, "c"), "c");
    assert_int_equal(count_entries(t.dir), 3); /* no temporary file is left */
    at_pool_destroy(pool);
    temp_close(&t);
}

/* What a crash left, or another container's process of the same number, is not touched. */
static void test_fs__a_taken_temporary_name_is_passed_over(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct at_fs_out out;
    char tmp[600];
    temp_open(&t);
    assert_ok(at_fs_out_open(&out, temp_path(&t, "a"), &err));
    const char *serial = strrchr(out.tmp, '-');
    snprintf(tmp, sizeof tmp, "%.*s-%lu", (int)(serial - out.tmp), out.tmp,
             strtoul(serial + 1, NULL, 10) + 1);
    at_fs_out_abort(&out);
    FILE *f = fopen(tmp, "w");
    fputs("theirs", f);
    fclose(f);
    assert_ok(at_fs_write(t.path, "ours", 4, &err));
    assert_content(tmp, "theirs");
    assert_content(t.path, "ours");
    temp_close(&t);
}

static void test_fs__out_open_fails_clearly(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct at_fs_out out;
    temp_open(&t);
    assert_fails(at_fs_out_open(&out, temp_path(&t, "no/folder"), &err), ATTUNE_IO, "no/folder");
    at_fs_out_abort(&out);
    char *path = AT_ALLOC(char, 5000);
    memset(path, 'x', 4095);
    assert_fails(at_fs_write(path, "x", 1, &err), ATTUNE_LIMIT, "path too long");
    at_free(path);
    assert_ok(at_fs_mkdirs(temp_path(&t, "dir"), &err));
    assert_fails(at_fs_write(t.path, "x", 1, &err), ATTUNE_IO, "in place");
    assert_int_equal(count_entries(t.dir), 1); /* no temporary file is left */
    temp_close(&t);
}

/* The file size limit stands for a full disk: the write comes through in part. */
static attune_status with_file_limit(rlim_t bytes, const char *path, bool append, attune_error *err)
{
    struct rlimit old, small;
    char *big = AT_ALLOC(char, 10000);
    memset(big, 'b', 10000);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){bytes, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const attune_status status =
        append ? at_fs_append(path, big, 10000, err) : at_fs_write(path, big, 10000, err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    at_free(big);
    return status;
}

static void test_fs__a_full_disk_leaves_the_old_content(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    temp_open(&t);
    assert_ok(at_fs_write(temp_path(&t, "a"), "old", 3, &err));
    assert_fails(with_file_limit(5000, t.path, false, &err), ATTUNE_IO, "cannot write");
    assert_int_equal(err.os_error, EFBIG);
    assert_content(t.path, "old");
    assert_fails(with_file_limit(5000, t.path, true, &err), ATTUNE_IO, "cannot write");
    assert_content(t.path, "old"); /* the half of the record is cut off again */
    assert_ok(at_fs_append(t.path, "+", 1, &err));
    assert_content(t.path, "old+");
    assert_int_equal(count_entries(t.dir), 1);
    temp_close(&t);
}

static void test_fs__appends(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    temp_open(&t);
    assert_ok(at_fs_append(temp_path(&t, "log"), "a\n", 2, &err));
    assert_ok(at_fs_append(t.path, "b\n", 2, &err));
    assert_content(t.path, "a\nb\n");
    assert_fails(at_fs_append(t.dir, "x", 1, &err), ATTUNE_IO, "cannot open");
    temp_close(&t);
}

static void test_fs__mkdirs(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    temp_open(&t);
    assert_ok(at_fs_mkdirs(temp_path(&t, "a//b/c/"), &err));
    assert_true(at_fs_is_dir(temp_path(&t, "a/b/c")));
    assert_ok(at_fs_mkdirs(t.path, &err));
    assert_ok(at_fs_mkdirs("/", &err));
    assert_ok(at_fs_mkdirs(".", &err));
    assert_fails(at_fs_mkdirs("", &err), ATTUNE_INVALID, "bad folder name");
    assert_ok(at_fs_write(temp_path(&t, "file"), "x", 1, &err));
    assert_fails(at_fs_mkdirs(t.path, &err), ATTUNE_IO, "cannot create folder");
    assert_int_equal(err.os_error, EEXIST);
    assert_fails(at_fs_mkdirs(temp_path(&t, "file/sub"), &err), ATTUNE_IO, "cannot create folder");
    assert_int_equal(symlink("/nonexistent/x", temp_path(&t, "dangling")), 0);
    assert_fails(at_fs_mkdirs(t.path, &err), ATTUNE_IO, "dangling");
    assert_int_equal(err.os_error, EEXIST);
    temp_close(&t);
}

static void test_fs__mkdirs_private(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct stat st;
    const mode_t mask = umask(022);
    temp_open(&t);
    assert_ok(at_fs_mkdirs_private(temp_path(&t, "outer/home/"), &err));
    assert_int_equal(stat(temp_path(&t, "outer/home"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(temp_path(&t, "outer"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    assert_ok(at_fs_mkdirs_private(t.path, &err)); /* one that is there keeps its mode */
    assert_int_equal(stat(t.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    umask(mask);
    temp_close(&t);
}

static void test_fs__remove_tree_does_not_follow_links(void **state)
{
    (void)state;
    attune_error err;
    struct temp t, other;
    char target[512];
    temp_open(&t);
    temp_open(&other);
    assert_ok(at_fs_write(temp_path(&other, "precious"), "x", 1, &err));
    snprintf(target, sizeof target, "%s", other.path);
    assert_ok(at_fs_mkdirs(temp_path(&t, "tree/a/b"), &err));
    assert_ok(at_fs_write(temp_path(&t, "tree/a/file"), "x", 1, &err));
    assert_int_equal(symlink(other.dir, temp_path(&t, "tree/link")), 0);
    assert_int_equal(symlink(target, temp_path(&t, "tree/a/link")), 0);
    assert_ok(at_fs_remove_tree(temp_path(&t, "tree"), &err));
    assert_false(at_fs_exists(t.path));
    assert_ok(at_fs_remove_tree(t.path, &err)); /* missing is fine */
    assert_content(target, "x");
    assert_int_equal(symlink(other.dir, temp_path(&t, "link")), 0);
    assert_ok(at_fs_remove_tree(t.path, &err));
    assert_content(target, "x");
    temp_close(&t);
    temp_close(&other);
}

static void test_fs__rename(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    char from[512];
    temp_open(&t);
    assert_ok(at_fs_mkdirs(temp_path(&t, "from"), &err));
    snprintf(from, sizeof from, "%s", t.path);
    assert_ok(at_fs_mkdirs(temp_path(&t, "empty"), &err));
    assert_fails(at_fs_rename(from, t.path, &err), ATTUNE_IO, "cannot rename");
    assert_int_equal(err.os_error, EEXIST);
    assert_true(at_fs_is_dir(from));
    assert_ok(at_fs_rename(from, temp_path(&t, "to"), &err));
    assert_true(at_fs_is_dir(t.path) && !at_fs_exists(from));
    assert_fails(at_fs_rename(from, t.path, &err), ATTUNE_IO, "cannot rename");
    assert_ok(at_fs_write(temp_path(&t, "f"), "1", 1, &err));
    snprintf(from, sizeof from, "%s", t.path);
    assert_ok(at_fs_write(temp_path(&t, "g"), "2", 1, &err));
    assert_ok(at_fs_rename(from, t.path, &err));
    assert_content(t.path, "1");
    temp_close(&t);
}

static void test_fs__syncs_folders(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    temp_open(&t);
    assert_ok(at_fs_sync_dir(t.dir, &err));
    assert_ok(at_fs_sync_parent(temp_path(&t, "any"), &err));
    assert_ok(at_fs_sync_parent("no-slash", &err));
    assert_ok(at_fs_sync_parent("/root-entry", &err));
    assert_fails(at_fs_sync_dir(temp_path(&t, "none"), &err), ATTUNE_IO, "cannot open folder");
    temp_close(&t);
}

static void test_fs__read_only_folder(void **state)
{
    (void)state;
    if (skip_as_root())
        skip();
    attune_error err;
    struct temp t;
    struct at_fs_lock lock;
    temp_open(&t);
    assert_int_equal(chmod(t.dir, 0555), 0);
    assert_fails(at_fs_write(temp_path(&t, "a"), "x", 1, &err), ATTUNE_IO, "Permission denied");
    assert_fails(at_fs_mkdirs(temp_path(&t, "d"), &err), ATTUNE_IO, "Permission denied");
    assert_fails(at_fs_lock_take(&lock, temp_path(&t, "l"), "x", &err), ATTUNE_IO,
                 "Permission denied");
    assert_int_equal(chmod(t.dir, 0755), 0);
    temp_close(&t);
}

static void test_fs__maps(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct at_fs_map map;
    temp_open(&t);
    assert_ok(at_fs_write(temp_path(&t, "a"), "hello", 5, &err));
    assert_ok(at_fs_map_open(&map, t.path, &err));
    assert_int_equal(map.size, 5);
    assert_memory_equal(map.data, "hello", 5);
    assert_int_equal((uintptr_t)map.data % 64, 0);
    /* a new version renamed over the file does not disturb those who read the old one */
    assert_ok(at_fs_write(t.path, "HELLO", 5, &err));
    assert_memory_equal(map.data, "hello", 5);
    at_fs_map_close(&map);
    at_fs_map_close(&map);
    assert_ok(at_fs_write(t.path, "", 0, &err));
    assert_ok(at_fs_map_open(&map, t.path, &err));
    assert_null(map.data);
    assert_int_equal(map.size, 0);
    at_fs_map_close(&map);
    assert_fails(at_fs_map_open(&map, temp_path(&t, "none"), &err), ATTUNE_IO, "none");
    assert_fails(at_fs_map_open(&map, t.dir, &err), ATTUNE_IO, "is not a file");
    assert_int_equal(mkfifo(temp_path(&t, "fifo"), 0600), 0);
    assert_fails(at_fs_map_open(&map, t.path, &err), ATTUNE_IO, "is not a file");
    assert_null(map.data);
    temp_close(&t);
}

static void test_fs__a_lock_is_exclusive(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct at_fs_lock a, b;
    char holder[64];
    temp_open(&t);
    assert_ok(at_fs_lock_take(&a, temp_path(&t, "lock"), "training", &err));
    assert_fails(at_fs_lock_take(&b, t.path, "other", &err), ATTUNE_BUSY, "training, process");
    snprintf(holder, sizeof holder, "process %ld", (long)getpid());
    assert_non_null(strstr(err.message, holder));
    assert_int_equal(b.fd, -1);
    at_fs_lock_release(&b);
    assert_fails(at_fs_lock_take(&b, t.path, "other", &err), ATTUNE_BUSY, "training");
    at_fs_lock_release(&a);
    at_fs_lock_release(&a);
    assert_ok(at_fs_lock_take(&b, t.path, "other", &err));
    at_fs_lock_release(&b);
    assert_fails(at_fs_lock_take(&b, temp_path(&t, "no/lock"), "x", &err), ATTUNE_IO,
                 "cannot open lock file");
    temp_close(&t);
}

/* A child takes the lock and is killed: the lock ends with it. */
static void test_fs__a_lock_ends_with_its_process(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    struct at_fs_lock lock;
    int ready[2];
    temp_open(&t);
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        const bool held = at_fs_lock_take(&lock, temp_path(&t, "lock"), "child", NULL) == ATTUNE_OK;
        if (write(ready[1], held ? "y" : "n", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    char answer = 0;
    assert_int_equal(read(ready[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    assert_fails(at_fs_lock_take(&lock, temp_path(&t, "lock"), "x", &err), ATTUNE_BUSY, "child");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_ok(at_fs_lock_take(&lock, t.path, "x", &err));
    at_fs_lock_release(&lock);
    close(ready[0]);
    close(ready[1]);
    temp_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fs__join),
        cmocka_unit_test(test_fs__writes_and_reads),
        cmocka_unit_test(test_fs__read_every_allocation_may_fail),
        cmocka_unit_test(test_fs__an_aborted_file_leaves_the_old_one),
        cmocka_unit_test(test_fs__a_taken_temporary_name_is_passed_over),
        cmocka_unit_test(test_fs__out_open_fails_clearly),
        cmocka_unit_test(test_fs__a_full_disk_leaves_the_old_content),
        cmocka_unit_test(test_fs__appends),
        cmocka_unit_test(test_fs__mkdirs),
        cmocka_unit_test(test_fs__mkdirs_private),
        cmocka_unit_test(test_fs__remove_tree_does_not_follow_links),
        cmocka_unit_test(test_fs__rename),
        cmocka_unit_test(test_fs__syncs_folders),
        cmocka_unit_test(test_fs__read_only_folder),
        cmocka_unit_test(test_fs__commits_files_together),
        cmocka_unit_test(test_fs__maps),
        cmocka_unit_test(test_fs__a_lock_is_exclusive),
        cmocka_unit_test(test_fs__a_lock_ends_with_its_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
