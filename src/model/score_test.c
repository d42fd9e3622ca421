/* What the golden files do not show of `linear` and `bayes`: what they refuse, limits, hard cases.
 */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/option.h"
#include "model/bayes/bayes_options.h"
#include "model/linear/linear_options.h"
#include "model/score_model.h"

static attune_error err;

/* Four rows, two columns; column 0 tells the classes apart. */
struct tiny {
    uint64_t start[5];
    uint32_t col[8], y[4];
    float value[8];
    struct attune_rows rows;
    struct attune_fit fit;
};

static void tiny_make(struct tiny *t)
{
    *t = (struct tiny){.start = {0, 2, 4, 6, 8},
                       .col = {0, 1, 0, 1, 0, 1, 0, 1},
                       .value = {2, 1, 3, 1, 0.5F, 1, 0.25F, 1},
                       .y = {0, 0, 1, 1}};
    t->rows = (struct attune_rows){ATTUNE_ROWS_SPARSE, 4, 2, t->start, t->col, t->value};
    t->fit = (struct attune_fit){.rows = &t->rows, .y = t->y, .n_classes = 2};
}

static void said(void *user, attune_log_level level, const char *message)
{
    if (level == ATTUNE_LOG_WARNING)
        snprintf(user, 256, "%s", message);
}

static struct at_linear_options linear_defaults(void)
{
    struct at_linear_options options;
    assert_ok(at_options_defaults(
        (struct at_option_table){at_linear_option_table, AT_LINEAR_N_OPTIONS}, &options, &err));
    return options;
}

static struct at_bayes_options bayes_defaults(void)
{
    struct at_bayes_options options;
    assert_ok(at_options_defaults(
        (struct at_option_table){at_bayes_option_table, AT_BAYES_N_OPTIONS}, &options, &err));
    return options;
}

static void test_linear__says_when_it_did_not_converge(void **state)
{
    (void)state;
    struct tiny t;
    struct attune_model *model;
    char message[256] = "";
    const attune_job job = {.user = message, .log = said};
    const struct attune_model_kind *kind = attune_model_kind_find("linear");
    struct at_linear_options options = linear_defaults();
    tiny_make(&t);
    t.fit.job = &job;
    assert_ok(kind->fit(&model, &t.fit, &options, &err));
    kind->destroy(model);
    assert_string_equal(message, "");
    options.max_iter = 1;
    options.C = 1e6;
    assert_ok(kind->fit(&model, &t.fit, &options, &err));
    kind->destroy(model);
    assert_non_null(strstr(message, "before it converged"));
}

/* Separable rows, next to no penalty, large values: finite weights and sure answers. */
static void test_linear__stays_finite_where_classes_part_completely(void **state)
{
    (void)state;
    struct tiny t;
    struct attune_model *model;
    const struct attune_model_kind *kind = attune_model_kind_find("linear");
    struct at_linear_options options = linear_defaults();
    double p[8];
    tiny_make(&t);
    options.C = 1e6;
    for (size_t scale = 0; scale < 3; scale++) {
        for (size_t i = 0; i < 8; i++)
            t.value[i] *= scale == 1 ? 1e6F : scale == 2 ? 1e-9F : 1;
        assert_ok(kind->fit(&model, &t.fit, &options, &err));
        assert_ok(kind->predict(model, &t.rows, p, NULL, &err));
        for (size_t i = 0; i < 4; i++)
            assert_true(scale == 2 || p[2 * i + t.y[i]] > 0.9);
        kind->destroy(model);
    }
}

static void test_score__kinds_refuse_rows_that_are_not_sparse(void **state)
{
    (void)state;
    struct tiny t;
    struct attune_model *model;
    struct at_linear_options linear = linear_defaults();
    struct at_bayes_options bayes = bayes_defaults();
    tiny_make(&t);
    t.rows.kind = ATTUNE_ROWS_DENSE;
    assert_fails(attune_model_kind_find("linear")->fit(&model, &t.fit, &linear, &err),
                 ATTUNE_INVALID, "sparse rows only");
    assert_fails(attune_model_kind_find("bayes")->fit(&model, &t.fit, &bayes, &err), ATTUNE_INVALID,
                 "sparse rows only");
}

static void test_bayes__says_which_column_is_negative_and_what_makes_it(void **state)
{
    (void)state;
    struct tiny t;
    struct attune_model *model = (void *)&t;
    struct at_bayes_options options = bayes_defaults();
    tiny_make(&t);
    t.value[5] = -0.5F;
    assert_fails(attune_model_kind_find("bayes")->fit(&model, &t.fit, &options, &err),
                 ATTUNE_INVALID, "column 1 of row 2 is -0.5");
    assert_null(model);
    assert_non_null(strstr(err.message, "behaviour"));
}

/* A row's weight is the same as having the row more often. */
static void test_bayes__weight_two_is_the_row_twice(void **state)
{
    (void)state;
    const struct attune_model_kind *kind = attune_model_kind_find("bayes");
    for (int variant = 0; variant < 2; variant++)
        for (int balanced = 0; balanced < 2; balanced++) {
            struct tiny t;
            struct attune_model *weighted, *twice;
            const float weight[4] = {2, 1, 1, 1};
            struct at_bayes_options options = bayes_defaults();
            double a[8], b[8];
            tiny_make(&t);
            options.variant = variant;
            options.class_weight = balanced;
            t.fit.weight = weight;
            assert_ok(kind->fit(&weighted, &t.fit, &options, &err));
            assert_ok(kind->predict(weighted, &t.rows, a, NULL, &err));
            const uint64_t start[6] = {0, 2, 4, 6, 8, 10};
            uint32_t col[10], y[5] = {0, 0, 1, 1, 0};
            float value[10];
            for (size_t i = 0; i < 10; i++) {
                col[i] = t.col[i % 8];
                value[i] = t.value[i % 8];
            }
            const struct attune_rows rows = {ATTUNE_ROWS_SPARSE, 5, 2, start, col, value};
            const struct attune_fit fit = {.rows = &rows, .y = y, .n_classes = 2};
            assert_ok(kind->fit(&twice, &fit, &options, &err));
            assert_ok(kind->predict(twice, &t.rows, b, NULL, &err));
            for (size_t i = 0; i < 8; i++)
                assert_true(fabs(a[i] - b[i]) < 1e-6);
            kind->destroy(weighted);
            kind->destroy(twice);
        }
}

/* OVR where every class says no: shares all the same, and they sum to 1. */
static void test_score__ovr_shares_even_when_all_classes_say_no(void **state)
{
    (void)state;
    const uint32_t known[3] = {0, 1, 2};
    const double intercept[3] = {-2000, -2001, -2000};
    const uint64_t start[2] = {0, 0};
    const struct attune_rows row = {ATTUNE_ROWS_SPARSE, 1, 0, start, NULL, NULL};
    const struct at_score_model m = {.base = {attune_model_kind_find("linear"), 0, 4},
                                     .link = AT_SCORE_OVR,
                                     .n_known = 3,
                                     .n_scores = 3,
                                     .known = known,
                                     .intercept = intercept};
    double p[4];
    assert_ok(at_score_predict(&m.base, &row, p, NULL, &err));
    assert_true(fabs(p[0] - 1 / (2 + exp(-1))) < 1e-12 && fabs(p[0] - p[2]) < 1e-15);
    assert_true(fabs(p[0] + p[1] + p[2] - 1) < 1e-12 && p[3] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear__says_when_it_did_not_converge),
        cmocka_unit_test(test_linear__stays_finite_where_classes_part_completely),
        cmocka_unit_test(test_score__kinds_refuse_rows_that_are_not_sparse),
        cmocka_unit_test(test_bayes__says_which_column_is_negative_and_what_makes_it),
        cmocka_unit_test(test_bayes__weight_two_is_the_row_twice),
        cmocka_unit_test(test_score__ovr_shares_even_when_all_classes_say_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
