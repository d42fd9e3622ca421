/* status: what there is. */
#include "cli/cli.h"
#include "cli/status_page.h"

static attune_status status_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    return at_cli_ask(cli, attune_home_status, at_status_page, err);
}

const struct at_cli_command at_cli_command_status = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "status",
    .summary = "models, data, feedback and the last training",
    .usage = "",
    .description = "Shows the models with versions, dates, sizes and metrics, how much data and "
                   "feedback there is and how much is needed, the last training, the database and "
                   "the features built in.",
    .run = status_run,
};
