/* train: the main job, from the store to promoted versions. */
#include "attune/train.h"

#include "cli/cli.h"
#include "cli/score.h"

struct train_options {
    bool force;
    const char *target, *models, *features;
    int parity;
    int64_t seed, threads, budget;
};

static const char *const train_parities[] = {"none", "sklearn", NULL};
#define OPTION(member) offsetof(struct train_options, member)
static const struct attune_option train_rows[] = {
    {"force", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL,
     "train even while the champion is young and few feedback samples wait", OPTION(force)},
    {"target", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "TARGET",
     "only this target (default: every configured one)", OPTION(target)},
    {"models", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "all|classical|KIND,...",
     "which kinds to train (default: the setting ml.models)", OPTION(models)},
    {"features", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "BLOCK,...",
     "the feature blocks to learn from (default: what the kind likes best)", OPTION(features)},
    {"parity", ATTUNE_OPTION_CHOICE, "none", 0, 0, train_parities, NULL, NULL,
     "sklearn: the original pipeline to the bit", OPTION(parity)},
    {"seed", ATTUNE_OPTION_INT, "-1", -1, 9007199254740991.0, NULL, NULL, NULL,
     "seed of everything random (default: the setting train.seed)", OPTION(seed)},
    {"threads", ATTUNE_OPTION_INT, "0", 0, 4096, NULL, NULL, NULL,
     "threads to use (default: the setting threads)", OPTION(threads)},
    {"budget", ATTUNE_OPTION_DURATION, "0", 0, 0, NULL, NULL, NULL,
     "stop looking for better models after this time, such as 90s or 1h (default: no limit)",
     OPTION(budget)},
};

static void train_target(struct at_page *page, const char *target, const at_json *t)
{
    const at_json *candidates = at_json_get(t, "candidates");
    const at_json *majority = at_json_get(t, "majority");
    const at_json *gate = at_json_get(t, "gate"), *reasons = at_json_get(gate, "reasons");
    const bool promoted = at_json_bool(at_json_get(t, "promoted"), false);
    at_page_styled(page, AT_STYLE_BOLD, "%s", target);
    at_page_addf(page, ": version %lld, %s, ",
                 (long long)at_json_integer(at_json_get(t, "version"), 0),
                 at_score_text(t, "kind", "?"));
    at_page_styled(page, promoted ? AT_STYLE_GOOD : AT_STYLE_WARN, "%s",
                   promoted ? "promoted: it answers from now on" : "not promoted");
    at_page_addf(page, "\n  trained on %lld fans, scored on %lld others\n",
                 (long long)at_json_integer(at_json_get(t, "train_size"), 0),
                 (long long)at_json_integer(at_json_get(t, "test_size"), 0));
    for (size_t i = 0; !promoted && i < at_json_len(reasons); i++)
        at_page_addf(page, "  gate: %s\n", at_json_string(at_json_at(reasons, i)).ptr);
    at_score_all(page, t, majority ? majority : at_json_get(candidates, "majority"));
    at_page_add(page, "\n", 1);
    at_score_choice(page, t);
    at_page_add(page, "\n", 1);
}

static void train_render(struct at_page *page, const at_json *report)
{
    const at_json *trained = at_json_get(report, "models_trained");
    const at_json *skipped = at_json_get(report, "skipped");
    for (void *it = at_json_first(trained); it; it = at_json_next(trained, it))
        train_target(page, at_json_key(it), at_json_value(it));
    for (void *it = at_json_first(skipped); it; it = at_json_next(skipped, it)) {
        at_page_styled(page, AT_STYLE_BOLD, "%s", at_json_key(it));
        at_page_addf(page, ": not trained: %s\n", at_json_string(at_json_value(it)).ptr);
    }
    if (at_json_len(trained))
        at_page_addf(page, "Next: attune predict FILE   answers for new fans\n"
                           "or    attune status         what there is\n");
}

static attune_status train_run(struct at_cli *cli, const void *options, attune_error *err)
{
    const struct train_options *o = options;
    const struct attune_train_options train = {.force = o->force,
                                               .target = o->target,
                                               .models = o->models,
                                               .features = o->features,
                                               .parity =
                                                   o->parity ? train_parities[o->parity] : NULL,
                                               .seed = o->seed,
                                               .threads = o->threads,
                                               .budget_ms = o->budget,
                                               .options = cli->flags->parts,
                                               .n_options = cli->flags->n_parts};
    attune_home *home = NULL;
    char *report = NULL;
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = attune_train(home, &train, &cli->job, &report, err);
    status = at_cli_report(cli, status, report, train_render, err);
    attune_home_close(home);
    return status;
}

const struct at_cli_command at_cli_command_train = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "train",
    .summary = "train, evaluate, register and promote models",
    .usage = "",
    .description =
        "Collects the labelled fans of the store, splits them, trains the wanted kinds for each "
        "target, evaluates them on fans that none of them has seen, registers the best as a new "
        "version, and makes it the champion if it passes the promotion gate.\n\n"
        "Without --force nothing is done, and attune says so, while the champion is younger than "
        "ml.model_max_age_days and fewer than ml.retrain_threshold new feedback samples wait.\n\n"
        "Exit code 3 means that a target has too few fans (the others are still trained), 4 that a "
        "version was registered but the gate refused it, 5 that another training is running.",
    .examples =
        "attune train\nattune train --target personality --models forest --n-estimators 300\n"
        "attune train --force --output json",
    .options = train_rows,
    .n_options = sizeof train_rows / sizeof *train_rows,
    .options_size = sizeof(struct train_options),
    .takes_part_options = true,
    .run = train_run,
};
