#ifndef AT_CLI_HELP_PAGE_H
#define AT_CLI_HELP_PAGE_H

#include "cli/cli.h"
#include "cli/parts.h"

/* The help of a command, made from its table. */

/** `command` NULL: of the program. `parent`: the command that `command` belongs to, or NULL. */
void at_help_page(struct at_page *page, const struct at_cli_command *parent,
                  const struct at_cli_command *command);
/** Prints it; as {"help": TEXT} with --output json. */
attune_status at_help_print(struct at_cli *cli, const struct at_cli_command *parent,
                            const struct at_cli_command *command, attune_error *err);

/* Shared with the manual: "--max-features N", and the sentence with default and range. `prefix` is
 * the name of a part ("--forest.max-features N") or NULL. */
void at_help_flag(struct at_page *page, const char *prefix, const struct attune_option *option);
void at_help_sentence(struct at_page *page, const struct attune_option *option);
/** "attune models list [TARGET] [options]" */
void at_help_synopsis(struct at_page *page, const struct at_cli_command *parent,
                      const struct at_cli_command *command);

#endif
