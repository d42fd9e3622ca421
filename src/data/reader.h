#ifndef AT_DATA_READER_H
#define AT_DATA_READER_H

#include <stdbool.h>

#include "attune/option.h"
#include "base/option.h"
#include "data/profile.h"

/*
 * Profiles from a file, one at a time, in constant memory. A reader kind is a folder under
 * data/reader that defines `const struct at_reader_kind at_reader_kind_<folder>`. Files packed by
 * gzip or zstd are unpacked on the way (their content tells); "-" is standard input.
 *
 * Field names as in the contract: fan_id, messages | text, at, from, language, split, labels{}, and
 * any other text field is the label of the target of that name where the name is in `targets`.
 * A label is a text, a whole number or true/false (both turned to text); null is no label. Unknown
 * fields are ignored. Where need_fan_id is false the field `id` may stand for fan_id.
 *
 * In CSV an empty cell says nothing; language, split and labels hold for the whole profile, so that
 * one row of it is enough, and a bad row is left out of its profile, which goes on.
 */
struct at_reader_options {
    const struct at_str *targets; /* names that are labels; others are ignored */
    size_t n_targets;
    bool need_fan_id;         /* false: a row without one gets "row-N", N counting rows from 1 */
    size_t max_row_bytes;     /* of one line or one JSON value; 0: 256 MiB */
    size_t max_message_bytes; /* 0: 1 MiB */
};

struct at_reader; /* one open file */

/** `format` is a kind's name, or NULL: by the file's name (.jsonl .ndjson .json .csv .tsv, then .gz
 * .zst), standard input is jsonl. Errors: IO, INVALID (unknown format: the message lists what there
 * is). */
attune_status at_reader_open(struct at_reader **out, const char *path, const char *format,
                             const struct at_reader_options *options, attune_error *err);
/** As at_reader_open, over bytes in memory, which are borrowed; `name` stands for the file in
 * messages and `format` is a kind's name. */
attune_status at_reader_open_memory(struct at_reader **out, const void *data, size_t size_bytes,
                                    const char *name, const char *format,
                                    const struct at_reader_options *options, attune_error *err);
/**
 * The next profile, valid until the next call. *out is NULL at the end.
 * Errors   FORMAT   one bad row: "FILE:LINE: REASON"; the next call goes on after it
 *          other    the file cannot be read on
 */
attune_status at_reader_next(struct at_reader *reader, const struct at_profile **out,
                             attune_error *err);
/** Bytes of the file read so far (before unpacking) and in all (0: unknown); for progress. */
void at_reader_position(const struct at_reader *reader, uint64_t *done, uint64_t *total);
uint64_t at_reader_line(const struct at_reader *reader); /* line of the last row, from 1 */
void at_reader_close(struct at_reader *reader);          /* takes NULL */

/* What a kind gets: a stream of bytes, and a place for the profile. */
struct at_stream; /* base/stream.h */
struct at_reader_kind {
    const char *name, *summary;
    const char *const *suffixes; /* ".jsonl", ...; NULL-terminated */
    attune_status (*open)(void **out_state, struct at_stream *stream,
                          const struct at_reader_options *options, const char *path,
                          attune_error *err);
    /* As at_reader_next, but the reason of a bad row comes without FILE:LINE; *out_line is set in
     * any case. `arena` was cleared by the caller, and the options live as long as the state. */
    attune_status (*next)(void *state, struct at_profile *out, bool *out_end,
                          struct at_arena *arena, uint64_t *out_line, attune_error *err);
    void (*close)(void *state);
};
extern const struct at_reader_kind *const at_reader_kind_table[];

#endif
