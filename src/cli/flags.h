#ifndef AT_CLI_FLAGS_H
#define AT_CLI_FLAGS_H

#include "base/option.h"
#include "cli/cmd.h"

/* The options that every command takes, before or after its name. */
struct at_cli_global {
    const char *home, *config, *set;
    int output; /* enum at_cli_output */
    bool verbose, quiet, help, version;
};
enum at_cli_output { AT_CLI_TEXT, AT_CLI_JSON };

extern const struct at_option_table at_cli_globals;

/* A command line, read. Everything lives in the arena or in argv. */
struct at_flags {
    struct at_cli_global global;
    bool output_given; /* --output was there: predict and apply choose by the terminal otherwise */
    const struct at_cli_command *parent;  /* `models` of `models list`; else NULL */
    const struct at_cli_command *command; /* NULL: none was named */
    void *options;                        /* of the command, options_size bytes */
    const char **args;
    size_t n_args;
    struct attune_setting *settings; /* --set KEY=VALUE */
    size_t n_settings;
    struct attune_setting *parts; /* options of feature blocks and kinds */
    size_t n_parts;
};

/**
 * Reads argv[1..argc-1]: --name VALUE, --name=VALUE, --name and --no-name for switches, -h -v -q,
 * and "--" after which everything is an argument. A later value replaces an earlier one.
 *
 * Errors   INVALID  unknown command or option (with the nearest name), a value that is missing or
 * not allowed, too few or too many arguments. `out` then holds what was read so far: enough to say
 * which help to look at and how to print the error.
 */
attune_status at_flags_parse(struct at_flags *out, int argc, const char *const *argv,
                             struct at_arena *arena, attune_error *err);

/** INVALID: there is no such command of `parent` (NULL: of attune), with the nearest name. */
attune_status at_flags_unknown_command(const struct at_cli_command *parent, const char *name,
                                       attune_error *err);

#endif
