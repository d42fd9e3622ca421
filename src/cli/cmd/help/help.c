/* help: the same text as COMMAND --help. */
#include "cli/help_page.h"

static attune_status help_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    const char *name = at_cli_arg_at(cli, 0), *sub = at_cli_arg_at(cli, 1);
    if (!name)
        return at_help_print(cli, NULL, NULL, err);
    const struct at_cli_command *command = at_cli_command_find(at_cli_command_table, name);
    const struct at_cli_command *inner =
        command && sub ? at_cli_command_find(command->subcommands, sub) : NULL;
    if (command && !sub)
        return at_help_print(cli, NULL, command, err);
    if (inner)
        return at_help_print(cli, command, inner, err);
    cli->usage = true; /* of attune, or of the command that was asked for: not of `help` */
    cli->flags->command = command;
    return at_flags_unknown_command(command, command ? sub : name, err);
}

const struct at_cli_command at_cli_command_help = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "help",
    .summary = "help on attune or on a command",
    .usage = "[COMMAND [SUBCOMMAND]]",
    .description = "Prints the same as 'attune COMMAND --help'.",
    .examples = "attune help\nattune help models promote",
    .max_args = 2,
    .arg = AT_CLI_ARG_COMMAND,
    .run = help_run,
};
