/* Products with a sparse matrix, always added up in the same order. The columns of a row ascend, so
 * the part of a row that lies in a range of columns is one piece; where the pieces begin is found
 * once, by binary search. */
#include "model/linear/linear_matrix.h"

#include <string.h>

#include "base/alloc.h"
#include "base/job.h"

enum {
    MATRIX_POLL_ROWS = 1024,  /* rows between two looks at the job */
    MATRIX_TASK_WORK = 65536, /* multiplications that are worth waking a thread */
    MATRIX_MAX_RANGES = 64,
    MATRIX_FEW = 4 /* classes whose sums are kept in registers */
};

struct matrix_product {
    struct at_linear_matrix *x;
    double *out;
    const double *in;
    size_t k, rows_per_task;
    bool squared;
};

bool at_linear_matrix_stopped(struct at_linear_matrix *x)
{
    if (atomic_load_explicit(&x->stopped, memory_order_relaxed))
        return true;
    if (!at_job_cancelled(x->job))
        return false;
    atomic_store(&x->stopped, true);
    return true;
}

attune_status at_linear_matrix_check(const struct at_linear_matrix *x, attune_error *err)
{
    if (atomic_load(&x->stopped))
        return at_fail(err, ATTUNE_CANCELLED, "interrupted");
    return ATTUNE_OK;
}

/* One row times one column of numbers: four sums, so that an addition need not wait for the last
 * one. */
static double matrix_dot(const uint32_t *col, const float *value, size_t n, const double *v)
{
    double a = 0, b = 0, c = 0, d = 0;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        a += (double)value[i] * v[col[i]];
        b += (double)value[i + 1] * v[col[i + 1]];
        c += (double)value[i + 2] * v[col[i + 2]];
        d += (double)value[i + 3] * v[col[i + 3]];
    }
    for (; i < n; i++)
        a += (double)value[i] * v[col[i]];
    return (a + b) + (c + d);
}

/* Two classes at once; each keeps its own sum, so the results are those of one after the other. */
typedef double matrix_pair __attribute__((vector_size(16)));

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
    size_t rows = (size_t)((double)n * MATRIX_TASK_WORK / (double)work);
    rows = rows < 1 ? 1 : rows > n ? n : rows;
    struct matrix_product p = {.x = x, .out = z, .in = v, .k = k, .rows_per_task = rows};
    attune_parallel_for(work < 2 * MATRIX_TASK_WORK ? NULL : x->pool, (n + rows - 1) / rows,
                        matrix_forward_task, &p);
    return at_linear_matrix_check(x, err);
}

static inline void matrix_back_piece(const struct matrix_product *p, size_t row, uint64_t from,
                                     uint64_t to, const size_t k)
{
    const struct at_linear_matrix *x = p->x;
    const double *u = p->in + row * k;
    double few[MATRIX_FEW]; /* out of reach of what is written through g */
    if (k <= MATRIX_FEW)
        u = memcpy(few, u, k * sizeof *u);
    for (uint64_t i = from; i < to; i++)
        matrix_add(p->out + (size_t)x->col[i] * k, (double)x->value[i], u, k);
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
            matrix_back_piece(p, row, at[0], at[1], 1);
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

/* Gives the columns that occur the numbers 0, 1, ...; `count` then has theirs only. */
static attune_status matrix_renumber(struct at_linear_matrix *x, uint64_t *count, size_t n_used,
                                     attune_error *err)
{
    const size_t n_values = (size_t)x->start[x->n_rows];
    uint32_t *number = AT_ALLOC_RAW(uint32_t, x->n_cols);
    x->original = AT_ALLOC_RAW(uint32_t, n_used ? n_used : 1);
    x->own_col = AT_ALLOC_RAW(uint32_t, n_values ? n_values : 1);
    if (!number || !x->original || !x->own_col) {
        at_free(number);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu values of a linear model's rows",
                       n_values);
    }
    uint32_t n = 0;
    for (size_t j = 0; j < x->n_cols; j++) {
        if (count[j] == 0)
            continue;
        number[j] = n;
        count[n] = count[j];
        x->original[n++] = (uint32_t)j;
    }
    for (size_t i = 0; i < n_values; i++)
        x->own_col[i] = number[x->col[i]];
    at_free(number);
    x->col = x->own_col;
    x->n_cols = n_used;
    return ATTUNE_OK;
}

/* First column of each range, so that every range has about as many values; the last entry is
 * n_cols. */
static void matrix_range_columns(const struct at_linear_matrix *x, const uint64_t *count,
                                 uint32_t *first)
{
    const uint64_t n_values = x->start[x->n_rows];
    uint64_t seen = 0;
    size_t range = 0;
    for (size_t j = 0; j < x->n_cols; j++) {
        while (range < x->n_ranges && seen >= n_values * range / x->n_ranges)
            first[range++] = (uint32_t)j;
        seen += count[j];
    }
    while (range <= x->n_ranges)
        first[range++] = (uint32_t)x->n_cols;
}

static attune_status matrix_split(struct at_linear_matrix *x, const uint64_t *count,
                                  attune_error *err)
{
    uint32_t first[MATRIX_MAX_RANGES + 1];
    x->split = AT_ALLOC_RAW(uint64_t, x->n_rows * (x->n_ranges + 1));
    if (!x->split)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu rows of a linear model",
                       x->n_rows);
    matrix_range_columns(x, count, first);
    for (size_t row = 0; row < x->n_rows; row++) {
        uint64_t *at = x->split + row * (x->n_ranges + 1), from = x->start[row];
        at[0] = from;
        for (size_t r = 1; r <= x->n_ranges; r++) {
            uint64_t to = x->start[row + 1];
            while (from < to) {
                const uint64_t mid = from + (to - from) / 2;
                if (x->col[mid] < first[r])
                    from = mid + 1;
                else
                    to = mid;
            }
            at[r] = from;
        }
    }
    return ATTUNE_OK;
}

static attune_status matrix_arrange(struct at_linear_matrix *x, uint64_t *count, attune_error *err)
{
    size_t n_used = 0;
    for (uint64_t i = 0; i < x->start[x->n_rows]; i++)
        count[x->col[i]]++;
    for (size_t j = 0; j < x->n_cols; j++)
        n_used += count[j] > 0;
    AT_TRY(at_job_check(x->job, err));
    if (n_used < x->n_cols / 2)
        AT_TRY(matrix_renumber(x, count, n_used, err));
    const size_t threads = attune_pool_threads(x->pool);
    x->n_ranges = threads < MATRIX_MAX_RANGES ? threads : MATRIX_MAX_RANGES;
    if (x->start[x->n_rows] < MATRIX_TASK_WORK)
        x->n_ranges = 1;
    return x->n_ranges > 1 ? matrix_split(x, count, err) : ATTUNE_OK;
}

attune_status at_linear_matrix_init(struct at_linear_matrix *x, const struct attune_fit *in,
                                    attune_error *err)
{
    const struct attune_rows *rows = in->rows;
    *x = (struct at_linear_matrix){.n_rows = rows->n_rows,
                                   .n_cols = rows->n_cols,
                                   .start = rows->start,
                                   .col = rows->col,
                                   .value = rows->value,
                                   .pool = in->pool,
                                   .job = in->job};
    uint64_t *count = AT_ALLOC(uint64_t, rows->n_cols ? rows->n_cols : 1);
    if (!count)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu columns of a linear model",
                       rows->n_cols);
    const attune_status status = matrix_arrange(x, count, err);
    at_free(count);
    if (status != ATTUNE_OK)
        at_linear_matrix_release(x);
    return status;
}

void at_linear_matrix_release(struct at_linear_matrix *x)
{
    at_free(x->original);
    at_free(x->own_col);
    at_free(x->split);
    x->original = x->own_col = NULL;
    x->split = NULL;
}
