#include "support/test.h"

#include "train/language_score.h"

enum { N = 70 };

/* 40 English rows of which every fourth is answered wrongly, 25 French ones that are all right, 5
 * German ones. */
struct sample {
    struct at_profile profiles[N];
    const struct at_profile *all[N];
    uint32_t y[N];
    double p[2 * N];
};

static void sample_fill(struct sample *s)
{
    for (size_t i = 0; i < N; i++) {
        const char *tag = i < 40 ? "en" : i < 65 ? "fr" : "de";
        s->profiles[i] = (struct at_profile){.language = at_str_from(tag)};
        s->all[i] = &s->profiles[i];
        s->y[i] = i % 2;
        const bool wrong = i < 40 && i % 4 == 0;
        const size_t said = wrong ? 1 - s->y[i] : s->y[i];
        s->p[2 * i + said] = 0.9;
        s->p[2 * i + 1 - said] = 0.1;
    }
}

static void test_language_score__each_language_by_itself(void **state)
{
    (void)state;
    attune_error err;
    struct at_language_scores scores;
    static struct sample s;
    sample_fill(&s);
    assert_ok(at_language_scores(&scores, s.all, s.y, s.p, N, 2, &err));
    assert_int_equal(scores.n, 2); /* five German rows are too few to say anything */
    assert_string_equal(scores.rows[0].tag, "en");
    assert_int_equal(scores.rows[0].n, 40);
    assert_true(scores.rows[0].accuracy == 0.75);
    assert_true(scores.rows[0].macro_f1 < 0.75 && scores.rows[0].macro_f1 > 0.7);
    assert_string_equal(scores.rows[1].tag, "fr");
    assert_true(scores.rows[1].accuracy == 1 && scores.rows[1].macro_f1 == 1);
}

static void test_language_score__nothing_for_one_language(void **state)
{
    (void)state;
    attune_error err;
    struct at_language_scores scores;
    static struct sample s;
    sample_fill(&s);
    assert_ok(at_language_scores(&scores, s.all, s.y, s.p, 59, 2, &err)); /* 19 French rows */
    assert_int_equal(scores.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_language_score__each_language_by_itself),
        cmocka_unit_test(test_language_score__nothing_for_one_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
