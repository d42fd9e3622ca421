#include "pipeline/confidence.h"

#include <math.h>

#include "support/test.h"

/* One member's word is the answer, whatever its weight: not a bit of it may change. */
static void test_confidence__one_member_is_passed_on_to_the_last_bit(void **state)
{
    const double said[] = {0.1, 1.0 / 3, 1 - 0.1 - 1.0 / 3, 0};
    const struct at_voice voice = {0.3, {1, 1e-6}};
    double p[4];
    (void)state;
    at_confidence_pool(p, said, &voice, 1, 4);
    assert_memory_equal(p, said, sizeof said);
}

static void test_confidence__one_member_speaks_at_its_temperature(void **state)
{
    const double said[] = {0.8, 0.2};
    const struct at_voice voice = {0.3, {2, 1e-6}};
    double p[2];
    (void)state;
    at_confidence_pool(p, said, &voice, 1, 2);
    assert_close(p[0], 2.0 / 3, 1e-12);
}

/* (0.8, 0.2) and (0.5, 0.5) count half each: sqrt(0.8 * 0.5) to sqrt(0.2 * 0.5) is 2 to 1. */
static void test_confidence__two_members_by_hand(void **state)
{
    const double said[] = {0.8, 0.2, 0.5, 0.5};
    const struct at_voice equal[] = {at_voice_equal(2), at_voice_equal(2)};
    double p[2];
    (void)state;
    at_confidence_pool(p, said, equal, 2, 2);
    assert_close(p[0], 2.0 / 3, 1e-12);
    assert_close(p[1], 1.0 / 3, 1e-12);
}

/* At temperature 2 the first says (2/3, 1/3), at 0.5 the second says (1/17, 16/17); with weights
 * 3/4 and 1/4 the odds are 2^(3/4) * 16^(-1/4) = 2^(-1/4). */
static void test_confidence__each_speaks_at_its_own_temperature(void **state)
{
    const double said[] = {0.8, 0.2, 0.2, 0.8};
    const struct at_voice voice[] = {{0.75, {2, 1e-6}}, {0.25, {0.5, 1e-6}}};
    const double odds = pow(2, -0.25);
    double p[2];
    (void)state;
    at_confidence_pool(p, said, voice, 2, 2);
    assert_close(p[0], odds / (1 + odds), 1e-12);
    assert_close(p[0] + p[1], 1, 1e-15);
}

static void test_confidence__a_zero_is_no_veto(void **state)
{
    const double said[] = {1, 0, 0.01, 0.99};
    const struct at_voice voice[] = {{0.5, {1, 1e-2}}, {0.5, {1, 1e-2}}};
    double p[2];
    (void)state;
    at_confidence_pool(p, said, voice, 2, 2);
    assert_close(p[1] / p[0], sqrt(0.01 * 0.99) / sqrt(1 * 0.01), 1e-9);
}

/* Many members that are sure: no product runs out of range. */
static void test_confidence__small_numbers_do_not_vanish(void **state)
{
    enum { MEMBERS = 20 };
    double said[2 * MEMBERS], p[2];
    struct at_voice voice[MEMBERS];
    (void)state;
    for (size_t m = 0; m < MEMBERS; m++) {
        said[2 * m] = said[2 * m + 1] = 1e-300;
        voice[m] = (struct at_voice){1, {1, 1e-300}};
    }
    at_confidence_pool(p, said, voice, MEMBERS, 2);
    assert_close(p[0], 0.5, 1e-12);
    assert_close(p[1], 0.5, 1e-12);
}

static void test_confidence__equal_voices_share_one(void **state)
{
    (void)state;
    assert_close(at_voice_equal(4).weight, 0.25, 0);
    assert_close(at_voice_equal(4).temperature.t, 1, 0);
}

static void test_confidence__no_answer_is_surer_than_the_data(void **state)
{
    (void)state;
    double p[] = {1, 0, 0};
    at_confidence_bound(p, 3, 98);
    assert_close(p[0], 0.99 + 0.01 / 3, 1e-15);
    assert_close(p[1], 0.01 / 3, 1e-15);
    assert_close(p[0] + p[1] + p[2], 1, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confidence__no_answer_is_surer_than_the_data),
        cmocka_unit_test(test_confidence__one_member_is_passed_on_to_the_last_bit),
        cmocka_unit_test(test_confidence__one_member_speaks_at_its_temperature),
        cmocka_unit_test(test_confidence__two_members_by_hand),
        cmocka_unit_test(test_confidence__each_speaks_at_its_own_temperature),
        cmocka_unit_test(test_confidence__a_zero_is_no_veto),
        cmocka_unit_test(test_confidence__small_numbers_do_not_vanish),
        cmocka_unit_test(test_confidence__equal_voices_share_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
