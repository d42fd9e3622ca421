/* version: what this is and what is built in. */
#include "attune/version.h"

#include "cli/cli.h"
#include "cli/parts.h"

static void version_parts(struct at_json_out *o, const char *key, const char *what)
{
    struct at_part part;
    at_json_put_key(o, key);
    at_json_array_begin(o);
    for (size_t i = 0; at_part_at(i, &part); i++)
        if (part.what[0] == what[0])
            at_json_put_text(o, part.name);
    at_json_array_end(o);
}

static void version_text(struct at_page *page)
{
    struct at_part part;
    at_page_addf(page, "attune %s\n", attune_version());
    for (size_t i = 0; at_part_at(i, &part); i++)
        at_page_addf(page, "%-8s %-10s %s\n", part.what, part.name, part.summary);
}

static attune_status version_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    struct at_page page = at_cli_page_begin(cli);
    if (!at_cli_json(cli)) {
        version_text(&page);
        return at_cli_page(cli, &page, err);
    }
    struct at_json_out o = at_json_out_to(&page.buf, 0);
    at_json_object_begin(&o);
    at_json_set_text(&o, "version", attune_version());
    version_parts(&o, "features", "feature");
    version_parts(&o, "kinds", "kind");
    at_json_object_end(&o);
    page.status = at_json_end(&o, NULL);
    at_page_add(&page, "\n", 1);
    cli->printed = true;
    return at_cli_page(cli, &page, err);
}

const struct at_cli_command at_cli_command_version = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "version",
    .summary = "the version, and the parts that are built in",
    .usage = "",
    .description = "Prints the version and the feature blocks and model kinds that are built in.",
    .run = version_run,
};
