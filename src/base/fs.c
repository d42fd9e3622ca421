#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool at_fs_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

bool at_fs_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

attune_status at_fs_join(char *out, size_t out_size, const char *dir, const char *name,
                         attune_error *err)
{
    const int n = snprintf(out, out_size, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= out_size)
        return at_fail(err, ATTUNE_LIMIT, "path too long: '%.80s.../%.80s'", dir, name);
    return ATTUNE_OK;
}

static ssize_t fs_read_once(int fd, void *data, size_t len)
{
    ssize_t n;
    do
        n = read(fd, data, len);
    while (n < 0 && errno == EINTR);
    return n;
}

static attune_status fs_read_fd(int fd, const char *path, struct at_buf *out, size_t max,
                                attune_error *err)
{
    size_t total = 0;
    for (;;) {
        AT_TRY(at_buf_reserve(out, 65536, err));
        const ssize_t n = fs_read_once(fd, out->data + out->len, 65536);
        if (n < 0)
            return at_fail_os(err, errno, "cannot read '%s'", path);
        if (n == 0)
            break;
        out->len += (size_t)n;
        total += (size_t)n;
        if (total > max)
            return at_fail(err, ATTUNE_LIMIT, "'%s' is larger than %zu bytes", path, max);
    }
    out->data[out->len] = '\0';
    return ATTUNE_OK;
}

attune_status at_fs_read(const char *path, struct at_buf *out, size_t max, attune_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return at_fail_os(err, errno, "cannot open '%s'", path);
    const attune_status status = fs_read_fd(fd, path, out, max, err);
    close(fd);
    return status;
}

attune_status at_fs_mkdirs(const char *path, attune_error *err)
{
    char part[4096];
    const size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return at_fail(err, ATTUNE_INVALID, "bad folder name '%.200s'", path);
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && !(errno == EEXIST && at_fs_is_dir(part)))
            return at_fail_os(err, errno, "cannot create folder '%s'", part);
        part[i] = path[i];
    }
    return ATTUNE_OK;
}

static attune_status fs_remove_entries(DIR *dir, const char *path, attune_error *err)
{
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char child[4096];
        AT_TRY(at_fs_join(child, sizeof child, path, entry->d_name, err));
        AT_TRY(at_fs_remove_tree(child, err));
    }
    return ATTUNE_OK;
}

attune_status at_fs_remove_tree(const char *path, attune_error *err)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return ATTUNE_OK;
    if (errno != EISDIR && errno != EPERM)
        return at_fail_os(err, errno, "cannot remove '%s'", path);
    DIR *dir = opendir(path);
    if (!dir)
        return at_fail_os(err, errno, "cannot open folder '%s'", path);
    const attune_status status = fs_remove_entries(dir, path, err);
    closedir(dir);
    AT_TRY(status);
    if (rmdir(path) != 0 && errno != ENOENT)
        return at_fail_os(err, errno, "cannot remove folder '%s'", path);
    return ATTUNE_OK;
}

attune_status at_fs_sync_dir(const char *dir, attune_error *err)
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return at_fail_os(err, errno, "cannot open folder '%s'", dir);
    const int failed = fsync(fd) != 0 ? errno : 0;
    close(fd);
    return failed ? at_fail_os(err, failed, "cannot sync folder '%s'", dir) : ATTUNE_OK;
}

attune_status at_fs_sync_parent(const char *path, attune_error *err)
{
    char dir[4096];
    const char *slash = strrchr(path, '/');
    const size_t len = slash ? (size_t)(slash - path) : 0;
    if (len >= sizeof dir)
        return at_fail(err, ATTUNE_LIMIT, "path too long: '%.80s...'", path);
    if (len)
        memcpy(dir, path, len);
    dir[len] = '\0';
    return at_fs_sync_dir(slash ? (len ? dir : "/") : ".", err);
}

attune_status at_fs_rename(const char *from, const char *to, attune_error *err)
{
    if (rename(from, to) != 0)
        return at_fail_os(err, errno, "cannot rename '%s' to '%s'", from, to);
    return at_fs_sync_parent(to, err);
}

attune_status at_fs_out_open(struct at_fs_out *out, const char *path, attune_error *err)
{
    static atomic_uint serial;
    out->fd = -1;
    const int n = snprintf(out->path, sizeof out->path, "%s", path);
    const int m = snprintf(out->tmp, sizeof out->tmp, "%s.tmp-%ld-%u", path, (long)getpid(),
                           atomic_fetch_add(&serial, 1));
    if (n < 0 || (size_t)n >= sizeof out->path || m < 0 || (size_t)m >= sizeof out->tmp)
        return at_fail(err, ATTUNE_LIMIT, "path too long: '%.80s...'", path);
    out->fd = open(out->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out->fd < 0)
        return at_fail_os(err, errno, "cannot create '%s'", out->tmp);
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

attune_status at_fs_out_commit(struct at_fs_out *out, attune_error *err)
{
    if (fsync(out->fd) != 0) {
        const int os_error = errno;
        at_fs_out_abort(out);
        return at_fail_os(err, os_error, "cannot sync '%s'", out->path);
    }
    const int fd = out->fd;
    out->fd = -1;
    if (close(fd) != 0 || rename(out->tmp, out->path) != 0) {
        const int os_error = errno;
        unlink(out->tmp);
        return at_fail_os(err, os_error, "cannot put '%s' in place", out->path);
    }
    return at_fs_sync_parent(out->path, err);
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

attune_status at_fs_append(const char *path, const void *data, size_t len, attune_error *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return at_fail_os(err, errno, "cannot open '%s'", path);
    attune_status status = fs_write_all(fd, path, data, len, err);
    if (status == ATTUNE_OK && fsync(fd) != 0)
        status = at_fail_os(err, errno, "cannot sync '%s'", path);
    close(fd);
    return status;
}

attune_status at_fs_lock_take(struct at_fs_lock *lock, const char *path, const char *who,
                              attune_error *err)
{
    lock->fd = -1;
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return at_fail_os(err, errno, "cannot open lock file '%s'", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int os_error = errno;
        char holder[128];
        const ssize_t n = fs_read_once(fd, holder, sizeof holder - 1);
        close(fd);
        if (os_error != EWOULDBLOCK)
            return at_fail_os(err, os_error, "cannot lock '%s'", path);
        holder[n > 0 ? n : 0] = '\0';
        return at_fail(err, ATTUNE_BUSY, "another run holds '%s'%s%s; wait for it to end", path,
                       holder[0] ? ": " : "", holder);
    }
    char text[128];
    snprintf(text, sizeof text, "%s, process %ld", who, (long)getpid());
    /* The text only helps people; a full disk must not keep anybody from working. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, strlen(text), 0) < 0)
        (void)ftruncate(fd, 0);
    lock->fd = fd;
    return ATTUNE_OK;
}

void at_fs_lock_release(struct at_fs_lock *lock)
{
    if (lock->fd < 0)
        return;
    (void)ftruncate(lock->fd, 0);
    close(lock->fd);
    lock->fd = -1;
}
