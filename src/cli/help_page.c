#include "cli/help_page.h"

#include <string.h>

enum { HELP_WIDTH = 80, HELP_COLUMN = 30 };

static void help_flag_name(struct at_page *page, const char *name)
{
    for (; *name; name++)
        at_page_add(page, *name == '_' ? "-" : name, 1);
}

static const char *help_placeholder(attune_option_type type)
{
    switch (type) {
    case ATTUNE_OPTION_INT:
        return "N";
    case ATTUNE_OPTION_REAL:
        return "X";
    case ATTUNE_OPTION_DURATION:
        return "TIME";
    case ATTUNE_OPTION_TEXT:
    case ATTUNE_OPTION_CHOICE:
    case ATTUNE_OPTION_BOOL:
        break;
    }
    return "TEXT";
}

void at_help_flag(struct at_page *page, const char *prefix, const struct attune_option *option)
{
    const bool on = option->type == ATTUNE_OPTION_BOOL && option->fallback &&
                    strcmp(option->fallback, "true") == 0;
    at_page_addf(page, "%s%s%s", on ? "--no-" : "--", prefix ? prefix : "", prefix ? "." : "");
    help_flag_name(page, option->name);
    if (option->type == ATTUNE_OPTION_BOOL)
        return;
    at_page_add(page, " ", 1);
    if (option->arg) {
        at_page_addf(page, "%s", option->arg);
        return;
    }
    if (option->type != ATTUNE_OPTION_CHOICE) {
        at_page_addf(page, "%s", help_placeholder(option->type));
        return;
    }
    for (int i = 0; option->choices[i]; i++)
        at_page_addf(page, "%s%s", i ? "|" : "", option->choices[i]);
}

/* The table's default, unless there is none to speak of or the sentence names it in its own words.
 */
void at_help_sentence(struct at_page *page, const struct attune_option *option)
{
    const bool on = option->type == ATTUNE_OPTION_BOOL;
    const char *fallback = option->fallback;
    at_page_addf(page, "%s%s",
                 on && fallback && strcmp(fallback, "true") == 0 ? "switch off: " : "",
                 option->help);
    if (!on && fallback && *fallback && !strstr(option->help, "default"))
        at_page_addf(page, " (default: %s)", fallback);
    if (option->env)
        at_page_addf(page, " [%s]", option->env);
}

static void help_option(struct at_page *page, const char *prefix,
                        const struct attune_option *option)
{
    struct at_page flag = {0}, text = {0};
    at_help_flag(&flag, prefix, option);
    at_help_sentence(&text, option);
    if (flag.status != ATTUNE_OK || text.status != ATTUNE_OK) {
        page->status = ATTUNE_NO_MEMORY;
        goto done;
    }
    const size_t used = 2 + flag.buf.len;
    at_page_addf(page, "  %s", flag.buf.data);
    if (used + 2 > HELP_COLUMN)
        at_page_add(page, "\n", 1);
    struct at_page body = {0};
    at_page_wrap(&body, HELP_COLUMN, HELP_WIDTH, text.buf.data ? text.buf.data : "");
    if (body.status == ATTUNE_OK && body.buf.len)
        at_page_add(page, body.buf.data + (used + 2 > HELP_COLUMN ? 0 : used),
                    body.buf.len - (used + 2 > HELP_COLUMN ? 0 : used));
    else
        page->status = body.status;
    at_buf_release(&body.buf);
done:
    at_buf_release(&flag.buf);
    at_buf_release(&text.buf);
}

/* `part` owns the table; NULL: a command. */
static void help_options(struct at_page *page, const char *title, const struct at_part *part,
                         struct at_option_table table)
{
    if (!table.n_rows)
        return;
    at_page_add(page, "\n", 1);
    at_page_styled(page, AT_STYLE_BOLD, "%s:", title);
    at_page_add(page, "\n", 1);
    for (size_t i = 0; i < table.n_rows; i++)
        help_option(page, part ? at_part_prefix(part, &table.rows[i]) : NULL, &table.rows[i]);
}

static void help_parts(struct at_page *page)
{
    struct at_part part;
    char title[160];
    for (size_t i = 0; at_part_at(i, &part); i++) {
        if (strcmp(part.what, part.name) == 0)
            snprintf(title, sizeof title, "Options of the %s", part.name);
        else
            snprintf(title, sizeof title, "Options of the %s '%s'", part.what, part.name);
        help_options(page, title, &part, part.table);
    }
}

static void help_examples(struct at_page *page, const char *examples)
{
    if (!examples)
        return;
    at_page_add(page, "\n", 1);
    at_page_styled(page, AT_STYLE_BOLD, "Examples:");
    at_page_add(page, "\n", 1);
    while (*examples) {
        const size_t len = strcspn(examples, "\n");
        at_page_addf(page, "  %.*s\n", (int)len, examples);
        examples += len + (examples[len] == '\n');
    }
}

void at_help_synopsis(struct at_page *page, const struct at_cli_command *parent,
                      const struct at_cli_command *command)
{
    at_page_addf(page, "attune %s%s%s", parent ? parent->name : "", parent ? " " : "",
                 command->name);
    if (command->subcommands)
        at_page_addf(page, " COMMAND");
    else if (*command->usage)
        at_page_addf(page, " %s", command->usage);
    at_page_addf(page, " [options]");
}

static void help_commands(struct at_page *page, const struct at_cli_command *const *commands)
{
    size_t width = 0;
    for (size_t i = 0; commands[i]; i++)
        width = strlen(commands[i]->name) > width ? strlen(commands[i]->name) : width;
    at_page_add(page, "\n", 1);
    at_page_styled(page, AT_STYLE_BOLD, "Commands:");
    at_page_add(page, "\n", 1);
    for (size_t i = 0; commands[i]; i++)
        at_page_addf(page, "  %-*s  %s\n", (int)width, commands[i]->name, commands[i]->summary);
}

static void help_program(struct at_page *page)
{
    at_page_addf(page, "attune learns from conversations and answers for new ones.\n\n"
                       "Usage: attune COMMAND [options]\n\n"
                       "First steps:\n"
                       "  attune init                 make a home in ./attune-data\n"
                       "  attune demo                 write demo conversations into it\n"
                       "  attune train                train, evaluate, register, promote\n"
                       "  attune predict FILE         answer for new fans\n");
    help_commands(page, at_cli_command_table);
    help_options(page, "Options of every command", NULL, at_cli_globals);
    at_page_addf(page, "\n'attune COMMAND --help' says more about a command.\n");
}

void at_help_page(struct at_page *page, const struct at_cli_command *parent,
                  const struct at_cli_command *command)
{
    if (!command) {
        help_program(page);
        return;
    }
    at_page_addf(page, "Usage: ");
    at_help_synopsis(page, parent, command);
    at_page_addf(page, "\n\n");
    at_page_wrap(page, 0, HELP_WIDTH, command->description);
    if (command->subcommands)
        help_commands(page, command->subcommands);
    help_options(page, "Options", NULL,
                 (struct at_option_table){command->options, command->n_options});
    if (command->takes_part_options)
        help_parts(page);
    help_examples(page, command->examples);
    at_page_addf(page, "\nAlso:");
    for (size_t i = 0; i < at_cli_globals.n_rows; i++)
        at_page_addf(page, " --%s", at_cli_globals.rows[i].name);
    at_page_addf(page, "\n'attune --help' says what these do.\n");
}

attune_status at_help_print(struct at_cli *cli, const struct at_cli_command *parent,
                            const struct at_cli_command *command, attune_error *err)
{
    struct at_page page = at_cli_page_begin(cli);
    if (at_cli_json(cli))
        page.color = false;
    at_help_page(&page, parent, command);
    if (!at_cli_json(cli) || page.status != ATTUNE_OK)
        return at_cli_page(cli, &page, err);
    struct at_page json = {0};
    struct at_json_out o = at_json_out_to(&json.buf, 0);
    at_json_object_begin(&o);
    at_json_set_str(&o, "help", (struct at_str){page.buf.data, page.buf.len});
    at_json_object_end(&o);
    json.status = at_json_end(&o, err);
    at_page_add(&json, "\n", 1);
    at_buf_release(&page.buf);
    cli->printed = true;
    return at_cli_page(cli, &json, err);
}
