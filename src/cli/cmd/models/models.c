/* models: the versions that were trained, and which of them answers. */
#include "attune/registry.h"

#include "cli/cli.h"
#include "cli/registry_pages.h"

struct models_options {
    const char *reason, *who;
    bool override_gate;
};

#define OPTION(member) offsetof(struct models_options, member)
#define MODELS_REASON                                                                              \
    {                                                                                              \
        "reason", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "TEXT", "why, for the audit log",    \
            OPTION(reason)                                                                         \
    }
#define MODELS_WHO                                                                                 \
    {                                                                                              \
        "who", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "NAME",                                 \
            "who does it, for the audit log (default: the user's name)", OPTION(who)               \
    }
static const struct attune_option models_change_rows[] = {MODELS_REASON, MODELS_WHO};
static const struct attune_option models_promote_rows[] = {
    MODELS_REASON,
    MODELS_WHO,
    {"override", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL,
     "promote although the gate refuses; needs --reason", OPTION(override_gate)},
};

/* Every command has the same arguments: a target, then up to two versions (0: not given). */
struct models_request {
    const char *target;
    int64_t first, second;
    struct attune_models_change change;
};

typedef attune_status (*models_call)(attune_home *home, const struct models_request *request,
                                     char **out, attune_error *err);

static attune_status models_read(struct at_cli *cli, struct models_request *out, attune_error *err)
{
    const struct models_options *o = cli->flags->options;
    *out = (struct models_request){.target = at_cli_arg_at(cli, 0)};
    AT_TRY(at_cli_version_arg(cli, &out->first, 1, err));
    AT_TRY(at_cli_version_arg(cli, &out->second, 2, err));
    if (!o)
        return ATTUNE_OK;
    out->change = (struct attune_models_change){.target = out->target,
                                                .version = out->first,
                                                .reason = o->reason,
                                                .who = o->who,
                                                .override_gate = o->override_gate};
    if (o->override_gate && !o->reason)
        return at_cli_usage(cli, err, "--override needs --reason TEXT for the audit log");
    return ATTUNE_OK;
}

static attune_status models_do(struct at_cli *cli, models_call call, at_cli_render render,
                               attune_error *err)
{
    struct models_request request;
    attune_home *home = NULL;
    char *report = NULL;
    AT_TRY(models_read(cli, &request, err));
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = call(home, &request, &report, err);
    status = at_cli_report(cli, status, report, render, err);
    attune_home_close(home);
    return status;
}

static attune_status models_call_list(attune_home *home, const struct models_request *request,
                                      char **out, attune_error *err)
{
    return attune_models_list(home, request->target, out, err);
}

static attune_status models_list_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    return models_do(cli, models_call_list, at_registry_list_page, err);
}

static attune_status models_call_show(attune_home *home, const struct models_request *request,
                                      char **out, attune_error *err)
{
    return attune_models_show(home, request->target, request->first, out, err);
}

static attune_status models_show_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    return models_do(cli, models_call_show, at_registry_show_page, err);
}

static attune_status models_call_compare(attune_home *home, const struct models_request *request,
                                         char **out, attune_error *err)
{
    return attune_models_compare(home, request->target, request->first, request->second, out, err);
}

static attune_status models_compare_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    return models_do(cli, models_call_compare, at_registry_compare_page, err);
}

static attune_status models_call_promote(attune_home *home, const struct models_request *request,
                                         char **out, attune_error *err)
{
    return attune_models_promote(home, &request->change, out, err);
}

static attune_status models_promote_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    return models_do(cli, models_call_promote, at_registry_change_page, err);
}

static attune_status models_call_rollback(attune_home *home, const struct models_request *request,
                                          char **out, attune_error *err)
{
    return attune_models_rollback(home, &request->change, out, err);
}

static attune_status models_rollback_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    return models_do(cli, models_call_rollback, at_registry_change_page, err);
}

static attune_status models_call_delete(attune_home *home, const struct models_request *request,
                                        char **out, attune_error *err)
{
    return attune_models_delete(home, &request->change, out, err);
}

static attune_status models_delete_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    return models_do(cli, models_call_delete, at_registry_delete_page, err);
}

static attune_status models_call_verify(attune_home *home, const struct models_request *request,
                                        char **out, attune_error *err)
{
    return attune_models_verify(home, request->target, out, err);
}

static attune_status models_verify_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    return models_do(cli, models_call_verify, at_registry_verify_page, err);
}

/* ---- the commands ---- */

static const struct at_cli_command models_list = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "list",
    .summary = "all versions with their scores and aliases",
    .usage = "[TARGET]",
    .description = "Lists every version of every target, or of one.",
    .max_args = 1,
    .run = models_list_run,
};
static const struct at_cli_command models_show = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "show",
    .summary = "everything about one version",
    .usage = "TARGET [VERSION]",
    .description = "Shows the champion or a given version: metrics, files, options, lineage, alias "
                   "history.",
    .examples = "attune models show personality\nattune models show personality 3",
    .min_args = 1,
    .max_args = 2,
    .run = models_show_run,
};
static const struct at_cli_command models_compare = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "compare",
    .summary = "two versions on the same fans, held out from both",
    .usage = "TARGET VERSION [VERSION]",
    .description = "Scores two versions (one alone: against the champion) on the same fans, which "
                   "neither was trained on, with a paired test and what the gate would say.",
    .examples = "attune models compare personality 2 3",
    .min_args = 2,
    .max_args = 3,
    .run = models_compare_run,
};
static const struct at_cli_command models_promote = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "promote",
    .summary = "make a version the champion, if the gate agrees",
    .usage = "TARGET VERSION",
    .description = "Makes a version the champion; the one before becomes `previous`. Exit code 4 "
                   "when the gate refuses.",
    .examples = "attune models promote personality 3 --reason \"looked at the errors\"",
    .min_args = 2,
    .max_args = 2,
    .options = models_promote_rows,
    .n_options = sizeof models_promote_rows / sizeof *models_promote_rows,
    .options_size = sizeof(struct models_options),
    .run = models_promote_run,
};
static const struct at_cli_command models_rollback = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "rollback",
    .summary = "make the previous champion answer again, at once",
    .usage = "TARGET [VERSION]",
    .description = "Makes `previous`, or a given version, the champion at once: no gate, no "
                   "training.",
    .examples = "attune models rollback personality --reason \"complaints since noon\"",
    .min_args = 1,
    .max_args = 2,
    .options = models_change_rows,
    .n_options = sizeof models_change_rows / sizeof *models_change_rows,
    .options_size = sizeof(struct models_options),
    .run = models_rollback_run,
};
static const struct at_cli_command models_delete = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "delete",
    .summary = "remove a version for good",
    .usage = "TARGET VERSION",
    .description = "Removes a version and its files. Refused while an alias points at it.",
    .min_args = 2,
    .max_args = 2,
    .options = models_change_rows,
    .n_options = sizeof models_change_rows / sizeof *models_change_rows,
    .options_size = sizeof(struct models_options),
    .run = models_delete_run,
};
static const struct at_cli_command models_verify = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "verify",
    .summary = "check every file against its manifest",
    .usage = "[TARGET]",
    .description = "Checks size and SHA-256 of every file of every version (or of one target's) "
                   "and loads each model. Exit code 1 when one fails.",
    .max_args = 1,
    .run = models_verify_run,
};
static const struct at_cli_command *const models_subcommands[] = {
    &models_list,     &models_show,   &models_compare, &models_promote,
    &models_rollback, &models_delete, &models_verify,  NULL};

const struct at_cli_command at_cli_command_models = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "models",
    .summary = "the registry: versions, promotion, rollback",
    .usage = "list|show|compare|promote|rollback|delete|verify",
    .description = "Every training registers a numbered, immutable version for each target. The "
                   "alias `champion` points at the version that answers, `candidate` at the newest "
                   "that is not promoted, `previous` at the champion before.",
    .subcommands = models_subcommands,
};
