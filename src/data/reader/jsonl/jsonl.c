/* JSON Lines: one profile a line. Blank lines and a byte order mark are passed over. */
#include <string.h>

#include "base/alloc.h"
#include "base/stream.h"
#include "data/reader_json.h"

struct jsonl_state {
    struct at_reader_json rows;
    struct at_stream *stream;
    uint64_t line;
};

static attune_status jsonl_open(void **out_state, struct at_stream *stream,
                                const struct at_reader_options *options, const char *path,
                                attune_error *err)
{
    struct jsonl_state *state = AT_ALLOC(struct jsonl_state, 1);
    if (!state)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening '%s'", path);
    state->rows.options = options;
    state->stream = stream;
    *out_state = state;
    return ATTUNE_OK;
}

static bool jsonl_is_blank(struct at_str line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] != ' ' && line.ptr[i] != '\t' && line.ptr[i] != '\r')
            return false;
    return true;
}

/* The next line that is not blank. */
static attune_status jsonl_line(struct jsonl_state *state, struct at_str *line, bool *out_more,
                                uint64_t *out_offset, attune_error *err)
{
    do {
        state->line++;
        const attune_status status =
            at_stream_line(state->stream, line, out_more, state->rows.options->max_row_bytes, err);
        if (status == ATTUNE_LIMIT) {
            state->rows.n_rows++;
            return at_fail(err, ATTUNE_FORMAT, "a line longer than %zu bytes",
                           state->rows.options->max_row_bytes);
        }
        AT_TRY(status);
        *out_offset = at_stream_line_offset(state->stream);
        if (state->line == 1 && at_str_starts(*line, "\xEF\xBB\xBF")) {
            *line = (struct at_str){line->ptr + 3, line->len - 3};
            *out_offset += 3;
        }
    } while (*out_more && jsonl_is_blank(*line));
    return ATTUNE_OK;
}

static attune_status jsonl_next(void *opaque, struct at_profile *out, bool *out_end,
                                struct at_arena *arena, uint64_t *out_line, attune_error *err)
{
    struct jsonl_state *state = opaque;
    struct at_str line;
    bool more = false;
    uint64_t offset = 0;
    const attune_status status = jsonl_line(state, &line, &more, &offset, err);
    *out_line = state->line;
    AT_TRY(status);
    *out_end = !more;
    return more ? at_reader_json_row(&state->rows, out, line, offset, arena, err) : ATTUNE_OK;
}

static void jsonl_close(void *opaque)
{
    struct jsonl_state *state = opaque;
    at_reader_json_release(&state->rows);
    at_free(state);
}

static const char *const jsonl_suffixes[] = {".jsonl", ".ndjson", NULL};
const struct at_reader_kind at_reader_kind_jsonl = {
    .name = "jsonl",
    .summary = "JSON Lines, one profile a line",
    .suffixes = jsonl_suffixes,
    .open = jsonl_open,
    .next = jsonl_next,
    .close = jsonl_close,
};
