#ifndef AT_CLI_CMD_H
#define AT_CLI_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "attune/option.h"
#include "attune/status.h"

/*
 * A command of the program. One folder cmd/<name>/<name>.c defines
 * `const struct at_cli_command at_cli_command_<name>`; parsing, --help, the man pages, the shell
 * completion and docs/reference/cli.md are all made from this struct.
 */
struct at_cli;

enum { AT_CLI_COMMAND_VERSION = 1, AT_CLI_ANY_NUMBER = 1 << 20 };

typedef enum at_cli_arg { /* what the shell offers for an argument */
                          AT_CLI_ARG_NONE,
                          AT_CLI_ARG_FILE,
                          AT_CLI_ARG_COMMAND,
                          AT_CLI_ARG_SHELL
} at_cli_arg;

struct at_cli_command {
    int version; /* AT_CLI_COMMAND_VERSION */
    const char *name;
    const char *summary;     /* one line, lower case, no full stop */
    const char *usage;       /* the arguments: "FILE...", "" for none */
    const char *description; /* paragraphs, an empty line between them; not wrapped */
    const char *examples;    /* command lines, one a line; or NULL */
    size_t min_args, max_args;
    at_cli_arg arg;
    const struct attune_option *options;
    size_t n_options, options_size;
    bool takes_part_options; /* also the options of feature blocks and model kinds, as settings */
    bool json_lines;         /* --output json means one document a line */
    const struct at_cli_command *const *subcommands; /* NULL-terminated; then run is NULL */

    /* `options` is a filled struct of options_size bytes, NULL when that is 0. */
    attune_status (*run)(struct at_cli *cli, const void *options, attune_error *err);
};

extern const struct at_cli_command *const at_cli_command_table[]; /* by name, NULL-terminated */

/** NULL when there is none. `commands` is NULL-terminated; NULL is an empty list. */
const struct at_cli_command *at_cli_command_find(const struct at_cli_command *const *commands,
                                                 const char *name);

#endif
