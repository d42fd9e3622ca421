/* Mapping needs its own file: <sys/mman.h> is the only part of fs that a port would replace. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

attune_status at_fs_map_open(struct at_fs_map *map, const char *path, attune_error *err)
{
    *map = (struct at_fs_map){0};
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO must not block */
    if (fd < 0)
        return at_fail_os(err, errno, "cannot open '%s'", path);
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return at_fail(err, ATTUNE_IO, "'%s' is not a file", path);
    }
    if (st.st_size == 0) {
        close(fd);
        return ATTUNE_OK;
    }
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    const int os_error = errno;
    close(fd);
    if (data == MAP_FAILED)
        return at_fail_os(err, os_error, "cannot map '%s'", path);
    *map = (struct at_fs_map){data, (size_t)st.st_size};
    return ATTUNE_OK;
}

void at_fs_map_close(struct at_fs_map *map)
{
    if (map->data)
        munmap((void *)(uintptr_t)map->data, map->size);
    *map = (struct at_fs_map){0};
}
