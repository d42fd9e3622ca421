/*
 * Fails the n-th call of a program into the system: LD_PRELOAD=libfault_shim.so. For programs
 * without sanitizers, on Linux.
 *
 *   FAULT_GROUPS  write,fsync,rename,open,truncate,mkdir,unlink,close,mmap,malloc: what is counted
 *   FAULT_UNDER   only files below this folder (malloc: everywhere); `open` is opening for writing
 *   FAULT_AT      the number of the call that fails, from 1; 0: none, calls are only counted
 *   FAULT_MODE    once, from (that call and all later ones), short (half of a write gets through,
 * the next one fails), kill (SIGKILL before the call), tear (half of a write, then SIGKILL)
 *   FAULT_ERROR   EIO, ENOSPC, EROFS, ENOMEM
 *   FAULT_SYNC    0: fsync does nothing, which makes a thousand runs bearable and changes nothing
 * for a process that dies: its pages live on in the kernel FAULT_LOG     file that gets "seen N"
 * and "hit N" when the program ends by itself
 *
 * The real calls are made with syscall(2): the shim needs nothing that it replaces.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum group { WRITE, FSYNC, RENAME, OPEN, TRUNCATE, MKDIR, UNLINK, CLOSE, MMAP, MALLOC, N_GROUPS };
static const char *const names[N_GROUPS] = {"write", "fsync",  "rename", "open", "truncate",
                                            "mkdir", "unlink", "close",  "mmap", "malloc"};
enum mode { ONCE, FROM, SHORT, KILL, TEAR };
static const char *const modes[] = {"once", "from", "short", "kill", "tear"};

static struct {
    bool groups[N_GROUPS], no_sync;
    enum mode mode;
    int error;
    unsigned long at;
    const char *under, *log;
    size_t under_len;
} fault;
static atomic_bool ready;
static atomic_ulong seen, hit;

/* ---- set-up and report ---- */

static int error_by_name(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } errors[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS}, {"ENOMEM", ENOMEM}};
    for (size_t i = 0; name && i < sizeof errors / sizeof *errors; i++)
        if (strcmp(errors[i].name, name) == 0)
            return errors[i].number;
    return EIO;
}

static bool listed(const char *list, const char *name)
{
    const size_t len = strlen(name);
    for (const char *p = list; p && (p = strstr(p, name)); p += len)
        if ((p == list || p[-1] == ',') && (p[len] == ',' || !p[len]))
            return true;
    return false;
}

__attribute__((constructor)) static void fault_begin(void)
{
    const char *groups = getenv("FAULT_GROUPS"), *mode = getenv("FAULT_MODE");
    const char *at = getenv("FAULT_AT"), *sync = getenv("FAULT_SYNC");
    for (int g = 0; g < N_GROUPS; g++)
        fault.groups[g] = listed(groups, names[g]);
    for (size_t m = 0; mode && m < sizeof modes / sizeof *modes; m++)
        if (strcmp(mode, modes[m]) == 0)
            fault.mode = (enum mode)m;
    fault.at = at ? strtoul(at, NULL, 10) : 0;
    fault.no_sync = sync && *sync == '0';
    fault.error = error_by_name(getenv("FAULT_ERROR"));
    fault.under = getenv("FAULT_UNDER");
    fault.under_len = fault.under ? strlen(fault.under) : 0;
    fault.log = getenv("FAULT_LOG");
    atomic_store(&ready, true);
}

__attribute__((destructor)) static void fault_end(void)
{
    atomic_store(&ready, false);
    if (!fault.log)
        return;
    char text[80];
    const int n =
        snprintf(text, sizeof text, "seen %lu\nhit %lu\n", (unsigned long)seen, (unsigned long)hit);
    const long fd = syscall(SYS_openat, AT_FDCWD, fault.log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd >= 0 && syscall(SYS_write, fd, text, (size_t)n) == n)
        syscall(SYS_close, fd);
}

/* ---- is it this call's turn? ---- */

static bool path_counts(const char *path)
{
    char full[4096];
    if (!fault.under)
        return true;
    if (path && path[0] != '/') {
        const long n = syscall(SYS_getcwd, full, sizeof full);
        if (n <= 0 || (size_t)n + strlen(path) + 1 > sizeof full)
            return false;
        snprintf(full + n - 1, sizeof full - (size_t)n + 1, "/%s", path);
        path = full;
    }
    return path && strncmp(path, fault.under, fault.under_len) == 0;
}

static bool fd_counts(int fd)
{
    char link[64], path[4096];
    if (!fault.under)
        return fd > 2;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const long n = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (n <= 0)
        return false;
    path[n] = '\0';
    return path_counts(path);
}

static void die(void)
{
    kill((pid_t)syscall(SYS_getpid), SIGKILL);
    for (;;)
        pause();
}

/* Counts a call of a group that is looked at; true when it has to fail (or be cut, or kill). */
static bool turn(void)
{
    const unsigned long n = atomic_fetch_add(&seen, 1) + 1;
    const bool mine = fault.at && (fault.mode == FROM    ? n >= fault.at
                                   : fault.mode == SHORT ? n == fault.at || n == fault.at + 1
                                                         : n == fault.at);
    if (mine)
        atomic_fetch_add(&hit, 1);
    return mine;
}

static bool watched(enum group g)
{
    return atomic_load_explicit(&ready, memory_order_relaxed) && fault.groups[g];
}

/* For calls that are no write: fails or dies. */
static bool refuse(void)
{
    if (!turn() || fault.mode == SHORT)
        return false;
    if (fault.mode == KILL || fault.mode == TEAR)
        die();
    errno = fault.error;
    return true;
}

static bool refuse_path(enum group g, const char *path)
{
    return watched(g) && path_counts(path) && refuse();
}

static bool refuse_fd(enum group g, int fd)
{
    return watched(g) && fd_counts(fd) && refuse();
}

/* ---- the calls ---- */

/* How much of a write goes through: all, none (errno is set), or half of it. */
static size_t write_part(int fd, size_t len, bool *fails, bool *dies)
{
    static atomic_bool cut;
    *fails = *dies = false;
    if (!watched(WRITE) || !fd_counts(fd) || !turn())
        return len;
    if (fault.mode == KILL)
        die();
    *dies = fault.mode == TEAR;
    if (*dies || (fault.mode == SHORT && !atomic_exchange(&cut, true)))
        return len / 2 ? len / 2 : len;
    *fails = true;
    return 0;
}

ssize_t write(int fd, const void *data, size_t len)
{
    bool fails, dies;
    const size_t part = write_part(fd, len, &fails, &dies);
    if (fails) {
        errno = fault.error;
        return -1;
    }
    const ssize_t n = syscall(SYS_write, fd, data, part);
    if (dies)
        die();
    return n;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
    bool fails, dies;
    const size_t part = write_part(fd, len, &fails, &dies);
    if (fails) {
        errno = fault.error;
        return -1;
    }
    const ssize_t n = syscall(SYS_pwrite64, fd, data, part, offset);
    if (dies)
        die();
    return n;
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
    return pwrite(fd, data, len, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    return refuse_fd(WRITE, fd) ? -1 : syscall(SYS_writev, fd, parts, n);
}

int fsync(int fd)
{
    if (refuse_fd(FSYNC, fd))
        return -1;
    return fault.no_sync ? 0 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    if (refuse_fd(FSYNC, fd))
        return -1;
    return fault.no_sync ? 0 : (int)syscall(SYS_fdatasync, fd);
}

int rename(const char *from, const char *to)
{
    if (refuse_path(RENAME, to))
        return -1;
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int open_at(int dir, const char *path, int flags, mode_t mode)
{
    const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
    if (writes && refuse_path(OPEN, path))
        return -1;
    return (int)syscall(SYS_openat, dir, path, flags | O_LARGEFILE, mode);
}

/* The mode is there only with O_CREAT. */
#define OPEN_MODE(last)                                                                            \
    mode_t mode = 0;                                                                               \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                           \
        va_list ap;                                                                                \
        va_start(ap, last);                                                                        \
        mode = va_arg(ap, mode_t);                                                                 \
        va_end(ap);                                                                                \
    }

int open(const char *path, int flags, ...)
{
    OPEN_MODE(flags)
    return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    OPEN_MODE(flags)
    return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
    OPEN_MODE(flags)
    return open_at(dir, path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...)
{
    OPEN_MODE(flags)
    return open_at(dir, path, flags, mode);
}

/* Whether a file could be written is answered as an attempt would be. */
int access(const char *path, int mode)
{
    if ((mode & W_OK) && refuse_path(OPEN, path))
        return -1;
    return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

int ftruncate(int fd, off_t size)
{
    return refuse_fd(TRUNCATE, fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

int mkdir(const char *path, mode_t mode)
{
    return refuse_path(MKDIR, path) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int unlink(const char *path)
{
    return refuse_path(UNLINK, path) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return refuse_path(UNLINK, path) ? -1
                                     : (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

/* As on Linux: the descriptor is gone even when close reports an error. */
int close(int fd)
{
    const bool fails = refuse_fd(CLOSE, fd);
    const int error = errno;
    const int result = (int)syscall(SYS_close, fd);
    if (!fails)
        return result;
    errno = error;
    return -1;
}

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    if (fd >= 0 && refuse_fd(MMAP, fd))
        return MAP_FAILED;
    const long p = syscall(SYS_mmap, at, len, protection, flags, fd, offset);
    return p == -1 ? MAP_FAILED : (void *)p;
}

void *mmap64(void *at, size_t len, int protection, int flags, int fd, off64_t offset)
{
    return mmap(at, len, protection, flags, fd, offset);
}

/* ---- memory ---- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
    return watched(MALLOC) && refuse() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return watched(MALLOC) && refuse() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    return watched(MALLOC) && refuse() ? NULL : __libc_realloc(p, size);
}
