/* check: is the data good enough to train on? */
#include <string.h>

#include "attune/dataset.h"
#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/score.h"

struct check_options {
    bool quick;
    const char *data, *label;
    int format;
    int64_t seed, threads;
};

static const char *const check_formats[] = {"auto", "jsonl", "json", "csv", NULL};
#define OPTION(member) offsetof(struct check_options, member)
static const struct attune_option check_rows[] = {
    {"quick", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL,
     "only count, and compare for exact duplicates: no near-duplicates, no suspect labels",
     OPTION(quick)},
    {"data", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "FILE",
     "look at this file of labelled profiles instead of the home", OPTION(data)},
    {"label", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "FIELD",
     "with --data: the field that holds the label", OPTION(label)},
    {"format", ATTUNE_OPTION_CHOICE, "auto", 0, 0, check_formats, NULL, NULL,
     "how FILE is written; auto goes by its name", OPTION(format)},
    {"seed", ATTUNE_OPTION_INT, "-1", -1, 9007199254740991.0, NULL, NULL, NULL,
     "seed of the search for suspect labels (default: train.seed; 42 for a file)", OPTION(seed)},
    {"threads", ATTUNE_OPTION_INT, "0", 0, 4096, NULL, NULL, NULL,
     "threads to use (default: all processors)", OPTION(threads)},
};

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
    const int64_t needed = at_json_integer(at_json_get(t, "needed"), 0);
    if (needed)
        at_grid_add(grid, enough ? AT_STYLE_GOOD : AT_STYLE_BAD, "%s, %lld needed",
                    enough ? "enough" : "too few", (long long)needed);
    else
        at_grid_add(grid, AT_STYLE_PLAIN, "%s", "");
}

static void check_telltale(struct at_page *page, const at_json *t)
{
    const bool habit = strcmp(at_score_text(t, "kind", ""), "habit") == 0;
    const bool less = strcmp(at_score_text(t, "direction", ""), "less") == 0;
    at_page_addf(page, "           %s'%s'%s: %lld of %lld fans labelled %s, %lld of %lld others\n",
                 habit ? "" : "the word ", at_score_text(t, "name", ""),
                 !habit ? ""
                 : less ? " less than others"
                        : " more than others",
                 (long long)at_json_integer(at_json_get(t, "fans"), 0),
                 (long long)at_json_integer(at_json_get(t, "fans_of"), 0),
                 at_score_text(t, "label", ""),
                 (long long)at_json_integer(at_json_get(t, "others"), 0),
                 (long long)at_json_integer(at_json_get(t, "others_of"), 0));
}

static void check_suspect(struct at_page *page, const at_json *s)
{
    char p[32];
    at_format_fixed(p, sizeof p, at_json_number(at_json_get(s, "confidence"), 0), 2);
    at_page_addf(page, "           %s: labelled %s, reads like %s (%s)\n",
                 at_score_text(s, "fan_id", ""), at_score_text(s, "label", ""),
                 at_score_text(s, "proposed", ""), p);
}

/* A line for each item; a few of many. */
static void check_items(struct at_page *page, const at_json *items,
                        void (*line)(struct at_page *page, const at_json *item))
{
    const size_t n = at_json_len(items), shown = page->verbose ? n : n < 5 ? n : 5;
    for (size_t i = 0; i < shown; i++)
        line(page, at_json_at(items, i));
    if (shown < n)
        at_page_addf(page, "           ... (--verbose shows all)\n");
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
    check_items(page, at_json_get(finding, "telltales"), check_telltale);
    check_items(page, at_json_get(finding, "suspects"), check_suspect);
}

static void check_languages(struct at_page *page, const at_json *languages, int64_t n_fans)
{
    bool first = true;
    for (void *it = at_json_first(languages); it; it = at_json_next(languages, it), first = false) {
        const int64_t n = at_json_integer(at_json_value(it), 0);
        at_page_addf(page, "%s%s %lld (%.0f %%)", first ? "\nlanguages: " : ", ", at_json_key(it),
                     (long long)n, n_fans ? 100.0 * (double)n / (double)n_fans : 0.0);
    }
    if (!first)
        at_page_addf(page, "\n");
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
    check_languages(page, at_json_get(report, "languages"),
                    at_json_integer(at_json_get(report, "fans"), 0));

    const at_json *findings = at_json_get(report, "findings");
    const size_t n = at_json_len(findings);
    at_page_addf(page, n ? "\nFindings\n" : "\nNothing to complain about.\n");
    for (size_t i = 0; i < n; i++)
        check_finding(page, at_json_at(findings, i));
}

static attune_status check_run(struct at_cli *cli, const void *options, attune_error *err)
{
    const struct check_options *o = options;
    const struct attune_check_options check = {.quick = o->quick,
                                               .seed = o->seed,
                                               .threads = o->threads,
                                               .data = o->data,
                                               .format =
                                                   o->format ? check_formats[o->format] : NULL,
                                               .label = o->label};
    attune_home *home = NULL;
    char *report = NULL;
    attune_status status = ATTUNE_OK;
    if (!o->data != !o->label)
        return at_cli_usage(cli, err, "--data FILE and --label FIELD go together");
    if (!o->data)
        status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = attune_check(home, &check, &cli->job, &report, err);
    status = at_cli_report(cli, status, report, check_render, err);
    attune_home_close(home);
    return status;
}

const struct at_cli_command at_cli_command_check = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "check",
    .summary = "look at the data before training",
    .usage = "[--data FILE --label FIELD]",
    .description =
        "Counts fans for each label and looks for what spoils a training: labels with too few "
        "fans, duplicates and near-duplicates, fans who wrote the same under different labels, a "
        "test side that training has seen, words and habits that give a label away, labels that "
        "look wrong, empty texts. Counts languages. Each finding says what to do. Nothing is "
        "changed.\n\n"
        "Labels that look wrong are found by cross-validation: a model trained on other fans is "
        "sure of another label. Some of them are right and unusual: a person decides. --quick "
        "leaves out what needs a training or compares fans with each other.",
    .examples = "attune check\n"
                "attune check --quick\n"
                "attune check --data moods.jsonl --label mood --verbose",
    .options = check_rows,
    .n_options = sizeof check_rows / sizeof *check_rows,
    .options_size = sizeof(struct check_options),
    .run = check_run,
};
