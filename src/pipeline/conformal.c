/* A score says how strange a class would be for a row. Of n + 1 exchangeable rows the last is among
 * the m least strange with the chance m / (n + 1); so the m-th smallest of the n known scores, with
 * m = ceil((n + 1)(1 - alpha)), is the limit for the next. */
#include "pipeline/conformal.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/bundle.h"

enum { CONFORMAL_LAYOUT = 1 };

struct conformal_shape {
    uint32_t layout, score;
    uint64_t n_rows, n_classes;
    double alpha, threshold;
};

static double conformal_score(enum at_conformal_score score, const double *p, size_t k, size_t c)
{
    double sum = 0;
    if (score == AT_CONFORMAL_LAC)
        return 1 - p[c];
    for (size_t d = 0; d < k; d++)
        if (p[d] > p[c] || (p[d] == p[c] && d <= c))
            sum += p[d];
    return sum;
}

static int conformal_order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* n + 1 - floor((n + 1) alpha) is the same number without the rounding error of 1 - alpha; the
 * slack keeps 30 x 0.1 from being less than 3. */
static size_t conformal_rank(size_t n, double alpha)
{
    return n + 1 - (size_t)floor((double)(n + 1) * alpha + 1e-9);
}

static attune_status conformal_check(const double *p, const uint32_t *y, size_t n, size_t k,
                                     attune_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (y[i] >= k)
            return at_fail(err, ATTUNE_INVALID, "conformal row %zu has class %lu of %zu", i,
                           (unsigned long)y[i], k);
        for (size_t c = 0; c < k; c++)
            if (!isfinite(p[i * k + c]))
                return at_fail(
                    err, ATTUNE_INVALID,
                    "conformal row %zu: the probability of class %zu is not a finite number", i, c);
    }
    return ATTUNE_OK;
}

attune_status at_conformal_fit(struct at_conformal *out, enum at_conformal_score score,
                               double alpha, const double *p, const uint32_t *y, size_t n, size_t k,
                               attune_error *err)
{
    if (n == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "no rows to fit prediction sets on");
    if (!(alpha > 0 && alpha < 1) || k < 2)
        return at_fail(
            err, ATTUNE_INVALID,
            "prediction sets need 0 < alpha < 1 and two classes; got alpha %g, %zu classes", alpha,
            k);
    AT_TRY(conformal_check(p, y, n, k, err));
    double *scores = AT_ALLOC_RAW(double, n);
    if (!scores)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: prediction sets on %zu rows", n);
    for (size_t i = 0; i < n; i++)
        scores[i] = conformal_score(score, p + i * k, k, y[i]);
    qsort(scores, n, sizeof *scores, conformal_order);
    const size_t rank = conformal_rank(n, alpha);
    *out = (struct at_conformal){score, alpha, rank <= n ? scores[rank - 1] : INFINITY, n, k};
    at_free(scores);
    return ATTUNE_OK;
}

size_t at_conformal_set(const struct at_conformal *c, const double *p, bool *in_set)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_classes; i++) {
        const bool in = conformal_score(c->score, p, c->n_classes, i) <= c->threshold;
        n += in;
        if (in_set)
            in_set[i] = in;
    }
    return n;
}

attune_status at_conformal_save(const struct at_conformal *c, attune_writer *writer,
                                attune_error *err)
{
    if (c->alpha == 0) /* none */
        return ATTUNE_OK;
    const struct conformal_shape shape = {CONFORMAL_LAYOUT, (uint32_t)c->score, c->n_rows,
                                          c->n_classes,     c->alpha,           c->threshold};
    return attune_writer_put(writer, "conformal.shape", &shape, sizeof shape, err);
}

attune_status at_conformal_load(struct at_conformal *out, const attune_reader *reader,
                                size_t n_classes, attune_error *err)
{
    const void *data;
    size_t n;
    *out = (struct at_conformal){0};
    if (!at_bundle_has(reader, "conformal.shape"))
        return ATTUNE_OK;
    AT_TRY(attune_reader_get(reader, "conformal.shape", 1, &data, &n, err));
    const struct conformal_shape *s = data;
    if (n >= sizeof s->layout && s->layout > CONFORMAL_LAYOUT)
        return at_fail(err, ATTUNE_TOO_NEW, "prediction sets of layout %lu, newer than %d",
                       (unsigned long)s->layout, CONFORMAL_LAYOUT);
    if (n != sizeof *s || s->layout != CONFORMAL_LAYOUT || s->score > AT_CONFORMAL_APS ||
        s->n_rows == 0 || s->n_classes != n_classes || !(s->alpha > 0 && s->alpha < 1) ||
        isnan(s->threshold))
        return at_fail(err, ATTUNE_CORRUPT,
                       "damaged limits of prediction sets; train the model again");
    *out = (struct at_conformal){(enum at_conformal_score)s->score, s->alpha, s->threshold,
                                 (size_t)s->n_rows, n_classes};
    return ATTUNE_OK;
}
