/* e2e.h - a folder, a home in it, and the program: whole stories as a user lives them. */
#ifndef AT_TEST_E2E_H
#define AT_TEST_E2E_H

#include <sqlite3.h>
#include <string.h>

#include "base/json.h"
#include "support/fans.h"
#include "support/program.h"
#include "support/temp.h"

struct e2e {
    struct temp temp;
    struct program program;
    char home[300], path[400];
};

/*
 * expect(t, code, "part of what it says" or NULL, "words after --home HOME", ...): the exit code
 * and the text must be right. Every story trains small forests: it is not about their quality.
 */
#define expect(t, wanted, text, ...)                                                               \
    do {                                                                                           \
        char expect_words_[2048];                                                                  \
        snprintf(expect_words_, sizeof expect_words_, __VA_ARGS__);                                \
        if (e2e_run(t, expect_words_) != (wanted))                                                 \
            fail_msg("%s: ended with %d, not %d:\n%s%s", expect_words_, (t)->program.code, wanted, \
                     (t)->program.out, (t)->program.err);                                          \
        const char *expect_text_ = text;                                                           \
        if (expect_text_ && !program_said(&(t)->program, expect_text_))                            \
            fail_msg("%s: '%s' is missing in:\n%s%s", expect_words_, expect_text_,                 \
                     (t)->program.out, (t)->program.err);                                          \
    } while (0)
#define TRAIN "--output json train --force --threads 1 --models forest --n-estimators 10"

static inline int e2e_setup(void **state)
{
    static struct e2e t;
    memset(&t, 0, sizeof t);
    temp_open(&t.temp);
    snprintf(t.home, sizeof t.home, "%s/home", t.temp.dir);
    program_open(&t.program, ATTUNE_PROGRAM, t.temp.dir);
    *state = &t;
    return 0;
}

static inline int e2e_teardown(void **state)
{
    struct e2e *t = *state;
    program_close(&t->program);
    temp_close(&t->temp);
    return 0;
}

static inline int e2e_run(struct e2e *t, const char *words)
{
    return program_run(&t->program, "--home %s %s", t->home, words);
}

/* temp/name, valid until the next call. */
static inline const char *e2e_path(struct e2e *t, const char *name)
{
    snprintf(t->path, sizeof t->path, "%s/%s", t->temp.dir, name);
    return t->path;
}

static inline const char *e2e_write(struct e2e *t, const char *name, const char *text)
{
    attune_error err;
    assert_ok(at_fs_write(e2e_path(t, name), text, strlen(text), &err));
    return t->path;
}

/* A home with the fans of `f` (its path is filled in). */
static inline void e2e_home(struct e2e *t, struct fans f)
{
    expect(t, 0, NULL, "init");
    f.path = e2e_path(t, "fans.jsonl");
    fans_write(&f);
    if (f.n)
        expect(t, 0, NULL, "import %s", f.path);
}

static inline double e2e_number(struct e2e *t, const char *path)
{
    const at_json *v = program_json(&t->program, path);
    if (!at_json_is_number(v))
        fail_msg("no number at %s in:\n%s", path, t->program.out);
    return at_json_number(v, 0);
}

static inline const char *e2e_text(struct e2e *t, const char *path)
{
    const at_json *v = program_json(&t->program, path);
    if (!at_json_is_string(v))
        fail_msg("no text at %s in:\n%s", path, t->program.out);
    return at_json_string(v).ptr;
}

/* The first column of the first row, from the store's file. */
static inline int64_t e2e_query(struct e2e *t, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    char path[400];
    snprintf(path, sizeof path, "%s/attune.db", t->home);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    const int64_t n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return n;
}

/* The members of a version on one side (1 train, 3 test). */
static inline int64_t e2e_members(struct e2e *t, const char *target, int version, int role)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM version_member m JOIN version v ON v.id = m.version"
             " WHERE v.target = '%s' AND v.version = %d AND m.role = %d",
             target, version, role);
    return e2e_query(t, sql);
}

#define STORY(name) cmocka_unit_test_setup_teardown(test_story__##name, e2e_setup, e2e_teardown)

#endif
