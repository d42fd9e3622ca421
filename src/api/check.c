/* `attune check`: a look at the data before training. Cheap counts over all fans first; then,
 * unless it is to be quick, the searches that compare fans with each other. Nothing is changed. */
#include <stdio.h>
#include <string.h>

#include "api/check_run.h"
#include "base/alloc.h"
#include "base/pool.h"

enum { CHECK_FEW_PER_LABEL = 15 };

/* A file is trained on as it is. */
static uint64_t check_needed(const struct at_check_run *run)
{
    return run->home ? (uint64_t)run->home->config.values.ml_min_training_samples : 0;
}

static void check_target_json(const struct at_check_run *run, const struct at_check_target *x,
                              struct at_json_out *o)
{
    const uint64_t needed = check_needed(run);
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

static void check_target_findings(const struct at_check_run *run, const struct at_check_target *x,
                                  struct at_json_out *o)
{
    const uint64_t needed = check_needed(run);
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
                 "guess: collect more, or merge it with a label that is near",
                 len, name, (int)x->labels->names[k].len, x->labels->names[k].ptr,
                 (unsigned long long)x->usable[k], CHECK_FEW_PER_LABEL);
        at_finding_note(o, "warning", "small_class", text);
    }
}

static void check_simple_findings(const struct at_check_run *run, struct at_json_out *o)
{
    for (size_t t = 0; t < run->n_targets; t++)
        check_target_findings(run, &run->targets[t], o);
    at_finding_json(&run->conflicts, o, "error", "label_conflict",
                    "pairs of fans wrote exactly the same but have different labels: correct one");
    at_finding_json(&run->leaks, o, "error", "split_leak",
                    "fans of the test split wrote the same or nearly the same as one that trains; "
                    "scores are too good: give both the same split");
    at_finding_json(&run->duplicates, o, "warning", "duplicate",
                    "pairs of fans wrote exactly the same; a split keeps them on one side");
    at_finding_json(&run->alike_conflicts, o, "warning", "near_label_conflict",
                    "pairs of fans wrote nearly the same but have different labels: look at them");
    at_finding_json(&run->alike, o, "warning", "near_duplicate",
                    "pairs of fans wrote nearly the same; a split keeps them on one side");
    at_finding_json(&run->repeated, o, "warning", "repeated_fan",
                    "rows have the fan_id of an earlier row: put the messages of a fan into one");
    at_finding_json(&run->unknown, o, "warning", "unknown_label",
                    "fans have a label that config.json does not list; they are left out");
    at_finding_json(&run->empties, o, "warning", "empty_text", "fans wrote nothing");
    at_finding_json(&run->shorts, o, "note", "too_short",
                    "labelled fans have too few messages for training (data.min_rows, "
                    "data.min_received)");
}

static attune_status check_findings(struct at_check_run *run, struct at_json_out *o,
                                    attune_error *err)
{
    check_simple_findings(run, o);
    AT_TRY(at_check_history(run, o, err));
    for (size_t t = 0; t < run->n_targets && run->group; t++) {
        AT_TRY(at_check_telltales(run, &run->targets[t], o, err));
        AT_TRY(at_check_suspects(run, &run->targets[t], o, err));
    }
    return ATTUNE_OK;
}

static void check_languages_json(struct at_check_run *run, struct at_json_out *o)
{
    at_languages_sort(&run->languages);
    at_json_put_key(o, "languages");
    at_json_object_begin(o);
    for (size_t i = 0; i < run->languages.n_rows; i++)
        at_json_set_int(o, run->languages.rows[i].tag, (int64_t)run->languages.rows[i].n);
    if (run->languages.n_unknown)
        at_json_set_int(o, "unknown", (int64_t)run->languages.n_unknown);
    at_json_object_end(o);
    at_json_set_int(o, "languages_identified", (int64_t)run->n_identified);
}

static attune_status check_body(struct at_check_run *run, struct at_json_out *o, attune_error *err)
{
    AT_TRY(at_check_fans(run, err));
    if (!run->options->quick && run->dataset.n) {
        AT_TRY(at_home_pool(run->home, run->options->threads, &run->pool, err));
        AT_TRY(at_check_groups(run, err));
    }
    at_json_set_int(o, "fans", (int64_t)run->n_fans);
    at_json_set_int(o, "messages", (int64_t)run->n_messages);
    at_json_set_int(o, "fans_too_short", (int64_t)run->n_unusable);
    at_json_set_int(o, "fans_unlabelled", (int64_t)run->n_unlabelled);
    if (!run->home)
        at_json_set_int(o, "rejected", (int64_t)run->n_rejected);
    at_json_set_bool(o, "quick", run->options->quick);
    at_json_put_key(o, "targets");
    at_json_object_begin(o);
    for (size_t t = 0; t < run->n_targets; t++)
        check_target_json(run, &run->targets[t], o);
    at_json_object_end(o);
    check_languages_json(run, o);
    at_json_put_key(o, "findings");
    at_json_array_begin(o);
    AT_TRY(check_findings(run, o, err));
    at_json_array_end(o);
    return ATTUNE_OK;
}

static void check_release(struct at_check_run *run)
{
    struct at_finding *findings[] = {&run->duplicates,      &run->conflicts, &run->empties,
                                     &run->shorts,          &run->unknown,   &run->alike,
                                     &run->alike_conflicts, &run->leaks,     &run->repeated};
    for (size_t t = 0; t < run->n_targets; t++) {
        at_free(run->targets[t].counts);
        at_free(run->targets[t].usable);
    }
    for (size_t i = 0; i < sizeof findings / sizeof *findings; i++)
        at_finding_release(findings[i]);
    at_map_release(&run->texts);
    at_free(run->first);
    at_free(run->text_of);
    at_free(run->group);
    at_dataset_release(&run->dataset);
    at_arena_release(&run->arena);
    at_pool_destroy(run->pool);
}

attune_status attune_check(attune_home *home, const struct attune_check_options *options,
                           const attune_job *job, char **out_json, attune_error *err)
{
    static const struct attune_check_options defaults = {.seed = -1};
    struct at_report report;
    *out_json = NULL;
    options = options ? options : &defaults;
    if (!options->data == !home)
        return at_fail(err, ATTUNE_INVALID, "check looks at a home or at a file, one of them");
    if (options->data && !options->label)
        return at_fail(err, ATTUNE_INVALID, "a file is checked for one label: name its field");
    struct at_check_run *run = AT_ALLOC(struct at_check_run, 1);
    if (!run)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
    run->home = home;
    run->options = options;
    run->job = job;
    at_report_begin(&report);
    const attune_status status =
        at_report_end(&report, check_body(run, &report.o, err), out_json, err);
    check_release(run);
    at_free(run);
    return status;
}
