#include <string.h>

#include "attune/home.h"
#include "cli/docs/manual.h"
#include "cli/flags.h"
#include "cli/help_page.h"
#include "cli/parts.h"

static void markdown_generated(struct at_page *page)
{
    at_page_addf(page, "<!-- Generated from the option tables by attune_docs; "
                       "`cmake --build --preset dev --target docs` renews it. -->\n\n");
}

/* In a table cell: '|' separates columns, '<' opens a tag. */
static void markdown_cell(struct at_page *page, const char *text)
{
    for (; text && *text; text++) {
        if (*text == '|')
            at_page_add(page, "\\", 1);
        if (*text == '<')
            at_page_addf(page, "&lt;");
        else
            at_page_add(page, text, 1);
    }
}

static void markdown_flag(struct at_page *page, const struct attune_option *option)
{
    struct at_page text = {0};
    at_help_flag(&text, NULL, option);
    at_page_addf(page, "| `");
    markdown_cell(page, text.buf.data);
    at_page_addf(page, "` | ");
    at_buf_clear(&text.buf);
    at_help_sentence(&text, option);
    markdown_cell(page, text.buf.data);
    at_page_addf(page, " |\n");
    at_buf_release(&text.buf);
}

static void markdown_flags(struct at_page *page, struct at_option_table table)
{
    if (!table.n_rows)
        return;
    at_page_addf(page, "\n| option | |\n|---|---|\n");
    for (size_t i = 0; i < table.n_rows; i++)
        markdown_flag(page, &table.rows[i]);
}

static void markdown_command(struct at_page *page, const struct at_cli_command *parent,
                             const struct at_cli_command *command)
{
    at_page_addf(page, "\n%s %s%s%s\n\n```\n", parent ? "###" : "##", parent ? parent->name : "",
                 parent ? " " : "", command->name);
    at_help_synopsis(page, parent, command);
    at_page_addf(page, "\n```\n\n%s\n", command->description);
    markdown_flags(page, (struct at_option_table){command->options, command->n_options});
    if (command->takes_part_options)
        at_page_addf(page, "\nAlso the options of the feature blocks and model kinds: see "
                           "[configuration](configuration.md#options-of-feature-blocks).\n");
    if (command->examples)
        at_page_addf(page, "\n```sh\n%s\n```\n", command->examples);
    for (size_t i = 0; command->subcommands && command->subcommands[i]; i++)
        markdown_command(page, command, command->subcommands[i]);
}

void at_manual_markdown_cli(struct at_page *page)
{
    at_page_addf(page, "# The command line\n\n");
    markdown_generated(page);
    at_page_addf(
        page, "`attune [options] COMMAND ...`\n\n"
              "Options stand before or after the command, as `--name VALUE` or `--name=VALUE`; a "
              "switch is `--name` or `--no-name`; after `--` everything is an argument. `-h`, "
              "`-v` and `-q` are `--help`, `--verbose` and `--quiet`.\n\n"
              "With `--output json` standard output holds exactly one JSON document (JSON Lines "
              "for `predict` and `apply`) and nothing else. A failure is an object with the "
              "member `error`: `{\"error\": {\"status\": \"not_found\", \"message\": ...}}`; where "
              "there is a report as well, `error` is a member of it. Progress, warnings and errors "
              "go to standard error. Colours and progress bars are drawn on terminals only, and no "
              "colours when `NO_COLOR` is set.\n\n"
              "| exit code | |\n|---|---|\n| 0 | done |\n| 1 | failed |\n"
              "| 2 | bad usage: the command line, a setting or an option has a value that is not "
              "allowed. Malformed data is 1 |\n"
              "| 3 | not enough data |\n| 4 | refused by the promotion gate |\n"
              "| 5 | busy: another run holds the lock |\n| 130 | interrupted |\n\n"
              "Ctrl-C stops a command within a second and leaves nothing half-done; a second one "
              "kills it.\n\n| command | |\n|---|---|\n");
    for (size_t i = 0; at_cli_command_table[i]; i++)
        at_page_addf(page, "| [%s](#%s) | %s |\n", at_cli_command_table[i]->name,
                     at_cli_command_table[i]->name, at_cli_command_table[i]->summary);
    at_page_addf(page, "\n## Options of every command\n");
    markdown_flags(page, at_cli_globals);
    for (size_t i = 0; at_cli_command_table[i]; i++)
        markdown_command(page, NULL, at_cli_command_table[i]);
}

/* ---- settings ---- */

static void markdown_setting(struct at_page *page, const char *prefix,
                             const struct attune_option *option, bool env)
{
    struct at_buf allowed = {0};
    const attune_status status = at_option_allowed(option, &allowed, NULL);
    if (status != ATTUNE_OK)
        page->status = status;
    at_page_addf(page, "| `%s%s%s` | ", prefix ? prefix : "", prefix ? "." : "", option->name);
    if (env && option->env)
        at_page_addf(page, "`%s`", option->env);
    at_page_addf(page, env ? " | " : "");
    if (option->fallback && *option->fallback)
        at_page_addf(page, "`%s`", option->fallback);
    at_page_addf(page, " | ");
    markdown_cell(page, allowed.data);
    at_page_addf(page, " | ");
    markdown_cell(page, option->help);
    at_page_addf(page, " |\n");
    at_buf_release(&allowed);
}

static void markdown_parts(struct at_page *page, const char *what)
{
    struct at_part part;
    for (size_t i = 0; at_part_at(i, &part); i++) {
        if (strcmp(part.what, what) != 0)
            continue;
        at_page_addf(page, "\n### %s\n\n%s\n", part.name, part.summary);
        if (part.table.n_rows)
            at_page_addf(page, "\n| option | default | allowed | |\n|---|---|---|---|\n");
        for (size_t j = 0; j < part.table.n_rows; j++)
            markdown_setting(page, at_part_prefix(&part, &part.table.rows[j]), &part.table.rows[j],
                             false);
    }
}

void at_manual_markdown_configuration(struct at_page *page)
{
    const struct attune_option *option;
    at_page_addf(page, "# Configuration\n\n");
    markdown_generated(page);
    at_page_addf(
        page,
        "A flag (`--set KEY=VALUE`) holds over the environment, the environment over "
        "`config.json` in the home, and that over the default. `attune config show "
        "--origin` says where each value came from. An unknown key or a value that is not "
        "allowed is an error that names the file, the key and what is allowed.\n\n"
        "## Settings\n\n| key | environment | default | allowed | |\n|---|---|---|---|---|\n");
    for (size_t i = 0; (option = attune_setting_at(i)); i++)
        markdown_setting(page, NULL, option, true);
    at_page_addf(page,
                 "\nA dot in a key is one level of `config.json`: `ml.min_confidence` is "
                 "`{\"ml\": {\"min_confidence\": 0.6}}`.\n"
                 "\n## Options of feature blocks\n\n"
                 "Given as flags of `train` and `fit`: `max_features` is `--max-features`. Where "
                 "the feature block and the kind have an option of the same name, the bare "
                 "name is the feature block's, and the kind's is `--forest.max-features`; the "
                 "part's name may stand before any option.\n");
    markdown_parts(page, "feature");
    at_page_addf(page, "\n## Options of model kinds\n");
    markdown_parts(page, "kind");
    at_page_addf(page, "\n## Options of the confidence\n");
    markdown_parts(page, "confidence");
    at_page_addf(page, "\nTo keep an option of a part for every training of a home, write it into "
                       "`config.json`: `{\"features\": {\"ngram\": {...}}, \"models\": "
                       "{\"linear\": {...}}, \"confidence\": {\"target_precision\": 0.9}}`. "
                       "What is for a part that a training does not use is passed over.\n");
}
