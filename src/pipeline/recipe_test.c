#include "pipeline/recipe.h"

#include "support/test.h"

static attune_error err;

static void recipe_make(struct at_recipe *r, const char *kind, const char *parity)
{
    const struct at_recipe_request request = {.kind = kind, .parity = parity};
    assert_ok(at_recipe_init(r, &request, &err));
}

static void recipe_expect(const struct at_recipe *r, const char *part)
{
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 0);
    at_json_object_begin(&o);
    assert_ok(at_recipe_json(r, NULL, &o, &err));
    at_json_object_end(&o);
    assert_ok(at_json_end(&o, &err));
    if (!strstr(text.data, part))
        fail_msg("'%s' is not in %s", part, text.data);
    at_buf_release(&text);
}

static void test_recipe__the_default_is_auto(void **state)
{
    struct at_recipe r;
    (void)state;
    recipe_make(&r, NULL, NULL);
    assert_string_equal(r.kind, "auto");
    assert_string_equal(r.blocks[0].kind->name, "ngram");
    assert_string_equal(r.members[0].kind->name, "linear");
    assert_true(r.n_members > 1);
    recipe_expect(&r, "\"class_weight\":\"sqrt\"");
    at_recipe_release(&r);
}

static void test_recipe__a_kind_eats_what_it_likes(void **state)
{
    struct at_recipe r;
    (void)state;
    recipe_make(&r, "forest", NULL);
    assert_int_equal(r.n_members, 1);
    assert_string_equal(r.blocks[0].kind->name, "tfidf");
    assert_string_equal(r.kind, "forest");
    recipe_expect(&r, "\"ties\":\"lexicographic\"");
    recipe_expect(&r, "\"n_estimators\":\"100\"");
    at_recipe_release(&r);
}

static void test_recipe__parity_sets_what_the_original_pipeline_set(void **state)
{
    struct at_recipe r;
    (void)state;
    recipe_make(&r, "forest", "sklearn");
    recipe_expect(&r, "\"ties\":\"numpy-scalar\"");
    recipe_expect(&r, "\"stop_words\":\"english\"");
    recipe_expect(&r, "\"max_features\":\"1000\"");
    at_recipe_release(&r);
}

static void test_recipe__bare_names_go_to_the_features_first(void **state)
{
    struct at_recipe r;
    const struct attune_setting settings[] = {
        {"max_features", "77"}, {"forest.max_features", "log2"}, {"n-estimators", "5"}};
    (void)state;
    recipe_make(&r, "forest", NULL);
    assert_ok(at_recipe_set(&r, settings, 3, &err));
    recipe_expect(&r, "\"max_features\":\"77\"");
    recipe_expect(&r, "\"max_features\":\"log2\"");
    recipe_expect(&r, "\"n_estimators\":\"5\"");
    at_recipe_release(&r);
}

static bool recipe_eats(const struct at_recipe *r, size_t m, const char *block)
{
    for (size_t b = 0; b < r->n_blocks; b++)
        if (strcmp(r->blocks[b].kind->name, block) == 0)
            return r->members[m].blocks >> b & 1;
    return false;
}

static void test_recipe__features_can_be_given(void **state)
{
    const struct at_recipe_request request = {.kind = "ensemble", .features = "tfidf,behaviour"};
    struct at_recipe r;
    (void)state;
    assert_ok(at_recipe_init(&r, &request, &err));
    assert_int_equal(r.n_blocks, 2);
    for (size_t m = 0; m < r.n_members; m++)
        assert_true(recipe_eats(&r, m, "tfidf") || recipe_eats(&r, m, "behaviour"));
    at_recipe_release(&r);
}

static void test_recipe__what_nobody_eats_goes(void **state)
{
    struct at_recipe r;
    bool keep[AT_RECIPE_MEMBERS] = {false};
    (void)state;
    recipe_make(&r, "ensemble", NULL);
    keep[r.n_members - 1] = true; /* the forest */
    assert_string_equal(r.members[r.n_members - 1].kind->name, "forest");
    at_recipe_keep(&r, keep);
    assert_int_equal(r.n_members, 1);
    assert_true(recipe_eats(&r, 0, "tfidf"));
    assert_false(recipe_eats(&r, 0, "ngram"));
    for (size_t b = 0; b < r.n_blocks; b++)
        assert_string_not_equal(r.blocks[b].kind->name, "ngram");
    at_recipe_release(&r);
}

static void test_recipe__candidates_made_equal_become_one(void **state)
{
    struct at_recipe r;
    const struct attune_setting c = {"linear.C", "5"};
    size_t n_linear = 0;
    (void)state;
    recipe_make(&r, "auto", NULL);
    assert_ok(at_recipe_set(&r, &c, 1, &err));
    for (size_t m = 0; m < r.n_members; m++)
        if (strcmp(r.members[m].kind->name, "linear") == 0) {
            n_linear++;
            assert_string_equal(r.members[m].name, "linear");
            assert_int_equal(r.members[m].min_rows, 0);
        }
    assert_int_equal(n_linear, 1);
    at_recipe_release(&r);
}

static void test_recipe__names_that_nobody_has_are_refused(void **state)
{
    struct at_recipe r;
    const struct attune_setting unknown = {"n_trees", "5"}, other = {"linear.C", "1"};
    const struct attune_setting range = {"n_estimators", "0"};
    const struct at_recipe_request no_kind = {.kind = "wizard"}, no_block = {.features = "magic"};
    const struct at_recipe_request no_parity = {.parity = "weka"};
    const struct at_recipe_request wrong = {.kind = "majority", .parity = "sklearn"};
    (void)state;
    recipe_make(&r, "forest", NULL);
    assert_fails(at_recipe_set(&r, &unknown, 1, &err), ATTUNE_INVALID, "n_trees");
    assert_fails(at_recipe_set(&r, &other, 1, &err), ATTUNE_INVALID, "linear.C");
    assert_fails(at_recipe_set(&r, &range, 1, &err), ATTUNE_INVALID, "n_estimators");
    at_recipe_release(&r);
    assert_fails(at_recipe_init(&r, &no_kind, &err), ATTUNE_INVALID, "auto, ensemble");
    assert_fails(at_recipe_init(&r, &no_block, &err), ATTUNE_INVALID, "tfidf");
    assert_fails(at_recipe_init(&r, &no_parity, &err), ATTUNE_INVALID, "sklearn");
    assert_fails(at_recipe_init(&r, &wrong, &err), ATTUNE_INVALID, "forest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recipe__the_default_is_auto),
        cmocka_unit_test(test_recipe__a_kind_eats_what_it_likes),
        cmocka_unit_test(test_recipe__parity_sets_what_the_original_pipeline_set),
        cmocka_unit_test(test_recipe__bare_names_go_to_the_features_first),
        cmocka_unit_test(test_recipe__features_can_be_given),
        cmocka_unit_test(test_recipe__what_nobody_eats_goes),
        cmocka_unit_test(test_recipe__candidates_made_equal_become_one),
        cmocka_unit_test(test_recipe__names_that_nobody_has_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
