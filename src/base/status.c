#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct status_row {
    attune_status status;
    int http, exit_code;
    const char *text;
};

static const struct status_row status_rows[] = {
#define X(name, value, http, exit, text) {ATTUNE_##name, http, exit, text},
    ATTUNE_STATUS_MAP(X)
#undef X
};

static const struct status_row *status_find(attune_status status)
{
    for (size_t i = 0; i < sizeof status_rows / sizeof *status_rows; i++)
        if (status_rows[i].status == status)
            return &status_rows[i];
    return NULL;
}

const char *attune_status_text(attune_status status)
{
    const struct status_row *row = status_find(status);
    return row ? row->text : "unknown status";
}

int attune_status_http(attune_status status)
{
    const struct status_row *row = status_find(status);
    return row ? row->http : 500;
}

int attune_status_exit(attune_status status)
{
    const struct status_row *row = status_find(status);
    return row ? row->exit_code : 1;
}

/* A cut in the middle of a UTF-8 sequence would make the JSON that carries the message invalid. */
static void status_trim_utf8(char *text, size_t len)
{
    size_t i = len;
    while (i > 0 && ((unsigned char)text[i - 1] & 0xC0) == 0x80)
        i--;
    if (i == 0)
        return;
    const unsigned char lead = (unsigned char)text[i - 1];
    const size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (len - (i - 1) < want)
        text[i - 1] = '\0';
}

static void status_vset(attune_error *err, attune_status status, const char *fmt, va_list ap)
{
    err->status = status;
    const int n = vsnprintf(err->message, sizeof err->message, fmt, ap);
    if (n >= (int)sizeof err->message)
        status_trim_utf8(err->message, sizeof err->message - 1);
}

attune_status at_fail(attune_error *err, attune_status status, const char *fmt, ...)
{
    if (!err)
        return status;
    va_list ap;
    va_start(ap, fmt);
    err->os_error = 0;
    status_vset(err, status, fmt, ap);
    va_end(ap);
    return status;
}

static void status_append(attune_error *err, const char *separator, const char *text)
{
    const size_t used = strlen(err->message), room = sizeof err->message - used;
    if (snprintf(err->message + used, room, "%s%s", separator, text) >= (int)room)
        status_trim_utf8(err->message, sizeof err->message - 1);
}

attune_status at_fail_os(attune_error *err, int os_error, const char *fmt, ...)
{
    const attune_status status = os_error == ENOMEM ? ATTUNE_NO_MEMORY : ATTUNE_IO;
    if (!err)
        return status;
    va_list ap;
    va_start(ap, fmt);
    status_vset(err, status, fmt, ap);
    va_end(ap);
    err->os_error = os_error;
    char text[128];
    if (strerror_r(os_error, text, sizeof text) != 0)
        snprintf(text, sizeof text, "system error %d", os_error);
    status_append(err, ": ", text);
    return status;
}

attune_status at_wrap(attune_error *err, attune_status status, const char *fmt, ...)
{
    if (!err)
        return status;
    char cause[sizeof err->message];
    memcpy(cause, err->message, sizeof cause);
    va_list ap;
    va_start(ap, fmt);
    status_vset(err, status, fmt, ap);
    va_end(ap);
    status_append(err, ": ", cause);
    return status;
}
