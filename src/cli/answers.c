#include "cli/answers.h"

#include <string.h>
#include <unistd.h>

#include "cli/score.h"

struct at_answers at_answers_begin(struct at_cli *cli, bool of_a_file)
{
    const bool lines = of_a_file && !cli->flags->output_given && !cli->term->out_is_terminal;
    return (struct at_answers){.cli = cli, .json = lines || at_cli_json(cli)};
}

static void answers_explanation(struct at_page *page, const at_json *explanation)
{
    const size_t n = at_json_len(explanation);
    for (size_t i = 0; i < n; i++) {
        const at_json *e = at_json_at(explanation, i);
        at_page_addf(page, "%s%s %+.2f",
                     i ? ", " : "    because of: ", at_score_text(e, "feature", "?"),
                     at_json_number(at_json_get(e, "weight"), 0));
    }
    if (n)
        at_page_add(page, "\n", 1);
}

static void answers_target(struct at_page *page, const char *target, const at_json *t)
{
    const double confidence = at_json_number(at_json_get(t, "confidence"), 0);
    const char *label = at_score_text(t, "label", NULL), *reason = at_score_text(t, "reason", NULL);
    at_page_addf(page, "  %-12s ", target);
    at_page_styled(page, label ? AT_STYLE_BOLD : AT_STYLE_DIM, "%-12s", label ? label : "(unsure)");
    at_page_add(page, " [", 2);
    at_page_bar(page, confidence, 20);
    at_page_addf(page, "] %3.0f %%", confidence * 100);
    if (!label && reason)
        at_page_addf(page, "  %s", reason);
    at_page_add(page, "\n", 1);
    answers_explanation(page, at_json_get(t, "explanation"));
}

void at_answers_page(struct at_page *page, const at_json *answer)
{
    at_page_styled(page, AT_STYLE_BOLD, "%s", at_score_text(answer, "fan_id", "(no fan_id)"));
    at_page_add(page, "\n", 1);
    for (void *it = at_json_first(answer); it; it = at_json_next(answer, it))
        if (at_json_is_object(at_json_value(it)))
            answers_target(page, at_json_key(it), at_json_value(it));
}

attune_status at_answers_write(void *user, const char *line, size_t len, attune_error *err)
{
    struct at_answers *answers = user;
    struct at_cli *cli = answers->cli;
    answers->n_written++;
    if (answers->json) {
        AT_TRY(at_term_write(cli->term, line, len, err));
        AT_TRY(at_term_write(cli->term, "\n", 1, err));
    } else {
        at_json *answer = NULL;
        AT_TRY(at_json_parse(&answer, line, len, "answer", err));
        struct at_page page = at_cli_page_begin(cli);
        at_answers_page(&page, answer);
        at_json_free(answer);
        AT_TRY(at_cli_page(cli, &page, err));
    }
    return cli->term->out_closed
               ? at_fail(err, ATTUNE_CANCELLED, "the reader of standard output has gone")
               : ATTUNE_OK;
}

attune_status at_answers_file(struct at_answers *answers, attune_predictor *predictor,
                              const char *path, const char *format, attune_error *err)
{
    struct at_cli *cli = answers->cli;
    uint64_t rejected = 0;
    const bool from_stdin = !path || strcmp(path, "-") == 0;
    if (from_stdin && isatty(STDIN_FILENO))
        at_term_log(cli->term, ATTUNE_LOG_WARNING,
                    "reading profiles from the keyboard, one JSON object a line; Ctrl-D ends");
    const attune_status status =
        attune_predict_file(predictor, from_stdin ? "-" : path, format, at_answers_write, answers,
                            &cli->job, &rejected, err);
    if (cli->term->out_closed)
        return ATTUNE_OK;
    AT_TRY(status);
    if (rejected && !answers->n_written)
        return at_fail(err, ATTUNE_FORMAT, "no profile could be read: %llu %s rejected",
                       (unsigned long long)rejected, rejected == 1 ? "row was" : "rows were");
    return ATTUNE_OK;
}
