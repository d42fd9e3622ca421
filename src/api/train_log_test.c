#include "api/train_log.h"

#include "base/buf.h"
#include "base/job.h"
#include "support/temp.h"
#include "support/test.h"

static const int64_t now_ms = INT64_C(1767434400000); /* 2026-01-03T10:00:00Z */

static void assert_says(const char *path, const char *wanted, const char *unwanted)
{
    struct at_buf text = {0};
    attune_error err;
    assert_ok(at_fs_read(path, &text, 1 << 20, &err));
    assert_non_null(strstr(text.data, wanted));
    assert_null(strstr(text.data, unwanted));
    at_buf_release(&text);
}

static void test_train_log__each_training_has_its_own(void **state)
{
    (void)state;
    struct temp temp;
    struct at_train_log first, second;
    temp_open(&temp);
    at_train_log_open(&first, temp.dir, now_ms, ATTUNE_LOG_INFO, NULL);
    at_train_log_open(&second, temp.dir, now_ms, ATTUNE_LOG_INFO, NULL);
    assert_string_equal(first.path, temp_path(&temp, "training_20260103_100000.log"));
    assert_string_equal(second.path, temp_path(&temp, "training_20260103_100000_2.log"));
    at_job_log(&first.job, ATTUNE_LOG_INFO, "one");
    at_job_log(&second.job, ATTUNE_LOG_INFO, "two");
    at_job_log(&second.job, ATTUNE_LOG_DEBUG, "quiet");
    at_train_log_close(&first);
    at_train_log_close(&second);
    assert_says(first.path, "INFO one", "two");
    assert_says(second.path, "INFO two", "quiet");
    temp_close(&temp);
}

static void test_train_log__goes_on_without_a_file(void **state)
{
    (void)state;
    struct at_train_log log;
    at_train_log_open(&log, "/proc/nowhere", now_ms, ATTUNE_LOG_INFO, NULL);
    assert_int_equal(log.fd, -1);
    at_job_log(&log.job, ATTUNE_LOG_INFO, "one");
    at_train_log_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_train_log__each_training_has_its_own),
        cmocka_unit_test(test_train_log__goes_on_without_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
