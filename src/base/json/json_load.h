#ifndef AT_BASE_JSON_LOAD_H
#define AT_BASE_JSON_LOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * json_loadb that survives want of memory. jansson 2.14 passes over failed allocations in its
 * reader: it drops bytes of a text, writes past a block, or ends the process by an assertion. So
 * its reader never sees one: it is left at once, and what it had allocated is given back.
 *
 * Gives NULL on failure; *out_starved says whether memory was the reason, else see `e`.
 */
json_t *at_json_load(const char *text, size_t len_bytes, json_error_t *e, bool *out_starved);

#endif
