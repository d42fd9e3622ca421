/* How often the model is contradicted where it is surest says how many labels are wrong. Then the
 * rows that it would have labelled differently are sorted, and the list is cut where no more than
 * half of its rows are expected to be wrong. */
#include "eval/label_noise.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "eval/interval.h"
#include "eval/metrics.h"

enum { LABEL_NOISE_SUREST = 5 }; /* one row in so many */

double at_label_noise_wrong(double q, double rate, size_t k)
{
    const double each = rate / (double)(k - 1);
    const double clean = fmin(1, fmax(0, (q - each) / (1 - rate - each)));
    const double right = (1 - rate) * clean, slip = each * (1 - clean);
    return slip / (right + slip);
}

static int label_noise_order(const void *a, const void *b)
{
    const struct at_suspect *x = a, *y = b;
    if (x->p_given != y->p_given)
        return x->p_given < y->p_given ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

struct label_noise_answer {
    double p;
    uint32_t row;
    bool other; /* than the label */
};

static int label_noise_surer(const void *a, const void *b)
{
    const struct label_noise_answer *x = a, *y = b;
    if (x->p != y->p)
        return x->p > y->p ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Laplace's rule: never 0, as none among few does not mean none at all. */
static attune_status label_noise_rate(double *rate, const uint32_t *y, const double *p, size_t n,
                                      size_t k, attune_error *err)
{
    struct label_noise_answer *answers = AT_ALLOC_RAW(struct label_noise_answer, n);
    const size_t surest = n / LABEL_NOISE_SUREST;
    size_t others = 0;
    if (!answers)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: suspect labels of %zu rows", n);
    for (size_t i = 0; i < n; i++) {
        const size_t answer = at_argmax(p + i * k, k);
        answers[i] = (struct label_noise_answer){p[i * k + answer], (uint32_t)i, answer != y[i]};
    }
    qsort(answers, n, sizeof *answers, label_noise_surer);
    for (size_t i = 0; i < surest; i++)
        others += answers[i].other;
    *rate = fmin(AT_LABEL_NOISE_RATE, (double)(others + 1) / (double)(surest + 2));
    at_free(answers);
    return ATTUNE_OK;
}

static void label_noise_rank(struct at_label_noise *found, const uint32_t *y, const double *p,
                             size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++) {
        const double *row = p + i * k;
        const size_t answer = at_argmax(row, k);
        const double given = row[y[i]];
        if (row[answer] > given)
            found->ranked[found->n_ranked++] =
                (struct at_suspect){.row = (uint32_t)i,
                                    .given = y[i],
                                    .proposed = (uint32_t)answer,
                                    .p_given = given,
                                    .p_proposed = row[answer],
                                    .wrong = at_label_noise_wrong(given, found->rate, k)};
    }
    qsort(found->ranked, found->n_ranked, sizeof *found->ranked, label_noise_order);
}

/* `wrong` falls along the list, so its mean does too. */
static void label_noise_cut(struct at_label_noise *found)
{
    double sum = 0;
    for (size_t i = 0; i < found->n_ranked; i++) {
        sum += found->ranked[i].wrong;
        if (sum < AT_LABEL_NOISE_PRECISION * (double)(i + 1))
            return;
        found->n_suspects = i + 1;
    }
}

attune_status at_label_noise_find(struct at_label_noise *out, const uint32_t *y, const double *p,
                                  size_t n, size_t k, attune_error *err)
{
    *out = (struct at_label_noise){0};
    AT_TRY(at_eval_check(y, p, n, k, err));
    if (k < 2)
        return at_fail(err, ATTUNE_INVALID, "suspect labels need two classes, got %zu", k);
    struct at_label_noise found = {.ranked = AT_ALLOC_RAW(struct at_suspect, n)};
    if (!found.ranked)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: suspect labels of %zu rows", n);
    const attune_status status = label_noise_rate(&found.rate, y, p, n, k, err);
    if (status != ATTUNE_OK) {
        at_label_noise_release(&found);
        return status;
    }
    label_noise_rank(&found, y, p, n, k);
    label_noise_cut(&found);
    *out = found;
    return ATTUNE_OK;
}

void at_label_noise_release(struct at_label_noise *found)
{
    at_free(found->ranked);
    *found = (struct at_label_noise){0};
}
