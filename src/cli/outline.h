#ifndef AT_CLI_OUTLINE_H
#define AT_CLI_OUTLINE_H

#include "cli/page.h"

/**
 * Any report as an indented list of its members, so that nothing that the library says is left out;
 * but for classification_report and confusion_matrix, which have pages of their own (cli/score.h).
 */
void at_outline(struct at_page *page, const at_json *report);

#endif
