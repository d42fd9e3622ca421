#include "train/choose.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/test.h"

enum { MOST = 600, CLASSES = 3 };

static attune_error err;

/* A recipe in which only what at_choose reads is filled in. */
struct candidate {
    const char *kind, *name;
    double share, skill;
};

struct world {
    struct at_recipe recipe;
    struct at_fold_answers answers;
    struct at_learned told;
    struct at_voice voice[AT_RECIPE_MEMBERS];
    double p[MOST * 4 * CLASSES];
    uint32_t y[MOST];
};

/* The right class has a head start of `skill` in what each candidate says; each errs on its own. */
static void world_make(struct world *w, const struct candidate *candidates, size_t n_candidates,
                       size_t n, uint64_t seed)
{
    struct at_rng rng;
    memset(w, 0, sizeof *w);
    at_rng_init(&rng, seed);
    w->recipe.n_members = n_candidates;
    for (size_t m = 0; m < n_candidates; m++)
        w->recipe.members[m] =
            (struct at_recipe_member){.kind = attune_model_kind_find(candidates[m].kind),
                                      .name = candidates[m].name,
                                      .share = candidates[m].share};
    for (size_t i = 0; i < n; i++) {
        w->y[i] = (uint32_t)(i % CLASSES);
        for (size_t m = 0; m < n_candidates; m++) {
            double *row = w->p + (i * n_candidates + m) * CLASSES, sum = 0;
            for (size_t c = 0; c < CLASSES; c++)
                sum += row[c] =
                    exp(3 * at_rng_unit(&rng) + (c == w->y[i] ? candidates[m].skill : 0));
            for (size_t c = 0; c < CLASSES; c++)
                row[c] /= sum;
        }
    }
    w->answers = (struct at_fold_answers){.p = w->p, .y = w->y, .n = n, .n_folds = 5};
}

static attune_status choose(struct world *w)
{
    memset(&w->told, 0, sizeof w->told);
    return at_choose(w->voice, &w->told, &w->recipe, &w->answers, CLASSES, &err);
}

static double weights(const struct world *w)
{
    double sum = 0;
    for (size_t m = 0; m < w->recipe.n_members; m++)
        sum += w->voice[m].weight;
    return sum;
}

static void test_choose__one_candidate_needs_no_reason(void **state)
{
    static const struct candidate one[] = {{"linear", "linear", 1, 1}};
    struct world w;
    (void)state;
    world_make(&w, one, 1, 200, 1);
    assert_ok(choose(&w));
    assert_close(w.voice[0].weight, 1, 0);
    assert_string_equal(w.told.why, "");
    assert_int_equal(w.told.n_candidates, 1);
    assert_string_equal(w.told.candidate[0].name, "linear");
}

static void test_choose__the_best_of_a_kind_stays(void **state)
{
    static const struct candidate three[] = {{"linear", "linear C=1", 0.7, 0.5},
                                             {"linear", "linear C=2", 0.7, 2},
                                             {"linear", "linear C=4", 0.7, 1}};
    struct world w;
    (void)state;
    world_make(&w, three, 3, 400, 2);
    assert_ok(choose(&w));
    assert_close(w.voice[1].weight, 1, 0);
    assert_close(weights(&w), 1, 0);
    assert_non_null(strstr(w.told.why, "linear C=2, with the lowest log-loss"));
    assert_true(w.told.candidate[1].accuracy > w.told.candidate[2].accuracy);
    assert_true(w.told.candidate[1].macro_f1 > w.told.candidate[0].macro_f1);
    assert_true(w.told.candidate[2].log_loss < w.told.candidate[0].log_loss);
    assert_close(w.told.candidate[1].weight, 1, 0);
    assert_close(w.told.candidate[0].weight, 0, 0);
}

/* Few answers say nothing about weights: the shares are taken as given. */
static void test_choose__few_answers_are_pooled_by_shares(void **state)
{
    static const struct candidate two[] = {{"linear", "linear", 0.7, 1},
                                           {"bayes", "bayes", 0.3, 1}};
    struct world w;
    (void)state;
    world_make(&w, two, 2, 200, 3);
    assert_ok(choose(&w));
    assert_close(w.voice[0].weight, 0.7, 1e-12);
    assert_close(w.voice[1].weight, 0.3, 1e-12);
    assert_non_null(strstr(w.told.why, "together"));
}

/* Two that err on their own know more together. */
static void test_choose__from_many_answers_on_the_weights_are_fitted(void **state)
{
    static const struct candidate two[] = {{"linear", "linear", 0.7, 1},
                                           {"bayes", "bayes", 0.3, 2.5}};
    struct world w;
    (void)state;
    world_make(&w, two, 2, AT_CHOOSE_STACK, 4);
    assert_ok(choose(&w));
    assert_true(w.voice[1].weight > 0.35);
    assert_true(w.voice[0].weight > 0.05);
    assert_close(weights(&w), 1, 1e-12);
    assert_non_null(strstr(w.told.why, "together"));
}

/* The other kind has nothing to say: the best speaks alone. */
static void test_choose__pools_only_where_it_pays(void **state)
{
    static const struct candidate two[] = {{"linear", "linear", 0.5, 2.5},
                                           {"forest", "forest", 0.5, 0}};
    struct world w;
    (void)state;
    for (size_t n = AT_CHOOSE_STACK; n <= MOST; n *= 2) {
        world_make(&w, two, 2, n, 5);
        assert_ok(choose(&w));
        assert_close(w.voice[0].weight, 1, 0);
        assert_close(w.voice[1].weight, 0, 0);
        assert_non_null(strstr(w.told.why, "linear alone"));
    }
}

/* With few answers the other kind may look better by luck: it is asked only together with the one
 * that has the larger share. */
static void test_choose__luck_does_not_win_alone(void **state)
{
    static const struct candidate two[] = {{"linear", "linear", 0.7, 1},
                                           {"bayes", "bayes", 0.3, 2.5}};
    struct world w;
    (void)state;
    world_make(&w, two, 2, AT_CHOOSE_STACK - 1, 9);
    assert_ok(choose(&w));
    assert_close(w.voice[0].weight, 0.7, 1e-12);
}

/* Nor does a useless one join then. */
static void test_choose__few_answers_may_leave_one_alone(void **state)
{
    static const struct candidate two[] = {{"linear", "linear", 0.7, 2.5},
                                           {"bayes", "bayes", 0.3, -2}};
    struct world w;
    (void)state;
    world_make(&w, two, 2, 100, 9);
    assert_ok(choose(&w));
    assert_close(w.voice[0].weight, 1, 0);
    assert_non_null(strstr(w.told.why, "linear alone"));
}

/* Every candidate is judged at its own best temperature: how sure of itself it is, is no merit. */
static void test_choose__a_candidate_is_judged_at_its_best_temperature(void **state)
{
    static const struct candidate two[] = {{"linear", "tame", 0.7, 1.5},
                                           {"linear", "wild", 0.7, 2.5}};
    struct world w;
    (void)state;
    world_make(&w, two, 2, 300, 6);
    for (size_t i = 0; i < w.answers.n; i++) {
        double *row = w.p + (i * 2 + 1) * CLASSES, sum = 0;
        for (size_t c = 0; c < CLASSES; c++)
            sum += row[c] = pow(row[c], 30);
        for (size_t c = 0; c < CLASSES; c++)
            row[c] /= sum;
    }
    assert_ok(choose(&w));
    assert_close(w.voice[1].weight, 1, 0);
    assert_true(w.voice[1].temperature.t > 3);
}

/* The calibration that follows brings an answer that is nearly honest the rest of the way. */
static void test_choose__a_tame_winner_speaks_as_it_is(void **state)
{
    static const struct candidate one[] = {{"linear", "linear", 1, 1.5}};
    struct world w;
    (void)state;
    world_make(&w, one, 1, 400, 8);
    assert_ok(choose(&w));
    assert_close(w.voice[0].temperature.t, 1, 0);
}

static void test_choose__every_allocation_may_fail(void **state)
{
    static const struct candidate two[] = {{"linear", "linear", 0.7, 1},
                                           {"bayes", "bayes", 0.3, 1}};
    struct world w;
    size_t n = 1;
    (void)state;
    world_make(&w, two, 2, 400, 7);
    for (;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = choose(&w);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose__one_candidate_needs_no_reason),
        cmocka_unit_test(test_choose__the_best_of_a_kind_stays),
        cmocka_unit_test(test_choose__few_answers_are_pooled_by_shares),
        cmocka_unit_test(test_choose__from_many_answers_on_the_weights_are_fitted),
        cmocka_unit_test(test_choose__pools_only_where_it_pays),
        cmocka_unit_test(test_choose__luck_does_not_win_alone),
        cmocka_unit_test(test_choose__few_answers_may_leave_one_alone),
        cmocka_unit_test(test_choose__a_candidate_is_judged_at_its_best_temperature),
        cmocka_unit_test(test_choose__a_tame_winner_speaks_as_it_is),
        cmocka_unit_test(test_choose__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
