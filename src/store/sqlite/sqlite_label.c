/*
 * Labels. Every one that was ever given is kept; which one counts is decided when reading.
 */
#include "store/sqlite/sqlite_store.h"

#include <string.h>

/* The key after the fan's last label. */
static attune_status label_next(struct at_sqlite *s, int64_t fan, int64_t *out, attune_error *err)
{
    const int64_t base = fan << AT_SQLITE_FAN_SHIFT;
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AT_TRY(at_sqlite_cached(s, AT_SQL_LABEL_LAST, &stmt, err));
    AT_TRY(at_sqlite_bind(s, stmt, err, "ii", base, base + AT_SQLITE_PER_FAN));
    AT_TRY(at_sqlite_step(s, stmt, &row, "read labels", err));
    *out = row ? sqlite3_column_int64(stmt, 0) + 1 : base;
    sqlite3_reset(stmt);
    if (*out >= base + AT_SQLITE_PER_FAN)
        return at_fail(err, ATTUNE_LIMIT, "a fan has more than %lld labels",
                       (long long)AT_SQLITE_PER_FAN);
    return ATTUNE_OK;
}

static attune_status label_insert(struct at_sqlite *s, int64_t key,
                                  const struct at_store_label *label, attune_error *err)
{
    return at_sqlite_run(s, AT_SQL_LABEL_ADD, "add a label", err, "ittiit", key, label->target,
                         label->label, (int64_t)label->source, label->at_ms, label->by);
}

/* ---- labels that come with a profile ---- */

enum label_news { LABEL_SAME, LABEL_NEW, LABEL_CHANGED };

/* What the label says against the stored imported one. */
static attune_status label_compare(struct at_sqlite *s, int64_t fan, const struct at_label *label,
                                   enum label_news *out, attune_error *err)
{
    const int64_t base = fan << AT_SQLITE_FAN_SHIFT;
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AT_TRY(at_sqlite_cached(s, AT_SQL_LABEL_IMPORTED, &stmt, err));
    AT_TRY(at_sqlite_bind(s, stmt, err, "iit", base, base + AT_SQLITE_PER_FAN, label->target));
    AT_TRY(at_sqlite_step(s, stmt, &row, "read labels", err));
    struct at_str stored = {0};
    attune_status status = row ? at_sqlite_text(s, stmt, 0, &stored, err) : ATTUNE_OK;
    *out = !row ? LABEL_NEW : at_str_equal(stored, label->label) ? LABEL_SAME : LABEL_CHANGED;
    sqlite3_reset(stmt);
    return status;
}

/* The target stands earlier in the same profile. */
static bool label_repeats(const struct at_profile *profile, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (at_str_equal(profile->labels[k].target, profile->labels[i].target))
            return true;
    return false;
}

attune_status at_sqlite_labels_import(struct at_sqlite *s, int64_t fan, bool new_fan,
                                      const struct at_profile *profile, struct at_str by,
                                      int64_t now_ms, struct at_store_change *out,
                                      attune_error *err)
{
    int64_t key = fan << AT_SQLITE_FAN_SHIFT;
    if (!new_fan && profile->n_labels)
        AT_TRY(label_next(s, fan, &key, err));
    for (size_t i = 0; i < profile->n_labels; i++) {
        const struct at_label *label = &profile->labels[i];
        enum label_news news = LABEL_NEW;
        if (!label->label.len || !label->target.len)
            continue;
        if (!new_fan || label_repeats(profile, i))
            AT_TRY(label_compare(s, fan, label, &news, err));
        if (news == LABEL_SAME)
            continue;
        const struct at_store_label row = {.target = label->target,
                                           .label = label->label,
                                           .source = AT_LABEL_IMPORTED,
                                           .at_ms = now_ms,
                                           .by = by};
        AT_TRY(label_insert(s, key++, &row, err));
        out->new_labels += news == LABEL_NEW;
        out->changed_labels += news == LABEL_CHANGED;
    }
    return ATTUNE_OK;
}

/* ---- labels one by one ---- */

attune_status at_sqlite_fan(struct at_sqlite *s, struct at_str fan_id, int64_t *out,
                            attune_error *err)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AT_TRY(at_sqlite_cached(s, AT_SQL_FAN_FIND, &stmt, err));
    AT_TRY(at_sqlite_bind(s, stmt, err, "t", fan_id));
    AT_TRY(at_sqlite_step(s, stmt, &row, "find a fan", err));
    *out = row ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    if (!row)
        return at_fail(err, ATTUNE_NOT_FOUND, "the store '%s' has no fan '%.*s'", s->path,
                       (int)(fan_id.len < 100 ? fan_id.len : 100), fan_id.len ? fan_id.ptr : "");
    return ATTUNE_OK;
}

attune_status at_sqlite_label_add(struct at_store *store, const struct at_store_label *label,
                                  attune_error *err)
{
    struct at_sqlite *s = at_sqlite_of(store);
    int64_t fan = 0, key = 0;
    AT_TRY(at_sqlite_writing(s, err));
    if (!label->target.len || !label->label.len)
        return at_fail(err, ATTUNE_INVALID, "a label needs a target and a value");
    AT_TRY(at_sqlite_fan(s, label->fan_id, &fan, err));
    AT_TRY(label_next(s, fan, &key, err));
    AT_TRY(label_insert(s, key, label, err));
    return at_sqlite_run(s, AT_SQL_FAN_TOUCH, "change a fan", err, "ii", fan, label->at_ms);
}

/* ---- listing ---- */

static attune_status label_read(struct at_sqlite *s, sqlite3_stmt *stmt, struct at_store_label *out,
                                attune_error *err)
{
    AT_TRY(at_sqlite_text(s, stmt, 0, &out->fan_id, err));
    AT_TRY(at_sqlite_text(s, stmt, 1, &out->target, err));
    AT_TRY(at_sqlite_text(s, stmt, 2, &out->label, err));
    AT_TRY(at_sqlite_text(s, stmt, 5, &out->by, err));
    const int64_t source = sqlite3_column_int64(stmt, 3);
    if (source < AT_LABEL_IMPORTED || source > AT_LABEL_MODEL)
        return at_sqlite_fail(s, SQLITE_CORRUPT, "read the source of a label", err);
    out->source = (enum at_label_source)source;
    out->at_ms = sqlite3_column_int64(stmt, 4);
    return ATTUNE_OK;
}

attune_status at_sqlite_labels(struct at_store *store, struct at_str fan_id,
                               at_store_visit_label visit, void *context, attune_error *err)
{
    static const char all[] =
        "SELECT fan_id, target, label, source, at_ms, by_whom FROM fan JOIN label"
        " ON label.id >= fan.id << 24 AND label.id < (fan.id + 1) << 24 ORDER BY fan.id, label.id";
    static const char one[] =
        "SELECT fan_id, target, label, source, at_ms, by_whom FROM fan JOIN label"
        " ON label.id >= fan.id << 24 AND label.id < (fan.id + 1) << 24"
        " WHERE fan_id = ?1 ORDER BY label.id";
    struct at_sqlite *s = at_sqlite_of(store);
    sqlite3_stmt *stmt = NULL;
    AT_TRY(at_sqlite_prepare(s, fan_id.len ? one : all, &stmt, err));
    attune_status status = fan_id.len ? at_sqlite_bind(s, stmt, err, "t", fan_id) : ATTUNE_OK;
    bool row = status == ATTUNE_OK;
    while (row) {
        struct at_store_label label = {0};
        status = at_sqlite_step(s, stmt, &row, "read labels", err);
        if (row)
            status = label_read(s, stmt, &label, err);
        if (row && status == ATTUNE_OK)
            status = visit(context, &label, err);
        row = row && status == ATTUNE_OK;
    }
    sqlite3_finalize(stmt);
    return status;
}
