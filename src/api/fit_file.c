/* `attune fit`: one file in, a model folder and a score out. No home, no store. */
#include <string.h>

#include "api/home_impl.h"
#include "api/train_report.h"
#include "api/train_target.h"
#include "attune/train.h"
#include "base/alloc.h"
#include "base/job.h"
#include "base/pool.h"
#include "data/read_dataset.h"

enum { FIT_BOOTSTRAP = 2000, FIT_SEED = 42 };

struct fit_run {
    const struct attune_fit_file_options *options;
    const attune_job *job;
    struct at_dataset dataset;
    struct at_labels labels;
    struct at_arena arena;
    uint32_t *y;
    uint8_t *role;
    struct at_recipe recipe;
    struct at_train_result result;
    attune_pool *pool;
    uint64_t n_rejected;
    double seconds_read;
};

static attune_status fit_read(struct fit_run *run, attune_error *err)
{
    const struct at_read_source source = {.path = run->options->data,
                                          .format = run->options->format,
                                          .target = at_str_from(run->options->label)};
    const double t0 = at_clock_seconds();
    const attune_status status =
        at_read_dataset(&run->dataset, &run->n_rejected, &source, run->job, err);
    run->seconds_read = at_clock_seconds() - t0;
    return status;
}

static attune_status fit_roles(struct fit_run *run, attune_error *err)
{
    const size_t n = run->dataset.n;
    size_t n_test = 0, n_unlabelled = 0;
    const struct at_str target = at_str_from(run->options->label);
    run->y = AT_ALLOC(uint32_t, n);
    run->role = AT_ALLOC(uint8_t, n);
    if (!run->y || !run->role)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", n);
    if (n == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "'%s' holds no usable profile", run->options->data);
    const attune_status status =
        at_dataset_find_labels(&run->dataset, target, &run->labels, &run->arena, err);
    if (status != ATTUNE_OK)
        return at_wrap(err, status, "'%s'", run->options->data);
    AT_TRY(at_dataset_classes(&run->dataset, &run->labels, run->y, err));
    for (size_t i = 0; i < n; i++) {
        const enum at_split split = run->dataset.profiles[i].split;
        run->role[i] = (uint8_t)(split == AT_SPLIT_NONE ? AT_SPLIT_TRAIN : split);
        n_test += split == AT_SPLIT_TEST;
        n_unlabelled += run->y[i] == AT_CLASS_NONE;
    }
    if (n_unlabelled)
        at_job_log(run->job, ATTUNE_LOG_WARNING, "%zu rows have no '%s' and take no part",
                   n_unlabelled, run->options->label);
    if (!n_test)
        at_job_log(run->job, ATTUNE_LOG_INFO,
                   "no row has \"split\":\"test\": the model is not scored");
    return ATTUNE_OK;
}

static attune_status fit_save(const struct fit_run *run, const char *metrics, attune_error *err)
{
    const char *folder = run->options->save;
    char path[4096];
    if (at_fs_exists(folder) && !at_fs_is_dir(folder))
        return at_fail(err, ATTUNE_INVALID, "'%s' is a file; --save needs a folder", folder);
    AT_TRY(at_fs_mkdirs(folder, err));
    struct at_fs_out scores, model;
    AT_TRY(at_fs_join(path, sizeof path, folder, "metrics.json", err));
    AT_TRY(at_fs_out_open(&scores, path, err));
    attune_status status = at_fs_out_write(&scores, metrics, strlen(metrics), err);
    if (status == ATTUNE_OK)
        status = at_fs_join(path, sizeof path, folder, "model.attune", err);
    if (status == ATTUNE_OK)
        status = at_pipeline_put(run->result.pipeline, path, &model, err);
    if (status != ATTUNE_OK) {
        at_fs_out_abort(&scores);
        return status;
    }
    struct at_fs_out *const both[] = {&scores, &model};
    return at_fs_out_commit_all(both, 2, run->pool, err);
}

static attune_status fit_train(struct fit_run *run, const struct at_train_input *in,
                               attune_error *err)
{
    AT_TRY(at_pool_create(
        &run->pool, run->options->threads > 0 ? (size_t)run->options->threads : at_cpu_count(),
        err));
    struct at_train_input filled = *in;
    filled.pool = run->pool;
    return at_train_run(&run->result, &filled, err);
}

/* The rows are made: of a million short texts the profiles are as large as all else together. */
static void fit_forget_texts(void *user)
{
    struct fit_run *run = user;
    at_dataset_keep_test(&run->dataset);
}

static attune_status fit_run_all(struct fit_run *run, char **out_json, attune_error *err)
{
    const struct attune_fit_file_options *o = run->options;
    struct at_report report;
    const double t0 = at_clock_seconds();
    if (!o->data || !o->label)
        return at_fail(err, ATTUNE_INVALID, "fit needs a data file and the label field");
    const struct at_train_wish wish = {.kind = o->kind,
                                       .features = o->features,
                                       .parity = o->parity,
                                       .options = o->options,
                                       .n_options = o->n_options};
    AT_TRY(at_train_recipe(&run->recipe, NULL, &wish, err));
    AT_TRY(fit_read(run, err));
    AT_TRY(fit_roles(run, err));
    const struct at_train_input in = {.dataset = &run->dataset,
                                      .labels = &run->labels,
                                      .y = run->y,
                                      .role = run->role,
                                      .recipe = &run->recipe,
                                      .seed = o->seed >= 0 ? (uint64_t)o->seed : FIT_SEED,
                                      .n_bootstrap = FIT_BOOTSTRAP,
                                      .deadline =
                                          o->budget_ms > 0 ? t0 + (double)o->budget_ms / 1e3 : 0,
                                      .job = run->job,
                                      .read_once = {fit_forget_texts, run}};
    AT_TRY(fit_train(run, &in, err));
    at_report_begin(&report);
    at_json_set_text(&report.o, "target", o->label);
    attune_status status = at_train_report(&report.o, &run->result, &in, run->seconds_read, err);
    at_learned_candidates_json(&report.o, &run->result.learned);
    at_json_set_int(&report.o, "rejected", (int64_t)run->n_rejected);
    at_json_set_text(&report.o, "saved", o->save);
    status = at_report_end(&report, status, out_json, err);
    if (status == ATTUNE_OK && o->save)
        status = fit_save(run, *out_json, err);
    if (status != ATTUNE_OK) {
        at_free(*out_json);
        *out_json = NULL;
    }
    return status;
}

attune_status attune_fit_file(const struct attune_fit_file_options *options, const attune_job *job,
                              char **out_json, attune_error *err)
{
    struct fit_run run = {.options = options, .job = job};
    *out_json = NULL;
    const attune_status status = fit_run_all(&run, out_json, err);
    at_train_result_release(&run.result);
    at_recipe_release(&run.recipe);
    at_pool_destroy(run.pool);
    at_dataset_release(&run.dataset);
    at_arena_release(&run.arena);
    at_free(run.y);
    at_free(run.role);
    return status;
}
