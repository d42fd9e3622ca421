/* Writing that survives a crash. A new file is made under a temporary name beside the final one,
 * synced, and renamed over it; then the folder is synced, or the name could be lost again. Records
 * are appended under a lock, and a record that did not fit is cut off. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

/* The name may be taken: by what a crash left, or by the same process number in another container
 * that shares the folder. Then the next one is tried. */
attune_status at_fs_out_open(struct at_fs_out *out, const char *path, attune_error *err)
{
    enum { TRIES = 1000 };
    static atomic_uint serial;
    out->fd = -1;
    for (int i = 0; i < TRIES && out->fd < 0; i++) {
        const int n = snprintf(out->path, sizeof out->path, "%s", path);
        const int m = snprintf(out->tmp, sizeof out->tmp, "%s.tmp-%ld-%u", path, (long)getpid(),
                               atomic_fetch_add(&serial, 1));
        if (n < 0 || (size_t)n >= sizeof out->path || m < 0 || (size_t)m >= sizeof out->tmp)
            return at_fail(err, ATTUNE_LIMIT, "path too long: '%.80s...'", path);
        out->fd = open(out->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (out->fd < 0 && (errno != EEXIST || i == TRIES - 1))
            return at_fail_os(err, errno, "cannot create '%s'", out->tmp);
    }
    return ATTUNE_OK;
}

static attune_status fs_write_all(int fd, const char *path, const unsigned char *p, size_t len,
                                  attune_error *err)
{
    while (len) {
        const ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return at_fail_os(err, errno, "cannot write '%s'", path);
        p += n;
        len -= (size_t)n;
    }
    return ATTUNE_OK;
}

attune_status at_fs_out_write(struct at_fs_out *out, const void *data, size_t len,
                              attune_error *err)
{
    return fs_write_all(out->fd, out->path, data, len, err);
}

attune_status at_fs_out_pwrite(struct at_fs_out *out, const void *data, size_t len, uint64_t offset,
                               attune_error *err)
{
    const unsigned char *p = data;
    while (len) {
        const ssize_t n = pwrite(out->fd, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return at_fail_os(err, errno, "cannot write '%s'", out->path);
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return ATTUNE_OK;
}

void at_fs_out_abort(struct at_fs_out *out)
{
    if (out->fd < 0)
        return;
    close(out->fd);
    out->fd = -1;
    unlink(out->tmp);
}

static void fs_out_sync(void *context, size_t i, size_t worker)
{
    struct at_fs_out *out = ((struct at_fs_out *const *)context)[i];
    (void)worker;
    out->os_error = fsync(out->fd) != 0 ? errno : 0;
}

static attune_status fs_out_rename(struct at_fs_out *out, attune_error *err)
{
    const int fd = out->fd;
    out->fd = -1;
    if (close(fd) == 0 && rename(out->tmp, out->path) == 0)
        return ATTUNE_OK;
    const int os_error = errno;
    unlink(out->tmp);
    return at_fail_os(err, os_error, "cannot put '%s' in place", out->path);
}

attune_status at_fs_out_commit_all(struct at_fs_out *const *outs, size_t n, attune_pool *pool,
                                   attune_error *err)
{
    attune_status status = ATTUNE_OK;
    union {
        struct at_fs_out *const *lent;
        void *context;
    } files = {outs};
    attune_parallel_for(pool, n, fs_out_sync, files.context);
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++)
        if (outs[i]->os_error)
            status = at_fail_os(err, outs[i]->os_error, "cannot sync '%s'", outs[i]->path);
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++)
        status = fs_out_rename(outs[i], err);
    for (size_t i = 0; i < n; i++)
        at_fs_out_abort(outs[i]);
    return status == ATTUNE_OK ? at_fs_sync_parent(outs[0]->path, err) : status;
}

attune_status at_fs_out_commit(struct at_fs_out *out, attune_error *err)
{
    return at_fs_out_commit_all(&out, 1, NULL, err);
}

attune_status at_fs_write(const char *path, const void *data, size_t len, attune_error *err)
{
    struct at_fs_out out;
    AT_TRY(at_fs_out_open(&out, path, err));
    const attune_status status = at_fs_out_write(&out, data, len, err);
    if (status != ATTUNE_OK) {
        at_fs_out_abort(&out);
        return status;
    }
    return at_fs_out_commit(&out, err);
}

/* A full disk may take half of a record, on which the next one would then stand: the file is cut
 * back to what it was. The lock keeps other appenders out meanwhile; it ends with the descriptor.
 */
static attune_status fs_append_locked(int fd, const char *path, const void *data, size_t len,
                                      attune_error *err)
{
    struct stat st;
    int locked;
    do
        locked = flock(fd, LOCK_EX);
    while (locked != 0 && errno == EINTR);
    if (locked != 0 || fstat(fd, &st) != 0)
        return at_fail_os(err, errno, "cannot lock '%s'", path);
    attune_status status = fs_write_all(fd, path, data, len, err);
    if (status == ATTUNE_OK && fsync(fd) != 0)
        status = at_fail_os(err, errno, "cannot sync '%s'", path);
    if (status != ATTUNE_OK && ftruncate(fd, st.st_size) != 0)
        return at_wrap(err, status, "a part of a record is left at the end");
    return status == ATTUNE_OK && st.st_size == 0 ? at_fs_sync_parent(path, err) : status;
}

attune_status at_fs_append(const char *path, const void *data, size_t len, attune_error *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return at_fail_os(err, errno, "cannot open '%s'", path);
    attune_status status = fs_append_locked(fd, path, data, len, err);
    close(fd);
    return status;
}
