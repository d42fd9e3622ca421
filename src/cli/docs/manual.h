#ifndef AT_CLI_DOCS_MANUAL_H
#define AT_CLI_DOCS_MANUAL_H

#include "cli/cmd.h"
#include "cli/page.h"

/* Manual pages (man(7) macros) and the reference in Markdown, from the tables. */
void at_manual_man_program(struct at_page *page);
void at_manual_man_command(struct at_page *page, const struct at_cli_command *command);
void at_manual_markdown_cli(struct at_page *page);
void at_manual_markdown_configuration(struct at_page *page);

#endif
