/* `attune check`: a look at the data before training. One pass over all fans; what it keeps is a
 * hash per fan, counts, and the first few names of each finding. Nothing is changed. */
#include <stdio.h>
#include <string.h>

#include "api/check_finding.h"
#include "api/home_impl.h"
#include "attune/dataset.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "base/job.h"
#include "base/map.h"

enum { CHECK_FEW_PER_LABEL = 15 };

struct check_target {
    const struct at_labels *labels;
    uint64_t *counts;   /* u64[labels->n]: fans with this label */
    uint64_t *usable;   /* of them, those that training may use */
    uint64_t n_unknown; /* labels that the configuration does not list */
};

struct check_run {
    attune_home *home;
    const attune_job *job;
    struct check_target targets[AT_TARGETS_MAX];
    uint64_t n_fans, n_messages, n_unusable, n_unlabelled;
    struct at_map texts;     /* digest of a fan's texts -> number */
    struct at_map languages; /* tag -> number */
    uint64_t *n_language;
    size_t cap_language;
    /* by number of `texts`: the first fan with this text, and its labels */
    struct at_profile *first;
    size_t cap_first;
    struct at_arena arena;
    struct at_finding duplicates, conflicts, empties, shorts, unknown;
};

static attune_status check_alloc_targets(struct check_run *run, attune_error *err)
{
    for (size_t t = 0; t < run->home->config.n_targets; t++) {
        struct check_target *x = &run->targets[t];
        x->labels = &run->home->config.targets[t];
        x->counts = AT_ALLOC(uint64_t, x->labels->n);
        x->usable = AT_ALLOC(uint64_t, x->labels->n);
        if (!x->counts || !x->usable)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
    }
    return ATTUNE_OK;
}

static bool check_usable(const struct check_run *run, const struct at_profile *p)
{
    size_t n_received = 0;
    for (size_t i = 0; i < p->n_messages; i++)
        n_received += p->messages[i].from == AT_FROM_FAN;
    return p->n_messages >= (size_t)run->home->config.values.min_rows &&
           n_received >= (size_t)run->home->config.values.min_received;
}

static attune_status check_labels(struct check_run *run, const struct at_profile *p, bool usable,
                                  attune_error *err)
{
    size_t n_known = 0;
    for (size_t t = 0; t < run->home->config.n_targets; t++) {
        struct check_target *x = &run->targets[t];
        const struct at_str label = at_profile_label(p, x->labels->target);
        if (!label.len)
            continue;
        const uint32_t y = at_labels_find(x->labels, label);
        if (y == AT_CLASS_NONE) {
            x->n_unknown++;
            AT_TRY(at_finding_add(&run->unknown, p->fan_id, err));
            continue;
        }
        n_known++;
        x->counts[y]++;
        x->usable[y] += usable;
    }
    run->n_unlabelled += n_known == 0;
    if (n_known && !usable)
        AT_TRY(at_finding_add(&run->shorts, p->fan_id, err));
    return ATTUNE_OK;
}

static attune_status check_language(struct check_run *run, struct at_str language,
                                    attune_error *err)
{
    uint32_t index;
    AT_TRY(at_map_add(&run->languages, language.len ? language : at_str_from("unknown"), &index,
                      NULL, err));
    if (index >= run->cap_language) {
        const size_t cap = run->cap_language ? 2 * run->cap_language : 16;
        uint64_t *grown = at_realloc(run->n_language, cap, sizeof *grown);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
        memset(grown + run->cap_language, 0, (cap - run->cap_language) * sizeof *grown);
        run->n_language = grown;
        run->cap_language = cap;
    }
    run->n_language[index]++;
    return ATTUNE_OK;
}

/* All that the fan wrote, as 32 bytes; two fans with the same digest wrote the same. */
static bool check_digest(const struct at_profile *p, uint8_t out[AT_CHECKSUM_BYTES])
{
    struct at_checksum sum;
    bool any = false;
    at_checksum_init(&sum);
    for (size_t i = 0; i < p->n_messages; i++) {
        if (p->messages[i].from != AT_FROM_FAN)
            continue;
        any = any || p->messages[i].text.len > 0;
        at_checksum_add(&sum, p->messages[i].text.ptr, p->messages[i].text.len);
        at_checksum_add(&sum, "\n", 1);
    }
    at_checksum_finish(&sum, out);
    return any;
}

static attune_status check_first_of(struct check_run *run, uint32_t index,
                                    const struct at_profile *p, attune_error *err)
{
    if (index >= run->cap_first) {
        const size_t cap = run->cap_first ? 2 * run->cap_first : 256;
        struct at_profile *grown = at_realloc(run->first, cap, sizeof *grown);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
        run->first = grown;
        run->cap_first = cap;
    }
    struct at_profile bare = *p;
    bare.n_messages = 0;
    bare.messages = NULL;
    return at_profile_copy(&run->first[index], &bare, &run->arena, err);
}

static attune_status check_same_text(struct check_run *run, const struct at_profile *p, bool usable,
                                     attune_error *err)
{
    uint8_t digest[AT_CHECKSUM_BYTES];
    uint32_t index;
    bool is_new;
    if (!check_digest(p, digest))
        return at_finding_add(&run->empties, p->fan_id, err);
    if (!usable) /* two fans who only said "hey" say nothing about each other */
        return ATTUNE_OK;
    AT_TRY(at_map_add(&run->texts, (struct at_str){(const char *)digest, sizeof digest}, &index,
                      &is_new, err));
    if (is_new)
        return check_first_of(run, index, p, err);
    const struct at_profile *first = &run->first[index];
    AT_TRY(at_finding_add_pair(&run->duplicates, first->fan_id, p->fan_id, err));
    for (size_t i = 0; i < p->n_labels; i++) {
        const struct at_str other = at_profile_label(first, p->labels[i].target);
        if (other.len && !at_str_equal(other, p->labels[i].label))
            return at_finding_add_pair(&run->conflicts, first->fan_id, p->fan_id, err);
    }
    return ATTUNE_OK;
}

static attune_status check_fan(void *context, const struct at_profile *p, int64_t first_seen_ms,
                               attune_error *err)
{
    struct check_run *run = context;
    const bool usable = check_usable(run, p);
    (void)first_seen_ms;
    if (run->n_fans++ % 4096 == 0) {
        AT_TRY(at_job_check(run->job, err));
        at_job_progress(run->job, "check", run->n_fans, 0);
    }
    run->n_messages += p->n_messages;
    run->n_unusable += !usable;
    AT_TRY(check_labels(run, p, usable, err));
    AT_TRY(check_language(run, p->language, err));
    return check_same_text(run, p, usable, err);
}

/* Fans whose imported labels changed, or whom an operator corrected against another operator. */
struct check_history {
    struct check_run *run;
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

static attune_status check_history(struct check_run *run, struct at_json_out *o, attune_error *err)
{
    struct check_history h = {.run = run};
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

static void check_target_json(const struct check_run *run, const struct check_target *x,
                              struct at_json_out *o)
{
    const uint64_t needed = (uint64_t)run->home->config.values.ml_min_training_samples;
    uint64_t usable = 0;
    at_json_put_key_str(o, x->labels->target);
    at_json_object_begin(o);
    at_json_put_key(o, "labels");
    at_json_object_begin(o);
    for (size_t k = 0; k < x->labels->n; k++) {
        at_json_put_key_str(o, x->labels->names[k]);
        at_json_put_int(o, (int64_t)x->counts[k]);
        usable += x->usable[k];
    }
    at_json_object_end(o);
    at_json_set_int(o, "usable", (int64_t)usable);
    at_json_set_int(o, "needed", (int64_t)needed);
    at_json_set_bool(o, "enough", usable >= needed);
    at_json_object_end(o);
}

static void check_target_findings(const struct check_run *run, const struct check_target *x,
                                  struct at_json_out *o)
{
    const uint64_t needed = (uint64_t)run->home->config.values.ml_min_training_samples;
    const int len = (int)x->labels->target.len;
    const char *name = x->labels->target.ptr;
    uint64_t usable = 0;
    char text[320];
    for (size_t k = 0; k < x->labels->n; k++)
        usable += x->usable[k];
    if (usable < needed) {
        snprintf(text, sizeof text, "Insufficient %.*s data: %llu < %llu", len, name,
                 (unsigned long long)usable, (unsigned long long)needed);
        at_finding_note(o, "error", "too_few", text);
    }
    for (size_t k = 0; k < x->labels->n && usable; k++) {
        if (x->usable[k] >= CHECK_FEW_PER_LABEL)
            continue;
        snprintf(text, sizeof text,
                 "%.*s: usable fans labelled '%.*s': %llu; below %d an answer with this label is a "
                 "guess",
                 len, name, (int)x->labels->names[k].len, x->labels->names[k].ptr,
                 (unsigned long long)x->usable[k], CHECK_FEW_PER_LABEL);
        at_finding_note(o, "warning", "small_class", text);
    }
}

static attune_status check_findings(struct check_run *run, struct at_json_out *o, attune_error *err)
{
    for (size_t t = 0; t < run->home->config.n_targets; t++)
        check_target_findings(run, &run->targets[t], o);
    at_finding_json(&run->conflicts, o, "error", "label_conflict",
                    "pairs of fans wrote exactly the same but have different labels: correct one");
    at_finding_json(&run->duplicates, o, "warning", "duplicate",
                    "pairs of fans wrote exactly the same; a split keeps them on one side");
    at_finding_json(&run->unknown, o, "warning", "unknown_label",
                    "fans have a label that config.json does not list; they are left out");
    at_finding_json(&run->empties, o, "warning", "empty_text", "fans wrote nothing");
    at_finding_json(&run->shorts, o, "note", "too_short",
                    "labelled fans have too few messages for training (data.min_rows, "
                    "data.min_received)");
    return check_history(run, o, err);
}

static attune_status check_body(struct check_run *run, struct at_json_out *o, attune_error *err)
{
    struct at_store *store;
    const struct at_store_scan scan = {.with_labels = true};
    AT_TRY(check_alloc_targets(run, err));
    AT_TRY(at_home_store(run->home, AT_STORE_READ, &store, err));
    AT_TRY(store->kind->scan(store, &scan, check_fan, run, err));
    at_json_set_int(o, "fans", (int64_t)run->n_fans);
    at_json_set_int(o, "messages", (int64_t)run->n_messages);
    at_json_set_int(o, "fans_too_short", (int64_t)run->n_unusable);
    at_json_set_int(o, "fans_unlabelled", (int64_t)run->n_unlabelled);
    at_json_put_key(o, "targets");
    at_json_object_begin(o);
    for (size_t t = 0; t < run->home->config.n_targets; t++)
        check_target_json(run, &run->targets[t], o);
    at_json_object_end(o);
    at_json_put_key(o, "languages");
    at_json_object_begin(o);
    for (size_t i = 0; i < run->languages.n_keys; i++) {
        at_json_put_key_str(o, run->languages.keys[i]);
        at_json_put_int(o, (int64_t)run->n_language[i]);
    }
    at_json_object_end(o);
    at_json_put_key(o, "findings");
    at_json_array_begin(o);
    AT_TRY(check_findings(run, o, err));
    at_json_array_end(o);
    return ATTUNE_OK;
}

static void check_release(struct check_run *run)
{
    for (size_t t = 0; t < AT_TARGETS_MAX; t++) {
        at_free(run->targets[t].counts);
        at_free(run->targets[t].usable);
    }
    at_finding_release(&run->duplicates);
    at_finding_release(&run->conflicts);
    at_finding_release(&run->empties);
    at_finding_release(&run->shorts);
    at_finding_release(&run->unknown);
    at_map_release(&run->texts);
    at_map_release(&run->languages);
    at_free(run->n_language);
    at_free(run->first);
    at_arena_release(&run->arena);
}

attune_status attune_check(attune_home *home, const attune_job *job, char **out_json,
                           attune_error *err)
{
    struct at_report report;
    *out_json = NULL;
    struct check_run *run = AT_ALLOC(struct check_run, 1);
    if (!run)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
    run->home = home;
    run->job = job;
    at_report_begin(&report);
    const attune_status status =
        at_report_end(&report, check_body(run, &report.o, err), out_json, err);
    check_release(run);
    at_free(run);
    return status;
}
