#include "base/job.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

void at_job_progress(const attune_job *job, const char *stage, uint64_t done, uint64_t total)
{
    if (job && job->progress)
        job->progress(job->user, stage, done, total);
}

void at_job_log(const attune_job *job, attune_log_level level, const char *fmt, ...)
{
    if (!job || !job->log)
        return;
    char message[1024];
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof message)
        message[at_utf8_cut(message, sizeof message - 1)] = '\0';
    job->log(job->user, level, message);
}

bool at_job_cancelled(const attune_job *job)
{
    return job && job->cancelled && job->cancelled(job->user);
}

attune_status at_job_check(const attune_job *job, attune_error *err)
{
    return at_job_cancelled(job) ? at_fail(err, ATTUNE_CANCELLED, "interrupted") : ATTUNE_OK;
}
