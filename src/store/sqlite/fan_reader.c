/*
 * Messages of a fan are a range of keys, so the newest K are the end of that range - unless times
 * say otherwise, which the fan's row knows (`unordered`): then all are read, sorted, and cut.
 *
 * Of the labels the last one wins within (target, source), by time; between sources the operator
 * wins; the model does not count.
 */
#include "store/sqlite/fan_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { CURSOR_STEPS = 64 }; /* more rows than this to pass over: seek */

static attune_status cursor_restart(struct at_sqlite *s, struct at_fan_cursor *c, int64_t key,
                                    attune_error *err)
{
    sqlite3_reset(c->stmt);
    c->started = true;
    AT_TRY(at_sqlite_bind(s, c->stmt, err, "i", key));
    return ATTUNE_OK;
}

static attune_status cursor_step(struct at_sqlite *s, struct at_fan_cursor *c, attune_error *err)
{
    AT_TRY(at_sqlite_step(s, c->stmt, &c->has_row, "read", err));
    c->key = c->has_row ? sqlite3_column_int64(c->stmt, 0) : INT64_MAX;
    return ATTUNE_OK;
}

/* Moves forward to the first row with this key or a later one. */
static attune_status cursor_to(struct at_sqlite *s, struct at_fan_cursor *c, int64_t key,
                               attune_error *err)
{
    for (int i = 0; c->started && c->key < key; i++) {
        if (i == CURSOR_STEPS)
            c->started = false;
        else
            AT_TRY(cursor_step(s, c, err));
    }
    if (c->started)
        return ATTUNE_OK;
    AT_TRY(cursor_restart(s, c, key, err));
    return cursor_step(s, c, err);
}

attune_status at_fan_reader_init(struct at_fan_reader *r, struct at_sqlite *s, attune_error *err)
{
    *r = (struct at_fan_reader){.s = s};
    attune_status status = at_sqlite_prepare(
        s, "SELECT id, sender, at_ms, text FROM message WHERE id >= ?1 ORDER BY id",
        &r->message.stmt, err);
    if (status == ATTUNE_OK)
        status = at_sqlite_prepare(
            s, "SELECT id, target, label, source, at_ms FROM label WHERE id >= ?1 ORDER BY id",
            &r->label.stmt, err);
    if (status != ATTUNE_OK)
        at_fan_reader_release(r);
    return status;
}

void at_fan_reader_release(struct at_fan_reader *r)
{
    sqlite3_finalize(r->message.stmt);
    sqlite3_finalize(r->label.stmt);
    at_free(r->messages);
    at_free(r->current);
    at_free(r->labels);
    *r = (struct at_fan_reader){0};
}

attune_status at_fan_row_read(struct at_sqlite *s, sqlite3_stmt *stmt, struct at_fan_row *out,
                              struct at_arena *arena, attune_error *err)
{
    out->id = sqlite3_column_int64(stmt, 0);
    out->first_seen_ms = sqlite3_column_int64(stmt, 3);
    out->n_rows = sqlite3_column_int64(stmt, 4);
    out->unordered = sqlite3_column_int64(stmt, 5) != 0;
    const int split = sqlite3_column_int(stmt, 6);
    out->split = (enum at_split)split;
    if (split < AT_SPLIT_NONE || split > AT_SPLIT_TEST || out->id < 0 ||
        out->id >= INT64_MAX >> AT_SQLITE_FAN_SHIFT || out->n_rows < 0 ||
        out->n_rows > AT_SQLITE_PER_FAN)
        return at_sqlite_fail(s, SQLITE_CORRUPT, "read a fan", err);
    AT_TRY(at_sqlite_text_copy(s, stmt, 1, arena, &out->fan_id, err));
    return at_sqlite_text_copy(s, stmt, 2, arena, &out->language, err);
}

/* Room for one more behind n: the array, which may have moved, or NULL. */
static void *reader_room(void *array, size_t n, size_t *cap, size_t size, attune_error *err)
{
    if (n < *cap)
        return array;
    const size_t more = *cap ? 2 * *cap : 64;
    void *larger = at_realloc(array, more, size);
    if (larger)
        *cap = more;
    else
        at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu rows of one fan", more);
    return larger;
}

/* ---- labels ---- */

static bool label_wins(const struct at_fan_label *a, const struct at_fan_label *over)
{
    if (a->source != over->source)
        return a->source > over->source;
    return a->at_ms >= over->at_ms;
}

static attune_status label_consider(struct at_fan_reader *r, size_t *n, struct at_arena *arena,
                                    attune_error *err)
{
    sqlite3_stmt *stmt = r->label.stmt;
    struct at_fan_label label = {.at_ms = sqlite3_column_int64(stmt, 4)};
    const int64_t source = sqlite3_column_int64(stmt, 3);
    if (source != AT_LABEL_IMPORTED && source != AT_LABEL_OPERATOR)
        return ATTUNE_OK;
    label.source = (enum at_label_source)source;
    struct at_str target = {0};
    AT_TRY(at_sqlite_text(r->s, stmt, 1, &target, err));
    size_t i = 0;
    while (i < *n && !at_str_equal(r->current[i].is.target, target))
        i++;
    if (i < *n && !label_wins(&label, &r->current[i]))
        return ATTUNE_OK;
    struct at_fan_label *current =
        reader_room(r->current, i, &r->cap_current, sizeof *current, err);
    if (!current)
        return ATTUNE_NO_MEMORY;
    r->current = current;
    AT_TRY(at_sqlite_text_copy(r->s, stmt, 1, arena, &label.is.target, err));
    AT_TRY(at_sqlite_text_copy(r->s, stmt, 2, arena, &label.is.label, err));
    r->current[i] = label;
    *n += i == *n;
    return ATTUNE_OK;
}

attune_status at_fan_read_labels(struct at_fan_reader *r, int64_t fan, struct at_profile *profile,
                                 struct at_arena *arena, attune_error *err)
{
    const int64_t base = fan << AT_SQLITE_FAN_SHIFT, end = base + AT_SQLITE_PER_FAN;
    size_t n = 0;
    AT_TRY(cursor_to(r->s, &r->label, base, err));
    while (r->label.key < end) {
        AT_TRY(label_consider(r, &n, arena, err));
        AT_TRY(cursor_step(r->s, &r->label, err));
    }
    for (size_t i = 0; i < n; i++) {
        struct at_label *labels = reader_room(r->labels, i, &r->cap_labels, sizeof *labels, err);
        if (!labels)
            return ATTUNE_NO_MEMORY;
        r->labels = labels;
        labels[i] = r->current[i].is;
    }
    profile->labels = n ? r->labels : NULL;
    profile->n_labels = n;
    return ATTUNE_OK;
}

/* ---- messages ---- */

static attune_status message_read(struct at_fan_reader *r, const struct at_fan_row *fan, size_t n,
                                  struct at_arena *arena, attune_error *err)
{
    sqlite3_stmt *stmt = r->message.stmt;
    struct at_message *messages =
        reader_room(r->messages, n, &r->cap_messages, sizeof *messages, err);
    if (!messages)
        return ATTUNE_NO_MEMORY;
    r->messages = messages;
    struct at_message *m = &messages[n];
    m->from = sqlite3_column_int64(stmt, 1) ? AT_FROM_CREATOR : AT_FROM_FAN;
    m->at_ms = at_sqlite_time(stmt, 2);
    AT_TRY(at_sqlite_text_copy(r->s, stmt, 3, arena, &m->text, err));
    if (at_str_utf8_prefix(m->text) != m->text.len || memchr(m->text.ptr, 0, m->text.len))
        return at_fail(err, ATTUNE_CORRUPT,
                       "the store '%s' holds a message of fan '%.100s' that is not UTF-8 text (row "
                       "%lld of its table `message`)",
                       r->s->path, fan->fan_id.ptr, (long long)r->message.key);
    return ATTUNE_OK;
}

struct message_place {
    int64_t ms;
    size_t i;
};

static int message_place_compare(const void *a, const void *b)
{
    const struct message_place *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return x->i < y->i ? -1 : 1;
}

/* Sorts by time; a message without one goes with the one before it. */
static attune_status messages_sort(struct at_message *messages, size_t n, attune_error *err)
{
    struct message_place *places = AT_ALLOC_RAW(struct message_place, n);
    struct at_message *sorted = places ? AT_ALLOC_RAW(struct at_message, n) : NULL;
    if (!sorted) {
        at_free(places);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: sorting %zu messages", n);
    }
    int64_t last = AT_TIME_NONE;
    for (size_t i = 0; i < n; i++) {
        if (messages[i].at_ms != AT_TIME_NONE)
            last = messages[i].at_ms;
        places[i] = (struct message_place){last, i};
    }
    qsort(places, n, sizeof *places, message_place_compare);
    for (size_t i = 0; i < n; i++)
        sorted[i] = messages[places[i].i];
    memcpy(messages, sorted, n * sizeof *sorted);
    at_free(places);
    at_free(sorted);
    return ATTUNE_OK;
}

attune_status at_fan_read_messages(struct at_fan_reader *r, const struct at_fan_row *fan,
                                   size_t newest, struct at_profile *profile,
                                   struct at_arena *arena, attune_error *err)
{
    const int64_t base = fan->id << AT_SQLITE_FAN_SHIFT, end = base + AT_SQLITE_PER_FAN;
    const size_t n_rows = (size_t)fan->n_rows;
    const size_t wanted = newest && newest < n_rows ? newest : n_rows;
    const size_t first = fan->unordered ? 0 : n_rows - wanted;
    size_t n = 0;
    AT_TRY(cursor_to(r->s, &r->message, base + (int64_t)first, err));
    while (r->message.key < end) {
        AT_TRY(message_read(r, fan, n++, arena, err));
        AT_TRY(cursor_step(r->s, &r->message, err));
    }
    if (n != n_rows - first)
        return at_fail(err, ATTUNE_CORRUPT,
                       "the store '%s' should have %zu messages of fan '%.100s' and has %zu; put "
                       "back a backup of the home",
                       r->s->path, n_rows - first, fan->fan_id.ptr, n);
    if (fan->unordered && n)
        AT_TRY(messages_sort(r->messages, n, err));
    profile->messages = n ? r->messages + (n - wanted) : NULL;
    profile->n_messages = wanted;
    return ATTUNE_OK;
}
