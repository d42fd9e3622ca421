#ifndef AT_CLI_PAGE_H
#define AT_CLI_PAGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

/*
 * Text for people, made in memory and then written at once. The first failure sticks, so that a
 * page is written without a check on every line. Control characters in what is added (a fan's name
 * may hold an escape sequence) are shown as '?': a page never steers the terminal but through
 * at_page_style.
 */
struct at_page {
    struct at_buf buf;
    bool color;
    bool verbose; /* details are wanted */
    attune_status status;
};

typedef enum at_style {
    AT_STYLE_PLAIN,
    AT_STYLE_BOLD,
    AT_STYLE_DIM,
    AT_STYLE_GOOD,
    AT_STYLE_BAD,
    AT_STYLE_WARN
} at_style;

void at_page_add(struct at_page *page, const char *text, size_t len_bytes);
void at_page_addf(struct at_page *page, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Switches the style; AT_STYLE_PLAIN ends it. Nothing without colours. */
void at_page_style(struct at_page *page, at_style style);
/** One piece in a style. */
void at_page_styled(struct at_page *page, at_style style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/** `len` bytes wrapped at `width` columns, each line after `indent` spaces; ends with a newline. */
void at_page_wrap(struct at_page *page, size_t indent, size_t width, const char *text);
/** Spaces up to column `to` when `from` columns are used; at least one. */
void at_page_pad(struct at_page *page, size_t from, size_t to);
/** Columns that UTF-8 text takes: its code points. */
size_t at_page_columns(struct at_str text);

/* Pieces that many reports share. */
void at_page_bytes(char out[24], double n_bytes);       /* "1.4 MB" */
void at_page_number(char out[32], int64_t n);           /* "12 345" with thin grouping by commas */
void at_page_time(char out[24], struct at_str rfc3339); /* "2026-01-03 10:00" */
void at_page_bar(struct at_page *page, double fraction, size_t width); /* "######...." */

#endif
