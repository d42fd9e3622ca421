#include "pipeline/trial.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/pool.h"
#include "pipeline/pipeline.h"
#include "support/people.h"
#include "support/test.h"

enum { N = 120, CLASSES = 3, N_TRIALS = 3, SEED = 4 };

static attune_error err;

struct world {
    struct at_dataset dataset;
    struct at_labels labels;
    struct at_arena arena;
    struct at_recipe recipe;
    const struct at_profile *profiles[N];
    uint32_t y[N], index[N_TRIALS][N];
    struct at_feature_part parts[N_TRIALS];
    struct at_survey_input in;
};

static void world_make(struct world *w, const struct at_recipe_request *request)
{
    memset(w, 0, sizeof *w);
    people_make(&w->dataset, &w->labels, &w->arena, N, CLASSES, 0.4, 3);
    assert_ok(at_recipe_init(&w->recipe, request, &err));
    for (uint32_t i = 0; i < N; i++) {
        w->profiles[i] = &w->dataset.profiles[i];
        w->y[i] = i / 5 % CLASSES;
    }
    for (size_t k = 0; k < N_TRIALS; k++) {
        struct at_feature_part *const part = &w->parts[k];
        part->profile = w->index[k];
        for (uint32_t i = 0; i < N; i++)
            if (i / CLASSES % (2 + k) != 0)
                w->index[k][part->n++] = i;
        part->n_learn = part->n;
        for (uint32_t i = 0; i < N; i++)
            if (i / CLASSES % (2 + k) == 0)
                w->index[k][part->n++] = i;
    }
    w->in = (struct at_survey_input){.recipe = &w->recipe,
                                     .profiles = w->profiles,
                                     .n = N,
                                     .parts = w->parts,
                                     .n_parts = N_TRIALS};
}

static void world_release(struct world *w)
{
    at_dataset_release(&w->dataset);
    at_arena_release(&w->arena);
    at_recipe_release(&w->recipe);
}

/* The clear version: a pipeline that reads its profiles itself. */
static struct at_pipeline *read_and_fit(const struct world *w, const struct at_feature_part *part,
                                        const struct at_profile **profiles)
{
    struct at_pipeline *pipeline;
    uint32_t y[N];
    for (size_t i = 0; i < part->n; i++) {
        profiles[i] = w->profiles[part->profile[i]];
        y[i] = w->y[part->profile[i]];
    }
    const struct at_pipeline_fit fit = {.recipe = &w->recipe,
                                        .labels = &w->labels,
                                        .profiles = profiles,
                                        .y = y,
                                        .n = part->n_learn,
                                        .seed = SEED};
    assert_ok(at_pipeline_fit(&pipeline, &fit, NULL, &err));
    return pipeline;
}

static void pipeline_says(const struct world *w, const struct at_feature_part *part, double *p)
{
    const struct at_profile *profiles[N];
    struct at_pipeline *pipeline = read_and_fit(w, part, profiles);
    assert_ok(at_pipeline_predict_members(pipeline, profiles + part->n_learn,
                                          part->n - part->n_learn, p, NULL, &err));
    at_pipeline_destroy(pipeline);
}

static attune_status try(const struct world *w, const struct at_survey *survey, size_t k, double *p)
{
    struct at_trial trial = {.recipe = &w->recipe,
                             .survey = survey,
                             .part = w->parts[k],
                             .y = w->y,
                             .n_classes = CLASSES,
                             .seed = SEED,
                             .pool = w->in.pool};
    trial.part.job = w->in.job;
    return at_trial_run(p, &trial, &err);
}

static void assert_same_file(const struct at_pipeline *a, const struct at_pipeline *b)
{
    const char *const path = ATTUNE_BUILD_DIR "/trial_test.attune";
    char hex[2][AT_SHA256_HEX];
    assert_ok(at_pipeline_save(a, path, &err));
    assert_ok(at_sha256_file(path, hex[0], &err));
    assert_ok(at_pipeline_save(b, path, &err));
    assert_ok(at_sha256_file(path, hex[1], &err));
    unlink(path);
    assert_string_equal(hex[0], hex[1]);
}

static void assert_says_the_same(struct world *w, attune_pool *pool)
{
    const size_t width = w->recipe.n_members * CLASSES;
    double *theirs = calloc(N * width, sizeof *theirs), *ours = calloc(N * width, sizeof *ours);
    struct at_survey *survey;
    w->in.pool = pool;
    assert_ok(at_survey_create(&survey, &w->in, &err));
    assert_non_null(survey);
    for (size_t k = 0; k < N_TRIALS; k++) {
        pipeline_says(w, &w->parts[k], theirs);
        assert_ok(try(w, survey, k, ours));
        assert_memory_equal(theirs, ours,
                            (w->parts[k].n - w->parts[k].n_learn) * width * sizeof *ours);
    }
    at_survey_destroy(survey);
    free(theirs);
    free(ours);
}

static void test_trial__says_what_pipelines_say(void **state)
{
    static const struct at_recipe_request requests[] = {
        {.kind = "auto"},
        {.kind = "auto", .newest_messages = 2},
        {.kind = "forest", .features = "behaviour,ngram"},
        {.kind = "linear", .features = "meaning"},
    };
    struct world w;
    attune_pool *pool;
    (void)state;
    assert_ok(at_pool_create(&pool, 3, &err));
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        world_make(&w, &requests[i]);
        assert_says_the_same(&w, NULL);
        assert_says_the_same(&w, pool);
        world_release(&w);
    }
    at_pool_destroy(pool);
}

/* Words of few are not learnt in a small part either: it has a smaller k than all together. */
static void test_trial__counts_fans_of_its_own(void **state)
{
    const struct at_recipe_request request = {.kind = "linear", .features = "ngram"};
    struct world w;
    (void)state;
    world_make(&w, &request);
    w.parts[0].n_learn = 41; /* k is 2 there, and 4 in the third trial */
    assert_says_the_same(&w, NULL);
    world_release(&w);
}

/* A file made of a survey is the file that is made of the texts; so is one of fewer blocks. */
static void test_survey__a_pipeline_of_it_is_the_same(void **state)
{
    const struct at_recipe_request request = {.kind = "auto"};
    bool keep[AT_RECIPE_MEMBERS] = {true, true, true, true, true, true, true};
    const struct at_profile *profiles[N];
    struct at_survey *survey;
    struct world w;
    (void)state;
    world_make(&w, &request);
    assert_ok(at_survey_create(&survey, &w.in, &err));
    for (size_t round = 0; round < 2; round++) {
        const struct at_feature_part *const part = &w.parts[1];
        struct at_pipeline *read = read_and_fit(&w, part, profiles), *made;
        uint32_t y[N];
        for (size_t i = 0; i < part->n_learn; i++)
            y[i] = w.y[part->profile[i]];
        const struct at_pipeline_fit fit = {.recipe = &w.recipe,
                                            .labels = &w.labels,
                                            .y = y,
                                            .n = part->n_learn,
                                            .survey = survey,
                                            .index = part->profile,
                                            .seed = SEED};
        assert_ok(at_pipeline_fit(&made, &fit, NULL, &err));
        assert_same_file(read, made);
        at_pipeline_destroy(read);
        at_pipeline_destroy(made);
        for (size_t m = 0; m < w.recipe.n_members; m++) /* only what eats words alone stays */
            keep[m] = strcmp(w.recipe.members[m].kind->name, "bayes") == 0;
        at_recipe_keep(&w.recipe, keep);
        assert_int_equal(w.recipe.n_blocks, 1);
    }
    at_survey_destroy(survey);
    world_release(&w);
}

static void test_survey__is_one_of_every_block(void **state)
{
    const struct at_recipe_request request = {.kind = "linear", .features = "ngram,tfidf"};
    const struct attune_setting hashed = {"hash_bits", "10"};
    struct at_survey *survey = (void *)&err;
    struct world w;
    (void)state;
    world_make(&w, &request);
    assert_ok(at_survey_create(&survey, &w.in, &err));
    assert_null(survey);
    world_release(&w);
    world_make(&w, &(struct at_recipe_request){.kind = "auto"});
    assert_ok(at_recipe_set(&w.recipe, &hashed, 1, &err));
    assert_ok(at_survey_create(&survey, &w.in, &err));
    assert_null(survey);
    at_survey_destroy(NULL);
    world_release(&w);
}

static void test_trial__says_what_it_cannot_learn_from(void **state)
{
    struct world w;
    struct at_survey *survey;
    double p[N * CLASSES * AT_RECIPE_MEMBERS];
    (void)state;
    world_make(&w, &(struct at_recipe_request){.kind = "auto"});
    w.parts[1].n_learn = 0;
    assert_ok(at_survey_create(&survey, &w.in, &err));
    assert_int_equal(try(&w, survey, 1, p), ATTUNE_NOT_ENOUGH);
    at_survey_destroy(survey);
    world_release(&w);
}

static attune_status whole_life(const struct world *w, double *p)
{
    struct at_survey *survey;
    attune_status status = at_survey_create(&survey, &w->in, &err);
    if (status == ATTUNE_OK)
        status = try(w, survey, 0, p);
    else
        assert_null(survey);
    at_survey_destroy(survey);
    return status;
}

static void test_trial__survives_every_failing_allocation(void **state)
{
    struct world w;
    double p[N * CLASSES * AT_RECIPE_MEMBERS];
    (void)state;
    world_make(&w, &(struct at_recipe_request){.kind = "auto"});
    w.in.n_parts = 1;
    for (size_t n = 1, left = 0; left == 0; n++) {
        at_alloc_fail_after(n);
        const attune_status status = whole_life(&w, p);
        left = at_alloc_fail_after(0);
        assert_int_equal(status, left ? ATTUNE_OK : ATTUNE_NO_MEMORY);
    }
    world_release(&w);
}

static bool always(void *user)
{
    (void)user;
    return true;
}

static void test_trial__can_be_cancelled(void **state)
{
    const attune_job job = {.cancelled = always};
    struct world w;
    double p[N * CLASSES * AT_RECIPE_MEMBERS];
    (void)state;
    world_make(&w, &(struct at_recipe_request){.kind = "auto"});
    w.in.job = &job;
    assert_int_equal(whole_life(&w, p), ATTUNE_CANCELLED);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trial__says_what_pipelines_say),
        cmocka_unit_test(test_trial__counts_fans_of_its_own),
        cmocka_unit_test(test_survey__a_pipeline_of_it_is_the_same),
        cmocka_unit_test(test_survey__is_one_of_every_block),
        cmocka_unit_test(test_trial__says_what_it_cannot_learn_from),
        cmocka_unit_test(test_trial__survives_every_failing_allocation),
        cmocka_unit_test(test_trial__can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
