/* doctor: is the installation sound? */
#include <string.h>

#include "cli/cli.h"
#include "cli/score.h"

static void doctor_check(struct at_page *page, const at_json *check)
{
    const bool ok = at_json_bool(at_json_get(check, "ok"), false);
    const char *detail = at_score_text(check, "detail", "");
    const char *advice = at_score_text(check, "advice", "");
    at_page_styled(page, ok ? AT_STYLE_GOOD : AT_STYLE_BAD, "%-4s", ok ? "ok" : "BAD");
    at_page_addf(page, " %-14s %s\n", at_score_text(check, "name", "?"), detail);
    if (!ok && *advice)
        at_page_addf(page, "     %-14s %s\n", "", advice);
}

static void doctor_render(struct at_page *page, const at_json *report)
{
    const at_json *checks = at_json_get(report, "checks");
    for (size_t i = 0; i < at_json_len(checks); i++)
        doctor_check(page, at_json_at(checks, i));
    if (at_json_bool(at_json_get(report, "ok"), false))
        at_page_addf(page, "\nEverything is in order.\n");
}

/* The call succeeds whatever it finds; the program's exit code says what it found. */
static attune_status doctor_ask(attune_home *home, char **out, attune_error *err)
{
    at_json *report = NULL;
    AT_TRY(attune_home_doctor(home, out, err));
    AT_TRY(at_json_parse(&report, *out, strlen(*out), "report", err));
    const bool ok = at_json_bool(at_json_get(report, "ok"), false);
    at_json_free(report);
    return ok ? ATTUNE_OK : at_fail(err, ATTUNE_CORRUPT, "doctor: some checks failed");
}

static attune_status doctor_run(struct at_cli *cli, const void *options, attune_error *err)
{
    (void)options;
    return at_cli_ask(cli, doctor_ask, doctor_render, err);
}

const struct at_cli_command at_cli_command_doctor = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "doctor",
    .summary = "check the installation and say what to do",
    .usage = "",
    .description =
        "Checks settings, the store, every model against its manifest, disk space, locks "
        "and leftovers of interrupted runs. Exit code 1 when something is wrong; nothing "
        "is changed.",
    .run = doctor_run,
};
