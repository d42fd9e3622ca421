#include "cli/status_page.h"

#include <string.h>

#include "cli/grid.h"
#include "cli/registry_pages.h"
#include "cli/score.h"

static void status_model(struct at_grid *grid, const char *target, const at_json *m)
{
    char accuracy[48], created[24], size[24];
    const int64_t champion = at_json_integer(at_json_get(m, "champion"), 0);
    const int64_t candidate = at_json_integer(at_json_get(m, "candidate"), 0);
    at_grid_add(grid, AT_STYLE_BOLD, "%s", target);
    if (!champion) {
        at_grid_add(grid, AT_STYLE_DIM, "none");
        for (int i = 0; i < 5; i++)
            at_grid_add(grid, AT_STYLE_PLAIN, "%s", "");
        return;
    }
    at_registry_accuracy(accuracy, m);
    at_page_time(created, at_json_string(at_json_get(m, "created")));
    at_page_bytes(size, at_json_number(at_json_get(m, "size"), 0));
    if (candidate && candidate != champion)
        at_grid_add(grid, AT_STYLE_PLAIN, "%lld (candidate: %lld)", (long long)champion,
                    (long long)candidate);
    else
        at_grid_add(grid, AT_STYLE_PLAIN, "%lld", (long long)champion);
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", at_score_text(m, "kind", "?"));
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", accuracy);
    at_grid_add(grid, AT_STYLE_PLAIN, "%.3f", at_json_number(at_json_get(m, "macro_f1"), 0));
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", size);
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", created);
}

static bool status_models(struct at_page *page, const at_json *models)
{
    struct at_grid grid = at_grid("lllllrl");
    bool any = false;
    at_grid_head(&grid, "target|version|kind|accuracy|macro-F1|size|trained");
    for (void *it = at_json_first(models); it; it = at_json_next(models, it)) {
        status_model(&grid, at_json_key(it), at_json_value(it));
        any = any || at_json_is_integer(at_json_get(at_json_value(it), "champion"));
    }
    at_grid_end(&grid, page, 0);
    for (void *it = at_json_first(models); page->verbose && it; it = at_json_next(models, it))
        at_page_addf(page, "%s: %s\n", at_json_key(it),
                     at_score_text(at_json_value(it), "path", "-"));
    return any;
}

static void status_line(struct at_page *page, const char *name)
{
    at_page_styled(page, AT_STYLE_BOLD, "%-14s", name);
}

static void status_counts(struct at_page *page, const at_json *report)
{
    char fans[32], messages[32], labels[32];
    const at_json *database = at_json_get(report, "database");
    const at_json *feedback = at_json_get(report, "feedback");
    at_page_number(fans, at_json_integer(at_json_get(database, "fans"), 0));
    at_page_number(messages, at_json_integer(at_json_get(database, "messages"), 0));
    at_page_number(labels, at_json_integer(at_json_get(database, "labels"), 0));
    status_line(page, "data");
    at_page_addf(page, "%s fans, %s messages, %s labels\n", fans, messages, labels);
    status_line(page, "feedback");
    at_page_addf(page, "%lld samples, %lld of %lld needed for a new training\n",
                 (long long)at_json_integer(at_json_get(feedback, "total"), 0),
                 (long long)at_json_integer(at_json_get(feedback, "new"), 0),
                 (long long)at_json_integer(at_json_get(feedback, "needed"), 0));
}

static void status_last_training(struct at_page *page, const at_json *last)
{
    char at[24];
    status_line(page, "last training");
    if (!at_json_is_object(last)) {
        at_page_addf(page, "never\n");
        return;
    }
    at_page_time(at, at_json_string(at_json_get(last, "started")));
    at_page_addf(page, "%s UTC, %s\n", at, at_score_text(last, "status", "?"));
}

static void status_names(struct at_page *page, const char *name, const at_json *names)
{
    status_line(page, name);
    for (size_t i = 0; i < at_json_len(names); i++)
        at_page_addf(page, "%s%s", i ? ", " : "", at_json_string(at_json_at(names, i)).ptr);
    at_page_add(page, "\n", 1);
}

void at_status_page(struct at_page *page, const at_json *report)
{
    const at_json *features = at_json_get(report, "features");
    const at_json *database = at_json_get(report, "database");
    const bool any = status_models(page, at_json_get(report, "models"));
    at_page_add(page, "\n", 1);
    status_counts(page, report);
    status_last_training(page, at_json_get(report, "last_training"));
    status_line(page, "home");
    at_page_addf(page, "%s\n", at_score_text(report, "home", "?"));
    status_line(page, "database");
    at_page_addf(page, "%s, schema %lld\n", at_score_text(database, "kind", "?"),
                 (long long)at_json_integer(at_json_get(database, "schema"), 0));
    status_names(page, "kinds", at_json_get(features, "kinds"));
    status_names(page, "features", at_json_get(features, "feature_blocks"));
    if (!any && at_json_integer(at_json_get(database, "fans"), 0) == 0)
        at_page_addf(page, "\nNext: attune import FILE, or attune demo\n");
    else if (!any)
        at_page_addf(page, "\nNext: attune train\n");
}
