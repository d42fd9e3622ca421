#ifndef AT_DATA_READER_JSON_H
#define AT_DATA_READER_JSON_H

#include "base/json.h"
#include "data/reader.h"

/*
 * One profile written as one JSON value: what the kinds jsonl and json have in common. The profile
 * points into the parsed document, which lives here until the next call or the release.
 */
struct at_reader_json {
    const struct at_reader_options *options;
    at_json *document;
    uint64_t n_rows; /* so far, bad ones too: the N of "row-N" */
};

/**
 * Reads `record`, which lies at `offset` of the file.
 * Errors   FORMAT  bytes that are not UTF-8, not JSON, or not a profile; the message names the
 * field
 */
attune_status at_reader_json_row(struct at_reader_json *state, struct at_profile *out,
                                 struct at_str record, uint64_t offset, struct at_arena *arena,
                                 attune_error *err);
void at_reader_json_release(struct at_reader_json *state);

#endif
