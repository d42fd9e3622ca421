#ifndef AT_BASE_BUNDLE_H
#define AT_BASE_BUNDLE_H

#include "attune/kind.h"
#include "base/fs.h"
#include "base/hash.h"

/*
 * A bundle is the model file: named sections of bytes under one checksum
 * (docs/reference/model-file.md).
 *
 *   0   char[8]   magic "attune\x1a\n"
 *   8   u32       format version, 1
 *   12  u32       number of sections, at most 1024
 *   16  u64       offset of the section table
 *   24  u64       size of the whole file
 *   32  u8[32]    BLAKE2b-256 of everything from byte 64 to the end
 *   64  sections, each starting at a multiple of 64, zeros between them
 *   ..  section table: n x { char name[48], NUL-padded; u64 offset; u64 size }, at the very end
 *
 * All numbers are little-endian. A reader maps the file, checks header, sizes, table and checksum
 * before anything is allocated, and lends pointers into the map. Nothing in it is ever executed.
 */
enum { AT_BUNDLE_VERSION = 1, AT_BUNDLE_ALIGN = 64, AT_BUNDLE_NAME = 48 };

/** Writing. `prefix` (may be "") is put before the names that the next puts give. */
attune_status at_bundle_create(attune_writer **out, const char *path, attune_error *err);
void at_bundle_set_prefix(attune_writer *writer, const char *prefix);
/** Writes table and header, syncs, renames into place; frees the writer in any case. */
attune_status at_bundle_commit(attune_writer *writer, attune_error *err);
/** The first half: writes table and header; *out is then to be committed or aborted. Frees the
 * writer in any case; after a failure *out has nothing to abort. */
attune_status at_bundle_finish(attune_writer *writer, struct at_fs_out *out, attune_error *err);
void at_bundle_abort(attune_writer *writer); /* takes NULL */

/**
 * Reading: storage of the caller. Errors: IO; CORRUPT (not a model file, damaged, truncated, bytes
 * after the end); TOO_NEW. After a failure *reader is empty and there is nothing to close.
 */
struct attune_reader {
    struct at_fs_map map;
    char prefix[AT_BUNDLE_NAME];
    const char *path; /* borrowed, for messages */
};
attune_status at_bundle_open(attune_reader *reader, const char *path, attune_error *err);
/** The same checks over bytes in memory, which must be 64-byte aligned and outlive the reader. */
attune_status at_bundle_open_memory(attune_reader *reader, const void *data, size_t size_bytes,
                                    const char *name, attune_error *err);
void at_bundle_close(attune_reader *reader); /* only after at_bundle_open */
/** true when the section exists (under the reader's prefix). */
bool at_bundle_has(const attune_reader *reader, const char *name);
/** A copy of the reader that looks under `prefix`; shares the map, is not closed. */
attune_reader at_bundle_sub(const attune_reader *reader, const char *prefix);

#endif
