/* The end of a row is looked for line by line: a line without a quote, outside a quoted field, is a
 * row, which memchr finds fast. Only lines with quotes go through the states below, byte by byte.
 */
#include "base/csv_rows.h"

#include <string.h>

#include "base/alloc.h"

enum csv_state {
    CSV_START, /* of a field */
    CSV_PLAIN,
    CSV_QUOTED,
    CSV_QUOTE /* a quote within a quoted field: its end, or the first of two */
};

struct csv_scan {
    enum csv_state state;
    size_t at; /* bytes of the row looked at so far */
};

static bool csv_is_separator(const struct at_csv *csv, char c)
{
    return csv->separator ? c == csv->separator : c == ',' || c == ';' || c == '\t';
}

static enum csv_state csv_step(const struct at_csv *csv, enum csv_state state, char c)
{
    if (state == CSV_QUOTED)
        return c == '"' ? CSV_QUOTE : CSV_QUOTED;
    if (c == '"' && state != CSV_PLAIN)
        return CSV_QUOTED; /* opens a field, or is the second of two */
    return csv_is_separator(csv, c) ? CSV_START : CSV_PLAIN;
}

/* Goes on through p[0..n); true when the line break that ends the row is at scan->at. */
static bool csv_find_end(const struct at_csv *csv, struct csv_scan *scan, const char *p, size_t n)
{
    while (scan->at < n) {
        const char *from = p + scan->at;
        const char *line_end = memchr(from, '\n', n - scan->at);
        const size_t line_len = line_end ? (size_t)(line_end - from) : n - scan->at;
        if (scan->state == CSV_QUOTED || memchr(from, '"', line_len) || !line_end) {
            for (size_t i = 0; i < line_len; i++)
                scan->state = csv_step(csv, scan->state, from[i]);
        } else {
            scan->state = CSV_PLAIN;
        }
        scan->at += line_len;
        if (line_end && scan->state != CSV_QUOTED)
            return true;
        scan->at += line_end != NULL;
    }
    return false;
}

static void csv_use(struct at_csv *csv, size_t n)
{
    if (n == 0)
        return;
    const char *p = csv->window.data + csv->window.start, *end = p + n;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        csv->next_line++;
        p++;
    }
    at_window_use(&csv->window, n);
}

/* Reads and drops until the row that `scan` is in ends. */
static attune_status csv_skip(struct at_csv *csv, struct csv_scan *scan, attune_error *err)
{
    struct at_window *w = &csv->window;
    for (;;) {
        const size_t have = w->end - w->start;
        const bool found = have && csv_find_end(csv, scan, w->data + w->start, have);
        csv_use(csv, found ? scan->at + 1 : have);
        scan->at = 0;
        if (found || w->at_end)
            break;
        AT_TRY(at_window_more(w, csv->stream, err));
    }
    return at_fail(err, ATTUNE_LIMIT, "a row longer than %zu bytes", csv->max_row_bytes);
}

/* Fetches until the window holds the whole row: *out_found, or what is left at the end. */
static attune_status csv_fetch(struct at_csv *csv, struct csv_scan *scan, bool *out_found,
                               attune_error *err)
{
    struct at_window *w = &csv->window;
    for (;;) {
        const size_t have = w->end - w->start;
        *out_found = have && csv_find_end(csv, scan, w->data + w->start, have);
        if (*out_found || w->at_end || scan->at > csv->max_row_bytes + 1)
            return ATTUNE_OK;
        AT_TRY(at_window_more(w, csv->stream, err));
    }
}

attune_status at_csv_next(struct at_csv *csv, struct at_str *out_row, bool *out_more,
                          attune_error *err)
{
    struct at_window *w = &csv->window;
    struct csv_scan scan = {CSV_START, 0};
    bool found;
    *out_row = (struct at_str){"", 0};
    *out_more = false;
    csv_use(csv, csv->used_bytes); /* the row before */
    csv->used_bytes = csv->row_len = csv->n_fields = 0;
    csv->line = csv->next_line + 1;
    csv->offset = w->offset;
    AT_TRY(csv_fetch(csv, &scan, &found, err));
    const size_t len = scan.at;
    if (len == 0 && !found)
        return ATTUNE_OK;
    *out_more = true;
    csv->row = w->data + w->start;
    csv->row_len = len - (found && len && csv->row[len - 1] == '\r');
    if (csv->row_len > csv->max_row_bytes) {
        if (!found)
            return csv_skip(csv, &scan, err);
        csv->used_bytes = len + 1;
        return at_fail(err, ATTUNE_LIMIT, "a row longer than %zu bytes", csv->max_row_bytes);
    }
    csv->used_bytes = len + found;
    if (!found && scan.state == CSV_QUOTED)
        return at_fail(err, ATTUNE_FORMAT, "a quote that is never closed");
    *out_row = (struct at_str){csv->row, csv->row_len};
    return ATTUNE_OK;
}

static attune_status csv_add_field(struct at_csv *csv, char *from, size_t len, attune_error *err)
{
    if (csv->n_fields == csv->cap_fields) {
        const size_t cap = csv->cap_fields ? 2 * csv->cap_fields : 16;
        struct at_str *fields = at_realloc(csv->fields, cap, sizeof *fields);
        if (!fields)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: row of %zu fields", cap);
        csv->fields = fields;
        csv->cap_fields = cap;
    }
    csv->fields[csv->n_fields++] = (struct at_str){from, len};
    return ATTUNE_OK;
}

/* A quoted field starts at *at, after its quote; undoes doubled quotes in place. */
static attune_status csv_quoted(struct at_csv *csv, size_t *at, attune_error *err)
{
    char *row = csv->row;
    size_t i = *at, from = i, to = i;
    for (; i < csv->row_len; i++) {
        if (row[i] == '"' && (++i == csv->row_len || row[i] != '"'))
            break;
        row[to++] = row[i];
    }
    if (i < csv->row_len && row[i] != csv->separator)
        return at_fail(err, ATTUNE_FORMAT,
                       "text behind the closing quote, at byte offset %zu of the row", i);
    *at = i;
    return csv_add_field(csv, row + from, to - from, err);
}

static attune_status csv_plain(struct at_csv *csv, size_t *at, attune_error *err)
{
    char *from = csv->row + *at;
    const size_t left = csv->row_len - *at;
    char *end = left ? memchr(from, csv->separator, left) : NULL;
    const size_t len = end ? (size_t)(end - from) : left;
    const char *quote = len ? memchr(from, '"', len) : NULL;
    if (quote)
        return at_fail(err, ATTUNE_FORMAT,
                       "a quote inside a field without quotes, at byte offset %zu of the row; put "
                       "the field in quotes and double those inside",
                       (size_t)(quote - csv->row));
    *at += len;
    return csv_add_field(csv, from, len, err);
}

attune_status at_csv_split(struct at_csv *csv, attune_error *err)
{
    size_t at = 0;
    csv->n_fields = 0;
    for (;; at++) { /* over the separator */
        if (at < csv->row_len && csv->row[at] == '"') {
            at++;
            AT_TRY(csv_quoted(csv, &at, err));
        } else {
            AT_TRY(csv_plain(csv, &at, err));
        }
        if (at >= csv->row_len)
            return ATTUNE_OK;
    }
}

char at_csv_guess_separator(struct at_str header)
{
    static const char candidates[] = {',', ';', '\t'};
    char best = ',';
    size_t most = 0;
    for (size_t c = 0; c < sizeof candidates; c++) {
        size_t n = 0;
        bool quoted = false;
        for (size_t i = 0; i < header.len; i++) {
            quoted ^= header.ptr[i] == '"';
            n += !quoted && header.ptr[i] == candidates[c];
        }
        if (n > most) {
            most = n;
            best = candidates[c];
        }
    }
    return best;
}

void at_csv_release(struct at_csv *csv)
{
    at_window_release(&csv->window);
    at_free(csv->fields);
    csv->fields = NULL;
    csv->n_fields = csv->cap_fields = 0;
}
