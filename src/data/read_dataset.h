#ifndef AT_DATA_READ_DATASET_H
#define AT_DATA_READ_DATASET_H

#include "attune/job.h"
#include "data/dataset.h"

struct at_read_source {
    const char *path;     /* "-" is standard input */
    const char *format;   /* NULL: by name */
    struct at_str target; /* the field that holds the label */
};
/**
 * Reads a whole file of profiles into `out`. A bad row is logged as a warning with file, line and
 * reason, counted in *out_rejected (may be NULL), and left out.
 *
 * Errors   IO, INVALID (format), NO_MEMORY, CANCELLED; rows read so far stay in `out`
 */
attune_status at_read_dataset(struct at_dataset *out, uint64_t *out_rejected,
                              const struct at_read_source *source, const attune_job *job,
                              attune_error *err);

#endif
