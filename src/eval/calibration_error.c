/* Sums of confidence and hits per bin, divided at the end. */
#include "eval/calibration_error.h"

#include <math.h>

#include "base/alloc.h"
#include "eval/interval.h"
#include "eval/metrics.h"

size_t at_reliability_index(double confidence, size_t n_bins)
{
    const double bins = (double)n_bins;
    size_t b = confidence > 0 ? (size_t)(confidence * bins) : 0;
    if (b >= n_bins)
        b = n_bins - 1;
    while (b > 0 && confidence <= (double)b / bins) /* the product above is rounded */
        b--;
    while (b + 1 < n_bins && confidence > (double)(b + 1) / bins)
        b++;
    return b;
}

static void reliability_add(struct at_reliability_bin *bin, double confidence, size_t right)
{
    bin->n++;
    bin->confidence += confidence;
    bin->accuracy += (double)right;
}

static void reliability_means(struct at_reliability_bin *bins, size_t n_bins)
{
    for (size_t b = 0; b < n_bins; b++)
        if (bins[b].n) {
            bins[b].confidence /= (double)bins[b].n;
            bins[b].accuracy /= (double)bins[b].n;
        }
}

static void reliability_clear(struct at_reliability_bin *bins, size_t n_bins)
{
    for (size_t b = 0; b < n_bins; b++)
        bins[b] = (struct at_reliability_bin){0};
}

void at_reliability(struct at_reliability_bin *bins, size_t n_bins, const uint32_t *y,
                    const double *p, size_t n, size_t k)
{
    reliability_clear(bins, n_bins);
    for (size_t i = 0; i < n; i++) {
        const size_t answer = at_argmax(p + i * k, k);
        const double confidence = p[i * k + answer];
        reliability_add(&bins[at_reliability_index(confidence, n_bins)], confidence,
                        answer == y[i]);
    }
    reliability_means(bins, n_bins);
}

double at_ece(const struct at_reliability_bin *bins, size_t n_bins)
{
    double sum = 0;
    uint64_t n = 0;
    for (size_t b = 0; b < n_bins; b++) {
        n += bins[b].n;
        sum += (double)bins[b].n * fabs(bins[b].accuracy - bins[b].confidence);
    }
    return n ? sum / (double)n : 0;
}

/* Linear interpolation between the rows next to (n - 1) i / n_bins, which is split in whole
 * numbers: a quantile that falls on a row is that row. */
static double reliability_edge(const double *sorted, size_t n, size_t i, size_t n_bins)
{
    const size_t at = (n - 1) * i / n_bins, rest = (n - 1) * i % n_bins;
    if (rest == 0)
        return sorted[at];
    return sorted[at] + (double)rest / (double)n_bins * (sorted[at + 1] - sorted[at]);
}

attune_status at_ece_equal_mass(double *out, struct at_reliability_bin *bins, size_t n_bins,
                                const uint32_t *y, const double *p, size_t n, size_t k,
                                attune_error *err)
{
    double *sorted = AT_ALLOC_RAW(double, n), *edge = AT_ALLOC_RAW(double, n_bins);
    attune_status status = ATTUNE_OK;
    reliability_clear(bins, n_bins);
    if (!sorted || !edge) {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: calibration of %zu rows", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = p[i * k + at_argmax(p + i * k, k)];
    at_sort_f64(sorted, n);
    for (size_t b = 0; b + 1 < n_bins && n; b++)
        edge[b] = reliability_edge(sorted, n, b + 1, n_bins);
    for (size_t i = 0; i < n; i++) {
        const size_t answer = at_argmax(p + i * k, k);
        size_t b = 0;
        while (b + 1 < n_bins && edge[b] < p[i * k + answer])
            b++;
        reliability_add(&bins[b], p[i * k + answer], answer == y[i]);
    }
    reliability_means(bins, n_bins);
    *out = at_ece(bins, n_bins);
done:
    at_free(sorted);
    at_free(edge);
    return status;
}
