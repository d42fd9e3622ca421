#include "base/job.h"

#include "base/str.h"
#include "support/test.h"

struct seen {
    const char *stage;
    uint64_t done, total;
    attune_log_level level;
    char message[2048];
    bool stop;
};

static void seen_progress(void *user, const char *stage, uint64_t done, uint64_t total)
{
    struct seen *s = user;
    s->stage = stage;
    s->done = done;
    s->total = total;
}

static void seen_log(void *user, attune_log_level level, const char *message)
{
    struct seen *s = user;
    s->level = level;
    snprintf(s->message, sizeof s->message, "%s", message);
}

static bool seen_cancelled(void *user)
{
    return ((struct seen *)user)->stop;
}

static void test_job__no_job_is_silent(void **state)
{
    (void)state;
    attune_error err;
    const attune_job nothing = {0};
    const attune_job *const jobs[] = {NULL, &nothing};
    for (size_t i = 0; i < 2; i++) {
        at_job_progress(jobs[i], "fit", 1, 2);
        at_job_log(jobs[i], ATTUNE_LOG_INFO, "%s", "x");
        assert_false(at_job_cancelled(jobs[i]));
        assert_ok(at_job_check(jobs[i], &err));
    }
}

static void test_job__passes_everything_on(void **state)
{
    (void)state;
    attune_error err;
    struct seen s = {0};
    const attune_job job = {&s, seen_progress, seen_log, seen_cancelled};
    at_job_progress(&job, "import", 3, 0);
    assert_string_equal(s.stage, "import");
    assert_int_equal(s.done * 10 + s.total, 30);
    at_job_log(&job, ATTUNE_LOG_WARNING, "row %d", 7);
    assert_int_equal(s.level, ATTUNE_LOG_WARNING);
    assert_string_equal(s.message, "row 7");
    assert_ok(at_job_check(&job, &err));
    s.stop = true;
    assert_true(at_job_cancelled(&job));
    assert_fails(at_job_check(&job, &err), ATTUNE_CANCELLED, "interrupted");
}

static void test_job__a_long_message_is_cut_at_a_character(void **state)
{
    (void)state;
    struct seen s = {0};
    const attune_job job = {.user = &s, .log = seen_log};
    char text[2000] = "";
    for (size_t lead = 0; lead < 4; lead++) {
        memset(text, 'a', lead);
        for (size_t i = lead; i + 4 < sizeof text; i += 3)
            memcpy(text + i, "€", 4);
        at_job_log(&job, ATTUNE_LOG_INFO, "%s", text);
        const size_t len = strlen(s.message);
        assert_in_range(len, 1021, 1023);
        assert_int_equal(at_str_utf8_prefix(at_str_from(s.message)), len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_job__no_job_is_silent),
        cmocka_unit_test(test_job__passes_everything_on),
        cmocka_unit_test(test_job__a_long_message_is_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
