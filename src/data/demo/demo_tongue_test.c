#include "support/test.h"

#include "base/alloc.h"
#include "data/demo/demo_talk.h"

static const char *const tongue_names[] = {
    "first",       "hello",     "morning",        "evening",        "bye",          "emotional",
    "conqueror",   "low",       "high",           "thrifty",        "generous",     "tail.low",
    "tail.medium", "tail.high", "tail.emotional", "tail.conqueror", "tail.thrifty", "tail.generous",
    "question",    "emoji",     "emoji.warm",     "emoji.bold",     "about.all",
};

/* The smallest grammar that will do, without the rule `missing` (or NULL), and `more` at its end.
 */
static void tongue_text(struct at_buf *out, const char *missing, const char *more)
{
    attune_error err = {0};
    at_buf_clear(out);
    for (size_t i = 0; i < sizeof tongue_names / sizeof *tongue_names; i++)
        if (!missing || strcmp(tongue_names[i], missing) != 0)
            assert_ok(at_buf_addf(out, &err, "[%s]\nhi\n", tongue_names[i]));
    assert_ok(
        at_buf_addz(out,
                    "[ask]\n=> so?\n[reply]\n=> ok\n[reply.warm]\n=> oh\n[topics]\nabout.all\n"
                    "[spelling]\nyou => u\n[stretch]\nso\n[plain]\né => e\n",
                    &err));
    assert_ok(at_buf_addz(out, more, &err));
}

static attune_status tongue_make(struct at_demo_tongue *tongue, const struct at_buf *text,
                                 attune_error *err)
{
    return at_demo_tongue_make(tongue, "t.txt", (struct at_str){text->data, text->len}, err);
}

static void test_demo_tongue__binds_the_smallest_grammar(void **state)
{
    (void)state;
    struct at_buf text = {0};
    struct at_demo_tongue tongue;
    attune_error err = {0};
    tongue_text(&text, NULL, "");
    assert_ok(tongue_make(&tongue, &text, &err));
    assert_int_equal(tongue.n_topics, 1);
    assert_true(tongue.ask->lines[0].creator_first);
    at_demo_tongue_release(&tongue);
    at_buf_release(&text);
}

static void test_demo_tongue__says_what_the_grammar_lacks(void **state)
{
    (void)state;
    static const struct {
        const char *missing, *more, *message;
    } rows[] = {
        {"tail.low", "", "t.txt: rule [tail.low] is missing"},
        {"about.all", "", "t.txt: rule [about.all] is missing"},
        {"hello", "[hello]\n=> hi\n", "rule [hello] needs lines that the fan opens"},
        {"about.all", "[about.all]\n=> hi\n", "topic [about.all] needs lines that the fan opens"},
        {NULL, "[left]\nover\n", "rule [left] is never used"},
    };
    struct at_buf text = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct at_demo_tongue tongue;
        attune_error err;
        tongue_text(&text, rows[i].missing, rows[i].more);
        assert_fails(tongue_make(&tongue, &text, &err), ATTUNE_FORMAT, rows[i].message);
        assert_null(tongue.grammar.rules);
    }
    at_buf_release(&text);
}

/* Even a grammar of single lines gives a whole conversation: lines repeat when nothing else is
 * left. */
static void test_demo_tongue__talks_with_the_smallest_grammar(void **state)
{
    (void)state;
    struct at_buf text = {0};
    struct at_demo_tongue tongue;
    struct at_demo_desk desk = {0};
    struct at_arena arena = {0};
    struct at_message *messages;
    attune_error err = {0};
    tongue_text(&text, NULL, "");
    assert_ok(tongue_make(&tongue, &text, &err));
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct at_rng rng;
        struct at_demo_fan fan;
        at_rng_init(&rng, seed);
        at_demo_fan_draw(&fan, &rng);
        fan.n_messages = 60;
        fan.creator_opens = seed % 2;
        assert_ok(at_demo_talk(&tongue, &fan, &desk, &rng, &arena, &messages, &err));
        assert_int_equal(messages[0].from, seed % 2 ? AT_FROM_CREATOR : AT_FROM_FAN);
        assert_true(messages[59].text.len > 0);
        at_arena_clear(&arena);
    }
    at_arena_release(&arena);
    at_demo_desk_release(&desk);
    at_demo_tongue_release(&tongue);
    at_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demo_tongue__binds_the_smallest_grammar),
        cmocka_unit_test(test_demo_tongue__says_what_the_grammar_lacks),
        cmocka_unit_test(test_demo_tongue__talks_with_the_smallest_grammar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
