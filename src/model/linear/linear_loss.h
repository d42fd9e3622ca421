#ifndef AT_MODEL_LINEAR_LOSS_H
#define AT_MODEL_LINEAR_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#include "attune/kind.h"
#include "base/status.h"
#include "model/linear/linear_matrix.h"

/*
 * The logistic loss of all rows as a function of their scores, and what Newton's method asks of it.
 *
 *   k == 1: two classes, one score, p = 1 / (1 + exp(-score)), target 0 or 1
 *   k >= 3: k classes, p = softmax(scores), target < k
 *
 * The loss of row i has the gradient r_i = weight_i * (p_i - target_i) and the Hessian
 * D_i = weight_i * (diag(p_i) - p_i p_i'), k x k; for k == 1, D_i = weight_i * p_i * (1 - p_i).
 * Sums over rows are taken in blocks of a fixed size and then in the order of the blocks, so they
 * do not depend on the number of threads. Cost: O(n k), `update` O(n k^2).
 */
struct at_linear_loss {
    size_t n, k;
    const uint32_t *target; /* u32[n] */
    const double *weight;   /* f64[n], C times the row's weight */
    double *score, *p;      /* f64[n][k] */
    double *partial;        /* f64[n_blocks][width], the sums of each block */
    double *slope;          /* f64[k], sum of r_i */
    double *curve;          /* f64[k][k], lower Cholesky factor of the sum of D_i */
    struct at_linear_matrix
        *x; /* NULL, or whose threads do the work and when they stop: a cancelled
               pass leaves anything behind, see at_linear_matrix_check */
};

/** `target` and `weight` are borrowed. Errors: NO_MEMORY. */
attune_status at_linear_loss_init(struct at_linear_loss *l, size_t n, size_t k, attune_error *err);
void at_linear_loss_release(struct at_linear_loss *l);

/** p, slope and curve at the present scores. */
void at_linear_loss_update(struct at_linear_loss *l);
/** The loss at score + step * move; move f64[n][k]. */
double at_linear_loss_at(struct at_linear_loss *l, const double *move, double step);
/** Derivative of the loss along `move`: the sum of r_i . move_i. */
double at_linear_loss_along(struct at_linear_loss *l, const double *move);
/** score += step * move; returns the largest change of a score. */
double at_linear_loss_move(struct at_linear_loss *l, const double *move, double step);
/**
 * The best answer of the intercepts to a change z[n][k] of the scores: t[k], the minimum of the
 * loss to second order over a shift of all scores, which is added to every z_i:
 *   (sum of D_i) t = -(sum of D_i z_i + slope, if slope_too)
 */
void at_linear_loss_shift(struct at_linear_loss *l, double *t, double *z, bool slope_too);
/** u_i = D_i z_i, plus r_i if residual_too. */
void at_linear_loss_bend(struct at_linear_loss *l, double *u, double *z, bool residual_too);

#endif
