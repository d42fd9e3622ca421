#include "eval/coverage.h"

#include <math.h>

#include "base/rng.h"
#include "support/test.h"

static void test_coverage__answers_have_confidence_margin_and_truth(void **state)
{
    (void)state;
    const double p[] = {0.25, 0.5, 0.25, 0.375, 0.25, 0.375}, alone[] = {1};
    const uint32_t y[] = {1, 2}, zero[] = {0};
    struct at_answer a[2];
    at_answers(a, y, p, 2, 3);
    assert_true(a[0].confidence == 0.5 && a[0].margin == 0.25 && a[0].right == 1);
    assert_true(a[1].confidence == 0.375 && a[1].margin == 0 && a[1].right == 0);
    at_answers(a, zero, alone, 1, 1);
    assert_true(a[0].margin == 1 && a[0].right == 1);
}

static void test_coverage__one_point_for_each_score(void **state)
{
    (void)state;
    struct at_answer a[] = {
        {0.5, 0, 0}, {0.9, 0.8, 1}, {0.7, 0.1, 1}, {0.7, 0.4, 0}, {0.6, 0.2, 1}};
    struct at_coverage_point points[5];
    assert_int_equal(at_coverage_curve(points, a, 5, AT_COVERAGE_CONFIDENCE), 4);
    static const struct at_coverage_point wanted[] = {
        {0.9, 0.2, 1}, {0.7, 0.6, 2.0 / 3}, {0.6, 0.8, 0.75}, {0.5, 1, 0.6}};
    for (size_t i = 0; i < 4; i++)
        assert_true(points[i].threshold == wanted[i].threshold &&
                    points[i].coverage == wanted[i].coverage &&
                    points[i].precision == wanted[i].precision);
    assert_int_equal(at_coverage_curve(points, a, 5, AT_COVERAGE_MARGIN), 5);
    assert_true(points[1].threshold == 0.4 && points[1].precision == 0.5);
    assert_int_equal(at_coverage_curve(points, a, 0, AT_COVERAGE_MARGIN), 0);
}

static void test_coverage__thinned_keeps_the_nearest_at_or_above(void **state)
{
    (void)state;
    struct at_coverage_point points[200];
    for (size_t i = 0; i < 200; i++)
        points[i] = (struct at_coverage_point){1 - (double)i / 200, (double)(i + 1) / 200, 1};
    assert_int_equal(at_coverage_thin(points, 200, 20), 20);
    for (size_t i = 0; i < 20; i++)
        assert_true(fabs(points[i].coverage - 0.05 * (double)(i + 1)) < 1e-12);
    struct at_coverage_point two[] = {{0.9, 0.37, 1}, {0.8, 1, 1}};
    assert_int_equal(at_coverage_thin(two, 2, 20), 2);
    assert_true(two[0].coverage == 0.37 && two[1].coverage == 1);
    assert_int_equal(at_coverage_thin(two, 0, 20), 0);
}

static void test_threshold__lies_between_the_last_answer_and_the_next(void **state)
{
    (void)state;
    enum { N = 400 };
    struct at_answer a[N];
    for (size_t i = 0; i < N; i++) /* 0.95: all right; 0.55: every second one */
        a[i] = (struct at_answer){i < N / 2 ? 0.95 : 0.55, 0.5, i < N / 2 || i % 2};
    struct at_threshold t = at_threshold_for_precision(0.9, a, N, AT_COVERAGE_CONFIDENCE);
    assert_true(t.reached && fabs(t.threshold - 0.75) < 1e-12 && t.coverage == 0.5);
    assert_true(fabs(t.precision - (200 + 200 * 0.95) / 400) < 1e-12 && t.target == 0.9);
    assert_int_equal(t.n_answered, 200);
    t = at_threshold_for_precision(0.7, a, N, AT_COVERAGE_CONFIDENCE);
    assert_true(t.reached && t.threshold == 0 && t.coverage == 1);
    t = at_threshold_for_precision(0.995, a, N, AT_COVERAGE_CONFIDENCE);
    assert_true(!t.reached && isinf(t.threshold) && t.coverage == 0 && isnan(t.precision));
    assert_int_equal(t.n_answered, 0);
    /* all margins are the same: all or nothing */
    t = at_threshold_for_precision(0.9, a, N, AT_COVERAGE_MARGIN);
    assert_true(!t.reached);
    t = at_threshold_for_precision(0.7, a, N, AT_COVERAGE_MARGIN);
    assert_true(t.reached && t.threshold == 0);
}

/* All right and all sure, yet only so many: 0.9 / 0.1 x 1.2816^2 = 14.8 answers show 0.9. */
static void test_threshold__a_few_answers_prove_nothing(void **state)
{
    (void)state;
    struct at_answer a[15];
    for (size_t i = 0; i < 15; i++)
        a[i] = (struct at_answer){1, 1, 1};
    assert_false(at_threshold_for_precision(0.9, a, 14, AT_COVERAGE_CONFIDENCE).reached);
    assert_true(at_threshold_for_precision(0.9, a, 15, AT_COVERAGE_CONFIDENCE).reached);
    assert_false(at_threshold_for_precision(0.8, a, 6, AT_COVERAGE_CONFIDENCE).reached);
    assert_true(at_threshold_for_precision(0.8, a, 7, AT_COVERAGE_CONFIDENCE).reached);
}

/* ---- Simulation: thresholds chosen on n answers, looked at on many others ---- */

/* How much the texts tell of three classes, and how the model boasts: what it says is
 * truth^sharp. */
struct source {
    double tells, sharp;
};

static struct at_answer draw(struct source from, struct at_rng *rng)
{
    double p[3], said[3], sum = 0, sum_said = 0, mark = at_rng_unit(rng);
    for (size_t c = 0; c < 3; c++) {
        const double z = from.tells * at_rng_normal(rng);
        p[c] = exp(z);
        said[c] = exp(from.sharp * z);
        sum += p[c];
        sum_said += said[c];
    }
    uint32_t y = 2;
    for (uint32_t c = 0; c < 3; c++) {
        said[c] /= sum_said;
        mark -= p[c] / sum;
        if (mark < 0 && y == 2)
            y = c;
    }
    struct at_answer answer;
    at_answers(&answer, &y, said, 1, 3);
    return answer;
}

enum { REPETITIONS = 200, TEST = 20000 };

/* Over the repetitions, on the TEST rows: the precision of all that is answered, less the target;
 * the share answered; how many thresholds are more than two points short; how many answer. */
struct reached {
    double error, coverage;
    int n_short, n_answering;
};

static struct reached simulate(double target, size_t n, struct source from, enum at_coverage_by by)
{
    static struct at_answer test[TEST], fit[2000];
    static struct at_coverage_point points[TEST];
    struct at_rng rng;
    struct reached r = {0};
    double right = 0;
    at_rng_init(&rng, 71);
    for (size_t i = 0; i < TEST; i++)
        test[i] = draw(from, &rng);
    const size_t n_points = at_coverage_curve(points, test, TEST, by);
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        for (size_t i = 0; i < n; i++)
            fit[i] = draw(from, &rng);
        const struct at_threshold t = at_threshold_for_precision(target, fit, n, by);
        size_t n_told = 0;
        while (n_told < n_points && points[n_told].threshold >= t.threshold)
            n_told++;
        if (!n_told)
            continue;
        const struct at_coverage_point last = points[n_told - 1];
        right += last.precision * last.coverage;
        r.coverage += last.coverage;
        r.n_short += last.precision < target - 0.02;
        r.n_answering++;
    }
    r.error = r.n_answering ? right / r.coverage - target : 0;
    r.coverage /= REPETITIONS;
    return r;
}

static void check_kept(double target, size_t n, struct source from, double least_coverage)
{
    const struct reached r = simulate(target, n, from, AT_COVERAGE_CONFIDENCE);
    if (!(r.error > -0.02 && r.n_short <= REPETITIONS / 20 && r.coverage >= least_coverage))
        fail_msg("n = %zu, target %.1f: off by %.4f, of %d with answers %d short, coverage %.3f", n,
                 target, r.error, r.n_answering, r.n_short, r.coverage);
}

/* Honest confidences. Whoever knew the truth would answer 0.58 and 0.25 of the rows. */
static void test_threshold__keeps_its_promise(void **state)
{
    static const struct {
        size_t n;
        double coverage[2]; /* for 0.8 and 0.9: at least */
    } cases[] = {{50, {0, 0}},        {100, {0.1, 0}},      {200, {0.35, 0}},
                 {500, {0.44, 0.04}}, {1000, {0.48, 0.12}}, {2000, {0.5, 0.16}}};
    (void)state;
    for (size_t i = 0; i < 6; i++)
        for (int t = 0; t < 2; t++)
            check_kept(t ? 0.9 : 0.8, cases[i].n, (struct source){1.5, 1}, cases[i].coverage[t]);
}

/* Little to tell, and confidences that are too high: it would take luck to find answers of which
 * 80 % are right. Whoever looks for the largest share that seems good enough finds that luck. */
static void test_threshold__is_not_taken_in_by_luck(void **state)
{
    static const size_t sizes[] = {100, 200, 500};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int target = 8; target <= 9; target++)
            check_kept(target / 10.0, sizes[i], (struct source){0.8, 1.25}, 0);
}

static void test_threshold__of_the_margin_too(void **state)
{
    (void)state;
    const struct reached r = simulate(0.8, 500, (struct source){1.5, 1}, AT_COVERAGE_MARGIN);
    assert_true(r.error > -0.02 && r.n_short <= REPETITIONS / 20 && r.coverage > 0.4);
}

/* Confidences that are 5 points off: the data corrects them, the more of it the better. */
static void test_threshold__data_corrects_wrong_confidences(void **state)
{
    static const double sharp[] = {0.8, 1.25};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct source from = {1.5, sharp[i]};
        const struct reached few = simulate(0.8, 100, from, AT_COVERAGE_CONFIDENCE),
                             many = simulate(0.8, 2000, from, AT_COVERAGE_CONFIDENCE);
        assert_true(many.error > -0.01 && many.error < 0.03 && many.coverage > 0.45);
        assert_true(many.error < few.error);
        assert_true(few.n_short <= REPETITIONS / 20 && many.n_short <= REPETITIONS / 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage__answers_have_confidence_margin_and_truth),
        cmocka_unit_test(test_coverage__one_point_for_each_score),
        cmocka_unit_test(test_coverage__thinned_keeps_the_nearest_at_or_above),
        cmocka_unit_test(test_threshold__lies_between_the_last_answer_and_the_next),
        cmocka_unit_test(test_threshold__a_few_answers_prove_nothing),
        cmocka_unit_test(test_threshold__keeps_its_promise),
        cmocka_unit_test(test_threshold__is_not_taken_in_by_luck),
        cmocka_unit_test(test_threshold__of_the_margin_too),
        cmocka_unit_test(test_threshold__data_corrects_wrong_confidences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
