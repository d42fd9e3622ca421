#include <math.h>

#include "pipeline/recipe.h"
#include "support/test.h"

static attune_error err;

/* The candidates of a way for n training rows; *shares sums those of the first of each kind. */
static size_t way_fits(const struct at_recipe *r, size_t n, double *shares)
{
    const struct attune_model_kind *seen[AT_RECIPE_MEMBERS];
    size_t n_fit = 0, n_kinds = 0;
    *shares = 0;
    for (size_t m = 0; m < r->n_members; m++) {
        const struct at_recipe_member *member = &r->members[m];
        size_t i = 0;
        if (n < member->min_rows || (member->max_rows && n >= member->max_rows))
            continue;
        n_fit++;
        while (i < n_kinds && seen[i] != member->kind)
            i++;
        if (i == n_kinds) {
            seen[n_kinds++] = member->kind;
            *shares += member->share;
        }
    }
    return n_fit;
}

static void test_recipe_ways__there_are_candidates_for_any_number_of_rows(void **state)
{
    static const size_t rows[] = {2, 50, 99, 100, 299, 300, 999, 1000, 50000, 1000000};
    (void)state;
    for (size_t w = 0; at_recipe_way_at(w); w++) {
        const struct at_recipe_request request = {.kind = at_recipe_way_at(w)->name};
        struct at_recipe r;
        assert_ok(at_recipe_init(&r, &request, &err));
        assert_true(r.n_members <= 20); /* a longer list chooses by luck */
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            double shares;
            const size_t n = way_fits(&r, rows[i], &shares);
            if (!n)
                fail_msg("%s has nothing for %zu rows", r.kind, rows[i]);
            assert_true(n == 1 || fabs(shares - 1) < 1e-12);
        }
        at_recipe_release(&r);
    }
}

static void test_recipe_ways__auto_tunes_nothing_below_a_hundred(void **state)
{
    const struct at_recipe_request request = {.kind = "auto"};
    struct at_recipe r;
    double shares;
    (void)state;
    assert_ok(at_recipe_init(&r, &request, &err));
    assert_int_equal(way_fits(&r, 99, &shares), 1);
    assert_string_equal(r.members[0].kind->name, "linear");
    assert_int_equal(r.members[0].min_rows, 0);
    assert_true(way_fits(&r, 100, &shares) > 1);
    assert_true(way_fits(&r, 1000, &shares) > way_fits(&r, 999, &shares));
    at_recipe_release(&r);
}

/* The name says what tells a candidate from the others, and no more. */
static void test_recipe_ways__candidates_have_names_of_their_own(void **state)
{
    (void)state;
    for (size_t w = 0; at_recipe_way_at(w); w++) {
        const struct at_recipe_request request = {.kind = at_recipe_way_at(w)->name};
        struct at_recipe r;
        assert_ok(at_recipe_init(&r, &request, &err));
        for (size_t m = 0; m < r.n_members; m++) {
            bool only = true;
            for (size_t i = 0; i < r.n_members; i++) {
                only = only && (i == m || r.members[i].kind != r.members[m].kind);
                if (i != m && strcmp(r.members[i].name, r.members[m].name) == 0)
                    fail_msg("%s: two candidates called '%s'", r.kind, r.members[m].name);
            }
            if (only)
                assert_string_equal(r.members[m].name, r.members[m].kind->name);
            else
                assert_non_null(strchr(r.members[m].name, '='));
        }
        at_recipe_release(&r);
    }
}

static void test_recipe_ways__are_kinds_to_whoever_asks(void **state)
{
    (void)state;
    assert_true(at_recipe_has_kind("auto"));
    assert_true(at_recipe_has_kind("ensemble"));
    assert_true(at_recipe_has_kind("linear"));
    assert_false(at_recipe_has_kind("wizard"));
    assert_null(at_recipe_way_at(99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recipe_ways__there_are_candidates_for_any_number_of_rows),
        cmocka_unit_test(test_recipe_ways__auto_tunes_nothing_below_a_hundred),
        cmocka_unit_test(test_recipe_ways__candidates_have_names_of_their_own),
        cmocka_unit_test(test_recipe_ways__are_kinds_to_whoever_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
