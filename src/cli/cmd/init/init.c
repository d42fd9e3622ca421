/* init: a new home. */
#include "base/alloc.h"
#include "cli/cli.h"

static attune_status init_print(struct at_cli *cli, const char *folder, attune_error *err)
{
    struct at_page page = at_cli_page_begin(cli);
    if (at_cli_json(cli)) {
        struct at_json_out o = at_json_out_to(&page.buf, 0);
        page.color = false;
        at_json_object_begin(&o);
        at_json_set_text(&o, "home", folder);
        at_json_object_end(&o);
        page.status = at_json_end(&o, NULL);
        at_page_add(&page, "\n", 1);
        cli->printed = true;
    } else {
        at_page_addf(&page,
                     "Made a home in %s.\n\n"
                     "Next: attune import FILE   your conversations (JSON Lines, JSON or CSV)\n"
                     "or    attune demo          generated ones, to look around\n",
                     folder);
    }
    return at_cli_page(cli, &page, err);
}

static attune_status init_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    char *folder = NULL;
    const struct attune_home_options home = at_cli_home_options(cli);
    AT_TRY(attune_home_init(&home, &folder, err));
    const attune_status status = init_print(cli, folder, err);
    attune_free(folder);
    return status;
}

const struct at_cli_command at_cli_command_init = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "init",
    .summary = "make a home: settings, store, folders",
    .usage = "",
    .description =
        "Makes the folder that holds everything of an installation (--home, else ATTUNE_HOME, else "
        "./attune-data) with a commented config.json and an empty store. An existing home is never "
        "touched.",
    .examples = "attune init\nattune init --home /srv/attune",
    .run = init_run,
};
