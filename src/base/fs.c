#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
    for (size_t total = 0;;) {
        AT_TRY(at_buf_reserve(out, 65536, err));
        const ssize_t n = fs_read_once(fd, out->data + out->len, 65536);
        if (n < 0)
            return at_fail_os(err, errno, "cannot read '%s'", path);
        out->len += (size_t)n;
        out->data[out->len] = '\0';
        if (n == 0)
            return ATTUNE_OK;
        total += (size_t)n;
        if (total > max)
            return at_fail(err, ATTUNE_LIMIT, "'%s' is larger than %zu bytes", path, max);
    }
}

attune_status at_fs_read(const char *path, struct at_buf *out, size_t max, attune_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return at_fail_os(err, errno, "cannot open '%s'", path);
    const size_t before = out->len;
    const attune_status status = fs_read_fd(fd, path, out, max, err);
    close(fd);
    if (status != ATTUNE_OK && out->data) {
        out->len = before;
        out->data[before] = '\0';
    }
    return status;
}

static attune_status fs_mkdirs(const char *path, mode_t last_mode, attune_error *err)
{
    char part[4096];
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') /* so that the last folder is the last part */
        len--;
    if (len == 0 || len >= sizeof part)
        return at_fail(err, ATTUNE_INVALID, "bad folder name '%.200s'", path);
    memcpy(part, path, len);
    part[len] = '\0';
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        const int os_error = mkdir(part, i < len ? 0777 : last_mode) == 0 ? 0 : errno;
        if (os_error && !at_fs_is_dir(part))
            return at_fail_os(err, os_error, "cannot create folder '%s'", part);
        if (i < len)
            part[i] = '/';
    }
    return ATTUNE_OK;
}

attune_status at_fs_mkdirs(const char *path, attune_error *err)
{
    return fs_mkdirs(path, 0777, err);
}

attune_status at_fs_mkdirs_private(const char *path, attune_error *err)
{
    return fs_mkdirs(path, 0700, err);
}

static attune_status fs_remove_entries(DIR *dir, const char *path, attune_error *err)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry && errno)
            return at_fail_os(err, errno, "cannot list folder '%s'", path);
        if (!entry)
            return ATTUNE_OK;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char child[4096];
        AT_TRY(at_fs_join(child, sizeof child, path, entry->d_name, err));
        AT_TRY(at_fs_remove_tree(child, err));
    }
}

/* opendir would follow a link that unlink was not allowed to remove. */
static DIR *fs_open_dir(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir && fd >= 0) {
        const int os_error = errno;
        close(fd);
        errno = os_error;
    }
    return dir;
}

attune_status at_fs_remove_tree(const char *path, attune_error *err)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return ATTUNE_OK;
    if (errno != EISDIR && errno != EPERM)
        return at_fail_os(err, errno, "cannot remove '%s'", path);
    DIR *dir = fs_open_dir(path);
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
    if (at_fs_is_dir(to)) /* rename(2) replaces an empty one */
        return at_fail_os(err, EEXIST, "cannot rename '%s' to '%s'", from, to);
    if (rename(from, to) != 0)
        return at_fail_os(err, errno, "cannot rename '%s' to '%s'", from, to);
    return at_fs_sync_parent(to, err);
}

/* The text only helps people; a full disk must not keep anybody from working. */
static bool fs_lock_label(int fd, const char *text)
{
    const size_t len = strlen(text);
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, len, 0) == (ssize_t)len;
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
    fs_lock_label(fd, text);
    lock->fd = fd;
    return ATTUNE_OK;
}

void at_fs_lock_release(struct at_fs_lock *lock)
{
    if (lock->fd < 0)
        return;
    fs_lock_label(lock->fd, "");
    close(lock->fd);
    lock->fd = -1;
}
