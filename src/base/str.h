#ifndef AT_BASE_STR_H
#define AT_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed run of bytes, not NUL-terminated. */
struct at_str {
    const char *ptr;
    size_t len;
};

struct at_str at_str_from(const char *text); /* NULL gives an empty string */
bool at_str_equal(struct at_str a, struct at_str b);
/** Byte order, which for UTF-8 is code point order: <0, 0, >0. */
int at_str_compare(struct at_str a, struct at_str b);
/**
 * Bytes (1..4) of the well-formed UTF-8 sequence at the start of p[left], shortest form, no
 * surrogates; 0 when there is none.
 */
size_t at_utf8_length(const char *p, size_t left);
/** The largest length <= len that does not end inside a sequence: where a long text may be cut. */
size_t at_utf8_cut(const char *text, size_t len);
bool at_str_starts(struct at_str text, const char *prefix);
/**
 * Bytes of the longest prefix that is valid UTF-8 (no overlong forms, no surrogates, <= U+10FFFF):
 * text.len when all of it is; else the offset of the first byte that cannot be read.
 */
size_t at_str_utf8_prefix(struct at_str text);
/** As many bytes of `text` as fit in max_bytes without cutting a character, for "%.*s". */
int at_str_clip(struct at_str text, size_t max_bytes);

/*
 * Numbers as text, independent of the locale. The whole text must be the number; false otherwise,
 * with *out unchanged.
 */
bool at_parse_i64(struct at_str text, int64_t *out);
bool at_parse_u64(struct at_str text, uint64_t *out);
bool at_parse_f64(struct at_str text, double *out); /* finite decimal numbers only */
/** Shortest decimal text that reads back as the same double; NUL-terminated; returns its length. */
size_t at_format_f64(char out[32], double value);
/**
 * Exactly `decimals` (0..17) digits after the point, as printf's %.*f and Python's {:.Nf} in the C
 * locale; NUL-terminated, cut to fit; returns its length. 330 bytes hold any double with 17
 * decimals.
 */
size_t at_format_fixed(char *out, size_t out_size, double value, int decimals);

#endif
