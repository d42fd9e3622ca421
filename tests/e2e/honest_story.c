/* No version is ever scored on a fan that it was trained on. */
#include "e2e/e2e.h"

static void test_story__evaluation_leaves_training_fans_out(void **state)
{
    struct e2e *t = *state;
    e2e_home(t, (struct fans){.n = 90, .seed = 2});
    expect(t, 0, NULL, TRAIN " --target personality");
    const int64_t n_train = e2e_members(t, "personality", 1, 1);
    const int64_t n_test = e2e_members(t, "personality", 1, 3);
    assert_int_equal(n_train + n_test, 90);
    assert_int_equal((int)e2e_number(t, "models_trained.personality.train_size"), n_train);
    assert_int_equal((int)e2e_number(t, "models_trained.personality.test_size"), n_test);
    const double accuracy = e2e_number(t, "models_trained.personality.accuracy");

    expect(t, 0, NULL, "--output json evaluate --model-type personality");
    assert_int_equal((int)e2e_number(t, "personality.forest.n"), n_test);
    assert_int_equal((int)e2e_number(t, "personality.forest.n_skipped"), n_train);
    assert_true(e2e_number(t, "personality.forest.accuracy") == accuracy);

    /* the file that it was trained from is no new data */
    char file[400];
    snprintf(file, sizeof file, "%s", e2e_path(t, "fans.jsonl"));
    expect(t, 0, NULL, "--output json evaluate --model-type personality --on %s", file);
    assert_int_equal((int)e2e_number(t, "personality.forest.n"), n_test);
    assert_int_equal((int)e2e_number(t, "personality.forest.n_skipped"), n_train);

    /* fans that came since are fair */
    const struct fans more = {.path = e2e_path(t, "more.jsonl"), .from = 500, .n = 40, .seed = 2};
    fans_write(&more);
    expect(t, 0, NULL, "--output json evaluate --model-type personality --on %s", more.path);
    assert_int_equal((int)e2e_number(t, "personality.forest.n"), 40);
    expect(t, 0, NULL, "import %s", more.path);
    expect(t, 0, NULL, "--output json evaluate --model-type personality");
    assert_int_equal((int)e2e_number(t, "personality.forest.n"), n_test + 40);
    assert_int_equal((int)e2e_number(t, "personality.forest.n_skipped"), n_train);
}

/* A fan stays on its side when there is more data; new fans are dealt to both. */
static void test_story__held_out_fans_stay_held_out(void **state)
{
    struct e2e *t = *state;
    e2e_home(t, (struct fans){.n = 90, .seed = 2});
    expect(t, 0, NULL, TRAIN " --target personality");
    const struct fans more = {.path = e2e_path(t, "more.jsonl"), .from = 500, .n = 60, .seed = 2};
    fans_write(&more);
    expect(t, 0, NULL, "import %s", more.path);
    e2e_run(t, TRAIN " --target personality --seed 77");
    assert_true(t->program.code == 0 || t->program.code == 4);
    assert_int_equal(e2e_query(t, "SELECT count(*) FROM version_member a JOIN version_member b"
                                  " ON a.fan = b.fan AND a.version < b.version"),
                     90);
    assert_int_equal(e2e_query(t, "SELECT count(*) FROM version_member a JOIN version_member b"
                                  " ON a.fan = b.fan AND a.role <> b.role"),
                     0);
    assert_int_equal(e2e_members(t, "personality", 2, 1) + e2e_members(t, "personality", 2, 3),
                     150);
    assert_true(e2e_members(t, "personality", 2, 3) > e2e_members(t, "personality", 1, 3));
}

/* Fans who wrote nearly the same are on one side. */
static void test_story__near_duplicates_are_on_one_side(void **state)
{
    struct e2e *t = *state;
    struct at_buf text = {0};
    attune_error err;
    for (int i = 0; i < 40; i++)
        for (int copy = 0; copy < 2; copy++) {
            assert_ok(at_buf_addf(&text, &err,
                                  "{\"fan_id\":\"p%d_%d\",\"personality\":\"%s\",\"messages\":["
                                  "\"%s%s\"",
                                  i, copy, i % 2 ? "Emotional" : "Conqueror",
                                  copy ? "Well " : "So ", i % 2 ? "sweet" : "game"));
            for (int m = 0; m < 4; m++)
                assert_ok(at_buf_addf(&text, &err, ",\"%s number %d and %d of them, item %d\"",
                                      i % 2 ? "I love your dream" : "we win this match",
                                      i * 7919 + m * 31, i * i * 17 + m, i * 523 + m));
            assert_ok(at_buf_addz(&text, "]}\n", &err));
        }
    expect(t, 0, NULL, "init");
    expect(t, 0, NULL, "import %s", e2e_write(t, "pairs.jsonl", text.data));
    at_buf_release(&text);
    expect(t, 0, NULL, TRAIN " --target personality");
    assert_true(e2e_members(t, "personality", 1, 3) >= 8);
    assert_int_equal(e2e_query(t, "SELECT count(*) FROM version_member a JOIN fan x ON x.id = a.fan"
                                  " JOIN fan y ON substr(y.fan_id, 1, instr(y.fan_id, '_')) ="
                                  " substr(x.fan_id, 1, instr(x.fan_id, '_')) AND x.id < y.id"
                                  " JOIN version_member b ON b.fan = y.id AND b.role <> a.role"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(evaluation_leaves_training_fans_out),
        STORY(held_out_fans_stay_held_out),
        STORY(near_duplicates_are_on_one_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
