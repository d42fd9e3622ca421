#include "data/read_dataset.h"

#include "base/job.h"
#include "data/reader.h"

enum { READ_PROGRESS_ROWS = 512 };

static attune_status read_progress(struct at_reader *reader, const attune_job *job,
                                   attune_error *err)
{
    uint64_t done, total;
    AT_TRY(at_job_check(job, err));
    at_reader_position(reader, &done, &total);
    at_job_progress(job, "read", done, total);
    return ATTUNE_OK;
}

static attune_status read_rows(struct at_dataset *out, uint64_t *out_rejected,
                               struct at_reader *reader, const attune_job *job, attune_error *err)
{
    for (uint64_t i = 0;; i++) {
        const struct at_profile *profile;
        attune_error why = {0};
        if (i % READ_PROGRESS_ROWS == 0)
            AT_TRY(read_progress(reader, job, err));
        const attune_status status = at_reader_next(reader, &profile, &why);
        if (status == ATTUNE_FORMAT) {
            ++*out_rejected;
            at_job_log(job, ATTUNE_LOG_WARNING, "%s", why.message);
            continue;
        }
        if (status != ATTUNE_OK && err)
            *err = why;
        if (status != ATTUNE_OK || !profile)
            return status;
        AT_TRY(at_dataset_add(out, profile, err));
    }
}

attune_status at_read_dataset(struct at_dataset *out, uint64_t *out_rejected,
                              const struct at_read_source *source, const attune_job *job,
                              attune_error *err)
{
    const struct at_reader_options options = {.targets = &source->target, .n_targets = 1};
    struct at_reader *reader;
    uint64_t n_rejected = 0;
    AT_TRY(at_reader_open(&reader, source->path, source->format, &options, err));
    const attune_status status = read_rows(out, &n_rejected, reader, job, err);
    at_reader_close(reader);
    if (out_rejected)
        *out_rejected = n_rejected;
    return status;
}
