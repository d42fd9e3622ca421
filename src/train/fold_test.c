#include "train/fold.h"

#include <math.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/pool.h"
#include "support/people.h"
#include "support/rote.h"
#include "support/test.h"

enum { N = 120, CLASSES = 2 };

static attune_error err;

/* Fan i + N / 2 wrote what fan i wrote: twins, who share group i. */
struct world {
    struct at_dataset dataset;
    struct at_labels labels;
    struct at_arena arena;
    struct at_recipe recipe;
    struct at_learn_input in;
    const struct at_profile *profiles[N];
    uint32_t y[N], group[N];
    bool alone[N];
};

static void world_make(struct world *w, const struct at_recipe_request *request)
{
    memset(w, 0, sizeof *w);
    people_make(&w->dataset, &w->labels, &w->arena, N, CLASSES, 0.4, 3);
    assert_ok(at_recipe_init(&w->recipe, request, &err));
    for (size_t i = 0; i < N; i++) {
        const size_t original = i % (N / 2);
        w->profiles[i] = &w->dataset.profiles[original];
        w->y[i] = (uint32_t)(original % CLASSES);
        w->group[i] = (uint32_t)original;
    }
    w->in = (struct at_learn_input){.side = {w->profiles, w->y, w->group, NULL, N},
                                    .labels = &w->labels,
                                    .recipe = &w->recipe,
                                    .seed = 4};
}

static void world_release(struct world *w)
{
    at_dataset_release(&w->dataset);
    at_arena_release(&w->arena);
    at_recipe_release(&w->recipe);
}

/* How many answers came from a model that had seen the row. */
static size_t answers_seen(const struct at_fold_answers *answers)
{
    size_t n = 0;
    for (size_t i = 0; i < answers->n; i++)
        n += answers->p[i * CLASSES] > 0.5;
    return n;
}

static void test_fold__nobody_is_answered_by_a_model_that_saw_the_group(void **state)
{
    const struct at_recipe_request request = {.own = &rote_kind};
    struct at_fold_answers answers;
    struct world w;
    (void)state;
    world_make(&w, &request);
    assert_ok(at_fold_run(&answers, &w.in, &w.recipe, &err));
    assert_int_equal(answers.n, N);
    assert_int_equal(answers.n_folds, 5);
    assert_false(answers.out_of_time);
    assert_int_equal(answers_seen(&answers), 0);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(answers.index[i], i);
        assert_int_equal(answers.y[i], w.y[i]);
    }
    at_fold_release(&answers);
    w.in.side.group =
        NULL; /* then twins give each other away, which shows that the test can see it */
    assert_ok(at_fold_run(&answers, &w.in, &w.recipe, &err));
    assert_true(answers_seen(&answers) > N / 2);
    at_fold_release(&answers);
    world_release(&w);
}

/* Who only takes part in choosing is answered and never learnt from. */
static void test_fold__nobody_learns_from_those_who_stand_alone(void **state)
{
    const struct at_recipe_request request = {.own = &rote_kind};
    struct at_fold_answers answers;
    struct world w;
    (void)state;
    world_make(&w, &request);
    for (size_t i = 0; i < N; i++)
        w.alone[i] = i >= N / 2;
    w.in.side.alone = w.alone;
    w.in.side.group = NULL;
    assert_ok(at_fold_run(&answers, &w.in, &w.recipe, &err));
    assert_int_equal(answers.n, N);
    for (size_t i = 0; i < N / 2; i++) /* their twins stand alone */
        assert_true(answers.p[i * CLASSES] < 0.5);
    at_fold_release(&answers);
    world_release(&w);
}

static void test_fold__side_by_side_is_as_in_turn(void **state)
{
    const struct at_recipe_request request = {.kind = "auto"};
    struct at_fold_answers turn, side;
    struct world w;
    attune_pool *pool;
    (void)state;
    world_make(&w, &request);
    assert_ok(at_pool_create(&pool, 4, &err));
    assert_ok(at_fold_run(&turn, &w.in, &w.recipe, &err));
    w.in.pool = pool;
    assert_ok(at_fold_run(&side, &w.in, &w.recipe, &err));
    assert_int_equal(turn.n, side.n);
    assert_int_equal(turn.n_folds, side.n_folds);
    assert_memory_equal(turn.p, side.p, N * CLASSES * w.recipe.n_members * sizeof *turn.p);
    assert_memory_equal(turn.index, side.index, N * sizeof *turn.index);
    at_fold_release(&turn);
    at_fold_release(&side);
    at_pool_destroy(pool);
    world_release(&w);
}

static void test_fold__a_deadline_leaves_one_fold(void **state)
{
    const struct at_recipe_request request = {.kind = "majority"};
    struct at_fold_answers answers;
    struct world w;
    (void)state;
    world_make(&w, &request);
    w.in.deadline = at_clock_seconds();
    assert_ok(at_fold_run(&answers, &w.in, &w.recipe, &err));
    assert_true(answers.out_of_time);
    assert_int_equal(answers.n_folds, 1);
    assert_true(answers.n >= N / 5 - 2 && answers.n <= N / 5 + 2);
    for (size_t i = 0; i < answers.n; i++) {
        assert_int_equal(answers.y[i], w.y[answers.index[i]]);
        assert_close(answers.p[i * CLASSES] + answers.p[i * CLASSES + 1], 1, 1e-12);
    }
    at_fold_release(&answers);
    w.in.deadline = at_clock_seconds() + 3600;
    assert_ok(at_fold_run(&answers, &w.in, &w.recipe, &err));
    assert_int_equal(answers.n_folds, 5);
    at_fold_release(&answers);
    world_release(&w);
}

/* 14 000 fans make folds of 2800; four of them are enough. */
static void test_fold__stops_when_it_knows_enough(void **state)
{
    enum { MANY = 14000 };
    const struct at_recipe_request request = {.kind = "majority", .features = "behaviour"};
    struct at_fold_answers answers;
    struct world w;
    const struct at_profile **profiles = AT_ALLOC(const struct at_profile *, MANY);
    uint32_t *y = AT_ALLOC(uint32_t, MANY);
    (void)state;
    world_make(&w, &request);
    assert_non_null(profiles);
    assert_non_null(y);
    for (size_t i = 0; i < MANY; i++) {
        profiles[i] = w.profiles[i % N];
        y[i] = (uint32_t)(i % CLASSES);
    }
    w.in.side = (struct at_learn_side){profiles, y, NULL, NULL, MANY};
    assert_ok(at_fold_run(&answers, &w.in, &w.recipe, &err));
    assert_int_equal(answers.n_folds, 4);
    assert_true(answers.n >= AT_FOLD_ENOUGH && answers.n < MANY - 2000);
    assert_false(answers.out_of_time);
    at_fold_release(&answers);
    at_free(profiles);
    at_free(y);
    world_release(&w);
}

static void test_fold__too_few_groups_are_refused(void **state)
{
    const struct at_recipe_request request = {.kind = "majority"};
    struct at_fold_answers answers;
    struct world w;
    (void)state;
    world_make(&w, &request);
    for (size_t i = 0; i < N; i++)
        w.group[i] = (uint32_t)(i % 3);
    assert_fails(at_fold_run(&answers, &w.in, &w.recipe, &err), ATTUNE_NOT_ENOUGH, "folds");
    assert_null(answers.p);
    world_release(&w);
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void test_fold__stops_when_asked(void **state)
{
    const struct at_recipe_request request = {.kind = "majority"};
    const attune_job job = {.cancelled = stop_at_once};
    struct at_fold_answers answers;
    struct world w;
    (void)state;
    world_make(&w, &request);
    w.in.job = &job;
    assert_fails(at_fold_run(&answers, &w.in, &w.recipe, &err), ATTUNE_CANCELLED, "");
    world_release(&w);
}

static void test_fold__every_allocation_may_fail(void **state)
{
    const struct at_recipe_request request = {.kind = "majority"};
    struct at_fold_answers answers;
    struct world w;
    (void)state;
    world_make(&w, &request);
    for (size_t n = 1;; n += 1 + n / 30) {
        at_alloc_fail_after(n);
        const attune_status status = at_fold_run(&answers, &w.in, &w.recipe, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(answers.p);
    }
    at_fold_release(&answers);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold__nobody_is_answered_by_a_model_that_saw_the_group),
        cmocka_unit_test(test_fold__nobody_learns_from_those_who_stand_alone),
        cmocka_unit_test(test_fold__side_by_side_is_as_in_turn),
        cmocka_unit_test(test_fold__a_deadline_leaves_one_fold),
        cmocka_unit_test(test_fold__stops_when_it_knows_enough),
        cmocka_unit_test(test_fold__too_few_groups_are_refused),
        cmocka_unit_test(test_fold__stops_when_asked),
        cmocka_unit_test(test_fold__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
