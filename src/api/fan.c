/* One person's data: what an operator looks at, and what the person may ask for. */
#include "api/home_impl.h"
#include "attune/dataset.h"
#include "text/language.h"

enum { FAN_SHOW_MESSAGES = 10 };

static attune_status fan_label(void *context, const struct at_store_label *l, attune_error *err)
{
    struct at_json_out *o = context;
    (void)err;
    at_json_object_begin(o);
    at_json_set_str(o, "target", l->target);
    at_json_set_str(o, "label", l->label);
    at_json_set_text(o, "source", at_label_source_name(l->source));
    at_json_set_time(o, "at", l->at_ms);
    at_json_set_str(o, "by", l->by);
    at_json_object_end(o);
    return ATTUNE_OK;
}

static void fan_messages(struct at_json_out *o, const struct at_profile *profile)
{
    at_json_put_key(o, "messages");
    at_json_array_begin(o);
    for (size_t i = 0; i < profile->n_messages; i++) {
        const struct at_message *m = &profile->messages[i];
        at_json_object_begin(o);
        at_json_set_str(o, "text", m->text);
        if (m->at_ms != AT_TIME_NONE)
            at_json_set_time(o, "at", m->at_ms);
        at_json_set_text(o, "from", m->from == AT_FROM_FAN ? "fan" : "creator");
        at_json_object_end(o);
    }
    at_json_array_end(o);
}

/* What the messages look like, whatever the store says. */
static void fan_language(struct at_json_out *o, const struct at_profile *profile)
{
    struct at_language_scan scan = {0};
    struct at_language is;
    for (size_t i = 0; i < profile->n_messages; i++)
        if (profile->messages[i].from == AT_FROM_FAN)
            at_language_add(&scan, profile->messages[i].text);
    at_language_finish(&scan, &is);
    at_json_put_key(o, "language_identified");
    at_json_object_begin(o);
    at_json_set_text(o, "language", is.tag == at_language_unknown ? NULL : is.tag);
    at_json_set_real(o, "confidence", is.confidence);
    at_json_set_text(o, "runner_up", is.runner_up == at_language_unknown ? NULL : is.runner_up);
    at_json_object_end(o);
}

static attune_status fan_body(struct at_json_out *o, struct at_store *store,
                              const struct at_profile *profile, attune_error *err)
{
    at_json_set_str(o, "fan_id", profile->fan_id);
    at_json_put_key(o, "language");
    if (profile->language.len)
        at_json_put_str(o, profile->language);
    else
        at_json_put_null(o);
    fan_language(o, profile);
    at_json_put_key(o, "labels");
    at_json_object_begin(o);
    for (size_t i = 0; i < profile->n_labels; i++) {
        at_json_put_key(o, profile->labels[i].target.ptr);
        at_json_put_str(o, profile->labels[i].label);
    }
    at_json_object_end(o);
    fan_messages(o, profile);
    at_json_put_key(o, "label_history");
    at_json_array_begin(o);
    AT_TRY(store->kind->labels(store, profile->fan_id, fan_label, o, err));
    at_json_array_end(o);
    return ATTUNE_OK;
}

static attune_status fan_report(attune_home *home, const char *fan_id, size_t newest,
                                char **out_json, attune_error *err)
{
    struct at_arena arena = {0};
    struct at_profile profile;
    struct at_store *store;
    struct at_report report;
    *out_json = NULL;
    AT_TRY(at_home_store(home, AT_STORE_READ, &store, err));
    attune_status status =
        store->kind->profile_get(store, at_str_from(fan_id), newest, &profile, &arena, err);
    if (status == ATTUNE_OK) {
        at_report_begin(&report);
        status = at_report_end(&report, fan_body(&report.o, store, &profile, err), out_json, err);
    }
    at_arena_release(&arena);
    return status;
}

attune_status attune_fan_show(attune_home *home, const char *fan_id, char **out_json,
                              attune_error *err)
{
    return fan_report(home, fan_id, FAN_SHOW_MESSAGES, out_json, err);
}

attune_status attune_fan_export(attune_home *home, const char *fan_id, char **out_json,
                                attune_error *err)
{
    return fan_report(home, fan_id, 0, out_json, err);
}
