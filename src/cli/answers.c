#include "cli/answers.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/score.h"

struct at_answers at_answers_begin(struct at_cli *cli, bool of_a_file)
{
    const bool lines = of_a_file && !cli->flags->output_given && !cli->term->out_is_terminal;
    return (struct at_answers){.cli = cli, .json = lines || at_cli_json(cli)};
}

/* The words and habits that pull one way (sign 1 or -1), after `what`. */
static void answers_pull(struct at_page *page, const at_json *explanation, double sign,
                         const char *what)
{
    bool any = false;
    for (size_t i = 0; i < at_json_len(explanation); i++) {
        const at_json *e = at_json_at(explanation, i);
        const double weight = at_json_number(at_json_get(e, "weight"), 0);
        if (!(sign * weight > 0))
            continue;
        if (!any)
            at_page_styled(page, AT_STYLE_DIM, "    %-15s ", what);
        at_page_addf(page, "%s%s %+.2f", any ? ", " : "", at_score_text(e, "feature", "?"), weight);
        any = true;
    }
    if (any)
        at_page_add(page, "\n", 1);
}

/* The label that an explanation speaks of, whether it was told or withheld. */
static const char *answers_likeliest(const at_json *t)
{
    const at_json *p = at_json_get(t, "probabilities");
    const char *best = "it";
    double most = -1;
    for (void *it = at_json_first(p); it; it = at_json_next(p, it))
        if (at_json_number(at_json_value(it), 0) > most) {
            most = at_json_number(at_json_value(it), 0);
            best = at_json_key(it);
        }
    return best;
}

static void answers_explanation(struct at_page *page, const at_json *t)
{
    const at_json *explanation = at_json_get(t, "explanation");
    char what[64];
    snprintf(what, sizeof what, "for %.40s", answers_likeliest(t));
    answers_pull(page, explanation, 1, what);
    answers_pull(page, explanation, -1, "against");
}

/* The labels among which the true one is, as promised by the option conformal. */
static void answers_set(struct at_page *page, const at_json *set)
{
    if (!set)
        return;
    at_page_styled(page, AT_STYLE_DIM, "    %-15s ", "one of");
    for (size_t i = 0; i < at_json_len(set); i++)
        at_page_addf(page, "%s%s", i ? ", " : "", at_json_string(at_json_at(set, i)).ptr);
    at_page_addf(page, "%s\n", at_json_len(set) ? "" : "(none: like nobody seen before)");
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
    answers_set(page, at_json_get(t, "prediction_set"));
    answers_explanation(page, t);
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
