#include "cli/registry_pages.h"

#include <stdio.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/outline.h"
#include "cli/score.h"

void at_registry_accuracy(char out[48], const at_json *metrics)
{
    const at_json *accuracy = at_json_get(metrics, "accuracy");
    const at_json *interval = at_json_get(metrics, "accuracy_interval");
    if (!at_json_is_number(accuracy))
        snprintf(out, 48, "-");
    else if (at_json_len(interval) != 2)
        snprintf(out, 48, "%.3f", at_json_number(accuracy, 0));
    else
        snprintf(out, 48, "%.3f (%.2f to %.2f)", at_json_number(accuracy, 0),
                 at_json_number(at_json_at(interval, 0), 0),
                 at_json_number(at_json_at(interval, 1), 0));
}

void at_registry_aliases(char out[96], const at_json *aliases)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < at_json_len(aliases) && used < 96; i++)
        used += (size_t)snprintf(out + used, 96 - used, "%s%s", i ? ", " : "",
                                 at_json_string(at_json_at(aliases, i)).ptr);
}

static void registry_list_row(struct at_grid *grid, const char *target, const at_json *v)
{
    char aliases[96], accuracy[48], created[24], size[24];
    const at_json *f1 = at_json_get(v, "macro_f1");
    at_registry_aliases(aliases, at_json_get(v, "aliases"));
    at_registry_accuracy(accuracy, v);
    at_page_time(created, at_json_string(at_json_get(v, "created")));
    at_page_bytes(size, at_json_number(at_json_get(v, "size_bytes"), 0));
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", target);
    at_grid_add(grid, AT_STYLE_PLAIN, "%lld",
                (long long)at_json_integer(at_json_get(v, "version"), 0));
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", at_score_text(v, "kind", "?"));
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", accuracy);
    if (at_json_is_number(f1))
        at_grid_add(grid, AT_STYLE_PLAIN, "%.3f", at_json_number(f1, 0));
    else
        at_grid_add(grid, AT_STYLE_PLAIN, "-");
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", size);
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", created);
    at_grid_add(grid, strstr(aliases, "champion") ? AT_STYLE_GOOD : AT_STYLE_PLAIN, "%s", aliases);
}

void at_registry_list_page(struct at_page *page, const at_json *report)
{
    struct at_grid grid = at_grid("lrllrrll");
    const at_json *targets = at_json_get(report, "targets");
    size_t n = 0;
    at_grid_head(&grid, "target|version|kind|accuracy|macro-F1|size|created|aliases");
    for (void *it = at_json_first(targets); it; it = at_json_next(targets, it)) {
        const at_json *versions = at_json_get(at_json_value(it), "versions");
        for (size_t i = 0; i < at_json_len(versions); i++, n++)
            registry_list_row(&grid, at_json_key(it), at_json_at(versions, i));
    }
    if (n) {
        at_grid_end(&grid, page, 0);
        return;
    }
    struct at_page nowhere = {0};
    at_grid_end(&grid, &nowhere, 0);
    at_buf_release(&nowhere.buf);
    at_page_addf(page, "No version has been trained yet.\n\nNext: attune train\n");
}

void at_registry_show_page(struct at_page *page, const at_json *report)
{
    const at_json *metrics = at_json_get(report, "metrics");
    at_outline(page, report);
    if (!at_json_is_object(metrics))
        return;
    at_page_add(page, "\n", 1);
    at_score_report(page, at_json_get(metrics, "classification_report"));
    at_page_add(page, "\n", 1);
    at_score_confusion(page, at_json_get(metrics, "confusion_matrix"));
}

static void registry_compare_row(struct at_grid *grid, const char *name, const char *key,
                                 const at_json *a, const at_json *b)
{
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", name);
    at_grid_add(grid, AT_STYLE_PLAIN, "%.3f", at_json_number(at_json_get(a, key), 0));
    at_grid_add(grid, AT_STYLE_PLAIN, "%.3f", at_json_number(at_json_get(b, key), 0));
}

static void registry_compare_head(struct at_grid *grid, const at_json *v)
{
    char aliases[96];
    at_registry_aliases(aliases, at_json_get(v, "aliases"));
    at_grid_add(grid, AT_STYLE_BOLD, "version %lld%s%s%s",
                (long long)at_json_integer(at_json_get(v, "version"), 0), *aliases ? " (" : "",
                aliases, *aliases ? ")" : "");
}

static void registry_paired(struct at_page *page, const at_json *paired, long long a, long long b)
{
    const at_json *interval = at_json_get(paired, "macro_f1_delta_interval");
    const at_json *reasons = at_json_get(paired, "reasons");
    const bool passed = at_json_bool(at_json_get(paired, "passed"), false);
    at_page_addf(page, "\nOn %lld fans that neither was trained on\n",
                 (long long)at_json_integer(at_json_get(paired, "n"), 0));
    at_page_addf(page,
                 "  only version %lld is right on %lld, only version %lld on %lld "
                 "(McNemar p = %.3f)\n",
                 a, (long long)at_json_integer(at_json_get(paired, "only_candidate_right"), 0), b,
                 (long long)at_json_integer(at_json_get(paired, "only_champion_right"), 0),
                 at_json_number(at_json_get(paired, "mcnemar_p"), 1));
    at_page_addf(page,
                 "  version %lld minus version %lld: macro-F1 %+.3f (95 %%: %+.3f to %+.3f), "
                 "log-loss %+.3f\n",
                 a, b, at_json_number(at_json_get(paired, "macro_f1_delta"), 0),
                 at_json_number(at_json_at(interval, 0), 0),
                 at_json_number(at_json_at(interval, 1), 0),
                 at_json_number(at_json_get(paired, "log_loss_delta"), 0));
    at_page_addf(page, "  the gate would ");
    at_page_styled(page, passed ? AT_STYLE_GOOD : AT_STYLE_WARN, "%s", passed ? "let" : "refuse");
    at_page_addf(page, " version %lld%s\n", a, passed ? " pass" : "");
    for (size_t i = 0; i < at_json_len(reasons); i++)
        at_page_addf(page, "  gate: %s\n", at_json_string(at_json_at(reasons, i)).ptr);
}

void at_registry_compare_page(struct at_page *page, const at_json *report)
{
    const at_json *a = at_json_get(report, "a"), *b = at_json_get(report, "b");
    const at_json *paired = at_json_get(report, "paired");
    struct at_grid grid = at_grid("lll");
    at_grid_add(&grid, AT_STYLE_BOLD, "%s", at_score_text(report, "target", "?"));
    registry_compare_head(&grid, a);
    registry_compare_head(&grid, b);
    at_grid_add(&grid, AT_STYLE_PLAIN, "kind");
    at_grid_add(&grid, AT_STYLE_PLAIN, "%s", at_score_text(a, "kind", "?"));
    at_grid_add(&grid, AT_STYLE_PLAIN, "%s", at_score_text(b, "kind", "?"));
    registry_compare_row(&grid, "accuracy", "accuracy", a, b);
    registry_compare_row(&grid, "macro-F1", "macro_f1", a, b);
    registry_compare_row(&grid, "log-loss", "log_loss", a, b);
    at_grid_end(&grid, page, 0);
    if (at_json_is_object(paired))
        registry_paired(page, paired, at_json_integer(at_json_get(a, "version"), 0),
                        at_json_integer(at_json_get(b, "version"), 0));
}

void at_registry_change_page(struct at_page *page, const at_json *report)
{
    const at_json *reasons = at_json_get(at_json_get(report, "gate"), "reasons");
    const int64_t champion = at_json_integer(at_json_get(report, "champion"), 0);
    const int64_t previous = at_json_integer(at_json_get(report, "previous"), 0);
    at_page_styled(page, AT_STYLE_BOLD, "%s", at_score_text(report, "target", "?"));
    at_page_addf(page, ": version %lld answers", (long long)champion);
    if (previous)
        at_page_addf(page, ", version %lld is `previous`", (long long)previous);
    at_page_addf(page, " (%.0f ms)\n", at_json_number(at_json_get(report, "milliseconds"), 0));
    for (size_t i = 0; i < at_json_len(reasons); i++)
        at_page_addf(page, "  gate: %s\n", at_json_string(at_json_at(reasons, i)).ptr);
}

void at_registry_delete_page(struct at_page *page, const at_json *report)
{
    at_page_styled(page, AT_STYLE_BOLD, "%s", at_score_text(report, "target", "?"));
    at_page_addf(page, ": version %lld is deleted\n",
                 (long long)at_json_integer(at_json_get(report, "deleted"), 0));
}

static void registry_verify_row(struct at_page *page, const char *target, const at_json *v)
{
    const bool ok = at_json_bool(at_json_get(v, "ok"), false);
    const char *problem = at_score_text(v, "error", "");
    at_page_styled(page, ok ? AT_STYLE_GOOD : AT_STYLE_BAD, "%-4s", ok ? "ok" : "BAD");
    at_page_addf(page, " %s version %lld%s%s\n", target,
                 (long long)at_json_integer(at_json_get(v, "version"), 0), *problem ? ": " : "",
                 problem);
}

void at_registry_verify_page(struct at_page *page, const at_json *report)
{
    const at_json *versions = at_json_get(report, "versions");
    for (size_t i = 0; i < at_json_len(versions); i++)
        registry_verify_row(page, at_score_text(at_json_at(versions, i), "target", "?"),
                            at_json_at(versions, i));
    if (!at_json_is_array(versions))
        at_outline(page, report);
}
