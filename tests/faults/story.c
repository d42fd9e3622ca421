#include "faults/story.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "attune/attune.h"
#include "base/fs.h"
#include "store/sqlite/sqlite_store.h"
#include "support/fans.h"

#define STORY_TRAIN "train --force --threads 1 --models forest --n-estimators 3"
const struct story stories[] = {
    {"init", STORY_EMPTY, "init", false, true},
    {"demo", STORY_INIT, "demo --fans 60", false, false},
    {"import", STORY_INIT, "import @D", false, false},
    {"migrate", STORY_OLD, "import @D", false, false},
    {"train", STORY_DATA, STORY_TRAIN, true, false},
    {"train-again", STORY_TRAINED, STORY_TRAIN " --seed 7", true, false},
    {"promote", STORY_TRAINED, "models promote personality 2 --override --reason test", false,
     true},
    {"rollback", STORY_TRAINED, "models rollback personality --reason test", false, false},
    {"delete", STORY_TRAINED, "models delete personality 2", false, true},
    {"predict", STORY_TRAINED, "predict @D", false, false},
    {"fit", STORY_FITTED,
     "fit --data @D --label personality --kind forest --n-estimators 3 --threads 1 --save @M",
     false, false},
    {"apply", STORY_FITTED, "apply --model @M @D", false, false},
};
const size_t n_stories = sizeof stories / sizeof *stories;
static const char *const story_targets[STORY_TARGETS] = {"personality", "engagement"};

/* ---- homes ---- */

static void stage_must(struct stage *s, const char *fmt, ...)
{
    char words[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    const int code = program_run_env(&s->program, NULL, words);
    if (code == 0 || code == 4 || program_said(&s->program, "is the champion already"))
        return;
    fprintf(stderr, "cannot prepare '%s': %d: %s\n", words, code, s->program.err);
    abort();
}

/* The first migration alone, as the first release left it. */
static void stage_old_store(const char *path)
{
    sqlite3 *db = NULL;
    char sql[400];
    snprintf(sql, sizeof sql,
             "PRAGMA application_id = %d; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
             "INSERT INTO fan VALUES (1, 'old', 'en', 5, 5, 1, 1, 7, 0, 0);"
             "INSERT INTO message VALUES (1 << 24, 0, 7, 'from the old days');"
             "INSERT INTO label VALUES (1 << 24, 'personality', 'Emotional', 0, 5, 'old.jsonl');",
             AT_SQLITE_APPLICATION_ID);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, (const char *)at_sqlite_migrations[0].sql, NULL, NULL, NULL) ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) || sqlite3_close(db) != SQLITE_OK)
        abort();
}

static void stage_make_homes(struct stage *s)
{
    char path[400];
    char(*h)[320] = s->homes;
    for (int i = 0; i < STORY_HOMES; i++)
        snprintf(h[i], sizeof h[i], "%s/home%d", s->dir, i);
    snprintf(s->data, sizeof s->data, "%s/fans.jsonl", s->dir);
    fans_write(&(struct fans){.path = s->data, .n = 60, .seed = 1});
    stage_must(s, "--home %s init", h[STORY_INIT]);
    program_copy_tree(h[STORY_INIT], h[STORY_DATA]);
    stage_must(s, "--home %s import %s", h[STORY_DATA], s->data);
    program_copy_tree(h[STORY_DATA], h[STORY_TRAINED]);
    for (int seed = 1; seed <= 3; seed++)
        stage_must(s, "--home %s " STORY_TRAIN " --seed %d", h[STORY_TRAINED], seed);
    stage_must(s, "--home %s models promote personality 1 --override --reason test",
               h[STORY_TRAINED]);
    stage_must(s, "--home %s models promote personality 3 --override --reason test",
               h[STORY_TRAINED]);
    program_copy_tree(h[STORY_INIT], h[STORY_OLD]);
    snprintf(path, sizeof path, "%s/attune.db", h[STORY_OLD]);
    if (at_fs_remove_tree(path, NULL) != ATTUNE_OK)
        abort();
    stage_old_store(path);
    program_copy_tree(h[STORY_INIT], h[STORY_FITTED]);
    stage_must(s,
               "fit --data %s --label personality --kind forest --n-estimators 2 --threads 1 "
               "--save %s/model",
               s->data, h[STORY_FITTED]);
}

void stage_open(struct stage *s, const char *program)
{
    const char *base = getenv("TMPDIR");
    memset(s, 0, sizeof *s);
    snprintf(s->dir, sizeof s->dir, "%s/attune-faults-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(s->dir))
        abort();
    snprintf(s->work, sizeof s->work, "%s/work", s->dir);
    program_open(&s->program, program, s->dir);
    stage_make_homes(s);
}

void stage_close(struct stage *s)
{
    program_close(&s->program);
    if (s->n_problems)
        fprintf(stderr, "kept: %s\n", s->dir);
    else
        (void)at_fs_remove_tree(s->dir, NULL);
}

void stage_reset(struct stage *s, const struct story *story)
{
    if (at_fs_remove_tree(s->work, NULL) != ATTUNE_OK)
        abort();
    if (story->from != STORY_EMPTY)
        program_copy_tree(s->homes[story->from], s->work);
}

void stage_words(const struct stage *s, const struct story *story, char *out, size_t out_size)
{
    size_t n = (size_t)snprintf(out, out_size, "--home %s ", s->work);
    for (const char *p = story->words; *p && n + 1 < out_size; p++) {
        if (p[0] != '@') {
            out[n++] = *p;
            out[n] = '\0';
        } else {
            p++;
            n += (size_t)snprintf(out + n, out_size - n, "%s%s", *p == 'D' ? s->data : s->work,
                                  *p == 'D' ? "" : "/model");
        }
    }
}

bool stage_succeeded(const struct stage *s, const struct story *story)
{
    return s->program.code == 0 || (s->program.code == 4 && story->may_be_refused);
}

void stage_problem(struct stage *s, const char *fmt, ...)
{
    char text[900];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    s->n_problems++;
    fprintf(stderr, "FINDING %s: %s\n", s->doing, text);
}

static size_t count_temporaries(const char *path)
{
    size_t n = 0;
    DIR *dir = opendir(path);
    for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        char child[4096];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        n += strstr(e->d_name, ".tmp") != NULL;
        snprintf(child, sizeof child, "%s/%s", path, e->d_name);
        if (at_fs_is_dir(child))
            n += count_temporaries(child);
    }
    if (dir)
        closedir(dir);
    return n;
}

size_t stage_temporaries(const struct stage *s)
{
    return count_temporaries(s->work);
}

/* ---- looking at a home, without any fault ---- */

static void fans_digest_query(sqlite3 *db, const char *sql, struct at_sha256 *sha)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return; /* not the digest that is wanted */
    while (sqlite3_step(stmt) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const char *text = (const char *)sqlite3_column_text(stmt, i);
            at_sha256_add(sha, text ? text : "-", text ? strlen(text) + 1 : 1);
        }
    sqlite3_finalize(stmt);
}

/* Fans, messages and labels as the store has them, without the times of the import. */
static void fans_digest(const struct stage *s, char hex[AT_SHA256_HEX])
{
    char path[400];
    sqlite3 *db = NULL;
    struct at_sha256 sha;
    uint8_t digest[AT_SHA256_BYTES];
    snprintf(path, sizeof path, "%s/attune.db", s->work);
    (void)sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
    at_sha256_init(&sha);
    fans_digest_query(
        db,
        "SELECT id, fan_id, language, n_rows, n_received, last_ms, unordered FROM fan "
        "ORDER BY id",
        &sha);
    fans_digest_query(db, "SELECT id, sender, at_ms, text FROM message ORDER BY id", &sha);
    fans_digest_query(db, "SELECT id, target, label, source, by_whom FROM label ORDER BY id", &sha);
    fans_digest_query(db, "SELECT name, sql FROM sqlite_schema ORDER BY name", &sha);
    fans_digest_query(db, "PRAGMA user_version", &sha);
    sqlite3_close(db);
    at_sha256_finish(&sha, digest);
    at_hex(hex, digest, sizeof digest);
}

static attune_status stage_home(const struct stage *s, attune_home **out, attune_error *err)
{
    return attune_home_open(out, &(struct attune_home_options){.folder = s->work}, err);
}

static void read_champions(struct stage *s, attune_home *home, int64_t *out)
{
    attune_error err = {0};
    char *text = NULL;
    at_json *json = NULL;
    memset(out, 0, STORY_TARGETS * sizeof *out);
    if (attune_models_list(home, NULL, &text, &err) != ATTUNE_OK ||
        at_json_parse(&json, text, strlen(text), "list", &err) != ATTUNE_OK)
        stage_problem(s, "models list: %s", err.message);
    const at_json *targets = at_json_get(json, "targets");
    for (int t = 0; t < STORY_TARGETS; t++)
        out[t] = at_json_integer(
            at_json_get(at_json_get(at_json_get(targets, story_targets[t]), "aliases"), "champion"),
            0);
    at_json_free(json);
    attune_free(text);
}

/* Leftovers of a training are for the next training to remove: not counted unless `all`. */
static bool doctor_is_content(struct stage *s, attune_home *home, bool all)
{
    attune_error err = {0};
    char *text = NULL;
    at_json *json = NULL;
    bool leftovers = false;
    if (attune_home_doctor(home, &text, &err) != ATTUNE_OK ||
        at_json_parse(&json, text, strlen(text), "doctor", &err) != ATTUNE_OK)
        stage_problem(s, "doctor: %s", err.message);
    const at_json *checks = at_json_get(json, "checks");
    for (size_t i = 0; i < at_json_len(checks); i++) {
        const at_json *c = at_json_at(checks, i);
        if (at_json_bool(at_json_get(c, "ok"), false) ||
            strcmp(at_json_string(at_json_get(c, "name")).ptr, "disk space") == 0)
            continue;
        if (!all && strcmp(at_json_string(at_json_get(c, "name")).ptr, "training") == 0)
            leftovers = true;
        else
            stage_problem(s, "doctor: %s", at_json_string(at_json_get(c, "detail")).ptr);
    }
    at_json_free(json);
    attune_free(text);
    return !leftovers;
}

static void check_home(struct stage *s, bool *out_content)
{
    attune_error err = {0};
    attune_home *home = NULL;
    char *text = NULL;
    int64_t champion[STORY_TARGETS];
    if (stage_home(s, &home, &err) != ATTUNE_OK) {
        stage_problem(s, "the home does not open: %s", err.message);
        return;
    }
    if (attune_models_verify(home, NULL, &text, &err) != ATTUNE_OK)
        stage_problem(s, "models verify: %s", err.message);
    attune_free(text);
    read_champions(s, home, champion);
    for (int t = 0; t < STORY_TARGETS; t++)
        if (champion[t] != s->champion_before[t] && champion[t] != s->champion_after[t])
            stage_problem(s, "the champion of %s is %lld, neither %lld nor %lld", story_targets[t],
                          (long long)champion[t], (long long)s->champion_before[t],
                          (long long)s->champion_after[t]);
    *out_content = doctor_is_content(s, home, false);
    attune_home_close(home);
}

/* A home whose store is not there yet, or is still of the old schema, is looked at when the command
 * was repeated. */
static bool has_store_of_today(const struct stage *s)
{
    char path[400];
    attune_error err;
    struct at_store *store = NULL;
    snprintf(path, sizeof path, "%s/attune.db", s->work);
    if (!at_fs_exists(path))
        return false;
    const attune_status status = at_sqlite_open(&store, path, AT_STORE_READ, &err);
    at_sqlite_close(store);
    return status != ATTUNE_CONFLICT && status != ATTUNE_NOT_FOUND;
}

/* A store that was brought up to date has the old one beside it, whole. */
static void check_snapshot(struct stage *s)
{
    char path[400];
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    snprintf(path, sizeof path, "%s/attune.db.before-schema-%zu", s->work, at_sqlite_n_migrations);
    (void)sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    if (sqlite3_prepare_v2(db,
                           "SELECT 1 FROM fan, message, label, pragma_user_version"
                           " WHERE fan_id = 'old' AND user_version = 1"
                           " AND (SELECT integrity_check FROM pragma_integrity_check) = 'ok'",
                           -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        stage_problem(s, "there is no whole copy '%s'", path);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void check_repeated(struct stage *s, const struct story *story)
{
    char words[1024], hex[AT_SHA256_HEX];
    stage_words(s, story, words, sizeof words);
    program_run_env(&s->program, NULL, words);
    if (!stage_succeeded(s, story) && !(story->gone_when_repeated && s->program.code == 1))
        stage_problem(s, "repeated, it ends with %d: %s", s->program.code, s->program.err);
    fans_digest(s, hex);
    if (strcmp(hex, s->fans_after) != 0)
        stage_problem(s, "repeated, it gives another store");
}

static void check_model_folder(struct stage *s)
{
    char path[400];
    attune_error err = {0};
    attune_predictor *predictor = NULL;
    snprintf(path, sizeof path, "%s/model", s->work);
    if (attune_predictor_open_folder(&predictor, path, NULL, &err) != ATTUNE_OK)
        stage_problem(s, "the model folder does not open: %s", err.message);
    attune_predictor_close(predictor);
}

void stage_check(struct stage *s, const struct story *story)
{
    bool content = true;
    if (has_store_of_today(s)) {
        check_home(s, &content);
        if (story->from == STORY_OLD)
            check_snapshot(s);
    }
    if (story->from == STORY_FITTED)
        check_model_folder(s);
    check_repeated(s, story);
    if (story->from == STORY_OLD)
        check_snapshot(s);
    if (!content)
        program_run(&s->program, "--home %s " STORY_TRAIN, s->work);
    attune_error err = {0};
    attune_home *home = NULL;
    char *text = NULL;
    attune_status status = stage_home(s, &home, &err);
    if (status == ATTUNE_OK)
        status = attune_models_verify(home, NULL, &text, &err);
    if (status != ATTUNE_OK)
        stage_problem(s, "after it was repeated: %s", err.message);
    else
        doctor_is_content(s, home, true);
    attune_free(text);
    attune_home_close(home);
    /* a model folder is nobody's to tidy up, nor is what a killed init left */
    if (content && stage_temporaries(s) && story->from != STORY_EMPTY &&
        story->from != STORY_FITTED)
        stage_problem(s, "%zu temporary files are left", stage_temporaries(s));
}

void stage_learn(struct stage *s, const struct story *story)
{
    char words[1024];
    attune_error err;
    attune_home *home = NULL;
    s->doing = story->name;
    memset(s->champion_before, 0, sizeof s->champion_before);
    stage_reset(s, story);
    if (story->from == STORY_TRAINED && stage_home(s, &home, &err) == ATTUNE_OK)
        read_champions(s, home, s->champion_before);
    attune_home_close(home);
    home = NULL;
    stage_words(s, story, words, sizeof words);
    program_run_env(&s->program, NULL, words);
    if (!stage_succeeded(s, story))
        stage_problem(s, "undisturbed, it ends with %d: %s", s->program.code, s->program.err);
    s->seconds = s->program.seconds;
    fans_digest(s, s->fans_after);
    if (stage_home(s, &home, &err) == ATTUNE_OK)
        read_champions(s, home, s->champion_after);
    attune_home_close(home);
}
