/* config: the settings that hold, and where each comes from. */
#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/score.h"

struct config_options {
    bool origin;
};

static const struct attune_option config_rows[] = {
    {"origin", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL,
     "also where each value comes from: default, file, environment or option",
     offsetof(struct config_options, origin)},
};

static void config_value(struct at_grid *grid, const at_json *value)
{
    char text[32];
    if (at_json_is_string(value)) {
        at_grid_add(grid, AT_STYLE_BOLD, "%s", at_json_string(value).ptr);
    } else if (at_json_is_bool(value)) {
        at_grid_add(grid, AT_STYLE_BOLD, "%s", at_json_bool(value, false) ? "true" : "false");
    } else if (at_json_is_number(value)) {
        at_format_f64(text, at_json_number(value, 0));
        at_grid_add(grid, AT_STYLE_BOLD, "%s", text);
    } else {
        at_grid_add(grid, AT_STYLE_DIM, "-");
    }
}

static void config_grid(struct at_page *page, const at_json *report, bool origin)
{
    const at_json *settings = at_json_get(report, "settings");
    const at_json *list = settings ? settings : report;
    struct at_grid grid = at_grid(origin ? "lll" : "ll");
    for (size_t i = 0; i < at_json_len(list); i++) {
        const at_json *s = at_json_at(list, i);
        at_grid_add(&grid, AT_STYLE_PLAIN, "%s", at_score_text(s, "name", "?"));
        config_value(&grid, at_json_get(s, "value"));
        if (origin)
            at_grid_add(&grid, AT_STYLE_DIM, "%s", at_score_text(s, "origin", ""));
    }
    at_grid_end(&grid, page, 0);
}

static void config_render(struct at_page *page, const at_json *report)
{
    config_grid(page, report, false);
}

static void config_render_origin(struct at_page *page, const at_json *report)
{
    config_grid(page, report, true);
}

static attune_status config_ask(attune_home *home, char **out, attune_error *err)
{
    return attune_config_show(home, out, err);
}

static attune_status config_show_run(struct at_cli *cli, const void *options, attune_error *err)
{
    const struct config_options *o = options;
    return at_cli_ask(cli, config_ask, o->origin ? config_render_origin : config_render, err);
}

static const struct at_cli_command config_show = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "show",
    .summary = "every setting with its value",
    .usage = "",
    .description = "Shows every setting with the value that holds: a flag (--set) over the "
                   "environment over config.json over the default.",
    .examples = "attune config show --origin\nattune config show --set ml.min_confidence=0.8",
    .options = config_rows,
    .n_options = sizeof config_rows / sizeof *config_rows,
    .options_size = sizeof(struct config_options),
    .run = config_show_run,
};
static const struct at_cli_command *const config_subcommands[] = {&config_show, NULL};

const struct at_cli_command at_cli_command_config = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "config",
    .summary = "the settings and where they come from",
    .usage = "show",
    .description = "The settings that hold.",
    .subcommands = config_subcommands,
};
