/* Random chats of words and noise: whatever is in them, the row is sound, and the order in which
 * things were said does not change a bit of it. */
#include <math.h>

#include "feature/explanation.h"
#include "feature/meaning/meaning.h"
#include "support/random_text.h"
#include "support/test.h"

enum { ROUNDS = 2000, MESSAGES = 6, BYTES = 400 };

static attune_error err;

struct chat {
    struct at_profile profile;
    struct at_message messages[MESSAGES];
    char text[MESSAGES][BYTES];
};

static size_t draw_text(struct at_rng *rng, char *text)
{
    static const char *const words[] = {"love ", "you ",  "sooo ", "don't ", "the ",  "qzxvk ",
                                        "hug ",  "#win ", "I ",    "night ", "@bob ", "kisses, "};
    size_t n = 0;
    if (at_rng_below(rng, 4) == 0)
        n = random_text(rng, text, 20);
    for (size_t left = at_rng_below(rng, 12); left > 0; left--) {
        const char *word = words[at_rng_below(rng, sizeof words / sizeof *words)];
        memcpy(text + n, word, strlen(word));
        n += strlen(word);
    }
    return n;
}

static void draw(struct chat *c, struct at_rng *rng)
{
    c->profile =
        (struct at_profile){.messages = c->messages, .n_messages = at_rng_below(rng, MESSAGES + 1)};
    for (size_t i = 0; i < c->profile.n_messages; i++)
        c->messages[i] = (struct at_message){{c->text[i], draw_text(rng, c->text[i])},
                                             AT_TIME_NONE,
                                             at_rng_below(rng, 4) ? AT_FROM_FAN : AT_FROM_CREATOR};
}

static struct meaning *block(double weight, double share)
{
    struct meaning *f;
    assert_ok(meaning_create(&f, &err));
    f->params.weight = weight;
    f->params.share = share;
    return f;
}

static void test_meaning__rows_have_their_length(void **state)
{
    (void)state;
    struct at_rng rng;
    struct chat c;
    struct meaning *f = block(1.5, 0.8);
    size_t n_rows = 0;
    at_rng_init(&rng, 1);
    for (int round = 0; round < ROUNDS; round++) {
        struct meaning_sum sum;
        float row[MEANING_DIMS];
        double norm = 0;
        draw(&c, &rng);
        meaning_look(&sum, &c.profile);
        assert_true(sum.n_known <= sum.n_words);
        const bool has = meaning_row(f, &sum, row);
        n_rows += has;
        for (size_t k = 0; k < MEANING_DIMS; k++)
            norm += (double)row[k] * (double)row[k];
        assert_true(has ? fabs(sqrt(norm) - 1.5) < 1e-5 : norm == 0);
    }
    assert_true(n_rows > ROUNDS / 4 && n_rows < ROUNDS);
    meaning_destroy(&f->base);
}

static void test_meaning__order_does_not_matter(void **state)
{
    (void)state;
    struct at_rng rng;
    struct chat c;
    struct meaning *f = block(1, 1);
    at_rng_init(&rng, 2);
    for (int round = 0; round < ROUNDS; round++) {
        struct meaning_sum a, b;
        float x[MEANING_DIMS], y[MEANING_DIMS];
        draw(&c, &rng);
        meaning_look(&a, &c.profile);
        meaning_row(f, &a, x);
        for (size_t i = c.profile.n_messages; i > 1; i--) {
            const size_t k = at_rng_below(&rng, i);
            const struct at_message kept = c.messages[i - 1];
            c.messages[i - 1] = c.messages[k];
            c.messages[k] = kept;
        }
        for (size_t i = 0; i < c.profile.n_messages; i++)
            if (c.messages[i].from == AT_FROM_CREATOR) /* what the creator says does not count */
                c.messages[i].text.len = 0;
        meaning_look(&b, &c.profile);
        assert_memory_equal(&a, &b, sizeof a);
        for (size_t k = 0; k < MEANING_DIMS; k++) /* twice the same is the same, said louder */
            b.sum[k] *= 2;
        meaning_row(f, &b, y);
        assert_memory_equal(x, y, sizeof x);
    }
    meaning_destroy(&f->base);
}

static void test_meaning__shares_sum_up(void **state)
{
    (void)state;
    struct at_rng rng;
    struct chat c;
    struct meaning *f = block(1, 0.8);
    void *session;
    at_rng_init(&rng, 3);
    assert_ok(at_feature_kind_meaning.session_create(&session, &f->base, &err));
    for (int round = 0; round < ROUNDS; round++) {
        struct at_explanation e = {0};
        double contribution[MEANING_DIMS], wanted = 0, size = 1, sum = 0;
        draw(&c, &rng);
        for (size_t k = 0; k < MEANING_DIMS; k++) {
            contribution[k] = at_rng_unit(&rng) - 0.5;
            wanted += contribution[k];
        }
        assert_ok(meaning_explain(&f->base, session, &c.profile, contribution, &e, &err));
        for (size_t i = 0; i < e.n; i++) {
            sum += e.items[i].weight;
            size += fabs(e.items[i].weight);
        }
        assert_true(fabs(sum - wanted) < 1e-9 * size);
        at_explanation_release(&e);
    }
    at_feature_kind_meaning.session_destroy(session);
    meaning_destroy(&f->base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meaning__rows_have_their_length),
        cmocka_unit_test(test_meaning__order_does_not_matter),
        cmocka_unit_test(test_meaning__shares_sum_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
