#ifndef AT_BASE_JOB_H
#define AT_BASE_JOB_H

#include "attune/job.h"
#include "base/status.h"

/* Calls of a job that may be NULL or have NULL members. */
void at_job_progress(const attune_job *job, const char *stage, uint64_t done, uint64_t total);
void at_job_log(const attune_job *job, attune_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool at_job_cancelled(const attune_job *job);
/** OK, or CANCELLED with a message: AT_TRY(at_job_check(job, err)) in every long loop. */
attune_status at_job_check(const attune_job *job, attune_error *err);

#endif
