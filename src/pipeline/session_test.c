#include <math.h>

#include "base/alloc.h"
#include "pipeline/pipeline.h"
#include "support/people.h"
#include "support/test.h"

enum { N = 120, CLASSES = 3 };

static attune_error err;
static struct at_dataset dataset;
static struct at_labels labels;
static struct at_arena arena;
static uint32_t y[N];
static const struct at_profile *profiles[N];

static int setup(void **state)
{
    (void)state;
    people_make(&dataset, &labels, &arena, N, CLASSES, 0.4, 8);
    for (size_t i = 0; i < N; i++) {
        y[i] = (uint32_t)(i % CLASSES);
        profiles[i] = &dataset.profiles[i];
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    at_dataset_release(&dataset);
    at_arena_release(&arena);
    return 0;
}

static struct at_pipeline *fit(const struct at_recipe *recipe, const struct at_voice *voice)
{
    struct at_pipeline *p;
    const struct at_pipeline_fit in = {.recipe = recipe,
                                       .voice = voice,
                                       .labels = &labels,
                                       .profiles = profiles,
                                       .y = y,
                                       .n = N,
                                       .seed = 1};
    assert_ok(at_pipeline_fit(&p, &in, NULL, &err));
    return p;
}

static struct at_pipeline *fit_kind(const char *kind, const char *features)
{
    const struct at_recipe_request request = {.kind = kind, .features = features};
    const struct attune_setting few = {"n_estimators", "10"};
    struct at_recipe recipe;
    assert_ok(at_recipe_init(&recipe, &request, &err));
    if (strcmp(kind, "forest") == 0)
        assert_ok(at_recipe_set(&recipe, &few, 1, &err));
    struct at_pipeline *p = fit(&recipe, NULL);
    at_recipe_release(&recipe);
    return p;
}

/* Sum of the weights for class c, and of their sizes. */
static double explained(struct at_session *s, const struct at_profile *profile, uint32_t c,
                        double *size)
{
    struct at_explanation e = {0};
    double sum = 0;
    bool told;
    assert_ok(at_session_explain(s, profile, c, &e, &told, &err));
    assert_true(told);
    *size = 0;
    for (size_t i = 0; i < e.n; i++) {
        sum += e.items[i].weight;
        *size += fabs(e.items[i].weight);
        if (i)
            assert_true(fabs(e.items[i].weight) <= fabs(e.items[i - 1].weight));
    }
    at_explanation_release(&e);
    return sum;
}

/* Of a linear model they add up, but for a constant, to the log-odds of the label against the
 * geometric mean of the others. */
static void test_session__linear_weights_add_up_to_the_log_odds(void **state)
{
    static const char *const features[] = {"tfidf", "ngram", "behaviour", "meaning",
                                           "ngram,behaviour,meaning"};
    (void)state;
    for (size_t f = 0; f < sizeof features / sizeof *features; f++) {
        struct at_pipeline *p = fit_kind("linear", features[f]);
        struct at_session *s;
        double proba[CLASSES], constant = 0, size;
        assert_ok(at_session_create(&s, p, &err));
        for (size_t i = 0; i < 12; i++) {
            assert_ok(at_session_predict(s, profiles[i], proba, &err));
            const double odds = log(proba[1]) - (log(proba[0]) + log(proba[2])) / 2;
            const double told = explained(s, profiles[i], 1, &size);
            if (i == 0)
                constant = odds - told;
            if (!(fabs(odds - told - constant) < 1e-4))
                fail_msg("%s, fan %zu: %.6f, not %.6f", features[f], i, odds - told, constant);
        }
        at_session_destroy(s);
        at_pipeline_destroy(p);
    }
}

/* Of a forest they add up to the probability but for a constant. */
static void test_session__forest_weights_add_up_to_the_probability(void **state)
{
    struct at_pipeline *p = fit_kind("forest", "tfidf");
    struct at_session *s;
    double proba[CLASSES], constant = 0, size;
    (void)state;
    assert_ok(at_session_create(&s, p, &err));
    for (size_t i = 0; i < 12; i++) {
        assert_ok(at_session_predict(s, profiles[i], proba, &err));
        const double told = explained(s, profiles[i], 2, &size);
        if (i == 0)
            constant = proba[2] - told;
        assert_close(proba[2] - told, constant, 1e-9);
    }
    at_session_destroy(s);
    at_pipeline_destroy(p);
}

/* Two members that eat different blocks: the words have the one's share, the habits the other's. */
static void test_session__members_speak_by_their_shares(void **state)
{
    const struct at_recipe_request request = {.kind = "ensemble", .features = "tfidf,behaviour"};
    const struct at_voice voice[] = {{0.75, {1, AT_VOICE_FLOOR}}, {0.25, {2, AT_VOICE_FLOOR}}};
    struct at_recipe recipe;
    bool keep[AT_RECIPE_MEMBERS] = {true, true};
    struct at_session *s;
    (void)state;
    assert_ok(at_recipe_init(&recipe, &request, &err));
    for (size_t b = 0; b < recipe.n_blocks; b++)
        recipe.members[strcmp(recipe.blocks[b].kind->name, "tfidf") == 0 ? 0 : 1].blocks =
            UINT32_C(1) << b;
    recipe.members[1].kind = recipe.members[0].kind;
    recipe.members[1].options = recipe.members[0].options;
    at_recipe_keep(&recipe, keep);
    struct at_pipeline *p = fit(&recipe, voice);
    assert_string_equal(at_pipeline_kind_name(p), "ensemble");
    assert_ok(at_session_create(&s, p, &err));
    for (size_t i = 0; i < 6; i++) {
        struct at_explanation e = {0};
        double words = 0, habits = 0;
        bool told;
        assert_ok(at_session_explain(s, profiles[i], 0, &e, &told, &err));
        for (size_t k = 0; k < e.n; k++) /* the invented words are one word each, habits are more */
            *(memchr(e.items[k].name.ptr, ' ', e.items[k].name.len) ? &habits : &words) +=
                fabs(e.items[k].weight);
        assert_close(words, 0.75, 1e-6);
        assert_close(habits, 0.25, 1e-6);
        at_explanation_release(&e);
    }
    at_session_destroy(s);
    at_pipeline_destroy(p);
    at_recipe_release(&recipe);
}

static void test_session__who_cannot_tell_says_so(void **state)
{
    struct at_pipeline *p = fit_kind("majority", NULL);
    struct at_explanation e = {0};
    struct at_session *s;
    bool told = true;
    (void)state;
    assert_ok(at_session_create(&s, p, &err));
    assert_ok(at_session_explain(s, profiles[0], 0, &e, &told, &err));
    assert_false(told);
    assert_int_equal(e.n, 0);
    at_explanation_release(&e);
    at_session_destroy(s);
    at_pipeline_destroy(p);
}

/* What the pipeline says is what its members say, pooled. */
static void test_session__the_answer_is_the_pool_of_the_members(void **state)
{
    const struct at_recipe_request request = {.kind = "ensemble"};
    const struct at_voice voice[] = {
        {0.5, {2, AT_VOICE_FLOOR}}, {0.2, {30, AT_VOICE_FLOOR}}, {0.3, {0.5, AT_VOICE_FLOOR}}};
    double said[3 * CLASSES], pooled[CLASSES], answer[CLASSES];
    struct at_recipe recipe;
    struct at_session *s;
    (void)state;
    assert_ok(at_recipe_init(&recipe, &request, &err));
    assert_int_equal(recipe.n_members, 3);
    struct at_pipeline *p = fit(&recipe, voice);
    assert_ok(at_session_create(&s, p, &err));
    for (size_t i = 0; i < N; i++) {
        assert_ok(at_session_predict_members(s, profiles[i], said, &err));
        at_confidence_pool(pooled, said, voice, 3, CLASSES);
        assert_ok(at_session_predict(s, profiles[i], answer, &err));
        assert_memory_equal(pooled, answer, sizeof pooled);
    }
    at_session_destroy(s);
    at_pipeline_destroy(p);
    at_recipe_release(&recipe);
}

static void test_session__an_explanation_survives_failing_allocations(void **state)
{
    struct at_pipeline *p = fit_kind("ensemble", NULL);
    struct at_session *s;
    bool told;
    (void)state;
    assert_ok(at_session_create(&s, p, &err));
    for (size_t n = 1;; n++) {
        struct at_explanation e = {0};
        at_alloc_fail_after(n);
        const attune_status status = at_session_explain(s, profiles[1], 1, &e, &told, &err);
        at_alloc_fail_after(0);
        at_explanation_release(&e);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
    at_session_destroy(s);
    at_pipeline_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session__linear_weights_add_up_to_the_log_odds),
        cmocka_unit_test(test_session__forest_weights_add_up_to_the_probability),
        cmocka_unit_test(test_session__members_speak_by_their_shares),
        cmocka_unit_test(test_session__who_cannot_tell_says_so),
        cmocka_unit_test(test_session__the_answer_is_the_pool_of_the_members),
        cmocka_unit_test(test_session__an_explanation_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
