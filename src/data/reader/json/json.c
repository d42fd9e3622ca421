/* A JSON file that is an array of profiles, an object {"profiles": [...]} or one profile, in
 * constant memory: a scanner finds the extent of one element, which then goes to the JSON parser as
 * a text of its own. A broken element is reported and passed over; only when the brackets between
 * elements do not fit does reading end. Objects that follow one another (JSON Lines under another
 * name) are read one by one.
 *
 * A top-level object is collected until its member "profiles" turns up: without one it is a profile
 * itself. */
#include <string.h>

#include "base/alloc.h"
#include "base/stream_window.h"
#include "data/reader/json/json_scan.h"
#include "data/reader_json.h"

enum json_mode {
    JSON_TOP,     /* between top-level values */
    JSON_ARRAY,   /* in the array of profiles, where an element may begin */
    JSON_ELEMENT, /* there, where an element must begin: after a comma */
    JSON_AFTER,   /* there, behind an element */
    JSON_OBJECT,  /* in a top-level object, where a member or its end may come */
    JSON_END
};

struct json_state {
    struct at_reader_json rows;
    struct at_stream *stream;
    struct at_window window;
    struct at_buf object; /* what is collected of a top-level object */
    uint64_t line, object_line, object_offset;
    enum json_mode mode;
    bool in_object, collect;
};

static attune_status json_open(void **out_state, struct at_stream *stream,
                               const struct at_reader_options *options, const char *path,
                               attune_error *err)
{
    struct json_state *state = AT_ALLOC(struct json_state, 1);
    if (!state)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening '%s'", path);
    state->rows.options = options;
    state->stream = stream;
    state->line = 1;
    state->object.limit_bytes = options->max_row_bytes;
    *out_state = state;
    return ATTUNE_OK;
}

/* Takes n bytes out of the window: counts their lines and collects them where that is wanted. */
static attune_status json_use(struct json_state *state, size_t n, attune_error *err)
{
    if (n == 0)
        return ATTUNE_OK;
    const char *p = state->window.data + state->window.start, *end = p + n;
    attune_status status = ATTUNE_OK;
    if (state->collect)
        status = at_buf_add(&state->object, p, n, err);
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        state->line++;
        p++;
    }
    at_window_use(&state->window, n);
    if (status == ATTUNE_LIMIT) {
        state->mode = JSON_END;
        return at_fail(err, ATTUNE_FORMAT, "a value longer than %zu bytes",
                       state->rows.options->max_row_bytes);
    }
    return status;
}

/* Passes over white space; *out is the byte that follows, -1 at the end. */
static attune_status json_peek(struct json_state *state, int *out, attune_error *err)
{
    struct at_window *w = &state->window;
    for (;;) {
        size_t n = 0;
        const size_t have = w->end - w->start;
        while (n < have && strchr(" \t\r\n", w->data[w->start + n]) && w->data[w->start + n])
            n++;
        if (n)
            AT_TRY(json_use(state, n, err));
        if (w->start < w->end) {
            *out = (unsigned char)w->data[w->start];
            return ATTUNE_OK;
        }
        *out = -1;
        if (w->at_end)
            return ATTUNE_OK;
        AT_TRY(at_window_more(w, state->stream, err));
    }
}

/* A place where the text cannot be understood any more. */
static attune_status json_give_up(struct json_state *state, const char *expected, int got,
                                  attune_error *err)
{
    state->mode = JSON_END;
    if (got < 0)
        return at_fail(err, ATTUNE_FORMAT, "the file ends where %s is expected", expected);
    if (got < 0x20 || got >= 0x7F)
        return at_fail(err, ATTUNE_FORMAT, "expected %s, got byte 0x%02X; nothing after it is read",
                       expected, (unsigned)got);
    return at_fail(err, ATTUNE_FORMAT, "expected %s, got '%c'; nothing after it is read", expected,
                   got);
}

/* The extent of the value at the window's start, which then lies whole in the window. A value that
 * is too long is passed over in pieces. */
static attune_status json_extent(struct json_state *state, size_t *out_len, attune_error *err)
{
    struct at_window *w = &state->window;
    const size_t max = state->rows.options->max_row_bytes;
    struct at_json_scan scan = {0};
    bool done = false, too_long = false;
    size_t len = 0;
    for (;;) {
        const size_t have = w->end - w->start;
        if (have > len)
            len += at_json_scan_feed(&scan, w->data + w->start + len, have - len, &done);
        if (len > max)
            too_long = true;
        if (too_long) {
            AT_TRY(json_use(state, len, err));
            len = 0;
        }
        if (done || w->at_end)
            break;
        AT_TRY(at_window_more(w, state->stream, err));
    }
    if (too_long)
        return at_fail(err, ATTUNE_FORMAT, "a value longer than %zu bytes", max);
    *out_len = len;
    if (done || scan.in_scalar)
        return ATTUNE_OK;
    state->mode = JSON_END;
    return at_fail(err, ATTUNE_FORMAT, "a value that is cut off: the file ends before its %s",
                   scan.in_string ? "text does" : "brackets do");
}

static attune_status json_element(struct json_state *state, struct at_profile *out,
                                  struct at_arena *arena, attune_error *err)
{
    size_t len;
    const uint64_t offset = state->window.offset;
    state->mode = JSON_AFTER;
    AT_TRY(json_extent(state, &len, err));
    const struct at_str text = {state->window.data + state->window.start, len};
    const attune_status status = at_reader_json_row(&state->rows, out, text, offset, arena, err);
    const attune_status used = json_use(state, len, status == ATTUNE_OK ? err : NULL);
    return status == ATTUNE_OK ? used : status;
}

/* ---- a top-level object ---- */

static attune_status json_object_begin(struct json_state *state, attune_error *err)
{
    at_buf_clear(&state->object);
    state->object_line = state->line;
    state->object_offset = state->window.offset;
    state->collect = state->in_object = true;
    state->mode = JSON_OBJECT;
    return json_use(state, 1, err);
}

/* The closing brace: the whole object is a profile unless it held an array of them. */
static attune_status json_object_end(struct json_state *state, struct at_profile *out,
                                     bool *out_found, struct at_arena *arena, uint64_t *out_line,
                                     attune_error *err)
{
    const bool is_profile = state->collect;
    AT_TRY(json_use(state, 1, err));
    state->mode = JSON_TOP;
    state->collect = state->in_object = false;
    if (!is_profile)
        return ATTUNE_OK;
    *out_found = true;
    *out_line = state->object_line;
    const struct at_str text = {state->object.data, state->object.len};
    return at_reader_json_row(&state->rows, out, text, state->object_offset, arena, err);
}

/* One member, or the comma between two. */
static attune_status json_member(struct json_state *state, int c, attune_error *err)
{
    size_t len;
    if (c == ',')
        return json_use(state, 1, err);
    if (c != '"')
        return json_give_up(state, "a name in quotes or '}'", c, err);
    AT_TRY(json_extent(state, &len, err));
    const struct at_str name = {state->window.data + state->window.start, len};
    const bool is_list = at_str_equal(name, at_str_from("\"profiles\""));
    AT_TRY(json_use(state, len, err));
    AT_TRY(json_peek(state, &c, err));
    if (c != ':')
        return json_give_up(state, "':' behind a name", c, err);
    AT_TRY(json_use(state, 1, err));
    AT_TRY(json_peek(state, &c, err));
    if (is_list && c == '[') {
        state->collect = false;
        state->mode = JSON_ARRAY;
        return json_use(state, 1, err);
    }
    if (c < 0 || c == ',' || c == '}' || c == ']')
        return json_give_up(state, "a value", c, err);
    AT_TRY(json_extent(state, &len, err));
    return json_use(state, len, err);
}

/* ---- what comes next ---- */

static attune_status json_top(struct json_state *state, int c, attune_error *err)
{
    struct at_window *w = &state->window;
    if (c == 0xEF && w->offset == 0) { /* a byte order mark */
        while (w->end - w->start < 3 && !w->at_end)
            AT_TRY(at_window_more(w, state->stream, err));
        if (w->end - w->start >= 3 && memcmp(w->data + w->start, "\xEF\xBB\xBF", 3) == 0)
            return json_use(state, 3, err);
    }
    if (c == '{')
        return json_object_begin(state, err);
    if (c != '[')
        return json_give_up(state, "an array of profiles or an object", c, err);
    state->mode = JSON_ARRAY;
    return json_use(state, 1, err);
}

/* Between elements; *out_element when one begins here. */
static attune_status json_between(struct json_state *state, int c, bool *out_element,
                                  attune_error *err)
{
    const enum json_mode mode = state->mode;
    if (c < 0)
        return json_give_up(state, mode == JSON_AFTER ? "',' or ']'" : "a profile", c, err);
    if (c == ']') {
        state->mode = state->in_object ? JSON_OBJECT : JSON_TOP;
        AT_TRY(json_use(state, 1, err));
        return mode == JSON_ELEMENT
                   ? at_fail(err, ATTUNE_FORMAT, "expected a profile after ',', got ']'")
                   : ATTUNE_OK;
    }
    if (c == ',') {
        state->mode = JSON_ELEMENT;
        AT_TRY(json_use(state, 1, err));
        return mode == JSON_AFTER ? ATTUNE_OK
                                  : at_fail(err, ATTUNE_FORMAT, "expected a profile, got ','");
    }
    if (c == '}' || c == ':')
        return json_give_up(state, mode == JSON_AFTER ? "',' or ']'" : "a profile", c, err);
    if (mode == JSON_AFTER) { /* said once; then the element is read as if the comma were there */
        state->mode = JSON_ELEMENT;
        return at_fail(err, ATTUNE_FORMAT, "a ',' is missing before this profile");
    }
    *out_element = true;
    return ATTUNE_OK;
}

static attune_status json_next(void *opaque, struct at_profile *out, bool *out_end,
                               struct at_arena *arena, uint64_t *out_line, attune_error *err)
{
    struct json_state *state = opaque;
    for (bool found = false; !found;) {
        int c = -1;
        bool element = false;
        *out_line = state->line;
        if (state->mode == JSON_END) {
            *out_end = true;
            return ATTUNE_OK;
        }
        AT_TRY(json_peek(state, &c, err));
        *out_line = state->line;
        if (state->mode == JSON_TOP && c < 0) {
            state->mode = JSON_END;
        } else if (state->mode == JSON_TOP) {
            AT_TRY(json_top(state, c, err));
        } else if (state->mode == JSON_OBJECT && c == '}') {
            AT_TRY(json_object_end(state, out, &found, arena, out_line, err));
        } else if (state->mode == JSON_OBJECT) {
            AT_TRY(json_member(state, c, err));
        } else {
            AT_TRY(json_between(state, c, &element, err));
            if (element)
                return json_element(state, out, arena, err);
        }
    }
    return ATTUNE_OK;
}

static void json_close(void *opaque)
{
    struct json_state *state = opaque;
    at_reader_json_release(&state->rows);
    at_window_release(&state->window);
    at_buf_release(&state->object);
    at_free(state);
}

static const char *const json_suffixes[] = {".json", NULL};
const struct at_reader_kind at_reader_kind_json = {
    .name = "json",
    .summary = "one JSON array of profiles, {\"profiles\": [...]} or one profile",
    .suffixes = json_suffixes,
    .open = json_open,
    .next = json_next,
    .close = json_close,
};
