/* Logistic loss over blocks of rows. A block's sums go to its own place in `partial`; the caller's
 * thread adds the places up in order. */
#include "model/linear/linear_loss.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"

enum { LOSS_BLOCK = 512 };

struct loss_pass {
    struct at_linear_loss *l;
    void (*rows)(const struct loss_pass *pass, size_t begin, size_t end, double *sum);
    size_t width; /* numbers summed by each block */
    double *z, *u;
    const double *move;
    double step;
    bool residual_too;
};

static size_t loss_blocks(size_t n)
{
    return (n + LOSS_BLOCK - 1) / LOSS_BLOCK;
}

static void loss_task(void *context, size_t block, size_t worker)
{
    (void)worker;
    const struct loss_pass *pass = context;
    const size_t begin = block * LOSS_BLOCK, left = pass->l->n - begin;
    double *sum = pass->l->partial + block * pass->width;
    memset(sum, 0, pass->width * sizeof *sum);
    if (!pass->l->x || !at_linear_matrix_stopped(pass->l->x))
        pass->rows(pass, begin, begin + (left < LOSS_BLOCK ? left : LOSS_BLOCK), sum);
}

/* Runs a pass; its sums are then in partial[0 .. width-1]. */
static const double *loss_run(struct loss_pass *pass)
{
    struct at_linear_loss *l = pass->l;
    const size_t n_blocks = loss_blocks(l->n);
    attune_parallel_for(n_blocks > 2 && l->x ? l->x->pool : NULL, n_blocks, loss_task, pass);
    for (size_t b = 1; b < n_blocks; b++)
        for (size_t i = 0; i < pass->width; i++)
            l->partial[i] += l->partial[b * pass->width + i];
    return l->partial;
}

attune_status at_linear_loss_init(struct at_linear_loss *l, size_t n, size_t k, attune_error *err)
{
    *l = (struct at_linear_loss){.n = n, .k = k};
    const size_t width = k + k * k; /* of the widest pass, and at least 2 k */
    l->score = AT_ALLOC(double, n *k);
    l->p = AT_ALLOC(double, n *k);
    l->partial = AT_ALLOC(double, loss_blocks(n) * width);
    l->slope = AT_ALLOC(double, width);
    if (!l->score || !l->p || !l->partial || !l->slope) {
        at_linear_loss_release(l);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: scores of %zu rows", n);
    }
    l->curve = l->slope + k;
    return ATTUNE_OK;
}

void at_linear_loss_release(struct at_linear_loss *l)
{
    at_free(l->score);
    at_free(l->p);
    at_free(l->partial);
    at_free(l->slope);
    l->score = l->p = l->partial = l->slope = NULL;
}

/* p = softmax(score); the largest score is taken out, so nothing overflows. */
static void loss_softmax(double *p, const double *score, size_t k)
{
    double top = score[0], sum = 0;
    for (size_t c = 1; c < k; c++)
        top = score[c] > top ? score[c] : top;
    for (size_t c = 0; c < k; c++) {
        p[c] = exp(score[c] - top);
        sum += p[c];
    }
    for (size_t c = 0; c < k; c++)
        p[c] /= sum;
}

static double loss_sigmoid(double score)
{
    const double e = exp(-fabs(score));
    return score >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static void loss_update_rows(const struct loss_pass *pass, size_t begin, size_t end, double *sum)
{
    struct at_linear_loss *l = pass->l;
    const size_t k = l->k;
    double *slope = sum, *curve = sum + k;
    for (size_t i = begin; i < end; i++) {
        const double w = l->weight[i];
        double *p = l->p + i * k;
        if (k == 1) {
            p[0] = loss_sigmoid(l->score[i]);
            slope[0] += w * (p[0] - (double)l->target[i]);
            curve[0] += w * p[0] * (1 - p[0]);
            continue;
        }
        loss_softmax(p, l->score + i * k, k);
        for (size_t c = 0; c < k; c++) {
            slope[c] += w * (p[c] - (l->target[i] == c));
            for (size_t d = 0; d < c; d++)
                curve[c * k + d] -= w * p[c] * p[d];
            curve[c * k + c] += w * p[c] * (1 - p[c]);
        }
    }
}

/* The lower Cholesky factor, in place. The sum of D_i is singular (all scores may move together),
 * and singular to rounding when a class is certain everywhere: a multiple of 1 1', which changes no
 * shift that sums to 0, and a little more on the diagonal see to both. */
static void loss_factor(double *a, size_t k)
{
    double trace = 0;
    for (size_t c = 0; c < k; c++)
        trace += a[c * k + c];
    trace = trace > 1e-200 ? trace : 1e-200;
    for (size_t c = 0; c < k; c++) {
        for (size_t d = 0; d <= c && k > 1; d++)
            a[c * k + d] += trace / (double)(k * k);
        a[c * k + c] += 1e-12 * trace;
    }
    for (size_t c = 0; c < k; c++)
        for (size_t d = 0; d <= c; d++) {
            double sum = a[c * k + d];
            for (size_t e = 0; e < d; e++)
                sum -= a[c * k + e] * a[d * k + e];
            if (c > d)
                a[c * k + d] = sum / a[d * k + d];
            else
                a[c * k + c] = sqrt(sum > 1e-14 * trace ? sum : 1e-14 * trace);
        }
}

void at_linear_loss_update(struct at_linear_loss *l)
{
    struct loss_pass pass = {.l = l, .rows = loss_update_rows, .width = l->k + l->k * l->k};
    memcpy(l->slope, loss_run(&pass), pass.width * sizeof *l->slope); /* and curve, behind it */
    loss_factor(l->curve, l->k);
}

/* log(1 + exp(x)) without overflow. */
static double loss_softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static void loss_at_rows(const struct loss_pass *pass, size_t begin, size_t end, double *sum)
{
    const struct at_linear_loss *l = pass->l;
    const size_t k = l->k;
    for (size_t i = begin; i < end; i++) {
        const double *score = l->score + i * k, *move = pass->move + i * k;
        const uint32_t y = l->target[i];
        double top = score[0] + pass->step * move[0], total = 0;
        if (k == 1) {
            sum[0] += l->weight[i] * loss_softplus(y ? -top : top);
            continue;
        }
        for (size_t c = 1; c < k; c++)
            top = fmax(top, score[c] + pass->step * move[c]);
        for (size_t c = 0; c < k; c++)
            total += exp(score[c] + pass->step * move[c] - top);
        sum[0] += l->weight[i] * (top + log(total) - (score[y] + pass->step * move[y]));
    }
}

double at_linear_loss_at(struct at_linear_loss *l, const double *move, double step)
{
    struct loss_pass pass = {.l = l, .rows = loss_at_rows, .width = 1, .move = move, .step = step};
    return *loss_run(&pass);
}

/* p - target of one class. */
static double loss_residual(const struct at_linear_loss *l, size_t i, size_t c)
{
    const uint32_t y = l->target[i];
    return l->p[i * l->k + c] - (double)(l->k == 1 ? y : y == c);
}

static void loss_along_rows(const struct loss_pass *pass, size_t begin, size_t end, double *sum)
{
    const struct at_linear_loss *l = pass->l;
    for (size_t i = begin; i < end; i++)
        for (size_t c = 0; c < l->k; c++)
            sum[0] += l->weight[i] * loss_residual(l, i, c) * pass->move[i * l->k + c];
}

double at_linear_loss_along(struct at_linear_loss *l, const double *move)
{
    struct loss_pass pass = {.l = l, .rows = loss_along_rows, .width = 1, .move = move};
    return *loss_run(&pass);
}

double at_linear_loss_move(struct at_linear_loss *l, const double *move, double step)
{
    double largest = 0;
    for (size_t i = 0; i < l->n * l->k; i++) {
        const double change = step * move[i];
        l->score[i] += change;
        largest = fmax(largest, fabs(change));
    }
    return largest;
}

/* out = D_i z_i */
static void loss_curve_row(const struct at_linear_loss *l, size_t i, const double *z, double *out)
{
    const size_t k = l->k;
    const double *p = l->p + i * k, w = l->weight[i];
    if (k == 1) {
        out[0] = w * p[0] * (1 - p[0]) * z[0];
        return;
    }
    double mean = 0;
    for (size_t c = 0; c < k; c++)
        mean += p[c] * z[c];
    for (size_t c = 0; c < k; c++)
        out[c] = w * p[c] * (z[c] - mean);
}

static void loss_shift_rows(const struct loss_pass *pass, size_t begin, size_t end, double *sum)
{
    const size_t k = pass->l->k;
    double *row = sum + k;
    for (size_t i = begin; i < end; i++) {
        loss_curve_row(pass->l, i, pass->z + i * k, row);
        for (size_t c = 0; c < k; c++)
            sum[c] += row[c];
    }
}

void at_linear_loss_shift(struct at_linear_loss *l, double *t, double *z, bool slope_too)
{
    const size_t k = l->k;
    const double *const a = l->curve;
    struct loss_pass pass = {.l = l, .rows = loss_shift_rows, .width = 2 * k, .z = z};
    const double *sum = loss_run(&pass);
    for (size_t c = 0; c < k; c++) { /* L y = -sum */
        t[c] = -(sum[c] + (slope_too ? l->slope[c] : 0));
        for (size_t d = 0; d < c; d++)
            t[c] -= a[c * k + d] * t[d];
        t[c] /= a[c * k + c];
    }
    for (size_t c = k; c-- > 0;) { /* L' t = y */
        for (size_t d = c + 1; d < k; d++)
            t[c] -= a[d * k + c] * t[d];
        t[c] /= a[c * k + c];
    }
    for (size_t i = 0; i < l->n; i++)
        for (size_t c = 0; c < k; c++)
            z[i * k + c] += t[c];
}

static void loss_bend_rows(const struct loss_pass *pass, size_t begin, size_t end, double *sum)
{
    (void)sum;
    const struct at_linear_loss *l = pass->l;
    const size_t k = l->k;
    for (size_t i = begin; i < end; i++) {
        double *u = pass->u + i * k;
        loss_curve_row(l, i, pass->z + i * k, u);
        for (size_t c = 0; c < k && pass->residual_too; c++)
            u[c] += l->weight[i] * loss_residual(l, i, c);
    }
}

void at_linear_loss_bend(struct at_linear_loss *l, double *u, double *z, bool residual_too)
{
    struct loss_pass pass = {
        .l = l, .rows = loss_bend_rows, .z = z, .u = u, .residual_too = residual_too};
    loss_run(&pass);
}
