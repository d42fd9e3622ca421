#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool at_cli_json(const struct at_cli *cli)
{
    return cli->flags->global.output == AT_CLI_JSON;
}

struct attune_home_options at_cli_home_options(const struct at_cli *cli)
{
    return (struct attune_home_options){.folder = cli->flags->global.home,
                                        .config_file = cli->flags->global.config,
                                        .settings = cli->flags->settings,
                                        .n_settings = cli->flags->n_settings};
}

attune_status at_cli_home(struct at_cli *cli, attune_home **out, attune_error *err)
{
    const struct attune_home_options options = at_cli_home_options(cli);
    return attune_home_open(out, &options, err);
}

attune_status at_cli_usage(struct at_cli *cli, attune_error *err, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    cli->usage = true;
    return at_fail(err, ATTUNE_INVALID, "%s", text);
}

const char *at_cli_arg_at(const struct at_cli *cli, size_t index)
{
    return index < cli->flags->n_args ? cli->flags->args[index] : NULL;
}

attune_status at_cli_version_arg(struct at_cli *cli, int64_t *out, size_t index, attune_error *err)
{
    const char *text = at_cli_arg_at(cli, index);
    int64_t version;
    if (!text)
        return ATTUNE_OK;
    const char *digits = text[0] == 'v' ? text + 1 : text; /* "v0003" is a folder's name */
    if (!at_parse_i64(at_str_from(digits), &version) || version < 1)
        return at_cli_usage(cli, err, "'%.60s' is not a version: a whole number from 1", text);
    *out = version;
    return ATTUNE_OK;
}

/* ---- output ---- */

struct at_page at_cli_page_begin(const struct at_cli *cli)
{
    return (struct at_page){.color = cli->term->color_out, .verbose = cli->flags->global.verbose};
}

attune_status at_cli_page(struct at_cli *cli, struct at_page *page, attune_error *err)
{
    attune_status status = page->status;
    if (status != ATTUNE_OK)
        at_fail(err, status, "%s: the text of the report", attune_status_text(status));
    else
        status = at_term_write(cli->term, page->buf.data, page->buf.len, err);
    at_buf_release(&page->buf);
    return status;
}

static const char *cli_status_name(attune_status status)
{
    switch (status) {
#define X(name, value, http, exit, text)                                                           \
    case ATTUNE_##name:                                                                            \
        return #name;
        ATTUNE_STATUS_MAP(X)
#undef X
    }
    return "INTERNAL";
}

void at_cli_put_error(struct at_json_out *o, attune_status status, const attune_error *err)
{
    char name[24];
    const char *from = cli_status_name(status);
    size_t n = 0;
    for (; from[n] && n + 1 < sizeof name; n++)
        name[n] = (char)(from[n] >= 'A' && from[n] <= 'Z' ? from[n] + ('a' - 'A') : from[n]);
    name[n] = '\0';
    at_json_put_key(o, "error");
    at_json_object_begin(o);
    at_json_set_text(o, "status", name);
    at_json_set_text(o, "message", err ? err->message : attune_status_text(status));
    at_json_object_end(o);
}

/* The report with one member more. */
static attune_status cli_write_failed_report(struct at_cli *cli, attune_status failure,
                                             const at_json *report, attune_error *err)
{
    struct at_buf buf = {0};
    struct at_json_out o = at_json_out_to(&buf, 2);
    at_json_object_begin(&o);
    for (void *it = at_json_first(report); it; it = at_json_next(report, it)) {
        at_json_put_key(&o, at_json_key(it));
        at_json_put_value(&o, at_json_value(it));
    }
    at_cli_put_error(&o, failure, err);
    at_json_object_end(&o);
    attune_error write_err;
    attune_status status = at_json_end(&o, &write_err);
    if (status == ATTUNE_OK)
        status = at_buf_add(&buf, "\n", 1, &write_err);
    if (status == ATTUNE_OK)
        status = at_term_write(cli->term, buf.data, buf.len, &write_err);
    cli->printed = true;
    at_buf_release(&buf);
    return failure;
}

static attune_status cli_write_document(struct at_cli *cli, const char *report, attune_error *err)
{
    const size_t len = strlen(report);
    cli->printed = true;
    AT_TRY(at_term_write(cli->term, report, len, err));
    return len && report[len - 1] == '\n' ? ATTUNE_OK : at_term_write(cli->term, "\n", 1, err);
}

static attune_status cli_write_text(struct at_cli *cli, const at_json *report, at_cli_render render,
                                    attune_error *err)
{
    struct at_page page = at_cli_page_begin(cli);
    render(&page, report);
    return at_cli_page(cli, &page, err);
}

attune_status at_cli_report(struct at_cli *cli, attune_status status, char *report,
                            at_cli_render render, attune_error *err)
{
    attune_error own;
    at_json *parsed = NULL;
    at_term_progress_end(cli->term);
    if (!report)
        return status;
    if (at_cli_json(cli) && status == ATTUNE_OK) {
        status = cli_write_document(cli, report, err);
        goto done;
    }
    /* A failure keeps its own message: what goes wrong from here on comes second. */
    const attune_status printed = at_json_parse(&parsed, report, strlen(report), "report", &own);
    if (printed != ATTUNE_OK) {
        if (status == ATTUNE_OK)
            status = at_fail(err, ATTUNE_INTERNAL, "%s", own.message);
    } else if (at_cli_json(cli)) {
        status = cli_write_failed_report(cli, status, parsed, err);
    } else {
        const attune_status wrote = cli_write_text(cli, parsed, render, &own);
        if (status == ATTUNE_OK && wrote != ATTUNE_OK) {
            status = wrote;
            *err = own;
        }
    }
done:
    at_json_free(parsed);
    attune_free(report);
    return status;
}

attune_status at_cli_ask(struct at_cli *cli,
                         attune_status (*ask)(attune_home *home, char **out, attune_error *err),
                         at_cli_render render, attune_error *err)
{
    attune_home *home = NULL;
    char *report = NULL;
    attune_status status = at_cli_home(cli, &home, err);
    if (status == ATTUNE_OK)
        status = ask(home, &report, err);
    status = at_cli_report(cli, status, report, render, err);
    attune_home_close(home);
    return status;
}
