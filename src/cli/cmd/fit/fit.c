/* fit: a model from one file, without a home. */
#include "attune/train.h"
#include "cli/cli.h"
#include "cli/score.h"

struct fit_options {
    const char *data, *label, *kind, *save, *features;
    int format, parity;
    int64_t seed, threads, budget;
};

static const char *const fit_formats[] = {"auto", "jsonl", "json", "csv", NULL};
static const char *const fit_parities[] = {"none", "sklearn", NULL};
#define OPTION(member) offsetof(struct fit_options, member)
static const struct attune_option fit_rows[] = {
    {"data", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "FILE",
     "labelled profiles, '-' for standard input; needed", OPTION(data)},
    {"label", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "FIELD",
     "the field that holds the label; becomes the target's name; needed", OPTION(label)},
    {"kind", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "KIND",
     "the kind of model: auto chooses (default: auto)", OPTION(kind)},
    {"features", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "BLOCK,...",
     "the feature blocks to learn from (default: what the kind likes best)", OPTION(features)},
    {"save", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "DIR",
     "where to write the model (default: nowhere, only score)", OPTION(save)},
    {"format", ATTUNE_OPTION_CHOICE, "auto", 0, 0, fit_formats, NULL, NULL,
     "how FILE is written; auto goes by its name", OPTION(format)},
    {"parity", ATTUNE_OPTION_CHOICE, "none", 0, 0, fit_parities, NULL, NULL,
     "sklearn: the original pipeline to the bit", OPTION(parity)},
    {"seed", ATTUNE_OPTION_INT, "42", 0, 9007199254740991.0, NULL, NULL, NULL,
     "seed of everything random", OPTION(seed)},
    {"threads", ATTUNE_OPTION_INT, "0", 0, 4096, NULL, NULL, NULL,
     "threads to use (default: all processors)", OPTION(threads)},
    {"budget", ATTUNE_OPTION_DURATION, "0", 0, 0, NULL, NULL, NULL,
     "stop looking for better models after this time, such as 90s or 1h (default: no limit)",
     OPTION(budget)},
};

static void fit_render(struct at_page *page, const at_json *report)
{
    const int64_t test_size = at_json_integer(at_json_get(report, "test_size"), 0);
    const char *saved = at_score_text(report, "saved", NULL);
    at_page_styled(page, AT_STYLE_BOLD, "%s", at_score_text(report, "kind", "model"));
    at_page_addf(page, ": trained on %lld profiles",
                 (long long)at_json_integer(at_json_get(report, "train_size"), 0));
    if (test_size)
        at_page_addf(page, ", scored on %lld others\n", (long long)test_size);
    else
        at_page_addf(page, ".\nNo row has \"split\": \"test\", so there is no score.\n");
    at_score_all(page, report, at_json_get(report, "majority"));
    at_page_add(page, "\n", 1);
    at_score_choice(page, report);
    if (saved)
        at_page_addf(page, "\nSaved in %s.\n\nNext: attune apply --model %s FILE\n", saved, saved);
}

static attune_status fit_run(struct at_cli *cli, const void *options, attune_error *err)
{
    const struct fit_options *o = options;
    if (!o->data || !o->label)
        return at_cli_usage(cli, err, "--%s is needed", o->data ? "label FIELD" : "data FILE");
    if (cli->flags->n_settings)
        return at_cli_usage(cli, err,
                            "--set is for the settings of a home; fit takes options as flags, "
                            "for example --max-features 500");
    const struct attune_fit_file_options fit = {.data = o->data,
                                                .format = o->format ? fit_formats[o->format] : NULL,
                                                .label = o->label,
                                                .kind = o->kind,
                                                .features = o->features,
                                                .parity =
                                                    o->parity ? fit_parities[o->parity] : NULL,
                                                .save = o->save,
                                                .seed = o->seed,
                                                .threads = o->threads,
                                                .budget_ms = o->budget,
                                                .options = cli->flags->parts,
                                                .n_options = cli->flags->n_parts};
    char *report = NULL;
    const attune_status status = attune_fit_file(&fit, &cli->job, &report, err);
    return at_cli_report(cli, status, report, fit_render, err);
}

const struct at_cli_command at_cli_command_fit = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "fit",
    .summary = "train one model from one file, without a home",
    .usage = "--data FILE --label FIELD [--save DIR]",
    .description =
        "Trains a model from a file of labelled profiles and saves it as a folder that 'attune "
        "apply' answers with. Rows with \"split\": \"test\" are held out and scored; rows with "
        "\"val\" serve to choose, never to score; all others train.\n\n"
        "--parity sklearn is the original pipeline to the bit: TfidfVectorizer with 1000 words and "
        "English stop words, RandomForestClassifier with 100 trees.",
    .examples = "attune fit --data moods.jsonl --label mood --save mood\n"
                "attune fit --data moods.csv --label mood --kind forest --n-estimators 300",
    .options = fit_rows,
    .n_options = sizeof fit_rows / sizeof *fit_rows,
    .options_size = sizeof(struct fit_options),
    .takes_part_options = true,
    .run = fit_run,
};
