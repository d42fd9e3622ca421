#include "support/test.h"

#include <math.h>

#include "base/alloc.h"
#include "data/csr.h"

static attune_error err;

static struct at_csr csr_sample(void)
{
    struct at_csr m = {.n_cols = 5};
    assert_ok(at_csr_add_row(&m, (const uint32_t[]){0, 4}, (const float[]){1, 2}, 2, &err));
    assert_ok(at_csr_add_row(&m, NULL, NULL, 0, &err));
    assert_ok(at_csr_add_row(&m, (const uint32_t[]){1, 2, 3}, (const float[]){3, 4, 5}, 3, &err));
    return m;
}

static void test_csr__rows_come_back_as_they_were_added(void **state)
{
    (void)state;
    struct at_csr m = csr_sample();
    const struct attune_rows rows = at_csr_view(&m);
    assert_int_equal(rows.kind, ATTUNE_ROWS_SPARSE);
    assert_int_equal(rows.n_rows, 3);
    assert_int_equal(rows.n_cols, 5);
    const uint64_t start[] = {0, 2, 2, 5};
    const uint32_t col[] = {0, 4, 1, 2, 3};
    const float value[] = {1, 2, 3, 4, 5};
    assert_memory_equal(rows.start, start, sizeof start);
    assert_memory_equal(rows.col, col, sizeof col);
    assert_memory_equal(rows.value, value, sizeof value);
    at_csr_release(&m);
}

static void test_csr__empty_view_is_valid(void **state)
{
    (void)state;
    struct at_csr m = {.n_cols = 3};
    const struct attune_rows rows = at_csr_view(&m);
    assert_int_equal(rows.start[0], 0);
    assert_ok(at_rows_check(&rows, &err));
}

static void test_csr__grows_to_many_rows(void **state)
{
    (void)state;
    struct at_csr m = {.n_cols = 1000};
    for (uint32_t i = 0; i < 1000; i++)
        assert_ok(at_csr_add_row(&m, &i, &(float){(float)i}, 1, &err));
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(m.start[i], i);
        assert_int_equal(m.col[i], i);
        assert_true(m.value[i] == (float)i);
    }
    at_csr_release(&m);
}

static void test_csr__clear_keeps_the_memory(void **state)
{
    (void)state;
    struct at_csr m = csr_sample();
    const uint32_t *col = m.col;
    at_csr_clear(&m);
    assert_int_equal(at_csr_view(&m).n_rows, 0);
    at_alloc_fail_after(1);
    assert_ok(at_csr_add_row(&m, (const uint32_t[]){2}, (const float[]){7}, 1, &err));
    at_alloc_fail_after(0);
    assert_ptr_equal(m.col, col);
    assert_int_equal(m.start[1], 1);
    at_csr_release(&m);
}

static void test_csr__take_rows_in_the_given_order(void **state)
{
    (void)state;
    struct at_csr m = csr_sample(), taken;
    assert_ok(at_csr_take_rows(&taken, &m, (const uint32_t[]){2, 0, 2}, 3, &err));
    const uint64_t start[] = {0, 3, 5, 8};
    const uint32_t col[] = {1, 2, 3, 0, 4, 1, 2, 3};
    assert_int_equal(taken.n_rows, 3);
    assert_int_equal(taken.n_cols, 5);
    assert_memory_equal(taken.start, start, sizeof start);
    assert_memory_equal(taken.col, col, sizeof col);
    at_csr_release(&taken);
    assert_ok(at_csr_take_rows(&taken, &m, NULL, 0, &err));
    assert_int_equal(taken.n_rows, 0);
    at_csr_release(&taken);
    at_csr_release(&m);
}

static void test_csr__failed_allocation_changes_nothing(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        struct at_csr m = {.n_cols = 2};
        at_alloc_fail_after(n);
        const attune_status status =
            at_csr_add_row(&m, (const uint32_t[]){1}, (const float[]){1}, 1, &err);
        at_alloc_fail_after(0);
        assert_int_equal(at_csr_view(&m).n_rows, status == ATTUNE_OK ? 1 : 0);
        if (status == ATTUNE_NO_MEMORY)
            assert_ok(at_csr_add_row(&m, (const uint32_t[]){1}, (const float[]){1}, 1, &err));
        at_csr_release(&m);
        if (status == ATTUNE_OK)
            break;
    }
    struct at_csr m = csr_sample(), taken;
    for (size_t n = 1;; n++) {
        at_alloc_fail_after(n);
        const attune_status status =
            at_csr_take_rows(&taken, &m, (const uint32_t[]){0, 2}, 2, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(taken.start);
    }
    at_csr_release(&taken);
    at_csr_release(&m);
}

static void test_rows_check__refuses_what_a_kind_may_not_see(void **state)
{
    (void)state;
    uint64_t start[] = {0, 2, 3};
    uint32_t col[] = {0, 2, 1};
    float value[] = {1, 2, 3};
    struct attune_rows rows = {ATTUNE_ROWS_SPARSE, 2, 3, start, col, value};
    assert_ok(at_rows_check(&rows, &err));
    col[1] = 3;
    assert_fails(at_rows_check(&rows, &err), ATTUNE_INVALID, "row 0 has column 3");
    col[1] = 0;
    assert_fails(at_rows_check(&rows, &err), ATTUNE_INVALID, "does not come after");
    col[1] = 2;
    value[2] = NAN;
    assert_fails(at_rows_check(&rows, &err), ATTUNE_INVALID, "row 1 has a value");
    value[2] = 3;
    start[1] = 4;
    assert_fails(at_rows_check(&rows, &err), ATTUNE_INVALID, "row 1 starts after its end");
    start[1] = 2;
    start[0] = 1;
    assert_fails(at_rows_check(&rows, &err), ATTUNE_INVALID, "must start at 0");
    start[0] = 0;
    rows.kind = 0;
    assert_fails(at_rows_check(&rows, &err), ATTUNE_INVALID, "neither");
}

static void test_rows_check__dense_and_tokens(void **state)
{
    (void)state;
    float value[] = {0, 1, INFINITY, 3};
    struct attune_rows dense = {ATTUNE_ROWS_DENSE, 2, 2, NULL, NULL, value};
    assert_fails(at_rows_check(&dense, &err), ATTUNE_INVALID, "row 1");
    value[2] = 2;
    assert_ok(at_rows_check(&dense, &err));
    const uint64_t start[] = {0, 3};
    uint32_t token[] = {4, 4, 1};
    const struct attune_rows tokens = {ATTUNE_ROWS_TOKENS, 1, 5, start, token, NULL};
    assert_ok(at_rows_check(&tokens, &err));
    token[2] = 5;
    assert_fails(at_rows_check(&tokens, &err), ATTUNE_INVALID, "column 5");
}

static void test_csr__reserved_room_is_enough(void **state)
{
    const uint32_t col[] = {1, 4};
    const float value[] = {0.5F, 2};
    struct at_csr m = {.n_cols = 5};
    (void)state;
    assert_ok(at_csr_reserve(&m, 3, 4, &err));
    assert_int_equal(m.n_rows, 0);
    at_alloc_fail_after(1);
    assert_ok(at_csr_add_row(&m, col, value, 2, &err));
    assert_ok(at_csr_add_row(&m, col, value, 0, &err));
    assert_ok(at_csr_add_row(&m, col, value, 2, &err));
    assert_int_equal(at_alloc_fail_after(0), 1);
    assert_ok(at_csr_reserve(&m, 40, 50, &err)); /* what is there stays */
    assert_int_equal(m.start[3], 4);
    assert_memory_equal(m.col + 2, col, sizeof col);
    assert_memory_equal(m.value + 2, value, sizeof value);
    at_csr_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csr__rows_come_back_as_they_were_added),
        cmocka_unit_test(test_csr__empty_view_is_valid),
        cmocka_unit_test(test_csr__grows_to_many_rows),
        cmocka_unit_test(test_csr__clear_keeps_the_memory),
        cmocka_unit_test(test_csr__take_rows_in_the_given_order),
        cmocka_unit_test(test_csr__failed_allocation_changes_nothing),
        cmocka_unit_test(test_rows_check__refuses_what_a_kind_may_not_see),
        cmocka_unit_test(test_rows_check__dense_and_tokens),
        cmocka_unit_test(test_csr__reserved_room_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
