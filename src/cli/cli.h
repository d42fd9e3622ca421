#ifndef AT_CLI_CLI_H
#define AT_CLI_CLI_H

#include "attune/home.h"
#include "attune/job.h"
#include "base/arena.h"
#include "cli/cmd.h"
#include "cli/flags.h"
#include "cli/page.h"
#include "cli/term.h"

/* What a command works with. */
struct at_cli {
    struct at_term *term;
    struct at_flags *flags;
    struct at_arena *arena;
    attune_job job; /* progress and log go to the terminal; Ctrl-C cancels */
    bool usage;     /* the error is about the command line: point at the help */
    bool printed;   /* standard output has its JSON document */
};

bool at_cli_json(const struct at_cli *cli);

/** Opens the home that the flags name. Close it with attune_home_close. */
attune_status at_cli_home(struct at_cli *cli, attune_home **out, attune_error *err);
struct attune_home_options at_cli_home_options(const struct at_cli *cli);

/** INVALID, and the message is followed by "Try 'attune COMMAND --help'". */
attune_status at_cli_usage(struct at_cli *cli, attune_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** A whole number from an argument: "VERSION: 'x' is not a whole number from 1". */
attune_status at_cli_version_arg(struct at_cli *cli, int64_t *out, size_t index, attune_error *err);
/** The argument, or NULL when it was not given. */
const char *at_cli_arg_at(const struct at_cli *cli, size_t index);

/** Writes a page and releases it. */
attune_status at_cli_page(struct at_cli *cli, struct at_page *page, attune_error *err);
struct at_page at_cli_page_begin(const struct at_cli *cli);

typedef void (*at_cli_render)(struct at_page *page, const at_json *report);

/**
 * Prints the report of a call that ended in `status`: as it is with --output json, else through
 * `render`. `report` may be NULL and is released. A failure goes into the document as its member
 * "error", so that standard output holds one document in every case.
 * Returns `status` if it is a failure, else that of printing.
 */
attune_status at_cli_report(struct at_cli *cli, attune_status status, char *report,
                            at_cli_render render, attune_error *err);

/** Opens the home, calls `ask(home, &report)`, prints: the whole of many commands. */
attune_status at_cli_ask(struct at_cli *cli,
                         attune_status (*ask)(attune_home *home, char **out, attune_error *err),
                         at_cli_render render, attune_error *err);

/** "error": {"status": "not_enough", "message": ...} in an open object. */
void at_cli_put_error(struct at_json_out *o, attune_status status, const attune_error *err);

#endif
