/* linear_solvers_bench DATA [C]
 *
 * How long Newton's method and L-BFGS take to come within 1e-4, 1e-6 and 1e-8 of the minimum of the
 * same logistic regression, with the same products, one thread; for the decision between them
 * (docs/decisions/0012-logistic-regression.md, bench/peers/linear_solvers.py).
 *
 * L-BFGS here is at its best: the scores of a direction are computed once, so the line search costs
 * no product, and an iteration takes two. DATA as for linear_dump_bench. Prints JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "model/linear/linear_loss.h"
#include "model/linear/linear_newton.h"

static attune_error err;
static const double gaps[] = {1e-4, 1e-6, 1e-8};
enum { N_GAPS = 3, MEMORY = 10, MAX_ITERATIONS = 3000 };

static void must(attune_status status)
{
    if (status == ATTUNE_OK)
        return;
    fprintf(stderr, "%s: %s\n", attune_status_text(status), err.message);
    exit(1);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double *numbers(size_t n)
{
    double *v = AT_ALLOC(double, n + 1);
    if (!v)
        exit(1);
    return v;
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t c = 0; c < 4; c++)
            sum[c] += a[i + c] * b[i + c];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* The point of L-BFGS: weights, then intercepts, in one vector of n numbers. */
struct lbfgs {
    const struct at_linear_problem *problem;
    struct at_linear_loss loss;
    size_t n_weights, n, n_scores, n_products;
    double *x, *g, *d, *old, *move, *residual; /* old: the gradient before */
    double *s[MEMORY], *y[MEMORY], rho[MEMORY];
};

static void lbfgs_gradient(struct lbfgs *l)
{
    const size_t k = l->problem->k;
    at_linear_loss_update(&l->loss);
    memset(l->move, 0, l->n_scores * sizeof *l->move);
    at_linear_loss_bend(&l->loss, l->residual, l->move, true);
    must(at_linear_back(l->problem->x, l->g, l->residual, k, &err));
    l->n_products++;
    for (size_t i = 0; i < l->n_weights; i++)
        l->g[i] += l->x[i];
    memcpy(l->g + l->n_weights, l->loss.slope, k * sizeof *l->g);
}

static void lbfgs_direction(struct lbfgs *l, size_t iteration)
{
    const size_t kept = iteration < MEMORY ? iteration : MEMORY;
    double alpha[MEMORY];
    for (size_t i = 0; i < l->n; i++)
        l->d[i] = -l->g[i];
    for (size_t m = 0; m < kept; m++) {
        const size_t at = (iteration - 1 - m) % MEMORY;
        alpha[at] = l->rho[at] * dot(l->s[at], l->d, l->n);
        for (size_t i = 0; i < l->n; i++)
            l->d[i] -= alpha[at] * l->y[at][i];
    }
    if (kept) {
        const size_t last = (iteration - 1) % MEMORY;
        const double scale = 1 / (l->rho[last] * dot(l->y[last], l->y[last], l->n));
        for (size_t i = 0; i < l->n; i++)
            l->d[i] *= scale;
    } else {
        const double scale = 1 / sqrt(dot(l->g, l->g, l->n));
        for (size_t i = 0; i < l->n; i++)
            l->d[i] *= scale;
    }
    for (size_t m = kept; m-- > 0;) {
        const size_t at = (iteration - 1 - m) % MEMORY;
        const double beta = l->rho[at] * dot(l->y[at], l->d, l->n);
        for (size_t i = 0; i < l->n; i++)
            l->d[i] += (alpha[at] - beta) * l->s[at][i];
    }
}

/* Takes a step that lowers f; returns the new f. */
static double lbfgs_step(struct lbfgs *l, double f, size_t iteration)
{
    const size_t k = l->problem->k, at = iteration % MEMORY;
    must(at_linear_forward(l->problem->x, l->move, l->d, k, &err));
    l->n_products++;
    for (size_t i = 0; i < l->n_scores; i++)
        l->move[i] += l->d[l->n_weights + i % k];
    const double slope = dot(l->g, l->d, l->n);
    const double xx = dot(l->x, l->x, l->n_weights), xd = dot(l->x, l->d, l->n_weights);
    const double dd = dot(l->d, l->d, l->n_weights);
    double step = 1, next;
    for (;; step /= 2) {
        next =
            0.5 * (xx + step * (2 * xd + step * dd)) + at_linear_loss_at(&l->loss, l->move, step);
        if (next <= f + 1e-4 * step * slope || step < 1e-12)
            break;
    }
    at_linear_loss_move(&l->loss, l->move, step);
    for (size_t i = 0; i < l->n; i++) {
        l->s[at][i] = step * l->d[i];
        l->x[i] += l->s[at][i];
    }
    memcpy(l->old, l->g, l->n * sizeof *l->g);
    lbfgs_gradient(l);
    for (size_t i = 0; i < l->n; i++)
        l->y[at][i] = l->g[i] - l->old[i];
    l->rho[at] = 1 / dot(l->s[at], l->y[at], l->n);
    return next;
}

static void lbfgs_run(const struct at_linear_problem *problem, double minimum)
{
    struct lbfgs l = {.problem = problem};
    const size_t n_rows = problem->x->n_rows, k = problem->k;
    l.n_weights = problem->x->n_cols * k;
    l.n = l.n_weights + k;
    l.n_scores = n_rows * k;
    must(at_linear_loss_init(&l.loss, n_rows, k, &err));
    l.loss.target = problem->y;
    l.loss.weight = problem->weight;
    double **const all[] = {&l.x, &l.g, &l.d, &l.old};
    for (size_t i = 0; i < 4; i++)
        *all[i] = numbers(l.n);
    for (size_t m = 0; m < MEMORY; m++) {
        l.s[m] = numbers(l.n);
        l.y[m] = numbers(l.n);
    }
    l.move = numbers(l.n_scores);
    l.residual = numbers(l.n_scores);
    const double begin = seconds();
    size_t reached = 0;
    double f = at_linear_loss_at(&l.loss, l.move, 0);
    lbfgs_gradient(&l);
    for (size_t i = 0; i < MAX_ITERATIONS && reached < N_GAPS; i++) {
        lbfgs_direction(&l, i);
        f = lbfgs_step(&l, f, i);
        for (; reached < N_GAPS && f <= minimum * (1 + gaps[reached]); reached++)
            printf("%s{\"gap\": %g, \"products\": %zu, \"cpu_s\": %.5f}", reached ? ", " : "",
                   gaps[reached], l.n_products, seconds() - begin);
    }
    for (size_t i = 0; i < 4; i++)
        at_free(*all[i]);
    for (size_t m = 0; m < MEMORY; m++) {
        at_free(l.s[m]);
        at_free(l.y[m]);
    }
    at_free(l.move);
    at_free(l.residual);
    at_linear_loss_release(&l.loss);
}

/* Runs with 1, 2, ... steps until each gap is reached; the time is that of the run that does. */
static void newton_run(struct at_linear_problem problem, struct at_linear_result *result,
                       double minimum)
{
    size_t reached = 0;
    for (problem.max_iter = 1; reached < N_GAPS && problem.max_iter < 200; problem.max_iter++) {
        const double begin = seconds();
        must(at_linear_newton(result, &problem, &err));
        const double took = seconds() - begin;
        for (; reached < N_GAPS && result->objective <= minimum * (1 + gaps[reached]); reached++)
            printf("%s{\"gap\": %g, \"products\": %zu, \"cpu_s\": %.5f}", reached ? ", " : "",
                   gaps[reached], result->n_products, took);
    }
}

int main(int argc, char **argv)
{
    struct at_fs_map map;
    struct at_linear_matrix x;
    if (argc < 2) {
        fprintf(stderr, "usage: linear_solvers_bench DATA [C]\n");
        return 2;
    }
    must(at_fs_map_open(&map, argv[1], &err));
    const uint64_t *head = (const void *)map.data;
    const size_t n_rows = (size_t)head[0], n_values = (size_t)head[2];
    const uint64_t *start = head + 4;
    const uint32_t *col = (const void *)(start + n_rows + 1);
    const float *value = (const void *)(col + n_values);
    const struct attune_rows rows = {
        ATTUNE_ROWS_SPARSE, n_rows, (size_t)head[1], start, col, value};
    const struct attune_fit fit = {
        .rows = &rows, .y = (const void *)(value + n_values), .n_classes = (size_t)head[3]};
    must(at_linear_matrix_init(&x, &fit, &err));
    const size_t k = fit.n_classes == 2 ? 1 : fit.n_classes;
    double *weight = numbers(n_rows), *w = numbers(x.n_cols * k), *b = numbers(k);
    const double trust = argc > 2 ? strtod(argv[2], NULL) : 1;
    for (size_t i = 0; i < n_rows; i++)
        weight[i] = trust;
    struct at_linear_problem problem = {&x, fit.y, weight, k, 1e-9, 1000};
    struct at_linear_result result = {.w = w, .b = b};
    must(at_linear_newton(&result, &problem, &err));
    const double minimum = result.objective;
    printf("{\"minimum\": %.10g, \"newton\": [", minimum);
    newton_run(problem, &result, minimum);
    printf("], \"lbfgs\": [");
    lbfgs_run(&problem, minimum);
    printf("]}\n");
    at_free(weight);
    at_free(w);
    at_free(b);
    at_linear_matrix_release(&x);
    at_fs_map_close(&map);
    return 0;
}
