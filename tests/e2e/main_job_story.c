/* From conversations to answers: a target of one's own, the guide's rules, the same model each
 * time. */
#include "base/hash.h"
#include "e2e/e2e.h"

static const char three_targets[] =
    "{\"targets\": {\"personality\": {\"labels\": [\"Emotional\", \"Conqueror\"]},"
    "\"engagement\": {\"labels\": [\"low\", \"medium\", \"high\"], \"ordered\": true},"
    "\"spending_potential\": {\"labels\": [\"low\", \"medium\", \"high\"], \"ordered\": true}}}";

static void test_story__a_third_target_is_configuration_only(void **state)
{
    struct e2e *t = *state;
    expect(t, 0, NULL, "init");
    e2e_write(t, "home/config.json", three_targets);
    const struct fans f = {.path = e2e_path(t, "f.jsonl"), .n = 120, .seed = 4, .spending = true};
    fans_write(&f);
    expect(t, 0, NULL, "--output json import %s", f.path);
    assert_int_equal((int)e2e_number(t, "labels_new"), 360);
    expect(t, 0, "spending_potential", "check");
    e2e_run(t, TRAIN);
    assert_true(t->program.code == 0 || t->program.code == 4);
    assert_int_equal((int)e2e_number(t, "data_summary.spending_potential_samples"), 120);
    assert_int_equal((int)e2e_number(t, "models_trained.spending_potential.version"), 1);
    assert_true(e2e_number(t, "models_trained.spending_potential.macro_f1") > 0.4);
    const char *fan = e2e_write(
        t, "new.jsonl", "{\"fan_id\":\"x\",\"messages\":[\"buy order tip\",\"order tip\"]}\n");
    expect(t, 0, "\"spending_potential\":{\"label\":", "predict --min-confidence 0 %s", fan);
    expect(t, 0, "spending_potential", "models list");
    expect(t, 2,
           "there is no target 'taste'; config.json has: personality, engagement, "
           "spending_potential",
           "train --force --target taste");
}

/* Fans below the guide's limits have a label and are left out; the message is the guide's. */
static void test_story__too_little_data_in_the_words_of_the_guide(void **state)
{
    struct e2e *t = *state;
    e2e_home(t, (struct fans){.n = 25, .seed = 1});
    expect(t, 3, "Insufficient personality data: 25 < 50", "train --force");
    assert_true(program_said(&t->program, "Insufficient engagement data: 25 < 50"));
    assert_false(program_said(&t->program, "25 < 50 ("));
    const struct fans brief = {
        .path = e2e_path(t, "brief.jsonl"), .from = 100, .n = 40, .seed = 1, .messages = 2};
    fans_write(&brief);
    expect(t, 0, NULL, "import %s", brief.path);
    expect(t, 3, "Insufficient personality data: 25 < 50 (40 more fans have a label", TRAIN);
    assert_non_null(
        strstr(e2e_text(t, "errors.personality"), "fewer than 3 conversation rows or 2"));
    expect(t, 0, NULL, "--set data.min_rows=2 " TRAIN);
    assert_int_equal((int)e2e_number(t, "data_summary.personality_samples"), 65);
}

/* Messages of the creator are conversation rows but were not received. */
static void test_story__a_fan_must_have_written_twice(void **state)
{
    struct e2e *t = *state;
    struct at_buf text = {0};
    attune_error err;
    e2e_home(t, (struct fans){.n = 50, .seed = 1});
    for (int i = 0; i < 10; i++)
        assert_ok(
            at_buf_addf(&text, &err,
                        "{\"fan_id\":\"c%d\",\"messages\":[{\"text\":\"hey\",\"from\":"
                        "\"creator\"},{\"text\":\"you there\",\"from\":\"creator\"},{\"text\":"
                        "\"love\",\"from\":\"fan\"}],\"personality\":\"Emotional\"}\n",
                        i));
    expect(t, 0, "10 new fans", "import %s", e2e_write(t, "creators.jsonl", text.data));
    at_buf_release(&text);
    expect(t, 0, NULL, TRAIN " --target personality");
    assert_int_equal((int)e2e_number(t, "data_summary.personality_samples"), 50);
    expect(t, 0, NULL, "--set data.min_received=1 " TRAIN " --target personality");
    assert_int_equal((int)e2e_number(t, "data_summary.personality_samples"), 60);
}

/* What a fan wrote before its newest 50 messages is not looked at: other old words, the same model.
 */
static void test_story__the_newest_fifty_messages_count(void **state)
{
    struct e2e *t = *state;
    char hex[2][AT_SHA256_HEX];
    attune_error err;
    for (int way = 0; way < 2; way++) {
        struct at_buf text = {0};
        snprintf(t->home, sizeof t->home, "%s/home%d", t->temp.dir, way);
        for (int i = 0; i < 60; i++) {
            assert_ok(at_buf_addf(&text, &err,
                                  "{\"fan_id\":\"f%d\",\"personality\":\"%s\","
                                  "\"messages\":[",
                                  i, i % 2 ? "Emotional" : "Conqueror"));
            for (int m = 0; m < 60; m++)
                assert_ok(at_buf_addf(&text, &err, "%s\"%s %d\"", m ? "," : "",
                                      m < 10 ? (way ? "early words" : "others entirely")
                                             : (i % 2 ? "love you" : "win it"),
                                      m < 10 ? 7 : i * 100 + m));
            assert_ok(at_buf_addz(&text, "]}\n", &err));
        }
        expect(t, 0, NULL, "init");
        expect(t, 0, NULL, "import %s", e2e_write(t, "f.jsonl", text.data));
        at_buf_release(&text);
        expect(t, 0, NULL, TRAIN " --target personality");
        assert_ok(at_sha256_file(e2e_path(t, way ? "home1/models/personality/v0001/model.attune"
                                                 : "home0/models/personality/v0001/model.attune"),
                                 hex[way], &err));
    }
    assert_string_equal(hex[0], hex[1]);
}

/* Both models of two trainings, the second beside a champion. */
static void same_model(struct e2e *t, const char *options)
{
    static const int threads[] = {1, 2, 4};
    static const char *const targets[] = {"personality", "engagement"};
    char hex[3][2][AT_SHA256_HEX], path[700];
    attune_error err;
    for (int i = 0; i < 3; i++) {
        snprintf(t->home, sizeof t->home, "%s/home-%s%d", t->temp.dir, *options ? "forest" : "auto",
                 i);
        program_copy_tree(e2e_path(t, "home"), t->home);
        for (int round = 0; round < 2; round++) {
            snprintf(path, sizeof path, "train --force %s --seed 9 --threads %d", options,
                     round ? threads[i] : 1);
            e2e_run(t, path);
            assert_true(t->program.code == 0 || t->program.code == 4);
        }
        for (int k = 0; k < 2; k++) {
            snprintf(path, sizeof path, "%s/models/%s/v0002/model.attune", t->home, targets[k]);
            assert_ok(at_sha256_file(path, hex[i][k], &err));
        }
    }
    for (int k = 0; k < 2; k++) {
        assert_string_equal(hex[0][k], hex[1][k]);
        assert_string_equal(hex[0][k], hex[2][k]);
    }
}

/* 150 fans: enough for auto to choose among several kinds. */
static void test_story__the_same_model_whatever_the_threads(void **state)
{
    struct e2e *t = *state;
    e2e_home(t, (struct fans){.n = 150, .seed = 5});
    same_model(t, "");
    same_model(t, "--models forest --n-estimators 20");
    expect(t, 0, NULL,
           "train --force --models forest --n-estimators 20 --seed 10 --target personality "
           "--threads 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_third_target_is_configuration_only),
        STORY(too_little_data_in_the_words_of_the_guide),
        STORY(a_fan_must_have_written_twice),
        STORY(the_newest_fifty_messages_count),
        STORY(the_same_model_whatever_the_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
