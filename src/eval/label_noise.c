/* Three passes: the mean probability of each class over the rows that carry it, then for every row
 * the class that is believed of it; then a sort. Averages, because a model is seldom equally sure
 * of all classes: 0.4 may be a lot for a rare one. */
#include "eval/label_noise.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "eval/interval.h"
#include "eval/metrics.h"

static const double label_noise_slack =
    1e-6; /* a class with one label is believed of its own row */

static void label_noise_thresholds(struct at_label_noise *found, const uint32_t *y, const double *p,
                                   size_t n)
{
    const size_t k = found->n_classes;
    double *mean = found->threshold;
    for (size_t c = 0; c < k; c++) {
        size_t rows = 0;
        for (size_t i = 0; i < n; i++)
            if (y[i] == c) {
                mean[c] += p[i * k + c];
                rows++;
            }
        mean[c] = rows ? mean[c] / (double)rows : 2;
    }
}

/* k when nothing is believed. */
static size_t label_noise_believed(const struct at_label_noise *found, const double *p)
{
    size_t best = found->n_classes;
    for (size_t c = 0; c < found->n_classes; c++)
        if (p[c] >= found->threshold[c] - label_noise_slack &&
            (best == found->n_classes || p[c] > p[best]))
            best = c;
    return best;
}

static struct at_suspect label_noise_suspect(size_t row, uint32_t given, size_t answer,
                                             const double *p)
{
    return (struct at_suspect){(uint32_t)row, given,     (uint32_t)answer,
                               p[given],      p[answer], p[given] - p[answer]};
}

static int label_noise_order(const void *a, const void *b)
{
    const struct at_suspect *x = a, *y = b;
    if (x->margin != y->margin)
        return x->margin < y->margin ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void label_noise_judge(struct at_label_noise *found, const uint32_t *y, const double *p,
                              size_t n)
{
    const size_t k = found->n_classes;
    for (size_t i = 0; i < n; i++) {
        const double *row = p + i * k;
        const size_t believed = label_noise_believed(found, row), answer = at_argmax(row, k);
        if (believed < k)
            found->joint[y[i] * k + believed]++;
        if (row[answer] > row[y[i]]) {
            found->ranked[found->n_ranked++] = label_noise_suspect(i, y[i], answer, row);
            found->n_suspects += believed < k && believed != y[i];
        }
    }
    qsort(found->ranked, found->n_ranked, sizeof *found->ranked, label_noise_order);
}

attune_status at_label_noise_find(struct at_label_noise *out, const uint32_t *y, const double *p,
                                  size_t n, size_t k, attune_error *err)
{
    *out = (struct at_label_noise){0};
    AT_TRY(at_eval_check(y, p, n, k, err));
    if (k < 2)
        return at_fail(err, ATTUNE_INVALID, "suspect labels need two classes, got %zu", k);
    struct at_label_noise found = {
        .ranked = AT_ALLOC_RAW(struct at_suspect, n),
        .n_classes = k,
        .joint = AT_ALLOC(uint64_t, k * k),
        .threshold = AT_ALLOC(double, k),
    };
    if (!found.ranked || !found.joint || !found.threshold) {
        at_label_noise_release(&found);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: suspect labels of %zu rows", n);
    }
    label_noise_thresholds(&found, y, p, n);
    label_noise_judge(&found, y, p, n);
    *out = found;
    return ATTUNE_OK;
}

void at_label_noise_release(struct at_label_noise *found)
{
    at_free(found->ranked);
    at_free(found->joint);
    at_free(found->threshold);
    *found = (struct at_label_noise){0};
}
