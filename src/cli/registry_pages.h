#ifndef AT_CLI_REGISTRY_PAGES_H
#define AT_CLI_REGISTRY_PAGES_H

#include "cli/page.h"

/* The reports of attune/registry.h as text. */
void at_registry_list_page(struct at_page *page, const at_json *report);
void at_registry_show_page(struct at_page *page, const at_json *report);
void at_registry_compare_page(struct at_page *page, const at_json *report);
/** promote and rollback */
void at_registry_change_page(struct at_page *page, const at_json *report);
void at_registry_delete_page(struct at_page *page, const at_json *report);
void at_registry_verify_page(struct at_page *page, const at_json *report);

/** "0.870 (0.82 to 0.91)" as one cell, "-" where there is no accuracy */
void at_registry_accuracy(char out[48], const at_json *metrics);
/** "champion, candidate" */
void at_registry_aliases(char out[96], const at_json *aliases);

#endif
