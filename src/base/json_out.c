/* JSON written straight into a buffer: answers are many and small, a tree in between would cost
 * more than the answer itself. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

struct at_json_out at_json_out_to(struct at_buf *buf, int indent)
{
    return (struct at_json_out){.buf = buf, .indent = indent};
}

static void out_add(struct at_json_out *o, const char *data, size_t len)
{
    if (o->status == ATTUNE_OK)
        o->status = at_buf_add(o->buf, data, len, NULL);
}

static void out_newline(struct at_json_out *o)
{
    static const char spaces[] = "\n                                        ";
    if (!o->indent)
        return;
    size_t n = (size_t)o->depth * (size_t)o->indent;
    if (n > sizeof spaces - 2)
        n = sizeof spaces - 2;
    out_add(o, spaces, n + 1);
}

/* What stands before every value and key: a comma, a line break, or nothing after a key. */
static void out_lead(struct at_json_out *o)
{
    if (o->after_key) {
        o->after_key = false;
        return;
    }
    if (o->need_comma)
        out_add(o, ",", 1);
    if (o->depth)
        out_newline(o);
}

static void out_value(struct at_json_out *o, const char *text, size_t len)
{
    out_lead(o);
    out_add(o, text, len);
    o->need_comma = true;
}

static void out_open(struct at_json_out *o, const char *bracket)
{
    out_lead(o);
    out_add(o, bracket, 1);
    o->depth++;
    o->need_comma = false;
}

static void out_close(struct at_json_out *o, const char *bracket)
{
    o->depth--;
    if (o->need_comma)
        out_newline(o);
    out_add(o, bracket, 1);
    o->need_comma = true;
}

void at_json_object_begin(struct at_json_out *o)
{
    out_open(o, "{");
}

void at_json_object_end(struct at_json_out *o)
{
    out_close(o, "}");
}

void at_json_array_begin(struct at_json_out *o)
{
    out_open(o, "[");
}

void at_json_array_end(struct at_json_out *o)
{
    out_close(o, "]");
}

static void out_escape(struct at_json_out *o, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *p = named; *p; p += 2)
        if (c == (unsigned char)*p) {
            out_add(o, (char[2]){'\\', p[1]}, 2);
            return;
        }
    out_add(o, (char[6]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

static void out_string(struct at_json_out *o, struct at_str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    size_t from = 0, i = 0;
    out_add(o, "\"", 1);
    while (i < text.len) {
        const size_t n = p[i] >= 0x80 ? at_utf8_length(text.ptr + i, text.len - i) : 1;
        if (n && !(p[i] < 0x20 || p[i] == '"' || p[i] == '\\')) {
            i += n;
            continue;
        }
        out_add(o, text.ptr + from, i - from);
        if (n)
            out_escape(o, p[i]);
        else
            out_add(o, "\xEF\xBF\xBD", 3);
        from = ++i;
    }
    out_add(o, text.ptr + from, i - from);
    out_add(o, "\"", 1);
}

void at_json_put_key_str(struct at_json_out *o, struct at_str key)
{
    out_lead(o);
    out_string(o, key);
    out_add(o, ": ", o->indent ? 2 : 1);
    o->after_key = true;
}

void at_json_put_key(struct at_json_out *o, const char *key)
{
    at_json_put_key_str(o, at_str_from(key));
}

void at_json_put_str(struct at_json_out *o, struct at_str text)
{
    out_lead(o);
    out_string(o, text);
    o->need_comma = true;
}

void at_json_put_text(struct at_json_out *o, const char *text)
{
    if (text)
        at_json_put_str(o, at_str_from(text));
    else
        at_json_put_null(o);
}

void at_json_put_real(struct at_json_out *o, double value)
{
    char text[32];
    if (value == 0 && signbit(value))
        out_value(o, "-0.0", 4); /* "-0" would be read as a whole number, which has no such zero */
    else if (isfinite(value))
        out_value(o, text, at_format_f64(text, value));
    else
        at_json_put_null(o);
}

void at_json_put_int(struct at_json_out *o, int64_t value)
{
    char text[24], *p = text + sizeof text;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--p = '-';
    out_value(o, p, (size_t)(text + sizeof text - p));
}

void at_json_put_bool(struct at_json_out *o, bool value)
{
    out_value(o, value ? "true" : "false", value ? 4 : 5);
}

void at_json_put_null(struct at_json_out *o)
{
    out_value(o, "null", 4);
}

void at_json_put_raw(struct at_json_out *o, const char *json, size_t len)
{
    out_value(o, json, len);
}

static void out_members(struct at_json_out *o, const at_json *value)
{
    at_json_object_begin(o);
    for (void *it = at_json_first(value); it; it = at_json_next(value, it)) {
        at_json_put_key(o, at_json_key(it));
        at_json_put_value(o, at_json_value(it));
    }
    at_json_object_end(o);
}

void at_json_put_value(struct at_json_out *o, const at_json *v)
{
    if (at_json_is_object(v)) {
        out_members(o, v);
    } else if (at_json_is_array(v)) {
        at_json_array_begin(o);
        for (size_t i = 0; i < at_json_len(v); i++)
            at_json_put_value(o, at_json_at(v, i));
        at_json_array_end(o);
    } else if (at_json_is_string(v)) {
        at_json_put_str(o, at_json_string(v));
    } else if (at_json_is_integer(v)) {
        at_json_put_int(o, at_json_integer(v, 0));
    } else if (at_json_is_number(v)) {
        at_json_put_real(o, at_json_number(v, 0));
    } else if (at_json_is_bool(v)) {
        at_json_put_bool(o, at_json_bool(v, false));
    } else {
        at_json_put_null(o);
    }
}

void at_json_set_text(struct at_json_out *o, const char *key, const char *value)
{
    at_json_put_key(o, key);
    at_json_put_text(o, value);
}

void at_json_set_str(struct at_json_out *o, const char *key, struct at_str value)
{
    at_json_put_key(o, key);
    at_json_put_str(o, value);
}

void at_json_set_real(struct at_json_out *o, const char *key, double value)
{
    at_json_put_key(o, key);
    at_json_put_real(o, value);
}

void at_json_set_int(struct at_json_out *o, const char *key, int64_t value)
{
    at_json_put_key(o, key);
    at_json_put_int(o, value);
}

void at_json_set_bool(struct at_json_out *o, const char *key, bool value)
{
    at_json_put_key(o, key);
    at_json_put_bool(o, value);
}

void at_json_set_time(struct at_json_out *o, const char *key, int64_t unix_ms)
{
    char text[AT_TIME_TEXT];
    if (unix_ms != AT_TIME_NONE)
        at_time_format(text, unix_ms);
    at_json_set_text(o, key, unix_ms == AT_TIME_NONE ? NULL : text);
}

attune_status at_json_end(struct at_json_out *o, attune_error *err)
{
    if (o->status == ATTUNE_LIMIT)
        return at_fail(err, ATTUNE_LIMIT, "the JSON document grows past its limit");
    if (o->status != ATTUNE_OK)
        return at_fail(err, o->status, "out of memory while writing JSON");
    return ATTUNE_OK;
}
