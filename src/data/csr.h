#ifndef AT_DATA_CSR_H
#define AT_DATA_CSR_H

#include <stdint.h>

#include "attune/kind.h"
#include "base/status.h"

/* Growing sparse rows (CSR). `struct at_csr m = {0};` is empty; set n_cols before it is used. */
struct at_csr {
    size_t n_rows, n_cols;
    uint64_t *start; /* [n_rows + 1] once there is a row */
    uint32_t *col;
    float *value;
    size_t cap_rows, cap_items;
};

/** Appends a row; columns must ascend. Errors: NO_MEMORY; the matrix is then unchanged. */
attune_status at_csr_add_row(struct at_csr *m, const uint32_t *col, const float *value, size_t n,
                             attune_error *err);
/** Makes room for so many rows and values in all. Errors: NO_MEMORY. */
attune_status at_csr_reserve(struct at_csr *m, size_t n_rows, size_t n_items, attune_error *err);
/** The rows index[0..n-1] of `m`, in that order, as a new matrix. */
attune_status at_csr_take_rows(struct at_csr *out, const struct at_csr *m, const uint32_t *index,
                               size_t n, attune_error *err);
struct attune_rows at_csr_view(const struct at_csr *m);
void at_csr_clear(struct at_csr *m); /* no rows, keeps the memory */
void at_csr_release(struct at_csr *m);
/**
 * Checks what a model kind may rely on: starts ascend, columns ascend and are < n_cols, values are
 * finite. For rows from outside. Errors: INVALID.
 */
attune_status at_rows_check(const struct attune_rows *rows, attune_error *err);

#endif
