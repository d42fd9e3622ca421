/* With l = ln p and b = 1 / T the log-loss of a row is ln sum exp(b l) - b l_y, convex in b: its
 * slope is E[l] - l_y and its curvature Var[l], both under q = softmax(b l). With the prior the sum
 * need not be convex. So a coarse look at the whole range of u = ln b finds the best neighbourhood,
 * and there the root of the slope is sought: by Newton's steps where they stay inside the bracket,
 * by halving where they do not. */
#include "pipeline/temperature.h"

#include <math.h>

#include "base/alloc.h"

static const double temperature_floor_max = 1e-3, temperature_floor_min = 1e-300;

struct temperature_rows {
    const double *l; /* f64[n * k], ln p less the row's largest */
    const uint32_t *y;
    size_t n, k;
    double prior;
};

struct temperature_look {
    double value, slope, curvature; /* of what is minimised, in u */
};

static void temperature_logs(double *l, const double *p, size_t k, double floor)
{
    double top = -INFINITY;
    for (size_t c = 0; c < k; c++) {
        l[c] = log(p[c] < floor ? floor : p[c]);
        top = l[c] > top ? l[c] : top;
    }
    for (size_t c = 0; c < k; c++)
        l[c] -= top;
}

static struct temperature_look temperature_at(const struct temperature_rows *r, double u)
{
    const double b = exp(u);
    double value = 0, slope = 0, curvature = 0; /* in b */
    for (size_t i = 0; i < r->n; i++) {
        const double *l = r->l + i * r->k;
        double total = 0, first = 0, second = 0;
        for (size_t c = 0; c < r->k; c++) {
            const double q = exp(b * l[c]);
            total += q;
            first += q * l[c];
            second += q * l[c] * l[c];
        }
        first /= total;
        value += log(total) - b * l[r->y[i]];
        slope += first - l[r->y[i]];
        curvature += second / total - first * first;
    }
    return (struct temperature_look){value + r->prior * u * u, b * slope + 2 * r->prior * u,
                                     b * b * curvature + b * slope + 2 * r->prior};
}

static double temperature_refine(const struct temperature_rows *r, double low, double high)
{
    double u = (low + high) / 2;
    for (int step = 0; step < 60 && high - low > 1e-12; step++) {
        const struct temperature_look at = temperature_at(r, u);
        if (at.slope > 0)
            high = u;
        else
            low = u;
        const double next = at.curvature > 0 ? u - at.slope / at.curvature : INFINITY;
        if (fabs(next - u) <= 1e-12)
            break;
        u = next > low && next < high ? next : (low + high) / 2;
    }
    return u;
}

static double temperature_solve(const struct temperature_rows *r)
{
    enum { LOOKS = 23 };
    const double low = -log(AT_TEMPERATURE_MAX), high = -log(AT_TEMPERATURE_MIN);
    const double apart = (high - low) / (LOOKS - 1);
    double best = INFINITY, at = 0;
    for (int i = 0; i < LOOKS; i++) {
        const double u = low + apart * i, value = temperature_at(r, u).value;
        if (value < best) {
            best = value;
            at = u;
        }
    }
    return temperature_refine(r, fmax(low, at - apart), fmin(high, at + apart));
}

static double temperature_floor(const double *p, size_t n)
{
    double least = 2 * temperature_floor_max;
    for (size_t i = 0; i < n; i++)
        if (p[i] > 0 && p[i] < least)
            least = p[i];
    return fmax(least / 2, temperature_floor_min);
}

attune_status at_temperature_fit(struct at_temperature *out, double prior, const double *p,
                                 const uint32_t *y, size_t n, size_t k, attune_error *err)
{
    double *l = n <= SIZE_MAX / k ? AT_ALLOC_RAW(double, n *k) : NULL;
    if (!l)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: temperature of %zu rows", n);
    const double floor = temperature_floor(p, n * k);
    for (size_t i = 0; i < n; i++)
        temperature_logs(l + i * k, p + i * k, k, floor);
    const struct temperature_rows rows = {l, y, n, k, prior};
    const double t = exp(-temperature_solve(&rows));
    *out = (struct at_temperature){fmin(fmax(t, AT_TEMPERATURE_MIN), AT_TEMPERATURE_MAX), floor};
    at_free(l);
    return ATTUNE_OK;
}

void at_temperature_apply(const struct at_temperature *temperature, double *p, size_t k)
{
    double sum = 0;
    temperature_logs(p, p, k, temperature->floor);
    for (size_t c = 0; c < k; c++) {
        p[c] = exp(p[c] / temperature->t);
        sum += p[c];
    }
    for (size_t c = 0; c < k; c++)
        p[c] /= sum;
}
