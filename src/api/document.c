#include "api/document.h"

void at_report_begin(struct at_report *report)
{
    *report = (struct at_report){0};
    report->o = at_json_out_to(&report->text, 2);
    at_json_object_begin(&report->o);
}

static attune_status report_finish(struct at_report *report, char **out_json, attune_error *err)
{
    at_json_object_end(&report->o);
    AT_TRY(at_json_end(&report->o, err));
    *out_json = at_buf_take(&report->text);
    return ATTUNE_OK;
}

attune_status at_report_end(struct at_report *report, attune_status status, char **out_json,
                            attune_error *err)
{
    if (status == ATTUNE_OK)
        status = report_finish(report, out_json, err);
    at_buf_release(&report->text);
    return status;
}

attune_status at_report_end_anyway(struct at_report *report, attune_status status, char **out_json,
                                   attune_error *err)
{
    attune_error ignored;
    const attune_status written =
        report_finish(report, out_json, status == ATTUNE_OK ? err : &ignored);
    at_buf_release(&report->text);
    return status == ATTUNE_OK ? written : status;
}
