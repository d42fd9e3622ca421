#ifndef AT_FEATURE_COL_COUNTER_H
#define AT_FEATURE_COL_COUNTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * Counts of one sparse row. A column that is counted sets a bit, its block of 64 columns one in the
 * summary, so reading them out in ascending order needs no sort. All zero between rows.
 * `struct at_col_counter c = {0};` may be released.
 */
struct at_col_counter {
    uint32_t *count;          /* [n_cols] */
    uint64_t *bits, *summary; /* one bit a column, one bit a word of `bits` */
    size_t n_cols, n_summary, n_touched;
};

/** Errors: NO_MEMORY; the counter is then empty. */
attune_status at_col_counter_init(struct at_col_counter *counter, size_t n_cols, attune_error *err);
void at_col_counter_release(struct at_col_counter *counter);

static inline void at_col_counter_add(struct at_col_counter *counter, uint32_t col)
{
    if (counter->count[col]++)
        return;
    counter->bits[col >> 6] |= UINT64_C(1) << (col & 63);
    counter->summary[col >> 12] |= UINT64_C(1) << (col >> 6 & 63);
    counter->n_touched++;
}

/** The same for `count` times at once, of a column that was not counted yet; count > 0. */
static inline void at_col_counter_put(struct at_col_counter *counter, uint32_t col, uint32_t count)
{
    at_col_counter_add(counter, col);
    counter->count[col] = count;
}

/**
 * The columns that were counted, ascending: col[n_touched] is written, their number returned. Their
 * counts stay for the caller, who sets them to 0 when they have been used.
 */
size_t at_col_counter_columns(struct at_col_counter *counter, uint32_t *col);
void at_col_counter_clear(struct at_col_counter *counter); /* forgets the row */

#endif
