/* The parts of the linear model against their definitions, on random problems: products with X
 * against plain loops, the loss's slope and curvature against differences, the minimum against a
 * gradient of zero; and the same bytes from any number of threads where work is really shared. */
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/option.h"
#include "base/pool.h"
#include "base/rng.h"
#include "model/linear/linear_contrast.h"
#include "model/linear/linear_loss.h"
#include "model/linear/linear_newton.h"
#include "model/linear/linear_options.h"
#include "model/score_model.h"

static attune_error err;

/* Random rows; about one column in `sparse_by` occurs. */
struct problem {
    size_t n, cols;
    uint64_t *start;
    uint32_t *col, *y;
    float *value;
    double *weight;
    struct attune_rows rows;
    struct attune_fit fit;
};

static void problem_make(struct problem *p, struct at_rng *rng, size_t n, size_t cols,
                         size_t sparse_by)
{
    *p = (struct problem){.n = n, .cols = cols};
    p->start = calloc(n + 1, sizeof *p->start);
    p->col = malloc(n * cols * sizeof *p->col);
    p->value = malloc(n * cols * sizeof *p->value);
    p->y = malloc(n * sizeof *p->y);
    p->weight = malloc(n * sizeof *p->weight);
    uint64_t at = 0;
    for (size_t i = 0; i < n; i++) {
        p->y[i] = (uint32_t)(i < 5 ? i : at_rng_below(rng, 5));
        p->weight[i] = 0.1 + at_rng_unit(rng);
        for (uint32_t j = 0; j < cols; j++) {
            if (j % sparse_by != 0 || at_rng_unit(rng) > 0.3)
                continue;
            p->col[at] = j;
            p->value[at++] = (float)(at_rng_unit(rng) * 2 - 0.7 + (j % 5 == p->y[i]));
        }
        p->start[i + 1] = at;
    }
    p->rows = (struct attune_rows){ATTUNE_ROWS_SPARSE, n, cols, p->start, p->col, p->value};
    p->fit = (struct attune_fit){.rows = &p->rows, .y = p->y, .n_classes = 5};
}

static void problem_free(struct problem *p)
{
    free(p->start);
    free(p->col);
    free(p->value);
    free(p->y);
    free(p->weight);
}

static double *random_numbers(struct at_rng *rng, size_t n)
{
    double *v = malloc((n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = at_rng_unit(rng) * 2 - 1;
    return v;
}

static void assert_near(double a, double b)
{
    assert_true(fabs(a - b) <= 1e-9 * (1 + fabs(a) + fabs(b)));
}

/* X v and X' u by plain loops, over the columns as the matrix numbers them. All sums but that of
 * one class over a row are in the order of the loops, so they have the same bits. */
static void assert_products(struct problem *p, struct at_linear_matrix *x, struct at_rng *rng,
                            size_t k)
{
    double *v = random_numbers(rng, x->n_cols * k), *u = random_numbers(rng, p->n * k);
    double *z = calloc(p->n * k, sizeof *z), *g = calloc(x->n_cols * k + 1, sizeof *g);
    double *ours_z = random_numbers(rng, p->n * k), *ours_g = random_numbers(rng, x->n_cols * k);
    for (size_t i = 0; i < p->n; i++)
        for (uint64_t at = p->start[i]; at < p->start[i + 1]; at++) {
            size_t j = p->col[at];
            for (size_t m = 0; x->original && m < x->n_cols; m++)
                if (x->original[m] == p->col[at])
                    j = m;
            for (size_t c = 0; c < k; c++) {
                z[i * k + c] += (double)p->value[at] * v[j * k + c];
                g[j * k + c] += (double)p->value[at] * u[i * k + c];
            }
        }
    assert_ok(at_linear_forward(x, ours_z, v, k, &err));
    assert_ok(at_linear_back(x, ours_g, u, k, &err));
    for (size_t i = 0; i < p->n * k; i++)
        assert_near(z[i], ours_z[i]);
    assert_true(k == 1 || memcmp(z, ours_z, p->n * k * sizeof *z) == 0);
    assert_true(x->n_cols == 0 || memcmp(g, ours_g, x->n_cols * k * sizeof *g) == 0);
    free(v);
    free(u);
    free(z);
    free(g);
    free(ours_z);
    free(ours_g);
}

static void test_linear__products_are_those_of_plain_loops(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 1);
    for (size_t round = 0; round < 12; round++) {
        struct problem p;
        struct at_linear_matrix x;
        /* the last rounds are large enough to be shared out */
        problem_make(&p, &rng, round < 9 ? 1 + at_rng_below(&rng, 40) : 1500,
                     round < 9 ? at_rng_below(&rng, 90) : 160, 1 + round % 3);
        assert_ok(at_pool_create(&p.fit.pool, 1 + round % 4, &err));
        assert_ok(at_linear_matrix_init(&x, &p.fit, &err));
        assert_int_equal(x.original != NULL, p.cols > 2 && x.n_cols < p.cols / 2);
        for (size_t k = 1; k <= 6; k++)
            assert_products(&p, &x, &rng, k);
        at_linear_matrix_release(&x);
        at_pool_destroy(p.fit.pool);
        problem_free(&p);
    }
}

/* Coordinates of scores that sum to zero: there and back, and the same lengths. */
static void test_linear__contrasts_are_coordinates_of_scores_that_sum_to_zero(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 6);
    for (size_t k = 2; k <= 9; k++) {
        double *contrast = random_numbers(&rng, 3 * (k - 1)), back[3 * 8], score[3 * 9];
        at_linear_contrast_expand(score, contrast, 3, k);
        for (size_t i = 0; i < 3; i++) {
            double sum = 0, length = 0;
            for (size_t c = 0; c < k; c++) {
                sum += score[i * k + c];
                length += score[i * k + c] * score[i * k + c];
            }
            assert_near(sum, 0);
            for (size_t c = 0; c + 1 < k; c++)
                length -= contrast[i * (k - 1) + c] * contrast[i * (k - 1) + c];
            assert_near(length, 0);
        }
        for (size_t i = 0; i < 3 * k; i++)
            score[i] += 7; /* what all scores have in common is dropped */
        at_linear_contrast_reduce(back, score, 3, k);
        for (size_t i = 0; i < 3 * (k - 1); i++)
            assert_near(back[i], contrast[i]);
        free(contrast);
    }
}

/* The loss of the present scores, its slope along a direction, its curvature along it. */
static void assert_loss_derivatives(struct at_rng *rng, size_t n, size_t k)
{
    struct at_linear_loss l;
    struct problem p;
    problem_make(&p, rng, n, 1, 1);
    for (size_t i = 0; i < n; i++)
        p.y[i] %= k == 1 ? 2 : (uint32_t)k;
    assert_ok(at_linear_loss_init(&l, n, k, &err));
    l.target = p.y;
    l.weight = p.weight;
    double *at = random_numbers(rng, n * k), *move = random_numbers(rng, n * k);
    double *bent = random_numbers(rng, n * k), shift[8], curvature = 0, sum[8] = {0};
    memcpy(l.score, at, n * k * sizeof *at);
    at_linear_loss_update(&l);
    const double h = 1e-4, here = at_linear_loss_at(&l, move, 0);
    const double ahead = at_linear_loss_at(&l, move, h), behind = at_linear_loss_at(&l, move, -h);
    assert_true(fabs((ahead - behind) / (2 * h) - at_linear_loss_along(&l, move)) < 1e-5);
    at_linear_loss_bend(&l, bent, move, false);
    for (size_t i = 0; i < n * k; i++)
        curvature += bent[i] * move[i];
    assert_true(fabs((ahead + behind - 2 * here) / (h * h) - curvature) < 1e-3);

    /* after the intercepts' best answer, no shift of all scores is left to gain to second order */
    at_linear_loss_shift(&l, shift, move, true);
    at_linear_loss_bend(&l, bent, move, true);
    for (size_t i = 0; i < n * k; i++)
        sum[i % k] += bent[i];
    for (size_t c = 0; c < k; c++)
        assert_true(fabs(sum[c]) < 1e-8);
    free(at);
    free(move);
    free(bent);
    at_linear_loss_release(&l);
    problem_free(&p);
}

static void test_linear__loss_has_the_slope_and_curvature_of_its_differences(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 2);
    for (size_t round = 0; round < 4; round++) {
        assert_loss_derivatives(&rng, 30 + 600 * round, 1);
        assert_loss_derivatives(&rng, 30 + 600 * round, 3);
        assert_loss_derivatives(&rng, 30 + 600 * round, 5);
    }
}

/* At the minimum w + X' r is zero, and so is the sum of r. */
static void test_linear__stops_where_the_gradient_is_zero(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 3);
    for (size_t round = 0; round < 6; round++) {
        struct problem p;
        struct at_linear_matrix x;
        const size_t k = 5;
        problem_make(&p, &rng, 60, 30, 1);
        assert_ok(at_linear_matrix_init(&x, &p.fit, &err));
        double *w = calloc(x.n_cols * k, sizeof *w), b[5];
        double *z = calloc(p.n * k, sizeof *z), *g = calloc(x.n_cols * k, sizeof *g);
        struct at_linear_problem problem = {&x, p.y, p.weight, k, 1e-7, 100};
        struct at_linear_result result = {.w = w, .b = b};
        for (size_t i = 0; i < p.n; i++) /* from next to no trust in the rows to a lot */
            p.weight[i] *= pow(10, (double)round - 3);
        assert_ok(at_linear_newton(&result, &problem, &err));
        assert_true(result.converged);
        assert_ok(at_linear_forward(&x, z, w, k, &err));
        double total[5] = {0}, most = 0;
        for (size_t i = 0; i < p.n; i++) {
            double e[5], sum = 0;
            for (size_t c = 0; c < k; c++)
                sum += e[c] = exp(z[i * k + c] + b[c]);
            for (size_t c = 0; c < k; c++) {
                z[i * k + c] = p.weight[i] * (e[c] / sum - (p.y[i] == c));
                total[c] += z[i * k + c];
            }
        }
        assert_ok(at_linear_back(&x, g, z, k, &err));
        for (size_t i = 0; i < x.n_cols * k; i++)
            most = fmax(most, fabs(w[i] + g[i]));
        for (size_t c = 0; c < k; c++)
            most = fmax(most, fabs(total[c]));
        assert_true(most < 1e-5);
        free(w);
        free(z);
        free(g);
        at_linear_matrix_release(&x);
        problem_free(&p);
    }
}

static struct attune_model *fit_linear(struct problem *p, int multi_class)
{
    const struct attune_model_kind *kind = attune_model_kind_find("linear");
    struct at_linear_options options;
    struct attune_model *model;
    assert_ok(at_options_defaults((struct at_option_table){kind->options, kind->n_options},
                                  &options, &err));
    options.multi_class = multi_class;
    assert_ok(kind->fit(&model, &p->fit, &options, &err));
    return model;
}

static void assert_same_arrays(const struct attune_model *a, const struct attune_model *b)
{
    const struct at_score_model *x = (const void *)a, *y = (const void *)b;
    assert_memory_equal(x->intercept, y->intercept, x->n_scores * sizeof *x->intercept);
    assert_memory_equal(x->weight, y->weight, a->n_features * x->n_scores * sizeof *x->weight);
}

static void test_linear__large_problems_are_the_same_on_any_number_of_threads(void **state)
{
    (void)state;
    struct at_rng rng;
    struct problem p;
    at_rng_init(&rng, 4);
    problem_make(&p, &rng, 2000, 200, 1); /* 120 000 values: rows and columns are shared out */
    for (int multi_class = 0; multi_class < 2; multi_class++) {
        struct attune_model *one = fit_linear(&p, multi_class);
        for (size_t n_threads = 2; n_threads <= 5; n_threads++) {
            assert_ok(at_pool_create(&p.fit.pool, n_threads, &err));
            struct attune_model *many = fit_linear(&p, multi_class);
            assert_same_arrays(one, many);
            many->kind->destroy(many);
            at_pool_destroy(p.fit.pool);
            p.fit.pool = NULL;
        }
        one->kind->destroy(one);
    }
    problem_free(&p);
}

/* Columns that never occur have weight 0, and their number changes nothing else. */
static void test_linear__columns_that_do_not_occur_change_nothing(void **state)
{
    (void)state;
    struct at_rng rng;
    struct problem p;
    at_rng_init(&rng, 5);
    problem_make(&p, &rng, 80, 60, 1);
    struct attune_model *narrow = fit_linear(&p, AT_LINEAR_MULTINOMIAL);
    for (uint64_t i = 0; i < p.start[p.n]; i++)
        p.col[i] *= 7;
    p.rows.n_cols = 7 * 60;
    struct attune_model *wide = fit_linear(&p, AT_LINEAR_MULTINOMIAL);
    const struct at_score_model *a = (void *)narrow, *b = (void *)wide;
    for (size_t j = 0; j < p.rows.n_cols; j++)
        for (size_t c = 0; c < 5; c++)
            assert_true(b->weight[j * 5 + c] == (j % 7 ? 0 : a->weight[j / 7 * 5 + c]));
    assert_memory_equal(a->intercept, b->intercept, 5 * sizeof *a->intercept);
    narrow->kind->destroy(narrow);
    wide->kind->destroy(wide);
    problem_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear__products_are_those_of_plain_loops),
        cmocka_unit_test(test_linear__contrasts_are_coordinates_of_scores_that_sum_to_zero),
        cmocka_unit_test(test_linear__loss_has_the_slope_and_curvature_of_its_differences),
        cmocka_unit_test(test_linear__stops_where_the_gradient_is_zero),
        cmocka_unit_test(test_linear__large_problems_are_the_same_on_any_number_of_threads),
        cmocka_unit_test(test_linear__columns_that_do_not_occur_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
