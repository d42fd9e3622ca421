/* completion: a script that teaches the shell the commands and their options. */
#include <string.h>

#include "cli/cli.h"
#include "cli/complete.h"

static attune_status completion_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    const char *shell = at_cli_arg_at(cli, 0);
    struct at_page page = {0};
    if (!at_complete_script(&page, shell))
        return at_cli_usage(cli, err, "'%.60s' is not a shell that attune knows: bash, zsh, fish",
                            shell);
    if (!at_cli_json(cli) || page.status != ATTUNE_OK)
        return at_cli_page(cli, &page, err);
    struct at_page json = {0};
    struct at_json_out o = at_json_out_to(&json.buf, 0);
    at_json_object_begin(&o);
    at_json_set_text(&o, "shell", shell);
    at_json_set_str(&o, "script", (struct at_str){page.buf.data, page.buf.len});
    at_json_object_end(&o);
    json.status = at_json_end(&o, err);
    at_page_add(&json, "\n", 1);
    at_buf_release(&page.buf);
    cli->printed = true;
    return at_cli_page(cli, &json, err);
}

const struct at_cli_command at_cli_command_completion = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "completion",
    .summary = "print a completion script for a shell",
    .usage = "bash|zsh|fish",
    .description =
        "Prints a script that completes commands, options and their values. An installed "
        "attune has them in place already.",
    .examples = "source <(attune completion bash)\n"
                "attune completion zsh > ~/.zfunc/_attune\n"
                "attune completion fish > ~/.config/fish/completions/attune.fish",
    .min_args = 1,
    .max_args = 1,
    .arg = AT_CLI_ARG_SHELL,
    .run = completion_run,
};
