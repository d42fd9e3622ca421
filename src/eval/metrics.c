/* Everything but the curve and the intervals is a function of the confusion matrix: count once,
 * then derive. Truth is in rows, answers in columns. */
#include "eval/metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/interval.h"
#include "eval/roc.h"

static const double metrics_z95 = 1.959963984540054; /* normal quantile of 0.975 */

size_t at_argmax(const double *p, size_t k)
{
    size_t best = 0;
    for (size_t c = 1; c < k; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}

static double metrics_ratio(double part, double whole)
{
    return whole != 0 ? part / whole : 0;
}

/* Row and column sums of the confusion matrix for one class. */
struct metrics_sums {
    uint64_t truth, answers;
};

static struct metrics_sums metrics_class_sums(const uint64_t *confusion, size_t k, size_t c)
{
    struct metrics_sums s = {0, 0};
    for (size_t d = 0; d < k; d++) {
        s.truth += confusion[c * k + d];
        s.answers += confusion[d * k + c];
    }
    return s;
}

/* NumPy's order of summation, eight running sums from eight values on: a report with many digits is
 * then the same to the last one. */
static double metrics_sum(const double *x, size_t n)
{
    double r[8], sum = 0;
    size_t i = 0;
    if (n > 128) {
        const size_t half = n / 2 - n / 2 % 8;
        return metrics_sum(x, half) + metrics_sum(x + half, n - half);
    }
    if (n >= 8) {
        memcpy(r, x, sizeof r);
        for (i = 8; i + 8 <= n; i += 8)
            for (size_t j = 0; j < 8; j++)
                r[j] += x[i + j];
        sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    }
    for (; i < n; i++)
        sum += x[i];
    return sum;
}

static void metrics_class(struct at_class_metrics *one, double hits, struct metrics_sums s)
{
    one->precision = metrics_ratio(hits, (double)s.answers);
    one->recall = metrics_ratio(hits, (double)s.truth);
    one->f1 = metrics_ratio(2 * one->precision * one->recall, one->precision + one->recall);
    one->support = s.truth;
}

/* Mean over classes; weight 1 each, or their support. `terms` has room for one value a class. */
static double metrics_mean(const struct at_metrics *m, const bool *occurs, bool by_support,
                           size_t offset, double *terms)
{
    size_t n = 0;
    for (size_t c = 0; c < m->n_classes; c++) {
        double value;
        if (!occurs[c])
            continue;
        memcpy(&value, (const char *)&m->class[c] + offset, sizeof value);
        terms[n++] = by_support ? value * (double)m->class[c].support : value;
    }
    return metrics_sum(terms, n) / (double)(by_support ? m->n : n);
}

static struct at_class_metrics metrics_means(const struct at_metrics *m, const bool *occurs,
                                             bool by_support, double *terms)
{
    return (struct at_class_metrics){
        metrics_mean(m, occurs, by_support, offsetof(struct at_class_metrics, precision), terms),
        metrics_mean(m, occurs, by_support, offsetof(struct at_class_metrics, recall), terms),
        metrics_mean(m, occurs, by_support, offsetof(struct at_class_metrics, f1), terms),
        m->n,
    };
}

/* Per class, and their means: macro over the classes that occur, weighted by support. */
static attune_status metrics_classes(struct at_metrics *m, attune_error *err)
{
    const size_t k = m->n_classes;
    double n_true = 0, recall = 0, *terms = AT_ALLOC_RAW(double, k);
    bool *occurs = AT_ALLOC_RAW(bool, k);
    attune_status status = ATTUNE_OK;
    if (!terms || !occurs) {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: metrics of %zu classes", k);
        goto done;
    }
    for (size_t c = 0; c < k; c++) {
        const struct metrics_sums s = metrics_class_sums(m->confusion, k, c);
        metrics_class(&m->class[c], (double)m -> confusion[c * k + c], s);
        occurs[c] = s.truth + s.answers > 0;
        n_true += s.truth > 0;
        recall += m->class[c].recall;
    }
    m->macro = metrics_means(m, occurs, false, terms);
    m->weighted = metrics_means(m, occurs, true, terms);
    m->balanced_accuracy = recall / n_true;
done:
    at_free(terms);
    at_free(occurs);
    return status;
}

/* Matthews' correlation and Cohen's kappa compare the hits with those that chance would give. */
static void metrics_agreement(struct at_metrics *m)
{
    const size_t k = m->n_classes;
    const double n = (double)m->n;
    double hits = 0, both = 0, truth2 = 0, answers2 = 0;
    for (size_t c = 0; c < k; c++) {
        const struct metrics_sums s = metrics_class_sums(m->confusion, k, c);
        const double truth = (double)s.truth, answers = (double)s.answers;
        hits += (double)m->confusion[c * k + c];
        both += truth * answers;
        truth2 += truth * truth;
        answers2 += answers * answers;
    }
    const double spread = (n * n - truth2) * (n * n - answers2);
    m->accuracy = hits / n;
    m->mcc = metrics_ratio(hits * n - both, sqrt(spread));
    m->kappa = metrics_ratio(hits * n - both, n * n - both);
    at_wilson((uint64_t)hits, m->n, metrics_z95, &m->accuracy_low, &m->accuracy_high);
}

static double metrics_brier(const uint32_t *y, const double *p, size_t n, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < k; c++) {
            const double miss = p[i * k + c] - (y[i] == c);
            sum += miss * miss;
        }
    return sum / (double)n / (k == 2 ? 2 : 1);
}

struct metrics_draws {
    uint32_t *index;                   /* [n] */
    uint64_t *confusion;               /* [k * k] */
    double *macro_f1, *log_loss, *ece; /* [n_bootstrap] */
};

static void metrics_limits(double *draws, size_t n, double *low, double *high)
{
    at_sort_f64(draws, n);
    *low = at_quantile(draws, n, 0.025);
    *high = at_quantile(draws, n, 0.975);
}

static attune_status metrics_bootstrap(struct at_metrics *m, const struct at_eval_row *rows,
                                       size_t n_draws, uint64_t seed, attune_error *err)
{
    const size_t n = m->n, k = m->n_classes;
    struct metrics_draws d = {
        .index = AT_ALLOC_RAW(uint32_t, n),
        .confusion = AT_ALLOC_RAW(uint64_t, k * k),
        .macro_f1 = AT_ALLOC_RAW(double, n_draws),
        .log_loss = AT_ALLOC_RAW(double, n_draws),
        .ece = AT_ALLOC_RAW(double, n_draws),
    };
    attune_status status = ATTUNE_OK;
    if (!d.index || !d.confusion || !d.macro_f1 || !d.log_loss || !d.ece) {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: bootstrap of %zu rows", n);
        goto done;
    }
    struct at_rng rng;
    at_rng_init(&rng, seed);
    for (size_t b = 0; b < n_draws; b++) {
        at_resample_draw(&rng, d.index, n);
        d.log_loss[b] = at_resample_tally(rows, d.index, n, d.confusion, k);
        d.macro_f1[b] = at_macro_f1(d.confusion, k);
        d.ece[b] = at_resample_ece(rows, d.index, n);
    }
    metrics_limits(d.macro_f1, n_draws, &m->macro_f1_low, &m->macro_f1_high);
    metrics_limits(d.log_loss, n_draws, &m->log_loss_low, &m->log_loss_high);
    metrics_limits(d.ece, n_draws, &m->ece_low, &m->ece_high);
done:
    at_free(d.index);
    at_free(d.confusion);
    at_free(d.macro_f1);
    at_free(d.log_loss);
    at_free(d.ece);
    return status;
}

/* Of all rows and answers: how honest, and what silence would buy. */
static attune_status metrics_confidence(struct at_metrics *m, const uint32_t *y, const double *p,
                                        attune_error *err)
{
    const size_t n = m->n, k = m->n_classes;
    struct at_answer *answers = AT_ALLOC_RAW(struct at_answer, n);
    struct at_coverage_point *points = AT_ALLOC_RAW(struct at_coverage_point, n);
    attune_status status = ATTUNE_OK;
    if (!answers || !points) {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: confidence of %zu rows", n);
        goto done;
    }
    at_reliability(m->reliability, AT_RELIABILITY_BINS, y, p, n, k);
    m->ece = at_ece(m->reliability, AT_RELIABILITY_BINS);
    at_answers(answers, y, p, n, k);
    const size_t n_points = at_coverage_curve(points, answers, n, AT_COVERAGE_CONFIDENCE);
    m->n_coverage = at_coverage_thin(points, n_points, AT_METRICS_COVERAGES);
    memcpy(m->coverage, points, m->n_coverage * sizeof *points);
done:
    at_free(answers);
    at_free(points);
    return status;
}

static void metrics_count(struct at_metrics *m, const struct at_eval_row *rows)
{
    for (size_t i = 0; i < m->n; i++) {
        m->confusion[rows[i].cell]++;
        m->log_loss += rows[i].loss;
    }
    m->log_loss /= (double)m->n;
}

attune_status at_metrics_compute(struct at_metrics *out, const uint32_t *y, const double *p,
                                 size_t n, size_t k, size_t n_bootstrap, uint64_t seed,
                                 attune_error *err)
{
    *out = (struct at_metrics){0};
    AT_TRY(at_eval_check(y, p, n, k, err));
    struct at_metrics m = {.n = n, .n_classes = k, .brier = metrics_brier(y, p, n, k)};
    m.macro_f1_low = m.macro_f1_high = m.log_loss_low = m.log_loss_high = NAN;
    m.ece_low = m.ece_high = NAN;
    m.confusion = AT_ALLOC(uint64_t, k * k);
    m.class = AT_ALLOC(struct at_class_metrics, k);
    struct at_eval_row *rows = AT_ALLOC_RAW(struct at_eval_row, n);
    attune_status status = ATTUNE_OK;
    if (!m.confusion || !m.class || !rows) {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: metrics of %zu rows", n);
        goto done;
    }
    at_eval_rows(rows, y, p, n, k);
    metrics_count(&m, rows);
    metrics_agreement(&m);
    status = metrics_classes(&m, err);
    if (status == ATTUNE_OK)
        status = at_roc_auc(&m.roc_auc, y, p, n, k, err);
    if (status == ATTUNE_OK)
        status = metrics_confidence(&m, y, p, err);
    if (status == ATTUNE_OK && n_bootstrap)
        status = metrics_bootstrap(&m, rows, n_bootstrap, seed, err);
done:
    at_free(rows);
    if (status == ATTUNE_OK)
        *out = m;
    else
        at_metrics_release(&m);
    return status;
}

void at_metrics_release(struct at_metrics *m)
{
    at_free(m->confusion);
    at_free(m->class);
    *m = (struct at_metrics){0};
}
