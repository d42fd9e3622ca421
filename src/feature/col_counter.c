#include "feature/col_counter.h"

#include <string.h>

#include "base/alloc.h"

attune_status at_col_counter_init(struct at_col_counter *counter, size_t n_cols, attune_error *err)
{
    const size_t n_words = (n_cols + 63) / 64, n_summary = (n_words + 63) / 64;
    *counter = (struct at_col_counter){.n_cols = n_cols,
                                       .n_summary = n_summary,
                                       .count = AT_ALLOC(uint32_t, n_cols),
                                       .bits = AT_ALLOC(uint64_t, n_words),
                                       .summary = AT_ALLOC(uint64_t, n_summary)};
    if (counter->count && counter->bits && counter->summary)
        return ATTUNE_OK;
    at_col_counter_release(counter);
    return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: row of %zu columns", n_cols);
}

void at_col_counter_release(struct at_col_counter *counter)
{
    at_free(counter->count);
    at_free(counter->bits);
    at_free(counter->summary);
    *counter = (struct at_col_counter){0};
}

void at_col_counter_clear(struct at_col_counter *counter)
{
    memset(counter->count, 0, counter->n_cols * sizeof *counter->count);
    memset(counter->bits, 0, (counter->n_cols + 63) / 64 * sizeof *counter->bits);
    memset(counter->summary, 0, counter->n_summary * sizeof *counter->summary);
    counter->n_touched = 0;
}

size_t at_col_counter_columns(struct at_col_counter *counter, uint32_t *col)
{
    size_t n = 0;
    for (size_t s = 0; s < counter->n_summary && n < counter->n_touched; s++) {
        for (uint64_t words = counter->summary[s]; words; words &= words - 1) {
            const size_t w = 64 * s + (size_t)__builtin_ctzll(words);
            for (uint64_t bits = counter->bits[w]; bits; bits &= bits - 1)
                col[n++] = (uint32_t)(64 * w + (size_t)__builtin_ctzll(bits));
            counter->bits[w] = 0;
        }
        counter->summary[s] = 0;
    }
    counter->n_touched = 0;
    return n;
}
