/* A forest is as many independent trees as it has seeds: the seeds are drawn first, in order, so
 * that any thread may grow any tree and the model comes out the same. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/job.h"
#include "model/forest/forest_explain.h"
#include "model/forest/forest_grow.h"
#include "model/forest/forest_model.h"
#include "model/model.h"

extern const struct attune_model_kind at_model_kind_forest;

struct forest_worker {
    struct at_forest_grower grower;
    struct at_forest_tree tree;
    bool ready;
    attune_status status;
    size_t failed_tree;
    attune_error error;
};

struct forest_fit {
    const struct at_forest_data *data;
    const struct at_forest_rules *rules;
    const attune_job *job;
    const uint32_t *seed;         /* [n_trees] */
    struct at_forest_part *part;  /* [n_trees] grown, but not those before them */
    struct forest_worker *worker; /* [n_workers] */
    size_t n_workers;
    pthread_mutex_t joining; /* guards part and join */
    struct at_forest_join *join;
    size_t n_joined;
    pthread_t caller;
    atomic_size_t n_done;
    atomic_bool failed;
};

/* Trees are joined in their order, whoever has grown the one that was missing: few of them wait in
 * memory beside the model. */
static attune_status forest_join_part(struct forest_fit *fit, struct at_forest_part *part, size_t t,
                                      attune_error *err)
{
    attune_status status = ATTUNE_OK;
    pthread_mutex_lock(&fit->joining);
    fit->part[t] = *part;
    while (status == ATTUNE_OK && fit->n_joined < fit->rules->n_trees &&
           fit->part[fit->n_joined].cut) {
        status = at_forest_join_add(fit->join, &fit->part[fit->n_joined], err);
        fit->n_joined += status == ATTUNE_OK;
    }
    pthread_mutex_unlock(&fit->joining);
    return status;
}

static attune_status forest_grow_tree(struct forest_fit *fit, struct forest_worker *w, size_t t)
{
    if (!w->ready)
        AT_TRY(at_forest_grower_init(&w->grower, fit->data, fit->rules, fit->job, &w->error));
    w->ready = true;
    w->tree.n_classes = fit->data->n_classes;
    AT_TRY(at_forest_grow(&w->grower, &w->tree, fit->seed[t], &w->error));
    struct at_forest_part part;
    AT_TRY(at_forest_part_make(&part, &w->tree, fit->data->rows->n_cols, &w->error));
    return forest_join_part(fit, &part, t, &w->error);
}

static void forest_task(void *context, size_t t, size_t worker)
{
    struct forest_fit *fit = context;
    struct forest_worker *w = &fit->worker[worker];
    if (atomic_load(&fit->failed))
        return;
    const attune_status status = forest_grow_tree(fit, w, t);
    if (status != ATTUNE_OK) {
        w->status = status;
        w->failed_tree = t;
        atomic_store(&fit->failed, true);
        return;
    }
    const size_t n_done = atomic_fetch_add(&fit->n_done, 1) + 1;
    if (pthread_equal(pthread_self(), fit->caller))
        at_job_progress(fit->job, "fit", n_done, fit->rules->n_trees);
}

static attune_status forest_outcome(const struct forest_fit *fit, attune_error *err)
{
    for (size_t i = 0; i < fit->n_workers; i++) {
        const struct forest_worker *w = &fit->worker[i];
        if (w->status == ATTUNE_OK)
            continue;
        if (err)
            *err = w->error;
        return w->status;
    }
    return ATTUNE_OK;
}

static void forest_draw_seeds(uint32_t *seed, size_t n, uint64_t forest_seed)
{
    struct at_forest_mt mt;
    /* seeds below 2^32 as in scikit-learn; of larger ones both halves count */
    at_forest_mt_init(&mt, (uint32_t)(forest_seed ^ forest_seed >> 32));
    for (size_t t = 0; t < n; t++)
        seed[t] = at_forest_mt_below(&mt, AT_FOREST_SEED_MAX);
}

static attune_status forest_fit_trees(struct at_forest_model **out, struct forest_fit *fit,
                                      const struct attune_fit *in, attune_error *err)
{
    const size_t n_trees = fit->rules->n_trees;
    uint32_t *seed = AT_ALLOC_RAW(uint32_t, n_trees);
    fit->part = AT_ALLOC(struct at_forest_part, n_trees);
    fit->worker = AT_ALLOC(struct forest_worker, fit->n_workers);
    attune_status status =
        seed && fit->part && fit->worker
            ? at_forest_join_create(&fit->join, n_trees, in->rows->n_cols, in->n_classes, err)
            : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: forest of %zu trees", n_trees);
    if (status == ATTUNE_OK) {
        forest_draw_seeds(seed, n_trees, in->seed);
        fit->seed = seed;
        attune_parallel_for(in->pool, n_trees, forest_task, fit);
        status = forest_outcome(fit, err);
    }
    if (status == ATTUNE_OK)
        status = at_forest_join_finish(out, fit->join, err);
    for (size_t i = 0; fit->worker && i < fit->n_workers; i++) {
        at_forest_grower_release(&fit->worker[i].grower);
        at_forest_tree_release(&fit->worker[i].tree);
    }
    for (size_t t = 0; fit->part && t < n_trees; t++)
        at_forest_part_release(&fit->part[t]);
    at_forest_join_destroy(fit->join);
    at_free(seed);
    at_free(fit->part);
    at_free(fit->worker);
    return status;
}

static attune_status forest_check_input(const struct attune_fit *in, attune_error *err)
{
    const struct attune_rows *rows = in->rows;
    if (rows->kind != ATTUNE_ROWS_SPARSE)
        return at_fail(err, ATTUNE_INVALID, "a forest learns from sparse rows only");
    if (rows->n_rows == 0)
        return at_fail(err, ATTUNE_INVALID, "cannot learn from no rows");
    if (rows->n_rows > AT_FOREST_MAX_ROWS || rows->n_cols > AT_FOREST_MAX_COLUMNS)
        return at_fail(err, ATTUNE_INVALID, "%zu rows of %zu columns are too many for a forest",
                       rows->n_rows, rows->n_cols);
    return ATTUNE_OK;
}

static attune_status forest_fit(struct attune_model **out, const struct attune_fit *in,
                                const void *options, attune_error *err)
{
    struct at_forest_rules rules;
    struct at_forest_data data;
    struct at_forest_model *model = NULL;
    *out = NULL;
    AT_TRY(forest_check_input(in, err));
    AT_TRY(at_forest_rules_make(&rules, options, in->rows->n_rows, in->rows->n_cols, err));
    AT_TRY(at_forest_data_init(&data, in, &rules, err));
    struct forest_fit fit = {.data = &data,
                             .rules = &rules,
                             .job = in->job,
                             .n_workers = attune_pool_threads(in->pool),
                             .joining = PTHREAD_MUTEX_INITIALIZER,
                             .caller = pthread_self()};
    const attune_status status = forest_fit_trees(&model, &fit, in, err);
    pthread_mutex_destroy(&fit.joining);
    at_forest_data_release(&data);
    if (status != ATTUNE_OK)
        return status;
    model->base.kind = &at_model_kind_forest;
    *out = &model->base;
    return ATTUNE_OK;
}

const struct attune_model_kind at_model_kind_forest = {
    .version = ATTUNE_MODEL_KIND_VERSION,
    .name = "forest",
    .summary = "random forest, the same trees as scikit-learn's RandomForestClassifier",
    .rows = ATTUNE_ROWS_SPARSE,
    .options = at_forest_option_table,
    .n_options = AT_FOREST_N_OPTIONS,
    .options_size = sizeof(struct at_forest_options),
    .fit = forest_fit,
    .scratch_bytes = at_forest_scratch_bytes,
    .predict = at_forest_predict,
    .save = at_forest_model_save,
    .load = at_forest_model_load,
    .destroy = at_forest_model_destroy,
    .explain = at_forest_explain,
};
