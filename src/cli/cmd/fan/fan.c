/* fan: what the store has about one person. */
#include "attune/dataset.h"
#include "cli/cli.h"
#include "cli/score.h"

static void fan_message(struct at_page *page, const at_json *message)
{
    char at[24];
    at_page_time(at, at_json_string(at_json_get(message, "at")));
    at_page_styled(page, AT_STYLE_DIM, "  %-16s %-8s", at, at_score_text(message, "from", "fan"));
    const struct at_str text = at_json_is_string(message)
                                   ? at_json_string(message)
                                   : at_json_string(at_json_get(message, "text"));
    at_page_add(page, " ", 1);
    for (size_t i = 0; i < text.len; i++) /* one line a message */
        at_page_add(page, text.ptr[i] == '\n' ? " " : text.ptr + i, 1);
    at_page_add(page, "\n", 1);
}

static void fan_label(struct at_page *page, const char *target, const at_json *label)
{
    char at[24];
    const char *text =
        at_json_is_string(label) ? at_json_string(label).ptr : at_score_text(label, "label", "?");
    at_page_addf(page, "  %-14s %s", target, text);
    at_page_time(at, at_json_string(at_json_get(label, "at")));
    if (at_json_is_object(label))
        at_page_styled(page, AT_STYLE_DIM, "  (%s, %s)", at_score_text(label, "source", "?"), at);
    at_page_add(page, "\n", 1);
}

static void fan_render(struct at_page *page, const at_json *report)
{
    const at_json *labels = at_json_get(report, "labels"),
                  *count = at_json_get(report, "n_messages");
    const at_json *messages = at_json_get(report, "messages");
    if (!at_json_is_array(messages)) {
        count = count ? count : messages;
        messages = at_json_get(report, "last_messages");
    }
    at_page_styled(page, AT_STYLE_BOLD, "%s", at_score_text(report, "fan_id", "?"));
    if (at_json_is_number(count))
        at_page_addf(page, ": %lld messages", (long long)at_json_integer(count, 0));
    const char *language = at_score_text(report, "language", NULL);
    if (!language)
        language =
            at_score_text(at_json_get(report, "language_identified"), "language", "not known");
    at_page_add(page, "\n", 1);
    at_page_addf(page, "  %-14s %s\n", "language", language);
    for (void *it = at_json_first(labels); it; it = at_json_next(labels, it))
        fan_label(page, at_json_key(it), at_json_value(it));
    for (size_t i = 0; i < at_json_len(messages); i++)
        fan_message(page, at_json_at(messages, i));
}

static attune_status fan_show_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    attune_home *home = NULL;
    char *report = NULL;
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = attune_fan_show(home, at_cli_arg_at(cli, 0), &report, err);
    status = at_cli_report(cli, status, report, fan_render, err);
    attune_home_close(home);
    return status;
}

/* An export is for a machine or a file: the document as it is, in text mode too. */
static attune_status fan_export_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    cli->flags->global.output = AT_CLI_JSON;
    attune_home *home = NULL;
    char *report = NULL;
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = attune_fan_export(home, at_cli_arg_at(cli, 0), &report, err);
    status = at_cli_report(cli, status, report, fan_render, err);
    attune_home_close(home);
    return status;
}

static const struct at_cli_command fan_show = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "show",
    .summary = "counts, labels and the last messages",
    .usage = "ID",
    .description =
        "Shows what the store has about a fan: counts, labels with their source, and the "
        "last messages.",
    .min_args = 1,
    .max_args = 1,
    .run = fan_show_run,
};
static const struct at_cli_command fan_export = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "export",
    .summary = "everything about the fan, as JSON",
    .usage = "ID",
    .description = "Writes everything that the store has about a fan as one JSON document, in text "
                   "mode too.",
    .examples = "attune fan export f17 > f17.json",
    .min_args = 1,
    .max_args = 1,
    .run = fan_export_run,
};
static const struct at_cli_command *const fan_subcommands[] = {&fan_show, &fan_export, NULL};

const struct at_cli_command at_cli_command_fan = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "fan",
    .summary = "one person's data: show, export",
    .usage = "show|export",
    .description = "What the store has about one person.",
    .subcommands = fan_subcommands,
};
