/* Two halves, each judged by what was fitted on the other. Rows alternate between them, so that an
 * order in the data does not become a difference between the halves. */
#include "pipeline/calibration_auto.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"

static const double auto_gain = 0.99; /* of the log-loss; less is not worth a change of answers */

struct auto_score {
    double loss, recall; /* sums over rows; a right row adds 1 / rows of its class to the recall */
};

struct auto_work {
    double *p;     /* [n * k] one half, in a row */
    uint32_t *y;   /* [n] */
    double *share; /* [k] 1 / rows of the class */
    double *row;   /* [k] */
};

static size_t auto_half(struct auto_work *w, const double *p, const uint32_t *y, size_t n, size_t k,
                        size_t parity)
{
    size_t m = 0;
    for (size_t i = parity; i < n; i += 2, m++) {
        memcpy(w->p + m * k, p + i * k, k * sizeof *p);
        w->y[m] = y[i];
    }
    return m;
}

static void auto_judge(struct auto_score *score, struct auto_work *w,
                       const struct at_calibration *c, const double *p, uint32_t y)
{
    const size_t k = c->n_classes;
    size_t answer = 0;
    memcpy(w->row, p, k * sizeof *p);
    at_calibration_apply(c, w->row, NULL);
    for (size_t j = 1; j < k; j++)
        if (w->row[j] > w->row[answer])
            answer = j;
    score->loss -= log(fmax(w->row[y], DBL_EPSILON));
    score->recall += answer == y ? w->share[y] : 0;
}

/* Of one kind, over both halves. */
static attune_status auto_score(struct auto_score *score, struct auto_work *w,
                                enum at_calibration_kind kind, const double *p, const uint32_t *y,
                                size_t n, size_t k, attune_error *err)
{
    *score = (struct auto_score){0, 0};
    for (size_t parity = 0; parity < 2; parity++) {
        struct at_calibration c;
        const size_t m = auto_half(w, p, y, n, k, parity);
        AT_TRY(at_calibration_fit(&c, kind, w->p, w->y, m, k, err));
        for (size_t i = 1 - parity; i < n; i += 2)
            auto_judge(score, w, &c, p + i * k, y[i]);
        at_calibration_release(&c);
    }
    return ATTUNE_OK;
}

static void auto_shares(double *share, const uint32_t *y, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++)
        share[y[i]]++;
    for (size_t c = 0; c < k; c++)
        share[c] = share[c] > 0 ? 1 / share[c] : 0;
}

attune_status at_calibration_prefers_venn_abers(bool *out, const double *p, const uint32_t *y,
                                                size_t n, size_t k, attune_error *err)
{
    const size_t half = n / 2 + 1;
    struct auto_work w = {
        .p = half <= SIZE_MAX / k ? AT_ALLOC_RAW(double, half *k) : NULL,
        .y = AT_ALLOC_RAW(uint32_t, half),
        .share = AT_ALLOC(double, k),
        .row = AT_ALLOC_RAW(double, k),
    };
    struct auto_score temperature, venn_abers;
    attune_status status = ATTUNE_OK;
    if (!w.p || !w.y || !w.share || !w.row) {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: choice of a calibration");
        goto done;
    }
    auto_shares(w.share, y, n, k);
    status = auto_score(&temperature, &w, AT_CALIBRATION_TEMPERATURE, p, y, n, k, err);
    if (status == ATTUNE_OK)
        status = auto_score(&venn_abers, &w, AT_CALIBRATION_VENN_ABERS, p, y, n, k, err);
    if (status == ATTUNE_OK)
        *out = venn_abers.loss < auto_gain * temperature.loss &&
               venn_abers.recall >= temperature.recall;
done:
    at_free(w.p);
    at_free(w.y);
    at_free(w.share);
    at_free(w.row);
    return status;
}
