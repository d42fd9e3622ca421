#include "eval/label_noise.h"

#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/test.h"

/* ---- By hand ---- */

static double hand_wrong(double q, double e, double k)
{
    const double r = (q - e / (k - 1)) / (1 - e - e / (k - 1));
    return 1 - (1 - e) * r / q;
}

/* q = (1 - e) r + e / (k - 1) (1 - r): Bayes' rule, written the other way round. */
static void test_label_noise__is_bayes_rule(void **state)
{
    (void)state;
    for (size_t k = 2; k <= 5; k++)
        for (double e = 0.01; e < 0.15; e += 0.03)
            for (double q = e + 0.01; q < 1 - e; q += 0.05)
                assert_true(fabs(at_label_noise_wrong(q, e, k) - hand_wrong(q, e, (double)k)) <
                            1e-12);
    assert_true(at_label_noise_wrong(0, 0.1, 2) == 1);
    assert_true(at_label_noise_wrong(1, 0.1, 2) == 0);
}

/* Ten rows: the surest two agree with their labels, so the rate is 1 / 4, cut to 1 / 10. */
static const double hand_p[] = {0.99, 0.01, 0.02, 0.98, 0.10, 0.90, 0.70, 0.30, 0.55, 0.45,
                                0.45, 0.55, 0.30, 0.70, 0.80, 0.20, 0.50, 0.50, 0.25, 0.75};
static const uint32_t hand_y[] = {0, 1, 0, 1, 1, 0, 1, 0, 1, 0};

static void test_label_noise__by_hand(void **state)
{
    (void)state;
    attune_error err;
    struct at_label_noise found;
    assert_ok(at_label_noise_find(&found, hand_y, hand_p, 10, 2, &err));
    assert_true(found.rate == AT_LABEL_NOISE_RATE);
    static const uint32_t order[] = {2, 9, 3, 4, 5}; /* row 8 is a tie: no disagreement */
    static const double given[] = {0.10, 0.25, 0.30, 0.45, 0.45};
    assert_int_equal(found.n_ranked, 5);
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < 5; i++) {
        const struct at_suspect *s = &found.ranked[i];
        assert_int_equal(s->row, order[i]);
        assert_int_equal(s->given, hand_y[s->row]);
        assert_int_equal(s->proposed, 1 - hand_y[s->row]);
        assert_true(s->p_given == given[i] && s->p_proposed == hand_p[2 * s->row + s->proposed]);
        assert_true(fabs(s->wrong - hand_wrong(given[i], 0.1, 2)) < 1e-12);
        sum += s->wrong;
        n += sum >= 0.5 * (double)(i + 1);
    }
    assert_true(n == 3 && found.n_suspects == 3); /* 1, 0.33 and 0.25, then 0.13: less than 1 / 2 */
    at_label_noise_release(&found);
    assert_null(found.ranked);
}

/* The surest 40 of 200 agree: the rate is 1 / 42; with one that does not, 2 / 42. */
static void test_label_noise__measures_the_rate_where_the_model_is_surest(void **state)
{
    (void)state;
    attune_error err;
    static double p[400];
    static uint32_t y[200];
    struct at_label_noise found;
    for (size_t i = 0; i < 200; i++) {
        p[2 * i + 1] = 0.3 * (double)i / 200;
        p[2 * i] = 1 - p[2 * i + 1];
        y[i] = i >= 40 && i % 2;
    }
    assert_ok(at_label_noise_find(&found, y, p, 200, 2, &err));
    assert_true(fabs(found.rate - 1.0 / 42) < 1e-15);
    at_label_noise_release(&found);
    y[7] = 1;
    assert_ok(at_label_noise_find(&found, y, p, 200, 2, &err));
    assert_true(fabs(found.rate - 2.0 / 42) < 1e-15);
    assert_int_equal(found.ranked[0].row, 7);
    at_label_noise_release(&found);
}

/* A model that knows nothing cannot tell which labels are wrong: it names none. */
static void test_label_noise__a_weak_model_names_none(void **state)
{
    (void)state;
    attune_error err;
    static double p[400];
    static uint32_t y[200];
    struct at_label_noise found;
    for (size_t i = 0; i < 200; i++) {
        p[2 * i] = 0.45 + 0.1 * (double)(i * 37 % 200) / 200;
        p[2 * i + 1] = 1 - p[2 * i];
        y[i] = i / 2 % 2;
    }
    assert_ok(at_label_noise_find(&found, y, p, 200, 2, &err));
    assert_true(found.n_ranked > 50);
    assert_int_equal(found.n_suspects, 0);
    at_label_noise_release(&found);
}

static void test_label_noise__refuses(void **state)
{
    (void)state;
    attune_error err;
    struct at_label_noise found;
    const uint32_t outside[] = {0, 2}, same[] = {0, 0};
    const double nan[] = {0.5, NAN};
    assert_fails(at_label_noise_find(&found, hand_y, hand_p, 0, 2, &err), ATTUNE_NOT_ENOUGH,
                 "rows");
    assert_fails(at_label_noise_find(&found, same, hand_p, 2, 1, &err), ATTUNE_INVALID, "two");
    assert_fails(at_label_noise_find(&found, outside, hand_p, 2, 2, &err), ATTUNE_INVALID, "row 1");
    assert_fails(at_label_noise_find(&found, hand_y, nan, 1, 2, &err), ATTUNE_INVALID, "row 0");
    for (size_t n = 1; n <= 2; n++) {
        at_alloc_fail_after(n);
        assert_fails(at_label_noise_find(&found, hand_y, hand_p, 10, 2, &err), ATTUNE_NO_MEMORY,
                     "out of memory");
        at_alloc_fail_after(0);
        assert_true(!found.ranked && !found.n_ranked);
    }
}

/* ---- Planted flips ---- */

enum { N = 500, K = 3, SETS = 20 };

/* Scores around the true class, as a fair model out of fold would give them: right in about 85 %.
 */
static void set_draw(uint32_t *truth, double *p, struct at_rng *rng)
{
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        truth[i] = (uint32_t)at_rng_below(rng, K);
        for (size_t c = 0; c < K; c++) {
            p[i * K + c] = exp(at_rng_normal(rng) + (c == truth[i] ? 2.2 : 0));
            sum += p[i * K + c];
        }
        for (size_t c = 0; c < K; c++)
            p[i * K + c] /= sum;
    }
}

static void test_label_noise__finds_planted_flips(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    static uint32_t truth[N], y[N];
    static double p[N * K];
    double hits = 0, named = 0, flipped = 0, hits_in_top = 0, top = 0, repaired = 0;
    at_rng_init(&rng, 81);
    for (int set = 0; set < SETS; set++) {
        set_draw(truth, p, &rng);
        size_t n_flipped = 0;
        for (size_t i = 0; i < N; i++) {
            const bool flip = at_rng_below(&rng, 10) == 0;
            y[i] = flip ? (truth[i] + 1 + (uint32_t)at_rng_below(&rng, K - 1)) % K : truth[i];
            n_flipped += flip;
        }
        struct at_label_noise found;
        assert_ok(at_label_noise_find(&found, y, p, N, K, &err));
        for (size_t i = 0; i < found.n_suspects; i++) {
            const struct at_suspect *s = &found.ranked[i];
            const bool hit = truth[s->row] != y[s->row];
            hits += hit;
            repaired += s->proposed == truth[s->row];
            hits_in_top += hit && i < n_flipped / 2;
            assert_true(i == 0 || s->p_given >= s[-1].p_given);
        }
        top += (double)(n_flipped / 2);
        named += (double)found.n_suspects;
        flipped += (double)n_flipped;
        at_label_noise_release(&found);
    }
    assert_true(hits / named >= 0.5);      /* precision */
    assert_true(hits / flipped >= 0.7);    /* recall */
    assert_true(hits_in_top / top >= 0.8); /* the surest first */
    assert_true(repaired / hits >= 0.9);   /* and the label that is proposed is the true one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label_noise__is_bayes_rule),
        cmocka_unit_test(test_label_noise__by_hand),
        cmocka_unit_test(test_label_noise__measures_the_rate_where_the_model_is_surest),
        cmocka_unit_test(test_label_noise__a_weak_model_names_none),
        cmocka_unit_test(test_label_noise__refuses),
        cmocka_unit_test(test_label_noise__finds_planted_flips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
