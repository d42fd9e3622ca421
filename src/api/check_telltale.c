#include <stdio.h>

#include "api/check_run.h"
#include "base/alloc.h"
#include "feature/telltale.h"

enum { TELLTALE_SHOWN = 20 };

attune_status at_check_classes(const struct at_check_run *run, const struct at_labels *labels,
                               uint32_t **out_y, attune_error *err)
{
    uint32_t *y = AT_ALLOC_RAW(uint32_t, run->dataset.n);
    *out_y = y;
    if (!y)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", run->dataset.n);
    for (size_t i = 0; i < run->dataset.n; i++) {
        const struct at_str label = at_profile_label(&run->dataset.profiles[i], labels->target);
        y[i] = label.len ? at_labels_find(labels, label) : AT_CLASS_NONE;
    }
    return ATTUNE_OK;
}

static void telltale_item(const struct at_telltale *t, const struct at_labels *labels,
                          struct at_json_out *o)
{
    at_json_object_begin(o);
    at_json_set_text(o, "kind", t->is_habit ? "habit" : "word");
    at_json_set_str(o, "name", t->name);
    if (t->is_habit)
        at_json_set_text(o, "direction", t->less ? "less" : "more");
    at_json_set_str(o, "label", labels->names[t->class_index]);
    at_json_set_int(o, "fans", (int64_t)t->n_with);
    at_json_set_int(o, "fans_of", (int64_t)t->n_class);
    at_json_set_int(o, "others", (int64_t)t->n_others);
    at_json_set_int(o, "others_of", (int64_t)t->n_rest);
    at_json_object_end(o);
}

static void telltale_json(const struct at_telltales *found, const struct at_labels *labels,
                          struct at_json_out *o)
{
    char text[320];
    if (!found->n)
        return;
    snprintf(text, sizeof text, "%.*s: %zu %s nearly alone: take out what came with the labels",
             (int)labels->target.len, labels->target.ptr, found->n,
             found->n == 1 ? "word or habit gives a label away"
                           : "words or habits give a label away");
    at_json_object_begin(o);
    at_json_set_text(o, "level", "warning");
    at_json_set_text(o, "code", "telltale");
    at_json_set_str(o, "target", labels->target);
    at_json_set_text(o, "message", text);
    at_json_set_int(o, "count", (int64_t)found->n);
    at_json_put_key(o, "telltales");
    at_json_array_begin(o);
    for (size_t i = 0; i < found->n && i < TELLTALE_SHOWN; i++)
        telltale_item(&found->items[i], labels, o);
    at_json_array_end(o);
    at_json_object_end(o);
}

attune_status at_check_telltales(struct at_check_run *run, const struct at_check_target *target,
                                 struct at_json_out *o, attune_error *err)
{
    struct at_telltales found = {0};
    uint32_t *y;
    AT_TRY(at_check_classes(run, target->labels, &y, err));
    const struct at_telltale_input in = {.dataset = &run->dataset,
                                         .y = y,
                                         .group = run->group,
                                         .labels = target->labels,
                                         .pool = run->pool,
                                         .job = run->job};
    const attune_status status = at_telltales_find(&found, &in, err);
    if (status == ATTUNE_OK)
        telltale_json(&found, target->labels, o);
    at_telltales_release(&found);
    at_free(y);
    return status;
}
