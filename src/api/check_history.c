/* Labels that changed: the same source said one thing, then another. */
#include "api/check_run.h"
#include "base/alloc.h"

/* Fans whose imported labels changed, or whom an operator corrected against another operator. */
struct check_history {
    struct at_map seen; /* fan, target, source */
    struct at_arena arena;
    struct at_str *labels;
    size_t cap;
    struct at_finding found;
};

static attune_status check_label_row(void *context, const struct at_store_label *l,
                                     attune_error *err)
{
    struct check_history *h = context;
    struct at_buf key = {0};
    uint32_t index = 0;
    bool is_new = false;
    if (l->source == AT_LABEL_MODEL)
        return ATTUNE_OK;
    attune_status status =
        at_buf_addf(&key, err, "%.*s\n%.*s\n%d", (int)l->target.len, l->target.ptr,
                    (int)l->fan_id.len, l->fan_id.ptr, (int)l->source);
    if (status == ATTUNE_OK)
        status = at_map_add(&h->seen, (struct at_str){key.data, key.len}, &index, &is_new, err);
    at_buf_release(&key);
    AT_TRY(status);
    if (index >= h->cap) {
        const size_t cap = h->cap ? 2 * h->cap : 256;
        struct at_str *grown = at_realloc(h->labels, cap, sizeof *grown);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
        h->labels = grown;
        h->cap = cap;
    }
    if (is_new) {
        h->labels[index] =
            (struct at_str){at_arena_strndup(&h->arena, l->label.ptr, l->label.len), l->label.len};
        return h->labels[index].ptr ? ATTUNE_OK
                                    : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
    }
    return at_str_equal(h->labels[index], l->label) ? ATTUNE_OK
                                                    : at_finding_add(&h->found, l->fan_id, err);
}

attune_status at_check_history(struct at_check_run *run, struct at_json_out *o, attune_error *err)
{
    struct check_history h = {0};
    if (!run->home)
        return ATTUNE_OK;
    struct at_store *store = run->home->store;
    const attune_status status =
        store->kind->labels(store, at_str_from(""), check_label_row, &h, err);
    if (status == ATTUNE_OK)
        at_finding_json(&h.found, o, "warning", "label_changed",
                        "fans were given different labels by the same source; the newest counts: "
                        "look at them with attune fan show");
    at_finding_release(&h.found);
    at_map_release(&h.seen);
    at_arena_release(&h.arena);
    at_free(h.labels);
    return status;
}
