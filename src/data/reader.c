/* The seam between those who want profiles and the kinds that read a format: finds the kind, owns
 * the stream and the memory of a profile, and puts FILE:LINE before what a kind says of a bad row.
 */
#include "data/reader.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/stream.h"

enum {
    READER_ROW_BYTES = 256 * 1024 * 1024,
    READER_MESSAGE_BYTES = 1024 * 1024,
    READER_KEEP_BYTES = 4 * 1024 * 1024 /* memory of one profile that is kept for the next */
};

struct at_reader {
    const struct at_reader_kind *kind;
    struct at_reader_options options; /* limits set; names copied, NUL-terminated */
    struct at_stream *stream;
    void *state;
    char *name;
    uint64_t line;
    struct at_profile profile;
    struct at_arena arena, names;
};

static const struct at_reader_kind *reader_kind_named(const char *name)
{
    for (size_t i = 0; at_reader_kind_table[i]; i++)
        if (strcmp(at_reader_kind_table[i]->name, name) == 0)
            return at_reader_kind_table[i];
    return NULL;
}

static bool reader_strip(struct at_str *path, const char *suffix)
{
    const size_t n = strlen(suffix);
    if (path->len <= n || memcmp(path->ptr + path->len - n, suffix, n) != 0)
        return false;
    path->len -= n;
    return true;
}

static const struct at_reader_kind *reader_kind_for(const char *path)
{
    if (strcmp(path, "-") == 0)
        return reader_kind_named("jsonl");
    struct at_str name = at_str_from(path);
    if (!reader_strip(&name, ".gz"))
        reader_strip(&name, ".zst");
    for (size_t i = 0; at_reader_kind_table[i]; i++)
        for (const char *const *s = at_reader_kind_table[i]->suffixes; *s; s++)
            if (reader_strip(&name, *s))
                return at_reader_kind_table[i];
    return NULL;
}

static attune_status reader_unknown(const char *path, const char *format, attune_error *err)
{
    char known[128];
    size_t used = 0;
    known[0] = '\0';
    for (size_t i = 0; at_reader_kind_table[i] && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 at_reader_kind_table[i]->name);
    if (format)
        return at_fail(err, ATTUNE_INVALID, "unknown format '%s'; there are %s", format, known);
    return at_fail(err, ATTUNE_INVALID,
                   "cannot tell the format of '%s' from its name; name one of %s", path, known);
}

static attune_status reader_set_options(struct at_reader *reader,
                                        const struct at_reader_options *options, attune_error *err)
{
    reader->options = *options;
    if (!reader->options.max_row_bytes)
        reader->options.max_row_bytes = READER_ROW_BYTES;
    if (!reader->options.max_message_bytes)
        reader->options.max_message_bytes = READER_MESSAGE_BYTES;
    struct at_str *targets = AT_NEW(&reader->names, struct at_str, options->n_targets);
    bool ok = targets != NULL;
    for (size_t i = 0; ok && i < options->n_targets; i++) {
        const struct at_str target = options->targets[i];
        targets[i].ptr = at_arena_strndup(&reader->names, target.ptr, target.len);
        targets[i].len = target.len;
        ok = targets[i].ptr != NULL;
    }
    reader->options.targets = targets;
    return ok ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory");
}

/* `stream` is the reader's from here on, also when this fails. */
static attune_status reader_start(struct at_reader **out, struct at_stream *stream,
                                  const struct at_reader_kind *kind, const char *name,
                                  const struct at_reader_options *options, attune_error *err)
{
    struct at_reader *reader = AT_ALLOC(struct at_reader, 1);
    if (!reader) {
        at_stream_close(stream);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening '%s'", name);
    }
    reader->kind = kind;
    reader->stream = stream;
    reader->name = at_strdup(name);
    attune_status status = reader_set_options(reader, options, err);
    if (status == ATTUNE_OK && !reader->name)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening '%s'", name);
    if (status == ATTUNE_OK)
        status = kind->open(&reader->state, stream, &reader->options, name, err);
    if (status == ATTUNE_OK)
        *out = reader;
    else
        at_reader_close(reader);
    return status;
}

attune_status at_reader_open(struct at_reader **out, const char *path, const char *format,
                             const struct at_reader_options *options, attune_error *err)
{
    struct at_stream *stream;
    *out = NULL;
    const struct at_reader_kind *kind = format ? reader_kind_named(format) : reader_kind_for(path);
    if (!kind)
        return reader_unknown(path, format, err);
    AT_TRY(at_stream_open(&stream, path, err));
    return reader_start(out, stream, kind, strcmp(path, "-") ? path : "standard input", options,
                        err);
}

attune_status at_reader_open_memory(struct at_reader **out, const void *data, size_t size,
                                    const char *name, const char *format,
                                    const struct at_reader_options *options, attune_error *err)
{
    struct at_stream *stream;
    *out = NULL;
    const struct at_reader_kind *kind = reader_kind_named(format);
    if (!kind)
        return reader_unknown(name, format, err);
    AT_TRY(at_stream_open_memory(&stream, data, size, err));
    return reader_start(out, stream, kind, name, options, err);
}

attune_status at_reader_next(struct at_reader *reader, const struct at_profile **out,
                             attune_error *err)
{
    bool end = false;
    *out = NULL;
    if (reader->arena.total_bytes > READER_KEEP_BYTES)
        at_arena_release(&reader->arena); /* after one huge profile */
    at_arena_clear(&reader->arena);
    const attune_status status = reader->kind->next(reader->state, &reader->profile, &end,
                                                    &reader->arena, &reader->line, err);
    if (status == ATTUNE_FORMAT)
        return at_wrap(err, status, "%s:%llu", reader->name, (unsigned long long)reader->line);
    AT_TRY(status);
    if (!end)
        *out = &reader->profile;
    return ATTUNE_OK;
}

void at_reader_position(const struct at_reader *reader, uint64_t *done, uint64_t *total)
{
    at_stream_position(reader->stream, done, total);
}

uint64_t at_reader_line(const struct at_reader *reader)
{
    return reader->line;
}

void at_reader_close(struct at_reader *reader)
{
    if (!reader)
        return;
    if (reader->state)
        reader->kind->close(reader->state);
    at_stream_close(reader->stream);
    at_arena_release(&reader->arena);
    at_arena_release(&reader->names);
    at_free(reader->name);
    at_free(reader);
}
