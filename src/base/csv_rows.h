#ifndef AT_BASE_CSV_ROWS_H
#define AT_BASE_CSV_ROWS_H

#include "base/stream_window.h"

/*
 * CSV as RFC 4180 has it: fields divided by a separator, rows by a line break; a field in double
 * quotes may hold separators, line breaks and quotes (doubled). A quote in a field that does not
 * begin with one is refused rather than guessed at.
 *
 * A row is taken in two steps, so that its bytes can be checked before escapes are undone:
 *     at_csv_next (where does it end?), then at_csv_split (what is in it?).
 */
struct at_csv {
    struct at_stream *stream; /* borrowed */
    size_t max_row_bytes;
    char separator; /* 0: not known yet; then ',', ';' and tab all count */

    uint64_t line;         /* of the row's first byte, from 1 */
    uint64_t offset;       /* of the row's first byte in the stream */
    struct at_str *fields; /* [n_fields] after at_csv_split; valid until at_csv_next */
    size_t n_fields;

    struct at_window window; /* the rest is its own business */
    char *row;
    size_t row_len, used_bytes, cap_fields;
    uint64_t next_line;
};

/** `csv` is zeroed, and stream and max_row_bytes are set. The next row as raw bytes, which belong
 * to the reader's buffer until the next call; *out_more is false at the end. Errors   LIMIT   a row
 * of more than max_row_bytes; it is skipped and the next call goes on FORMAT  a quote that is never
 * closed; the next call is at the end */
attune_status at_csv_next(struct at_csv *csv, struct at_str *out_row, bool *out_more,
                          attune_error *err);
/** Splits the row of the last at_csv_next, in place.
 *  Errors   FORMAT  a quote where none may be, with its byte offset in the row */
attune_status at_csv_split(struct at_csv *csv, attune_error *err);
/** The separator that a header row uses: the most frequent of comma, semicolon and tab. */
char at_csv_guess_separator(struct at_str header);
void at_csv_release(struct at_csv *csv);

#endif
