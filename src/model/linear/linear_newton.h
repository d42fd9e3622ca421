#ifndef AT_MODEL_LINEAR_NEWTON_H
#define AT_MODEL_LINEAR_NEWTON_H

#include "model/linear/linear_matrix.h"

/*
 * Minimises   f(w, b) = 1/2 |w|^2 + sum of weight_i * loss(y_i, x_i w + b)
 *
 * w f64[n_cols][k], b f64[k] not penalised; the losses are those of linear_loss.h.
 */
struct at_linear_problem {
    struct at_linear_matrix *x;
    const uint32_t *y;    /* u32[n_rows]; < k, or < 2 when k == 1; every class occurs */
    const double *weight; /* f64[n_rows] > 0: C times the weight of the row */
    size_t k;             /* 1 for two classes, else their number */
    double tol;           /* done when a whole step moves no score by more */
    size_t max_iter;
};

struct at_linear_result {
    double *w, *b;              /* f64[n_cols][k], f64[k]: the caller's */
    double objective;           /* f(w, b) */
    size_t n_steps, n_products; /* Newton steps; products with X or its transpose */
    bool converged;
};

/** Errors: NO_MEMORY, CANCELLED. Cost: n_products * n_values * k; memory 5 n_cols k + 6 n_rows k
 * doubles. Source: Galli and Lin 2021 (truncated Newton with line search). */
attune_status at_linear_newton(struct at_linear_result *result,
                               const struct at_linear_problem *problem, attune_error *err);

#endif
