#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

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

/* A message quotes what came from outside. It must still be UTF-8, or the JSON that carries it is
 * invalid, and it must not hold bytes that steer a terminal. */
static void status_clean(char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len;) {
        const size_t n = at_utf8_length(text + i, len - i);
        const unsigned char c = (unsigned char)text[i];
        if (n == 0 || c == 0x7F || (c < 0x20 && c != '\n' && c != '\t'))
            text[i] = '?';
        i += n ? n : 1;
    }
    while (len && text[len - 1] == '\n')
        text[--len] = '\0';
}

static void status_vset(attune_error *err, attune_status status, const char *fmt, va_list ap)
{
    err->status = status;
    const int n = vsnprintf(err->message, sizeof err->message, fmt, ap);
    if (n < 0)
        err->message[0] = '\0';
    else if ((size_t)n >= sizeof err->message)
        err->message[at_utf8_cut(err->message, sizeof err->message - 1)] = '\0';
    status_clean(err->message);
}

attune_status(at_fail)(attune_error *err, attune_status status, const char *fmt, ...)
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
        err->message[at_utf8_cut(err->message, sizeof err->message - 1)] = '\0';
    status_clean(err->message);
}

attune_status(at_fail_os)(attune_error *err, int os_error, const char *fmt, ...)
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
