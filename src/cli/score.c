#include "cli/score.h"

#include <string.h>

#include "cli/grid.h"

const char *at_score_text(const at_json *object, const char *key, const char *otherwise)
{
    const at_json *v = at_json_get(object, key);
    return at_json_is_string(v) ? at_json_string(v).ptr : otherwise;
}

static void score_line(struct at_grid *grid, const char *name, const char *key,
                       const at_json *metrics, const at_json *majority)
{
    const at_json *value = at_json_get(metrics, key), *base = at_json_get(majority, key);
    if (!at_json_is_number(value))
        return;
    char key_interval[40];
    strcpy(key_interval, key);
    strcat(key_interval, "_interval");
    const at_json *interval = at_json_get(metrics, key_interval);
    at_grid_add(grid, AT_STYLE_PLAIN, "%s", name);
    at_grid_add(grid, AT_STYLE_BOLD, "%.3f", at_json_number(value, 0));
    if (at_json_len(interval) == 2 && at_json_is_number(at_json_at(interval, 0)))
        at_grid_add(grid, AT_STYLE_PLAIN, "(95 %%: %.3f to %.3f)",
                    at_json_number(at_json_at(interval, 0), 0),
                    at_json_number(at_json_at(interval, 1), 0));
    else
        at_grid_add(grid, AT_STYLE_PLAIN, "%s", "");
    if (at_json_is_number(base))
        at_grid_add(grid, AT_STYLE_DIM, "majority %.3f", at_json_number(base, 0));
    else
        at_grid_add(grid, AT_STYLE_PLAIN, "%s", "");
}

void at_score_lines(struct at_page *page, const at_json *metrics, const at_json *majority)
{
    struct at_grid grid = at_grid("lrll");
    score_line(&grid, "accuracy", "accuracy", metrics, majority);
    score_line(&grid, "macro-F1", "macro_f1", metrics, majority);
    score_line(&grid, "log-loss", "log_loss", metrics, majority);
    score_line(&grid, "ECE", "ece", metrics, NULL);
    at_grid_end(&grid, page, 2);
}

static bool score_is_summary(const char *key)
{
    return strcmp(key, "accuracy") == 0 || strcmp(key, "macro avg") == 0 ||
           strcmp(key, "weighted avg") == 0;
}

static void score_row(struct at_page *page, const char *name, size_t width, const at_json *row)
{
    const size_t columns = at_page_columns(at_str_from(name));
    if (columns < width)
        at_page_pad(page, 0, width - columns);
    at_page_addf(page, "%s  %9.2f %9.2f %9.2f %9lld\n", name,
                 at_json_number(at_json_get(row, "precision"), 0),
                 at_json_number(at_json_get(row, "recall"), 0),
                 at_json_number(at_json_get(row, "f1-score"), 0),
                 (long long)at_json_number(at_json_get(row, "support"), 0));
}

/* The summary rows come last and "accuracy" is a bare number there. */
void at_score_report(struct at_page *page, const at_json *report)
{
    size_t width = strlen("weighted avg");
    for (void *it = at_json_first(report); it; it = at_json_next(report, it)) {
        const size_t columns = at_page_columns(at_str_from(at_json_key(it)));
        width = columns > width ? columns : width;
    }
    if (!at_json_len(report))
        return;
    at_page_addf(page, "%*s  %9s %9s %9s %9s\n\n", (int)width, "", "precision", "recall",
                 "f1-score", "support");
    for (void *it = at_json_first(report); it; it = at_json_next(report, it))
        if (!score_is_summary(at_json_key(it)))
            score_row(page, at_json_key(it), width, at_json_value(it));
    const at_json *macro = at_json_get(report, "macro avg");
    at_page_addf(page, "\n%*s  %9s %9s %9.2f %9lld\n", (int)width, "accuracy", "", "",
                 at_json_number(at_json_get(report, "accuracy"), 0),
                 (long long)at_json_number(at_json_get(macro, "support"), 0));
    score_row(page, "macro avg", width, macro);
    score_row(page, "weighted avg", width, at_json_get(report, "weighted avg"));
}

void at_score_confusion(struct at_page *page, const at_json *matrix)
{
    const at_json *labels = at_json_get(matrix, "labels"), *rows = at_json_get(matrix, "rows");
    const size_t k = at_json_len(labels);
    char align[AT_GRID_MAX_COLS + 1] = "l";
    if (k == 0 || k + 1 > AT_GRID_MAX_COLS)
        return;
    memset(align + 1, 'r', k);
    align[k + 1] = '\0';
    struct at_grid grid = at_grid(align);
    at_grid_add(&grid, AT_STYLE_DIM, "true \\ answer");
    for (size_t j = 0; j < k; j++)
        at_grid_add(&grid, AT_STYLE_BOLD, "%s", at_json_string(at_json_at(labels, j)).ptr);
    for (size_t i = 0; i < k; i++) {
        at_grid_add(&grid, AT_STYLE_BOLD, "%s", at_json_string(at_json_at(labels, i)).ptr);
        for (size_t j = 0; j < k; j++)
            at_grid_add(&grid, AT_STYLE_PLAIN, "%lld",
                        (long long)at_json_integer(at_json_at(at_json_at(rows, i), j), 0));
    }
    at_grid_end(&grid, page, 2);
}

static double score_real(const at_json *object, const char *key)
{
    return at_json_number(at_json_get(object, key), 0);
}

enum { SCORE_BAR = 20 };

static void score_bar(char bar[SCORE_BAR + 1], double right, double said)
{
    const size_t mark = said > 0 && said < 1 ? (size_t)(said * SCORE_BAR) : SCORE_BAR - 1;
    for (size_t i = 0; i < SCORE_BAR; i++)
        bar[i] = (double)i + 0.5 < right * SCORE_BAR ? '#' : '.';
    bar[mark] = '|';
    bar[SCORE_BAR] = '\0';
}

void at_score_reliability(struct at_page *page, const at_json *bins)
{
    struct at_grid grid = at_grid("rrrl");
    at_grid_head(&grid, "said|right|answers|share of right answers");
    for (size_t b = 0; b < at_json_len(bins); b++) {
        const at_json *bin = at_json_at(bins, b);
        char bar[SCORE_BAR + 1];
        score_bar(bar, score_real(bin, "accuracy"), score_real(bin, "confidence"));
        at_grid_add(&grid, AT_STYLE_PLAIN, "%.2f", score_real(bin, "confidence"));
        at_grid_add(&grid, AT_STYLE_PLAIN, "%.2f", score_real(bin, "accuracy"));
        at_grid_add(&grid, AT_STYLE_PLAIN, "%lld", (long long)score_real(bin, "n"));
        at_grid_add(&grid, AT_STYLE_DIM, "%s", bar);
    }
    at_grid_end(&grid, page, 2);
}

/* At a quarter, half, three quarters and all; points that ties have merged are shown once. */
void at_score_coverage(struct at_page *page, const at_json *curve)
{
    struct at_grid grid = at_grid("lrrr");
    double shown = 0;
    at_grid_head(&grid, "answering|of all|right|confidence");
    for (size_t i = 0; i < at_json_len(curve); i++) {
        const at_json *point = at_json_at(curve, i);
        const double coverage = score_real(point, "coverage");
        if (coverage < shown + 0.25 - 1e-9 && i + 1 < at_json_len(curve))
            continue;
        shown = (double)(int)(4 * coverage + 1e-9) / 4;
        at_grid_add(&grid, AT_STYLE_PLAIN, "%s", coverage < 1 ? "the surest" : "everything");
        at_grid_add(&grid, AT_STYLE_PLAIN, "%.0f %%", 100 * coverage);
        at_grid_add(&grid, AT_STYLE_BOLD, "%.3f", score_real(point, "precision"));
        at_grid_add(&grid, AT_STYLE_PLAIN, "from %.2f", score_real(point, "threshold"));
    }
    at_grid_end(&grid, page, 2);
}

static void score_details(struct at_page *page, const at_json *metrics)
{
    static const struct {
        const char *key;
        void (*show)(struct at_page *page, const at_json *value);
    } parts[] = {{"confusion_matrix", at_score_confusion},
                 {"reliability", at_score_reliability},
                 {"coverage_curve", at_score_coverage}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const at_json *value = at_json_get(metrics, parts[i].key);
        if (!at_json_len(value))
            continue;
        at_page_add(page, "\n", 1);
        parts[i].show(page, value);
    }
}

void at_score_all(struct at_page *page, const at_json *metrics, const at_json *majority)
{
    at_score_lines(page, metrics, majority);
    const at_json *report = at_json_get(metrics, "classification_report");
    if (at_json_len(report)) {
        at_page_add(page, "\n", 1);
        at_score_report(page, report);
    }
    if (page->verbose)
        score_details(page, metrics);
}

static void score_candidates(struct at_page *page, const at_json *candidates)
{
    struct at_grid grid = at_grid("lrrrr");
    if (at_json_len(candidates) < 2)
        return;
    at_grid_add(&grid, AT_STYLE_DIM, "tried, out of fold");
    at_grid_add(&grid, AT_STYLE_DIM, "accuracy");
    at_grid_add(&grid, AT_STYLE_DIM, "macro-F1");
    at_grid_add(&grid, AT_STYLE_DIM, "log-loss");
    at_grid_add(&grid, AT_STYLE_DIM, "weight");
    for (void *it = at_json_first(candidates); it; it = at_json_next(candidates, it)) {
        const at_json *c = at_json_value(it);
        const double weight = at_json_number(at_json_get(c, "weight"), 0);
        const enum at_style style = weight > 0 ? AT_STYLE_BOLD : AT_STYLE_PLAIN;
        at_grid_add(&grid, style, "%s", at_json_key(it));
        at_grid_add(&grid, style, "%.3f", at_json_number(at_json_get(c, "cv_accuracy"), 0));
        at_grid_add(&grid, style, "%.3f", at_json_number(at_json_get(c, "cv_macro_f1"), 0));
        at_grid_add(&grid, style, "%.3f", at_json_number(at_json_get(c, "cv_log_loss"), 0));
        if (weight > 0)
            at_grid_add(&grid, style, "%.2f", weight);
        else
            at_grid_add(&grid, style, "-");
    }
    at_grid_end(&grid, page, 2);
}

/* `n` answers out of fold there were in all. */
static void score_threshold(struct at_page *page, const at_json *t, int64_t n)
{
    const double target = 100 * at_json_number(at_json_get(t, "target_precision"), 0);
    if (!t)
        return;
    if (at_json_bool(at_json_get(t, "reached"), false))
        at_page_addf(page,
                     "  answers     from confidence %.2f on, so that %.0f %% are right: %.0f %% of "
                     "the fans get one\n"
                     "              (%lld of %lld answers out of fold show it)\n",
                     at_json_number(at_json_get(t, "min_confidence"), 0), target,
                     100 * at_json_number(at_json_get(t, "expected_coverage"), 0),
                     (long long)at_json_integer(at_json_get(t, "out_of_fold_answers"), 0),
                     (long long)n);
    else
        at_page_addf(
            page,
            "  answers     none: no confidence was shown to make %.0f %% of them right, by "
            "%lld answers out of fold;\n"
            "              ask for less, or train again with more fans\n",
            target, (long long)n);
}

/* A temperature this near to 1 changes no confidence by more than about a hundredth. */
static const double score_as_it_was = 0.05;

static void score_calibration(struct at_page *page, const at_json *choice)
{
    const char *calibration = at_score_text(choice, "calibration", "none");
    const double t = at_json_number(at_json_get(choice, "temperature"), 1);
    if (strcmp(calibration, "temperature") != 0) {
        if (strcmp(calibration, "none") != 0)
            at_page_addf(page, "  confidence  calibrated by %s\n", calibration);
        return;
    }
    at_page_addf(page, "  confidence  calibrated by temperature %.2f: ", t);
    if (t > 1 + score_as_it_was)
        at_page_addf(page, "it was too sure of itself\n");
    else if (t < 1 - score_as_it_was)
        at_page_addf(page, "it was not sure enough\n");
    else
        at_page_addf(page, "it was honest by itself\n");
}

void at_score_choice(struct at_page *page, const at_json *report)
{
    const at_json *choice = at_json_get(report, "choice");
    const char *why = at_score_text(choice, "why", NULL);
    const int64_t n_held_back = at_json_integer(at_json_get(choice, "held_back_for_sets"), 0);
    if (!choice)
        return;
    score_candidates(page, at_json_get(report, "candidates"));
    if (why)
        at_page_addf(page, "  chosen      %s\n", why);
    if (at_json_bool(at_json_get(choice, "out_of_time"), false))
        at_page_addf(page, "  budget      it ended the comparison early\n");
    score_calibration(page, choice);
    score_threshold(page, at_json_get(choice, "threshold"),
                    at_json_integer(at_json_get(choice, "out_of_fold_answers"), 0));
    if (n_held_back)
        at_page_addf(page, "  sets        made on %lld fans who were held back for them\n",
                     (long long)n_held_back);
}
