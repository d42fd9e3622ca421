/* Languages: identified when they are stored, reported, and refused where nothing was learnt. */
#include "e2e/e2e.h"

static const char german[] = "{\"fan_id\":\"de\",\"messages\":[\"hallo, wie geht es dir heute?\","
                             "\"ich bin gerade erst nach hause gekommen und total müde\"]}\n";
static const char thai[] = "{\"fan_id\":\"th\",\"messages\":[\"สวัสดีครับ วันนี้เป็นอย่างไรบ้าง\"]}\n";
static const char french[] = "{\"fan_id\":\"fr\",\"messages\":[\"coucou, je rentre du travail\","
                             "\"tu fais quoi ce soir ?\"]}\n";
static const char unclear[] = "{\"fan_id\":\"ok\",\"messages\":[\"ok\"]}\n";

static void story_answer(struct e2e *t, const char *row, const char *reason)
{
    const char *file = e2e_write(t, "ask.jsonl", row);
    expect(t, 0, NULL, "--output json predict --target personality --min-confidence 0 %s", file);
    if (reason)
        assert_string_equal(e2e_text(t, "personality.reason"), reason);
    assert_int_equal(at_json_bool(program_json(&t->program, "personality.abstained"), !reason),
                     reason != NULL);
    assert_int_equal(at_json_is_null(program_json(&t->program, "personality.label")),
                     reason != NULL);
    assert_int_equal(at_json_len(program_json(&t->program, "personality.probabilities")), 2);
}

/* A model of English and French answers in both, and says why it does not in others. */
static void test_story__a_language_that_was_not_learnt_is_not_answered(void **state)
{
    struct e2e *t = *state;
    expect(t, 0, NULL, "init");
    expect(t, 0, NULL, "demo --fans 500 --seed 5");
    expect(t, 0, "\"languages\"", TRAIN " --target personality");
    assert_true(e2e_number(t, "models_trained.personality.languages.en.test_size") >= 20);
    assert_true(e2e_number(t, "models_trained.personality.languages.fr.test_size") >= 20);
    assert_true(e2e_number(t, "models_trained.personality.languages.fr.accuracy") > 0.4);
    assert_true(e2e_number(t, "models_trained.personality.languages.fr.macro_f1") > 0.3);
    story_answer(t, german, "language 'de' was not in the training data");
    story_answer(t, thai, "language 'th' was not in the training data");
    story_answer(t, french, NULL);
    story_answer(t, unclear, NULL);
    story_answer(t, "{\"fan_id\":\"a\",\"messages\":[\"ok\"],\"language\":\"ja\"}\n",
                 "language 'ja' was not in the training data");
    story_answer(t, "{\"fan_id\":\"a\",\"messages\":[\"ok\"],\"language\":\"fr-CA\"}\n", NULL);
    /* the setting says what language it is, whatever the messages look like */
    expect(t, 0, "\"abstained\":false",
           "--set language=fr --output json predict --target personality --min-confidence 0 %s",
           e2e_write(t, "ask.jsonl", german));
}

/* What import finds out is kept, shown, and gives way to what is said. */
static void test_story__a_language_is_found_out_when_it_is_stored(void **state)
{
    struct e2e *t = *state;
    expect(t, 0, NULL, "init");
    expect(t, 0, NULL, "import %s", e2e_write(t, "a.jsonl", german));
    expect(t, 0, NULL, "import %s", e2e_write(t, "a.jsonl", thai));
    expect(t, 0, NULL, "import %s", e2e_write(t, "a.jsonl", unclear));
    expect(t, 0, NULL, "--output json fan show de");
    assert_string_equal(e2e_text(t, "language"), "de");
    assert_string_equal(e2e_text(t, "language_identified.language"), "de");
    assert_true(e2e_number(t, "language_identified.confidence") > 0.95);
    expect(t, 0, NULL, "--output json fan show ok");
    assert_true(at_json_is_null(program_json(&t->program, "language")));
    expect(t, 0, NULL, "--output json check");
    assert_true(e2e_number(t, "languages.de") == 1);
    assert_true(e2e_number(t, "languages.th") == 1);
    assert_true(e2e_number(t, "languages.unknown") == 1);
    expect(t, 0, "languages: de 1 (33 %), th 1 (33 %), unknown 1 (33 %)", "check");
    /* a guess does not replace, what a file says does */
    expect(t, 0, NULL, "import %s",
           e2e_write(t, "a.jsonl",
                     "{\"fan_id\":\"de\",\"messages\":[\"je suis rentré du travail très tard\"]}\n"
                     "{\"fan_id\":\"th\",\"messages\":[\"hi\"],\"language\":\"en\"}\n"));
    expect(t, 0, "language       de", "fan show de");
    expect(t, 0, "language       en", "fan show th");
    expect(t, 2, "language", "--set language=klingon check");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_language_that_was_not_learnt_is_not_answered),
        STORY(a_language_is_found_out_when_it_is_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
