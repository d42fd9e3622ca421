/* Three arrays that grow together. Room is made for all of them before a single number is written,
 * so a failed add leaves the matrix as it was; a grown array that is larger than needed does no
 * harm. */
#include "data/csr.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"

static attune_status csr_no_memory(attune_error *err, size_t n_rows, size_t n_items)
{
    return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: sparse matrix of %zu rows, %zu values",
                   n_rows, n_items);
}

static attune_status csr_grow_rows(struct at_csr *m, size_t n_rows, size_t cap, attune_error *err)
{
    if (m->start && n_rows <= m->cap_rows)
        return ATTUNE_OK;
    uint64_t *start = at_realloc(m->start, cap + 1, sizeof *start);
    if (!start)
        return csr_no_memory(err, n_rows, 0);
    if (!m->start)
        start[0] = 0;
    m->start = start;
    m->cap_rows = cap;
    return ATTUNE_OK;
}

static attune_status csr_grow_items(struct at_csr *m, size_t n_items, size_t cap, attune_error *err)
{
    if (m->col && m->value && n_items <= m->cap_items)
        return ATTUNE_OK;
    uint32_t *col = at_realloc(m->col, cap, sizeof *col);
    if (col)
        m->col = col;
    float *value = col ? at_realloc(m->value, cap, sizeof *value) : NULL;
    if (!value)
        return csr_no_memory(err, m->n_rows, n_items);
    m->value = value;
    m->cap_items = cap;
    return ATTUNE_OK;
}

attune_status at_csr_reserve(struct at_csr *m, size_t n_rows, size_t n_items, attune_error *err)
{
    AT_TRY(csr_grow_rows(m, n_rows, n_rows, err));
    return csr_grow_items(m, n_items, n_items ? n_items : 1, err);
}

attune_status at_csr_add_row(struct at_csr *m, const uint32_t *col, const float *value, size_t n,
                             attune_error *err)
{
    const size_t used = m->n_rows ? (size_t)m->start[m->n_rows] : 0;
    AT_TRY(csr_grow_rows(m, m->n_rows + 1, 3 * m->n_rows / 2 + 5, err));
    AT_TRY(csr_grow_items(m, used + n, 3 * (used + n) / 2 + 16, err));
    if (n) {
        memcpy(m->col + used, col, n * sizeof *col);
        memcpy(m->value + used, value, n * sizeof *value);
    }
    m->n_rows++;
    m->start[m->n_rows] = used + n;
    return ATTUNE_OK;
}

attune_status at_csr_take_rows(struct at_csr *out, const struct at_csr *m, const uint32_t *index,
                               size_t n, attune_error *err)
{
    struct at_csr taken = {.n_cols = m->n_cols};
    size_t n_items = 0;
    for (size_t i = 0; i < n; i++)
        n_items += (size_t)(m->start[index[i] + 1] - m->start[index[i]]);
    attune_status status = at_csr_reserve(&taken, n, n_items, err);
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++) {
        const size_t at = (size_t)m->start[index[i]];
        const size_t len = (size_t)m->start[index[i] + 1] - at;
        status = at_csr_add_row(&taken, m->col + at, m->value + at, len, err);
    }
    if (status != ATTUNE_OK)
        at_csr_release(&taken);
    *out = taken;
    return status;
}

struct attune_rows at_csr_view(const struct at_csr *m)
{
    static const uint64_t none[1] = {0};
    return (struct attune_rows){.kind = ATTUNE_ROWS_SPARSE,
                                .n_rows = m->n_rows,
                                .n_cols = m->n_cols,
                                .start = m->start ? m->start : none,
                                .col = m->col,
                                .value = m->value};
}

void at_csr_clear(struct at_csr *m)
{
    m->n_rows = 0;
}

void at_csr_release(struct at_csr *m)
{
    at_free(m->start);
    at_free(m->col);
    at_free(m->value);
    *m = (struct at_csr){0};
}

static attune_status rows_check_columns(const struct attune_rows *rows, size_t row,
                                        attune_error *err)
{
    const bool ascending = rows->kind == ATTUNE_ROWS_SPARSE;
    const uint64_t begin = rows->start[row], end = rows->start[row + 1];
    for (uint64_t i = begin; i < end; i++) {
        if (rows->col[i] >= rows->n_cols)
            return at_fail(err, ATTUNE_INVALID, "row %zu has column %u, but there are %zu columns",
                           row, (unsigned)rows->col[i], rows->n_cols);
        if (ascending && i > begin && rows->col[i] <= rows->col[i - 1])
            return at_fail(err, ATTUNE_INVALID, "row %zu: column %u does not come after column %u",
                           row, (unsigned)rows->col[i], (unsigned)rows->col[i - 1]);
    }
    return ATTUNE_OK;
}

static attune_status rows_check_values(const struct attune_rows *rows, size_t row, uint64_t begin,
                                       uint64_t end, attune_error *err)
{
    for (uint64_t i = begin; i < end; i++)
        if (!isfinite(rows->value[i]))
            return at_fail(err, ATTUNE_INVALID, "row %zu has a value that is not a finite number",
                           row);
    return ATTUNE_OK;
}

static attune_status rows_check_row(const struct attune_rows *rows, size_t row, attune_error *err)
{
    if (rows->kind == ATTUNE_ROWS_DENSE)
        return rows_check_values(rows, row, (uint64_t)row * rows->n_cols,
                                 ((uint64_t)row + 1) * rows->n_cols, err);
    AT_TRY(rows_check_columns(rows, row, err));
    return rows->kind == ATTUNE_ROWS_SPARSE
               ? rows_check_values(rows, row, rows->start[row], rows->start[row + 1], err)
               : ATTUNE_OK;
}

/* Before any column is read: the arrays hold start[n_rows] items, not more. */
static attune_status rows_check_starts(const struct attune_rows *rows, attune_error *err)
{
    if (!rows->start || rows->start[0] != 0)
        return at_fail(err, ATTUNE_INVALID, "the first row must start at 0");
    for (size_t row = 0; row < rows->n_rows; row++)
        if (rows->start[row + 1] < rows->start[row])
            return at_fail(err, ATTUNE_INVALID, "row %zu starts after its end", row);
    return ATTUNE_OK;
}

attune_status at_rows_check(const struct attune_rows *rows, attune_error *err)
{
    const bool dense = rows->kind == ATTUNE_ROWS_DENSE;
    if (!dense && rows->kind != ATTUNE_ROWS_SPARSE && rows->kind != ATTUNE_ROWS_TOKENS)
        return at_fail(err, ATTUNE_INVALID, "rows are neither sparse nor dense nor tokens");
    if (rows->n_cols > UINT32_MAX)
        return at_fail(err, ATTUNE_INVALID, "%zu columns are too many, the limit is %u",
                       rows->n_cols, (unsigned)UINT32_MAX);
    if (dense && rows->n_cols && rows->n_rows > SIZE_MAX / sizeof(float) / rows->n_cols)
        return at_fail(err, ATTUNE_INVALID, "%zu rows of %zu columns are too many", rows->n_rows,
                       rows->n_cols);
    if (!dense)
        AT_TRY(rows_check_starts(rows, err));
    for (size_t row = 0; row < rows->n_rows; row++)
        AT_TRY(rows_check_row(rows, row, err));
    return ATTUNE_OK;
}
