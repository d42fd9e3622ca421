/* Demo conversations take the way of an import: profile by profile into the store. */
#include <string.h>

#include "api/home_impl.h"
#include "attune/dataset.h"
#include "base/job.h"
#include "data/demo/demo.h"

enum { DEMO_FANS = 1000, DEMO_BATCH = 500 };

static attune_status demo_languages(const char *text, struct at_demo_options *options,
                                    attune_error *err)
{
    const char *p = text ? text : "en,fr";
    while (p) {
        const char *comma = strchr(p, ',');
        const struct at_str name = {p, comma ? (size_t)(comma - p) : strlen(p)};
        if (at_str_equal(name, at_str_from("en")))
            options->english = true;
        else if (at_str_equal(name, at_str_from("fr")))
            options->french = true;
        else
            return at_fail(err, ATTUNE_INVALID, "demo language '%.*s'; there is: en, fr",
                           (int)name.len, name.ptr);
        p = comma ? comma + 1 : NULL;
    }
    return ATTUNE_OK;
}

struct demo_run {
    struct at_store *store;
    const attune_job *job;
    uint64_t n_fans, n_new, n_messages;
};

static attune_status demo_batch(struct demo_run *run, struct at_demo *demo, bool *more,
                                attune_error *err)
{
    for (size_t i = 0; i < DEMO_BATCH && *more; i++) {
        const struct at_profile *profile;
        struct at_store_change change;
        AT_TRY(at_demo_next(demo, &profile, err));
        *more = profile != NULL;
        if (!profile)
            break;
        AT_TRY(run->store->kind->profile_add(run->store, profile, "demo", at_clock_now_ms(),
                                             &change, err));
        run->n_fans++;
        run->n_new += change.new_fan;
        run->n_messages += change.new_messages;
    }
    return ATTUNE_OK;
}

static attune_status demo_store(struct demo_run *run, struct at_demo *demo, uint64_t total,
                                attune_error *err)
{
    for (bool more = true; more;) {
        AT_TRY(at_job_check(run->job, err));
        at_job_progress(run->job, "demo", run->n_fans, total);
        AT_TRY(run->store->kind->begin(run->store, err));
        attune_status status = demo_batch(run, demo, &more, err);
        if (status == ATTUNE_OK)
            status = run->store->kind->commit(run->store, err);
        if (status != ATTUNE_OK) {
            run->store->kind->rollback(run->store);
            return status;
        }
    }
    return ATTUNE_OK;
}

/* The third target of the demo data is written where the home asks for it. */
static bool demo_wants_spending(const attune_home *home)
{
    for (size_t i = 0; i < home->config.n_targets; i++)
        if (at_str_equal(home->config.targets[i].target, at_str_from("spending_potential")))
            return true;
    return false;
}

attune_status attune_demo(attune_home *home, const struct attune_demo_options *options,
                          const attune_job *job, char **out_json, attune_error *err)
{
    struct at_demo_options o = {.seed = options->seed,
                                .n_fans = options->n_fans ? (size_t)options->n_fans : DEMO_FANS,
                                .spending = demo_wants_spending(home)};
    struct demo_run run = {.job = job};
    struct at_demo *demo;
    struct at_report report;
    const double t0 = at_clock_seconds();
    *out_json = NULL;
    AT_TRY(demo_languages(options->languages, &o, err));
    AT_TRY(at_home_store(home, AT_STORE_WRITE, &run.store, err));
    AT_TRY(at_demo_create(&demo, &o, err));
    const attune_status status = demo_store(&run, demo, o.n_fans, err);
    at_demo_destroy(demo);
    at_report_begin(&report);
    at_json_set_int(&report.o, "fans", (int64_t)run.n_fans);
    at_json_set_int(&report.o, "fans_new", (int64_t)run.n_new);
    at_json_set_int(&report.o, "messages_new", (int64_t)run.n_messages);
    at_json_set_int(&report.o, "seed", (int64_t)o.seed);
    at_json_set_real(&report.o, "seconds", at_clock_seconds() - t0);
    return at_report_end(&report, status, out_json, err);
}
