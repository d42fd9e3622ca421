#include <string.h>

#include "attune/version.h"
#include "cli/docs/manual.h"
#include "cli/flags.h"
#include "cli/help_page.h"
#include "cli/parts.h"

/* roff reads a backslash, a dash and a dot or quote at the start of a line in its own way. */
static void man_text(struct at_page *page, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            at_page_addf(page, "\\&");
        line_start = *text == '\n';
        if (*text == '\\')
            at_page_addf(page, "\\e");
        else if (*text == '-')
            at_page_addf(page, "\\-");
        else
            at_page_add(page, text, 1);
    }
}

static void man_paragraphs(struct at_page *page, const char *text)
{
    while (*text) {
        const char *gap = strstr(text, "\n\n");
        const size_t len = gap ? (size_t)(gap - text) : strlen(text);
        char part[2048];
        snprintf(part, sizeof part, "%.*s", (int)len, text);
        man_text(page, part);
        at_page_addf(page, "\n");
        text += len;
        if (gap)
            at_page_addf(page, ".PP\n");
        while (*text == '\n')
            text++;
    }
}

static void man_option(struct at_page *page, const char *prefix, const struct attune_option *option)
{
    struct at_page text = {0};
    at_help_flag(&text, prefix, option);
    at_page_addf(page, ".TP\n\\fB");
    man_text(page, text.buf.data ? text.buf.data : "");
    at_page_addf(page, "\\fR\n");
    at_buf_clear(&text.buf);
    at_help_sentence(&text, option);
    man_text(page, text.buf.data ? text.buf.data : "");
    at_page_addf(page, "\n");
    if (text.status != ATTUNE_OK)
        page->status = text.status;
    at_buf_release(&text.buf);
}

static void man_options(struct at_page *page, const char *title, const struct at_part *part,
                        struct at_option_table table)
{
    if (!table.n_rows)
        return;
    at_page_addf(page, ".SS %s\n", title);
    for (size_t i = 0; i < table.n_rows; i++)
        man_option(page, part ? at_part_prefix(part, &table.rows[i]) : NULL, &table.rows[i]);
}

static void man_synopsis(struct at_page *page, const struct at_cli_command *parent,
                         const struct at_cli_command *command)
{
    struct at_page text = {0};
    at_help_synopsis(&text, parent, command);
    at_page_addf(page, "\\fB");
    man_text(page, text.buf.data ? text.buf.data : "");
    at_page_addf(page, "\\fR\n");
    at_buf_release(&text.buf);
}

static void man_examples(struct at_page *page, const char *examples)
{
    if (!examples)
        return;
    at_page_addf(page, ".SS Examples\n.nf\n");
    man_text(page, examples);
    at_page_addf(page, "\n.fi\n");
}

static void man_body(struct at_page *page, const struct at_cli_command *command)
{
    struct at_part part;
    char title[128];
    man_paragraphs(page, command->description);
    man_options(page, "Options", NULL,
                (struct at_option_table){command->options, command->n_options});
    for (size_t i = 0; command->takes_part_options && at_part_at(i, &part); i++) {
        if (strcmp(part.what, part.name) == 0)
            snprintf(title, sizeof title, "Options of the %s", part.name);
        else
            snprintf(title, sizeof title, "Options of the %s %s", part.what, part.name);
        man_options(page, title, &part, part.table);
    }
    man_examples(page, command->examples);
}

static void man_head(struct at_page *page, const char *name, const char *summary)
{
    at_page_addf(page, ".TH %s 1 \"\" \"attune %s\" \"attune manual\"\n.SH NAME\n", name,
                 ATTUNE_VERSION_STRING);
    man_text(page, name);
    at_page_addf(page, " \\- ");
    man_text(page, summary);
    at_page_addf(page, "\n.SH SYNOPSIS\n");
}

static void man_exit_codes(struct at_page *page)
{
    at_page_addf(page, ".SH EXIT STATUS\n"
                       ".TP\n0\ndone\n.TP\n1\nfailed\n.TP\n2\nbad usage: the command line, a "
                       "setting or an option has a value that is not allowed\n"
                       ".TP\n3\nnot enough data\n.TP\n4\nrefused by the promotion gate\n"
                       ".TP\n5\nbusy: another run holds the lock\n.TP\n130\ninterrupted\n");
}

void at_manual_man_command(struct at_page *page, const struct at_cli_command *command)
{
    char name[64];
    snprintf(name, sizeof name, "attune-%s", command->name);
    man_head(page, name, command->summary);
    if (!command->subcommands)
        man_synopsis(page, NULL, command);
    for (size_t i = 0; command->subcommands && command->subcommands[i]; i++) {
        man_synopsis(page, command, command->subcommands[i]);
        at_page_addf(page, ".br\n");
    }
    at_page_addf(page, ".SH DESCRIPTION\n");
    man_body(page, command);
    for (size_t i = 0; command->subcommands && command->subcommands[i]; i++) {
        const struct at_cli_command *sub = command->subcommands[i];
        at_page_addf(page, ".SH ");
        for (const char *c = sub->name; *c; c++)
            at_page_addf(page, "%c", *c >= 'a' && *c <= 'z' ? *c - 32 : *c);
        at_page_addf(page, "\n");
        man_synopsis(page, command, sub);
        at_page_addf(page, ".PP\n");
        man_body(page, sub);
    }
    man_exit_codes(page);
    at_page_addf(page,
                 ".SH SEE ALSO\n\\fBattune\\fR(1), which lists the options of every command\n");
}

void at_manual_man_program(struct at_page *page)
{
    man_head(page, "attune", "learns from conversations and answers for new ones");
    at_page_addf(page,
                 "\\fBattune\\fR [\\fIoptions\\fR] \\fICOMMAND\\fR ...\n"
                 ".SH DESCRIPTION\n"
                 "attune trains classifiers on labelled conversations, evaluates them on people "
                 "that they have not seen, keeps every version, and answers for new people.\n"
                 ".PP\nWith \\fB\\-\\-output json\\fR standard output holds exactly one JSON "
                 "document (JSON Lines for predict and apply) and nothing else; a failure is "
                 "an object with the member \\fIerror\\fR. Progress, warnings and errors go to "
                 "standard error; colours and progress bars are drawn on terminals only, and "
                 "no colours when \\fBNO_COLOR\\fR is set.\n"
                 ".SH COMMANDS\n");
    for (size_t i = 0; at_cli_command_table[i]; i++) {
        at_page_addf(page, ".TP\n\\fBattune\\-%s\\fR(1)\n", at_cli_command_table[i]->name);
        man_text(page, at_cli_command_table[i]->summary);
        at_page_addf(page, "\n");
    }
    at_page_addf(page, ".SH OPTIONS\n");
    for (size_t i = 0; i < at_cli_globals.n_rows; i++)
        man_option(page, NULL, &at_cli_globals.rows[i]);
    man_exit_codes(page);
}
