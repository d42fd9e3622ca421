/* Collect -> split -> choose a kind -> fit -> score -> gate -> publish -> promote.
 *
 * The split is sticky: a fan that the champion was trained on stays a training fan, a fan it was
 * scored on stays a held-out fan, and only new ones are dealt. So champion and candidate can be
 * compared on fans that neither has seen, and a score never rises by having learnt its own test. A
 * side that an import fixed ("split" of contract section 4) comes before both. */
#include "api/train_target.h"

#include <stdio.h>
#include <string.h>

#include "api/gate_check.h"
#include "api/train_report.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "base/job.h"
#include "base/pool.h"
#include "data/split.h"

enum { TRAIN_BOOTSTRAP = 2000, TRAIN_FOLDS = 5 };

struct train_work {
    struct at_train_target *t;
    struct at_collected data;
    uint32_t *group, *y_free; /* y of those that no champion has dealt yet */
    uint8_t *role;
    int64_t champion;
    uint64_t seed;
    struct at_recipe recipe;
    struct at_train_result result;
    struct at_buf candidates; /* JSON members */
    double seconds_read;
};

static attune_status work_alloc(struct train_work *w, attune_error *err)
{
    const size_t n = w->data.dataset.n;
    w->group = AT_ALLOC(uint32_t, n);
    w->y_free = AT_ALLOC(uint32_t, n);
    w->role = AT_ALLOC(uint8_t, n);
    if (!w->group || !w->y_free || !w->role)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: split of %zu fans", n);
    return ATTUNE_OK;
}

static bool split_has(const struct train_work *w, enum at_split role)
{
    for (size_t i = 0; i < w->data.dataset.n; i++)
        if (w->role[i] == role)
            return true;
    return false;
}

static attune_status split_deal(struct train_work *w, attune_error *err)
{
    const size_t n = w->data.dataset.n;
    const double test_fraction = w->t->home->config.values.test_fraction;
    uint8_t *dealt = AT_ALLOC(uint8_t, n);
    if (!dealt)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: split of %zu fans", n);
    attune_status status = at_split_holdout(w->y_free, w->group, n, w->data.labels->n,
                                            test_fraction, w->seed, dealt, err);
    /* the new ones may be too few for two sides of their own, or none */
    const bool too_few =
        status == ATTUNE_NOT_ENOUGH && split_has(w, AT_SPLIT_TRAIN) && split_has(w, AT_SPLIT_TEST);
    for (size_t i = 0; i < n && (status == ATTUNE_OK || too_few); i++)
        if (w->y_free[i] != AT_CLASS_NONE)
            w->role[i] = too_few ? (uint8_t)AT_SPLIT_TRAIN : dealt[i];
    at_free(dealt);
    return too_few ? ATTUNE_OK : status;
}

static attune_status work_split(struct train_work *w, attune_error *err)
{
    const size_t n = w->data.dataset.n;
    struct at_members members = {0};
    AT_TRY(at_split_groups(&w->data.dataset, w->group, w->t->job, err));
    if (w->champion)
        AT_TRY(at_members_read(&members, w->t->home, w->data.labels->target, w->champion, err));
    const attune_status status =
        at_members_spread(&members, &w->data.dataset, w->group, w->role, err);
    at_members_release(&members);
    for (size_t i = 0; i < n; i++) {
        if (w->data.dataset.profiles[i].split != AT_SPLIT_NONE)
            w->role[i] = (uint8_t)w->data.dataset.profiles[i].split;
        w->y_free[i] = w->role[i] == AT_SPLIT_NONE ? w->data.y[i] : AT_CLASS_NONE;
    }
    return status == ATTUNE_OK ? split_deal(w, err) : status;
}

static struct at_train_input work_input(const struct train_work *w)
{
    return (struct at_train_input){.dataset = &w->data.dataset,
                                   .labels = w->data.labels,
                                   .y = w->data.y,
                                   .role = w->role,
                                   .group = w->group,
                                   .recipe = &w->recipe,
                                   .deadline = w->t->deadline,
                                   .seed = w->seed,
                                   .n_bootstrap = TRAIN_BOOTSTRAP,
                                   .pool = w->t->pool,
                                   .job = w->t->job};
}

/* Cross-validated on the training side only, so that the held-out fans stay unseen by the choice.
 */
static attune_status choose_score(struct train_work *w, const char *kind, double *out_f1,
                                  attune_error *err)
{
    const size_t n = w->data.dataset.n, k = w->data.labels->n;
    struct at_train_input in = work_input(w);
    uint8_t *fold = AT_ALLOC(uint8_t, n);
    double *p = AT_ALLOC(double, n *k), *p_train = AT_ALLOC(double, n *k);
    uint32_t *y_train = AT_ALLOC(uint32_t, n);
    struct at_metrics m = {0};
    attune_status status = ATTUNE_OK;
    if (!fold || !p || !p_train || !y_train) {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: cross-validation");
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        w->y_free[i] = w->role[i] == AT_SPLIT_TRAIN ? w->data.y[i] : AT_CLASS_NONE;
    in.y = w->y_free;
    status = at_split_folds(w->y_free, w->group, n, k, TRAIN_FOLDS, w->seed, fold, err);
    if (status == ATTUNE_OK)
        status = at_train_crossval(&in, fold, TRAIN_FOLDS, p, err);
    size_t m_rows = 0;
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++)
        if (w->y_free[i] != AT_CLASS_NONE) {
            memcpy(p_train + m_rows * k, p + i * k, k * sizeof *p);
            y_train[m_rows++] = w->y_free[i];
        }
    if (status == ATTUNE_OK)
        status = at_metrics_compute(&m, y_train, p_train, m_rows, k, 0, w->seed, err);
    if (status == ATTUNE_OK) {
        struct at_json_out o = at_json_out_to(&w->candidates, 0);
        o.need_comma = w->candidates.len > 0;
        at_json_put_key(&o, kind);
        at_json_object_begin(&o);
        at_json_set_real(&o, "cv_accuracy", m.accuracy);
        at_json_set_real(&o, "cv_macro_f1", m.macro.f1);
        at_json_set_real(&o, "cv_log_loss", m.log_loss);
        at_json_object_end(&o);
        status = at_json_end(&o, err);
        *out_f1 = m.macro.f1;
        at_job_log(w->t->job, ATTUNE_LOG_INFO, "%s: cross-validated macro-F1 %.3f", kind,
                   m.macro.f1);
        at_metrics_release(&m);
    }
done:
    at_free(fold);
    at_free(p);
    at_free(p_train);
    at_free(y_train);
    return status;
}

static attune_status work_recipe(struct train_work *w, const char *kind, attune_error *err)
{
    const struct attune_train_options *o = w->t->options;
    at_recipe_release(&w->recipe);
    const struct at_train_wish wish = {.kind = kind,
                                       .features = o->features,
                                       .parity = o->parity,
                                       .options = o->options,
                                       .n_options = o->n_options};
    return at_train_recipe(&w->recipe, w->t->home, &wish, err);
}

static attune_status work_choose(struct train_work *w, attune_error *err)
{
    struct at_arena arena = {0};
    const char *const *kinds;
    const char *text =
        w->t->options->models ? w->t->options->models : w->t->home->config.values.ml_models;
    attune_status status = at_train_kinds(text, &kinds, &arena, err);
    size_t best = 0;
    double best_f1 = -1, f1 = 0;
    for (size_t i = 0; status == ATTUNE_OK && kinds[1] && kinds[i]; i++) {
        if (i && w->t->deadline > 0 && at_clock_seconds() > w->t->deadline) {
            at_job_log(w->t->job, ATTUNE_LOG_WARNING, "the time budget is spent; %s is not tried",
                       kinds[i]);
            continue;
        }
        status = work_recipe(w, kinds[i], err);
        if (status == ATTUNE_OK)
            status = choose_score(w, kinds[i], &f1, err);
        if (status == ATTUNE_OK && f1 > best_f1) {
            best = i;
            best_f1 = f1;
        }
    }
    if (status == ATTUNE_OK)
        status = work_recipe(w, kinds[best], err);
    at_arena_release(&arena);
    return status;
}

static void hash_str(struct at_sha256 *sha, struct at_str text)
{
    const uint64_t len = text.len;
    at_sha256_add(sha, &len, sizeof len);
    at_sha256_add(sha, text.ptr, text.len);
}

/* Who learnt what: fan, role, class and every text that counts. */
static void work_data_hash(const struct train_work *w, char hex[AT_SHA256_HEX])
{
    struct at_sha256 sha;
    uint8_t digest[AT_SHA256_BYTES];
    at_sha256_init(&sha);
    for (size_t i = 0; i < w->data.dataset.n; i++) {
        const struct at_profile *p = &w->data.dataset.profiles[i];
        hash_str(&sha, p->fan_id);
        at_sha256_add(&sha, &w->role[i], 1);
        at_sha256_add(&sha, &w->data.y[i], sizeof w->data.y[i]);
        for (size_t k = 0; k < p->n_messages; k++)
            hash_str(&sha, p->messages[k].text);
    }
    at_sha256_finish(&sha, digest);
    at_hex(hex, digest, sizeof digest);
}

static attune_status work_metrics_json(const struct train_work *w, struct at_buf *out,
                                       attune_error *err)
{
    const struct at_train_input in = work_input(w);
    struct at_json_out o = at_json_out_to(out, 2);
    at_json_object_begin(&o);
    AT_TRY(at_train_report(&o, &w->result, &in, w->seconds_read, err));
    if (w->candidates.len) {
        at_json_put_key(&o, "candidates");
        at_json_object_begin(&o);
        at_json_put_raw(&o, w->candidates.data, w->candidates.len);
        at_json_object_end(&o);
    } else {
        at_learned_candidates_json(&o, &w->result.learned);
    }
    at_json_object_end(&o);
    return at_json_end(&o, err);
}

static attune_status work_publish(struct train_work *w, const char *metrics, int64_t *out_version,
                                  attune_error *err)
{
    char data_hash[AT_SHA256_HEX];
    work_data_hash(w, data_hash);
    const struct at_registry registry = at_home_registry(w->t->home);
    const struct at_publish what = {.target = w->data.labels->target,
                                    .pipeline = w->result.pipeline,
                                    .metrics = metrics,
                                    .data_sha256 = data_hash,
                                    .parent = w->champion,
                                    .seed = (int64_t)w->seed,
                                    .run = w->t->run,
                                    .n_train = w->result.n_train,
                                    .n_test = w->result.n_test,
                                    .dataset = &w->data.dataset,
                                    .role = w->role};
    return at_registry_publish(&registry, &what, out_version, err);
}

static attune_status work_gate(struct train_work *w, struct at_gate *gate, attune_error *err)
{
    if (!w->champion)
        return at_gate_first(gate, &w->result.metrics, &w->result.majority, err);
    const struct at_gate_data data = {.dataset = &w->data.dataset,
                                      .y = w->data.y,
                                      .labels = w->data.labels,
                                      .role = w->role,
                                      .seed = w->seed,
                                      .pool = w->t->pool};
    return at_gate_check(gate, w->t->home, w->result.pipeline, w->champion, &data, err);
}

static attune_status work_promote(struct train_work *w, int64_t version, attune_error *err)
{
    const struct at_registry registry = at_home_registry(w->t->home);
    const struct at_alias_change change = {.target = w->data.labels->target,
                                           .version = version,
                                           .action = "promote",
                                           .reason = "passed the gate after training"};
    size_t n_deleted;
    AT_TRY(at_registry_set_champion(&registry, &change, NULL, err));
    w->t->promoted = true;
    AT_TRY(at_registry_retain(&registry, w->data.labels->target,
                              (size_t)w->t->home->config.values.keep_versions, &n_deleted, err));
    if (n_deleted)
        at_job_log(w->t->job, ATTUNE_LOG_INFO, "%zu old versions deleted (registry.keep_versions)",
                   n_deleted);
    return ATTUNE_OK;
}

/* The version's metrics with what became of it, for the report. */
static attune_status work_final_json(struct train_work *w, const char *metrics, int64_t version,
                                     const struct at_gate *gate, attune_error *err)
{
    struct at_json_out o = at_json_out_to(&w->t->json, 0);
    at_json *parsed = NULL;
    AT_TRY(at_json_parse(&parsed, metrics, strlen(metrics), "metrics", err));
    at_json_object_begin(&o);
    at_json_set_int(&o, "version", version);
    for (void *it = at_json_first(parsed); it; it = at_json_next(parsed, it)) {
        at_json_put_key(&o, at_json_key(it));
        at_json_put_value(&o, at_json_value(it));
    }
    at_json_set_bool(&o, "promoted", w->t->promoted);
    at_json_put_key(&o, "gate");
    at_gate_json(gate, &o);
    at_json_object_end(&o);
    at_json_free(parsed);
    return at_json_end(&o, err);
}

static attune_status work_register(struct train_work *w, attune_error *err)
{
    struct at_buf metrics = {0};
    struct at_gate gate = {0};
    int64_t version = 0;
    const struct at_str target = w->data.labels->target;
    attune_status status = work_metrics_json(w, &metrics, err);
    if (status == ATTUNE_OK)
        status = work_gate(w, &gate, err);
    if (status == ATTUNE_OK)
        status = work_publish(w, metrics.data, &version, err);
    w->t->trained = status == ATTUNE_OK;
    if (status == ATTUNE_OK && gate.passed)
        status = work_promote(w, version, err);
    if (status == ATTUNE_OK)
        status = work_final_json(w, metrics.data, version, &gate, err);
    if (status == ATTUNE_OK && !gate.passed)
        status = at_fail(err, ATTUNE_REFUSED,
                         "%.*s version %lld is registered as candidate but not promoted: %.300s",
                         (int)target.len, target.ptr, (long long)version,
                         gate.reasons.data ? gate.reasons.data : "out of memory");
    at_gate_release(&gate);
    at_buf_release(&metrics);
    return status;
}

static attune_status work_run(struct train_work *w, attune_error *err)
{
    struct at_train_target *t = w->t;
    struct at_store *store;
    const double t0 = at_clock_seconds();
    AT_TRY(at_home_store(t->home, AT_STORE_WRITE, &store, err));
    AT_TRY(store->kind->alias_get(store, t->labels->target, at_str_from("champion"), &w->champion,
                                  err));
    AT_TRY(at_collect(&w->data, t->home, t->labels, t->job, err));
    t->n_samples = w->data.dataset.n;
    AT_TRY(at_collect_enough(&w->data, t->home, err));
    AT_TRY(work_alloc(w, err));
    AT_TRY(work_split(w, err));
    w->seconds_read = at_clock_seconds() - t0;
    AT_TRY(work_choose(w, err));
    at_job_log(t->job, ATTUNE_LOG_INFO, "%.*s: %zu fans, kind %s", (int)t->labels->target.len,
               t->labels->target.ptr, w->data.dataset.n, w->recipe.kind);
    const struct at_train_input in = work_input(w);
    AT_TRY(at_train_run(&w->result, &in, err));
    at_job_log(t->job, ATTUNE_LOG_INFO,
               "%.*s: accuracy %.3f (%.3f to %.3f), macro-F1 %.3f on %zu held-out fans",
               (int)t->labels->target.len, t->labels->target.ptr, w->result.metrics.accuracy,
               w->result.metrics.accuracy_low, w->result.metrics.accuracy_high,
               w->result.metrics.macro.f1, w->result.n_test);
    return work_register(w, err);
}

attune_status at_train_target_run(struct at_train_target *t, attune_error *err)
{
    struct train_work w = {.t = t};
    w.seed = (uint64_t)(t->options->seed >= 0 ? t->options->seed : t->home->config.values.seed);
    const attune_status status = work_run(&w, err);
    at_train_result_release(&w.result);
    at_recipe_release(&w.recipe);
    at_collected_release(&w.data);
    at_buf_release(&w.candidates);
    at_free(w.group);
    at_free(w.y_free);
    at_free(w.role);
    return status;
}
