/* What goes wrong, and what the program says about it. */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/e2e.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* ---- data ---- */

static void test_story__no_data_and_one_label_only(void **state)
{
    struct e2e *t = *state;
    struct at_buf text = {0};
    attune_error err;
    expect(t, 1, "there is no home at", "status");
    expect(t, 0, NULL, "init");
    expect(t, 1, "there is a home at", "init");
    expect(t, 3, "Insufficient personality data: 0 < 50", "train");
    expect(t, 1, "there is no model yet; make one with: attune train", "predict --fan nobody");
    for (int i = 0; i < 60; i++)
        assert_ok(at_buf_addf(&text, &err,
                              "{\"fan_id\":\"f%d\",\"messages\":[\"a %d\",\"b\",\"c\"],"
                              "\"personality\":\"Emotional\"}\n",
                              i, i));
    expect(t, 0, NULL, "import %s", e2e_write(t, "one.jsonl", text.data));
    at_buf_release(&text);
    expect(t, 3, "Insufficient personality data: all 60 fans are labelled 'Emotional'", "train");
    expect(t, 0, NULL, "import %s",
           e2e_write(t, "other.jsonl",
                     "{\"fan_id\":\"x\",\"messages\":[\"a\",\"b\",\"c\"],"
                     "\"personality\":\"Conqueror\"}\n"));
    expect(t, 3, "only 1 fan is labelled 'Conqueror'; at least 2 are needed", "train");
}

static void test_story__every_bad_row_is_named_and_the_good_ones_are_loaded(void **state)
{
    struct e2e *t = *state;
    static const char rows[] =
        "{\"fan_id\":\"a\",\"messages\":[\"x\"],\"personality\":\"Emotional\"}\n"
        "{\"fan_id\":\"b\",\"messages\":[\"x\"],\"personality\":\"Nice\"}\n"
        "{\"fan_id\":\"c\"\n"
        "{\"fan_id\":\"d\",\"messages\":[\"\xff\"]}\n"
        "{\"fan_id\":\"e\",\"messages\":[\"a\\u0000b\"]}\n"
        "{\"fan_id\":\"f\",\"messages\":[\"x\"],\"personality\":\"Emotional\","
        "\"labels\":{\"personality\":\"Conqueror\"}}\n"
        "{\"messages\":[\"x\"]}\n"
        "[1]\n"
        "{\"fan_id\":\"g\",\"messages\":[\"\"]}\n"
        "{\"fan_id\":\"h\",\"messages\":[]}\n";
    static const char *const said[] = {
        ":2: 'Nice' is not a label of personality; expected one of: Emotional, Conqueror",
        ":3: not valid JSON",
        ":4: invalid UTF-8: byte 0xFF at byte offset 27",
        ":5: not valid JSON: a NUL",
        ":6: labels: personality: conflict: both 'Emotional' and 'Conqueror' are given",
        ":7: fan_id: missing",
        ":8: expected an object",
    };
    expect(t, 0, NULL, "init");
    expect(t, 0, NULL, "--output json import %s", e2e_write(t, "rows.jsonl", rows));
    assert_int_equal((int)e2e_number(t, "rows"), 10);
    assert_int_equal((int)e2e_number(t, "profiles"), 3);
    assert_int_equal((int)e2e_number(t, "rejected"), 7);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char path[32];
        snprintf(path, sizeof path, "errors.%zu", i);
        assert_non_null(strstr(e2e_text(t, path), said[i]));
        assert_true(program_said(&t->program, "rows.jsonl"));
        assert_non_null(strstr(t->program.err, said[i]));
    }
    expect(t, 0, "fans wrote nothing", "check");
    expect(t, 1, "no profile could be read: 1 row was rejected", "import %s",
           e2e_write(t, "bad.jsonl", "{\"fan_id\":\n"));
    expect(t, 1, "NUL at byte offset 1", "import --format jsonl %s",
           (e2e_write(t, "nul.jsonl", "x"), truncate(t->path, 8), t->path));
}

/* Two imports that disagree: the newest counts, and check says so. Two fans who wrote the same but
 * are labelled differently are a conflict. */
static void test_story__conflicting_labels_are_found(void **state)
{
    struct e2e *t = *state;
#define ROW(fan, text, label)                                                                      \
    "{\"fan_id\":\"" fan "\",\"messages\":[\"" text                                                \
    "\",\"and\",\"so on\"],\"personality\":\"" label "\"}\n"
    expect(t, 0, NULL, "init");
    expect(t, 0, NULL, "import %s",
           e2e_write(t, "a.jsonl",
                     ROW("a", "one", "Emotional") ROW("b", "same", "Emotional")
                         ROW("c", "same", "Conqueror")));
    expect(t, 0, "1 changed", "import %s", e2e_write(t, "b.jsonl", ROW("a", "one", "Conqueror")));
    expect(t, 0, NULL, "--output json check");
    assert_int_equal((int)e2e_number(t, "targets.personality.labels.Conqueror"), 2);
    assert_true(program_said(&t->program, "\"label_changed\""));
    assert_true(program_said(&t->program, "\"label_conflict\""));
#undef ROW
}

static void test_story__huge_messages_and_fans(void **state)
{
    struct e2e *t = *state;
    const size_t n = 1000000;
    FILE *f = fopen(e2e_path(t, "huge.jsonl"), "w");
    assert_non_null(f);
    fprintf(f, "{\"fan_id\":\"long\",\"messages\":[\"");
    for (size_t i = 0; i < 1 << 18; i++)
        fprintf(f, "love");
    fprintf(f, "\"]}\n{\"fan_id\":\"many\",\"messages\":[\"0\"");
    for (size_t i = 1; i < n; i++)
        fprintf(f, ",\"a message of a fan, %zu\"", i);
    fprintf(f, "]}\n");
    const double size = (double)ftell(f);
    fclose(f);
    expect(t, 0, NULL, "init");
    expect(t, 0, NULL, "--output json import %s", t->path);
    assert_int_equal((int)e2e_number(t, "messages_new"), n + 1);
    /* a row is one unit of work: what it takes is a multiple of its length */
    if (!SANITIZED && (double)t->program.peak_rss_bytes > 20 * size + 64e6)
        fail_msg("%.0f MB for a row of %.0f MB", (double)t->program.peak_rss_bytes / 1e6,
                 size / 1e6);
    expect(t, 0, NULL, "--output json fan show many");
    assert_int_equal((int)at_json_len(program_json(&t->program, "messages")), 10);
    expect(t, 0, NULL, "--output json status");
    assert_int_equal((int)e2e_number(t, "database.messages"), n + 1);
}

/* ---- settings and the command line ---- */

static void test_story__settings_name_file_key_and_what_is_allowed(void **state)
{
    struct e2e *t = *state;
    expect(t, 0, NULL, "init");
#define CONFIG(text) e2e_write(t, "c.json", text)
    expect(t, 2, "c.json: ml.min_confidance: unknown option", "--config %s status",
           CONFIG("{\"ml\":{\"min_confidance\":0.5}}"));
    assert_true(program_said(&t->program, "did you mean 'ml.min_confidence'?"));
    expect(t, 2, "c.json: ml.min_confidence: '1.5' is not allowed; expected a number, 0 to 1",
           "--config %s status", CONFIG("{\"ml\":{\"min_confidence\":1.5}}"));
    expect(t, 1, "c.json: unexpected token near end of file (line 2", "--config %s status",
           CONFIG("{\"ml\":\n"));
    expect(t, 1, "none.json", "--config %s status", e2e_path(t, "none.json"));
    expect(t, 2, "api.port: 'x' is not allowed; expected a whole number, 1 to 65535",
           "--set api.port=x status");
    assert_int_equal(setenv("CHATTING_API_PORT", "0", 1), 0);
    expect(t, 2, "CHATTING_API_PORT: '0' is not allowed", "status");
    assert_int_equal(unsetenv("CHATTING_API_PORT"), 0);
    expect(t, 2, "unknown option '--no-such-flag'", "status --no-such-flag");
#undef CONFIG
}

static void test_story__files_that_are_none(void **state)
{
    struct e2e *t = *state;
    e2e_home(t, (struct fans){.n = 90, .seed = 3});
    expect(t, 1, "cannot open 'nofile.jsonl': No such file or directory", "import nofile.jsonl");
    expect(t, 2, "cannot tell the format of", "import %s", t->temp.dir);
    expect(t, 1, "cannot read", "import --format jsonl %s", t->temp.dir);
    expect(t, 0, NULL, TRAIN " --target personality");
    expect(t, 1, "cannot open 'nofile.jsonl': No such file or directory", "predict nofile.jsonl");
    expect(t, 1, "has no fan 'nobody'", "predict --fan nobody");
    expect(t, 1, "there is no model in", "apply --model %s %s", t->temp.dir, t->temp.dir);
}

/* ---- model files and stores ---- */

static void test_story__model_files_that_are_none(void **state)
{
    struct e2e *t = *state;
    char file[400], fans[400], folder[400];
    attune_error err;
    struct at_buf whole = {0};
    const struct fans f = {.path = e2e_path(t, "f.jsonl"), .n = 40, .seed = 3};
    fans_write(&f);
    snprintf(fans, sizeof fans, "%s", f.path);
    snprintf(folder, sizeof folder, "%s", e2e_path(t, "model"));
    snprintf(file, sizeof file, "%s", e2e_path(t, "model/model.attune"));
    expect(t, 0, NULL, "fit --data %s --label personality --kind forest --n-estimators 3 --save %s",
           fans, folder);
    expect(t, 0, "\"label\"", "apply --model %s %s", folder, fans);
    assert_ok(at_fs_read(file, &whole, 1 << 26, &err));
#define APPLY(text) expect(t, 1, text, "apply --model %s %s", folder, fans)
    assert_ok(at_fs_write(file, whole.data, whole.len / 2, &err));
    APPLY("is truncated");
    assert_ok(at_fs_write(file, "", 0, &err));
    APPLY("is not an attune model file");
    assert_ok(at_fs_write(file, "PK\3\4 some archive, longer than a header of ours is, by far", 58,
                          &err));
    APPLY("is not an attune model file");
    whole.data[whole.len - 9] ^= 4;
    assert_ok(at_fs_write(file, whole.data, whole.len, &err));
    APPLY("is damaged");
    whole.data[whole.len - 9] ^= 4;
    whole.data[8] = 99; /* the format's number */
    assert_ok(at_fs_write(file, whole.data, whole.len, &err));
    APPLY("has model file format 99, this attune reads up to");
#undef APPLY
    at_buf_release(&whole);
}

static void test_story__stores_that_are_none(void **state)
{
    struct e2e *t = *state;
    char db[400];
    attune_error err;
    struct at_buf whole = {0};
    sqlite3 *other = NULL;
    e2e_home(t, (struct fans){.n = 200, .seed = 3});
    snprintf(db, sizeof db, "%s/attune.db", t->home);
    assert_ok(at_fs_read(db, &whole, 1 << 28, &err));

    assert_ok(at_fs_write(db, "this is no database, whatever its name may say", 46, &err));
    expect(t, 1, "attune.db", "status");
    assert_true(program_said(&t->program, "not an attune store"));
    expect(t, 1, "not an attune store", "import %s", e2e_path(t, "fans.jsonl"));

    memset(whole.data + whole.len / 2, 0x5A, 4096);
    assert_ok(at_fs_write(db, whole.data, whole.len, &err));
    expect(t, 1, "damaged", "doctor");
    e2e_run(t, "train --force");
    assert_int_equal(t->program.code, 1);
    assert_true(program_said(&t->program, "damaged"));
    at_buf_release(&whole);

    assert_ok(at_fs_remove_tree(db, &err));
    assert_int_equal(sqlite3_open(db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "CREATE TABLE x (y); PRAGMA user_version = 3", 0, 0, 0),
                     0);
    sqlite3_close(other);
    expect(t, 1, "an SQLite database of another program", "import %s", e2e_path(t, "fans.jsonl"));

    assert_ok(at_fs_remove_tree(db, &err));
    expect(t, 0, NULL, "import %s", e2e_path(t, "fans.jsonl"));
    assert_int_equal(sqlite3_open(db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "PRAGMA user_version = 999", 0, 0, 0), 0);
    sqlite3_close(other);
    expect(t, 1, "schema 999, and this attune knows up to", "status");
}

static void test_story__a_locked_home(void **state)
{
    struct e2e *t = *state;
    char path[400];
    e2e_home(t, (struct fans){.n = 60, .seed = 3});
    snprintf(path, sizeof path, "%s/train.lock", t->home);
    const int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    expect(t, 5, "another run holds", "train --force");
    close(fd);
    e2e_run(t, "train --force");
    assert_true(t->program.code == 0 || t->program.code == 4);
}

static void test_story__a_home_is_its_owners(void **state)
{
    struct e2e *t = *state;
    struct stat st;
    const mode_t mask = umask(022);
    expect(t, 0, NULL, "init");
    assert_int_equal(stat(t->home, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(e2e_path(t, "home/models"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    umask(mask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(no_data_and_one_label_only),
        STORY(every_bad_row_is_named_and_the_good_ones_are_loaded),
        STORY(conflicting_labels_are_found),
        STORY(huge_messages_and_fans),
        STORY(settings_name_file_key_and_what_is_allowed),
        STORY(files_that_are_none),
        STORY(model_files_that_are_none),
        STORY(stores_that_are_none),
        STORY(a_locked_home),
        STORY(a_home_is_its_owners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
