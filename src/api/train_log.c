#include "api/train_log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/job.h"

static void train_log_progress(void *user, const char *stage, uint64_t done, uint64_t total)
{
    at_job_progress(((struct at_train_log *)user)->caller, stage, done, total);
}

static bool train_log_cancelled(void *user)
{
    return at_job_cancelled(((struct at_train_log *)user)->caller);
}

static void train_log_line(void *user, attune_log_level level, const char *message)
{
    static const char *const names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
    struct at_train_log *log = user;
    at_job_log(log->caller, level, "%s", message);
    if (log->fd < 0 || level < log->least)
        return;
    char line[1200], now[AT_TIME_TEXT];
    at_time_format(now, at_clock_now_ms());
    int n = snprintf(line, sizeof line, "%s %s %s\n", now, names[level], message);
    if (n >= (int)sizeof line) {
        n = (int)sizeof line;
        line[n - 1] = '\n';
    }
    /* A full disk must not end a training: the log is a help, not a result. */
    if (n > 0 && write(log->fd, line, (size_t)n) < 0)
        at_job_log(log->caller, ATTUNE_LOG_DEBUG, "cannot write '%s'", log->path);
}

/* A file of its own: the second training of a second is training_..._2.log. */
static void train_log_create(struct at_train_log *log, const char *folder, const char *stamp)
{
    enum { MOST = 1000 };
    for (int i = 1; i <= MOST && log->fd < 0; i++) {
        char suffix[16] = "";
        if (i > 1)
            snprintf(suffix, sizeof suffix, "_%d", i);
        const int n =
            snprintf(log->path, sizeof log->path, "%s/training_%s%s.log", folder, stamp, suffix);
        if (n < 0 || (size_t)n >= sizeof log->path)
            return;
        log->fd = open(log->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
        if (log->fd < 0 && errno != EEXIST)
            return;
    }
}

void at_train_log_open(struct at_train_log *log, const char *folder, int64_t now_ms,
                       attune_log_level least, const attune_job *caller)
{
    char stamp[16];
    *log = (struct at_train_log){.fd = -1, .least = least, .caller = caller};
    log->job = (attune_job){.user = log,
                            .progress = train_log_progress,
                            .log = train_log_line,
                            .cancelled = train_log_cancelled};
    at_time_format_compact(stamp, now_ms);
    if (at_fs_mkdirs(folder, NULL) == ATTUNE_OK)
        train_log_create(log, folder, stamp);
    if (log->fd < 0)
        at_job_log(caller, ATTUNE_LOG_WARNING, "no training log: cannot write '%s'", log->path);
}

void at_train_log_close(struct at_train_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}
