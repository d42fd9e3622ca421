/* The first pass: every fan once, from the store or a file. */
#include <string.h>

#include "api/check_run.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "base/job.h"
#include "data/read_dataset.h"

static bool check_usable(const struct at_check_run *run, const struct at_profile *p)
{
    size_t n_received = 0;
    if (!run->home) /* what `fit` trains on */
        return p->n_messages > 0;
    for (size_t i = 0; i < p->n_messages; i++)
        n_received += p->messages[i].from == AT_FROM_FAN;
    return p->n_messages >= (size_t)run->home->config.values.min_rows &&
           n_received >= (size_t)run->home->config.values.min_received;
}

static attune_status check_labels(struct at_check_run *run, const struct at_profile *p, bool usable,
                                  attune_error *err)
{
    size_t n_known = 0;
    for (size_t t = 0; t < run->n_targets; t++) {
        struct at_check_target *x = &run->targets[t];
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

static void check_language(struct at_check_run *run, const struct at_profile *p)
{
    const struct at_profile in_language = at_home_profile(run->home, p);
    const struct at_profile_language is = at_profile_language_get(&in_language);
    at_languages_add(&run->languages, is.tag);
    run->n_identified += is.tag.len && !is.given;
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

static attune_status check_first_of(struct at_check_run *run, uint32_t index,
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

static attune_status check_same_text(struct at_check_run *run, const struct at_profile *p,
                                     bool usable, uint32_t *out_text, attune_error *err)
{
    uint8_t digest[AT_CHECKSUM_BYTES];
    bool is_new;
    *out_text = AT_MAP_NONE;
    if (!check_digest(p, digest))
        return at_finding_add(&run->empties, p->fan_id, err);
    if (!usable) /* two fans who only said "hey" say nothing about each other */
        return ATTUNE_OK;
    AT_TRY(at_map_add(&run->texts, (struct at_str){(const char *)digest, sizeof digest}, out_text,
                      &is_new, err));
    if (is_new)
        return check_first_of(run, *out_text, p, err);
    const struct at_profile *first = &run->first[*out_text];
    if (at_str_equal(first->fan_id, p->fan_id)) /* one fan twice in a file: told elsewhere */
        return ATTUNE_OK;
    AT_TRY(at_finding_add_pair(&run->duplicates, first->fan_id, p->fan_id, err));
    for (size_t i = 0; i < p->n_labels; i++) {
        const struct at_str other = at_profile_label(first, p->labels[i].target);
        if (other.len && !at_str_equal(other, p->labels[i].label))
            return at_finding_add_pair(&run->conflicts, first->fan_id, p->fan_id, err);
    }
    return ATTUNE_OK;
}

/* The newest messages, which are those that training looks at. */
static struct at_profile check_window(const struct at_check_run *run, const struct at_profile *p)
{
    struct at_profile view = *p;
    const size_t newest = run->home ? (size_t)run->home->config.values.newest_messages : 0;
    if (newest && view.n_messages > newest) {
        view.messages += view.n_messages - newest;
        view.n_messages = newest;
    }
    return view;
}

static attune_status check_keep(struct at_check_run *run, const struct at_profile *p, uint32_t text,
                                attune_error *err)
{
    const struct at_profile view = check_window(run, p);
    if (run->dataset.n == run->cap_text_of) {
        const size_t cap = run->cap_text_of ? 2 * run->cap_text_of : 256;
        uint32_t *grown = at_realloc(run->text_of, cap, sizeof *grown);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
        run->text_of = grown;
        run->cap_text_of = cap;
    }
    run->text_of[run->dataset.n] = text;
    return at_dataset_add(&run->dataset, &view, err);
}

static attune_status check_fan(void *context, const struct at_profile *p, int64_t first_seen_ms,
                               attune_error *err)
{
    struct at_check_run *run = context;
    const bool usable = check_usable(run, p);
    const uint64_t n_unlabelled = run->n_unlabelled;
    uint32_t text;
    (void)first_seen_ms;
    if (run->n_fans++ % 4096 == 0) {
        AT_TRY(at_job_check(run->job, err));
        at_job_progress(run->job, "check", run->n_fans, 0);
    }
    run->n_messages += p->n_messages;
    run->n_unusable += !usable;
    AT_TRY(check_labels(run, p, usable, err));
    check_language(run, p);
    AT_TRY(check_same_text(run, p, usable, &text, err));
    if (!run->home) /* kept already: row n_fans - 1 */
        run->text_of[run->n_fans - 1] = text;
    else if (!run->options->quick && usable && run->n_unlabelled == n_unlabelled)
        return check_keep(run, p, text, err);
    return ATTUNE_OK;
}

static attune_status check_add_target(struct at_check_run *run, const struct at_labels *labels,
                                      attune_error *err)
{
    struct at_check_target *x = &run->targets[run->n_targets++];
    x->labels = labels;
    x->counts = AT_ALLOC(uint64_t, labels->n);
    x->usable = AT_ALLOC(uint64_t, labels->n);
    if (!x->counts || !x->usable)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
    return ATTUNE_OK;
}

/* A file is read whole: which labels there are is known at its end. */
static attune_status check_file(struct at_check_run *run, attune_error *err)
{
    const struct at_read_source source = {.path = run->options->data,
                                          .format = run->options->format,
                                          .target = at_str_from(run->options->label)};
    AT_TRY(at_read_dataset(&run->dataset, &run->n_rejected, &source, run->job, err));
    if (run->dataset.n == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "'%s' holds no usable profile", source.path);
    const attune_status status =
        at_dataset_find_labels(&run->dataset, source.target, &run->file_labels, &run->arena, err);
    if (status != ATTUNE_OK)
        return at_wrap(err, status, "'%s'", source.path);
    AT_TRY(check_add_target(run, &run->file_labels, err));
    run->text_of = AT_ALLOC_RAW(uint32_t, run->dataset.n);
    if (!run->text_of)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
    for (size_t i = 0; i < run->dataset.n; i++)
        AT_TRY(check_fan(run, &run->dataset.profiles[i], 0, err));
    return ATTUNE_OK;
}

attune_status at_check_fans(struct at_check_run *run, attune_error *err)
{
    struct at_store *store;
    const struct at_store_scan scan = {.with_labels = true};
    if (!run->home)
        return check_file(run, err);
    for (size_t t = 0; t < run->home->config.n_targets; t++)
        AT_TRY(check_add_target(run, &run->home->config.targets[t], err));
    AT_TRY(at_home_store(run->home, AT_STORE_READ, &store, err));
    return store->kind->scan(store, &scan, check_fan, run, err);
}
