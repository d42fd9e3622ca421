/* Honest scores: on the version's own held-out fans and those that came since, by cross-validation,
 * or on a file; never on a fan that the version was trained on. */
#include <string.h>

#include "api/collect.h"
#include "api/train_report.h"
#include "api/train_target.h"
#include "attune/train.h"
#include "base/alloc.h"
#include "base/job.h"
#include "base/pool.h"
#include "data/read_dataset.h"
#include "data/split.h"
#include "eval/report.h"

enum { EVALUATE_BOOTSTRAP = 2000, EVALUATE_FOLDS = 5 };

struct evaluate_run {
    attune_home *home;
    const struct attune_evaluate_options *options;
    const attune_job *job;
    attune_pool *pool;
    const struct at_labels *labels;
    int64_t version;
    uint64_t seed;
    struct at_members members;
    struct at_pipeline *pipeline;
    struct at_dataset *dataset; /* of the store, or of the file */
    uint32_t *y;                /* AT_CLASS_NONE: not judged */
    size_t n_skipped;           /* training fans left out */
    struct at_metrics metrics, majority;
    uint64_t *n_train; /* u64[labels->n]: of the training side, or of what is judged */
};

/* A fan that the version was trained on, or one that wrote nearly the same, is no judge. */
static attune_status evaluate_leave_out(struct evaluate_run *run, attune_error *err)
{
    const size_t n = run->dataset->n;
    uint8_t *role = AT_ALLOC(uint8_t, n);
    if (!role)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", n);
    const attune_status status = at_members_roles(&run->members, run->dataset, role, run->job, err);
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++)
        if (run->y[i] != AT_CLASS_NONE && (role[i] == AT_SPLIT_TRAIN || role[i] == AT_SPLIT_VAL)) {
            run->n_train[run->y[i]]++;
            run->y[i] = AT_CLASS_NONE;
            run->n_skipped++;
        }
    at_free(role);
    return status;
}

/* Scores p (rows of the judged, in order) and keeps the result in the run. */
static attune_status evaluate_score(struct evaluate_run *run, const uint32_t *index, size_t n,
                                    const double *p, attune_error *err)
{
    const struct at_train_score score = {.y = run->y,
                                         .index = index,
                                         .n = n,
                                         .n_classes = run->labels->n,
                                         .n_train = run->n_train,
                                         .n_bootstrap = EVALUATE_BOOTSTRAP,
                                         .seed = run->seed};
    return at_train_score(&run->metrics, &run->majority, &score, p, err);
}

static attune_status evaluate_predict(struct evaluate_run *run, attune_error *err)
{
    const size_t n = run->dataset->n, k = run->labels->n;
    const struct at_profile **profiles = AT_ALLOC(const struct at_profile *, n);
    uint32_t *index = AT_ALLOC(uint32_t, n);
    double *p = AT_ALLOC(double, n *k);
    size_t m = 0;
    attune_status status = ATTUNE_OK;
    if (!profiles || !index || !p)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", n);
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++)
        if (run->y[i] != AT_CLASS_NONE) {
            profiles[m] = &run->dataset->profiles[i];
            index[m++] = (uint32_t)i;
        }
    if (status == ATTUNE_OK && m == 0)
        status = at_fail(err, ATTUNE_NOT_ENOUGH,
                         "no fan with a label is left to judge %.*s version %lld on (%zu took part "
                         "in its training)",
                         (int)run->labels->target.len, run->labels->target.ptr,
                         (long long)run->version, run->n_skipped);
    if (status == ATTUNE_OK)
        status = at_pipeline_predict(run->pipeline, profiles, m, p, run->pool, err);
    if (status == ATTUNE_OK)
        status = evaluate_score(run, index, m, p, err);
    at_free(profiles);
    at_free(index);
    at_free(p);
    return status;
}

/* A new model of the same recipe per fold: judges the way of training, not this version. */
static attune_status evaluate_cv(struct evaluate_run *run, attune_error *err)
{
    const size_t n = run->dataset->n, k = run->labels->n;
    struct at_recipe recipe = {0};
    uint32_t *group = AT_ALLOC(uint32_t, n), *index = AT_ALLOC(uint32_t, n);
    uint8_t *fold = AT_ALLOC(uint8_t, n);
    double *p = AT_ALLOC(double, n *k);
    size_t m = 0;
    attune_status status = ATTUNE_OK;
    if (!group || !index || !fold || !p)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", n);
    if (status == ATTUNE_OK)
        status = at_train_recipe(&recipe, run->home,
                                 &(struct at_train_wish){.kind = run->pipeline->way}, err);
    if (status == ATTUNE_OK)
        status = at_split_groups(run->dataset, group, run->job, err);
    if (status == ATTUNE_OK)
        status = at_split_folds(run->y, group, n, k, EVALUATE_FOLDS, run->seed, fold, err);
    const struct at_train_input in = {.dataset = run->dataset,
                                      .labels = run->labels,
                                      .y = run->y,
                                      .group = group,
                                      .recipe = &recipe,
                                      .seed = run->seed,
                                      .pool = run->pool,
                                      .job = run->job};
    if (status == ATTUNE_OK)
        status = at_train_crossval(&in, fold, EVALUATE_FOLDS, p, err);
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++)
        if (run->y[i] != AT_CLASS_NONE) {
            memmove(p + m * k, p + i * k, k * sizeof *p);
            index[m++] = (uint32_t)i;
            run->n_train[run->y[i]]++;
        }
    if (status == ATTUNE_OK)
        status = evaluate_score(run, index, m, p, err);
    at_recipe_release(&recipe);
    at_free(group);
    at_free(index);
    at_free(fold);
    at_free(p);
    return status;
}

static attune_status evaluate_on_file(struct evaluate_run *run, attune_error *err)
{
    struct at_dataset dataset = {0};
    const struct at_read_source source = {.path = run->options->on, .target = run->labels->target};
    run->dataset = &dataset;
    attune_status status = at_read_dataset(&dataset, NULL, &source, run->job, err);
    if (status == ATTUNE_OK) {
        run->y = AT_ALLOC(uint32_t, dataset.n);
        status = run->y ? at_dataset_classes(&dataset, run->labels, run->y, err)
                        : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", dataset.n);
    }
    if (status == ATTUNE_OK)
        status = evaluate_leave_out(run, err);
    if (status == ATTUNE_OK)
        status = evaluate_predict(run, err);
    at_free(run->y);
    run->y = NULL;
    at_dataset_release(&dataset);
    return status;
}

static attune_status evaluate_on_store(struct evaluate_run *run, bool cv, attune_error *err)
{
    struct at_collected data;
    AT_TRY(at_collect(&data, run->home, run->labels, run->job, err));
    run->dataset = &data.dataset;
    run->y = data.y;
    attune_status status = cv ? evaluate_cv(run, err) : evaluate_leave_out(run, err);
    if (status == ATTUNE_OK && !cv)
        status = evaluate_predict(run, err);
    run->y = NULL;
    at_collected_release(&data);
    return status;
}

static void evaluate_json(const struct evaluate_run *run, struct at_json_out *o)
{
    const char *on = run->options->on ? run->options->on : "holdout";
    at_json_put_key_str(o, run->labels->target);
    at_json_object_begin(o);
    at_json_put_key(o, at_pipeline_kind_name(run->pipeline));
    at_json_object_begin(o);
    at_json_set_int(o, "version", run->version);
    at_json_set_text(o, "on", on);
    at_json_set_int(o, "n", (int64_t)run->metrics.n);
    at_json_set_int(o, "n_skipped", (int64_t)run->n_skipped);
    at_report_json(o, &run->metrics, run->labels->names);
    at_json_put_key(o, "majority");
    at_majority_json(o, &run->majority, run->labels);
    at_json_set_time(o, "evaluation_time", at_clock_now_ms());
    at_json_object_end(o);
    at_json_object_end(o);
}

static attune_status evaluate_version(struct evaluate_run *run, attune_error *err)
{
    const char *on = run->options->on;
    const struct at_registry registry = at_home_registry(run->home);
    const struct at_str target = run->labels->target;
    AT_TRY(at_registry_load(&registry, target, run->version, &run->pipeline, err));
    AT_TRY(at_members_read(&run->members, run->home, target, run->version, err));
    run->n_train = AT_ALLOC(uint64_t, run->labels->n);
    if (!run->n_train)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: evaluation");
    if (run->pipeline->labels.n != run->labels->n)
        return at_fail(err, ATTUNE_CONFLICT,
                       "%.*s version %lld knows %zu labels, config.json lists %zu; train anew",
                       (int)target.len, target.ptr, (long long)run->version,
                       run->pipeline->labels.n, run->labels->n);
    if (!on || strcmp(on, "holdout") == 0)
        return evaluate_on_store(run, false, err);
    return strcmp(on, "cv") == 0 ? evaluate_on_store(run, true, err) : evaluate_on_file(run, err);
}

static attune_status evaluate_target(struct evaluate_run *run, const struct at_labels *labels,
                                     struct at_json_out *o, attune_error *err)
{
    run->labels = labels;
    run->n_skipped = 0;
    attune_status status = evaluate_version(run, err);
    if (status == ATTUNE_OK) {
        evaluate_json(run, o);
        at_metrics_release(&run->metrics);
        at_metrics_release(&run->majority);
    }
    at_pipeline_destroy(run->pipeline);
    run->pipeline = NULL;
    at_members_release(&run->members);
    at_free(run->n_train);
    run->n_train = NULL;
    return status;
}

static attune_status evaluate_all(struct evaluate_run *run, struct at_json_out *o,
                                  attune_error *err)
{
    const struct at_config *config = &run->home->config;
    const char *only = run->options->target;
    const struct at_labels *wanted = NULL;
    struct at_store *store;
    bool any = false;
    if (only && strcmp(only, "all") != 0)
        AT_TRY(at_config_target(config, only, &wanted, err));
    AT_TRY(at_home_store(run->home, AT_STORE_READ, &store, err));
    for (size_t i = 0; i < config->n_targets; i++) {
        const struct at_labels *labels = &config->targets[i];
        int64_t champion;
        if (wanted && labels != wanted)
            continue;
        AT_TRY(
            store->kind->alias_get(store, labels->target, at_str_from("champion"), &champion, err));
        run->version = run->options->version ? run->options->version : champion;
        if (!run->version)
            continue;
        any = true;
        AT_TRY(evaluate_target(run, labels, o, err));
    }
    return any ? ATTUNE_OK
               : at_fail(err, ATTUNE_NOT_FOUND,
                         "there is no model to evaluate; make one with: "
                         "attune train");
}

attune_status attune_evaluate(attune_home *home, const struct attune_evaluate_options *options,
                              const attune_job *job, char **out_json, attune_error *err)
{
    struct evaluate_run run = {.home = home, .options = options, .job = job};
    struct at_report report;
    *out_json = NULL;
    if (options->version && (!options->target || strcmp(options->target, "all") == 0))
        return at_fail(
            err, ATTUNE_INVALID,
            "a version belongs to one target: name the target too (evaluate --model-type)");
    run.seed = (uint64_t)(options->seed >= 0 ? options->seed : home->config.values.seed);
    AT_TRY(at_home_pool(home, options->threads, &run.pool, err));
    at_report_begin(&report);
    attune_status status = evaluate_all(&run, &report.o, err);
    status = at_report_end(&report, status, out_json, err);
    at_pool_destroy(run.pool);
    return status;
}
