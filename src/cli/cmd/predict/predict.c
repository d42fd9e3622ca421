/* predict: answers of the champions. */
#include <string.h>

#include "cli/answers.h"

struct predict_options {
    const char *fan, *target;
    double min_confidence;
    bool explain;
    int format;
    int64_t threads;
};

static const char *const predict_formats[] = {"auto", "jsonl", "json", "csv", NULL};
#define OPTION(member) offsetof(struct predict_options, member)
static const struct attune_option predict_rows[] = {
    {"fan", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "ID",
     "one fan of the store, instead of a file", OPTION(fan)},
    {"target", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "TARGET",
     "only this target (default: all that have a champion)", OPTION(target)},
    {"min_confidence", ATTUNE_OPTION_REAL, "-1", -1, 1, NULL, NULL, "P",
     "abstain below this confidence (default: the setting ml.min_confidence)",
     OPTION(min_confidence)},
    {"explain", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL,
     "name the features that carried each answer, where the kind can tell", OPTION(explain)},
    {"format", ATTUNE_OPTION_CHOICE, "auto", 0, 0, predict_formats, NULL, NULL,
     "how FILE is written; auto goes by its name", OPTION(format)},
    {"threads", ATTUNE_OPTION_INT, "0", 0, 4096, NULL, NULL, NULL,
     "threads to use (default: the setting threads)", OPTION(threads)},
};

static attune_status predict_fan(struct at_answers *answers, attune_predictor *predictor,
                                 const char *fan, attune_error *err)
{
    char *line = NULL;
    AT_TRY(attune_predict_fan(predictor, fan, &line, err));
    const attune_status status = at_answers_write(answers, line, strlen(line), err);
    attune_free(line);
    return answers->cli->term->out_closed ? ATTUNE_OK : status;
}

static attune_status predict_run(struct at_cli *cli, const void *options, attune_error *err)
{
    const struct predict_options *o = options;
    const struct attune_predict_options predict = {.target = o->target,
                                                   .min_confidence = o->min_confidence,
                                                   .explain = o->explain,
                                                   .threads = o->threads};
    const char *file = at_cli_arg_at(cli, 0);
    if (o->fan && file)
        return at_cli_usage(cli, err, "give --fan or a FILE, not both");
    attune_home *home = NULL;
    attune_predictor *predictor = NULL;
    struct at_answers answers = at_answers_begin(cli, !o->fan);
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = attune_predictor_open(&predictor, home, &predict, err);
    if (status == ATTUNE_OK)
        status = o->fan ? predict_fan(&answers, predictor, o->fan, err)
                        : at_answers_file(&answers, predictor, file,
                                          o->format ? predict_formats[o->format] : NULL, err);
    attune_predictor_close(predictor);
    attune_home_close(home);
    return status;
}

const struct at_cli_command at_cli_command_predict = {
    .version = AT_CLI_COMMAND_VERSION,
    .name = "predict",
    .summary = "answer for new fans, or for one of the store",
    .usage = "[FILE|-]",
    .description =
        "Reads profiles (JSON Lines, JSON or CSV; '-' and no FILE mean standard input) and writes "
        "one answer a profile, in the same order, as JSON Lines. On a terminal, or with --output "
        "text, the answers are shown for people. --fan answers for one fan of the store.\n\n"
        "Where the confidence is below --min-confidence the label is null and the answer says why; "
        "the probabilities are there all the same. A bad row is reported and skipped.",
    .examples = "attune predict new.jsonl > answers.jsonl\nattune predict --fan f17 --explain\n"
                "echo '{\"fan_id\":\"f1\",\"messages\":[\"I miss you\"]}' | attune predict",
    .max_args = 1,
    .arg = AT_CLI_ARG_FILE,
    .options = predict_rows,
    .n_options = sizeof predict_rows / sizeof *predict_rows,
    .options_size = sizeof(struct predict_options),
    .json_lines = true,
    .run = predict_run,
};
