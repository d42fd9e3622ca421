#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/option.h"
#include "data/csr.h"
#include "model/forest/forest_level.h"
#include "model/forest/forest_model.h"
#include "model/model.h"

static attune_error err;

static struct at_forest_options default_options(void)
{
    struct at_forest_options options;
    const struct at_option_table table = {at_forest_option_table, AT_FOREST_N_OPTIONS};
    assert_ok(at_options_defaults(table, &options, &err));
    return options;
}

static uint32_t max_features(const char *text, size_t n_features)
{
    struct at_forest_options options = default_options();
    struct at_forest_rules rules;
    options.max_features = text;
    assert_ok(at_forest_rules_make(&rules, &options, 10, n_features, &err));
    return rules.max_features;
}

static void test_forest_rules__max_features_as_scikit_learn_counts(void **state)
{
    (void)state;
    assert_int_equal(max_features("sqrt", 1000), 31);
    assert_int_equal(max_features("log2", 1000), 9);
    assert_int_equal(max_features("all", 1000), 1000);
    assert_int_equal(max_features("30", 1000), 30);
    assert_int_equal(max_features("30", 20), 20);
    assert_int_equal(max_features("1", 20), 1);
    assert_int_equal(max_features("1.0", 20), 20);
    assert_int_equal(max_features("0.3", 1000), 300);
    assert_int_equal(max_features("0.0001", 1000), 1);
    assert_int_equal(max_features("sqrt", 0), 1);
    assert_int_equal(max_features("log2", 0), 1);
}

static uint32_t n_drawn(const char *text, size_t n_rows)
{
    struct at_forest_options options = default_options();
    struct at_forest_rules rules;
    options.max_samples = text;
    assert_ok(at_forest_rules_make(&rules, &options, n_rows, 5, &err));
    return rules.n_drawn;
}

static void test_forest_rules__max_samples_as_scikit_learn_counts(void **state)
{
    (void)state;
    assert_int_equal(n_drawn("all", 77), 77);
    assert_int_equal(n_drawn("12", 77), 12);
    assert_int_equal(n_drawn("0.5", 77), 38); /* 38.5 goes to the even number */
    assert_int_equal(n_drawn("0.5", 79), 40);
    assert_int_equal(n_drawn("0.001", 10), 1);
}

static void test_forest_rules__refuses_what_is_no_amount(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "many", "0", "-1", "1.5", "0.0", "nan", "3x"};
    struct at_forest_rules rules;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct at_forest_options options = default_options();
        options.max_features = wrong[i];
        assert_fails(at_forest_rules_make(&rules, &options, 10, 10, &err), ATTUNE_INVALID,
                     "max_features");
        options.max_features = "sqrt";
        options.max_samples = wrong[i];
        assert_fails(at_forest_rules_make(&rules, &options, 10, 10, &err), ATTUNE_INVALID,
                     "max_samples");
    }
    struct at_forest_options options = default_options();
    options.max_samples = "11";
    assert_fails(at_forest_rules_make(&rules, &options, 10, 10, &err), ATTUNE_INVALID,
                 "11 rows are wanted, there are 10");
}

static void test_forest_random__is_mt19937(void **state)
{
    (void)state;
    struct at_forest_mt mt;
    /* the first output for this seed, and the one that C++ [rand.predef] names */
    at_forest_mt_init(&mt, 5489);
    assert_int_equal(at_forest_mt_below(&mt, UINT32_MAX), 3499211612U);
    for (size_t i = 1; i < 9999; i++)
        at_forest_mt_below(&mt, UINT32_MAX);
    assert_int_equal(at_forest_mt_below(&mt, UINT32_MAX), 4123659995U);
    struct at_forest_mt before = mt;
    assert_int_equal(at_forest_mt_below(&mt, 0), 0); /* draws nothing */
    assert_int_equal(at_forest_mt_below(&mt, 1000), at_forest_mt_below(&before, 1000));
}

static void test_forest_sort__sorts_by_value_across_the_signs(void **state)
{
    (void)state;
    enum { N = 300 };
    uint64_t entry[N], scratch[N];
    for (size_t n = 0; n <= N; n += n < 60 ? 1 : 80) {
        uint32_t x = 1;
        for (size_t i = 0; i < n; i++) {
            x = x * 1664525U + 1013904223U;
            entry[i] = at_forest_entry(((float)(x >> 16) - 32768.0F) / 512.0F, (uint32_t)i);
        }
        at_forest_sort(entry, scratch, n);
        for (size_t i = 1; i < n; i++)
            assert_true(at_forest_entry_value(entry[i - 1]) <= at_forest_entry_value(entry[i]));
    }
    assert_true(at_forest_entry_value(at_forest_entry(-1.25F, 7)) == -1.25F);
    assert_int_equal(at_forest_entry_row(at_forest_entry(-1.25F, 7)), 7);
}

/* Three rows; the label follows from column 1. */
static struct attune_rows tiny_rows(void)
{
    static const uint64_t start[] = {0, 1, 3, 3};
    static const uint32_t col[] = {0, 0, 1};
    static const float value[] = {1, 1, 0.5F};
    return (struct attune_rows){ATTUNE_ROWS_SPARSE, 3, 2, start, col, value};
}

static struct at_forest_model *tiny_fit(struct at_forest_options *options,
                                        const struct attune_job *job)
{
    static const uint32_t y[] = {0, 1, 0};
    struct attune_model *model;
    const struct attune_rows rows = tiny_rows();
    const struct attune_fit fit = {.rows = &rows, .y = y, .n_classes = 2, .job = job};
    assert_ok(attune_model_kind_find("forest")->fit(&model, &fit, options, &err));
    return (struct at_forest_model *)model;
}

static void test_forest__stores_split_nodes_only(void **state)
{
    (void)state;
    struct at_forest_options options = default_options();
    options.bootstrap = AT_FOREST_BOOTSTRAP_OFF;
    options.n_estimators = 5;
    options.max_features = "all";
    struct at_forest_model *model = tiny_fit(&options, NULL);
    assert_int_equal(model->start[5], 10); /* one node a tree, and its left leaf */
    assert_int_equal(model->n_shares, 2);  /* pure leaves only */
    struct at_forest_packed_node node[2];
    assert_int_equal(at_forest_unpack(node, model, 4), 1);
    assert_int_equal(node[0].feature, 1);
    assert_true(node[0].threshold == 0.25F);
    assert_int_equal(node[0].left, -1);
    assert_int_equal(node[0].right, -2);
    at_forest_model_destroy(&model->base);
}

static void test_forest__one_leaf_where_nothing_may_be_split(void **state)
{
    (void)state;
    struct at_forest_options options = default_options();
    options.bootstrap = AT_FOREST_BOOTSTRAP_OFF;
    options.n_estimators = 2;
    options.min_samples_leaf = 2;
    struct at_forest_model *model = tiny_fit(&options, NULL);
    assert_int_equal(model->start[2], 0);
    assert_int_equal(model->n_shares, 3);
    assert_true(model->share[4] == 2.0 / 3);
    assert_int_equal(model->root[0], -3);
    at_forest_model_destroy(&model->base);
}

static void test_forest__balanced_classes_weigh_the_same(void **state)
{
    (void)state;
    for (int weight = AT_FOREST_WEIGHT_BALANCED; weight <= AT_FOREST_WEIGHT_BALANCED_SUBSAMPLE;
         weight++) {
        struct at_forest_options options = default_options();
        options.bootstrap = AT_FOREST_BOOTSTRAP_OFF;
        options.min_samples_leaf = 2; /* no split: the leaf shows the weights */
        options.class_weight = weight;
        struct at_forest_model *model = tiny_fit(&options, NULL);
        assert_true(fabs(model->share[(size_t)~model->root[0] * 2] - 0.5) < 1e-6);
        at_forest_model_destroy(&model->base);
    }
}

static void count_progress(void *user, const char *stage, uint64_t done, uint64_t total)
{
    assert_string_equal(stage, "fit");
    assert_true(done <= total);
    *(uint64_t *)user = done;
}

static void test_forest__reports_progress(void **state)
{
    (void)state;
    uint64_t done = 0;
    const attune_job job = {.user = &done, .progress = count_progress};
    struct at_forest_options options = default_options();
    options.n_estimators = 9;
    struct at_forest_model *model = tiny_fit(&options, &job);
    assert_int_equal(done, 9);
    at_forest_model_destroy(&model->base);
}

static void test_forest__wants_sparse_rows_of_its_width(void **state)
{
    (void)state;
    struct at_forest_options options = default_options();
    struct at_forest_model *model = tiny_fit(&options, NULL);
    struct attune_rows rows = tiny_rows();
    double proba[6];
    rows.n_cols = 3;
    assert_fails(at_forest_predict(&model->base, &rows, proba, NULL, &err), ATTUNE_INVALID,
                 "rows have 3 columns, the forest has 2");
    rows.kind = ATTUNE_ROWS_DENSE;
    assert_fails(at_forest_predict(&model->base, &rows, proba, NULL, &err), ATTUNE_INVALID,
                 "sparse");
    at_forest_model_destroy(&model->base);
}

static void test_forest_explain__survives_no_memory(void **state)
{
    (void)state;
    struct at_forest_options options = default_options();
    struct at_forest_model *model = tiny_fit(&options, NULL);
    struct attune_rows row = tiny_rows();
    double phi[2], base;
    attune_status status = ATTUNE_NO_MEMORY;
    row.n_rows = 1;
    for (size_t n = 1; status == ATTUNE_NO_MEMORY; n++) {
        at_alloc_fail_after(n);
        status = model->base.kind->explain(&model->base, &row, 0, phi, &base, &err);
        at_alloc_fail_after(0);
    }
    assert_int_equal(status, ATTUNE_OK);
    row.n_cols = 3;
    assert_fails(model->base.kind->explain(&model->base, &row, 0, phi, &base, &err), ATTUNE_INVALID,
                 "one sparse row of 2 columns");
    at_forest_model_destroy(&model->base);
}

/* Two rows of one value each, of class 0 and 1. */
static struct at_forest_model *two_fit(float low, float high, const float *weight)
{
    static const uint64_t start[] = {0, 1, 2};
    static const uint32_t col[] = {0, 0}, y[] = {0, 1};
    const float value[] = {low, high};
    const struct attune_rows rows = {ATTUNE_ROWS_SPARSE, 2, 1, start, col, value};
    const struct attune_fit fit = {.rows = &rows, .y = y, .weight = weight, .n_classes = 2};
    struct at_forest_options options = default_options();
    struct attune_model *model;
    options.bootstrap = AT_FOREST_BOOTSTRAP_OFF;
    options.n_estimators = 1;
    assert_ok(attune_model_kind_find("forest")->fit(&model, &fit, &options, &err));
    return (struct at_forest_model *)model;
}

/* Half way between two neighbours there is no float: rounded up it would send the upper one left.
 */
static void test_forest__threshold_between_neighbouring_floats(void **state)
{
    (void)state;
    float low = 2;
    for (size_t i = 0; i < 4; i++) {
        const float high = nextafterf(low, 3);
        struct at_forest_model *model = two_fit(low, high, NULL);
        assert_int_equal(model->start[1], 2);
        assert_true(model->slots.cut[0].threshold == low);
        at_forest_model_destroy(&model->base);
        low = high;
    }
}

static void test_forest__the_lightest_row_still_counts(void **state)
{
    (void)state;
    const float weight[] = {1e-12F, 1e6F};
    struct at_forest_model *model = two_fit(1, 2, weight);
    assert_int_equal(model->start[1], 2); /* there are two rows to tell apart */
    at_forest_model_destroy(&model->base);
}

static void test_forest__takes_data_without_columns(void **state)
{
    (void)state;
    static const uint64_t start[3] = {0};
    const uint32_t y[] = {0, 1};
    const struct attune_rows rows = {ATTUNE_ROWS_SPARSE, 2, 0, start, NULL, NULL};
    const struct attune_fit fit = {.rows = &rows, .y = y, .n_classes = 2};
    struct at_forest_options options = default_options();
    const struct attune_model_kind *kind = attune_model_kind_find("forest");
    struct attune_model *model;
    double proba[4];
    assert_ok(kind->fit(&model, &fit, &options, &err));
    void *scratch = malloc(kind->scratch_bytes(model));
    assert_ok(kind->predict(model, &rows, proba, scratch, &err));
    assert_true(fabs(proba[0] + proba[1] - 1) < 1e-12);
    free(scratch);
    kind->destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forest_rules__max_features_as_scikit_learn_counts),
        cmocka_unit_test(test_forest_rules__max_samples_as_scikit_learn_counts),
        cmocka_unit_test(test_forest_rules__refuses_what_is_no_amount),
        cmocka_unit_test(test_forest_random__is_mt19937),
        cmocka_unit_test(test_forest_sort__sorts_by_value_across_the_signs),
        cmocka_unit_test(test_forest__stores_split_nodes_only),
        cmocka_unit_test(test_forest__one_leaf_where_nothing_may_be_split),
        cmocka_unit_test(test_forest__balanced_classes_weigh_the_same),
        cmocka_unit_test(test_forest__reports_progress),
        cmocka_unit_test(test_forest__wants_sparse_rows_of_its_width),
        cmocka_unit_test(test_forest__threshold_between_neighbouring_floats),
        cmocka_unit_test(test_forest__the_lightest_row_still_counts),
        cmocka_unit_test(test_forest__takes_data_without_columns),
        cmocka_unit_test(test_forest_explain__survives_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
