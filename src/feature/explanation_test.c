#include "feature/explanation.h"

#include "base/alloc.h"
#include "support/test.h"

static attune_status explain_three(struct at_explanation *e, attune_error *err)
{
    AT_TRY(at_explanation_add(e, at_str_from("miss"), 0.25, err));
    AT_TRY(at_explanation_add(e, at_str_from("you"), -0.75, err));
    AT_TRY(at_explanation_add(e, at_str_from("hey"), 0.5, err));
    return at_explanation_add(e, at_str_from("miss"), 0.25, err);
}

static void test_explanation__sums_by_name_and_sorts_by_size(void **state)
{
    (void)state;
    struct at_explanation e = {0};
    attune_error err;
    assert_ok(explain_three(&e, &err));
    at_explanation_sort(&e);
    assert_int_equal(e.n, 3);
    assert_true(at_str_equal(e.items[0].name, at_str_from("you")));
    assert_true(at_str_equal(e.items[1].name, at_str_from("hey"))); /* a tie with "miss": by name */
    assert_true(at_str_equal(e.items[2].name, at_str_from("miss")));
    assert_true(e.items[2].weight == 0.5);
    at_explanation_release(&e);
}

static void test_explanation__survives_no_memory(void **state)
{
    (void)state;
    attune_status status = ATTUNE_NO_MEMORY;
    for (size_t n = 1; status == ATTUNE_NO_MEMORY; n++) {
        struct at_explanation e = {0};
        attune_error err;
        at_alloc_fail_after(n);
        status = explain_three(&e, &err);
        at_alloc_fail_after(0);
        at_explanation_release(&e);
    }
    assert_int_equal(status, ATTUNE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explanation__sums_by_name_and_sorts_by_size),
        cmocka_unit_test(test_explanation__survives_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
