/* status.h - how every function of attune reports success or failure.
 *
 * A function that can fail returns an attune_status and takes, as its last argument, a pointer to
 * an attune_error of the caller (or NULL). On failure the message says what went wrong, where, and
 * what to do; outputs are then NULL or untouched. There is no hidden "last error". */
#ifndef ATTUNE_STATUS_H
#define ATTUNE_STATUS_H

#include "attune/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* name, value (stable), HTTP status, exit code of the program, text */
#define ATTUNE_STATUS_MAP(X)                                                                       \
    X(OK, 0, 200, 0, "done")                                                                       \
    X(NO_MEMORY, 1, 503, 1, "out of memory")                                                       \
    X(INVALID, 2, 422, 2, "invalid argument")                                                      \
    X(IO, 3, 500, 1, "input or output failed")                                                     \
    X(FORMAT, 4, 422, 1, "malformed data")                                                         \
    X(NOT_FOUND, 5, 404, 1, "not found")                                                           \
    X(NOT_ENOUGH, 6, 422, 3, "not enough data")                                                    \
    X(REFUSED, 7, 409, 4, "refused by the promotion gate")                                         \
    X(BUSY, 8, 409, 5, "busy")                                                                     \
    X(CANCELLED, 9, 409, 130, "interrupted")                                                       \
    X(CORRUPT, 10, 500, 1, "damaged file")                                                         \
    X(TOO_NEW, 11, 409, 1, "written by a newer attune")                                            \
    X(CONFLICT, 12, 409, 1, "conflict")                                                            \
    X(LIMIT, 13, 413, 1, "limit exceeded")                                                         \
    X(UNSUPPORTED, 14, 501, 1, "not built in")                                                     \
    X(INTERNAL, 15, 500, 1, "internal error")

typedef enum attune_status {
#define X(name, value, http, exit, text) ATTUNE_##name = value,
    ATTUNE_STATUS_MAP(X)
#undef X
} attune_status;

typedef struct attune_error {
    attune_status status;
    int os_error;      /* errno where the system refused, else 0 */
    char message[480]; /* UTF-8, NUL-terminated, no trailing newline */
} attune_error;

/* Static text of a status; "unknown status" for a value outside the list. */
ATTUNE_API const char *attune_status_text(attune_status status);
/* HTTP status code (200..599) and program exit code (0..130) that belong to a status. */
ATTUNE_API int attune_status_http(attune_status status);
ATTUNE_API int attune_status_exit(attune_status status);

#ifdef __cplusplus
}
#endif
#endif
