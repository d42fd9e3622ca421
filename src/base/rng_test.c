#include "base/rng.h"

#include <math.h>

#include "support/test.h"

/* xoshiro256++ 1.0 by Blackman and Vigna from state {1, 2, 3, 4}: the first ten outputs of their C
 * code, as other libraries test it. */
static void test_rng__reference_stream(void **state)
{
    (void)state;
    static const uint64_t wanted[] = {41943041u,
                                      58720359u,
                                      3588806011781223u,
                                      3591011842654386u,
                                      9228616714210784205u,
                                      9973669472204895162u,
                                      14011001112246962877u,
                                      12406186145184390807u,
                                      15849039046786891736u,
                                      10450023813501588000u};
    struct at_rng rng = {{1, 2, 3, 4}};
    for (size_t i = 0; i < 10; i++)
        assert_true(at_rng_next(&rng) == wanted[i]);
}

/* From seed to draws, by tests/golden/metrics/make.py's Python copy: splits and intervals rest on
 * it. */
static void test_rng__golden_stream_of_a_seed(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 42);
    static const uint64_t next[] = {0xD0764D4F4476689Fu, 0x519E4174576F3791u, 0xFBE07CFB0C24ED8Cu,
                                    0xB37D9F600CD835B8u};
    for (size_t i = 0; i < sizeof next / sizeof *next; i++)
        assert_true(at_rng_next(&rng) == next[i]);
    static const uint64_t below[] = {793, 588, 125, 605, 207, 933, 559, 850};
    for (size_t i = 0; i < sizeof below / sizeof *below; i++)
        assert_true(at_rng_below(&rng, 1000) == below[i]);
}

static void test_rng__seeds_differ(void **state)
{
    (void)state;
    struct at_rng a, b, c;
    at_rng_init(&a, 0);
    at_rng_init(&b, 1);
    at_rng_init(&c, 0);
    for (int i = 0; i < 100; i++) {
        const uint64_t x = at_rng_next(&a);
        assert_true(x != at_rng_next(&b));
        assert_true(x == at_rng_next(&c));
    }
}

static void test_rng__below_is_even(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 9);
    for (uint64_t n = 1; n <= 50; n++) {
        uint64_t count[50] = {0};
        double chi2 = 0;
        const double each = 400;
        for (uint64_t i = 0; i < n * 400; i++) {
            const uint64_t x = at_rng_below(&rng, n);
            assert_true(x < n);
            count[x]++;
        }
        for (uint64_t i = 0; i < n; i++)
            chi2 += ((double)count[i] - each) * ((double)count[i] - each) / each;
        assert_true(chi2 <= (double)n + 6 * sqrt(2.0 * (double)n));
    }
}

/* With n = 3/4 of 2^64, taking the remainder or the high half alone would favour a third of the
 * results two to one. */
static void test_rng__below_has_no_bias_for_huge_ranges(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 10);
    const uint64_t n = 3ull << 62, third = n / 3;
    uint64_t by_third[3] = {0}, by_rest[3] = {0};
    for (int i = 0; i < 30000; i++) {
        const uint64_t x = at_rng_below(&rng, n);
        assert_true(x < n);
        by_third[x / third]++;
        by_rest[x % 3]++;
    }
    for (int i = 0; i < 3; i++) {
        assert_in_range(by_third[i], 9500, 10500);
        assert_in_range(by_rest[i], 9500, 10500);
    }
}

static void test_rng__unit_and_normal_moments(void **state)
{
    (void)state;
    enum { N = 200000 };
    struct at_rng rng;
    double u = 0, u2 = 0, z = 0, z2 = 0, z4 = 0;
    at_rng_init(&rng, 11);
    for (int i = 0; i < N; i++) {
        const double x = at_rng_unit(&rng), y = at_rng_normal(&rng);
        assert_true(x >= 0 && x < 1);
        u += x / N;
        u2 += x * x / N;
        z += y / N;
        z2 += y * y / N;
        z4 += y * y * y * y / N;
    }
    assert_true(fabs(u - 0.5) < 0.004 && fabs(u2 - 1.0 / 3) < 0.004);
    assert_true(fabs(z) < 0.012 && fabs(z2 - 1) < 0.02 && fabs(z4 - 3) < 0.15);
}

/* All six orders of three items come up equally often; nothing is lost. */
static void test_rng__shuffle_is_fair(void **state)
{
    (void)state;
    struct at_rng rng;
    unsigned count[27] = {0};
    at_rng_init(&rng, 12);
    for (int i = 0; i < 12000; i++) {
        uint32_t a[3] = {0, 1, 2};
        at_rng_shuffle(&rng, a, 3);
        assert_int_equal(a[0] + a[1] + a[2], 3);
        count[a[0] * 9 + a[1] * 3 + a[2]]++;
    }
    static const unsigned orders[] = {5, 7, 11, 15, 19, 21};
    for (size_t i = 0; i < 6; i++)
        assert_in_range(count[orders[i]], 1800, 2200);
    at_rng_shuffle(&rng, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rng__reference_stream),
        cmocka_unit_test(test_rng__golden_stream_of_a_seed),
        cmocka_unit_test(test_rng__seeds_differ),
        cmocka_unit_test(test_rng__below_is_even),
        cmocka_unit_test(test_rng__below_has_no_bias_for_huge_ranges),
        cmocka_unit_test(test_rng__unit_and_normal_moments),
        cmocka_unit_test(test_rng__shuffle_is_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
