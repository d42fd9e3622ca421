/* Sort by falling score, then walk down and count. Rows of one score are answered together or not
 * at all. */
#include "eval/coverage.h"

#include <math.h>
#include <stdlib.h>

#include "eval/metrics.h"

void at_answers(struct at_answer *answers, const uint32_t *y, const double *p, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = p + i * k;
        const size_t best = at_argmax(row, k);
        double second = k > 1 ? -INFINITY : 0;
        for (size_t c = 0; c < k; c++)
            if (c != best && row[c] > second)
                second = row[c];
        answers[i] = (struct at_answer){row[best], row[best] - second, best == y[i]};
    }
}

/* All three members are compared, so that the order of rows with one score cannot matter. */
static int coverage_falling(double x, double y)
{
    return (x < y) - (x > y);
}

static int coverage_by_confidence(const void *a, const void *b)
{
    const struct at_answer *x = a, *y = b;
    const int order = coverage_falling(x->confidence, y->confidence);
    return order ? order : coverage_falling(x->right, y->right);
}

static int coverage_by_margin(const void *a, const void *b)
{
    const struct at_answer *x = a, *y = b;
    const int order = coverage_falling(x->margin, y->margin);
    return order ? order : coverage_by_confidence(a, b);
}

static void coverage_sort(struct at_answer *answers, size_t n, enum at_coverage_by by)
{
    qsort(answers, n, sizeof *answers,
          by == AT_COVERAGE_MARGIN ? coverage_by_margin : coverage_by_confidence);
}

static double coverage_score(const struct at_answer *answer, enum at_coverage_by by)
{
    return by == AT_COVERAGE_MARGIN ? answer->margin : answer->confidence;
}

/* The next row has a lower score, or there is none. */
static int coverage_ends_at(const struct at_answer *answers, size_t i, size_t n,
                            enum at_coverage_by by)
{
    return i + 1 == n || coverage_score(&answers[i + 1], by) < coverage_score(&answers[i], by);
}

size_t at_coverage_curve(struct at_coverage_point *points, struct at_answer *answers, size_t n,
                         enum at_coverage_by by)
{
    size_t n_points = 0;
    double right = 0;
    coverage_sort(answers, n, by);
    for (size_t i = 0; i < n; i++) {
        right += answers[i].right;
        if (coverage_ends_at(answers, i, n, by))
            points[n_points++] =
                (struct at_coverage_point){coverage_score(&answers[i], by),
                                           (double)(i + 1) / (double)n, right / (double)(i + 1)};
    }
    return n_points;
}

size_t at_coverage_thin(struct at_coverage_point *points, size_t n, size_t m)
{
    size_t kept = 0;
    for (size_t i = 0, step = 1; i < n && step <= m; i++) {
        const double coverage = points[i].coverage * (double)m * (1 + 1e-12);
        if (coverage < (double)step)
            continue;
        points[kept++] = points[i];
        step = (size_t)coverage + 1;
    }
    return kept;
}

static double coverage_cut(const struct at_answer *answers, size_t i, size_t n,
                           enum at_coverage_by by)
{
    if (i + 1 == n)
        return 0;
    return (coverage_score(&answers[i], by) + coverage_score(&answers[i + 1], by)) / 2;
}

struct at_threshold at_threshold_for_precision(double target, struct at_answer *answers, size_t n,
                                               enum at_coverage_by by)
{
    static const double prior = AT_THRESHOLD_PRIOR_ROWS;
    const double chance = AT_THRESHOLD_Z * sqrt(target * (1 - target));
    struct at_threshold t = {target, INFINITY, 0, NAN, 0, 0};
    double right = 0, confidence = 0;
    coverage_sort(answers, n, by);
    for (size_t i = 0; i < n; i++) {
        const double answered = (double)(i + 1);
        right += answers[i].right;
        confidence += answers[i].confidence;
        const double precision = (right + prior * confidence / answered) / (answered + prior);
        if (precision - chance / sqrt(answered) >= target && coverage_ends_at(answers, i, n, by))
            t = (struct at_threshold){
                target, coverage_cut(answers, i, n, by), answered / (double)n, precision, i + 1, 1};
    }
    return t;
}
