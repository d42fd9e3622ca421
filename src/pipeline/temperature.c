/* With l = ln p and b = 1 / T the log-loss of a row is ln sum exp(b l) - b l_y. That is convex in
 * b: its slope is E[l] - l_y and its curvature Var[l], both under q = softmax(b l). So one root of
 * the slope is sought between two bounds, by Newton's steps where they stay inside the bracket and
 * by halving (on a logarithmic scale) where they do not. */
#include "pipeline/temperature.h"

#include <math.h>

#include "base/alloc.h"

static const double temperature_floor =
    1e-6; /* a forest says 0 where 1 in 100 trees would differ */

struct temperature_rows {
    const double *l; /* f64[n * k], ln p less the row's largest */
    const uint32_t *y;
    size_t n, k;
};

struct temperature_slope {
    double slope, curvature; /* of the mean loss */
};

static double temperature_log(double p)
{
    return log(p < temperature_floor ? temperature_floor : p);
}

static void temperature_logs(double *l, const double *p, size_t k)
{
    double top = -INFINITY;
    for (size_t c = 0; c < k; c++) {
        l[c] = temperature_log(p[c]);
        top = l[c] > top ? l[c] : top;
    }
    for (size_t c = 0; c < k; c++)
        l[c] -= top;
}

/* The n rows weigh 1 each. The row of unknown class is every row with the weight 1 / n, and its l_y
 * the mean over the classes. */
static struct temperature_slope temperature_at(const struct temperature_rows *r, double b)
{
    const double extra = 1 / (double)r->n;
    struct temperature_slope sum = {0, 0};
    for (size_t i = 0; i < r->n; i++) {
        const double *l = r->l + i * r->k;
        double total = 0, first = 0, second = 0, mean = 0;
        for (size_t c = 0; c < r->k; c++) {
            const double q = exp(b * l[c]);
            total += q;
            first += q * l[c];
            second += q * l[c] * l[c];
            mean += l[c];
        }
        first /= total;
        sum.slope += (1 + extra) * first - l[r->y[i]] - extra * mean / (double)r->k;
        sum.curvature += (1 + extra) * (second / total - first * first);
    }
    return sum;
}

static double temperature_solve(const struct temperature_rows *r)
{
    double low = 1 / AT_TEMPERATURE_MAX, high = 1 / AT_TEMPERATURE_MIN, b = 1;
    if (temperature_at(r, low).slope >= 0)
        return low;
    if (temperature_at(r, high).slope <= 0)
        return high;
    for (int step = 0; step < 100 && high - low > 1e-13 * high; step++) {
        const struct temperature_slope s = temperature_at(r, b);
        if (s.slope > 0)
            high = b;
        else
            low = b;
        const double next = s.curvature > 0 ? b - s.slope / s.curvature : low;
        if (fabs(next - b) <= 1e-13 * b)
            break;
        b = next > low && next < high ? next : sqrt(low * high);
    }
    return b;
}

attune_status at_temperature_fit(double *out, const double *p, const uint32_t *y, size_t n,
                                 size_t k, attune_error *err)
{
    double *l = n <= SIZE_MAX / k ? AT_ALLOC_RAW(double, n *k) : NULL;
    if (!l)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: temperature of %zu rows", n);
    for (size_t i = 0; i < n; i++)
        temperature_logs(l + i * k, p + i * k, k);
    const struct temperature_rows rows = {l, y, n, k};
    *out = 1 / temperature_solve(&rows);
    at_free(l);
    return ATTUNE_OK;
}

void at_temperature_apply(double temperature, double *p, size_t k)
{
    double sum = 0;
    temperature_logs(p, p, k);
    for (size_t c = 0; c < k; c++) {
        p[c] = exp(p[c] / temperature);
        sum += p[c];
    }
    for (size_t c = 0; c < k; c++)
        p[c] /= sum;
}
