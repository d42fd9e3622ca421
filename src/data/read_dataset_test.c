#include "data/read_dataset.h"

#include "support/temp.h"
#include "support/test.h"

static attune_error err;

struct heard {
    char last[256];
    int warnings, steps;
};

static void hear_log(void *user, attune_log_level level, const char *message)
{
    struct heard *h = user;
    h->warnings += level == ATTUNE_LOG_WARNING;
    snprintf(h->last, sizeof h->last, "%s", message);
}

static void hear_progress(void *user, const char *stage, uint64_t done, uint64_t total)
{
    (void)stage;
    assert_true(done <= total);
    ((struct heard *)user)->steps++;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void test_read_dataset__reads_what_it_can(void **state)
{
    (void)state;
    struct temp temp;
    struct at_dataset d = {0};
    struct heard heard = {0};
    const attune_job job = {.user = &heard, .log = hear_log, .progress = hear_progress};
    uint64_t n_rejected = 99;
    temp_open(&temp);
    const char *path = temp_path(&temp, "a.jsonl");
    write_file(path, "{\"text\":\"hi\",\"mood\":\"good\"}\n{\"text\":7}\n{\"text\":\"no\"}\n");
    const struct at_read_source source = {.path = path, .target = at_str_from("mood")};
    assert_ok(at_read_dataset(&d, &n_rejected, &source, &job, &err));
    assert_int_equal(d.n, 2);
    assert_int_equal(n_rejected, 1);
    assert_int_equal(heard.warnings, 1);
    assert_non_null(strstr(heard.last, "a.jsonl:2"));
    assert_true(heard.steps > 0);
    assert_true(at_str_equal(at_profile_label(&d.profiles[0], source.target), at_str_from("good")));
    assert_int_equal(at_profile_label(&d.profiles[1], source.target).len, 0);
    assert_ok(at_read_dataset(&d, NULL, &source, NULL, &err)); /* appends */
    assert_int_equal(d.n, 4);
    at_dataset_release(&d);
    temp_close(&temp);
}

static bool cancel_at_once(void *user)
{
    (void)user;
    return true;
}

static void test_read_dataset__says_what_is_wrong(void **state)
{
    (void)state;
    struct temp temp;
    struct at_dataset d = {0};
    const attune_job job = {.cancelled = cancel_at_once};
    temp_open(&temp);
    const char *path = temp_path(&temp, "a.jsonl");
    struct at_read_source source = {.path = path, .target = at_str_from("mood")};
    assert_fails(at_read_dataset(&d, NULL, &source, NULL, &err), ATTUNE_IO, "a.jsonl");
    write_file(path, "{\"text\":\"hi\"}\n");
    source.format = "xml";
    assert_fails(at_read_dataset(&d, NULL, &source, NULL, &err), ATTUNE_INVALID, "jsonl");
    source.format = NULL;
    assert_int_equal(at_read_dataset(&d, NULL, &source, &job, &err), ATTUNE_CANCELLED);
    assert_int_equal(d.n, 0);
    at_dataset_release(&d);
    temp_close(&temp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_dataset__reads_what_it_can),
        cmocka_unit_test(test_read_dataset__says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
