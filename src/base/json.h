#ifndef AT_BASE_JSON_H
#define AT_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"

/* ---- Reading (jansson underneath). A value is borrowed from the document that holds it. ---- */

typedef struct at_json at_json; /* any value */

/**
 * Parses one JSON text (RFC 8259; duplicate keys, invalid UTF-8 and \u0000 are refused).
 * `where` names the source in messages: "config.json", "data.jsonl:17".
 * Errors   FORMAT  "WHERE: REASON (line L, column C, byte B)", without the line where the text has
 *                  only one; NO_MEMORY; *out is then NULL
 */
attune_status at_json_parse(at_json **out, const char *text, size_t len_bytes, const char *where,
                            attune_error *err);
void at_json_free(at_json *json); /* the value that at_json_parse gave; takes NULL */

bool at_json_is_null(const at_json *v); /* also true for v == NULL: "missing" */
bool at_json_is_object(const at_json *v);
bool at_json_is_array(const at_json *v);
bool at_json_is_string(const at_json *v);
bool at_json_is_number(const at_json *v);
bool at_json_is_integer(const at_json *v);
bool at_json_is_bool(const at_json *v);
const char *at_json_type_name(const at_json *v); /* "object", "string", ..., for messages */

/** Member of an object, or NULL when there is none or `object` is not an object. */
const at_json *at_json_get(const at_json *object, const char *key);
/** Elements of an array or members of an object; 0 for anything else. */
size_t at_json_len(const at_json *v);
const at_json *at_json_at(const at_json *array, size_t i); /* NULL past the end */
struct at_str at_json_string(const at_json *v); /* "" when not a string; also NUL-terminated */
double at_json_number(const at_json *v, double otherwise);
int64_t at_json_integer(const at_json *v, int64_t otherwise);
bool at_json_bool(const at_json *v, bool otherwise);

/** for (void *it = at_json_first(obj); it; it = at_json_next(obj, it)): members, insertion order.
 */
void *at_json_first(const at_json *object);
void *at_json_next(const at_json *object, void *it);
const char *at_json_key(void *it);
const at_json *at_json_value(void *it);

/* ---- Writing: straight into a buffer. The first failure sticks; at_json_end reports it. ---- */

struct at_json_out {
    struct at_buf *buf;
    int indent; /* 0: one line; else spaces per level */
    int depth;
    bool need_comma; /* a value precedes in the open container */
    bool after_key;
    attune_status status;
};

struct at_json_out at_json_out_to(struct at_buf *buf, int indent);
void at_json_object_begin(struct at_json_out *o);
void at_json_object_end(struct at_json_out *o);
void at_json_array_begin(struct at_json_out *o);
void at_json_array_end(struct at_json_out *o);
void at_json_put_key(struct at_json_out *o, const char *key);
void at_json_put_key_str(struct at_json_out *o, struct at_str key);
void at_json_put_str(struct at_json_out *o, struct at_str text); /* invalid UTF-8 becomes U+FFFD */
void at_json_put_text(struct at_json_out *o, const char *text);  /* NULL writes null */
void at_json_put_real(struct at_json_out *o, double value);      /* not finite writes null */
void at_json_put_int(struct at_json_out *o, int64_t value);
void at_json_put_bool(struct at_json_out *o, bool value);
void at_json_put_null(struct at_json_out *o);
void at_json_put_value(struct at_json_out *o, const at_json *value); /* copies a parsed value */
void at_json_put_raw(struct at_json_out *o, const char *json, size_t len); /* valid JSON, as is */
/** key and value in one call */
void at_json_set_text(struct at_json_out *o, const char *key, const char *value);
void at_json_set_str(struct at_json_out *o, const char *key, struct at_str value);
void at_json_set_real(struct at_json_out *o, const char *key, double value);
void at_json_set_int(struct at_json_out *o, const char *key, int64_t value);
void at_json_set_bool(struct at_json_out *o, const char *key, bool value);
void at_json_set_time(struct at_json_out *o, const char *key, int64_t unix_ms); /* or null */
/** The first failure, or OK. Containers must be closed. */
attune_status at_json_end(struct at_json_out *o, attune_error *err);

#endif
