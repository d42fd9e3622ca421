#ifndef AT_CLI_LOADED_H
#define AT_CLI_LOADED_H

#include "cli/page.h"

/** The report of attune_import and attune_demo: what came in, what was refused, what to do next. */
void at_loaded_page(struct at_page *page, const at_json *report);

#endif
