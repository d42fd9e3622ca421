#ifndef AT_CLI_TERM_H
#define AT_CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "attune/job.h"
#include "base/status.h"

/*
 * The two streams of the program. Results go to `out`; progress, warnings and errors to `err`.
 * Colours and the progress bar are for terminals only: colours not under NO_COLOR, neither on
 * TERM=dumb.
 */
struct at_term {
    FILE *out, *err;
    bool out_is_terminal, err_is_terminal;
    bool color_out, color_err;
    bool bar; /* draw progress */
    attune_log_level min_level;
    size_t width; /* columns of the terminal, 80 when unknown */

    uint64_t said[16]; /* hashes of the warnings and errors that were logged, a ring */
    size_t n_said;
    bool out_closed; /* the reader of `out` has gone: end quietly */
    bool bar_drawn;
    char stage[40];
    double stage_start, last_draw; /* seconds */
};

struct at_term at_term_open(FILE *out, FILE *err);
/** quiet: errors only, no bar. verbose: everything. */
void at_term_set_level(struct at_term *term, bool quiet, bool verbose);

/** Writes to `out`. Errors: IO with the system's reason; a reader that has gone is OK (out_closed).
 */
attune_status at_term_write(struct at_term *term, const void *data, size_t len_bytes,
                            attune_error *err);
attune_status at_term_flush(struct at_term *term, attune_error *err);

/** "attune: warning: MESSAGE" on `err`, if the level is wanted. */
void at_term_log(struct at_term *term, attune_log_level level, const char *message);
/** The message is among the newest warnings and errors: saying it again would help nobody. */
bool at_term_has_said(const struct at_term *term, const char *message);
/** Draws the bar, at most ten times a second. */
void at_term_progress(struct at_term *term, const char *stage, uint64_t done, uint64_t total);
/** Removes the bar. */
void at_term_progress_end(struct at_term *term);

#endif
