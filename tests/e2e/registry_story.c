/* Gate, promotion, rollback, audit, retention. */
#include "e2e/e2e.h"

#define P "models_trained.personality."

static int64_t alias_of(struct e2e *t, const char *alias)
{
    char path[100];
    expect(t, 0, NULL, "--output json models list personality");
    snprintf(path, sizeof path, "targets.personality.aliases.%s", alias);
    return at_json_integer(program_json(&t->program, path), 0);
}

static void test_story__the_gate_keeps_what_is_worse_out(void **state)
{
    struct e2e *t = *state;
    e2e_home(t, (struct fans){.n = 150, .seed = 3});
    expect(t, 0, NULL, TRAIN " --target personality");
    expect(t, 4, "not promoted", "train --force --target personality --models majority");
    expect(t, 4, NULL, "--output json train --force --target personality --models majority");
    assert_false(at_json_bool(program_json(&t->program, P "promoted"), true));
    assert_false(at_json_bool(program_json(&t->program, P "gate.passed"), true));
    assert_true(at_json_len(program_json(&t->program, P "gate.reasons")) >= 1);
    assert_string_equal(e2e_text(t, P "gate.against"), "champion");
    assert_int_equal(alias_of(t, "champion"), 1);
    assert_int_equal(alias_of(t, "candidate"), 3);

    expect(t, 4, "the gate refuses version 3", "models promote personality 3");
    expect(t, 2, "--reason", "models promote personality 3 --override");
    assert_int_equal(alias_of(t, "champion"), 1);
    expect(t, 0, NULL,
           "models promote personality 3 --override --who Ada --reason 'the new words matter'");
    assert_int_equal(alias_of(t, "champion"), 3);
    assert_int_equal(alias_of(t, "previous"), 1);
    assert_int_equal(alias_of(t, "candidate"), 0);

    expect(t, 0, NULL, "--output json models rollback personality --who Bob --reason 'a mistake'");
    assert_int_equal((int)e2e_number(t, "champion"), 1);
    assert_int_equal((int)e2e_number(t, "previous"), 3);
    assert_true(e2e_number(t, "milliseconds") < 100);

    expect(t, 0, NULL, "--output json models show personality 3");
    const at_json *history = program_json(&t->program, "history");
    bool promoted = false, rolled_back = false;
    for (size_t i = 0; i < at_json_len(history); i++) {
        const at_json *h = at_json_at(history, i), *detail = at_json_get(h, "detail");
        const char *action = at_json_string(at_json_get(h, "action")).ptr;
        const char *who = at_json_string(at_json_get(h, "who")).ptr;
        const char *why = at_json_string(at_json_get(detail, "reason")).ptr;
        assert_int_equal(at_json_string(at_json_get(h, "at")).ptr[4], '-');
        promoted = promoted || (strcmp(action, "promote") == 0 && strcmp(who, "Ada") == 0 &&
                                strcmp(why, "the new words matter") == 0);
        rolled_back = rolled_back || (strcmp(action, "rollback") == 0 && strcmp(who, "Bob") == 0 &&
                                      strcmp(why, "a mistake") == 0);
    }
    assert_true(promoted && rolled_back);
}

static void test_story__an_aliased_version_is_never_deleted(void **state)
{
    struct e2e *t = *state;
    e2e_home(t, (struct fans){.n = 90, .seed = 3});
    for (int seed = 1; seed <= 6; seed++) {
        e2e_run(t, "--set registry.keep_versions=1 train --force --threads 1 --models forest "
                   "--n-estimators 5 "
                   "--target personality");
        assert_true(t->program.code == 0 || t->program.code == 4);
    }
    const int64_t champion = alias_of(t, "champion"), previous = alias_of(t, "previous");
    assert_true(champion > 0 && previous > 0);
    assert_true(at_json_len(program_json(&t->program, "targets.personality.versions")) < 6);
    expect(t, 0, NULL, "models verify");
    expect(t, 1, NULL, "models delete personality %lld", (long long)champion);
    assert_true(program_said(&t->program, "champion"));
    expect(t, 1, NULL, "models delete personality %lld", (long long)previous);
    expect(t, 0, NULL, "models rollback personality");
    assert_int_equal(alias_of(t, "champion"), previous);
    expect(t, 0, "Everything is in order", "doctor");
}

static void test_story__a_damaged_version_is_named_and_not_served(void **state)
{
    struct e2e *t = *state;
    char path[500];
    attune_error err;
    struct at_buf model = {0};
    e2e_home(t, (struct fans){.n = 90, .seed = 3});
    expect(t, 0, NULL, TRAIN " --target personality");
    snprintf(path, sizeof path, "%s/models/personality/v0001/model.attune", t->home);
    assert_ok(at_fs_read(path, &model, 1 << 26, &err));
    model.data[model.len / 2] ^= 1;
    assert_ok(at_fs_write(path, model.data, model.len, &err));
    at_buf_release(&model);
    expect(t, 1, "was changed: its SHA-256 is not its manifest's", "models verify");
    expect(t, 1, "damaged", "doctor");
    expect(t, 1, "model.attune", "predict --fan f1");
    expect(t, 1, NULL, "--output json models verify personality");
    assert_int_equal((int)e2e_number(t, "damaged"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(the_gate_keeps_what_is_worse_out),
        STORY(an_aliased_version_is_never_deleted),
        STORY(a_damaged_version_is_named_and_not_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
