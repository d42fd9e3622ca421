/* CSV: one message a row; rows of one fan that follow one another are one profile. A row is checked
 * whole before anything of it is kept, so that a bad row is left out and the profile goes on
 * without it. The profile in hand lives in an arena of the kind's own, because an error in its
 * middle is reported before it is complete. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/csv_rows.h"
#include "data/reader_row.h"

enum csv_column { CSV_FAN, CSV_TEXT, CSV_AT, CSV_FROM, CSV_LANGUAGE, CSV_SPLIT, CSV_COLUMNS };
#define CSV_NO_COLUMN SIZE_MAX

struct csv_state {
    struct at_csv csv;
    const struct at_reader_options *options;
    size_t column[CSV_COLUMNS]; /* its place in a row, or CSV_NO_COLUMN */
    size_t *target_column;      /* [n_targets] */
    size_t n_columns;
    uint64_t n_rows;
    bool has_row; /* the row in csv.fields was checked and not used yet */

    struct at_profile profile; /* the one in hand */
    struct at_arena arena;
    struct at_message *messages;
    size_t cap_messages, n_bytes;
    uint64_t line;
    bool in_hand, refused, given;
};

/* ---- the header ---- */

static struct at_str csv_trim(struct at_str text)
{
    while (text.len && text.ptr[0] == ' ') {
        text.ptr++;
        text.len--;
    }
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

static attune_status csv_find_column(const struct csv_state *state, const char *name,
                                     size_t *column, attune_error *err)
{
    *column = CSV_NO_COLUMN;
    for (size_t i = 0; i < state->csv.n_fields; i++) {
        if (!at_str_equal(csv_trim(state->csv.fields[i]), at_str_from(name)))
            continue;
        if (*column != CSV_NO_COLUMN)
            return at_fail(err, ATTUNE_FORMAT, "two columns are named '%s'", name);
        *column = i;
    }
    return ATTUNE_OK;
}

/* The first of two names that there is a column of. */
static attune_status csv_find_either(const struct csv_state *state, const char *name,
                                     const char *other, size_t *column, attune_error *err)
{
    AT_TRY(csv_find_column(state, name, column, err));
    return *column == CSV_NO_COLUMN ? csv_find_column(state, other, column, err) : ATTUNE_OK;
}

static attune_status csv_missing(const struct csv_state *state, const char *wanted,
                                 attune_error *err)
{
    char names[256];
    size_t used = 0;
    names[0] = '\0';
    for (size_t i = 0; i < state->csv.n_fields && used + 45 < sizeof names; i++) {
        const struct at_str name = state->csv.fields[i];
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%.*s", i ? ", " : "",
                                 at_str_clip(name, 40), name.ptr);
    }
    return at_fail(err, ATTUNE_FORMAT, "the header has no column '%s'; it has: %s", wanted, names);
}

static attune_status csv_find_columns(struct csv_state *state, attune_error *err)
{
    const struct at_reader_options *options = state->options;
    size_t *column = state->column;
    state->n_columns = state->csv.n_fields;
    AT_TRY(csv_find_either(state, "fan_id", options->need_fan_id ? "fan_id" : "id",
                           &column[CSV_FAN], err));
    AT_TRY(csv_find_either(state, "text", "messages", &column[CSV_TEXT], err));
    AT_TRY(csv_find_column(state, "at", &column[CSV_AT], err));
    AT_TRY(csv_find_column(state, "from", &column[CSV_FROM], err));
    AT_TRY(csv_find_column(state, "language", &column[CSV_LANGUAGE], err));
    AT_TRY(csv_find_column(state, "split", &column[CSV_SPLIT], err));
    for (size_t t = 0; t < options->n_targets; t++)
        AT_TRY(csv_find_column(state, options->targets[t].ptr, &state->target_column[t], err));
    if (column[CSV_FAN] == CSV_NO_COLUMN && options->need_fan_id)
        return csv_missing(state, "fan_id", err);
    return column[CSV_TEXT] == CSV_NO_COLUMN ? csv_missing(state, "text", err) : ATTUNE_OK;
}

static attune_status csv_read_header(struct csv_state *state, attune_error *err)
{
    struct at_str row;
    bool more;
    attune_status status = at_csv_next(&state->csv, &row, &more, err);
    if (status == ATTUNE_LIMIT)
        return at_fail(err, ATTUNE_FORMAT, "a header longer than %zu bytes",
                       state->csv.max_row_bytes);
    AT_TRY(status);
    if (!more)
        return ATTUNE_OK; /* an empty file has no profiles */
    if (at_str_starts(row, "\xEF\xBB\xBF")) {
        state->csv.row += 3;
        state->csv.row_len -= 3;
        row = (struct at_str){state->csv.row, state->csv.row_len};
    }
    AT_TRY(at_row_check_bytes(row, state->csv.offset, err));
    state->csv.separator = at_csv_guess_separator(row);
    AT_TRY(at_csv_split(&state->csv, err));
    return csv_find_columns(state, err);
}

static void csv_close(void *opaque)
{
    struct csv_state *state = opaque;
    at_csv_release(&state->csv);
    at_arena_release(&state->arena);
    at_free(state->messages);
    at_free(state->target_column);
    at_free(state);
}

static attune_status csv_open(void **out_state, struct at_stream *stream,
                              const struct at_reader_options *options, const char *path,
                              attune_error *err)
{
    struct csv_state *state = AT_ALLOC(struct csv_state, 1);
    size_t *target_column = AT_ALLOC(size_t, options->n_targets);
    if (!state || !target_column) {
        at_free(state);
        at_free(target_column);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while opening '%s'", path);
    }
    state->csv.stream = stream;
    state->csv.max_row_bytes = options->max_row_bytes;
    state->options = options;
    state->target_column = target_column;
    const attune_status status = csv_read_header(state, err);
    if (status == ATTUNE_OK) {
        *out_state = state;
        return ATTUNE_OK;
    }
    csv_close(state);
    return status == ATTUNE_FORMAT ? at_wrap(err, status, "%s:1", path) : status;
}

/* ---- a row ---- */

static struct at_str csv_cell(const struct csv_state *state, size_t column)
{
    return column == CSV_NO_COLUMN ? (struct at_str){"", 0} : state->csv.fields[column];
}

/* The next row that is not blank, split and with the right number of fields. */
static attune_status csv_fetch_row(struct csv_state *state, bool *out_more, attune_error *err)
{
    struct at_str row;
    attune_status status;
    do {
        status = at_csv_next(&state->csv, &row, out_more, err);
    } while (status == ATTUNE_OK && *out_more && row.len == 0);
    if (status == ATTUNE_OK && !*out_more)
        return ATTUNE_OK;
    state->n_rows++;
    if (status == ATTUNE_LIMIT)
        return at_fail(err, ATTUNE_FORMAT, "a row longer than %zu bytes", state->csv.max_row_bytes);
    AT_TRY(status);
    AT_TRY(at_row_check_bytes(row, state->csv.offset, err));
    AT_TRY(at_csv_split(&state->csv, err));
    if (state->csv.n_fields != state->n_columns)
        return at_fail(err, ATTUNE_FORMAT, "%zu fields where the header has %zu",
                       state->csv.n_fields, state->n_columns);
    return ATTUNE_OK;
}

/* One value that a whole profile has: empty cells say nothing, two different ones are a conflict.
 */
static attune_status csv_agree(struct at_str known, struct at_str cell, const char *field,
                               attune_error *err)
{
    if (!known.len || !cell.len || at_str_equal(known, cell))
        return ATTUNE_OK;
    return at_fail(err, ATTUNE_FORMAT, "%s: conflict: '%.*s' here, '%.*s' in a row before", field,
                   at_str_clip(cell, 40), cell.ptr, at_str_clip(known, 40), known.ptr);
}

static struct at_str csv_split_name(enum at_split split)
{
    static const char *const names[] = {"", "train", "val", "test"};
    return at_str_from(names[split]);
}

static attune_status csv_check_profile(const struct csv_state *state, enum at_split *out_split,
                                       attune_error *err)
{
    const struct at_profile *p = &state->profile;
    const struct at_str split = csv_cell(state, state->column[CSV_SPLIT]);
    if (split.len) {
        const attune_status status = at_row_split(split, out_split, err);
        if (status != ATTUNE_OK)
            return at_wrap(err, status, "split");
    }
    if (!state->in_hand)
        return ATTUNE_OK;
    AT_TRY(csv_agree(csv_split_name(p->split), split, "split", err));
    AT_TRY(csv_agree(p->language, csv_cell(state, state->column[CSV_LANGUAGE]), "language", err));
    for (size_t t = 0; t < state->options->n_targets; t++) {
        const struct at_str target = state->options->targets[t];
        AT_TRY(csv_agree(at_profile_label(p, target), csv_cell(state, state->target_column[t]),
                         target.ptr, err));
    }
    return ATTUNE_OK;
}

static attune_status csv_check_message(const struct csv_state *state, struct at_message *out,
                                       attune_error *err)
{
    const struct at_str at = csv_cell(state, state->column[CSV_AT]);
    const struct at_str from = csv_cell(state, state->column[CSV_FROM]);
    attune_status status = ATTUNE_OK;
    *out = (struct at_message){.text = csv_cell(state, state->column[CSV_TEXT]),
                               .at_ms = AT_TIME_NONE,
                               .from = AT_FROM_FAN};
    if (at.len && (status = at_row_time(at, &out->at_ms, err)) != ATTUNE_OK)
        return at_wrap(err, status, "at");
    if (from.len && (status = at_row_from(from, &out->from, err)) != ATTUNE_OK)
        return at_wrap(err, status, "from");
    status = at_row_message_size(out->text.len, state->options, err);
    return status == ATTUNE_OK ? status : at_wrap(err, status, "text");
}

/* ---- the profile in hand ---- */

static attune_status csv_keep(struct csv_state *state, struct at_str *out, struct at_str text,
                              attune_error *err)
{
    const char *copy = at_arena_strndup(&state->arena, text.ptr, text.len);
    if (!copy)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while reading a profile");
    *out = (struct at_str){copy, text.len};
    return ATTUNE_OK;
}

static void csv_drop_profile(struct csv_state *state)
{
    at_arena_clear(&state->arena);
    state->profile = (struct at_profile){0};
    state->n_bytes = 0;
    state->in_hand = state->refused = state->given = false;
}

static attune_status csv_begin_profile(struct csv_state *state, struct at_str fan_id,
                                       attune_error *err)
{
    struct at_profile fresh = {0};
    fresh.labels = AT_NEW(&state->arena, struct at_label, state->options->n_targets);
    if (!fresh.labels)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory while reading a profile");
    AT_TRY(csv_keep(state, &fresh.fan_id, fan_id, err));
    AT_TRY(at_row_fan_id(&fresh.fan_id, state->n_rows, state->options, &state->arena, err));
    state->profile = fresh;
    state->line = state->csv.line;
    state->in_hand = true;
    return ATTUNE_OK;
}

static attune_status csv_add_message(struct csv_state *state, const struct at_message *message,
                                     attune_error *err)
{
    struct at_profile *p = &state->profile;
    if (p->n_messages == state->cap_messages) {
        const size_t cap = state->cap_messages ? 2 * state->cap_messages : 64;
        struct at_message *grown = at_realloc(state->messages, cap, sizeof *grown);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu messages of a fan", cap);
        state->messages = grown;
        state->cap_messages = cap;
    }
    struct at_message kept = *message;
    AT_TRY(csv_keep(state, &kept.text, message->text, err));
    state->messages[p->n_messages++] = kept;
    p->messages = state->messages;
    state->n_bytes += message->text.len + sizeof kept;
    return ATTUNE_OK;
}

static attune_status csv_add_labels(struct csv_state *state, enum at_split split, attune_error *err)
{
    struct at_profile *p = &state->profile;
    const struct at_str language = csv_cell(state, state->column[CSV_LANGUAGE]);
    if (split != AT_SPLIT_NONE)
        p->split = split;
    if (language.len && !p->language.len)
        AT_TRY(csv_keep(state, &p->language, language, err));
    for (size_t t = 0; t < state->options->n_targets; t++) {
        const struct at_str target = state->options->targets[t];
        struct at_str label = csv_cell(state, state->target_column[t]);
        if (!label.len || at_profile_label(p, target).len)
            continue;
        AT_TRY(csv_keep(state, &label, label, err));
        AT_TRY(at_row_label(p, target, label, err));
    }
    return ATTUNE_OK;
}

/* Takes the row into the profile in hand, or refuses it. */
static attune_status csv_take_row(struct csv_state *state, struct at_str fan_id, attune_error *err)
{
    struct at_message message;
    enum at_split split = AT_SPLIT_NONE;
    state->has_row = false;
    if (state->refused)
        return ATTUNE_OK;
    if (!fan_id.len && state->options->need_fan_id)
        return at_fail(err, ATTUNE_FORMAT, "fan_id: missing or empty; expected a text");
    AT_TRY(csv_check_message(state, &message, err));
    AT_TRY(csv_check_profile(state, &split, err));
    if (!state->in_hand)
        AT_TRY(csv_begin_profile(state, fan_id, err));
    AT_TRY(csv_add_message(state, &message, err));
    AT_TRY(csv_add_labels(state, split, err));
    if (state->n_bytes <= state->csv.max_row_bytes)
        return ATTUNE_OK;
    state->refused = true;
    return at_fail(err, ATTUNE_FORMAT, "fan '%.*s' has more than %zu bytes of messages; left out",
                   at_str_clip(fan_id, 40), fan_id.ptr, state->csv.max_row_bytes);
}

/* A row without a fan_id is a profile of its own. */
static bool csv_same_fan(const struct csv_state *state, struct at_str fan_id)
{
    return fan_id.len && at_str_equal(fan_id, state->profile.fan_id);
}

static void csv_give(struct csv_state *state, struct at_profile *out, uint64_t *out_line)
{
    *out = state->profile;
    *out_line = state->line;
    state->given = true;
}

static attune_status csv_next(void *opaque, struct at_profile *out, bool *out_end,
                              struct at_arena *arena, uint64_t *out_line, attune_error *err)
{
    struct csv_state *state = opaque;
    bool more = true;
    (void)arena;
    if (state->given)
        csv_drop_profile(state);
    for (;;) {
        if (!state->has_row) {
            const attune_status status = csv_fetch_row(state, &more, err);
            *out_line = state->csv.line;
            AT_TRY(status);
        }
        if (!more)
            break;
        state->has_row = true;
        const struct at_str fan_id = csv_cell(state, state->column[CSV_FAN]);
        if (state->in_hand && !csv_same_fan(state, fan_id)) {
            if (!state->refused) {
                csv_give(state, out, out_line);
                return ATTUNE_OK;
            }
            csv_drop_profile(state);
        }
        *out_line = state->csv.line;
        AT_TRY(csv_take_row(state, fan_id, err));
    }
    if (state->in_hand && !state->refused)
        csv_give(state, out, out_line);
    else
        *out_end = true;
    return ATTUNE_OK;
}

static const char *const csv_suffixes[] = {".csv", ".tsv", NULL};
const struct at_reader_kind at_reader_kind_csv = {
    .name = "csv",
    .summary = "CSV with a header row, one message a row",
    .suffixes = csv_suffixes,
    .open = csv_open,
    .next = csv_next,
    .close = csv_close,
};
