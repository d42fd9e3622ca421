/* The two products. Sums stay in the order of the file: what is done side by side goes to different
 * sums. */
#include <string.h>

#include "model/linear/linear_matrix.h"

enum {
    MATRIX_POLL_ROWS = 1024, /* rows between two looks at the job */
    MATRIX_FEW = 4           /* classes whose sums are kept in registers */
};

struct matrix_product {
    struct at_linear_matrix *x;
    double *out;
    const double *in;
    size_t k, rows_per_task;
    bool squared;
};

/* Two classes, or two columns, at once; each keeps its own sum, so the results are those of one
 * after the other. */
typedef double matrix_pair __attribute__((vector_size(16)));
typedef float matrix_narrow_pair __attribute__((vector_size(8)));

static inline matrix_pair matrix_two_values(const float *value)
{
    matrix_narrow_pair two;
    memcpy(&two, value, sizeof two);
    return __builtin_convertvector(two, matrix_pair);
}

/* One row times one column of numbers: four sums, so that an addition need not wait for the last
 * one. */
static double matrix_dot(const uint32_t *col, const float *value, size_t n, const double *v)
{
    matrix_pair ab = {0, 0}, cd = {0, 0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        ab += matrix_two_values(value + i) * (matrix_pair){v[col[i]], v[col[i + 1]]};
        cd += matrix_two_values(value + i + 2) * (matrix_pair){v[col[i + 2]], v[col[i + 3]]};
    }
    double a = ab[0];
    for (; i < n; i++)
        a += (double)value[i] * v[col[i]];
    return (a + ab[1]) + (cd[0] + cd[1]);
}

/* out[k] += value * v[k] */
static inline void matrix_add(double *out, double value, const double *v, const size_t k)
{
    const matrix_pair both = {value, value};
    matrix_pair a, b;
    size_t c = 0;
    for (; c + 2 <= k; c += 2) {
        memcpy(&a, out + c, sizeof a);
        memcpy(&b, v + c, sizeof b);
        a += both * b;
        memcpy(out + c, &a, sizeof a);
    }
    if (c < k)
        out[c] += value * v[c];
}

/* z[k] = row times v; inlined with a constant k, so that the sums stay in registers. */
static inline void matrix_forward_row(const struct matrix_product *p, size_t row, const size_t k)
{
    const struct at_linear_matrix *x = p->x;
    double *z = p->out + row * k, few[MATRIX_FEW] = {0};
    double *const sum = k <= MATRIX_FEW ? few : z;
    if (sum == z)
        memset(z, 0, k * sizeof *z);
    for (uint64_t i = x->start[row]; i < x->start[row + 1]; i++)
        matrix_add(sum, (double)x->value[i], p->in + (size_t)x->col[i] * k, k);
    if (sum == few)
        memcpy(z, few, k * sizeof *z);
}

static void matrix_forward_rows(const struct matrix_product *p, size_t begin, size_t end)
{
    const struct at_linear_matrix *x = p->x;
    for (size_t row = begin; row < end; row++) {
        const uint64_t at = x->start[row];
        if (p->k == 1)
            p->out[row] =
                matrix_dot(x->col + at, x->value + at, (size_t)(x->start[row + 1] - at), p->in);
        else if (p->k == 2)
            matrix_forward_row(p, row, 2);
        else if (p->k == 3)
            matrix_forward_row(p, row, 3);
        else
            matrix_forward_row(p, row, p->k);
    }
}

static void matrix_forward_task(void *context, size_t i, size_t worker)
{
    (void)worker;
    const struct matrix_product *p = context;
    const size_t begin = i * p->rows_per_task, left = p->x->n_rows - begin;
    if (!at_linear_matrix_stopped(p->x))
        matrix_forward_rows(p, begin, begin + (left < p->rows_per_task ? left : p->rows_per_task));
}

attune_status at_linear_forward(struct at_linear_matrix *x, double *z, const double *v, size_t k,
                                attune_error *err)
{
    const size_t n = x->n_rows;
    const uint64_t work = (x->start[n] + n) * k;
    size_t rows = (size_t)((double)n * AT_LINEAR_TASK_WORK / (double)work);
    rows = rows < 1 ? 1 : rows > n ? n : rows;
    struct matrix_product p = {.x = x, .out = z, .in = v, .k = k, .rows_per_task = rows};
    attune_parallel_for(work < 2 * AT_LINEAR_TASK_WORK ? NULL : x->pool, (n + rows - 1) / rows,
                        matrix_forward_task, &p);
    return at_linear_matrix_check(x, err);
}

/* The columns of a row differ, so four places can be read before the first is written. */
static void matrix_back_one(const struct matrix_product *p, size_t row, uint64_t from, uint64_t to)
{
    const uint32_t *const col = p->x->col;
    const float *const value = p->x->value;
    double *const g = p->out;
    const double u = p->in[row];
    const matrix_pair both = {u, u};
    uint64_t i = from;
    for (; i + 4 <= to; i += 4) {
        double *const at[4] = {g + col[i], g + col[i + 1], g + col[i + 2], g + col[i + 3]};
        const matrix_pair ab = (matrix_pair){*at[0], *at[1]} + matrix_two_values(value + i) * both;
        const matrix_pair cd =
            (matrix_pair){*at[2], *at[3]} + matrix_two_values(value + i + 2) * both;
        *at[0] = ab[0];
        *at[1] = ab[1];
        *at[2] = cd[0];
        *at[3] = cd[1];
    }
    for (; i < to; i++)
        g[col[i]] += (double)value[i] * u;
}

static inline void matrix_back_piece(const struct matrix_product *p, size_t row, uint64_t from,
                                     uint64_t to, const size_t k)
{
    const uint32_t *const col =
        p->x->col; /* g might be any of p, for all that the compiler knows */
    const float *const value = p->x->value;
    double *const g = p->out;
    const double *u = p->in + row * k;
    double few[MATRIX_FEW]; /* out of reach of what is written through g */
    if (k <= MATRIX_FEW)
        u = memcpy(few, u, k * sizeof *u);
    for (uint64_t i = from; i < to; i++)
        matrix_add(g + (size_t)col[i] * k, (double)value[i], u, k);
}

static void matrix_back_squared(const struct matrix_product *p, size_t row, uint64_t from,
                                uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        const double value = (double)p->x->value[i];
        p->out[p->x->col[i]] += value * value * p->in[row];
    }
}

static void matrix_back_task(void *context, size_t range, size_t worker)
{
    (void)worker;
    const struct matrix_product *p = context;
    const struct at_linear_matrix *x = p->x;
    for (size_t row = 0; row < x->n_rows; row++) {
        if (row % MATRIX_POLL_ROWS == 0 && at_linear_matrix_stopped(p->x))
            return;
        const uint64_t *at = x->split ? x->split + row * (x->n_ranges + 1) + range : x->start + row;
        if (p->squared)
            matrix_back_squared(p, row, at[0], at[1]);
        else if (p->k == 1)
            matrix_back_one(p, row, at[0], at[1]);
        else if (p->k == 2)
            matrix_back_piece(p, row, at[0], at[1], 2);
        else if (p->k == 3)
            matrix_back_piece(p, row, at[0], at[1], 3);
        else
            matrix_back_piece(p, row, at[0], at[1], p->k);
    }
}

static attune_status matrix_back(struct matrix_product *p, attune_error *err)
{
    memset(p->out, 0, p->x->n_cols * p->k * sizeof *p->out);
    attune_parallel_for(p->x->pool, p->x->n_ranges, matrix_back_task, p);
    return at_linear_matrix_check(p->x, err);
}

attune_status at_linear_back(struct at_linear_matrix *x, double *g, const double *u, size_t k,
                             attune_error *err)
{
    struct matrix_product p = {.x = x, .out = g, .in = u, .k = k};
    return matrix_back(&p, err);
}

attune_status at_linear_back_squared(struct at_linear_matrix *x, double *g, const double *u,
                                     attune_error *err)
{
    struct matrix_product p = {.x = x, .out = g, .in = u, .k = 1, .squared = true};
    return matrix_back(&p, err);
}
