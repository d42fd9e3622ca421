#include "train/opinion.h"

#include <math.h>

#include "base/alloc.h"
#include "base/pool.h"
#include "support/people.h"
#include "support/test.h"

enum { N = 120, CLASSES = 2 };

static attune_error err;

struct world {
    struct at_dataset dataset;
    struct at_labels labels;
    struct at_arena arena;
    struct at_recipe recipe;
    const struct at_profile *profiles[N];
    uint32_t y[N];
};

static void world_make(struct world *w, double signal, const char *kind)
{
    const struct at_recipe_request request = {.kind = kind};
    *w = (struct world){0};
    people_make(&w->dataset, &w->labels, &w->arena, N, CLASSES, signal, 5);
    assert_ok(at_recipe_init(&w->recipe, &request, &err));
    assert_ok(at_dataset_classes(&w->dataset, &w->labels, w->y, &err));
    for (size_t i = 0; i < N; i++)
        w->profiles[i] = &w->dataset.profiles[i];
}

static void world_release(struct world *w)
{
    at_dataset_release(&w->dataset);
    at_arena_release(&w->arena);
    at_recipe_release(&w->recipe);
}

static struct at_learn_input world_input(const struct world *w)
{
    return (struct at_learn_input){.side = {.profiles = w->profiles, .y = w->y, .n = N},
                                   .labels = &w->labels,
                                   .recipe = &w->recipe,
                                   .seed = 3};
}

/* The given label's mean probability: how far the answers follow the labels. */
static double agreement(struct world *w, double *p)
{
    const struct at_learn_input in = world_input(w);
    double sum = 0;
    assert_ok(at_opinions(p, &in, &err));
    for (size_t i = 0; i < N; i++) {
        assert_true(fabs(p[2 * i] + p[2 * i + 1] - 1) < 1e-9);
        sum += p[2 * i + w->y[i]];
    }
    return sum / N;
}

static void test_opinion__answers_from_outside(void **state)
{
    (void)state;
    struct world w;
    double p[N * CLASSES];
    world_make(&w, 0.4, "auto");
    assert_true(agreement(&w, p) > 0.85);
    const uint32_t before = w.y[17];
    assert_true(p[2 * 17 + before] > 0.5);
    w.y[17] = 1 - before; /* what is told of a fan is not what is thought of it */
    assert_true(agreement(&w, p) > 0.8);
    assert_true(p[2 * 17 + before] > 0.5);
    world_release(&w);

    world_make(&w, 0, "auto"); /* nothing to learn: what answers well has seen the label */
    const double noise = agreement(&w, p);
    assert_true(noise > 0.4 && noise < 0.6);
    world_release(&w);
}

static void test_opinion__threads_change_nothing(void **state)
{
    (void)state;
    struct world w;
    double p[N * CLASSES], again[N * CLASSES];
    attune_pool *pool;
    world_make(&w, 0.2, "auto");
    struct at_learn_input in = world_input(&w);
    assert_ok(at_opinions(p, &in, &err));
    assert_ok(at_pool_create(&pool, 3, &err));
    in.pool = pool;
    assert_ok(at_opinions(again, &in, &err));
    at_pool_destroy(pool);
    assert_memory_equal(p, again, sizeof p);
    world_release(&w);
}

static void count_progress(void *user, const char *stage, uint64_t done, uint64_t total)
{
    size_t *calls = user;
    assert_string_equal(stage, "cross-validation");
    assert_true(done == *calls && total == AT_OPINION_REPEATS);
    ++*calls;
}

static bool always(void *user)
{
    (void)user;
    return true;
}

static void test_opinion__tells_how_far_it_is_and_stops(void **state)
{
    (void)state;
    struct world w;
    double p[N * CLASSES];
    size_t calls = 0;
    world_make(&w, 0.4, "bayes");
    attune_job job = {.user = &calls, .progress = count_progress};
    struct at_learn_input in = world_input(&w);
    in.job = &job;
    assert_ok(at_opinions(p, &in, &err));
    assert_int_equal(calls, AT_OPINION_REPEATS + 1);
    const attune_job stop = {.cancelled = always};
    in.job = &stop;
    assert_fails(at_opinions(p, &in, &err), ATTUNE_CANCELLED, "");
    world_release(&w);
}

static void test_opinion__every_allocation_may_fail(void **state)
{
    (void)state;
    struct world w;
    double p[N * CLASSES];
    world_make(&w, 0.4, "bayes");
    const struct at_learn_input in = world_input(&w);
    for (size_t n = 1;; n += 1 + n / 20) {
        at_alloc_fail_after(n);
        const attune_status status = at_opinions(p, &in, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opinion__answers_from_outside),
        cmocka_unit_test(test_opinion__threads_change_nothing),
        cmocka_unit_test(test_opinion__tells_how_far_it_is_and_stops),
        cmocka_unit_test(test_opinion__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
