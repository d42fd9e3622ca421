/* check: is the data good enough to train on? */
#include <string.h>

#include "attune/dataset.h"
#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/score.h"

static void check_target(struct at_grid *grid, const char *target, const at_json *t)
{
    const at_json *labels = at_json_get(t, "labels");
    const bool enough = at_json_bool(at_json_get(t, "enough"), false);
    bool first = true;
    for (void *it = at_json_first(labels); it; it = at_json_next(labels, it), first = false) {
        at_grid_add(grid, AT_STYLE_PLAIN, "%s", first ? target : "");
        at_grid_add(grid, AT_STYLE_PLAIN, "%s", at_json_key(it));
        at_grid_add(grid, AT_STYLE_PLAIN, "%lld", (long long)at_json_integer(at_json_value(it), 0));
        at_grid_add(grid, AT_STYLE_PLAIN, "%s", "");
    }
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", first ? target : "");
    at_grid_add(grid, AT_STYLE_DIM, "usable for training");
    at_grid_add(grid, AT_STYLE_BOLD, "%lld",
                (long long)at_json_integer(at_json_get(t, "usable"), 0));
    at_grid_add(grid, enough ? AT_STYLE_GOOD : AT_STYLE_BAD, "%s, %lld needed",
                enough ? "enough" : "too few",
                (long long)at_json_integer(at_json_get(t, "needed"), 0));
}

static void check_finding(struct at_page *page, const at_json *finding)
{
    const char *level = at_score_text(finding, "level", "note");
    const at_style style = strcmp(level, "error") == 0     ? AT_STYLE_BAD
                           : strcmp(level, "warning") == 0 ? AT_STYLE_WARN
                                                           : AT_STYLE_DIM;
    const at_json *fans = at_json_get(finding, "fans");
    const size_t n = at_json_len(fans), shown = page->verbose ? n : n < 5 ? n : 5;
    at_page_addf(page, "  ");
    at_page_styled(page, style, "%-8s", level);
    at_page_addf(page, " %s\n", at_score_text(finding, "message", ""));
    const char *advice = at_score_text(finding, "advice", NULL);
    if (advice)
        at_page_addf(page, "           %s\n", advice);
    for (size_t i = 0; i < shown; i++)
        at_page_addf(page, "%s%s",
                     i ? ", " : "           fans: ", at_json_string(at_json_at(fans, i)).ptr);
    if (n)
        at_page_addf(page, shown < n ? ", ... (--verbose shows all)\n" : "\n");
}

static void check_render(struct at_page *page, const at_json *report)
{
    char fans[32], messages[32];
    at_page_number(fans, at_json_integer(at_json_get(report, "fans"), 0));
    at_page_number(messages, at_json_integer(at_json_get(report, "messages"), 0));
    at_page_addf(page, "%s fans, %s messages\n\n", fans, messages);

    struct at_grid grid = at_grid("llrl");
    const at_json *targets = at_json_get(report, "targets");
    at_grid_head(&grid, "target|label|fans|");
    for (void *it = at_json_first(targets); it; it = at_json_next(targets, it))
        check_target(&grid, at_json_key(it), at_json_value(it));
    at_grid_end(&grid, page, 0);

    const at_json *findings = at_json_get(report, "findings");
    const size_t n = at_json_len(findings);
    at_page_addf(page, n ? "\nFindings\n" : "\nNothing to complain about.\n");
    for (size_t i = 0; i < n; i++)
        check_finding(page, at_json_at(findings, i));
}

static attune_status check_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    attune_home *home = NULL;
    char *report = NULL;
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = attune_check(home, &cli->job, &report, err);
    status = at_cli_report(cli, status, report, check_render, err);
    attune_home_close(home);
    return status;
}

const struct at_cli_command at_cli_command_check = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "check",
    .summary = "look at the data before training",
    .usage = "",
    .description =
        "Counts fans for each label and looks for what spoils a training: labels with too few "
        "fans, "
        "exact duplicates, fans with conflicting labels, empty texts. Each finding comes with "
        "advice. Nothing is changed.",
    .run = check_run,
};
