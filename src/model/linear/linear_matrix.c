/* The rows as the products take them. The columns of a row ascend, so the part of a row that lies
 * in a range of columns is one piece; where the pieces begin is found once, by binary search. */
#include "model/linear/linear_matrix.h"

#include "base/alloc.h"
#include "base/job.h"

enum { MATRIX_MAX_RANGES = 64 };

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
    if (x->start[x->n_rows] < AT_LINEAR_TASK_WORK)
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
