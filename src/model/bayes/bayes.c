/* Naive Bayes: how much of each class's values lies in each column, as logarithms. Complement
 * (Rennie and others 2003) asks instead what the rows of all other classes look like, and takes the
 * class whose others look least like the row; it suffers less when classes differ in size.
 *
 * Equal to scikit-learn's ComplementNB and MultinomialNB. Classes without rows are left out. */
#include <math.h>

#include "base/alloc.h"
#include "base/job.h"
#include "base/status.h"
#include "model/bayes/bayes_options.h"
#include "model/model.h"
#include "model/score_model.h"

extern const struct attune_model_kind at_model_kind_bayes;

enum { BAYES_POLL_ROWS = 1024 };

struct bayes_fit {
    const struct attune_fit *in;
    const struct at_bayes_options *options;
    size_t n_known;
    uint32_t *number;  /* u32[n_classes]: place among the known classes */
    double *total;     /* f64[n_classes]: weight of its rows */
    double *value;     /* f64[n_cols][n_known]: sums of values, then logarithms */
    double *sum, *all; /* f64[n_known] */
    struct at_score_model *model;
    struct at_score_arrays arrays;
};

static double bayes_row_weight(const struct bayes_fit *f, size_t row)
{
    return f->in->weight ? (double)f->in->weight[row] : 1;
}

/* Numbers the classes that occur; factor[c] is what their rows' weights are multiplied by so that,
 * balanced, all classes weigh the same. */
static void bayes_count_classes(struct bayes_fit *f, double *factor)
{
    const struct attune_fit *in = f->in;
    double whole = 0;
    for (size_t i = 0; i < in->rows->n_rows; i++)
        f->total[in->y[i]] += bayes_row_weight(f, i);
    for (size_t c = 0; c < in->n_classes; c++) {
        whole += f->total[c];
        if (f->total[c] > 0)
            f->number[c] = (uint32_t)f->n_known++;
    }
    for (size_t c = 0; c < in->n_classes; c++) {
        factor[c] = 1;
        if (f->options->class_weight == AT_BAYES_WEIGHT_BALANCED && f->total[c] > 0)
            factor[c] = whole / ((double)f->n_known * f->total[c]);
        f->total[c] *= factor[c];
    }
}

static attune_status bayes_refuse(const struct bayes_fit *f, size_t row, uint64_t at,
                                  attune_error *err)
{
    return at_fail(err, ATTUNE_INVALID,
                   "naive Bayes takes no negative values, and column %lu of row %zu is %g: leave "
                   "out the block that makes such columns (behaviour does, word counts do not) or "
                   "choose the kind linear",
                   (unsigned long)f->in->rows->col[at], row, (double)f->in->rows->value[at]);
}

/* value[j][s] = sum of the weighted values of class s in column j */
static attune_status bayes_add_up(struct bayes_fit *f, const double *factor, attune_error *err)
{
    const struct attune_rows *rows = f->in->rows;
    const size_t k = f->n_known;
    for (size_t i = 0; i < rows->n_rows; i++) {
        if (i % BAYES_POLL_ROWS == 0)
            AT_TRY(at_job_check(f->in->job, err));
        const uint32_t c = f->in->y[i];
        const double weight = factor[c] * bayes_row_weight(f, i);
        double *value = f->value + f->number[c];
        for (uint64_t at = rows->start[i]; at < rows->start[i + 1]; at++) {
            if (rows->value[at] < 0)
                return bayes_refuse(f, i, at, err);
            const double amount =
                f->options->presence ? rows->value[at] > 0 : (double)rows->value[at];
            value[(size_t)rows->col[at] * k] += weight * amount;
        }
    }
    return ATTUNE_OK;
}

/* value[j][s] becomes alpha + the sum over class s, or over all others; sum[s] their total. */
static void bayes_smooth(struct bayes_fit *f)
{
    const bool complement = f->options->variant == AT_BAYES_COMPLEMENT;
    for (size_t j = 0; j < f->in->rows->n_cols; j++) {
        double *value = f->value + j * f->n_known, all = 0;
        for (size_t s = 0; s < f->n_known; s++)
            all += value[s];
        for (size_t s = 0; s < f->n_known; s++) {
            /* a difference that rounds below 0 is none */
            const double others = all - value[s] > 0 ? all - value[s] : 0;
            value[s] = f->options->alpha + (complement ? others : value[s]);
            f->sum[s] += value[s];
        }
    }
}

/* Logarithms of the shares; the complement's speak against the class. */
static void bayes_take_logs(struct bayes_fit *f)
{
    const bool complement = f->options->variant == AT_BAYES_COMPLEMENT;
    const size_t n_cols = f->in->rows->n_cols, k = f->n_known;
    for (size_t j = 0; j < n_cols; j++)
        for (size_t s = 0; s < k; s++) {
            double *value = f->value + j * k + s;
            *value = log(*value / f->sum[s]);
            f->all[s] += *value;
        }
    for (size_t j = 0; j < n_cols && complement; j++)
        for (size_t s = 0; s < k; s++)
            f->value[j * k + s] /= f->options->norm && f->all[s] < 0 ? f->all[s] : -1;
}

/* The weights as the model keeps them: of two classes the difference, of more each less the mean.
 */
static void bayes_keep(struct bayes_fit *f)
{
    const size_t k = f->n_known;
    for (size_t j = 0; j < f->in->rows->n_cols && k > 1; j++) {
        const double *value = f->value + j * k;
        double mean = 0;
        if (k == 2) {
            f->arrays.weight[j] = (float)(value[1] - value[0]);
            continue;
        }
        for (size_t s = 0; s < k; s++)
            mean += value[s] / (double)k;
        for (size_t s = 0; s < k; s++)
            f->arrays.weight[j * k + s] = (float)(value[s] - mean);
    }
    for (size_t c = 0; c < f->in->n_classes; c++) {
        if (!(f->total[c] > 0))
            continue;
        f->arrays.known[f->number[c]] = (uint32_t)c;
        if (f->options->variant == AT_BAYES_COMPLEMENT || k == 1)
            continue;
        const double prior = log(f->total[c]);
        if (k > 2)
            f->arrays.intercept[f->number[c]] = prior;
        else
            f->arrays.intercept[0] += f->number[c] ? prior : -prior;
    }
}

static attune_status bayes_fit_known(struct bayes_fit *f, const double *factor, attune_error *err)
{
    const struct attune_fit *in = f->in;
    const struct at_score_model shape = {
        .base = {.n_features = in->rows->n_cols, .n_classes = in->n_classes},
        .link = f->options->presence ? AT_SCORE_PRESENCE : AT_SCORE_SOFTMAX,
        .n_known = f->n_known};
    f->value = AT_ALLOC(double, in->rows->n_cols * f->n_known + 2 * f->n_known);
    if (!f->value)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: naive Bayes, %zu columns",
                       in->rows->n_cols);
    f->sum = f->value + in->rows->n_cols * f->n_known;
    f->all = f->sum + f->n_known;
    AT_TRY(bayes_add_up(f, factor, err));
    bayes_smooth(f);
    bayes_take_logs(f);
    AT_TRY(at_job_check(in->job, err));
    AT_TRY(at_score_model_create(&f->model, &f->arrays, &at_model_kind_bayes, &shape, err));
    bayes_keep(f);
    return ATTUNE_OK;
}

static attune_status bayes_fit(struct attune_model **out, const struct attune_fit *in,
                               const void *options, attune_error *err)
{
    *out = NULL;
    if (in->rows->kind != ATTUNE_ROWS_SPARSE)
        return at_fail(err, ATTUNE_INVALID, "naive Bayes learns from sparse rows only");
    if (in->rows->n_rows == 0)
        return at_fail(err, ATTUNE_INVALID, "cannot learn from no rows");
    struct bayes_fit f = {.in = in, .options = options};
    attune_status status;
    f.number = AT_ALLOC(uint32_t, in->n_classes);
    f.total = AT_ALLOC(double, 2 * in->n_classes);
    if (f.number && f.total) {
        bayes_count_classes(&f, f.total + in->n_classes);
        status = bayes_fit_known(&f, f.total + in->n_classes, err);
    } else {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu classes", in->n_classes);
    }
    at_free(f.number);
    at_free(f.total);
    at_free(f.value);
    if (status == ATTUNE_OK)
        *out = &f.model->base;
    return status;
}

static attune_status bayes_load(struct attune_model **out, const attune_reader *reader,
                                attune_error *err)
{
    return at_score_model_load(out, &at_model_kind_bayes, reader, err);
}

const struct attune_model_kind at_model_kind_bayes = {
    .version = ATTUNE_MODEL_KIND_VERSION,
    .name = "bayes",
    .summary = "naive Bayes, complement or multinomial, the same as scikit-learn's",
    .rows = ATTUNE_ROWS_SPARSE,
    .options = at_bayes_option_table,
    .n_options = AT_BAYES_N_OPTIONS,
    .options_size = sizeof(struct at_bayes_options),
    .fit = bayes_fit,
    .scratch_bytes = at_score_scratch_bytes,
    .predict = at_score_predict,
    .save = at_score_model_save,
    .load = bayes_load,
    .destroy = at_score_model_destroy,
    .explain = at_score_explain,
    .features = "ngram",
};
