#ifndef AT_BASE_STATUS_H
#define AT_BASE_STATUS_H

#include "attune/status.h"

/**
 * Records a failure in `err` (may be NULL) and returns `status`: `return at_fail(err, ATTUNE_X,
 * ...)`. Use at_fail where the failure is detected, at_wrap to add context on the way up, AT_TRY to
 * pass on. The message says what, where and what to do; a text too long for it is cut at a whole
 * character, and bytes that are not UTF-8 or would steer a terminal become '?'.
 */
attune_status at_fail(attune_error *err, attune_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** As at_fail, and appends the system's word for errno: "cannot open 'x': No such file (...)". */
attune_status at_fail_os(attune_error *err, int os_error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** Puts "context: " before the message in `err`; keeps status and os_error; returns `status`. */
attune_status at_wrap(attune_error *err, attune_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What fails is never OK, and saying so lets the compiler see that outputs are set wherever the
 * status is OK; without it -Wmaybe-uninitialized is wrong about many a caller. */
static inline attune_status at_never_ok(attune_status status)
{
    if (status == ATTUNE_OK)
        __builtin_unreachable();
    return status;
}
#define at_fail(...)    at_never_ok(at_fail(__VA_ARGS__))
#define at_fail_os(...) at_never_ok(at_fail_os(__VA_ARGS__))

#define AT_TRY(expr)                                                                               \
    do {                                                                                           \
        const attune_status at_try_status_ = (expr);                                               \
        if (at_try_status_ != ATTUNE_OK)                                                           \
            return at_try_status_;                                                                 \
    } while (0)

#endif
