/* Logistic regression with a penalty on the squared weights: what scikit-learn's
 * LogisticRegression(solver='lbfgs') minimises, found by Newton's method (linear_newton.h).
 *
 * Classes that do not occur in the training rows are left out and have probability 0; two classes
 * share one score. */
#include <math.h>

#include "base/alloc.h"
#include "base/job.h"
#include "base/status.h"
#include "model/linear/linear_newton.h"
#include "model/linear/linear_options.h"
#include "model/model.h"
#include "model/score_model.h"

extern const struct attune_model_kind at_model_kind_linear;

static const uint32_t linear_absent = UINT32_MAX;

struct linear_fit {
    const struct attune_fit *in;
    const struct at_linear_options *options;
    struct at_linear_matrix x;
    size_t n_known;
    uint32_t *number;  /* u32[n_classes]: place among the known classes, or ABSENT */
    double *total;     /* f64[n_classes]: weight of its rows */
    uint32_t *y, *one; /* u32[n_rows]: place of the row's class; is it the class at hand? */
    double *weight;    /* f64[n_rows]: C times the row's weight */
    double *w, *b;     /* of one problem: f64[n_cols][k], f64[k] */
    struct at_score_model *model;
    struct at_score_arrays arrays; /* of the model */
};

static double linear_row_weight(const struct linear_fit *f, size_t row)
{
    return f->in->weight ? (double)f->in->weight[row] : 1;
}

static void linear_count_classes(struct linear_fit *f)
{
    for (size_t i = 0; i < f->in->rows->n_rows; i++)
        f->total[f->in->y[i]] += linear_row_weight(f, i);
    for (size_t c = 0; c < f->in->n_classes; c++)
        f->number[c] = f->total[c] > 0 ? (uint32_t)f->n_known++ : linear_absent;
    for (size_t i = 0; i < f->in->rows->n_rows; i++)
        f->y[i] = f->number[f->in->y[i]];
}

/* C times the weights; balanced, every class of `group` then has the same total. NULL: all rows
 * are of their own class, else group[i] is 0 or 1. */
static void linear_weigh(struct linear_fit *f, const uint32_t *group)
{
    const size_t n = f->in->rows->n_rows;
    double total[2] = {0, 0}, all = 0, weighed = 0;
    for (size_t i = 0; i < n; i++) {
        all += linear_row_weight(f, i);
        if (group)
            total[group[i]] += linear_row_weight(f, i);
    }
    for (size_t i = 0; i < n; i++) {
        f->weight[i] = f->options->C * linear_row_weight(f, i);
        if (f->options->class_weight == AT_LINEAR_WEIGHT_NONE)
            continue;
        const double balance = group ? all / (2 * total[group[i]])
                                     : all / ((double)f->n_known * f->total[f->in->y[i]]);
        f->weight[i] *= f->options->class_weight == AT_LINEAR_WEIGHT_SQRT ? sqrt(balance) : balance;
        weighed += f->weight[i];
    }
    /* the roots sum to less: C stays what it is for a mean weight of 1 */
    for (size_t i = 0; i < n && f->options->class_weight == AT_LINEAR_WEIGHT_SQRT; i++)
        f->weight[i] *= f->options->C * all / weighed;
}

/* Puts the k scores of a solved problem in their places of the model, from score `first` on. */
static void linear_keep(const struct linear_fit *f, size_t k, size_t first)
{
    const size_t n_scores = f->model->n_scores;
    for (size_t c = 0; c < k; c++)
        f->arrays.intercept[first + c] = f->b[c];
    for (size_t j = 0; j < f->x.n_cols; j++) {
        const size_t column = f->x.original ? f->x.original[j] : j;
        for (size_t c = 0; c < k; c++)
            f->arrays.weight[column * n_scores + first + c] = (float)f->w[j * k + c];
    }
}

static attune_status linear_solve(struct linear_fit *f, const uint32_t *y, size_t k, size_t first,
                                  attune_error *err)
{
    const struct at_linear_problem problem = {.x = &f->x,
                                              .y = y,
                                              .weight = f->weight,
                                              .k = k,
                                              .tol = f->options->tol,
                                              .max_iter = (size_t)f->options->max_iter};
    struct at_linear_result result = {.w = f->w, .b = f->b};
    AT_TRY(at_linear_newton(&result, &problem, err));
    at_job_log(f->in->job, result.converged ? ATTUNE_LOG_DEBUG : ATTUNE_LOG_WARNING,
               "linear: %s after %zu steps, %zu products; objective %.8g",
               result.converged ? "converged" : "stopped before it converged", result.n_steps,
               result.n_products, result.objective);
    linear_keep(f, k, first);
    return ATTUNE_OK;
}

static attune_status linear_solve_all(struct linear_fit *f, attune_error *err)
{
    const size_t n = f->in->rows->n_rows;
    if (f->n_known < 2)
        return ATTUNE_OK;
    if (f->n_known == 2 || f->options->multi_class == AT_LINEAR_MULTINOMIAL) {
        linear_weigh(f, NULL);
        return linear_solve(f, f->y, f->model->n_scores, 0, err);
    }
    for (uint32_t c = 0; c < f->n_known; c++) {
        for (size_t i = 0; i < n; i++)
            f->one[i] = f->y[i] == c;
        linear_weigh(f, f->one);
        AT_TRY(linear_solve(f, f->one, 1, c, err));
        at_job_progress(f->in->job, "fit", c + 1, f->n_known);
    }
    return ATTUNE_OK;
}

static attune_status linear_fit_known(struct linear_fit *f, attune_error *err)
{
    const struct attune_fit *in = f->in;
    const struct at_score_model shape = {
        .base = {.n_features = in->rows->n_cols, .n_classes = in->n_classes},
        .link = f->options->multi_class == AT_LINEAR_OVR ? AT_SCORE_OVR : AT_SCORE_SOFTMAX,
        .n_known = f->n_known};
    AT_TRY(at_score_model_create(&f->model, &f->arrays, &at_model_kind_linear, &shape, err));
    for (uint32_t c = 0; c < in->n_classes; c++)
        if (f->number[c] != linear_absent)
            f->arrays.known[f->number[c]] = c;
    const size_t k = f->model->n_scores;
    AT_TRY(at_linear_matrix_init(&f->x, in, err));
    f->w = AT_ALLOC_RAW(double, f->x.n_cols *k + k + 1);
    attune_status status = ATTUNE_OK;
    if (f->w) {
        f->b = f->w + f->x.n_cols * k;
        status = linear_solve_all(f, err);
    } else {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu weights", f->x.n_cols * k);
    }
    at_free(f->w);
    at_linear_matrix_release(&f->x);
    return status;
}

static attune_status linear_check_input(const struct attune_fit *in, attune_error *err)
{
    if (in->rows->kind != ATTUNE_ROWS_SPARSE)
        return at_fail(err, ATTUNE_INVALID, "a linear model learns from sparse rows only");
    if (in->rows->n_rows == 0)
        return at_fail(err, ATTUNE_INVALID, "cannot learn from no rows");
    if (in->rows->n_rows >= UINT32_MAX || in->rows->n_cols >= UINT32_MAX)
        return at_fail(err, ATTUNE_INVALID, "%zu rows of %zu columns are too many for one model",
                       in->rows->n_rows, in->rows->n_cols);
    return ATTUNE_OK;
}

static attune_status linear_fit(struct attune_model **out, const struct attune_fit *in,
                                const void *options, attune_error *err)
{
    *out = NULL;
    AT_TRY(linear_check_input(in, err));
    AT_TRY(at_job_check(in->job, err));
    const size_t n = in->rows->n_rows;
    struct linear_fit f = {.in = in, .options = options};
    attune_status status;
    f.number = AT_ALLOC(uint32_t, in->n_classes);
    f.total = AT_ALLOC(double, in->n_classes);
    f.y = AT_ALLOC(uint32_t, n);
    f.one = AT_ALLOC(uint32_t, n);
    f.weight = AT_ALLOC(double, n);
    if (f.number && f.total && f.y && f.one && f.weight) {
        linear_count_classes(&f);
        status = linear_fit_known(&f, err);
    } else {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu rows of a linear model", n);
    }
    at_free(f.number);
    at_free(f.total);
    at_free(f.y);
    at_free(f.one);
    at_free(f.weight);
    if (status == ATTUNE_OK)
        *out = &f.model->base;
    else if (f.model)
        at_score_model_destroy(&f.model->base);
    return status;
}

static attune_status linear_load(struct attune_model **out, const attune_reader *reader,
                                 attune_error *err)
{
    return at_score_model_load(out, &at_model_kind_linear, reader, err);
}

const struct attune_model_kind at_model_kind_linear = {
    .version = ATTUNE_MODEL_KIND_VERSION,
    .name = "linear",
    .summary = "logistic regression, the same weights as scikit-learn's LogisticRegression",
    .rows = ATTUNE_ROWS_SPARSE,
    .options = at_linear_option_table,
    .n_options = AT_LINEAR_N_OPTIONS,
    .options_size = sizeof(struct at_linear_options),
    .fit = linear_fit,
    .scratch_bytes = at_score_scratch_bytes,
    .predict = at_score_predict,
    .save = at_score_model_save,
    .load = linear_load,
    .destroy = at_score_model_destroy,
    .explain = at_score_explain,
    .features = "ngram,behaviour,meaning",
};
