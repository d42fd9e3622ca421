#ifndef AT_CLI_STATUS_PAGE_H
#define AT_CLI_STATUS_PAGE_H

#include "cli/page.h"

/** The report of attune_home_status. */
void at_status_page(struct at_page *page, const at_json *report);

#endif
