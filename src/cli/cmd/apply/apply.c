/* apply: answers of one saved model, without a home. */
#include "cli/answers.h"

struct apply_options {
    const char *model;
    double min_confidence;
    bool explain;
    int format;
    int64_t threads;
};

static const char *const apply_formats[] = {"auto", "jsonl", "json", "csv", NULL};
#define OPTION(member) offsetof(struct apply_options, member)
static const struct attune_option apply_rows[] = {
    {"model", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "DIR",
     "the folder that 'attune fit --save' wrote; needed", OPTION(model)},
    {"min_confidence", ATTUNE_OPTION_REAL, "0", 0, 1, NULL, NULL, "P",
     "abstain below this confidence", OPTION(min_confidence)},
    {"explain", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL,
     "name the features that carried each answer, where the kind can tell", OPTION(explain)},
    {"format", ATTUNE_OPTION_CHOICE, "auto", 0, 0, apply_formats, NULL, NULL,
     "how FILE is written; auto goes by its name", OPTION(format)},
    {"threads", ATTUNE_OPTION_INT, "0", 0, 4096, NULL, NULL, NULL,
     "threads to use (default: all processors)", OPTION(threads)},
};

static attune_status apply_run(struct at_cli *cli, const void *options, attune_error *err)
{
    const struct apply_options *o = options;
    const struct attune_predict_options predict = {
        .min_confidence = o->min_confidence, .explain = o->explain, .threads = o->threads};
    if (!o->model)
        return at_cli_usage(cli, err,
                            "--model DIR is needed: a folder that 'attune fit --save' wrote");
    attune_predictor *predictor = NULL;
    struct at_answers answers = at_answers_begin(cli, true);
    attune_status status = attune_predictor_open_folder(&predictor, o->model, &predict, err);
    if (status == ATTUNE_OK)
        status = at_answers_file(&answers, predictor, at_cli_arg_at(cli, 0),
                                 o->format ? apply_formats[o->format] : NULL, err);
    attune_predictor_close(predictor);
    return status;
}

const struct at_cli_command at_cli_command_apply = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "apply",
    .summary = "answer with a model that fit has saved, without a home",
    .usage = "--model DIR [FILE|-]",
    .description =
        "Reads profiles and writes one answer a profile, in the same order, as JSON Lines; on a "
        "terminal, or with --output text, for people. Needs no home and no store: the folder that "
        "'attune fit --save' wrote is all.",
    .examples = "attune apply --model mood new.jsonl > answers.jsonl",
    .max_args = 1,
    .arg = AT_CLI_ARG_FILE,
    .options = apply_rows,
    .n_options = sizeof apply_rows / sizeof *apply_rows,
    .options_size = sizeof(struct apply_options),
    .json_lines = true,
    .run = apply_run,
};
