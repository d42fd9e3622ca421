#ifndef AT_MODEL_LINEAR_MATRIX_H
#define AT_MODEL_LINEAR_MATRIX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "attune/kind.h"
#include "base/status.h"

/*
 * The rows of a training, X[n_rows][n_cols], and its two products with k columns at a time:
 *
 *   forward   z[n_rows][k] = X v     v[n_cols][k]
 *   back      g[n_cols][k] = X' u    u[n_rows][k]
 *
 * Both are sums in the order of the file, whatever the number of threads: forward shares out rows,
 * and back shares out ranges of columns, each thread walking through its part of every row. So
 * neither needs a transposed copy or private sums. Values are f32, products and sums f64.
 *
 * When less than half of the columns occur, they are numbered anew, in the same order; `original`
 * then holds their old numbers.
 */
enum { AT_LINEAR_TASK_WORK = 65536 }; /* multiplications that are worth waking a thread */
struct at_linear_matrix {
    size_t n_rows, n_cols;
    const uint64_t *start;
    const uint32_t *col;
    const float *value;
    uint32_t *original; /* u32[n_cols], or NULL: column j is column j */
    uint32_t *own_col;  /* what col points to when columns have new numbers */
    size_t n_ranges;    /* of columns, about equally full */
    uint64_t *split;    /* u64[n_rows][n_ranges + 1], where each range begins in each row; NULL
                           with a single range */
    attune_pool *pool;
    const attune_job *job;
    atomic_bool stopped; /* a task saw that the job is cancelled */
};

/** Borrows the arrays of in->rows. Errors: NO_MEMORY, CANCELLED. Cost: one to three passes. */
attune_status at_linear_matrix_init(struct at_linear_matrix *x, const struct attune_fit *in,
                                    attune_error *err);
void at_linear_matrix_release(struct at_linear_matrix *x);

/** Is the job cancelled? For tasks; once true it stays so. */
bool at_linear_matrix_stopped(struct at_linear_matrix *x);
/** CANCELLED when a task saw that it is: what was computed since may be anything. */
attune_status at_linear_matrix_check(const struct at_linear_matrix *x, attune_error *err);

/** Errors: CANCELLED; what was to be written is then undefined. Cost: n_values * k each. */
attune_status at_linear_forward(struct at_linear_matrix *x, double *z, const double *v, size_t k,
                                attune_error *err);
attune_status at_linear_back(struct at_linear_matrix *x, double *g, const double *u, size_t k,
                             attune_error *err);
/** g[n_cols] = sum over the rows of u[row] * value^2. */
attune_status at_linear_back_squared(struct at_linear_matrix *x, double *g, const double *u,
                                     attune_error *err);

#endif
