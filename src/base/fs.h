#ifndef AT_BASE_FS_H
#define AT_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attune/kind.h"
#include "base/buf.h"
#include "base/status.h"

/* Files, with errors that name the path and the reason. Paths are UTF-8, NUL-terminated. */

bool at_fs_exists(const char *path);
bool at_fs_is_dir(const char *path);
/** dir + "/" + name into out; LIMIT when it does not fit. */
attune_status at_fs_join(char *out, size_t out_size, const char *dir, const char *name,
                         attune_error *err);
/** Appends a whole file to `out`; LIMIT past max_bytes. On failure the content of `out` is
 * unchanged. */
attune_status at_fs_read(const char *path, struct at_buf *out, size_t max_bytes, attune_error *err);
/** mkdir -p; an existing directory is fine. */
attune_status at_fs_mkdirs(const char *path, attune_error *err);
/** As at_fs_mkdirs; the last folder, if it is new, is its owner's alone (mode 0700). */
attune_status at_fs_mkdirs_private(const char *path, attune_error *err);
/** rm -r; a missing path is fine. Does not follow links. */
attune_status at_fs_remove_tree(const char *path, attune_error *err);
/** Makes names created, renamed or removed in `dir` survive a power cut. */
attune_status at_fs_sync_dir(const char *dir, attune_error *err);
/** fsync of the folder that holds `path`. */
attune_status at_fs_sync_parent(const char *path, attune_error *err);
/** Renames, then syncs the parent of `to`. Replaces a file; refuses to replace a folder (IO,
 * EEXIST). */
attune_status at_fs_rename(const char *from, const char *to, attune_error *err);

/**
 * A file that appears whole or not at all: written beside its final name (suffix .tmp-PID-N), then
 * checked, synced and renamed by commit. An fsync that failed is never tried again: what it did not
 * write may be lost, so the file is given up. abort (or a crash) leaves the old file as it was.
 */
struct at_fs_out {
    int fd, os_error; /* os_error: of its fsync */
    char path[4096], tmp[4096];
};
attune_status at_fs_out_open(struct at_fs_out *out, const char *path, attune_error *err);
attune_status at_fs_out_write(struct at_fs_out *out, const void *data, size_t len_bytes,
                              attune_error *err);
attune_status at_fs_out_pwrite(struct at_fs_out *out, const void *data, size_t len_bytes,
                               uint64_t offset, attune_error *err);
attune_status at_fs_out_commit(struct at_fs_out *out, attune_error *err); /* closes in any case */
/**
 * Commits n files of one folder: their contents are synced at the same time (by the threads of
 * `pool`, or NULL), then they are renamed in order and the folder is synced once. A disk's journal
 * writes what waits for it together, so n files take about as long as one. Closes all in any case;
 * after a failure the first ones may be in place, and the others are as they were.
 */
attune_status at_fs_out_commit_all(struct at_fs_out *const *outs, size_t n, attune_pool *pool,
                                   attune_error *err);
void at_fs_out_abort(struct at_fs_out *out); /* after commit: does nothing */
/** The four steps for content that is in memory. */
attune_status at_fs_write(const char *path, const void *data, size_t len_bytes, attune_error *err);
/**
 * Appends one whole record and fsyncs it; on failure the file is as it was. Creates the file. Safe
 * with other appenders, in this process or another.
 */
attune_status at_fs_append(const char *path, const void *data, size_t len_bytes, attune_error *err);

/** A file mapped read-only. The empty file maps to NULL, 0. */
struct at_fs_map {
    const unsigned char *data;
    size_t size;
};
attune_status at_fs_map_open(struct at_fs_map *map, const char *path, attune_error *err);
void at_fs_map_close(struct at_fs_map *map);

/**
 * An exclusive lock that ends with the process (flock). BUSY, with the text that the holder left in
 * the file, when another process or handle has it.
 */
struct at_fs_lock {
    int fd; /* -1: not held */
};
attune_status at_fs_lock_take(struct at_fs_lock *lock, const char *path, const char *who,
                              attune_error *err);
void at_fs_lock_release(struct at_fs_lock *lock);

#endif
