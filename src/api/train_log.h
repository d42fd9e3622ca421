#ifndef AT_API_TRAIN_LOG_H
#define AT_API_TRAIN_LOG_H

#include <stdio.h>

#include "attune/job.h"
#include "base/status.h"

/*
 * logs/training_YYYYMMDD_HHMMSS.log (a second one of that second: ..._2.log): everything that a
 * training says, with times. `job` is to be
 * used in place of the caller's: it writes to the file and passes on.
 */
struct at_train_log {
    char path[2200];
    int fd; /* -1: the file could not be made; the training goes on without */
    attune_log_level least;
    const attune_job *caller;
    attune_job job;
};
/** Never fails for want of a log: a warning goes to the caller instead. */
void at_train_log_open(struct at_train_log *log, const char *folder, int64_t now_ms,
                       attune_log_level least, const attune_job *caller);
void at_train_log_close(struct at_train_log *log);

#endif
