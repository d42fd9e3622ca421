#ifndef AT_API_DOCUMENT_H
#define AT_API_DOCUMENT_H

#include "base/json.h"

/* A report: one JSON object, taken by the caller at the end. */
struct at_report {
    struct at_buf text;
    struct at_json_out o;
};
void at_report_begin(struct at_report *report);
/** Closes the object. Gives the text to *out_json if `status` and the writing are OK; else drops
 * it. */
attune_status at_report_end(struct at_report *report, attune_status status, char **out_json,
                            attune_error *err);
/** As end, but gives the text also when `status` is not OK (it is returned as it came). */
attune_status at_report_end_anyway(struct at_report *report, attune_status status, char **out_json,
                                   attune_error *err);

#endif
