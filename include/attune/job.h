/* job.h - progress of long work, and stopping it. */
#ifndef ATTUNE_JOB_H
#define ATTUNE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "attune/export.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum attune_log_level {
    ATTUNE_LOG_DEBUG,
    ATTUNE_LOG_INFO,
    ATTUNE_LOG_WARNING,
    ATTUNE_LOG_ERROR
} attune_log_level;

/* Owned by the caller; every member may be NULL, and a NULL attune_job means "silent, not
 * stoppable". progress and log are called from the thread that called the library, never from two
 * at once; cancelled may be called from any worker thread and must be async-safe (read an atomic).
 */
typedef struct attune_job {
    void *user;
    /* `stage` is a short static text such as "import" or "fit"; total is 0 while it is unknown. */
    void (*progress)(void *user, const char *stage, uint64_t done, uint64_t total);
    void (*log)(void *user, attune_log_level level, const char *message);
    bool (*cancelled)(void *user);
} attune_job;

#ifdef __cplusplus
}
#endif
#endif
