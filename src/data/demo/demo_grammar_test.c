#include "support/test.h"

#include "base/alloc.h"
#include "data/demo/demo_grammar.h"

static struct at_demo_grammar grammar_parse(const char *text)
{
    struct at_demo_grammar grammar;
    attune_error err = {0};
    assert_ok(at_demo_grammar_parse(&grammar, "t.txt", at_str_from(text), &err));
    return grammar;
}

static const struct at_demo_rule *grammar_rule(struct at_demo_grammar *grammar, const char *name)
{
    const struct at_demo_rule *rule = NULL;
    attune_error err = {0};
    assert_ok(at_demo_grammar_find(grammar, at_str_from(name), &rule, &err));
    return rule;
}

/* The part said with these seeds, valid until the next call. */
static const char *grammar_say(const struct at_demo_grammar *grammar,
                               const struct at_demo_node *part, uint64_t line_seed,
                               uint64_t fan_seed)
{
    static char said[256];
    struct at_rng rng;
    struct at_buf out = {0};
    attune_error err = {0};
    at_rng_init(&rng, line_seed * 31 + fan_seed);
    const struct at_demo_scope scope = {&rng, line_seed, fan_seed};
    assert_ok(at_demo_grammar_say(grammar, part, &scope, &out, &err));
    snprintf(said, sizeof said, "%s", out.data ? out.data : "");
    at_buf_release(&out);
    return said;
}

static void test_demo_grammar__splits_turns_and_sorts_by_opener(void **state)
{
    (void)state;
    struct at_demo_grammar g =
        grammar_parse("# c\n[talk]\n=> who? => me\nhi => hello => bye\n\nyo\n");
    const struct at_demo_rule *talk = grammar_rule(&g, "talk");
    assert_int_equal(talk->n_lines, 3);
    assert_int_equal(talk->n_fan_lines, 2);
    assert_int_equal(talk->lines[0].n_parts, 3);
    assert_string_equal(grammar_say(&g, talk->lines[0].parts[1], 1, 1), "hello");
    assert_string_equal(grammar_say(&g, talk->lines[1].parts[0], 1, 1), "yo");
    assert_true(talk->lines[2].creator_first);
    assert_int_equal(talk->lines[2].n_parts, 2);
    struct at_rng rng;
    at_rng_init(&rng, 1);
    for (int i = 0; i < 20; i++) {
        assert_true(at_demo_rule_draw(talk, true, &rng)->creator_first);
        assert_false(at_demo_rule_draw(talk, false, &rng)->creator_first);
    }
    at_demo_grammar_release(&g);
}

static void test_demo_grammar__says_lists_choices_and_numbers(void **state)
{
    (void)state;
    struct at_demo_grammar g =
        grammar_parse("[a]\nx{p|q {word}|}y {7-7} {2-9}\nleft|{word}\n[word]\n+ one two, three\n");
    const struct at_demo_rule *a = grammar_rule(&g, "a");
    assert_int_equal(grammar_rule(&g, "word")->n_lines, 2);
    unsigned seen = 0;
    for (uint64_t i = 0; i < 200; i++) {
        const char *said = grammar_say(&g, a->lines[0].parts[0], i, 1);
        unsigned n = 0;
        const char *space = strrchr(said, ' ');
        assert_int_equal(sscanf(space, " %u", &n), 1);
        assert_in_range(n, 2, 9);
        seen |= strncmp(said, "xpy 7 ", 6) == 0         ? 1
                : strncmp(said, "xy 7 ", 5) == 0        ? 2
                : strncmp(said, "xq three", 8) == 0     ? 4
                : strncmp(said, "xq one twoy", 11) == 0 ? 8
                                                        : 16;
        said = grammar_say(&g, a->lines[1].parts[0], i, 1);
        seen |= strcmp(said, "left") == 0 ? 32 : strcmp(said, "three") == 0 ? 64 : 0;
    }
    assert_int_equal(seen, 1 | 2 | 4 | 8 | 32 | 64);
    at_demo_grammar_release(&g);
}

static void test_demo_grammar__keeps_what_belongs_to_line_and_fan(void **state)
{
    (void)state;
    struct at_demo_grammar g =
        grammar_parse("[a]\n{@n} => {@n} {@n}\n{~n} => {~n} {~n}\n[n]\n{1000-9999999}\n");
    const struct at_demo_rule *a = grammar_rule(&g, "a");
    for (int i = 0; i < 2; i++) { /* @n: seeds (line, fan) = (5, 8), (6, 8); ~n: (8, 5), (8, 6) */
        char first[64], again[130], want[130];
        snprintf(first, sizeof first, "%s",
                 grammar_say(&g, a->lines[i].parts[0], i ? 8 : 5, i ? 5 : 8));
        snprintf(again, sizeof again, "%s",
                 grammar_say(&g, a->lines[i].parts[1], i ? 8 : 6, i ? 6 : 8));
        snprintf(want, sizeof want, "%s %s", first, first);
        assert_string_equal(again, want);
        assert_string_not_equal(first, grammar_say(&g, a->lines[i].parts[0], i ? 9 : 5, i ? 5 : 9));
    }
    at_demo_grammar_release(&g);
}

static void test_demo_grammar__falling_prefers_the_first_lines(void **state)
{
    (void)state;
    struct at_demo_grammar g = grammar_parse("[w falling]\n+ a, b, c, d\n");
    const struct at_demo_rule *w = grammar_rule(&g, "w");
    struct at_rng rng;
    unsigned n[4] = {0};
    at_rng_init(&rng, 1);
    for (int i = 0; i < 4000; i++)
        n[at_demo_rule_draw(w, false, &rng)->id]++;
    assert_in_range(n[0], 1850, 2150); /* half: u * u < 1/4 */
    assert_true(n[0] > n[1] && n[1] > n[2] && n[2] > n[3] && n[3] > 400);
    at_demo_grammar_release(&g);
}

static void test_demo_grammar__names_the_line_that_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"hello\n[a]\nx\n", "t.txt:1: text before the first [rule]"},
        {"[a]\nx\n\n[a]\ny\n", "t.txt:4: rule [a] was there before, in line 1"},
        {"[a]\n[b]\nx\n", "t.txt:1: rule [a] has no lines"},
        {"[a]\nx {b}\n", "t.txt:2: rule [b] is not defined"},
        {"[a]\nx {b\n", "t.txt:2: '{' without '}'"},
        {"[a]\nx b}\n", "t.txt:2: '}' without '{'"},
        {"[a]\n{so many}\n", "t.txt:2: 'so many' is not the name of a rule"},
        {"[a]\n{9-1}\n", "t.txt:2: '9-1' is not the name of a rule"},
        {"[a]\n{}\n", "t.txt:2: '' is not the name of a rule"},
        {"[a rising]\nx\n",
         "t.txt:1: after the rule's name only 'falling' may stand, not 'rising'"},
        {"[a]\nx => \n", "t.txt:2: nothing is said"},
        {"[a]\n1 => 2 => 3 => 4 => 5 => 6 => 7\n", "t.txt:2: more than 6 turns"},
        {"[a]\n{{{{{x|y}|z}|1}|2}|3}\n", "t.txt:2: braces within braces"},
        {"[a]\n{b}\n[b]\nx => y\n", "t.txt:3: rule [b] is used as a slot, but is a dialogue"},
        {"[a]\n{b}\n[b]\nx{|{a}}\n", "leads back to itself"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct at_demo_grammar g;
        attune_error err;
        assert_fails(at_demo_grammar_parse(&g, "t.txt", at_str_from(rows[i].text), &err),
                     ATTUNE_FORMAT, rows[i].message);
        assert_null(g.rules);
    }
}

static void test_demo_grammar__finds_missing_and_unused_rules(void **state)
{
    (void)state;
    struct at_demo_grammar g = grammar_parse("[a]\n{b}\n[b]\nx\n[c]\ny\n");
    const struct at_demo_rule *rule;
    attune_error err;
    assert_fails(at_demo_grammar_find(&g, at_str_from("z"), &rule, &err), ATTUNE_FORMAT,
                 "t.txt: rule [z] is missing");
    grammar_rule(&g, "a");
    assert_fails(at_demo_grammar_check_used(&g, &err), ATTUNE_FORMAT,
                 "t.txt:5: rule [c] is never used");
    grammar_rule(&g, "c");
    assert_ok(at_demo_grammar_check_used(&g, &err));
    at_demo_grammar_release(&g);
}

static void test_demo_grammar__every_failing_allocation_is_reported(void **state)
{
    (void)state;
    const struct at_str text = at_str_from("[a]\nx {b} {p|q}\n[b]\n+ one, two\n");
    for (size_t n = 1;; n++) {
        struct at_demo_grammar g;
        attune_error err = {0};
        at_alloc_fail_after(n);
        const attune_status status = at_demo_grammar_parse(&g, "t.txt", text, &err);
        at_alloc_fail_after(0);
        at_demo_grammar_release(&g);
        if (status == ATTUNE_OK) {
            assert_true(n > 3);
            return;
        }
        assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demo_grammar__splits_turns_and_sorts_by_opener),
        cmocka_unit_test(test_demo_grammar__says_lists_choices_and_numbers),
        cmocka_unit_test(test_demo_grammar__keeps_what_belongs_to_line_and_fan),
        cmocka_unit_test(test_demo_grammar__falling_prefers_the_first_lines),
        cmocka_unit_test(test_demo_grammar__names_the_line_that_is_wrong),
        cmocka_unit_test(test_demo_grammar__finds_missing_and_unused_rules),
        cmocka_unit_test(test_demo_grammar__every_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
