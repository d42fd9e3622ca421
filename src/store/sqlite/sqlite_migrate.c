/*
 * Migrations. user_version in the file's header is the number of steps that were applied; a step
 * and its number are committed together, so a crash leaves the schema before or after it and
 * nothing in between, and opening again goes on from there.
 *
 * Before the first step of a store that holds data, a copy is put beside it. It is made by a second
 * connection while this one holds the write lock: in WAL mode a reader may then still read, and
 * nobody can write between the copy and the step.
 */
#include "store/sqlite/sqlite_store.h"

#include <stdio.h>

static attune_status sqlite_snapshot_before(struct at_sqlite *s, size_t schema, attune_error *err)
{
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s.before-schema-%zu", s->path, schema);
    if (n < 0 || (size_t)n >= sizeof path)
        return at_fail(err, ATTUNE_LIMIT, "path too long: '%.80s...'", s->path);
    const attune_status status = at_sqlite_snapshot(&s->base, path, err);
    return status == ATTUNE_OK ? status : at_wrap(err, status, "no copy before the new schema");
}

static attune_status sqlite_apply(struct at_sqlite *s, const struct at_sqlite_migration *step,
                                  size_t number, attune_error *err)
{
    char pragma[128];
    snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d; PRAGMA user_version = %zu",
             AT_SQLITE_APPLICATION_ID, number);
    const attune_status status =
        at_sqlite_exec(s, (const char *)step->sql, "change the schema", err);
    if (status != ATTUNE_OK)
        return at_wrap(err, status, "step '%s' was undone", step->name);
    return at_sqlite_exec(s, pragma, "write the schema number", err);
}

/* Inside a transaction: the step after the present schema, if there is one; in a new store all of
 * them, so that nobody sees it half made. */
static attune_status sqlite_advance(struct at_sqlite *s, const struct at_sqlite_migration *steps,
                                    size_t n, bool *kept, bool *done, attune_error *err)
{
    int64_t schema = 0;
    AT_TRY(at_sqlite_number(s, "PRAGMA user_version", &schema, err));
    *done = schema < 0 || (uint64_t)schema >= n;
    if (*done)
        return ATTUNE_OK;
    if (schema > 0 && !*kept)
        AT_TRY(sqlite_snapshot_before(s, n, err));
    *kept = true;
    const bool fresh = schema == 0;
    do {
        AT_TRY(sqlite_apply(s, &steps[schema], (size_t)schema + 1, err));
        schema++;
    } while (fresh && (size_t)schema < n);
    return ATTUNE_OK;
}

attune_status at_sqlite_migrate(struct at_sqlite *s, const struct at_sqlite_migration *steps,
                                size_t n, attune_error *err)
{
    bool kept = false, done = false;
    int64_t schema = 0;
    AT_TRY(at_sqlite_number(s, "PRAGMA user_version", &schema, err));
    done = schema > 0 && (uint64_t)schema >= n;
    while (!done) {
        AT_TRY(at_sqlite_begin(&s->base, err));
        const attune_status status = sqlite_advance(s, steps, n, &kept, &done, err);
        if (status != ATTUNE_OK) {
            at_sqlite_rollback(&s->base);
            return status;
        }
        AT_TRY(at_sqlite_commit(&s->base, err));
    }
    return ATTUNE_OK;
}
