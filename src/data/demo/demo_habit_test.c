#include "support/test.h"

#include "data/demo/demo_habit.h"

static const char habit_rules[] = "[spelling]\nyou => u\ni'll => ill\n[stretch]\n+ so, hey\n"
                                  "[plain]\né => e\n";

struct habit_kit {
    struct at_demo_grammar grammar;
    struct at_demo_spelling spelling;
};

static int habit_setup(void **state)
{
    static struct habit_kit kit;
    attune_error err = {0};
    assert_ok(at_demo_grammar_parse(&kit.grammar, "t.txt", at_str_from(habit_rules), &err));
    assert_ok(at_demo_spelling_make(&kit.spelling, &kit.grammar, &err));
    *state = &kit;
    return 0;
}

static int habit_teardown(void **state)
{
    struct habit_kit *kit = *state;
    at_demo_spelling_release(&kit->spelling);
    at_demo_grammar_release(&kit->grammar);
    return 0;
}

/* `text` as typed with these habits, valid until the next call. */
static const char *habit_type(void **state, struct at_demo_habits habits, const char *text,
                              uint64_t seed)
{
    static char typed[256];
    const struct habit_kit *kit = *state;
    struct at_rng rng;
    struct at_buf out = {0};
    attune_error err = {0};
    at_rng_init(&rng, seed);
    assert_ok(at_demo_habit_type(&kit->spelling, &habits, at_str_from(text), &rng, &out, &err));
    snprintf(typed, sizeof typed, "%s", out.data ? out.data : "");
    at_buf_release(&out);
    return typed;
}

#define HABITS(...) ((struct at_demo_habits){.letters = AT_DEMO_CASE_AS_WRITTEN, __VA_ARGS__})

static void test_demo_habit__gives_letters_their_case(void **state)
{
    struct at_demo_habits h = HABITS(.full_stop = 1);
    assert_string_equal(habit_type(state, h, "  in Évry.  Ok ", 1), "in Évry. Ok");
    h.letters = AT_DEMO_CASE_NONE;
    assert_string_equal(habit_type(state, h, "ÀÖØÞ × Paris! 😂", 1), "àöøþ × paris! 😂");
    h.letters = AT_DEMO_CASE_NEAT;
    assert_string_equal(habit_type(state, h, "écris-moi ! ça va? oui... bon. 9 h", 1),
                        "Écris-moi ! Ça va? Oui... bon. 9 h");
}

static void test_demo_habit__shortens_stretches_and_plains(void **state)
{
    assert_string_equal(habit_type(state, HABITS(.spelling = 1), "You, your you. I'll", 1),
                        "u, your u. ill");
    assert_string_equal(habit_type(state, HABITS(.plain = 1), "Évité: été 😂 œuf", 1),
                        "Evite: ete 😂 œuf");
    for (uint64_t seed = 0; seed < 50; seed++) {
        const char *typed = habit_type(state, HABITS(.stretch = 1), "so.so", seed);
        const size_t o = strspn(typed + 1, "o");
        assert_in_range(o, 2, 5);
        assert_int_equal(strncmp(typed + 1 + o, ".soo", 4), 0);
    }
}

static void test_demo_habit__misspells_plain_words_only(void **state)
{
    static const char *const slips[] = {"hosue", "huose",  "houes",  "huse",  "hose",
                                        "houe",  "hoouse", "houuse", "housse"};
    unsigned seen = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        const char *typed = habit_type(state, HABITS(.typo = 1), "house", seed);
        size_t k = 0;
        while (k < 9 && strcmp(typed, slips[k]) != 0)
            k++;
        if (k == 9)
            fail_msg("'%s' is no slip of 'house'", typed);
        seen |= 1u << k;
        assert_string_equal(habit_type(state, HABITS(.typo = 1), "Paris aux élèves tres", seed),
                            "Paris aux élèves tres");
    }
    assert_int_equal(seen, 0x1FF);
}

static void test_demo_habit__ends_a_message(void **state)
{
    assert_string_equal(habit_type(state, HABITS(.full_stop = 0), "fine.", 1), "fine");
    assert_string_equal(habit_type(state, HABITS(.full_stop = 1), "fine.", 1), "fine.");
    assert_string_equal(habit_type(state, HABITS(.full_stop = 0), "well...", 1), "well...");
    const char *typed = habit_type(state, HABITS(.exclaim = 1), "yes!", 1);
    assert_in_range(strspn(typed + 3, "!"), 2, 4);
    assert_string_equal(habit_type(state, HABITS(.full_stop = 0), "", 1), "");
}

static void test_demo_habit__finds_the_first_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {{"all good. thanks", 9},
                {"salut ! ça va ?", 7},
                {"well... maybe. yes", 14},
                {"no end", 6},
                {"", 0},
                {"3.5 km today", 12}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(at_demo_first_sentence(at_str_from(rows[i].text)), rows[i].len);
}

static void test_demo_habit__refuses_rules_of_the_wrong_shape(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"[spelling]\nyou\n[stretch]\nso\n[plain]\né => e\n", "t.txt:1: rule [spelling]: line 1"},
        {"[spelling]\na => b\n[stretch]\nso\n[plain]\né => eee\n", "t.txt:5: rule [plain]: line 1"},
        {"[spelling]\na => b\n[stretch]\nété\n[plain]\né => e\n",
         "t.txt:3: rule [stretch]: line 1"},
        {"[spelling]\na => b\n[plain]\né => e\n", "rule [stretch] is missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct at_demo_grammar g;
        struct at_demo_spelling s;
        attune_error err = {0};
        assert_ok(at_demo_grammar_parse(&g, "t.txt", at_str_from(rows[i].text), &err));
        assert_fails(at_demo_spelling_make(&s, &g, &err), ATTUNE_FORMAT, rows[i].message);
        at_demo_grammar_release(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demo_habit__gives_letters_their_case),
        cmocka_unit_test(test_demo_habit__shortens_stretches_and_plains),
        cmocka_unit_test(test_demo_habit__misspells_plain_words_only),
        cmocka_unit_test(test_demo_habit__ends_a_message),
        cmocka_unit_test(test_demo_habit__finds_the_first_sentence),
        cmocka_unit_test(test_demo_habit__refuses_rules_of_the_wrong_shape),
    };
    return cmocka_run_group_tests(tests, habit_setup, habit_teardown);
}
