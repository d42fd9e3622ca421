/* How far would a figure move on other fans of the same kind?
 *
 * A share of hits has Wilson's closed form, which stays inside [0, 1] and is right for small n. For
 * the others, draw n of the n rows with replacement many times, compute the figure each time, and
 * read the limits off the sorted results. Rows are reduced to (cell, loss, gap) first, so that one
 * draw is n counter increments and n additions, whatever the number of classes. */
#include "eval/interval.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/calibration_error.h"
#include "eval/metrics.h"

enum { INTERVAL_MAX_CLASSES = 65535 }; /* k * k fits the u32 cell */

void at_wilson(uint64_t hits, uint64_t n, double z, double *low, double *high)
{
    if (n == 0) {
        *low = 0;
        *high = 1;
        return;
    }
    const double rows = (double)n, share = (double)hits / rows, z2 = z * z / rows;
    const double centre = share + z2 / 2;
    const double half = z * sqrt(share * (1 - share) / rows + z2 / (4 * rows));
    *low = hits == 0 ? 0 : fmax(0, (centre - half) / (1 + z2));
    *high = hits == n ? 1 : fmin(1, (centre + half) / (1 + z2));
}

attune_status at_eval_check(const uint32_t *y, const double *p, size_t n, size_t k,
                            attune_error *err)
{
    if (n == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "no rows to evaluate on");
    if (k == 0 || k > INTERVAL_MAX_CLASSES || n > UINT32_MAX)
        return at_fail(err, ATTUNE_INVALID, "cannot evaluate %zu rows with %zu classes", n, k);
    for (size_t i = 0; i < n; i++) {
        if (y[i] >= k)
            return at_fail(err, ATTUNE_INVALID, "row %zu has class %lu of %zu", i,
                           (unsigned long)y[i], k);
        for (size_t c = 0; c < k; c++)
            if (!isfinite(p[i * k + c]))
                return at_fail(err, ATTUNE_INVALID,
                               "row %zu: the probability of class %zu is not a finite number", i,
                               c);
    }
    return ATTUNE_OK;
}

static double interval_clip(double p)
{
    return p < DBL_EPSILON ? DBL_EPSILON : p > 1 - DBL_EPSILON ? 1 - DBL_EPSILON : p;
}

/* Clip first, then divide by the sum of the clipped row: scikit-learn 1.2's order. */
static double interval_loss(const double *p, size_t k, size_t truth)
{
    double sum = 0;
    for (size_t c = 0; c < k; c++)
        sum += interval_clip(p[c]);
    return -log(interval_clip(p[truth]) / sum);
}

void at_eval_rows(struct at_eval_row *rows, const uint32_t *y, const double *p, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = p + i * k;
        const size_t answer = at_argmax(row, k);
        rows[i] = (struct at_eval_row){
            .loss = interval_loss(row, k, y[i]),
            .gap = row[answer] - (answer == y[i]),
            .cell = (uint32_t)(y[i] * k + answer),
            .bin = (uint32_t)at_reliability_index(row[answer], AT_RELIABILITY_BINS),
        };
    }
}

void at_resample_draw(struct at_rng *rng, uint32_t *index, size_t n)
{
    for (size_t i = 0; i < n; i++)
        index[i] = (uint32_t)at_rng_below(rng, n);
}

double at_resample_tally(const struct at_eval_row *rows, const uint32_t *index, size_t n,
                         uint64_t *confusion, size_t k)
{
    double sum = 0;
    memset(confusion, 0, k * k * sizeof *confusion);
    for (size_t i = 0; i < n; i++) {
        const struct at_eval_row *row = &rows[index[i]];
        confusion[row->cell]++;
        sum += row->loss;
    }
    return sum / (double)n;
}

double at_resample_ece(const struct at_eval_row *rows, const uint32_t *index, size_t n)
{
    double gap[AT_RELIABILITY_BINS] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        gap[rows[index[i]].bin] += rows[index[i]].gap;
    for (size_t b = 0; b < AT_RELIABILITY_BINS; b++)
        sum += fabs(gap[b]);
    return sum / (double)n;
}

double at_macro_f1(const uint64_t *confusion, size_t k)
{
    double sum = 0;
    size_t n_present = 0;
    for (size_t c = 0; c < k; c++) {
        uint64_t members = 0; /* truth + answers: 2 x hits + misses + false alarms */
        for (size_t d = 0; d < k; d++)
            members += confusion[c * k + d] + confusion[d * k + c];
        if (!members)
            continue;
        n_present++;
        sum += 2 * (double)confusion[c * k + c] / (double)members;
    }
    return n_present ? sum / (double)n_present : 0;
}

static int interval_order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void at_sort_f64(double *values, size_t n)
{
    qsort(values, n, sizeof *values, interval_order);
}

double at_quantile(const double *sorted, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t i = (size_t)at;
    if (i + 1 >= n)
        return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}
