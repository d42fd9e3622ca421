/* Random conversations in which anything may happen: whatever is in them, the row is sound, and it
 * depends only on what it should. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "feature/behaviour/behaviour.h"
#include "support/random_text.h"
#include "support/test.h"

enum { ROUNDS = 300, FANS = 40, MESSAGES = 12, CHARS = 30 };

static attune_error err;

struct crowd {
    struct at_profile profiles[FANS];
    const struct at_profile *pointers[FANS];
    struct at_message messages[FANS][MESSAGES];
    char texts[FANS][MESSAGES][4 * CHARS];
};

static int64_t random_time(struct at_rng *rng, bool wild)
{
    const int64_t near_ms = INT64_C(1767225600000) + (int64_t)at_rng_below(rng, 1u << 30);
    if (!wild)
        return near_ms;
    switch (at_rng_below(rng, 6)) {
    case 0:
        return AT_TIME_NONE;
    case 1:
        return (int64_t)at_rng_next(rng);
    case 2:
        return -near_ms;
    default:
        return near_ms;
    }
}

static void crowd_draw(struct crowd *c, struct at_rng *rng, bool wild)
{
    for (size_t i = 0; i < FANS; i++) {
        struct at_profile *p = &c->profiles[i];
        *p = (struct at_profile){.messages = c->messages[i],
                                 .n_messages = at_rng_below(rng, MESSAGES + 1)};
        for (size_t k = 0; k < p->n_messages; k++)
            p->messages[k] =
                (struct at_message){{c->texts[i][k], random_text(rng, c->texts[i][k], CHARS)},
                                    random_time(rng, wild),
                                    at_rng_below(rng, 3) ? AT_FROM_FAN : AT_FROM_CREATOR};
        c->pointers[i] = p;
    }
}

static struct behaviour *crowd_fit(const struct crowd *c, struct at_csr *rows)
{
    const struct behaviour_options o = {.weight = 1};
    const struct at_feature_fit in = {.profiles = c->pointers, .n_profiles = FANS};
    struct at_feature *f;
    assert_ok(at_feature_kind_behaviour.fit(&f, rows, &in, &o, &err));
    return (struct behaviour *)f;
}

static void test_behaviour__rows_are_sound(void **state)
{
    (void)state;
    struct at_rng rng;
    struct crowd *c = AT_ALLOC(struct crowd, 1);
    at_rng_init(&rng, 1);
    for (int round = 0; round < ROUNDS; round++) {
        struct at_csr rows = {0};
        crowd_draw(c, &rng, true);
        struct behaviour *f = crowd_fit(c, &rows);
        const struct attune_rows view = at_csr_view(&rows);
        assert_ok(at_rows_check(&view, &err));
        assert_int_equal(rows.n_rows, FANS);
        for (size_t i = 0; i < rows.start[FANS]; i++)
            assert_true(fabs(rows.value[i]) <= f->params.limit * 1.000001 && rows.value[i] != 0);
        for (size_t col = 0; col < BEHAVIOUR_N_COLS; col++)
            assert_true(isfinite(f->mean[col]) && isfinite(f->scale[col]));
        behaviour_destroy(&f->base);
        at_csr_release(&rows);
    }
    at_free(c);
}

/* A week later is the same: hours, weekends and gaps stay. And the creator's words do not matter,
 * only how many bytes they are. */
static void test_behaviour__weeks_and_words_do_not_matter(void **state)
{
    (void)state;
    struct at_rng rng;
    struct crowd *c = AT_ALLOC(struct crowd, 1);
    struct behaviour_scratch scratch = {0};
    at_rng_init(&rng, 2);
    for (int round = 0; round < ROUNDS; round++) {
        crowd_draw(c, &rng, false);
        for (size_t i = 0; i < FANS; i++) {
            struct behaviour_sight before, after;
            struct at_profile *p = &c->profiles[i];
            assert_ok(behaviour_look(&before, &scratch, p, &err));
            const int64_t weeks = (int64_t)at_rng_below(&rng, 2000) - 1000;
            for (size_t k = 0; k < p->n_messages; k++) {
                p->messages[k].at_ms += weeks * 7 * 86400000;
                if (p->messages[k].from == AT_FROM_CREATOR)
                    memset(c->texts[i][k], '?', p->messages[k].text.len);
            }
            assert_ok(behaviour_look(&after, &scratch, p, &err));
            assert_memory_equal(&before, &after, sizeof before);
        }
    }
    behaviour_scratch_release(&scratch);
    at_free(c);
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void test_behaviour__median_is_that_of_sorting(void **state)
{
    (void)state;
    struct at_rng rng;
    int64_t v[40], sorted[40];
    at_rng_init(&rng, 3);
    for (int round = 0; round < 20000; round++) {
        const size_t n = 1 + at_rng_below(&rng, 40);
        const uint64_t range = 1 + at_rng_below(&rng, at_rng_below(&rng, 2) ? 5 : 1000000);
        for (size_t i = 0; i < n; i++)
            v[i] = sorted[i] = (int64_t)at_rng_below(&rng, range);
        qsort(sorted, n, sizeof *sorted, compare);
        const double wanted = (double)(sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        assert_true(behaviour_median(v, n) == wanted);
    }
}

static void test_behaviour__two_texts_are_what_each_is(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 4);
    for (int round = 0; round < 20000; round++) {
        char text[8 * CHARS + 1];
        const size_t a = random_text(&rng, text, CHARS);
        text[a] = ' ';
        const size_t b = random_text(&rng, text + a + 1, CHARS);
        const struct behaviour_text x = behaviour_read_text((struct at_str){text, a}),
                                    y = behaviour_read_text((struct at_str){text + a + 1, b}),
                                    both = behaviour_read_text((struct at_str){text, a + 1 + b});
        assert_int_equal(both.n_chars, x.n_chars + 1 + y.n_chars);
        assert_int_equal(both.n_words, x.n_words + y.n_words);
        assert_int_equal(both.n_cased, x.n_cased + y.n_cased);
        assert_int_equal(both.n_upper, x.n_upper + y.n_upper);
        assert_int_equal(both.question, x.question || y.question);
        assert_int_equal(both.exclamation, x.exclamation || y.exclamation);
        assert_int_equal(both.dots, x.dots || y.dots);
        assert_int_equal(both.shouting, x.shouting || y.shouting);
        assert_int_equal(both.emoji, x.emoji || y.emoji);
        assert_int_equal(both.repeat, x.repeat || y.repeat);
        assert_true(x.n_upper <= x.n_cased && x.n_cased <= x.n_chars && x.n_words <= x.n_chars);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_behaviour__rows_are_sound),
        cmocka_unit_test(test_behaviour__weeks_and_words_do_not_matter),
        cmocka_unit_test(test_behaviour__median_is_that_of_sorting),
        cmocka_unit_test(test_behaviour__two_texts_are_what_each_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
