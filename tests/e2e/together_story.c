/* Several at once: one training at a time, readers are never kept waiting, and Ctrl-C. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "e2e/e2e.h"

static void pause_ms(long ms)
{
    const struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

static bool still_runs(pid_t pid)
{
    int status;
    return waitpid(pid, &status, WNOHANG) == 0;
}

/* Until the file at home/NAME holds something. */
static void wait_for(struct e2e *t, const char *name)
{
    char path[400];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", t->home, name);
    for (int i = 0; i < 2000; i++) {
        if (stat(path, &st) == 0 && st.st_size > 0)
            return;
        pause_ms(5);
    }
    fail_msg("%s did not come", path);
}

static void test_story__one_training_at_a_time_and_readers_go_on(void **state)
{
    struct e2e *t = *state;
    struct program other;
    char words[1200], dir[400];
    e2e_home(t, (struct fans){.n = 90, .seed = 3});
    expect(t, 0, NULL, TRAIN " --target personality");
    const char *folder = e2e_path(t, "other");
    assert_int_equal(mkdir(folder, 0700), 0);
    snprintf(dir, sizeof dir, "%s", folder);
    program_open(&other, ATTUNE_PROGRAM, dir);
    snprintf(words, sizeof words,
             "--home %s train --force --threads 1 --models forest --n-estimators 100000 --target "
             "personality",
             t->home);
    const pid_t training = program_start(&other, NULL, words);
    wait_for(t, "train.lock");
    expect(t, 5, "training, process", "train --force");
    expect(t, 0, NULL, "--output json status");
    expect(t, 0, "\"label\"", "--output json predict --fan f1");
    expect(t, 0, NULL, "--output json models list");
    expect(t, 0, "one is running now", "doctor");
    assert_true(still_runs(training));
    kill(training, SIGINT);
    assert_int_equal(program_wait(&other, training), 130);
    assert_true(other.seconds < 60);
    program_close(&other);
    expect(t, 0, "Everything is in order", "doctor");
    expect(t, 0, NULL, "--output json status");
    assert_string_equal(e2e_text(t, "last_training.status"), "interrupted");
    expect(t, 0, NULL, TRAIN " --target personality");
}

static int64_t fan_sum(struct e2e *t)
{
    return e2e_query(t, "SELECT (SELECT sum(id * length(text)) FROM message) +"
                        " (SELECT sum(id * length(fan_id)) FROM fan) +"
                        " (SELECT sum(id * length(label)) FROM label)");
}

/* Counts and ids after an interrupted import that was repeated are those of one that was not. */
static void test_story__an_interrupted_import_is_completed_by_repeating_it(void **state)
{
    struct e2e *t = *state;
    char words[1200], file[400];
    const struct fans f = {.path = e2e_path(t, "many.jsonl"), .n = 12000, .seed = 6};
    fans_write(&f);
    snprintf(file, sizeof file, "%s", f.path);
    expect(t, 0, NULL, "init");
    expect(t, 0, NULL, "import %s", file);
    double wait_s = t->program.seconds / 2;
    const int64_t wanted = fan_sum(t);
    expect(t, 0, NULL, "--output json import %s", file);
    assert_int_equal((int)e2e_number(t, "profiles"), 12000);
    assert_int_equal((int)e2e_number(t, "fans_new"), 0);
    assert_int_equal((int)e2e_number(t, "messages_new"), 0);
    assert_int_equal((int)e2e_number(t, "labels_new"), 0);
    assert_int_equal((int)e2e_number(t, "labels_changed"), 0);
    assert_int_equal(fan_sum(t), wanted);

    int code = 0;
    for (int i = 0; i < 10 && code == 0; i++, wait_s /= 2) {
        snprintf(t->home, sizeof t->home, "%s/home%d", t->temp.dir, i);
        expect(t, 0, NULL, "init");
        snprintf(words, sizeof words, "--home %s import %s", t->home, file);
        const pid_t pid = program_start(&t->program, NULL, words);
        pause_ms((long)(wait_s * 1000));
        kill(pid, SIGINT);
        code = program_wait(&t->program, pid);
    }
    assert_int_equal(code, 130);
    expect(t, 0, NULL, "import %s", file);
    assert_int_equal(fan_sum(t), wanted);
    expect(t, 0, "Everything is in order", "doctor");
}

static void test_story__readers_work_during_an_import(void **state)
{
    struct e2e *t = *state;
    struct program other;
    char words[1200], dir[400], file[400];
    e2e_home(t, (struct fans){.n = 90, .seed = 3});
    expect(t, 0, NULL, TRAIN " --target personality");
    snprintf(dir, sizeof dir, "%s", e2e_path(t, "other"));
    assert_int_equal(mkdir(dir, 0700), 0);
    const struct fans f = {.path = e2e_path(t, "many.jsonl"), .from = 1000, .n = 30000, .seed = 6};
    fans_write(&f);
    snprintf(file, sizeof file, "%s", f.path);
    program_open(&other, ATTUNE_PROGRAM, dir);
    snprintf(words, sizeof words, "--home %s import %s", t->home, file);
    const pid_t import = program_start(&other, NULL, words);
    for (int i = 0; i < 3; i++) {
        expect(t, 0, NULL, "--output json status");
        expect(t, 0, "\"label\"", "--output json predict --fan f1");
    }
    assert_int_equal(program_wait(&other, import), 0);
    program_close(&other);
    expect(t, 0, NULL, "--output json status");
    assert_int_equal((int)e2e_number(t, "database.fans"), 30090);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(one_training_at_a_time_and_readers_go_on),
        STORY(an_interrupted_import_is_completed_by_repeating_it),
        STORY(readers_work_during_an_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
