#include "data/reader/json/json_scan.h"

/* In a string: to behind its closing quote, or to the end of the piece. */
static size_t scan_string(struct at_json_scan *scan, const char *p, size_t n)
{
    size_t i = 0;
    while (i < n) {
        const char c = p[i++];
        if (scan->escaped) {
            scan->escaped = false;
        } else if (c == '\\') {
            scan->escaped = true;
        } else if (c == '"') {
            scan->in_string = false;
            break;
        }
    }
    return i;
}

static bool scan_ends_scalar(char c)
{
    return c == ',' || c == ']' || c == '}' || c == '{' || c == '[' || c == ':' || c == '"' ||
           c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void scan_byte(struct at_json_scan *scan, char c)
{
    if (c == '"')
        scan->in_string = true;
    else if (c == '{' || c == '[')
        scan->depth++;
    else if ((c == '}' || c == ']') && scan->depth)
        scan->depth--;
    else if (scan->depth == 0)
        scan->in_scalar = true;
}

size_t at_json_scan_feed(struct at_json_scan *scan, const char *p, size_t n, bool *out_done)
{
    size_t i = 0;
    *out_done = false;
    while (i < n) {
        if (scan->in_string) {
            i += scan_string(scan, p + i, n - i);
        } else if (scan->in_scalar && scan_ends_scalar(p[i])) {
            *out_done = true;
            return i;
        } else {
            scan_byte(scan, p[i++]);
            scan->started = true;
        }
        if (scan->started && !scan->in_string && !scan->in_scalar && scan->depth == 0) {
            *out_done = true;
            return i;
        }
    }
    return i;
}
