#include "train/stack.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/test.h"

enum { N = 300, CLASSES = 3 };

static attune_error err;

/* Answers of two members to N rows: the right class gets a head start of skill[m], noise does the
 * rest. */
static void answers_make(double *p, uint32_t *y, const double skill[2], uint64_t seed)
{
    struct at_rng rng;
    at_rng_init(&rng, seed);
    for (size_t i = 0; i < N; i++) {
        y[i] = (uint32_t)at_rng_below(&rng, CLASSES);
        for (size_t m = 0; m < 2; m++) {
            double *row = p + (i * 2 + m) * CLASSES, sum = 0;
            for (size_t c = 0; c < CLASSES; c++)
                sum += row[c] = exp(2 * at_rng_unit(&rng) + (c == y[i] ? skill[m] : 0));
            for (size_t c = 0; c < CLASSES; c++)
                row[c] /= sum;
        }
    }
}

/* The objective by its definition. */
static double objective(const struct at_stack_input *in, const double *weight, const double *start)
{
    double loss = 0, distance = 0;
    for (size_t i = 0; i < in->n; i++) {
        double sum = 0, right = 0;
        for (size_t c = 0; c < in->k; c++) {
            double q = 1;
            for (size_t m = 0; m < in->n_members; m++)
                q *= pow(in->p[(i * in->n_members + m) * in->k + c], weight[m]);
            sum += q;
            right = c == in->y[i] ? q : right;
        }
        loss -= log(right / sum);
    }
    for (size_t m = 0; m < in->n_members; m++)
        distance += (weight[m] - start[m]) * (weight[m] - start[m]);
    return loss / (double)in->n + in->shrink / (double)in->n / 2 * distance;
}

static void test_stack__finds_what_a_grid_finds(void **state)
{
    static const double skills[][2] = {{1, 0.5}, {0.8, 0.8}, {1.2, 0}, {0.3, 0.1}};
    static const double shrinks[] = {0, 10, 100};
    double p[N * 2 * CLASSES];
    uint32_t y[N];
    (void)state;
    for (size_t s = 0; s < 4; s++)
        for (size_t h = 0; h < 3; h++) {
            const double start[2] = {0.7, 0.3};
            double weight[2] = {0.7, 0.3}, best = INFINITY, grid[2] = {0, 0};
            const struct at_stack_input in = {p, y, N, 2, CLASSES, shrinks[h]};
            answers_make(p, y, skills[s], s + 1);
            assert_ok(at_stack_fit(weight, &in, &err));
            for (int a = 0; a <= 60; a++)
                for (int b = 0; b <= 60; b++) {
                    const double at[2] = {a * 0.05, b * 0.05};
                    const double now = objective(&in, at, start);
                    if (now < best) {
                        best = now;
                        grid[0] = at[0];
                        grid[1] = at[1];
                    }
                }
            assert_true(objective(&in, weight, start) <= best + 1e-7);
            for (size_t m = 0; m < 2 && grid[0] < 3 && grid[1] < 3; m++)
                assert_close(weight[m], grid[m], 0.11);
        }
}

/* Ten times (0.8, 0.2), nine times right: 0.8^w / (0.8^w + 0.2^w) = 0.9, so w = ln 9 / ln 4. */
static void test_stack__one_member_by_hand(void **state)
{
    double p[20], weight = 1, loss;
    uint32_t y[10] = {0};
    (void)state;
    for (size_t i = 0; i < 10; i++) {
        p[2 * i] = 0.8;
        p[2 * i + 1] = 0.2;
    }
    y[7] = 1;
    const struct at_stack_input in = {p, y, 10, 1, 2, 0};
    assert_ok(at_stack_loss(&loss, &weight, &in, &err));
    assert_close(loss, -(0.9 * log(0.8) + 0.1 * log(0.2)), 1e-12);
    assert_ok(at_stack_fit(&weight, &in, &err));
    assert_close(weight, log(9) / log(4), 1e-4);
    assert_ok(at_stack_loss(&loss, &weight, &in, &err));
    assert_close(loss, -(0.9 * log(0.9) + 0.1 * log(0.1)), 1e-8);
}

/* The shrinkage belongs to the fit; the loss is told without it. */
static void test_stack__few_answers_stay_near_the_start(void **state)
{
    const double skill[2] = {0, 1.5};
    double p[N * 2 * CLASSES], free_weight[2] = {0.9, 0.1}, held[2] = {0.9, 0.1}, a, b;
    uint32_t y[N];
    (void)state;
    answers_make(p, y, skill, 9);
    struct at_stack_input in = {p, y, N, 2, CLASSES, 0};
    assert_ok(at_stack_fit(free_weight, &in, &err));
    in.shrink = 1e7;
    assert_ok(at_stack_fit(held, &in, &err));
    assert_true(free_weight[0] < 0.2 && free_weight[1] > 0.8);
    assert_close(held[0], 0.9, 1e-3);
    assert_close(held[1], 0.1, 1e-3);
    assert_ok(at_stack_loss(&a, held, &in, &err));
    in.shrink = 0;
    assert_ok(at_stack_loss(&b, held, &in, &err));
    assert_close(a, b, 0);
}

/* A member that is wrong as often as it can: less than nothing is not to be had. */
static void test_stack__weights_are_never_below_zero(void **state)
{
    const double skill[2] = {1, -1.5};
    double p[N * 2 * CLASSES], weight[2] = {0.5, 0.5};
    uint32_t y[N];
    (void)state;
    answers_make(p, y, skill, 4);
    const struct at_stack_input in = {p, y, N, 2, CLASSES, 1};
    assert_ok(at_stack_fit(weight, &in, &err));
    assert_true(weight[0] > 0.5);
    assert_true(weight[1] >= 0 && weight[1] <= 0);
}

static void test_stack__never_ends_above_its_start(void **state)
{
    double p[N * 2 * CLASSES];
    uint32_t y[N];
    struct at_rng rng;
    (void)state;
    at_rng_init(&rng, 77);
    for (uint64_t seed = 0; seed < 40; seed++) {
        const double skill[2] = {3 * at_rng_unit(&rng) - 1, 3 * at_rng_unit(&rng) - 1};
        const double start[2] = {3 * at_rng_unit(&rng), 3 * at_rng_unit(&rng)};
        double weight[2] = {start[0], start[1]};
        const struct at_stack_input in = {p, y, 20 + seed, 2, CLASSES, 20 * at_rng_unit(&rng)};
        answers_make(p, y, skill, seed);
        assert_ok(at_stack_fit(weight, &in, &err));
        assert_true(weight[0] >= 0 && weight[1] >= 0);
        assert_true(objective(&in, weight, start) <= objective(&in, start, start) + 1e-12);
    }
}

/* Members that rule the right class out: the loss stays finite, and nobody has a veto. */
static void test_stack__certainties_have_a_floor(void **state)
{
    double p[] = {1, 0, 0.5, 0.5, 0, 1, 0.4, 0.6}, weight[2] = {0.5, 0.5}, loss;
    const uint32_t y[] = {1, 0};
    const struct at_stack_input in = {p, y, 2, 2, 2, 1};
    (void)state;
    assert_ok(at_stack_loss(&loss, weight, &in, &err));
    assert_true(isfinite(loss) && loss > 5);
    assert_ok(at_stack_fit(weight, &in, &err));
    assert_true(weight[0] < 0.01);
}

static void test_stack__every_allocation_may_fail(void **state)
{
    const double skill[2] = {1, 0.5};
    double p[N * 2 * CLASSES], weight[2] = {0.7, 0.3}, loss = 5;
    uint32_t y[N];
    size_t n = 1;
    (void)state;
    answers_make(p, y, skill, 3);
    const struct at_stack_input in = {p, y, N, 2, CLASSES, 10};
    for (;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = at_stack_fit(weight, &in, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_true(weight[0] >= 0.7 && weight[0] <= 0.7 && weight[1] <= 0.3);
        at_alloc_fail_after(n);
        assert_fails(at_stack_loss(&loss, weight, &in, &err), ATTUNE_NO_MEMORY, "out of memory");
        at_alloc_fail_after(0);
    }
    assert_true(n > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stack__finds_what_a_grid_finds),
        cmocka_unit_test(test_stack__one_member_by_hand),
        cmocka_unit_test(test_stack__few_answers_stay_near_the_start),
        cmocka_unit_test(test_stack__weights_are_never_below_zero),
        cmocka_unit_test(test_stack__never_ends_above_its_start),
        cmocka_unit_test(test_stack__certainties_have_a_floor),
        cmocka_unit_test(test_stack__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
