/* evaluate: honest metrics of versions that exist. */
#include <string.h>

#include "cli/cli.h"

#include "attune/train.h"
#include "cli/score.h"

struct evaluate_options {
    const char *model_type, *on;
    int64_t version, seed, threads;
};

#define OPTION(member) offsetof(struct evaluate_options, member)
static const struct attune_option evaluate_rows[] = {
    {"model_type", ATTUNE_OPTION_TEXT, "all", 0, 0, NULL, NULL, "all|TARGET",
     "which target to evaluate", OPTION(model_type)},
    {"version", ATTUNE_OPTION_INT, "0", 0, 1000000000, NULL, NULL, NULL,
     "which version of the target (default: the champion)", OPTION(version)},
    {"on", ATTUNE_OPTION_TEXT, "holdout", 0, 0, NULL, NULL, "holdout|cv|FILE",
     "the fans kept out of its training, cross-validation, or a file of labelled profiles",
     OPTION(on)},
    {"seed", ATTUNE_OPTION_INT, "-1", -1, 9007199254740991.0, NULL, NULL, NULL,
     "seed of folds and intervals (default: the setting train.seed)", OPTION(seed)},
    {"threads", ATTUNE_OPTION_INT, "0", 0, 4096, NULL, NULL, NULL,
     "threads to use (default: the setting threads)", OPTION(threads)},
};

static void evaluate_one(struct at_page *page, const char *target, const char *kind,
                         const at_json *m)
{
    const int64_t n = at_json_integer(at_json_get(m, "n"), 0);
    const int64_t skipped = at_json_integer(at_json_get(m, "n_skipped"), 0);
    if (page->buf.len)
        at_page_add(page, "\n", 1);
    at_page_styled(page, AT_STYLE_BOLD, "%s", target);
    if (strcmp(at_json_string(at_json_get(m, "on")).ptr, "cv") == 0)
        at_page_addf(page, ": the recipe of %s, cross-validated on %lld fans", kind, (long long)n);
    else
        at_page_addf(page, ": version %lld, %s, scored on %lld fans",
                     (long long)at_json_integer(at_json_get(m, "version"), 0), kind, (long long)n);
    if (skipped)
        at_page_addf(page, " (%lld left out: the version was trained on them)", (long long)skipped);
    at_page_add(page, "\n", 1);
    at_score_all(page, m, at_json_get(m, "majority"));
}

static void evaluate_render(struct at_page *page, const at_json *report)
{
    for (void *t = at_json_first(report); t; t = at_json_next(report, t)) {
        const at_json *kinds = at_json_value(t);
        for (void *k = at_json_first(kinds); k; k = at_json_next(kinds, k))
            if (at_json_is_object(at_json_value(k)))
                evaluate_one(page, at_json_key(t), at_json_key(k), at_json_value(k));
    }
}

static attune_status evaluate_run(struct at_cli *cli, const void *options, attune_error *err)
{
    const struct evaluate_options *o = options;
    const struct attune_evaluate_options evaluate = {.target = o->model_type,
                                                     .version = o->version,
                                                     .on = o->on,
                                                     .seed = o->seed,
                                                     .threads = o->threads};
    attune_home *home = NULL;
    char *report = NULL;
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = attune_evaluate(home, &evaluate, &cli->job, &report, err);
    status = at_cli_report(cli, status, report, evaluate_render, err);
    attune_home_close(home);
    return status;
}

const struct at_cli_command at_cli_command_evaluate = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "evaluate",
    .summary = "score versions on fans that they have not seen",
    .usage = "",
    .description =
        "Scores the champion of each target, or a given version, on fans that it was not trained "
        "on: "
        "those held out then and those that came since. In a file of labelled profiles, fans that "
        "the version was trained on are left out and counted.\n\n"
        "The majority baseline stands beside each figure: what one gets by always answering the "
        "most "
        "frequent label.",
    .examples = "attune evaluate\nattune evaluate --model-type personality --version 2\n"
                "attune evaluate --on labelled.jsonl",
    .options = evaluate_rows,
    .n_options = sizeof evaluate_rows / sizeof *evaluate_rows,
    .options_size = sizeof(struct evaluate_options),
    .run = evaluate_run,
};
