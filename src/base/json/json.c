/* The only file that includes jansson: parsing and borrowed access. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/json/json_load.h"

static const json_t *json_in(const at_json *v)
{
    return (const json_t *)(const void *)v;
}

static const at_json *json_back(const json_t *v)
{
    return (const at_json *)(const void *)v;
}

attune_status at_json_parse(at_json **out, const char *text, size_t len, const char *where,
                            attune_error *err)
{
    *out = NULL;
    json_error_t e;
    bool starved;
    json_t *v = at_json_load(text ? text : "", len, &e, &starved);
    if (v) {
        *out = (at_json *)(void *)v;
        return ATTUNE_OK;
    }
    if (starved)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while reading %s", where);
    const bool nul = json_error_code(&e) == json_error_null_character;
    const char *reason = nul ? "a NUL (\\u0000) in a text" : e.text;
    if (!memchr(text ? text : "", '\n', len)) /* "line 1" would be taken for a line of the file */
        return at_fail(err, ATTUNE_FORMAT, "%s: %s (column %d, byte %d)", where, reason, e.column,
                       e.position);
    return at_fail(err, ATTUNE_FORMAT, "%s: %s (line %d, column %d, byte %d)", where, reason,
                   e.line, e.column, e.position);
}

void at_json_free(at_json *json)
{
    json_decref((json_t *)(void *)json);
}

bool at_json_is_null(const at_json *v)
{
    return !v || json_is_null(json_in(v));
}

bool at_json_is_object(const at_json *v)
{
    return v && json_is_object(json_in(v));
}

bool at_json_is_array(const at_json *v)
{
    return v && json_is_array(json_in(v));
}

bool at_json_is_string(const at_json *v)
{
    return v && json_is_string(json_in(v));
}

bool at_json_is_number(const at_json *v)
{
    return v && json_is_number(json_in(v));
}

bool at_json_is_integer(const at_json *v)
{
    return v && json_is_integer(json_in(v));
}

bool at_json_is_bool(const at_json *v)
{
    return v && json_is_boolean(json_in(v));
}

const char *at_json_type_name(const at_json *v)
{
    if (!v)
        return "nothing";
    switch (json_typeof(json_in(v))) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

const at_json *at_json_get(const at_json *object, const char *key)
{
    return object ? json_back(json_object_get(json_in(object), key)) : NULL;
}

size_t at_json_len(const at_json *v)
{
    if (at_json_is_array(v))
        return json_array_size(json_in(v));
    return at_json_is_object(v) ? json_object_size(json_in(v)) : 0;
}

const at_json *at_json_at(const at_json *array, size_t i)
{
    return array ? json_back(json_array_get(json_in(array), i)) : NULL;
}

struct at_str at_json_string(const at_json *v)
{
    if (!at_json_is_string(v))
        return (struct at_str){"", 0};
    return (struct at_str){json_string_value(json_in(v)), json_string_length(json_in(v))};
}

double at_json_number(const at_json *v, double otherwise)
{
    return at_json_is_number(v) ? json_number_value(json_in(v)) : otherwise;
}

int64_t at_json_integer(const at_json *v, int64_t otherwise)
{
    return at_json_is_integer(v) ? (int64_t)json_integer_value(json_in(v)) : otherwise;
}

bool at_json_bool(const at_json *v, bool otherwise)
{
    return at_json_is_bool(v) ? json_is_true(json_in(v)) : otherwise;
}

/* jansson's iterator functions take a mutable object but change nothing. */
void *at_json_first(const at_json *object)
{
    return at_json_is_object(object) ? json_object_iter((json_t *)(uintptr_t)object) : NULL;
}

void *at_json_next(const at_json *object, void *it)
{
    return json_object_iter_next((json_t *)(uintptr_t)object, it);
}

const char *at_json_key(void *it)
{
    return json_object_iter_key(it);
}

const at_json *at_json_value(void *it)
{
    return json_back(json_object_iter_value(it));
}
