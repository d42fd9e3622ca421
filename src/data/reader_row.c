#include "data/reader_row.h"

#include <stdio.h>
#include <string.h>

enum { ROW_SHOW = 40 }; /* bytes of a bad value that a message shows */

attune_status at_row_check_bytes(struct at_str record, uint64_t offset, attune_error *err)
{
    const char *nul = record.len ? memchr(record.ptr, '\0', record.len) : NULL;
    if (nul)
        return at_fail(err, ATTUNE_FORMAT, "NUL at byte offset %zu of the row (%llu of the file)",
                       (size_t)(nul - record.ptr),
                       (unsigned long long)(offset + (uint64_t)(nul - record.ptr)));
    const size_t valid = at_str_utf8_prefix(record);
    if (valid == record.len)
        return ATTUNE_OK;
    return at_fail(err, ATTUNE_FORMAT,
                   "invalid UTF-8: byte 0x%02X at byte offset %zu of the row (%llu of the file)",
                   (unsigned)(unsigned char)record.ptr[valid], valid,
                   (unsigned long long)(offset + valid));
}

attune_status at_row_from(struct at_str text, enum at_from *out, attune_error *err)
{
    if (at_str_equal(text, at_str_from("fan")))
        *out = AT_FROM_FAN;
    else if (at_str_equal(text, at_str_from("creator")))
        *out = AT_FROM_CREATOR;
    else
        return at_fail(err, ATTUNE_FORMAT, "expected fan or creator, got '%.*s'",
                       at_str_clip(text, ROW_SHOW), text.ptr);
    return ATTUNE_OK;
}

attune_status at_row_time(struct at_str text, int64_t *out_unix_ms, attune_error *err)
{
    if (at_time_parse(text, out_unix_ms))
        return ATTUNE_OK;
    return at_fail(err, ATTUNE_FORMAT,
                   "expected an RFC 3339 time such as 2026-01-03T10:00:00Z, got '%.*s'",
                   at_str_clip(text, ROW_SHOW), text.ptr);
}

attune_status at_row_split(struct at_str text, enum at_split *out, attune_error *err)
{
    static const struct {
        const char *name;
        enum at_split split;
    } names[] = {{"train", AT_SPLIT_TRAIN}, {"val", AT_SPLIT_VAL}, {"test", AT_SPLIT_TEST}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (at_str_equal(text, at_str_from(names[i].name))) {
            *out = names[i].split;
            return ATTUNE_OK;
        }
    return at_fail(err, ATTUNE_FORMAT, "expected train, val or test, got '%.*s'",
                   at_str_clip(text, ROW_SHOW), text.ptr);
}

attune_status at_row_message_size(size_t len, const struct at_reader_options *options,
                                  attune_error *err)
{
    if (len <= options->max_message_bytes)
        return ATTUNE_OK;
    return at_fail(err, ATTUNE_FORMAT, "a message of %zu bytes; at most %zu are allowed", len,
                   options->max_message_bytes);
}

attune_status at_row_label(struct at_profile *profile, struct at_str target, struct at_str label,
                           attune_error *err)
{
    if (label.len == 0)
        return at_fail(err, ATTUNE_FORMAT, "%.*s: an empty label; leave it out or write null",
                       at_str_clip(target, ROW_SHOW), target.ptr);
    const struct at_str known = at_profile_label(profile, target);
    if (known.len == 0)
        profile->labels[profile->n_labels++] = (struct at_label){target, label};
    else if (!at_str_equal(known, label))
        return at_fail(err, ATTUNE_FORMAT, "%.*s: conflict: both '%.*s' and '%.*s' are given",
                       at_str_clip(target, ROW_SHOW), target.ptr, at_str_clip(known, ROW_SHOW),
                       known.ptr, at_str_clip(label, ROW_SHOW), label.ptr);
    return ATTUNE_OK;
}

attune_status at_row_fan_id(struct at_str *fan_id, uint64_t row,
                            const struct at_reader_options *options, struct at_arena *arena,
                            attune_error *err)
{
    if (fan_id->len)
        return ATTUNE_OK;
    if (options->need_fan_id)
        return at_fail(err, ATTUNE_FORMAT, "fan_id: missing or empty; expected a text");
    char name[32];
    const int n = snprintf(name, sizeof name, "row-%llu", (unsigned long long)row);
    const char *copy = at_arena_strndup(arena, name, (size_t)n);
    if (!copy)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while reading row %llu",
                       (unsigned long long)row);
    *fan_id = (struct at_str){copy, (size_t)n};
    return ATTUNE_OK;
}
