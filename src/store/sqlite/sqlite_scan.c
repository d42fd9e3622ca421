/*
 * Reading fans: all that fit a question, or one. The rows of `fan` lead; labels and messages follow
 * beside them (fan_reader.c), so a scan reads each page once and holds one fan in memory.
 */
#include <string.h>

#include "store/sqlite/fan_reader.h"

struct sqlite_scan {
    struct at_fan_reader reader;
    sqlite3_stmt *fans;
    struct at_arena arena; /* the present fan */
    const struct at_store_scan *what;
    at_store_visit visit;
    void *context;
};

static bool scan_has_target(const struct at_profile *profile, struct at_str target)
{
    for (size_t i = 0; i < profile->n_labels; i++)
        if (at_str_equal(profile->labels[i].target, target))
            return true;
    return false;
}

static attune_status scan_fan(struct sqlite_scan *scan, attune_error *err)
{
    struct at_fan_reader *r = &scan->reader;
    struct at_fan_row fan = {0};
    at_arena_clear(&scan->arena);
    AT_TRY(at_fan_row_read(r->s, scan->fans, &fan, &scan->arena, err));
    struct at_profile profile = {
        .fan_id = fan.fan_id, .language = fan.language, .split = fan.split};
    if (scan->what->with_labels || scan->what->target.len)
        AT_TRY(at_fan_read_labels(r, fan.id, &profile, &scan->arena, err));
    if (scan->what->target.len && !scan_has_target(&profile, scan->what->target))
        return ATTUNE_OK;
    if (!scan->what->with_labels)
        profile.n_labels = 0;
    AT_TRY(at_fan_read_messages(r, &fan, scan->what->newest_messages, &profile, &scan->arena, err));
    return scan->visit(scan->context, &profile, fan.first_seen_ms, err);
}

static int64_t scan_at_least(size_t n)
{
    return n <= INT64_MAX ? (int64_t)n : INT64_MAX;
}

static attune_status scan_fans(struct sqlite_scan *scan, struct at_sqlite *s, attune_error *err)
{
    static const char sql[] = "SELECT " AT_FAN_COLUMNS " FROM fan"
                              " WHERE n_rows >= ?1 AND n_received >= ?2 ORDER BY id";
    AT_TRY(at_fan_reader_init(&scan->reader, s, err));
    AT_TRY(at_sqlite_prepare(s, sql, &scan->fans, err));
    AT_TRY(at_sqlite_bind(s, scan->fans, err, "ii", scan_at_least(scan->what->min_rows),
                          scan_at_least(scan->what->min_received)));
    for (;;) {
        bool row = false;
        AT_TRY(at_sqlite_step(s, scan->fans, &row, "read fans", err));
        if (!row)
            return ATTUNE_OK;
        AT_TRY(scan_fan(scan, err));
    }
}

attune_status at_sqlite_scan(struct at_store *store, const struct at_store_scan *what,
                             at_store_visit visit, void *context, attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    struct sqlite_scan scan = {.what = what, .visit = visit, .context = context};
    bool outermost = false;
    AT_TRY(at_sqlite_read_begin(s, &outermost, err));
    const attune_status status = scan_fans(&scan, s, err);
    sqlite3_finalize(scan.fans);
    at_fan_reader_release(&scan.reader);
    at_arena_release(&scan.arena);
    at_sqlite_read_end(s, outermost);
    return status;
}

/* ---- one fan ---- */

/* The reader's arrays go with the reader; what is given away is copied. */
static attune_status get_keep(struct at_profile *profile, struct at_arena *arena, attune_error *err)
{
    struct at_message *messages = AT_NEW(arena, struct at_message, profile->n_messages);
    struct at_label *labels = AT_NEW(arena, struct at_label, profile->n_labels);
    if (!messages || !labels)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: a fan with %zu messages",
                       profile->n_messages);
    if (profile->n_messages)
        memcpy(messages, profile->messages, profile->n_messages * sizeof *messages);
    if (profile->n_labels)
        memcpy(labels, profile->labels, profile->n_labels * sizeof *labels);
    profile->messages = messages;
    profile->labels = labels;
    return ATTUNE_OK;
}

static attune_status get_row(struct at_sqlite *s, int64_t id, struct at_fan_row *out,
                             struct at_arena *arena, attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AT_TRY(at_sqlite_prepare(s, "SELECT " AT_FAN_COLUMNS " FROM fan WHERE id = ?1", &stmt, err));
    attune_status status = at_sqlite_bind(s, stmt, err, "i", id);
    if (status == ATTUNE_OK)
        status = at_sqlite_step(s, stmt, &row, "read a fan", err);
    if (row)
        status = at_fan_row_read(s, stmt, out, arena, err);
    else if (status == ATTUNE_OK) /* its index has it, its table has not */
        status = at_sqlite_fail(s, SQLITE_CORRUPT, "read a fan", err);
    sqlite3_finalize(stmt);
    return status;
}

static attune_status get_fan(struct at_fan_reader *r, struct at_str fan_id, size_t newest,
                             struct at_profile *out, struct at_arena *arena, attune_error *err)
{
    struct at_fan_row fan = {0};
    int64_t id = 0;
    AT_TRY(at_sqlite_fan(r->s, fan_id, &id, err));
    AT_TRY(get_row(r->s, id, &fan, arena, err));
    struct at_profile profile = {
        .fan_id = fan.fan_id, .language = fan.language, .split = fan.split};
    AT_TRY(at_fan_read_labels(r, id, &profile, arena, err));
    AT_TRY(at_fan_read_messages(r, &fan, newest, &profile, arena, err));
    AT_TRY(get_keep(&profile, arena, err));
    *out = profile;
    return ATTUNE_OK;
}

attune_status at_sqlite_profile_get(struct at_store *store, struct at_str fan_id, size_t newest,
                                    struct at_profile *out, struct at_arena *arena,
                                    attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    struct at_fan_reader reader;
    bool outermost = false;
    AT_TRY(at_sqlite_read_begin(s, &outermost, err));
    attune_status status = at_fan_reader_init(&reader, s, err);
    if (status == ATTUNE_OK) {
        status = get_fan(&reader, fan_id, newest, out, arena, err);
        at_fan_reader_release(&reader);
    }
    at_sqlite_read_end(s, outermost);
    return status;
}
