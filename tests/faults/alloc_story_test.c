/*
 * Every allocation of the main job fails once: attune's own, jansson's, and SQLite's.
 *
 * Each step is counted first, then run with its 1st, 2nd, ... allocation failing. A failure must be
 * NO_MEMORY, leave no output behind and nothing leaked, and the very same home, still open, must do
 * the step afterwards. Steps with many allocations are sampled so that the whole takes about a
 * minute under AddressSanitizer; ATTUNE_ALLOC_FULL=1 takes every one, ATTUNE_SOAK_SEED moves the
 * sample.
 */
#include <sqlite3.h>
#include <stdlib.h>

#include "attune/attune.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "support/fans.h"
#include "support/temp.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

static const double budget_s = 1.2; /* of a sampled step */

struct world {
    struct temp temp;
    char folder[300], data[320], saved[320], file[320];
    attune_home *home;
    int round; /* grows with every success: steps that change the store do something new in each */
};

/* ---- SQLite allocates through the same door ---- */

enum { HEAD = 16 };

static void *sql_malloc(int size)
{
    char *p = at_alloc_raw((size_t)size + HEAD, 1);
    if (p)
        *(int *)(void *)p = size;
    return p ? p + HEAD : NULL;
}

static void sql_free(void *p)
{
    if (p)
        at_free((char *)p - HEAD);
}

static void *sql_realloc(void *old, int size)
{
    char *p = at_realloc((char *)old - HEAD, (size_t)size + HEAD, 1);
    if (p)
        *(int *)(void *)p = size;
    return p ? p + HEAD : NULL;
}

static int sql_size(void *p)
{
    return p ? *(int *)(void *)((char *)p - HEAD) : 0;
}

static int sql_round_up(int size)
{
    return (size + 7) & ~7;
}

static int sql_init(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void sql_shutdown(void *unused)
{
    (void)unused;
}

/* data: 30 fans for each round, made when they are asked for first. */
static const char *data_file(struct world *w, int round)
{
    snprintf(w->data, sizeof w->data, "%s/fans%d.jsonl", w->temp.dir, round);
    if (!at_fs_exists(w->data))
        fans_write(
            &(struct fans){.path = w->data, .from = 1000 * (size_t)round, .n = 30, .seed = 3});
    return w->data;
}

static int set_up(void **state)
{
    static const struct sqlite3_mem_methods methods = {.xMalloc = sql_malloc,
                                                       .xFree = sql_free,
                                                       .xRealloc = sql_realloc,
                                                       .xSize = sql_size,
                                                       .xRoundup = sql_round_up,
                                                       .xInit = sql_init,
                                                       .xShutdown = sql_shutdown};
    static struct world w;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* a pool per connection would hide failures */
    temp_open(&w.temp);
    snprintf(w.folder, sizeof w.folder, "%s/home", w.temp.dir);
    snprintf(w.saved, sizeof w.saved, "%s/fitted", w.temp.dir);
    snprintf(w.file, sizeof w.file, "%s/own.attune", w.temp.dir);
    data_file(&w, 0);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    attune_home_close(w->home);
    temp_close(&w->temp);
    return 0;
}

/* ---- the steps ---- */

/* A report is given only with success, or with the two statuses that promise one. */
static attune_status taken(attune_status status, char **out)
{
    char *json = *out;
    if (status == ATTUNE_OK)
        assert_non_null(json);
    else if (status != ATTUNE_NOT_ENOUGH && status != ATTUNE_REFUSED && status != ATTUNE_CORRUPT)
        assert_null(json);
    attune_free(json);
    return status == ATTUNE_REFUSED ? ATTUNE_OK : status;
}

static attune_status step_init(struct world *w, attune_error *err)
{
    char *folder = NULL;
    AT_TRY(at_fs_remove_tree(w->folder, err));
    return taken(attune_home_init(&(struct attune_home_options){.folder = w->folder}, &folder, err),
                 &folder);
}

static attune_status step_open(struct world *w, attune_error *err)
{
    static const struct attune_setting settings[] = {{"ml.min_confidence", "0"},
                                                     {"registry.keep_versions", "3"},
                                                     {"models.linear.max_iter", "50"}};
    attune_home_close(w->home);
    w->home = NULL;
    return attune_home_open(
        &w->home,
        &(struct attune_home_options){.folder = w->folder, .settings = settings, .n_settings = 3},
        err);
}

static attune_status step_demo(struct world *w, attune_error *err)
{
    char *json = NULL;
    const struct attune_demo_options o = {.n_fans = 30, .seed = (uint64_t)w->round};
    return taken(attune_demo(w->home, &o, NULL, &json, err), &json);
}

static attune_status step_import(struct world *w, attune_error *err)
{
    char *json = NULL;
    const char *file = data_file(w, w->round);
    const struct attune_import_options o = {.files = &file, .n_files = 1};
    return taken(attune_import(w->home, &o, NULL, &json, err), &json);
}

static attune_status step_check(struct world *w, attune_error *err)
{
    char *json = NULL;
    return taken(attune_check(w->home, NULL, NULL, &json, err), &json);
}

static attune_status train_target(struct world *w, const char *target, attune_error *err)
{
    char *json = NULL;
    const struct attune_train_options o = {
        .force = true, .target = target, .seed = w->round, .threads = 1};
    return taken(attune_train(w->home, &o, NULL, &json, err), &json);
}

static attune_status step_train(struct world *w, attune_error *err)
{
    return train_target(w, "personality", err);
}

static attune_status step_train_all(struct world *w, attune_error *err)
{
    return train_target(w, NULL, err);
}

static attune_status step_not_due(struct world *w, attune_error *err)
{
    char *json = NULL;
    const struct attune_train_options o = {.seed = 5, .threads = 1, .target = "personality"};
    return taken(attune_train(w->home, &o, NULL, &json, err), &json);
}

static attune_status evaluate_on(struct world *w, const char *on, attune_error *err)
{
    char *json = NULL;
    const struct attune_evaluate_options o = {
        .target = "personality", .on = on, .seed = -1, .threads = 1};
    return taken(attune_evaluate(w->home, &o, NULL, &json, err), &json);
}

static attune_status step_evaluate(struct world *w, attune_error *err)
{
    return evaluate_on(w, NULL, err);
}

static attune_status step_evaluate_cv(struct world *w, attune_error *err)
{
    return evaluate_on(w, "cv", err);
}

static attune_status step_evaluate_file(struct world *w, attune_error *err)
{
    return evaluate_on(w, data_file(w, 0), err);
}

static attune_status take_line(void *user, const char *line, size_t len, attune_error *err)
{
    (void)user;
    (void)err;
    assert_true(len > 2 && line[0] == '{' && line[len - 1] == '}');
    return ATTUNE_OK;
}

static attune_status ask_predictor(struct world *w, attune_predictor *p, bool has_home,
                                   attune_error *err)
{
    static const char text[] = "{\"fan_id\":\"x\",\"messages\":[\"I miss you my sweet\"]}";
    char *json = NULL;
    AT_TRY(taken(attune_predict_json(p, text, sizeof text - 1, &json, err), &json));
    json = NULL;
    if (has_home)
        AT_TRY(taken(attune_predict_fan(p, "f1", &json, err), &json));
    return attune_predict_file(p, data_file(w, 0), NULL, take_line, NULL, NULL, NULL, err);
}

static attune_status step_predict(struct world *w, attune_error *err)
{
    attune_predictor *p = NULL;
    const struct attune_predict_options o = {.min_confidence = -1, .threads = 1};
    AT_TRY(attune_predictor_open(&p, w->home, &o, err));
    const attune_status status = ask_predictor(w, p, true, err);
    attune_predictor_close(p);
    return status;
}

static attune_status step_list(struct world *w, attune_error *err)
{
    char *json = NULL;
    return taken(attune_models_list(w->home, NULL, &json, err), &json);
}

static attune_status step_show(struct world *w, attune_error *err)
{
    char *json = NULL;
    return taken(attune_models_show(w->home, "personality", 0, &json, err), &json);
}

/* The newest and the second newest version of personality. */
static void newest_versions(struct world *w, int64_t out[2], int64_t *champion)
{
    attune_error err;
    char *text = NULL;
    at_json *json = NULL;
    assert_ok(attune_models_list(w->home, "personality", &text, &err));
    assert_ok(at_json_parse(&json, text, strlen(text), "list", &err));
    const at_json *t = at_json_get(at_json_get(json, "targets"), "personality");
    const at_json *list = at_json_get(t, "versions");
    out[0] = out[1] = 0;
    for (size_t i = 0; i < at_json_len(list); i++) {
        const int64_t v = at_json_integer(at_json_get(at_json_at(list, i), "version"), 0);
        if (v > out[0]) {
            out[1] = out[0];
            out[0] = v;
        } else if (v > out[1]) {
            out[1] = v;
        }
    }
    *champion = at_json_integer(at_json_get(at_json_get(t, "aliases"), "champion"), 0);
    at_json_free(json);
    attune_free(text);
}

/* These look the versions up first; that is not what is to fail. */
static attune_status with_versions(struct world *w, attune_error *err,
                                   attune_status (*call)(struct world *w, int64_t champion,
                                                         int64_t other, attune_error *err))
{
    const size_t n = at_alloc_fail_after(0);
    int64_t v[2], champion;
    newest_versions(w, v, &champion);
    at_alloc_fail_after(n);
    return call(w, champion, v[0] == champion ? v[1] : v[0], err);
}

static attune_status call_compare(struct world *w, int64_t champion, int64_t other,
                                  attune_error *err)
{
    char *json = NULL;
    return taken(attune_models_compare(w->home, "personality", other, champion, &json, err), &json);
}

static attune_status step_compare(struct world *w, attune_error *err)
{
    return with_versions(w, err, call_compare);
}

static attune_status call_promote(struct world *w, int64_t champion, int64_t other,
                                  attune_error *err)
{
    char *json = NULL;
    (void)champion;
    const struct attune_models_change change = {
        .target = "personality", .version = other, .reason = "a test", .override_gate = true};
    return taken(attune_models_promote(w->home, &change, &json, err), &json);
}

static attune_status step_promote(struct world *w, attune_error *err)
{
    return with_versions(w, err, call_promote);
}

static attune_status step_rollback(struct world *w, attune_error *err)
{
    char *json = NULL;
    const struct attune_models_change change = {.target = "personality"};
    return taken(attune_models_rollback(w->home, &change, &json, err), &json);
}

static attune_status step_verify(struct world *w, attune_error *err)
{
    char *json = NULL;
    return taken(attune_models_verify(w->home, NULL, &json, err), &json);
}

/* The oldest version of personality that no alias points at; 0: none. */
static int64_t idle_version(struct world *w)
{
    attune_error err;
    char *text = NULL;
    at_json *json = NULL;
    int64_t found = 0;
    assert_ok(attune_models_list(w->home, "personality", &text, &err));
    assert_ok(at_json_parse(&json, text, strlen(text), "list", &err));
    const at_json *list =
        at_json_get(at_json_get(at_json_get(json, "targets"), "personality"), "versions");
    for (size_t i = 0; i < at_json_len(list); i++) {
        const at_json *v = at_json_at(list, i);
        const int64_t number = at_json_integer(at_json_get(v, "version"), 0);
        if (at_json_len(at_json_get(v, "aliases")) == 0 && (!found || number < found))
            found = number;
    }
    at_json_free(json);
    attune_free(text);
    return found;
}

static attune_status step_delete(struct world *w, attune_error *err)
{
    char *json = NULL;
    const size_t n = at_alloc_fail_after(0);
    struct attune_models_change change = {.target = "personality"};
    for (int64_t seed = 100; !(change.version = idle_version(w)); seed++) {
        char *report = NULL;
        const struct attune_train_options o = {
            .force = true, .target = "personality", .seed = seed, .threads = 1};
        assert_true(seed < 110);
        assert_int_equal(taken(attune_train(w->home, &o, NULL, &report, err), &report), ATTUNE_OK);
    }
    at_alloc_fail_after(n);
    return taken(attune_models_delete(w->home, &change, &json, err), &json);
}

static attune_status step_fan(struct world *w, attune_error *err)
{
    char *json = NULL;
    AT_TRY(taken(attune_fan_show(w->home, "f1", &json, err), &json));
    json = NULL;
    return taken(attune_fan_export(w->home, "f1", &json, err), &json);
}

static attune_status step_status(struct world *w, attune_error *err)
{
    char *json = NULL;
    return taken(attune_home_status(w->home, &json, err), &json);
}

static attune_status step_config(struct world *w, attune_error *err)
{
    char *json = NULL;
    return taken(attune_config_show(w->home, &json, err), &json);
}

static attune_status step_doctor(struct world *w, attune_error *err)
{
    char *json = NULL;
    return taken(attune_home_doctor(w->home, &json, err), &json);
}

static attune_status step_fit(struct world *w, attune_error *err)
{
    static const struct attune_setting few = {"folds", "3"};
    char *json = NULL;
    const struct attune_fit_file_options o = {.data = data_file(w, 0),
                                              .label = "engagement",
                                              .save = w->saved,
                                              .threads = 1,
                                              .options = &few,
                                              .n_options = 1};
    return taken(attune_fit_file(&o, NULL, &json, err), &json);
}

static attune_status step_folder(struct world *w, attune_error *err)
{
    attune_predictor *p = NULL;
    const struct attune_predict_options o = {.min_confidence = -1, .threads = 1};
    AT_TRY(attune_predictor_open_folder(&p, w->saved, &o, err));
    const attune_status status = ask_predictor(w, p, false, err);
    attune_predictor_close(p);
    return status;
}

static attune_status step_pipeline_fit(struct world *w, attune_error *err)
{
    static const char *const kind[] = {"so kind of you", "thank you"}, *const rude[] = {"a waste"};
    static const struct attune_sample samples[] = {{"a", kind, 2, "happy"},
                                                   {"b", rude, 1, "unhappy"},
                                                   {NULL, kind, 1, "happy"},
                                                   {"d", rude, 1, "unhappy"}};
    static const struct attune_setting few = {"forest.n_estimators", "3"};
    const struct attune_pipeline_options o = {
        .kind = "forest", .options = &few, .n_options = 1, .seed = 1, .threads = 1};
    attune_pipeline *p = NULL;
    AT_TRY(attune_pipeline_fit(&p, samples, 4, &o, NULL, err));
    const attune_status status = attune_pipeline_save(p, w->file, err);
    attune_pipeline_close(p);
    return status;
}

static attune_status step_pipeline_ask(struct world *w, attune_error *err)
{
    static const char *const text[] = {"thank you"};
    static const struct attune_sample fan = {"x", text, 1, NULL};
    attune_pipeline *p = NULL;
    attune_session *session = NULL;
    double proba[2];
    AT_TRY(attune_pipeline_open(&p, w->file, NULL, 0, err));
    attune_status status = attune_session_create(&session, p, err);
    if (status == ATTUNE_OK)
        status = attune_session_predict(session, &fan, proba, err);
    attune_session_destroy(session);
    attune_pipeline_close(p);
    return status;
}

struct step {
    const char *name;
    attune_status (*run)(struct world *w, attune_error *err);
    bool no_home; /* nothing to verify yet */
    bool sampled; /* always: each failure leaves versions, which make the next ones slower */
};

static const struct step steps[] = {
    {"init", step_init, true, false},
    {"open", step_open, false, false},
    {"demo", step_demo, false, false},
    {"import", step_import, false, false},
    {"check", step_check, false, false},
    {"train all", step_train_all, false, true},
    {"train, not due", step_not_due, false, false},
    {"evaluate", step_evaluate, false, false},
    {"evaluate cv", step_evaluate_cv, false, false},
    {"evaluate file", step_evaluate_file, false, false},
    {"predict", step_predict, false, false},
    {"models list", step_list, false, false},
    {"models show", step_show, false, false},
    {"models compare", step_compare, false, false},
    {"models promote", step_promote, false, false},
    {"models rollback", step_rollback, false, false},
    {"models verify", step_verify, false, false},
    {"models delete", step_delete, false, false},
    {"fan", step_fan, false, false},
    {"status", step_status, false, false},
    {"config", step_config, false, false},
    {"doctor", step_doctor, false, false},
    {"fit", step_fit, true, false},
    {"folder", step_folder, true, false},
    {"pipeline fit", step_pipeline_fit, true, false},
    {"pipeline ask", step_pipeline_ask, true, false},
    {"train one", step_train, false, false},
};

/* ---- the loop ---- */

static void home_must_be_sound(struct world *w, const char *name)
{
    attune_error err = {0};
    attune_home *home = NULL;
    char *json = NULL;
    assert_ok(attune_home_open(&home, &(struct attune_home_options){.folder = w->folder}, &err));
    const attune_status status = attune_models_verify(home, NULL, &json, &err);
    if (status != ATTUNE_OK && status != ATTUNE_NOT_FOUND)
        fail_msg("after %s: %s", name, err.message);
    attune_free(json);
    attune_home_close(home);
}

/* Runs it with the n-th allocation failing; false when it ended before that one. */
static bool fail_at(struct world *w, const struct step *step, size_t n, size_t *n_failed)
{
    attune_error err = {0};
    at_alloc_fail_after(n);
    const attune_status status = step->run(w, &err);
    const bool met = at_alloc_fail_after(0) == 0;
    *n_failed += status != ATTUNE_OK;
    w->round += status == ATTUNE_OK;
    if (status != ATTUNE_OK && (status != ATTUNE_NO_MEMORY || !met))
        fail_msg("%s, allocation %zu: %s: %s", step->name, n, attune_status_text(status),
                 err.message);
    if (status != ATTUNE_OK && !strstr(err.message, "out of memory") &&
        !strstr(err.message, "SQLite 7"))
        fail_msg("%s, allocation %zu: '%s'", step->name, n, err.message);
    return met;
}

static size_t count_allocations(struct world *w, const struct step *step, double *out_seconds)
{
    attune_error err = {0};
    const size_t many = SIZE_MAX / 2;
    const double t0 = at_clock_seconds();
    w->round = 0;
    at_alloc_fail_after(many);
    assert_ok(step->run(w, &err));
    const size_t n = many - at_alloc_fail_after(0);
    *out_seconds = at_clock_seconds() - t0;
    w->round = 1;
    return n;
}

static void run_step(struct world *w, const struct step *step, struct at_rng *rng, size_t *total)
{
    double seconds;
    size_t n_runs = 0, n_failed = 0;
    const size_t n = count_allocations(w, step, &seconds);
    const bool full = getenv("ATTUNE_ALLOC_FULL") && !step->sampled;
    const double t0 = at_clock_seconds();
    if (full || seconds * (double)n < budget_s)
        for (size_t i = 1; fail_at(w, step, i, &n_failed); i++)
            n_runs++;
    else
        while (at_clock_seconds() - t0 < budget_s)
            n_runs += fail_at(w, step, 1 + at_rng_below(rng, n), &n_failed);
    attune_error err = {0};
    if (step->run(w, &err) != ATTUNE_OK)
        fail_msg("%s with enough memory again: %s", step->name, err.message);
    if (!step->no_home)
        home_must_be_sound(w, step->name);
#if defined(__SANITIZE_ADDRESS__)
    if (__lsan_do_recoverable_leak_check())
        fail_msg("%s leaks", step->name);
#endif
    print_message("%-16s %6zu allocations, %5zu failed once, %5zu times an error; %.1f s\n",
                  step->name, n, n_runs, n_failed, at_clock_seconds() - t0);
    *total += n_runs;
}

static void test_alloc_story__every_step_survives(void **state)
{
    struct world *w = *state;
    struct at_rng rng;
    size_t total = 0;
    const char *seed = getenv("ATTUNE_SOAK_SEED");
    at_rng_init(&rng, seed ? strtoull(seed, NULL, 10) : 1);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        run_step(w, &steps[i], &rng, &total);
    print_message("%zu allocations failed once\n", total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_alloc_story__every_step_survives)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
