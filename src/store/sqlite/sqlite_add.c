/*
 * Adding what is new of a profile.
 *
 * A new fan (one statement tells: its row was inserted or was there) takes every message as it
 * comes, and its counters are computed beforehand, so there is one statement a message and no
 * look-up.
 *
 * For a fan that is there, the messages of the profile are put into a hash table, and the stored
 * ones pass by and cross out, one by one, what they equal. What is left is new. Stored messages are
 * read from the newest back, and no further than to the earliest time in the profile: a chat log
 * that arrives message by message costs the same for each, however long the conversation has
 * become.
 */
#include "store/sqlite/sqlite_store.h"

#include <stdint.h>

#include "store/sqlite/message_match.h"

enum { ADD_MAX_TEXT = 1000000000, ADD_MAX_LABELS = 1000 };

/* The counters of a fan, as its row keeps them. */
struct add_tally {
    int64_t n_rows, n_received, last_ms;
    bool unordered;
};

static void add_count(struct add_tally *tally, const struct at_message *m)
{
    tally->n_rows++;
    tally->n_received += m->from == AT_FROM_FAN;
    if (m->at_ms == AT_TIME_NONE)
        return;
    if (m->at_ms < tally->last_ms)
        tally->unordered = true;
    else
        tally->last_ms = m->at_ms; /* AT_TIME_NONE is below every time */
}

static attune_status add_check(const struct at_sqlite *s, const struct at_profile *profile,
                               attune_error *err)
{
    if (!profile->fan_id.len)
        return at_fail(err, ATTUNE_INVALID, "a profile without fan_id cannot be stored in '%s'",
                       s->path);
    if (profile->n_messages > (size_t)AT_SQLITE_PER_FAN)
        return at_fail(err, ATTUNE_LIMIT, "fan '%.*s' has %zu messages; a store holds %lld a fan",
                       (int)(profile->fan_id.len < 100 ? profile->fan_id.len : 100),
                       profile->fan_id.ptr, profile->n_messages, (long long)AT_SQLITE_PER_FAN);
    if (profile->n_labels > ADD_MAX_LABELS)
        return at_fail(err, ATTUNE_LIMIT, "a profile has %zu labels; at most %d", profile->n_labels,
                       ADD_MAX_LABELS);
    for (size_t i = 0; i < profile->n_messages; i++)
        if (profile->messages[i].text.len > ADD_MAX_TEXT)
            return at_fail(err, ATTUNE_LIMIT, "message %zu of a fan has %zu bytes; at most %d",
                           i + 1, profile->messages[i].text.len, ADD_MAX_TEXT);
    return ATTUNE_OK;
}

/* ---- messages ---- */

struct add_messages {
    sqlite3_stmt *stmt;
    int64_t next; /* key of the next message */
};

static int add_bind_message(sqlite3_stmt *stmt, int64_t key, const struct at_message *m)
{
    int rc = sqlite3_bind_int64(stmt, 1, key);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int(stmt, 2, (int)m->from);
    if (rc == SQLITE_OK)
        rc = m->at_ms == AT_TIME_NONE ? sqlite3_bind_null(stmt, 3)
                                      : sqlite3_bind_int64(stmt, 3, m->at_ms);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text64(stmt, 4, m->text.len ? m->text.ptr : "", m->text.len,
                                 SQLITE_STATIC, SQLITE_UTF8);
    return rc;
}

static attune_status add_message(struct at_sqlite *s, struct add_messages *to,
                                 const struct at_message *m, attune_error *err)
{
    const int rc = add_bind_message(to->stmt, to->next, m);
    if (rc != SQLITE_OK)
        return at_sqlite_fail(s, rc, "bind a message", err);
    bool row;
    const attune_status status = at_sqlite_step(s, to->stmt, &row, "add a message", err);
    sqlite3_reset(to->stmt);
    s->failed |= status != ATTUNE_OK;
    to->next++;
    return status;
}

/* ---- a fan that is there ---- */

struct add_fan {
    int64_t id;
    struct add_tally tally;
    bool same; /* language and split say nothing new */
    struct at_str
        language; /* that the profile brings; empty: none, or a guess that is not needed */
};

static attune_status add_fan_get(struct at_sqlite *s, const struct at_profile *profile,
                                 struct add_fan *out, attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AT_TRY(at_sqlite_cached(s, AT_SQL_FAN_GET, &stmt, err));
    AT_TRY(at_sqlite_bind(s, stmt, err, "t", profile->fan_id));
    AT_TRY(at_sqlite_step(s, stmt, &row, "read a fan", err));
    if (!row) /* the INSERT found it, this does not: the index and the table disagree */
        return at_sqlite_fail(s, SQLITE_CORRUPT, "find a fan again", err);
    struct at_str language = {0};
    attune_status status = at_sqlite_text(s, stmt, 1, &language, err);
    if (status == ATTUNE_OK) {
        out->id = sqlite3_column_int64(stmt, 0);
        if (!profile->language_guessed || !language.len)
            out->language = profile->language;
        out->same = (!out->language.len || at_str_equal(language, out->language)) &&
                    (!profile->split || sqlite3_column_int(stmt, 6) == (int)profile->split);
        out->tally =
            (struct add_tally){sqlite3_column_int64(stmt, 2), sqlite3_column_int64(stmt, 3),
                               at_sqlite_time(stmt, 4), sqlite3_column_int(stmt, 5) != 0};
    }
    sqlite3_reset(stmt);
    return status;
}

/* The earliest time in the profile; AT_TIME_NONE when some message has none. */
static int64_t add_earliest(const struct at_profile *profile)
{
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < profile->n_messages; i++)
        if (profile->messages[i].at_ms < earliest)
            earliest = profile->messages[i].at_ms;
    return earliest;
}

static attune_status add_cross_stored(struct at_sqlite *s, sqlite3_stmt *stmt,
                                      struct at_match *match, int64_t back_to, attune_error *err)
{
    while (match->n_left) {
        bool row = false;
        AT_TRY(at_sqlite_step(s, stmt, &row, "read messages", err));
        if (!row)
            return ATTUNE_OK;
        struct at_message stored = {.from =
                                        sqlite3_column_int(stmt, 0) ? AT_FROM_CREATOR : AT_FROM_FAN,
                                    .at_ms = at_sqlite_time(stmt, 1)};
        if (stored.at_ms != AT_TIME_NONE && stored.at_ms < back_to)
            return ATTUNE_OK;
        AT_TRY(at_sqlite_text(s, stmt, 2, &stored.text, err));
        at_match_cross_out(match, &stored);
    }
    return ATTUNE_OK;
}

static attune_status add_cross_fan(struct at_sqlite *s, const struct add_fan *fan,
                                   const struct at_profile *profile, struct at_match *match,
                                   attune_error *err)
{
    const int64_t earliest = add_earliest(profile);
    if (earliest > fan->tally.last_ms && earliest != AT_TIME_NONE)
        return ATTUNE_OK;
    sqlite3_stmt *stmt = NULL;
    const int64_t base = fan->id << AT_SQLITE_FAN_SHIFT;
    AT_TRY(at_sqlite_cached(s, AT_SQL_MESSAGES_BACK, &stmt, err));
    AT_TRY(at_sqlite_bind(s, stmt, err, "ii", base, base + AT_SQLITE_PER_FAN));
    const int64_t back_to = fan->tally.unordered ? AT_TIME_NONE : earliest;
    const attune_status status = add_cross_stored(s, stmt, match, back_to, err);
    sqlite3_reset(stmt);
    return status;
}

static attune_status add_new_ones(struct at_sqlite *s, struct add_fan *fan,
                                  const struct at_match *match, size_t n, attune_error *err)
{
    struct add_messages to = {.next = (fan->id << AT_SQLITE_FAN_SHIFT) + fan->tally.n_rows};
    if (fan->tally.n_rows > AT_SQLITE_PER_FAN - (int64_t)match->n_left || fan->tally.n_rows < 0)
        return at_fail(err, ATTUNE_LIMIT, "a fan has %lld messages; a store holds %lld a fan",
                       (long long)fan->tally.n_rows, (long long)AT_SQLITE_PER_FAN);
    AT_TRY(at_sqlite_cached(s, AT_SQL_MESSAGE_ADD, &to.stmt, err));
    for (size_t i = 0; i < n; i++) {
        if (match->crossed[i])
            continue;
        AT_TRY(add_message(s, &to, &match->messages[i], err));
        add_count(&fan->tally, &match->messages[i]);
    }
    return ATTUNE_OK;
}

static attune_status add_messages_to(struct at_sqlite *s, struct add_fan *fan,
                                     const struct at_profile *profile, size_t *out_new,
                                     attune_error *err)
{
    struct at_match match;
    AT_TRY(at_match_init(&match, profile, err));
    attune_status status = add_cross_fan(s, fan, profile, &match, err);
    if (status == ATTUNE_OK && match.n_left)
        status = add_new_ones(s, fan, &match, profile->n_messages, err);
    *out_new = match.n_left;
    at_match_release(&match);
    return status;
}

static attune_status add_to_fan(struct at_sqlite *s, const struct at_profile *profile,
                                struct at_str by, int64_t now_ms, struct at_store_change *change,
                                attune_error *err)
{
    struct add_fan fan = {0};
    AT_TRY(add_fan_get(s, profile, &fan, err));
    if (profile->n_messages)
        AT_TRY(add_messages_to(s, &fan, profile, &change->new_messages, err));
    AT_TRY(at_sqlite_labels_import(s, fan.id, false, profile, by, now_ms, change, err));
    if (change->new_messages || !fan.same)
        return at_sqlite_run(s, AT_SQL_FAN_CHANGE, "change a fan", err, "itiiimii", fan.id,
                             fan.language, now_ms, fan.tally.n_rows, fan.tally.n_received,
                             fan.tally.last_ms, (int64_t)fan.tally.unordered,
                             (int64_t)profile->split);
    if (change->new_labels || change->changed_labels)
        return at_sqlite_run(s, AT_SQL_FAN_TOUCH, "change a fan", err, "ii", fan.id, now_ms);
    return ATTUNE_OK;
}

/* ---- a new fan ---- */

static attune_status add_rest_of_new(struct at_sqlite *s, const struct at_profile *profile,
                                     struct at_str by, int64_t now_ms,
                                     struct at_store_change *change, attune_error *err)
{
    const int64_t fan = sqlite3_last_insert_rowid(s->db);
    struct add_messages to = {.next = fan << AT_SQLITE_FAN_SHIFT};
    AT_TRY(at_sqlite_cached(s, AT_SQL_MESSAGE_ADD, &to.stmt, err));
    for (size_t i = 0; i < profile->n_messages; i++)
        AT_TRY(add_message(s, &to, &profile->messages[i], err));
    change->new_fan = true;
    change->new_messages = profile->n_messages;
    return at_sqlite_labels_import(s, fan, true, profile, by, now_ms, change, err);
}

static attune_status add_fan(struct at_sqlite *s, const struct at_profile *profile, int64_t now_ms,
                             bool *out_new, attune_error *err)
{
    struct add_tally tally = {.last_ms = AT_TIME_NONE};
    for (size_t i = 0; i < profile->n_messages; i++)
        add_count(&tally, &profile->messages[i]);
    AT_TRY(at_sqlite_run(s, AT_SQL_FAN_ADD, "add a fan", err, "ttiiimii", profile->fan_id,
                         profile->language, now_ms, tally.n_rows, tally.n_received, tally.last_ms,
                         (int64_t)tally.unordered, (int64_t)profile->split));
    *out_new = sqlite3_changes(s->db) > 0;
    return ATTUNE_OK;
}

attune_status at_sqlite_profile_add(struct at_store *store, const struct at_profile *profile,
                                    const char *by, int64_t now_ms, struct at_store_change *out,
                                    attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    struct at_store_change change = {0};
    const struct at_str who = at_str_from(by);
    bool is_new = false;
    const int64_t before = sqlite3_total_changes64(s->db);
    AT_TRY(at_sqlite_writing(s, err));
    AT_TRY(add_check(s, profile, err));
    attune_status status = add_fan(s, profile, now_ms, &is_new, err);
    if (status == ATTUNE_OK)
        status = is_new ? add_rest_of_new(s, profile, who, now_ms, &change, err)
                        : add_to_fan(s, profile, who, now_ms, &change, err);
    if (status != ATTUNE_OK && sqlite3_total_changes64(s->db) != before)
        s->failed = true;
    if (status == ATTUNE_OK && out)
        *out = change;
    return status;
}
