/* The two kinds with curves ask of each class: is a row with this score a member? That is a
 * question with one score and two answers, whatever the number of classes; the k answers are then
 * divided by their sum. A curve keeps only the points where it changes, which are few. */
#include "pipeline/calibration.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "pipeline/calibration_auto.h"
#include "pipeline/venn_abers.h"

/* ---- Fit ---- */

static attune_status calibration_check(const double *p, const uint32_t *y, size_t n, size_t k,
                                       attune_error *err)
{
    static const double slack = 1e-9; /* sums of rounded shares */
    if (n == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "no rows to calibrate on");
    if (k < 2 || n >= (size_t)1 << 26 || n > SIZE_MAX / k)
        return at_fail(err, ATTUNE_INVALID, "cannot calibrate on %zu rows with %zu classes", n, k);
    for (size_t i = 0; i < n; i++) {
        if (y[i] >= k)
            return at_fail(err, ATTUNE_INVALID, "calibration row %zu has class %lu of %zu", i,
                           (unsigned long)y[i], k);
        for (size_t c = 0; c < k; c++)
            if (!(p[i * k + c] >= -slack && p[i * k + c] <= 1 + slack))
                return at_fail(err, ATTUNE_INVALID,
                               "calibration row %zu: the probability of class %zu is not in 0..1",
                               i, c);
    }
    return ATTUNE_OK;
}

struct calibration_work {
    struct at_score_bin *bins;         /* [n] */
    struct at_isotonic_block *block;   /* [n] isotonic */
    struct at_venn_abers_point *point; /* [2 n + 3] venn_abers */
    double *p0, *p1;                   /* [n] venn_abers */
    uint64_t *start;                   /* [n_curves + 1] */
    size_t n_curves;                   /* written so far */
    struct at_buf x, v;
    double low, high; /* limits of v */
};

static attune_status calibration_point(struct calibration_work *w, double x, double v,
                                       attune_error *err)
{
    v = v < w->low ? w->low : v > w->high ? w->high : v;
    AT_TRY(at_buf_add(&w->x, &x, sizeof x, err));
    return at_buf_add(&w->v, &v, sizeof v, err);
}

static void calibration_curve_end(struct calibration_work *w)
{
    w->start[++w->n_curves] = w->x.len / sizeof(double);
}

/* A block is flat from its first bin to its last; between blocks the curve is a straight line. */
static attune_status calibration_isotonic(struct calibration_work *w, size_t m, attune_error *err)
{
    const size_t n_blocks = at_isotonic_fit(w->block, w->bins, m);
    size_t first = 0;
    for (size_t b = 0; b < n_blocks; b++) {
        const size_t last = w->block[b].end - 1;
        const double v = w->block[b].hits / w->block[b].rows;
        AT_TRY(calibration_point(w, w->bins[first].x, v, err));
        if (last > first)
            AT_TRY(calibration_point(w, w->bins[last].x, v, err));
        first = last + 1;
    }
    calibration_curve_end(w);
    return ATTUNE_OK;
}

/* p0 is looked up at the left, so of a run of equal values the first bin is enough; what lies below
 * all points is 0. Of p1 it is the last bin, and 1 above all points. */
static attune_status calibration_steps(struct calibration_work *w, const double *value, int upper,
                                       size_t m, attune_error *err)
{
    for (size_t i = 0; i < m; i++) {
        const int same =
            upper ? i + 1 < m && value[i + 1] == value[i] : i > 0 && value[i - 1] == value[i];
        if (!same)
            AT_TRY(calibration_point(w, w->bins[i].x, value[i], err));
    }
    calibration_curve_end(w);
    return ATTUNE_OK;
}

static size_t calibration_bins(struct calibration_work *w, const double *p, const uint32_t *y,
                               size_t n, size_t k, size_t c)
{
    for (size_t i = 0; i < n; i++)
        w->bins[i] = (struct at_score_bin){p[i * k + c], 1, y[i] == c};
    return at_score_bin_merge(w->bins, n);
}

static attune_status calibration_all_isotonic(struct calibration_work *w, const double *p,
                                              const uint32_t *y, size_t n, size_t k,
                                              attune_error *err)
{
    for (size_t c = 0; c < k; c++)
        AT_TRY(calibration_isotonic(w, calibration_bins(w, p, y, n, k, c), err));
    return ATTUNE_OK;
}

static attune_status calibration_all_venn_abers(struct calibration_work *w, const double *p,
                                                const uint32_t *y, size_t n, size_t k,
                                                attune_error *err)
{
    for (int upper = 0; upper < 2; upper++)
        for (size_t c = 0; c < k; c++) {
            const size_t m = calibration_bins(w, p, y, n, k, c);
            at_venn_abers_fit(w->p0, w->p1, w->bins, m, w->point);
            AT_TRY(calibration_steps(w, upper ? w->p1 : w->p0, upper, m, err));
        }
    return ATTUNE_OK;
}

/* One block of memory: start, x, v. */
static attune_status calibration_pack(struct at_calibration *out, const struct calibration_work *w,
                                      attune_error *err)
{
    const size_t start_bytes = (w->n_curves + 1) * sizeof *w->start;
    char *memory = at_alloc_raw(1, start_bytes + w->x.len + w->v.len);
    if (!memory)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu curves of a calibration",
                       w->n_curves);
    memcpy(memory, w->start, start_bytes);
    memcpy(memory + start_bytes, w->x.data, w->x.len);
    memcpy(memory + start_bytes + w->x.len, w->v.data, w->v.len);
    out->memory = memory;
    out->curve = (struct at_curves){w->n_curves, (const uint64_t *)(void *)memory,
                                    (const double *)(void *)(memory + start_bytes),
                                    (const double *)(void *)(memory + start_bytes + w->x.len)};
    return ATTUNE_OK;
}

static attune_status calibration_curves(struct at_calibration *out, const double *p,
                                        const uint32_t *y, attune_error *err)
{
    const size_t n = out->n_rows, k = out->n_classes;
    const bool venn = out->kind == AT_CALIBRATION_VENN_ABERS;
    struct calibration_work w = {
        .bins = AT_ALLOC_RAW(struct at_score_bin, n),
        .block = AT_ALLOC_RAW(struct at_isotonic_block, venn ? 1 : n),
        .point = AT_ALLOC_RAW(struct at_venn_abers_point, venn ? 2 * n + 3 : 1),
        .p0 = AT_ALLOC_RAW(double, venn ? n : 1),
        .p1 = AT_ALLOC_RAW(double, venn ? n : 1),
        .start = AT_ALLOC(uint64_t, 2 * k + 1),
        .low = venn ? 0 : 1 / (double)(n + 2),
        .high = venn ? 1 : (double)(n + 1) / (double)(n + 2),
    };
    attune_status status = ATTUNE_OK;
    if (!w.bins || !w.block || !w.point || !w.p0 || !w.p1 || !w.start) {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: calibration on %zu rows", n);
        goto done;
    }
    status = (venn ? calibration_all_venn_abers : calibration_all_isotonic)(&w, p, y, n, k, err);
    if (status == ATTUNE_OK)
        status = calibration_pack(out, &w, err);
done:
    at_free(w.bins);
    at_free(w.block);
    at_free(w.point);
    at_free(w.p0);
    at_free(w.p1);
    at_free(w.start);
    at_buf_release(&w.x);
    at_buf_release(&w.v);
    return status;
}

attune_status at_calibration_fit(struct at_calibration *out, enum at_calibration_kind kind,
                                 const double *p, const uint32_t *y, size_t n, size_t k,
                                 attune_error *err)
{
    *out = (struct at_calibration){0};
    if (kind == AT_CALIBRATION_NONE)
        return ATTUNE_OK;
    AT_TRY(calibration_check(p, y, n, k, err));
    if (kind == AT_CALIBRATION_AUTO) {
        bool venn = false;
        if (n >= AT_CALIBRATION_MANY_ROWS)
            AT_TRY(at_calibration_prefers_venn_abers(&venn, p, y, n, k, err));
        kind = venn ? AT_CALIBRATION_VENN_ABERS : AT_CALIBRATION_TEMPERATURE;
    }
    struct at_calibration c = {.kind = kind, .n_classes = k, .n_rows = n};
    if (kind == AT_CALIBRATION_TEMPERATURE)
        AT_TRY(at_temperature_fit(&c.temperature, AT_TEMPERATURE_PRIOR, p, y, n, k, err));
    else
        AT_TRY(calibration_curves(&c, p, y, err));
    *out = c;
    return ATTUNE_OK;
}

void at_calibration_release(struct at_calibration *c)
{
    at_free(c->memory);
    *c = (struct at_calibration){0};
}

/* ---- Apply ---- */

/* Points of one curve. */
struct calibration_curve {
    const double *x, *v;
    size_t n;
};

static struct calibration_curve calibration_curve(const struct at_calibration *c, size_t i)
{
    const size_t from = (size_t)c->curve.start[i], to = (size_t)c->curve.start[i + 1];
    return (struct calibration_curve){c->curve.x + from, c->curve.v + from, to - from};
}

static double calibration_p0(const struct at_calibration *c, size_t class, double score)
{
    const struct calibration_curve f = calibration_curve(c, class);
    const size_t at = at_score_rank(f.x, f.n, score, 1);
    return at > 0 ? f.v[at - 1] : 0;
}

static double calibration_p1(const struct at_calibration *c, size_t class, double score)
{
    const struct calibration_curve f = calibration_curve(c, c->n_classes + class);
    const size_t at = at_score_rank(f.x, f.n, score, 0);
    return at < f.n ? f.v[at] : 1;
}

static double calibration_value(const struct at_calibration *c, size_t class, double score,
                                double *width)
{
    if (c->kind == AT_CALIBRATION_ISOTONIC) {
        const struct calibration_curve f = calibration_curve(c, class);
        return at_isotonic_value(f.x, f.v, f.n, score);
    }
    const double p0 = calibration_p0(c, class, score), p1 = calibration_p1(c, class, score);
    *width = p1 - p0;
    return at_venn_abers_point_value(p0, p1);
}

void at_calibration_apply(const struct at_calibration *c, double *p, double *width)
{
    double best = -1, best_width = NAN, sum = 0;
    if (c->kind == AT_CALIBRATION_TEMPERATURE) {
        at_temperature_apply(&c->temperature, p, c->n_classes);
    } else if (c->kind != AT_CALIBRATION_NONE) {
        for (size_t i = 0; i < c->n_classes; i++) {
            double w = NAN;
            p[i] = calibration_value(c, i, p[i], &w);
            sum += p[i];
            if (p[i] > best) {
                best = p[i];
                best_width = w;
            }
        }
        for (size_t i = 0; i < c->n_classes; i++)
            p[i] /= sum;
    }
    if (width)
        *width = best_width;
}
