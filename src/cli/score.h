#ifndef AT_CLI_SCORE_H
#define AT_CLI_SCORE_H

#include "cli/page.h"

/* Scores as people read them; the objects are those of the reports (docs/reference/json.md). */

/**
 * accuracy with its interval, macro-F1, log-loss, ECE, each beside the majority baseline where
 * `majority` is an object of the same shape (NULL: no such column).
 */
void at_score_lines(struct at_page *page, const at_json *metrics, const at_json *majority);
/** A classification_report object in the layout of scikit-learn's text. */
void at_score_report(struct at_page *page, const at_json *report);
/** {"labels": [...], "rows": [[...]]}: true labels in rows. */
void at_score_confusion(struct at_page *page, const at_json *matrix);
/**
 * A reliability array as bars: '#' up to the share of right answers, '|' where it would end if the
 * confidence were exact. Then, of a coverage_curve, how right the surest answers are.
 */
void at_score_reliability(struct at_page *page, const at_json *bins);
void at_score_coverage(struct at_page *page, const at_json *curve);
/** All of the above; from the matrix on only on a verbose page. */
void at_score_all(struct at_page *page, const at_json *metrics, const at_json *majority);

/** Text member, or `otherwise`. */
const char *at_score_text(const at_json *object, const char *key, const char *otherwise);

/** What was tried, what won and why ("candidates" and "choice" of a report); nothing where there
 * was no choice. */
void at_score_choice(struct at_page *page, const at_json *report);

#endif
