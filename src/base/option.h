#ifndef AT_BASE_OPTION_H
#define AT_BASE_OPTION_H

#include "attune/option.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"

/*
 * Values of an option table (attune/option.h). A table is an array of rows; `values` is the struct
 * that the offsets point into. Text values are copied into `texts`, defaults point to the table.
 */
struct at_option_table {
    const struct attune_option *rows;
    size_t n_rows;
};

/** Fills every value with its default. Errors: INTERNAL for a table whose default is not valid. */
attune_status at_options_defaults(struct at_option_table table, void *values, attune_error *err);
/** NULL when there is no such option. '-' and '_' in `name` are the same. */
const struct attune_option *at_option_find(struct at_option_table table, const char *name);
/**
 * Sets one value from text. `where` names the source for the message ("--max-features",
 * "config.json: ml.min_confidence"). Errors: INVALID, with what is allowed; the value is unchanged.
 */
attune_status at_option_set(const struct attune_option *option, void *values, const char *text,
                            const char *where, struct at_arena *texts, attune_error *err);
/** Sets many by name; an unknown name is INVALID and the message lists the near ones. */
attune_status at_options_set(struct at_option_table table, void *values,
                             const struct attune_setting *settings, size_t n_settings,
                             struct at_arena *texts, attune_error *err);
/** The value as text, such that at_option_set reads it back. A NULL text gives "". */
attune_status at_option_format(const struct attune_option *option, const void *values,
                               struct at_buf *out, attune_error *err);
/** "1..100", "one of none, english", "true or false": for help and messages. */
attune_status at_option_allowed(const struct attune_option *option, struct at_buf *out,
                                attune_error *err);

/** Edits (Levenshtein) between two short names, '-' and '_' being the same; 99 for very long ones.
 */
unsigned at_name_distance(const char *a, const char *b);

/** "90s", "1.5h", "250ms", "2d", "0": true and *out_ms, or false. */
bool at_parse_duration(struct at_str text, int64_t *out_ms);

#endif
