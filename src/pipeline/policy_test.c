#include "pipeline/policy.h"

#include "support/test.h"

static attune_error err;

/* "" where it answers. */
static const char *judged(const struct at_policy *policy, double a, double b, double c)
{
    static char reason[160];
    const double p[] = {a, b, c};
    reason[0] = '\0';
    const bool answers = at_policy_judge(policy, p, 3, reason, sizeof reason);
    assert_int_equal(answers, reason[0] == '\0');
    return reason;
}

static void test_policy__an_empty_one_always_answers(void **state)
{
    const struct at_policy policy = {0};
    (void)state;
    assert_string_equal(judged(&policy, 0.34, 0.33, 0.33), "");
    assert_string_equal(judged(&policy, 0.5, 0.5, 0), "");
}

static void test_policy__each_reason_says_what_was_missing(void **state)
{
    const struct at_policy precise = {.target_precision = 0.9, .min_confidence = 0.7};
    const struct at_policy apart = {.min_margin = 0.2};
    const struct at_policy both = {
        .target_precision = 0.9, .min_confidence = 0.7, .min_margin = 0.5};
    const struct at_policy never = {.target_precision = 0.99, .min_confidence = 2};
    (void)state;
    assert_string_equal(judged(&precise, 0.1, 0.7, 0.2), "");
    assert_string_equal(judged(&precise, 0.1, 0.65, 0.25),
                        "confidence 0.65 is below 0.70, from where 90 % of the answers are right");
    assert_string_equal(judged(&apart, 0.6, 0.1, 0.3), "");
    assert_string_equal(judged(&apart, 0.3, 0.25, 0.45),
                        "the two likeliest labels are only 0.15 apart, not 0.20");
    assert_string_equal(judged(&both, 0.75, 0.25, 0), "");
    assert_non_null(strstr(judged(&both, 0.72, 0.28, 0), "apart"));
    assert_string_equal(judged(&never, 1, 0, 0),
                        "no answer of this model was shown to be right 99 % of the time");
}

/* The second best comes before or after the best. */
static void test_policy__the_margin_is_to_the_second_best(void **state)
{
    const struct at_policy policy = {.min_margin = 0.3};
    (void)state;
    assert_string_equal(judged(&policy, 0.6, 0.3, 0.1), "");
    assert_string_equal(judged(&policy, 0.3, 0.6, 0.1), "");
    assert_string_equal(judged(&policy, 0.1, 0.3, 0.6), "");
    assert_non_null(strstr(judged(&policy, 0.4, 0.15, 0.45), "0.05 apart"));
    assert_non_null(strstr(judged(&policy, 0.45, 0.15, 0.4), "0.05 apart"));
}

static bool read_back(struct at_policy *out, const char *text)
{
    at_json *meta;
    assert_ok(at_json_parse(&meta, text, strlen(text), "test", &err));
    const bool usable = at_policy_read(out, meta);
    at_json_free(meta);
    return usable;
}

static void test_policy__is_written_and_read(void **state)
{
    const struct at_policy policy = {
        .target_precision = 0.85, .min_confidence = 0.625, .min_margin = 0.125};
    struct at_policy back;
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 0);
    (void)state;
    at_json_object_begin(&o);
    at_policy_json(&policy, &o);
    at_json_object_end(&o);
    assert_ok(at_json_end(&o, &err));
    assert_true(read_back(&back, text.data));
    assert_memory_equal(&back.target_precision, &policy.target_precision, sizeof(double));
    assert_memory_equal(&back.min_confidence, &policy.min_confidence, sizeof(double));
    assert_memory_equal(&back.min_margin, &policy.min_margin, sizeof(double));
    at_buf_release(&text);
    assert_true(read_back(&back, "{}"));
    assert_string_equal(judged(&back, 0.4, 0.3, 0.3), "");
}

static void test_policy__numbers_out_of_range_are_refused(void **state)
{
    static const char *const bad[] = {
        "{\"policy\":{\"target_precision\":1.5}}", "{\"policy\":{\"target_precision\":-0.1}}",
        "{\"policy\":{\"min_confidence\":2.5}}",   "{\"policy\":{\"min_confidence\":-1}}",
        "{\"policy\":{\"min_margin\":1.01}}",      "{\"policy\":{\"min_margin\":-1e-9}}",
    };
    struct at_policy policy;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (read_back(&policy, bad[i]))
            fail_msg("%s was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy__an_empty_one_always_answers),
        cmocka_unit_test(test_policy__each_reason_says_what_was_missing),
        cmocka_unit_test(test_policy__the_margin_is_to_the_second_best),
        cmocka_unit_test(test_policy__is_written_and_read),
        cmocka_unit_test(test_policy__numbers_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
