/* From a JSON object to a profile. Texts are not copied: they point into the document. Fields are
 * asked for by name, so unknown ones cost nothing and are ignored. */
#include "data/reader_json.h"

#include <stdio.h>
#include <string.h>

#include "data/reader_row.h"

static attune_status json_no_memory(attune_error *err)
{
    return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while reading a profile");
}

static attune_status json_expected(const char *field, const char *expected, const at_json *got,
                                   attune_error *err)
{
    return at_fail(err, ATTUNE_FORMAT, "%s: expected %s, got %s", field, expected,
                   at_json_type_name(got));
}

/* A name or label as text: strings as they are, whole numbers and true/false spelled out. */
static attune_status json_word(struct at_str *out, const at_json *v, const char *field,
                               struct at_arena *arena, attune_error *err)
{
    if (at_json_is_string(v)) {
        *out = at_json_string(v);
        return ATTUNE_OK;
    }
    if (at_json_is_bool(v)) {
        *out = at_str_from(at_json_bool(v, false) ? "true" : "false");
        return ATTUNE_OK;
    }
    if (!at_json_is_integer(v))
        return json_expected(field, "a text", v, err);
    char digits[24];
    const int n = snprintf(digits, sizeof digits, "%lld", (long long)at_json_integer(v, 0));
    *out = (struct at_str){at_arena_strndup(arena, digits, (size_t)n), (size_t)n};
    return out->ptr ? ATTUNE_OK : json_no_memory(err);
}

static attune_status json_message_object(struct at_message *out, const at_json *v,
                                         attune_error *err)
{
    const at_json *text = at_json_get(v, "text"), *at = at_json_get(v, "at");
    const at_json *from = at_json_get(v, "from");
    if (!at_json_is_string(text))
        return json_expected("text", "a text", text, err);
    out->text = at_json_string(text);
    if (!at_json_is_null(at)) {
        if (!at_json_is_string(at))
            return json_expected("at", "an RFC 3339 time such as 2026-01-03T10:00:00Z", at, err);
        const attune_status status = at_row_time(at_json_string(at), &out->at_ms, err);
        if (status != ATTUNE_OK)
            return at_wrap(err, status, "at");
    }
    if (!at_json_is_null(from)) {
        if (!at_json_is_string(from))
            return json_expected("from", "fan or creator", from, err);
        const attune_status status = at_row_from(at_json_string(from), &out->from, err);
        if (status != ATTUNE_OK)
            return at_wrap(err, status, "from");
    }
    return ATTUNE_OK;
}

static attune_status json_message(struct at_message *out, const at_json *v,
                                  const struct at_reader_options *options, attune_error *err)
{
    *out = (struct at_message){.at_ms = AT_TIME_NONE, .from = AT_FROM_FAN};
    if (at_json_is_string(v))
        out->text = at_json_string(v);
    else if (at_json_is_object(v))
        AT_TRY(json_message_object(out, v, err));
    else
        return at_fail(err, ATTUNE_FORMAT, "expected a text or an object with text, got %s",
                       at_json_type_name(v));
    return at_row_message_size(out->text.len, options, err);
}

static attune_status json_messages(struct at_profile *out, const at_json *messages,
                                   const struct at_reader_options *options, struct at_arena *arena,
                                   attune_error *err)
{
    if (!at_json_is_array(messages))
        return json_expected("messages", "an array of texts", messages, err);
    out->n_messages = at_json_len(messages);
    out->messages = AT_NEW(arena, struct at_message, out->n_messages);
    if (!out->messages)
        return json_no_memory(err);
    for (size_t i = 0; i < out->n_messages; i++) {
        const attune_status status =
            json_message(&out->messages[i], at_json_at(messages, i), options, err);
        if (status != ATTUNE_OK)
            return at_wrap(err, status, "messages[%zu]", i);
    }
    return ATTUNE_OK;
}

static attune_status json_texts(struct at_profile *out, const at_json *row,
                                const struct at_reader_options *options, struct at_arena *arena,
                                attune_error *err)
{
    const at_json *messages = at_json_get(row, "messages"), *text = at_json_get(row, "text");
    if (!at_json_is_null(messages) && !at_json_is_null(text))
        return at_fail(err, ATTUNE_FORMAT, "messages and text: give one of them, not both");
    if (!at_json_is_null(messages))
        return json_messages(out, messages, options, arena, err);
    if (at_json_is_null(text))
        return at_fail(err, ATTUNE_FORMAT,
                       "messages: missing; expected an array of texts (or one text in 'text')");
    if (!at_json_is_string(text))
        return json_expected("text", "a text", text, err);
    out->messages = AT_NEW(arena, struct at_message, 1);
    if (!out->messages)
        return json_no_memory(err);
    out->n_messages = 1;
    const attune_status status = json_message(&out->messages[0], text, options, err);
    return status == ATTUNE_OK ? status : at_wrap(err, status, "text");
}

static attune_status json_label(struct at_profile *out, const at_json *v, struct at_str target,
                                struct at_arena *arena, attune_error *err)
{
    struct at_str label;
    if (at_json_is_null(v))
        return ATTUNE_OK;
    AT_TRY(json_word(&label, v, target.ptr, arena, err));
    return at_row_label(out, target, label, err);
}

static attune_status json_labels(struct at_profile *out, const at_json *row,
                                 const struct at_reader_options *options, struct at_arena *arena,
                                 attune_error *err)
{
    const at_json *labels = at_json_get(row, "labels");
    if (!at_json_is_null(labels) && !at_json_is_object(labels))
        return json_expected("labels", "an object such as {\"personality\": \"Emotional\"}", labels,
                             err);
    out->labels = AT_NEW(arena, struct at_label, options->n_targets);
    if (!out->labels)
        return json_no_memory(err);
    for (size_t i = 0; i < options->n_targets; i++) {
        const struct at_str target = options->targets[i];
        AT_TRY(json_label(out, at_json_get(row, target.ptr), target, arena, err));
        const attune_status status =
            json_label(out, at_json_get(labels, target.ptr), target, arena, err);
        if (status != ATTUNE_OK)
            return at_wrap(err, status, "labels");
    }
    return ATTUNE_OK;
}

static attune_status json_names(struct at_profile *out, const at_json *row, uint64_t n_row,
                                const struct at_reader_options *options, struct at_arena *arena,
                                attune_error *err)
{
    const at_json *fan_id = at_json_get(row, "fan_id"), *id = at_json_get(row, "id");
    const at_json *language = at_json_get(row, "language"), *split = at_json_get(row, "split");
    if (!at_json_is_null(fan_id))
        AT_TRY(json_word(&out->fan_id, fan_id, "fan_id", arena, err));
    else if (!options->need_fan_id && !at_json_is_null(id))
        AT_TRY(json_word(&out->fan_id, id, "id", arena, err));
    AT_TRY(at_row_fan_id(&out->fan_id, n_row, options, arena, err));
    if (!at_json_is_null(language) && !at_json_is_string(language))
        return json_expected("language", "a tag such as en or pt-BR", language, err);
    out->language = at_json_string(language);
    if (at_json_is_null(split))
        return ATTUNE_OK;
    if (!at_json_is_string(split))
        return json_expected("split", "train, val or test", split, err);
    const attune_status status = at_row_split(at_json_string(split), &out->split, err);
    return status == ATTUNE_OK ? status : at_wrap(err, status, "split");
}

attune_status at_reader_json_row(struct at_reader_json *state, struct at_profile *out,
                                 struct at_str record, uint64_t offset, struct at_arena *arena,
                                 attune_error *err)
{
    *out = (struct at_profile){0};
    at_reader_json_release(state);
    state->n_rows++;
    AT_TRY(at_row_check_bytes(record, offset, err));
    const bool one_line = !record.len || !memchr(record.ptr, '\n', record.len);
    AT_TRY(at_json_parse(&state->document, record.ptr, record.len,
                         one_line ? "not valid JSON" : "not valid JSON, counted from here", err));
    const at_json *row = state->document;
    if (!at_json_is_object(row))
        return at_fail(err, ATTUNE_FORMAT, "expected an object (one profile), got %s",
                       at_json_type_name(row));
    AT_TRY(json_names(out, row, state->n_rows, state->options, arena, err));
    AT_TRY(json_texts(out, row, state->options, arena, err));
    return json_labels(out, row, state->options, arena, err);
}

void at_reader_json_release(struct at_reader_json *state)
{
    at_json_free(state->document);
    state->document = NULL;
}
