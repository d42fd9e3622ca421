/* demo: generated conversations, so that everything can be tried without data. */
#include "attune/dataset.h"
#include "cli/cli.h"
#include "cli/loaded.h"

struct demo_options {
    int64_t fans, seed;
    const char *languages;
};

#define OPTION(member) offsetof(struct demo_options, member)
static const struct attune_option demo_rows[] = {
    {"fans", ATTUNE_OPTION_INT, "1000", 1, 10000000, NULL, NULL, NULL, "how many fans to write",
     OPTION(fans)},
    {"seed", ATTUNE_OPTION_INT, "42", 0, 9007199254740991.0, NULL, NULL, NULL,
     "the same seed gives the same fans", OPTION(seed)},
    {"languages", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "en,fr",
     "languages to write in (default: en,fr)", OPTION(languages)},
};

static attune_status demo_run(struct at_cli *cli, const void *options, attune_error *err)
{
    const struct demo_options *o = options;
    const struct attune_demo_options demo = {
        .n_fans = (uint64_t)o->fans, .seed = (uint64_t)o->seed, .languages = o->languages};
    attune_home *home = NULL;
    char *report = NULL;
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = attune_demo(home, &demo, &cli->job, &report, err);
    status = at_cli_report(cli, status, report, at_loaded_page, err);
    attune_home_close(home);
    return status;
}

const struct at_cli_command at_cli_command_demo = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "demo",
    .summary = "write generated demo conversations to the store",
    .usage = "",
    .description = "Writes generated conversations with labels for personality and engagement to "
                   "the store, in "
                   "the same way as an import. The classes overlap as they do in life: a model "
                   "that is trained "
                   "on them is right in about four of five cases, not always.",
    .examples = "attune demo\nattune demo --fans 5000 --seed 7 --languages en",
    .options = demo_rows,
    .n_options = sizeof demo_rows / sizeof *demo_rows,
    .options_size = sizeof(struct demo_options),
    .run = demo_run,
};
