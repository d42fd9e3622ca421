#include "train/train.h"

#include "base/alloc.h"
#include "data/split.h"
#include "support/people.h"
#include "support/test.h"

enum { N = 240, CLASSES = 2 };

static attune_error err;

struct world {
    struct at_dataset dataset;
    struct at_labels labels;
    struct at_arena arena;
    struct at_recipe recipe;
    uint32_t y[N], group[N];
    uint8_t role[N], fold[N];
};

static void world_make(struct world *w, double signal)
{
    const struct at_recipe_request request = {.kind = "forest"};
    const struct attune_setting few = {"n_estimators", "20"};
    memset(w, 0, sizeof *w);
    people_make(&w->dataset, &w->labels, &w->arena, N, CLASSES, signal, 5);
    assert_ok(at_recipe_init(&w->recipe, &request, &err));
    assert_ok(at_recipe_set(&w->recipe, &few, 1, &err));
    assert_ok(at_dataset_classes(&w->dataset, &w->labels, w->y, &err));
    assert_ok(at_split_groups(&w->dataset, w->group, NULL, &err));
    assert_ok(at_split_holdout(w->y, w->group, N, CLASSES, 0.25, 1, w->role, &err));
    assert_ok(at_split_folds(w->y, w->group, N, CLASSES, 4, 1, w->fold, &err));
}

static void world_release(struct world *w)
{
    at_dataset_release(&w->dataset);
    at_arena_release(&w->arena);
    at_recipe_release(&w->recipe);
}

static struct at_train_input world_input(const struct world *w)
{
    return (struct at_train_input){.dataset = &w->dataset,
                                   .labels = &w->labels,
                                   .y = w->y,
                                   .role = w->role,
                                   .recipe = &w->recipe,
                                   .seed = 3,
                                   .n_bootstrap = 200};
}

static void test_train__scores_on_the_held_out_side(void **state)
{
    struct world w;
    struct at_train_result r;
    (void)state;
    world_make(&w, 0.4);
    const struct at_train_input in = world_input(&w);
    assert_ok(at_train_run(&r, &in, &err));
    assert_true(r.scored);
    assert_int_equal(r.n_train + r.n_test, N);
    assert_int_equal(r.metrics.n, r.n_test);
    assert_true(r.metrics.accuracy > 0.85);
    assert_true(r.majority.accuracy > 0.4 && r.majority.accuracy < 0.6);
    assert_true(r.metrics.accuracy_low < r.metrics.accuracy &&
                r.metrics.accuracy <= r.metrics.accuracy_high);
    at_train_result_release(&r);
    world_release(&w);
}

/* Labels that nothing can learn must score chance: a leak between the sides would show here. */
static void test_train__noise_scores_chance(void **state)
{
    struct world w;
    struct at_train_result r;
    (void)state;
    world_make(&w, 0);
    const struct at_train_input in = world_input(&w);
    assert_ok(at_train_run(&r, &in, &err));
    assert_true(r.metrics.accuracy > 0.3 && r.metrics.accuracy < 0.7);
    at_train_result_release(&r);
    world_release(&w);
}

static void test_train__crossval_answers_every_fan_from_outside(void **state)
{
    struct world w;
    double p[N * CLASSES] = {0};
    size_t right = 0;
    (void)state;
    world_make(&w, 0.4);
    const struct at_train_input in = world_input(&w);
    assert_ok(at_train_crossval(&in, w.fold, 4, p, &err));
    for (size_t i = 0; i < N; i++) {
        const double sum = p[i * 2] + p[i * 2 + 1];
        assert_true(sum > 0.999 && sum < 1.001);
        right += p[i * 2 + w.y[i]] > 0.5;
    }
    assert_true(right > N * 8 / 10);
    world_release(&w);

    world_make(&w, 0);
    const struct at_train_input noise = world_input(&w);
    assert_ok(at_train_crossval(&noise, w.fold, 4, p, &err));
    right = 0;
    for (size_t i = 0; i < N; i++)
        right += p[i * 2 + w.y[i]] > 0.5;
    assert_true(right > N * 35 / 100 && right < N * 65 / 100);
    world_release(&w);
}

static void test_train__without_a_test_side_there_is_no_score(void **state)
{
    struct world w;
    struct at_train_result r;
    (void)state;
    world_make(&w, 0.4);
    memset(w.role, AT_SPLIT_TRAIN, sizeof w.role);
    const struct at_train_input in = world_input(&w);
    assert_ok(at_train_run(&r, &in, &err));
    assert_false(r.scored);
    assert_int_equal(r.n_train, N);
    at_train_result_release(&r);
    memset(w.role, AT_SPLIT_TEST, sizeof w.role);
    assert_fails(at_train_run(&r, &in, &err), ATTUNE_NOT_ENOUGH, "no profiles");
    world_release(&w);
}

static void test_train__every_allocation_may_fail(void **state)
{
    struct world w;
    struct at_train_result r;
    (void)state;
    world_make(&w, 0.4);
    const struct attune_setting few = {"n_estimators", "2"};
    assert_ok(at_recipe_set(&w.recipe, &few, 1, &err));
    struct at_train_input in = world_input(&w);
    in.n_bootstrap = 10;
    size_t n = 1;
    for (;; n += 1 + n / 40) {
        at_alloc_fail_after(n);
        const attune_status status = at_train_run(&r, &in, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
    at_train_result_release(&r);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_train__scores_on_the_held_out_side),
        cmocka_unit_test(test_train__noise_scores_chance),
        cmocka_unit_test(test_train__crossval_answers_every_fan_from_outside),
        cmocka_unit_test(test_train__without_a_test_side_there_is_no_score),
        cmocka_unit_test(test_train__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
