/* Rows go from reader to store in batches: a transaction is committed every few thousand messages,
 * so that an interruption loses little and the journal stays small. */
#include <stdio.h>

#include "api/home_language.h"
#include "attune/dataset.h"
#include "base/job.h"
#include "data/reader.h"

enum { IMPORT_BATCH_MESSAGES = 100000, IMPORT_ERRORS_SHOWN = 100 };

struct import_run {
    attune_home *home;
    struct at_store *store; /* NULL: a dry run */
    const attune_job *job;
    struct at_reader_options reader;
    struct at_str targets[AT_TARGETS_MAX];
    const char *file;
    uint64_t rows, profiles, rejected, messages;
    struct at_store_change total;
    uint64_t fans_new;
    size_t in_batch;
    bool in_transaction;
    struct at_buf errors; /* JSON texts with commas */
};

static attune_status import_commit(struct import_run *run, attune_error *err)
{
    if (!run->in_transaction)
        return ATTUNE_OK;
    run->in_transaction = false;
    run->in_batch = 0;
    const attune_status status = run->store->kind->commit(run->store, err);
    if (status != ATTUNE_OK)
        run->store->kind->rollback(run->store);
    return status;
}

static attune_status import_store(struct import_run *run, const struct at_profile *profile,
                                  attune_error *err)
{
    struct at_store_change change;
    const struct at_profile stored = at_home_profile_to_store(run->home, profile);
    if (!run->in_transaction)
        AT_TRY(run->store->kind->begin(run->store, err));
    run->in_transaction = true;
    AT_TRY(run->store->kind->profile_add(run->store, &stored, run->file, at_clock_now_ms(), &change,
                                         err));
    run->fans_new += change.new_fan;
    run->total.new_messages += change.new_messages;
    run->total.new_labels += change.new_labels;
    run->total.changed_labels += change.changed_labels;
    run->in_batch += profile->n_messages + 1;
    return run->in_batch >= IMPORT_BATCH_MESSAGES ? import_commit(run, err) : ATTUNE_OK;
}

/* A label must be one of its target's; everything else was checked by the reader. */
static attune_status import_check(const struct import_run *run, const struct at_profile *profile,
                                  uint64_t line, attune_error *err)
{
    const struct at_config *config = &run->home->config;
    for (size_t i = 0; i < profile->n_labels; i++) {
        const struct at_label *l = &profile->labels[i];
        for (size_t t = 0; t < config->n_targets; t++) {
            const struct at_labels *labels = &config->targets[t];
            if (!at_str_equal(labels->target, l->target) ||
                at_labels_find(labels, l->label) != AT_CLASS_NONE)
                continue;
            char known[256] = "";
            size_t used = 0;
            for (size_t k = 0; k < labels->n && used < sizeof known; k++)
                used += (size_t)snprintf(known + used, sizeof known - used, "%s%.*s", k ? ", " : "",
                                         (int)labels->names[k].len, labels->names[k].ptr);
            return at_fail(err, ATTUNE_FORMAT,
                           "%s:%llu: '%.*s' is not a label of %.*s; expected one of: %s", run->file,
                           (unsigned long long)line, (int)(l->label.len < 60 ? l->label.len : 60),
                           l->label.ptr, (int)l->target.len, l->target.ptr, known);
        }
    }
    return ATTUNE_OK;
}

static attune_status import_reject(struct import_run *run, const attune_error *why,
                                   attune_error *err)
{
    run->rejected++;
    at_job_log(run->job, ATTUNE_LOG_WARNING, "%s", why->message);
    if (run->rejected > IMPORT_ERRORS_SHOWN)
        return ATTUNE_OK;
    struct at_json_out o = at_json_out_to(&run->errors, 0);
    if (run->errors.len)
        AT_TRY(at_buf_addz(&run->errors, ",", err));
    at_json_put_text(&o, why->message);
    return at_json_end(&o, err);
}

static attune_status import_row(struct import_run *run, struct at_reader *reader, bool *more,
                                attune_error *err)
{
    const struct at_profile *profile;
    attune_error why = {0};
    attune_status status = at_reader_next(reader, &profile, &why);
    *more = status == ATTUNE_FORMAT || profile;
    run->rows += *more;
    if (status == ATTUNE_OK && profile)
        status = import_check(run, profile, at_reader_line(reader), &why);
    if (status == ATTUNE_FORMAT)
        return import_reject(run, &why, err);
    if (status != ATTUNE_OK) {
        if (err)
            *err = why;
        return status;
    }
    if (!profile)
        return ATTUNE_OK;
    run->profiles++;
    run->messages += profile->n_messages;
    return run->store ? import_store(run, profile, err) : ATTUNE_OK;
}

static attune_status import_rows(struct import_run *run, struct at_reader *reader,
                                 attune_error *err)
{
    bool more = true;
    for (uint64_t i = 0; more; i++) {
        if (i % 512 == 0) {
            uint64_t done, total;
            AT_TRY(at_job_check(run->job, err));
            at_reader_position(reader, &done, &total);
            at_job_progress(run->job, "import", done, total);
        }
        AT_TRY(import_row(run, reader, &more, err));
    }
    return import_commit(run, err);
}

static attune_status import_file(struct import_run *run, const char *file, const char *format,
                                 attune_error *err)
{
    struct at_reader *reader;
    run->file = file;
    AT_TRY(at_reader_open(&reader, file, format, &run->reader, err));
    attune_status status = import_rows(run, reader, err);
    at_reader_close(reader);
    /* What was complete before a failure or an interruption is kept. */
    if (status != ATTUNE_OK && run->in_transaction) {
        attune_error ignored;
        if (import_commit(run, status == ATTUNE_CANCELLED ? &ignored : NULL) != ATTUNE_OK)
            at_job_log(run->job, ATTUNE_LOG_WARNING, "the last rows could not be kept");
    }
    return status;
}

static void import_report(struct at_json_out *o, const struct import_run *run,
                          const struct attune_import_options *options, double seconds)
{
    at_json_put_key(o, "files");
    at_json_array_begin(o);
    for (size_t i = 0; i < options->n_files; i++)
        at_json_put_text(o, options->files[i]);
    at_json_array_end(o);
    at_json_set_bool(o, "dry_run", options->dry_run);
    at_json_set_int(o, "rows", (int64_t)run->rows);
    at_json_set_int(o, "profiles", (int64_t)run->profiles);
    at_json_set_int(o, "messages", (int64_t)run->messages);
    at_json_set_int(o, "fans_new", (int64_t)run->fans_new);
    at_json_set_int(o, "messages_new", (int64_t)run->total.new_messages);
    at_json_set_int(o, "labels_new", (int64_t)run->total.new_labels);
    at_json_set_int(o, "labels_changed", (int64_t)run->total.changed_labels);
    at_json_set_int(o, "rejected", (int64_t)run->rejected);
    at_json_put_key(o, "errors");
    at_json_array_begin(o);
    if (run->errors.len)
        at_json_put_raw(o, run->errors.data, run->errors.len);
    at_json_array_end(o);
    at_json_set_real(o, "seconds", seconds);
}

attune_status attune_import(attune_home *home, const struct attune_import_options *options,
                            const attune_job *job, char **out_json, attune_error *err)
{
    struct import_run run = {.home = home, .job = job};
    const double t0 = at_clock_seconds();
    *out_json = NULL;
    for (size_t i = 0; i < home->config.n_targets; i++)
        run.targets[i] = home->config.targets[i].target;
    run.reader = (struct at_reader_options){
        .targets = run.targets, .n_targets = home->config.n_targets, .need_fan_id = true};
    attune_status status = ATTUNE_OK;
    if (options->n_files == 0)
        status = at_fail(err, ATTUNE_INVALID, "no file to import");
    if (status == ATTUNE_OK && !options->dry_run)
        status = at_home_store(home, AT_STORE_WRITE, &run.store, err);
    for (size_t i = 0; i < options->n_files && status == ATTUNE_OK; i++)
        status = import_file(&run, options->files[i], options->format, err);
    struct at_report report;
    at_report_begin(&report);
    import_report(&report.o, &run, options, at_clock_seconds() - t0);
    status = at_report_end(&report, status, out_json, err);
    at_buf_release(&run.errors);
    return status;
}
