#include "support/test.h"

#include "attune/kind.h"
#include "base/alloc.h"
#include "cli/flags.h"
#include "cli/parts.h"

static struct at_arena test_arena;
static struct at_flags test_flags;
static attune_error err;

/* Splits at spaces; "" stands for an empty argument. */
static attune_status parse(const char *line)
{
    static char copy[256];
    const char *argv[32] = {"attune"};
    int argc = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = strcmp(word, "\"\"") == 0 ? "" : word;
    at_arena_clear(&test_arena);
    return at_flags_parse(&test_flags, argc, argv, &test_arena, &err);
}

static int teardown(void **state)
{
    (void)state;
    at_arena_release(&test_arena);
    return 0;
}

static void test_flags__globals_stand_before_and_after_the_command(void **state)
{
    (void)state;
    assert_ok(parse("--home here --output=json status"));
    assert_string_equal(test_flags.global.home, "here");
    assert_int_equal(test_flags.global.output, AT_CLI_JSON);
    assert_string_equal(test_flags.command->name, "status");
    assert_ok(parse("status --home there --output text -v"));
    assert_string_equal(test_flags.global.home, "there");
    assert_int_equal(test_flags.global.output, AT_CLI_TEXT);
    assert_true(test_flags.output_given && test_flags.global.verbose);
}

static void test_flags__later_value_replaces_earlier(void **state)
{
    (void)state;
    assert_ok(parse("--home a status --home b --quiet --no-quiet"));
    assert_string_equal(test_flags.global.home, "b");
    assert_false(test_flags.global.quiet);
}

static void test_flags__version_is_the_option_of_evaluate_after_it(void **state)
{
    (void)state;
    assert_ok(parse("evaluate --version 3"));
    assert_false(test_flags.global.version);
    assert_ok(parse("--version"));
    assert_true(test_flags.global.version);
    assert_fails(parse("evaluate --version"), ATTUNE_INVALID, "--version needs a value");
}

static void test_flags__subcommands_have_a_parent(void **state)
{
    (void)state;
    assert_ok(parse("models promote personality 3 --reason because --override"));
    assert_string_equal(test_flags.parent->name, "models");
    assert_string_equal(test_flags.command->name, "promote");
    assert_int_equal(test_flags.n_args, 2);
    assert_string_equal(test_flags.args[1], "3");
    assert_fails(parse("models"), ATTUNE_INVALID, "needs a command: list|show");
    assert_fails(parse("models promot"), ATTUNE_INVALID, "did you mean 'promote'?");
}

static void test_flags__settings_are_collected_and_the_last_of_a_key_holds(void **state)
{
    (void)state;
    assert_ok(parse("--set a.b=1 status --set c==2 --set a.b=3"));
    assert_int_equal(test_flags.n_settings, 2);
    assert_string_equal(test_flags.settings[0].name, "a.b");
    assert_string_equal(test_flags.settings[0].value, "3");
    assert_string_equal(test_flags.settings[1].value, "=2");
    assert_fails(parse("status --set novalue"), ATTUNE_INVALID, "not KEY=VALUE");
    assert_fails(parse("status --set =1"), ATTUNE_INVALID, "not KEY=VALUE");
}

static void test_flags__options_of_every_part_pass_as_settings(void **state)
{
    (void)state;
    struct at_part part;
    for (size_t i = 0; at_part_at(i, &part); i++)
        for (size_t j = 0; j < part.table.n_rows; j++) {
            const struct attune_option *option = &part.table.rows[j];
            const bool is_switch = option->type == ATTUNE_OPTION_BOOL;
            const char *prefix = at_part_prefix(&part, option);
            char line[128], name[64];
            snprintf(name, sizeof name, "%s%s%s", prefix ? prefix : "", prefix ? "." : "",
                     option->name);
            snprintf(line, sizeof line, "train --%s%s", name, is_switch ? "" : " 7");
            assert_ok(parse(line));
            assert_int_equal(test_flags.n_parts, 1);
            assert_string_equal(test_flags.parts[0].name, name);
            assert_string_equal(test_flags.parts[0].value, is_switch ? "true" : "7");
            snprintf(line, sizeof line, "status --%s 7", name);
            assert_fails(parse(line), ATTUNE_INVALID, "unknown option");
        }
}

static void test_flags__part_switches_can_be_cleared(void **state)
{
    (void)state;
    assert_ok(parse("fit --data x --no-use-idf --max-features 50"));
    assert_int_equal(test_flags.n_parts, 2);
    assert_string_equal(test_flags.parts[0].name, "use_idf");
    assert_string_equal(test_flags.parts[0].value, "false");
    assert_string_equal(test_flags.parts[1].name, "max_features");
}

static void test_flags__a_part_may_be_named(void **state)
{
    (void)state;
    assert_ok(parse("fit --forest.max-features 0.3 --max-features 50 --no-tfidf.use-idf"));
    assert_int_equal(test_flags.n_parts, 3);
    assert_string_equal(test_flags.parts[0].name, "forest.max_features");
    assert_string_equal(test_flags.parts[0].value, "0.3");
    assert_string_equal(test_flags.parts[1].name, "max_features");
    assert_string_equal(test_flags.parts[2].name, "tfidf.use_idf");
    assert_string_equal(test_flags.parts[2].value, "false");
    assert_fails(parse("fit --fores.max-features 1"), ATTUNE_INVALID, "unknown option");
    assert_fails(parse("fit --forest.ties 1"), ATTUNE_INVALID, "unknown option");
}

static void test_flags__values_may_start_with_one_dash(void **state)
{
    (void)state;
    assert_ok(parse("train --seed -1"));
    assert_ok(parse("fit --data - --label x"));
    assert_ok(parse("fit --data=--odd --label x"));
    assert_fails(parse("fit --data --label x"), ATTUNE_INVALID, "--data needs a value");
    assert_fails(parse("status --home"), ATTUNE_INVALID, "--home needs a value");
}

static void test_flags__two_dashes_end_the_options(void **state)
{
    (void)state;
    assert_ok(parse("import -- --force -x"));
    assert_int_equal(test_flags.n_args, 2);
    assert_string_equal(test_flags.args[0], "--force");
    assert_ok(parse("predict -"));
    assert_string_equal(test_flags.args[0], "-");
}

static void test_flags__unknown_names_come_with_the_nearest(void **state)
{
    (void)state;
    assert_fails(parse("tran"), ATTUNE_INVALID, "did you mean 'train'?");
    assert_fails(parse("train --forse"), ATTUNE_INVALID, "did you mean '--force'?");
    assert_fails(parse("train --max_featurs 3"), ATTUNE_INVALID, "did you mean '--max-features'?");
    assert_fails(parse("--force train"), ATTUNE_INVALID, "stand after its name");
    assert_fails(parse("zzzz"), ATTUNE_INVALID, "'zzzz' is not a command of 'attune'");
    assert_null(strstr(err.message, "did you mean"));
    assert_fails(parse("status -x"), ATTUNE_INVALID, "unknown option '-x'");
}

static void test_flags__arguments_are_counted(void **state)
{
    (void)state;
    assert_fails(parse("import"), ATTUNE_INVALID, "arguments are missing; expected FILE...");
    assert_fails(parse("status now"), ATTUNE_INVALID, "unexpected argument 'now'");
    assert_fails(parse("models rollback"), ATTUNE_INVALID, "arguments are missing");
    assert_fails(parse(""), ATTUNE_INVALID, "no command given");
    assert_ok(parse("import --help"));
}

static void test_flags__values_are_checked(void **state)
{
    (void)state;
    assert_fails(parse("demo --fans 0"), ATTUNE_INVALID, "a whole number, 1 to 10000000");
    assert_fails(parse("status --output xml"), ATTUNE_INVALID, "one of text, json");
    assert_fails(parse("train --budget soon"), ATTUNE_INVALID, "a duration such as");
    assert_fails(parse("train --no-force=true"), ATTUNE_INVALID, "takes no value");
    assert_fails(parse("status -v -q"), ATTUNE_INVALID, "exclude each other");
}

static void test_flags__json_holds_for_errors_before_it(void **state)
{
    (void)state;
    assert_fails(parse("--nonsense status --output json"), ATTUNE_INVALID, "unknown option");
    assert_int_equal(test_flags.global.output, AT_CLI_JSON);
    assert_fails(parse("zzz --output=json"), ATTUNE_INVALID, "not a command");
    assert_int_equal(test_flags.global.output, AT_CLI_JSON);
}

static void test_flags__every_allocation_may_fail(void **state)
{
    (void)state;
    attune_status status = ATTUNE_NO_MEMORY;
    for (size_t n = 1; n < 100 && status != ATTUNE_OK; n++) {
        at_arena_release(&test_arena);
        at_alloc_fail_after(n);
        status = parse("train --home x --set a=b --max-features 3 --models forest");
        at_alloc_fail_after(0);
        if (status != ATTUNE_OK)
            assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
    assert_int_equal(status, ATTUNE_OK);
}

/* What help, manual and completion rely on. */
static void check_command(const struct at_cli_command *command)
{
    assert_int_equal(command->version, AT_CLI_COMMAND_VERSION);
    assert_non_null(command->name);
    assert_non_null(command->summary);
    assert_non_null(command->usage);
    assert_non_null(command->description);
    assert_true((command->run == NULL) == (command->subcommands != NULL));
    assert_true((command->n_options == 0) == (command->options_size == 0));
    assert_true(command->min_args <= command->max_args);
    for (size_t i = 0; i < command->n_options; i++)
        assert_true(command->options[i].offset < command->options_size);
    for (size_t i = 0; command->subcommands && command->subcommands[i]; i++)
        check_command(command->subcommands[i]);
}

static void test_flags__every_command_is_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; at_cli_command_table[i]; i++) {
        check_command(at_cli_command_table[i]);
        assert_ptr_equal(at_cli_command_find(at_cli_command_table, at_cli_command_table[i]->name),
                         at_cli_command_table[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags__globals_stand_before_and_after_the_command),
        cmocka_unit_test(test_flags__later_value_replaces_earlier),
        cmocka_unit_test(test_flags__version_is_the_option_of_evaluate_after_it),
        cmocka_unit_test(test_flags__subcommands_have_a_parent),
        cmocka_unit_test(test_flags__settings_are_collected_and_the_last_of_a_key_holds),
        cmocka_unit_test(test_flags__options_of_every_part_pass_as_settings),
        cmocka_unit_test(test_flags__part_switches_can_be_cleared),
        cmocka_unit_test(test_flags__a_part_may_be_named),
        cmocka_unit_test(test_flags__values_may_start_with_one_dash),
        cmocka_unit_test(test_flags__two_dashes_end_the_options),
        cmocka_unit_test(test_flags__unknown_names_come_with_the_nearest),
        cmocka_unit_test(test_flags__arguments_are_counted),
        cmocka_unit_test(test_flags__values_are_checked),
        cmocka_unit_test(test_flags__json_holds_for_errors_before_it),
        cmocka_unit_test(test_flags__every_allocation_may_fail),
        cmocka_unit_test(test_flags__every_command_is_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
