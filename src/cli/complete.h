#ifndef AT_CLI_COMPLETE_H
#define AT_CLI_COMPLETE_H

#include "cli/cmd.h"
#include "cli/page.h"

/** The completion script of "bash", "zsh" or "fish"; false for any other shell. */
bool at_complete_script(struct at_page *page, const char *shell);

#endif
