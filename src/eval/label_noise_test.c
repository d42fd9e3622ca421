#include "eval/label_noise.h"

#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/rng.h"
#include "support/test.h"

/* ---- Golden cases of cleanlab (tests/golden/label_noise/make.py) ---- */

static double real_at(const at_json *array, size_t i)
{
    return at_json_number(at_json_at(array, i), NAN);
}

static void check_case(const at_json *json)
{
    attune_error err;
    const at_json *y_json = at_json_get(json, "y"), *suspects = at_json_get(json, "suspects");
    const size_t n = at_json_len(y_json), k = (size_t)at_json_integer(at_json_get(json, "k"), 0);
    uint32_t *y = AT_ALLOC(uint32_t, n);
    double *p = AT_ALLOC(double, n *k);
    for (size_t i = 0; i < n; i++)
        y[i] = (uint32_t)at_json_integer(at_json_at(y_json, i), -1);
    for (size_t i = 0; i < n * k; i++)
        p[i] = real_at(at_json_get(json, "p"), i);
    struct at_label_noise found;
    assert_ok(at_label_noise_find(&found, y, p, n, k, &err));
    for (size_t c = 0; c < k; c++)
        assert_true(fabs(found.threshold[c] - real_at(at_json_get(json, "threshold"), c)) < 1e-12);
    for (size_t c = 0; c < k * k; c++)
        assert_int_equal(found.joint[c],
                         at_json_integer(at_json_at(at_json_get(json, "joint"), c), -1));
    assert_int_equal(found.n_suspects, at_json_len(suspects));
    for (size_t i = 0; i < found.n_suspects; i++) {
        const struct at_suspect *s = &found.ranked[i];
        assert_int_equal(s->row, at_json_integer(at_json_at(suspects, i), -1));
        assert_true(fabs(s->margin - real_at(at_json_get(json, "margin"), i)) < 1e-12);
        assert_int_equal(s->given, y[s->row]);
        assert_true(s->p_given == p[s->row * k + s->given] && s->given != s->proposed);
        assert_true(s->p_proposed == p[s->row * k + s->proposed]);
    }
    at_label_noise_release(&found);
    at_free(y);
    at_free(p);
}

static void test_label_noise__equals_cleanlab(void **state)
{
    (void)state;
    attune_error err;
    struct at_buf text = {0};
    at_json *root;
    assert_ok(
        at_fs_read(ATTUNE_SOURCE_DIR "/tests/golden/label_noise/cases.json", &text, 1 << 20, &err));
    assert_ok(at_json_parse(&root, text.data, text.len, "cases.json", &err));
    const at_json *cases = at_json_get(root, "cases");
    assert_int_equal(at_json_len(cases), 7);
    for (size_t i = 0; i < at_json_len(cases); i++)
        check_case(at_json_at(cases, i));
    at_json_free(root);
    at_buf_release(&text);
}

/* ---- By hand ---- */

/* Thresholds: class 0 (0.8 + 0.8 + 0.2) / 3 = 0.6, class 1 (0.9 + 0.5) / 2 = 0.7. */
static const double hand_p[] = {0.8, 0.2, 0.8, 0.2, 0.2, 0.8, 0.1, 0.9, 0.5, 0.5};
static const uint32_t hand_y[] = {0, 0, 0, 1, 1};

static void test_label_noise__by_hand(void **state)
{
    (void)state;
    attune_error err;
    struct at_label_noise found;
    assert_ok(at_label_noise_find(&found, hand_y, hand_p, 5, 2, &err));
    assert_true(fabs(found.threshold[0] - 0.6) < 1e-15 && fabs(found.threshold[1] - 0.7) < 1e-15);
    assert_int_equal(found.n_suspects, 1);
    assert_int_equal(found.n_ranked, 1); /* a tie is no disagreement */
    assert_int_equal(found.ranked[0].row, 2);
    assert_int_equal(found.ranked[0].given, 0);
    assert_int_equal(found.ranked[0].proposed, 1);
    assert_true(fabs(found.ranked[0].margin + 0.6) < 1e-15);
    static const uint64_t joint[] = {2, 1, 0, 1}; /* of the last row nothing is believed */
    assert_memory_equal(found.joint, joint, sizeof joint);
    at_label_noise_release(&found);
    assert_null(found.ranked);
}

/* Row 3: class 0 is likeliest but below its average, 1 and 2 are above theirs, so 1 is believed. */
static void test_label_noise__of_the_believed_the_likeliest_counts(void **state)
{
    (void)state;
    attune_error err;
    const double p[] = {0.9, 0.05, 0.05, 0.4, 0.3, 0.3, 0.6, 0.2, 0.2, 0.4, 0.32, 0.28};
    const uint32_t y[] = {0, 1, 2, 2};
    struct at_label_noise found;
    assert_ok(at_label_noise_find(&found, y, p, 4, 3, &err));
    static const uint64_t joint[] = {1, 0, 0, 0, 1, 0, 0, 1, 0};
    assert_memory_equal(found.joint, joint, sizeof joint);
    assert_int_equal(found.n_ranked, 3); /* the model says 0 of all four */
    assert_int_equal(found.n_suspects, 1);
    assert_true(found.ranked[0].row == 2 && fabs(found.ranked[0].margin + 0.4) < 1e-15);
    assert_true(found.ranked[1].row == 3 && found.ranked[1].proposed == 0);
    at_label_noise_release(&found);
}

static void test_label_noise__refuses(void **state)
{
    (void)state;
    attune_error err;
    struct at_label_noise found;
    const uint32_t outside[] = {0, 2};
    const double nan[] = {0.5, NAN};
    assert_fails(at_label_noise_find(&found, hand_y, hand_p, 0, 2, &err), ATTUNE_NOT_ENOUGH,
                 "rows");
    assert_fails(at_label_noise_find(&found, hand_y, hand_p, 2, 1, &err), ATTUNE_INVALID, "two");
    assert_fails(at_label_noise_find(&found, outside, hand_p, 2, 2, &err), ATTUNE_INVALID, "row 1");
    assert_fails(at_label_noise_find(&found, hand_y, nan, 1, 2, &err), ATTUNE_INVALID, "row 0");
    for (size_t n = 1; n <= 3; n++) {
        at_alloc_fail_after(n);
        assert_fails(at_label_noise_find(&found, hand_y, hand_p, 5, 2, &err), ATTUNE_NO_MEMORY,
                     "out of memory");
        at_alloc_fail_after(0);
        assert_true(!found.ranked && !found.joint && !found.threshold);
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
            assert_true(i == 0 || s->margin >= s[-1].margin);
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
        cmocka_unit_test(test_label_noise__equals_cleanlab),
        cmocka_unit_test(test_label_noise__by_hand),
        cmocka_unit_test(test_label_noise__of_the_believed_the_likeliest_counts),
        cmocka_unit_test(test_label_noise__refuses),
        cmocka_unit_test(test_label_noise__finds_planted_flips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
