/* Changing what serves: promote (through the gate), rollback (at once), delete. */

#include "api/gate_check.h"
#include "attune/registry.h"

static attune_status change_begin(attune_home *home, const struct attune_models_change *change,
                                  const struct at_labels **labels, int64_t *champion,
                                  attune_error *err)
{
    struct at_store *store;
    if (!change->target)
        return at_fail(err, ATTUNE_INVALID, "name the target");
    AT_TRY(at_config_target(&home->config, change->target, labels, err));
    AT_TRY(at_home_store(home, AT_STORE_WRITE, &store, err));
    return store->kind->alias_get(store, (*labels)->target, at_str_from("champion"), champion, err);
}

static struct at_alias_change change_for(const struct attune_models_change *change,
                                         const struct at_labels *labels, int64_t version,
                                         const char *action)
{
    return (struct at_alias_change){.target = labels->target,
                                    .version = version,
                                    .action = action,
                                    .who = change->who ? change->who : at_home_who(),
                                    .reason = change->reason};
}

static void change_report(struct at_json_out *o, const struct at_labels *labels, int64_t champion,
                          int64_t previous, double seconds)
{
    at_json_set_str(o, "target", labels->target);
    at_json_set_int(o, "champion", champion);
    at_json_put_key(o, "previous");
    if (previous)
        at_json_put_int(o, previous);
    else
        at_json_put_null(o);
    at_json_set_real(o, "milliseconds", seconds * 1000);
}

static attune_status promote_gate(attune_home *home, const struct at_labels *labels,
                                  const struct attune_models_change *change, int64_t champion,
                                  struct at_gate *gate, attune_error *err)
{
    *gate = (struct at_gate){.passed = true};
    if (champion == change->version)
        return at_fail(err, ATTUNE_CONFLICT, "%.*s version %lld is the champion already",
                       (int)labels->target.len, labels->target.ptr, (long long)champion);
    if (!champion)
        return ATTUNE_OK;
    AT_TRY(at_models_gate(home, labels, change->version, champion, gate, err));
    if (gate->passed)
        return ATTUNE_OK;
    if (change->override_gate && (!change->reason || !*change->reason))
        return at_fail(err, ATTUNE_INVALID, "overriding the gate needs a reason (--reason)");
    if (change->override_gate)
        return ATTUNE_OK;
    return at_fail(err, ATTUNE_REFUSED,
                   "the gate refuses version %lld: %.300s; --override with "
                   "--reason promotes it all the same",
                   (long long)change->version, gate->reasons.data ? gate->reasons.data : "");
}

attune_status attune_models_promote(attune_home *home, const struct attune_models_change *change,
                                    char **out_json, attune_error *err)
{
    const struct at_labels *labels;
    struct at_gate gate = {0};
    struct at_report report;
    int64_t champion, previous = 0;
    *out_json = NULL;
    if (change->version < 1)
        return at_fail(err, ATTUNE_INVALID, "promote needs a version");
    AT_TRY(change_begin(home, change, &labels, &champion, err));
    const struct at_alias_change alias = change_for(change, labels, change->version, "promote");
    const struct at_registry registry = at_home_registry(home);
    attune_status status = at_registry_verify(&registry, labels->target, change->version, err);
    if (status == ATTUNE_OK)
        status = promote_gate(home, labels, change, champion, &gate, err);
    const double t0 = at_clock_seconds();
    if (status == ATTUNE_OK)
        status = at_registry_set_champion(&registry, &alias, &previous, err);
    at_report_begin(&report);
    change_report(&report.o, labels, change->version, previous, at_clock_seconds() - t0);
    at_json_put_key(&report.o, "gate");
    at_gate_json(&gate, &report.o);
    status = at_report_end(&report, status, out_json, err);
    at_gate_release(&gate);
    return status;
}

static attune_status rollback_pick(attune_home *home, const struct at_labels *labels,
                                   int64_t champion, int64_t *version, attune_error *err)
{
    const int len = (int)labels->target.len;
    const char *name = labels->target.ptr;
    if (!*version)
        AT_TRY(home->store->kind->alias_get(home->store, labels->target, at_str_from("previous"),
                                            version, err));
    if (!*version)
        return at_fail(err, ATTUNE_NOT_FOUND,
                       "%.*s has no previous version to go back to (attune models list)", len,
                       name);
    if (*version == champion)
        return at_fail(err, ATTUNE_CONFLICT, "%.*s version %lld is the champion already", len, name,
                       (long long)*version);
    return ATTUNE_OK;
}

attune_status attune_models_rollback(attune_home *home, const struct attune_models_change *change,
                                     char **out_json, attune_error *err)
{
    const struct at_labels *labels;
    struct at_pipeline *pipeline = NULL;
    struct at_report report;
    int64_t champion, version = change->version, previous = 0;
    const double t0 = at_clock_seconds();
    *out_json = NULL;
    AT_TRY(change_begin(home, change, &labels, &champion, err));
    AT_TRY(rollback_pick(home, labels, champion, &version, err));
    const struct at_alias_change alias = change_for(change, labels, version, "rollback");
    const struct at_registry registry = at_home_registry(home);
    /* going back to a damaged model would be worse than staying */
    AT_TRY(at_registry_load(&registry, labels->target, version, &pipeline, err));
    at_pipeline_destroy(pipeline);
    AT_TRY(at_registry_set_champion(&registry, &alias, &previous, err));
    at_report_begin(&report);
    change_report(&report.o, labels, version, previous, at_clock_seconds() - t0);
    return at_report_end(&report, ATTUNE_OK, out_json, err);
}

attune_status attune_models_delete(attune_home *home, const struct attune_models_change *change,
                                   char **out_json, attune_error *err)
{
    const struct at_labels *labels;
    struct at_report report;
    int64_t champion;
    *out_json = NULL;
    if (change->version < 1)
        return at_fail(err, ATTUNE_INVALID, "delete needs a version");
    AT_TRY(change_begin(home, change, &labels, &champion, err));
    const struct at_alias_change alias = change_for(change, labels, change->version, "delete");
    const struct at_registry registry = at_home_registry(home);
    AT_TRY(at_registry_delete(&registry, &alias, err));
    at_report_begin(&report);
    at_json_set_str(&report.o, "target", labels->target);
    at_json_set_int(&report.o, "deleted", change->version);
    return at_report_end(&report, ATTUNE_OK, out_json, err);
}
