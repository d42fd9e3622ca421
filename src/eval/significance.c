/* Two models answered the same rows, so their errors are correlated and the comparison must be
 * paired: McNemar looks only at the rows where exactly one of them is right; the bootstrap draws
 * the same rows for both and keeps the difference. */
#include "eval/significance.h"

#include <math.h>

#include "base/alloc.h"
#include "eval/interval.h"

/* P(X = m) for X ~ Binomial(n, 1/2), m <= n / 2. In logarithms: 2^-n alone would underflow. */
static double significance_pmf(uint64_t m, uint64_t n)
{
    double log_p = -(double)n * log(2);
    for (uint64_t i = 1; i <= m; i++)
        log_p += log((double)(n - m + i) / (double)i);
    return exp(log_p);
}

double at_mcnemar_midp(uint64_t b, uint64_t c)
{
    const uint64_t m = b < c ? b : c, n = b + c;
    if (n == 0)
        return 1;
    const double at = significance_pmf(m, n);
    if (b == c) /* the two tails share the middle */
        return 1 - at / 2;
    double below = 0, term = at; /* P(X < m): each term from the one above it */
    for (uint64_t x = m; x > 0 && term > below * 1e-17; x--) {
        term *= (double)x / (double)(n - x + 1);
        below += term;
    }
    return fmin(1, 2 * below + at);
}

struct paired_side {
    struct at_eval_row *rows; /* [n] */
    uint64_t *confusion;      /* [k * k] of the rows counted last */
    double log_loss, macro_f1;
};

struct paired_work {
    size_t n, k, n_draws;
    struct paired_side a, b;
    uint32_t *index;                     /* [n] */
    double *macro_f1, *log_loss, *drops; /* [n_draws], [n_draws], [k * n_draws] class by class */
};

static void paired_release(struct paired_work *w)
{
    at_free(w->a.rows);
    at_free(w->b.rows);
    at_free(w->a.confusion);
    at_free(w->b.confusion);
    at_free(w->index);
    at_free(w->macro_f1);
    at_free(w->log_loss);
    at_free(w->drops);
}

static attune_status paired_reserve(struct paired_work *w, attune_error *err)
{
    w->a.rows = AT_ALLOC_RAW(struct at_eval_row, w->n);
    w->b.rows = AT_ALLOC_RAW(struct at_eval_row, w->n);
    w->a.confusion = AT_ALLOC_RAW(uint64_t, w->k * w->k);
    w->b.confusion = AT_ALLOC_RAW(uint64_t, w->k * w->k);
    w->index = AT_ALLOC_RAW(uint32_t, w->n);
    w->macro_f1 = AT_ALLOC_RAW(double, w->n_draws);
    w->log_loss = AT_ALLOC_RAW(double, w->n_draws);
    w->drops = at_alloc_raw(w->n_draws, w->k * sizeof *w->drops);
    if (w->a.rows && w->b.rows && w->a.confusion && w->b.confusion && w->index && w->macro_f1 &&
        w->log_loss && w->drops)
        return ATTUNE_OK;
    return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: comparison of %zu rows", w->n);
}

static void paired_tally(struct paired_work *w, struct paired_side *side)
{
    side->log_loss = at_resample_tally(side->rows, w->index, w->n, side->confusion, w->k);
    side->macro_f1 = at_macro_f1(side->confusion, w->k);
}

/* Recall of B minus recall of A; 0 for a class that is not in the draw. */
static double paired_recall_drop(const struct paired_work *w, size_t c)
{
    uint64_t truth = 0;
    for (size_t d = 0; d < w->k; d++)
        truth += w->a.confusion[c * w->k + d];
    const size_t hit = c * w->k + c;
    const double lost = (double)w->b.confusion[hit] - (double)w->a.confusion[hit];
    return truth ? lost / (double)truth : 0;
}

static void paired_bootstrap(struct paired_work *w, uint64_t seed)
{
    struct at_rng rng;
    at_rng_init(&rng, seed);
    for (size_t b = 0; b < w->n_draws; b++) {
        at_resample_draw(&rng, w->index, w->n);
        paired_tally(w, &w->a);
        paired_tally(w, &w->b);
        w->macro_f1[b] = w->a.macro_f1 - w->b.macro_f1;
        w->log_loss[b] = w->a.log_loss - w->b.log_loss;
        for (size_t c = 0; c < w->k; c++)
            w->drops[c * w->n_draws + b] = paired_recall_drop(w, c);
    }
}

/* On the rows as they are: each once. */
static void paired_point(struct paired_work *w, struct at_paired *out)
{
    const uint32_t k = (uint32_t)w->k;
    for (size_t i = 0; i < w->n; i++) {
        const uint32_t a = w->a.rows[i].cell, b = w->b.rows[i].cell;
        const int a_right = a / k == a % k, b_right = b / k == b % k;
        out->only_a += a_right && !b_right;
        out->only_b += b_right && !a_right;
        w->index[i] = (uint32_t)i;
    }
    paired_tally(w, &w->a);
    paired_tally(w, &w->b);
    out->mcnemar_p = at_mcnemar_midp(out->only_a, out->only_b);
    out->macro_f1_delta = w->a.macro_f1 - w->b.macro_f1;
    out->log_loss_delta = w->a.log_loss - w->b.log_loss;
}

static void paired_limits(struct paired_work *w, struct at_paired *out)
{
    const size_t n = w->n_draws;
    at_sort_f64(w->macro_f1, n);
    at_sort_f64(w->log_loss, n);
    out->macro_f1_low = at_quantile(w->macro_f1, n, 0.025);
    out->macro_f1_high = at_quantile(w->macro_f1, n, 0.975);
    out->log_loss_low = at_quantile(w->log_loss, n, 0.025);
    out->log_loss_high = at_quantile(w->log_loss, n, 0.975);
    for (size_t c = 0; c < w->k; c++) {
        at_sort_f64(w->drops + c * n, n);
        const double low = at_quantile(w->drops + c * n, n, 0.1);
        if (c == 0 || low > out->recall_drop_low) {
            out->recall_drop_low = low;
            out->recall_drop_class = c;
        }
    }
}

attune_status at_paired_compare(struct at_paired *out, const uint32_t *y, const double *p_a,
                                const double *p_b, size_t n, size_t k, size_t n_bootstrap,
                                uint64_t seed, attune_error *err)
{
    *out = (struct at_paired){0};
    AT_TRY(at_eval_check(y, p_a, n, k, err));
    AT_TRY(at_eval_check(y, p_b, n, k, err));
    struct paired_work w = {.n = n, .k = k, .n_draws = n_bootstrap};
    struct at_paired result = {.macro_f1_low = NAN,
                               .macro_f1_high = NAN,
                               .log_loss_low = NAN,
                               .log_loss_high = NAN,
                               .recall_drop_low = NAN};
    attune_status status = paired_reserve(&w, err);
    if (status != ATTUNE_OK)
        goto done;
    at_eval_rows(w.a.rows, y, p_a, n, k);
    at_eval_rows(w.b.rows, y, p_b, n, k);
    paired_point(&w, &result);
    if (n_bootstrap) {
        paired_bootstrap(&w, seed);
        paired_limits(&w, &result);
    }
    *out = result;
done:
    paired_release(&w);
    return status;
}
