#ifndef AT_DATA_READER_ROW_H
#define AT_DATA_READER_ROW_H

#include "data/reader.h"

/*
 * What every reader kind asks of the cells of a row, so that a rule and its message stand in one
 * place. The messages do not name the field; the caller puts it before them with at_wrap. The
 * options are those that at_reader_open made: limits set, target names NUL-terminated.
 */

/** Refuses invalid UTF-8 and NUL bytes in a raw record; `offset` is the record's place in the file.
 *  Errors: FORMAT, with the byte's offset in the record and in the file. */
attune_status at_row_check_bytes(struct at_str record, uint64_t offset, attune_error *err);
attune_status at_row_from(struct at_str text, enum at_from *out, attune_error *err);
attune_status at_row_time(struct at_str text, int64_t *out_unix_ms, attune_error *err);
attune_status at_row_split(struct at_str text, enum at_split *out, attune_error *err);
attune_status at_row_message_size(size_t len_bytes, const struct at_reader_options *options,
                                  attune_error *err);
/**
 * Adds a label; the same one twice is fine. profile->labels has room for every target.
 * Errors   FORMAT  an empty label, or one that differs from what the profile has; the message names
 *                  the target
 */
attune_status at_row_label(struct at_profile *profile, struct at_str target, struct at_str label,
                           attune_error *err);
/** Checks a fan_id that was given, or makes "row-N" from an empty one where options allow. */
attune_status at_row_fan_id(struct at_str *fan_id, uint64_t row,
                            const struct at_reader_options *options, struct at_arena *arena,
                            attune_error *err);

#endif
