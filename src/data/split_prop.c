/* What a split promises, on random classes and groups. */
#include "support/test.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "data/split.h"

enum { N_MAX = 400, CLASSES = 4, ROUNDS = 400 };

struct sample {
    size_t n, n_classes;
    uint32_t y[N_MAX], group[N_MAX];
};

/* Groups of one class each (`pure`), or of any classes; some profiles without a label. */
static struct sample make_sample(struct at_rng *rng, bool pure)
{
    struct sample s = {.n = 2 + at_rng_below(rng, N_MAX - 2),
                       .n_classes = 2 + at_rng_below(rng, CLASSES - 1)};
    const size_t n_groups = 1 + at_rng_below(rng, s.n);
    for (size_t i = 0; i < s.n; i++) {
        s.group[i] = (uint32_t)at_rng_below(rng, n_groups);
        s.y[i] = (uint32_t)(pure ? s.group[i] % s.n_classes
                                 : at_rng_below(rng, at_rng_below(rng, 2) ? 1 : s.n_classes));
        if (at_rng_below(rng, 10) == 0)
            s.y[i] = AT_CLASS_NONE;
    }
    return s;
}

/* reach[c] = groups that have a labelled member of class c (side < 0: on any side). */
static size_t count_groups(const struct sample *s, const uint8_t *side, int wanted, uint32_t c)
{
    uint8_t seen[N_MAX] = {0};
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->y[i] != AT_CLASS_NONE && (c == AT_CLASS_NONE || s->y[i] == c) &&
            (wanted < 0 || side[i] == wanted) && !seen[s->group[i]]) {
            seen[s->group[i]] = 1;
            n++;
        }
    return n;
}

static void expect_groups_whole(const struct sample *s, const uint8_t *side, uint8_t none)
{
    for (size_t i = 0; i < s->n; i++) {
        assert_int_equal(side[i] == none, s->y[i] == AT_CLASS_NONE);
        for (size_t j = 0; j < i; j++)
            if (s->group[i] == s->group[j] && side[i] != none && side[j] != none)
                assert_int_equal(side[i], side[j]);
    }
}

static void test_split__holdout_keeps_groups_whole_and_classes_on_both_sides(void **state)
{
    (void)state;
    struct at_rng rng;
    size_t n_split = 0;
    at_rng_init(&rng, 1);
    for (int round = 0; round < ROUNDS; round++) {
        const struct sample s = make_sample(&rng, round % 2);
        const double test_frac = 0.05 + 0.5 * at_rng_unit(&rng);
        uint8_t role[N_MAX], again[N_MAX];
        attune_error err;
        memset(role, 77, sizeof role);
        const attune_status status = at_split_holdout(s.y, s.group, s.n, s.n_classes, test_frac,
                                                      (uint64_t)round, role, &err);
        if (count_groups(&s, NULL, -1, AT_CLASS_NONE) < 2) {
            assert_int_equal(status, ATTUNE_NOT_ENOUGH);
            assert_int_equal(role[0], 77);
            continue;
        }
        assert_int_equal(status, ATTUNE_OK);
        n_split++;
        expect_groups_whole(&s, role, AT_SPLIT_NONE);
        assert_true(count_groups(&s, role, AT_SPLIT_TRAIN, AT_CLASS_NONE) > 0);
        assert_true(count_groups(&s, role, AT_SPLIT_TEST, AT_CLASS_NONE) > 0);
        for (uint32_t c = 0; c < s.n_classes && round % 2; c++)
            if (count_groups(&s, NULL, -1, c) >= 2) {
                assert_true(count_groups(&s, role, AT_SPLIT_TRAIN, c) > 0);
                assert_true(count_groups(&s, role, AT_SPLIT_TEST, c) > 0);
            }
        assert_ok(at_split_holdout(s.y, s.group, s.n, s.n_classes, test_frac, (uint64_t)round,
                                   again, &err));
        assert_memory_equal(role, again, s.n);
    }
    assert_true(n_split > ROUNDS * 3 / 4);
}

static void test_split__folds_keep_groups_whole_and_none_is_empty(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 2);
    for (int round = 0; round < ROUNDS; round++) {
        const struct sample s = make_sample(&rng, round % 2);
        const unsigned k = 2 + (unsigned)at_rng_below(&rng, 9);
        uint8_t fold[N_MAX];
        attune_error err;
        const attune_status status =
            at_split_folds(s.y, s.group, s.n, s.n_classes, k, (uint64_t)round, fold, &err);
        if (count_groups(&s, NULL, -1, AT_CLASS_NONE) < k) {
            assert_int_equal(status, ATTUNE_NOT_ENOUGH);
            continue;
        }
        assert_int_equal(status, ATTUNE_OK);
        expect_groups_whole(&s, fold, UINT8_MAX);
        for (unsigned f = 0; f < k; f++)
            assert_true(count_groups(&s, fold, (int)f, AT_CLASS_NONE) > 0);
    }
}

/* Every row its own group: then the shares are exact. */
static void test_split__single_rows_are_stratified_exactly(void **state)
{
    (void)state;
    static const size_t sizes[3] = {100, 250, 7};
    uint32_t y[357], group[357];
    uint8_t role[357], fold[357], other[357];
    attune_error err;
    size_t n = 0;
    for (uint32_t c = 0; c < 3; c++)
        for (size_t i = 0; i < sizes[c]; i++, n++) {
            y[n] = c;
            group[n] = (uint32_t)n;
        }
    assert_ok(at_split_holdout(y, group, n, 3, 0.2, 42, role, &err));
    assert_ok(at_split_folds(y, group, n, 3, 5, 42, fold, &err));
    size_t test[3] = {0}, folds[3][5] = {{0}};
    for (size_t i = 0; i < n; i++) {
        test[y[i]] += role[i] == AT_SPLIT_TEST;
        folds[y[i]][fold[i]]++;
    }
    assert_int_equal(test[0], 20);
    assert_int_equal(test[1], 50);
    assert_int_equal(test[2], 1);
    for (size_t f = 0; f < 5; f++) {
        assert_int_equal(folds[0][f], 20);
        assert_int_equal(folds[1][f], 50);
        assert_in_range(folds[2][f], 1, 2);
    }
    assert_ok(at_split_holdout(y, group, n, 3, 0.2, 43, other, &err));
    assert_true(memcmp(role, other, n) != 0); /* another seed, another split */
}

static void test_split__rare_classes_reach_both_sides(void **state)
{
    (void)state;
    uint32_t y[100], group[100];
    uint8_t role[100];
    attune_error err;
    for (uint32_t i = 0; i < 100; i++) {
        y[i] = i < 2 ? 1 : i < 4 ? 2 : 0;
        group[i] = i;
    }
    for (uint64_t seed = 0; seed < 50; seed++) {
        assert_ok(at_split_holdout(y, group, 100, 3, 0.1, seed, role, &err));
        assert_true(role[0] != role[1] && role[2] != role[3]);
    }
    group[1] = 0; /* class 1 is one group now: it cannot be on both sides */
    assert_ok(at_split_holdout(y, group, 100, 3, 0.1, 1, role, &err));
    assert_int_equal(role[0], role[1]);
}

static void test_split__bad_arguments(void **state)
{
    (void)state;
    uint32_t y[3] = {0, 1, 0}, group[3] = {0, 1, 2};
    uint8_t out[3];
    attune_error err;
    assert_fails(at_split_holdout(y, group, 3, 2, 0, 1, out, &err), ATTUNE_INVALID, "test_frac");
    assert_fails(at_split_holdout(y, group, 3, 2, 1, 1, out, &err), ATTUNE_INVALID, "test_frac");
    assert_fails(at_split_folds(y, group, 3, 2, 1, 1, out, &err), ATTUNE_INVALID, "1 folds");
    assert_fails(at_split_folds(y, group, 3, 2, 51, 1, out, &err), ATTUNE_INVALID, "2 to 50");
    assert_fails(at_split_folds(y, group, 3, 2, 4, 1, out, &err), ATTUNE_NOT_ENOUGH, "3 different");
    assert_fails(at_split_folds(y, group, 3, 1, 2, 1, out, &err), ATTUNE_INVALID, "class 1 of 1");
    group[2] = 3;
    assert_fails(at_split_folds(y, group, 3, 2, 2, 1, out, &err), ATTUNE_INVALID, "group 3 of 3");
    y[0] = y[1] = y[2] = AT_CLASS_NONE;
    group[2] = 2;
    assert_fails(at_split_holdout(y, group, 3, 2, 0.5, 1, out, &err), ATTUNE_NOT_ENOUGH,
                 "0 different");
    assert_fails(at_split_holdout(y, group, 0, 2, 0.5, 1, out, &err), ATTUNE_NOT_ENOUGH, "");
}

static void test_split__every_allocation_failing_once(void **state)
{
    (void)state;
    const uint32_t y[4] = {0, 1, 0, 1}, group[4] = {0, 1, 2, 3};
    attune_error err;
    for (size_t n = 1, done = 0; !done; n++) {
        uint8_t role[4];
        memset(role, 77, sizeof role);
        at_alloc_fail_after(n);
        const attune_status status = at_split_holdout(y, group, 4, 2, 0.5, 1, role, &err);
        at_alloc_fail_after(0);
        done = status == ATTUNE_OK;
        assert_true(done ? n > 9 : status == ATTUNE_NO_MEMORY && role[0] == 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split__holdout_keeps_groups_whole_and_classes_on_both_sides),
        cmocka_unit_test(test_split__folds_keep_groups_whole_and_none_is_empty),
        cmocka_unit_test(test_split__single_rows_are_stratified_exactly),
        cmocka_unit_test(test_split__rare_classes_reach_both_sides),
        cmocka_unit_test(test_split__bad_arguments),
        cmocka_unit_test(test_split__every_allocation_failing_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
