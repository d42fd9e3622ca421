#include "support/test.h"

#include "base/alloc.h"
#include "cli/cli.h"

/* A program that writes to a temporary file. */
struct test_program {
    FILE *out;
    struct at_term term;
    struct at_flags flags;
    struct at_arena arena;
    struct at_cli cli;
};

static void program_begin(struct test_program *p, bool json)
{
    *p = (struct test_program){.out = tmpfile()};
    assert_non_null(p->out);
    p->term = at_term_open(p->out, p->out);
    p->flags.global.output = json ? AT_CLI_JSON : AT_CLI_TEXT;
    p->cli = (struct at_cli){.term = &p->term, .flags = &p->flags, .arena = &p->arena};
}

static void program_end(struct test_program *p, const char *wanted)
{
    char text[1024];
    rewind(p->out);
    text[fread(text, 1, sizeof text - 1, p->out)] = '\0';
    fclose(p->out);
    at_arena_release(&p->arena);
    if (wanted)
        assert_string_equal(text, wanted);
}

static void render_a(struct at_page *page, const at_json *report)
{
    at_page_addf(page, "a is %lld\n", (long long)at_json_integer(at_json_get(report, "a"), 0));
}

static attune_error err;

static void test_cli__a_report_is_printed_as_it_is_or_rendered(void **state)
{
    (void)state;
    struct test_program p;
    program_begin(&p, true);
    assert_ok(at_cli_report(&p.cli, ATTUNE_OK, at_strdup("{ \"a\": 1 }"), render_a, &err));
    program_end(&p, "{ \"a\": 1 }\n");
    program_begin(&p, false);
    assert_ok(at_cli_report(&p.cli, ATTUNE_OK, at_strdup("{ \"a\": 1 }"), render_a, &err));
    program_end(&p, "a is 1\n");
}

static void test_cli__a_failure_goes_into_the_report(void **state)
{
    (void)state;
    struct test_program p;
    program_begin(&p, true);
    at_fail(&err, ATTUNE_NOT_ENOUGH, "Insufficient personality data: 25 < 50");
    assert_int_equal(
        at_cli_report(&p.cli, ATTUNE_NOT_ENOUGH, at_strdup("{\"a\":1}"), render_a, &err),
        ATTUNE_NOT_ENOUGH);
    assert_true(p.cli.printed);
    assert_string_equal(err.message, "Insufficient personality data: 25 < 50");
    program_end(&p,
                "{\n  \"a\": 1,\n  \"error\": {\n    \"status\": \"not_enough\",\n    \"message\": "
                "\"Insufficient personality data: 25 < 50\"\n  }\n}\n");
}

static void test_cli__without_a_report_nothing_is_printed(void **state)
{
    (void)state;
    struct test_program p;
    program_begin(&p, true);
    assert_int_equal(at_cli_report(&p.cli, ATTUNE_IO, NULL, render_a, &err), ATTUNE_IO);
    assert_false(p.cli.printed);
    program_end(&p, "");
}

static void test_cli__a_report_that_is_no_json_is_a_bug(void **state)
{
    (void)state;
    struct test_program p;
    program_begin(&p, false);
    assert_fails(at_cli_report(&p.cli, ATTUNE_OK, at_strdup("{"), render_a, &err), ATTUNE_INTERNAL,
                 "report");
    program_end(&p, "");
}

static void test_cli__every_allocation_may_fail(void **state)
{
    (void)state;
    for (int json = 0; json < 2; json++) {
        for (size_t n = 1; n < 60; n++) { /* more than it takes */
            struct test_program p;
            char *report = at_strdup("{\"a\": 1}");
            program_begin(&p, json);
            at_alloc_fail_after(n);
            at_fail(&err, ATTUNE_REFUSED, "no");
            const attune_status status =
                at_cli_report(&p.cli, ATTUNE_REFUSED, report, render_a, &err);
            at_alloc_fail_after(0);
            assert_int_equal(status, ATTUNE_REFUSED);
            assert_string_equal(err.message, "no"); /* the first failure is the one to tell */
            program_end(&p, NULL);
        }
    }
}

static void test_cli__a_message_is_said_once(void **state)
{
    (void)state;
    struct test_program p;
    program_begin(&p, false);
    assert_false(at_term_has_said(&p.term, "too few"));
    at_term_log(&p.term, ATTUNE_LOG_INFO, "too few");
    assert_false(at_term_has_said(&p.term, "too few"));
    at_term_log(&p.term, ATTUNE_LOG_ERROR, "too\033 few");
    assert_true(at_term_has_said(&p.term, "too\033 few"));
    program_end(&p, "attune: too? few\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cli__a_report_is_printed_as_it_is_or_rendered),
        cmocka_unit_test(test_cli__a_failure_goes_into_the_report),
        cmocka_unit_test(test_cli__without_a_report_nothing_is_printed),
        cmocka_unit_test(test_cli__a_report_that_is_no_json_is_a_bug),
        cmocka_unit_test(test_cli__every_allocation_may_fail),
        cmocka_unit_test(test_cli__a_message_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
