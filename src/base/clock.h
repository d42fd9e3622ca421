#ifndef AT_BASE_CLOCK_H
#define AT_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { AT_TIME_TEXT = 25 }; /* "2026-01-03T10:00:00.000Z" and a NUL */
#define AT_TIME_NONE INT64_MIN

int64_t at_clock_now_ms(void);          /* Unix time, UTC, milliseconds */
double at_clock_seconds(void);          /* monotonic; for durations */
uint64_t at_clock_peak_rss_bytes(void); /* highest resident memory of this process so far */

/**
 * RFC 3339 in UTC. The milliseconds are left out when they are 0; "invalid time" outside of the
 * years 0001..9999.
 */
void at_time_format(char out[AT_TIME_TEXT], int64_t unix_ms);
/** "20260103_100000", UTC: the name of a training log. */
void at_time_format_compact(char out[16], int64_t unix_ms);
/**
 * Reads RFC 3339 (any offset, optional fraction, 'T', 't' or ' '); years 0001..9999 in UTC. Digits
 * past the millisecond are dropped; a leap second is the first of the next minute.
 */
bool at_time_parse(struct at_str text, int64_t *out_unix_ms);

#endif
