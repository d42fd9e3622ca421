/* import: profiles from files into the store. */
#include <string.h>

#include "attune/dataset.h"
#include "cli/cli.h"
#include "cli/loaded.h"

struct import_options {
    int format;
    bool dry_run;
};

static const char *const import_formats[] = {"auto", "jsonl", "json", "csv", NULL};
#define OPTION(member) offsetof(struct import_options, member)
static const struct attune_option import_rows[] = {
    {"format", ATTUNE_OPTION_CHOICE, "auto", 0, 0, import_formats, NULL, NULL,
     "how the files are written; auto goes by their names", OPTION(format)},
    {"dry_run", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL,
     "read and check everything, store nothing", OPTION(dry_run)},
};

/* Bad rows are no failure while others are good: the report counts them. */
static attune_status import_judge(const char *report, attune_error *err)
{
    at_json *parsed = NULL;
    AT_TRY(at_json_parse(&parsed, report, strlen(report), "report", err));
    const int64_t profiles = at_json_integer(at_json_get(parsed, "profiles"), 0);
    const int64_t rejected = at_json_integer(at_json_get(parsed, "rejected"), 0);
    at_json_free(parsed);
    return profiles || !rejected
               ? ATTUNE_OK
               : at_fail(err, ATTUNE_FORMAT, "no profile could be read: %lld %s rejected",
                         (long long)rejected, rejected == 1 ? "row was" : "rows were");
}

static attune_status import_run(struct at_cli *cli, const void *options, attune_error *err)
{
    const struct import_options *o = options;
    const struct attune_import_options import = {.files = cli->flags->args,
                                                 .n_files = cli->flags->n_args,
                                                 .format =
                                                     o->format ? import_formats[o->format] : NULL,
                                                 .dry_run = o->dry_run};
    attune_home *home = NULL;
    char *report = NULL;
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = attune_import(home, &import, &cli->job, &report, err);
    if (status == ATTUNE_OK)
        status = import_judge(report, err);
    status = at_cli_report(cli, status, report, at_loaded_page, err);
    attune_home_close(home);
    return status;
}

const struct at_cli_command at_cli_command_import = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "import",
    .summary = "load profiles from files into the store",
    .usage = "FILE...",
    .description =
        "Loads profiles (a fan with messages and, if known, labels) from JSON Lines, JSON or CSV; "
        "files packed with gzip or zstd are read as they are, '-' is standard input.\n\n"
        "A bad row is reported with file, line and reason, and the others are loaded. The same "
        "file "
        "twice changes nothing, and an import that was interrupted is completed by repeating it.",
    .examples = "attune import fans.jsonl\nattune import --dry-run 2025/*.csv.gz\n"
                "zcat fans.jsonl.gz | attune import --format jsonl -",
    .min_args = 1,
    .max_args = AT_CLI_ANY_NUMBER,
    .arg = AT_CLI_ARG_FILE,
    .options = import_rows,
    .n_options = sizeof import_rows / sizeof *import_rows,
    .options_size = sizeof(struct import_options),
    .run = import_run,
};
