#ifndef AT_DATA_READER_JSON_SCAN_H
#define AT_DATA_READER_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Finds where a JSON value ends without understanding it: strings and their escapes, and the depth
 * of brackets. A zeroed struct is at the start of a value; the bytes come in pieces of any size.
 */
struct at_json_scan {
    size_t depth;
    bool started, in_string, escaped, in_scalar;
};

/** Bytes of p[0..n) that belong to the value; *out_done when it ends there. A number or a word ends
 *  before the byte that cannot be part of it, so at the end of the text it is never "done". */
size_t at_json_scan_feed(struct at_json_scan *scan, const char *p, size_t n, bool *out_done);

#endif
