#include "train/learn.h"

#include <math.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "support/people.h"
#include "support/rote.h"
#include "support/test.h"

enum { MOST = 700, CLASSES = 2 };

static attune_error err;

struct world {
    struct at_dataset dataset;
    struct at_labels labels;
    struct at_arena arena;
    struct at_recipe recipe;
    struct at_learn_input in;
    struct at_learned told;
    const struct at_profile *profiles[MOST];
    uint32_t y[MOST];
    bool alone[MOST];
};

/* n fans to learn from, MOST - n more to ask. */
static void world_make(struct world *w, const struct at_recipe_request *request, size_t n,
                       double signal, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    people_make(&w->dataset, &w->labels, &w->arena, MOST, CLASSES, signal, seed);
    assert_ok(at_recipe_init(&w->recipe, request, &err));
    for (size_t i = 0; i < MOST; i++) {
        w->profiles[i] = &w->dataset.profiles[i];
        w->y[i] = (uint32_t)(i % CLASSES);
    }
    w->in = (struct at_learn_input){.side = {w->profiles, w->y, NULL, NULL, n},
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

static void set(struct world *w, const char *name, const char *value)
{
    const struct attune_setting setting = {name, value};
    assert_ok(at_recipe_set(&w->recipe, &setting, 1, &err));
}

/* Parity: what is learnt is what the recipe says, to the last bit, and nothing is cross-validated.
 */
static void test_learn__an_exact_recipe_is_fitted_as_it_is(void **state)
{
    const struct at_recipe_request request = {.parity = "sklearn"};
    static double learnt[MOST * CLASSES], fitted[MOST * CLASSES];
    struct at_pipeline *p;
    struct world w;
    (void)state;
    world_make(&w, &request, 60, 0.4, 1);
    set(&w, "n_estimators", "5");
    assert_ok(at_learn(&p, &w.told, NULL, &w.in, &err));
    assert_int_equal(w.told.n_answers, 0);
    assert_int_equal(w.told.n_candidates, 0);
    assert_int_equal(p->calibration.kind, AT_CALIBRATION_NONE);
    assert_ok(at_pipeline_predict(p, w.profiles, MOST, learnt, NULL, &err));
    at_pipeline_destroy(p);
    const struct at_pipeline_fit fit = {.recipe = &w.recipe,
                                        .labels = &w.labels,
                                        .profiles = w.profiles,
                                        .y = w.y,
                                        .n = 60,
                                        .seed = w.in.seed};
    assert_ok(at_pipeline_fit(&p, &fit, NULL, &err));
    assert_ok(at_pipeline_predict(p, w.profiles, MOST, fitted, NULL, &err));
    at_pipeline_destroy(p);
    assert_memory_equal(learnt, fitted, sizeof learnt);
    world_release(&w);
}

static void test_learn__candidates_are_those_for_so_many_fans(void **state)
{
    const struct at_recipe_request request = {.kind = "auto"};
    struct at_pipeline *p;
    struct world w;
    (void)state;
    for (size_t n = 60; n <= 160; n += 100) {
        size_t wanted = 0;
        world_make(&w, &request, n, 0.3, 2);
        for (size_t m = 0; m < w.recipe.n_members; m++)
            wanted += n >= w.recipe.members[m].min_rows &&
                      (!w.recipe.members[m].max_rows || n < w.recipe.members[m].max_rows);
        assert_ok(at_learn(&p, &w.told, NULL, &w.in, &err));
        assert_true(wanted == 1 || n > 60);
        assert_true(wanted > 1 || n < 100);
        assert_int_equal(w.told.n_candidates, wanted);
        assert_int_equal(w.told.n_answers, n);
        assert_true(p->n_members >= 1 && p->n_members <= wanted);
        assert_true(p->calibration.kind != AT_CALIBRATION_NONE);
        at_pipeline_destroy(p);
        world_release(&w);
    }
}

static void test_learn__too_few_for_folds_still_make_a_pipeline(void **state)
{
    const struct at_recipe_request request = {.kind = "ensemble"};
    double proba[CLASSES];
    struct at_pipeline *p;
    struct world w;
    (void)state;
    world_make(&w, &request, 3, 0.6, 3);
    set(&w, "tfidf.min_fans", "1");
    assert_ok(at_learn(&p, &w.told, NULL, &w.in, &err));
    assert_int_equal(w.told.n_answers, 0);
    assert_non_null(strstr(w.told.why, "not cross-validated"));
    assert_int_equal(p->n_members, w.recipe.n_members);
    assert_close(p->members[0].voice.weight, 1.0 / (double)p->n_members, 1e-12);
    assert_ok(at_pipeline_predict(p, w.profiles, 1, proba, NULL, &err));
    assert_close(proba[0] + proba[1], 1, 1e-9);
    at_pipeline_destroy(p);
    world_release(&w);
}

/* Label 0 is "I have seen this fan". */
static void test_learn__those_who_stand_alone_are_never_learnt_from(void **state)
{
    const struct at_recipe_request request = {.own = &rote_kind};
    double proba[60 * CLASSES];
    struct at_pipeline *p;
    struct world w;
    (void)state;
    world_make(&w, &request, 60, 0.3, 4);
    set(&w, "calibration", "none");
    w.in.side.alone = w.alone;
    for (size_t i = 0; i < 60; i++)
        w.alone[i] = i % 4 == 0;
    assert_ok(at_learn(&p, &w.told, NULL, &w.in, &err));
    assert_ok(at_pipeline_predict(p, w.profiles, 60, proba, NULL, &err));
    for (size_t i = 0; i < 60; i++)
        assert_true((proba[i * CLASSES] > 0.5) == !w.alone[i]);
    at_pipeline_destroy(p);
    world_release(&w);
}

static void test_learn__a_deadline_is_told(void **state)
{
    const struct at_recipe_request request = {.kind = "auto"};
    struct at_pipeline *p;
    struct world w;
    (void)state;
    world_make(&w, &request, 150, 0.3, 5);
    w.in.deadline = at_clock_seconds();
    assert_ok(at_learn(&p, &w.told, NULL, &w.in, &err));
    assert_true(w.told.out_of_time);
    assert_int_equal(w.told.n_folds, 1);
    at_pipeline_destroy(p);
    world_release(&w);
}

static void test_learn__a_target_precision_reaches_the_pipeline(void **state)
{
    const struct at_recipe_request request = {.kind = "linear"};
    struct at_pipeline *p;
    struct world w;
    (void)state;
    world_make(&w, &request, 200, 0.03, 6);
    set(&w, "target_precision", "0.9");
    set(&w, "min_margin", "0.1");
    assert_ok(at_learn(&p, &w.told, NULL, &w.in, &err));
    assert_close(p->policy.target_precision, 0.9, 0);
    assert_close(p->policy.min_margin, 0.1, 0);
    assert_true(p->policy.min_confidence > 0.5);
    assert_close(p->policy.min_confidence, w.told.threshold.threshold, 0);
    at_pipeline_destroy(p);
    world_release(&w);
}

static void test_learn__fans_held_back_for_sets_teach_nothing(void **state)
{
    const struct at_recipe_request request = {.own = &rote_kind};
    double proba[100 * CLASSES];
    size_t n_seen = 0;
    struct at_pipeline *p;
    struct world w;
    (void)state;
    world_make(&w, &request, 100, 0.3, 8);
    set(&w, "calibration", "none");
    set(&w, "conformal", "0.2");
    assert_ok(at_learn(&p, &w.told, NULL, &w.in, &err));
    assert_ok(at_pipeline_predict(p, w.profiles, 100, proba, NULL, &err));
    for (size_t i = 0; i < 100; i++)
        n_seen += proba[i * CLASSES] > 0.5;
    assert_int_equal(n_seen, 80);
    assert_int_equal(w.told.n_conformal, 20);
    at_pipeline_destroy(p);
    world_release(&w);
}

static double covered(const struct world *w, const struct at_pipeline *p, size_t from)
{
    static double proba[MOST * CLASSES];
    size_t n = 0;
    assert_ok(at_pipeline_predict(p, w->profiles + from, MOST - from, proba, NULL, &err));
    for (size_t i = from; i < MOST; i++) {
        bool in_set[CLASSES];
        at_conformal_set(&p->policy.conformal, proba + (i - from) * CLASSES, in_set);
        n += in_set[w->y[i]];
    }
    return (double)n / (double)(MOST - from);
}

/* Weak signal, so that many sets hold both labels or the wrong one. Mean over fits: 0.8 to 0.8 +
 * 1/41, give or take 3 standard errors. */
static void test_learn__sets_cover_as_promised(void **state)
{
    enum { REPETITIONS = 30, LEARN = 200 };
    const struct at_recipe_request request = {.kind = "linear", .features = "tfidf"};
    struct at_pipeline *p;
    struct world w;
    double sum = 0;
    (void)state;
    for (uint64_t i = 0; i < REPETITIONS; i++) {
        world_make(&w, &request, LEARN, 0.06, 100 + i);
        set(&w, "conformal", "0.2");
        set(&w, "calibration", "none");
        assert_ok(at_learn(&p, &w.told, NULL, &w.in, &err));
        assert_int_equal(w.told.n_conformal, LEARN / AT_LEARN_HELD_BACK);
        assert_int_equal(p->policy.conformal.n_rows, LEARN / AT_LEARN_HELD_BACK);
        assert_close(p->policy.conformal.alpha, 0.2, 0);
        sum += covered(&w, p, LEARN);
        at_pipeline_destroy(p);
        world_release(&w);
    }
    const double mean = sum / REPETITIONS, error = 3 * sqrt(0.2 * 0.8 / 40 / REPETITIONS);
    if (!(mean > 0.8 - error && mean < 0.8 + 1.0 / 41 + error))
        fail_msg("covers %.3f", mean);
}

static void test_learn__every_allocation_may_fail(void **state)
{
    const struct at_recipe_request request = {.kind = "linear", .features = "tfidf"};
    struct at_pipeline *p;
    struct world w;
    (void)state;
    world_make(&w, &request, 40, 0.4, 7);
    set(&w, "folds", "2");
    set(&w, "conformal", "0.2");
    set(&w, "target_precision", "0.8");
    for (size_t n = 1;; n += 1 + n / 40) {
        at_alloc_fail_after(n);
        const attune_status status = at_learn(&p, &w.told, NULL, &w.in, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(p);
    }
    at_pipeline_destroy(p);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learn__an_exact_recipe_is_fitted_as_it_is),
        cmocka_unit_test(test_learn__candidates_are_those_for_so_many_fans),
        cmocka_unit_test(test_learn__too_few_for_folds_still_make_a_pipeline),
        cmocka_unit_test(test_learn__those_who_stand_alone_are_never_learnt_from),
        cmocka_unit_test(test_learn__a_deadline_is_told),
        cmocka_unit_test(test_learn__a_target_precision_reaches_the_pipeline),
        cmocka_unit_test(test_learn__fans_held_back_for_sets_teach_nothing),
        cmocka_unit_test(test_learn__sets_cover_as_promised),
        cmocka_unit_test(test_learn__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
