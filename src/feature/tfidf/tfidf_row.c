/* Counting a row and turning the counts into values. The order of every sum is scikit-learn's: its
 * product with the diagonal idf matrix leaves a row's columns in descending order, so with idf the
 * norm is summed from the last column to the first, and without idf from the first to the last. */
#include <math.h>

#include "base/alloc.h"
#include "feature/tfidf/tfidf.h"

attune_status tfidf_counter_init(struct tfidf_counter *counter, size_t n_cols, attune_error *err)
{
    const size_t n_words = (n_cols + 63) / 64, n_summary = (n_words + 63) / 64;
    *counter = (struct tfidf_counter){.n_cols = n_cols,
                                      .n_summary = n_summary,
                                      .count = AT_ALLOC(uint32_t, n_cols),
                                      .bits = AT_ALLOC(uint64_t, n_words),
                                      .summary = AT_ALLOC(uint64_t, n_summary)};
    if (counter->count && counter->bits && counter->summary)
        return ATTUNE_OK;
    tfidf_counter_release(counter);
    return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: row of %zu columns", n_cols);
}

void tfidf_counter_release(struct tfidf_counter *counter)
{
    at_free(counter->count);
    at_free(counter->bits);
    at_free(counter->summary);
    *counter = (struct tfidf_counter){0};
}

void tfidf_counter_clear(struct tfidf_counter *counter)
{
    memset(counter->count, 0, counter->n_cols * sizeof *counter->count);
    memset(counter->bits, 0, (counter->n_cols + 63) / 64 * sizeof *counter->bits);
    memset(counter->summary, 0, counter->n_summary * sizeof *counter->summary);
    counter->n_touched = 0;
}

/* The columns that were counted, ascending; clears the bits. */
static size_t counter_take_columns(struct tfidf_counter *counter, uint32_t *col)
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

static double row_weight(const struct tfidf *f, uint32_t col, uint32_t count)
{
    double tf = f->params.binary ? 1.0 : count;
    if (f->params.sublinear_tf)
        tf = tf < TFIDF_LOG_TABLE ? f->log_tf[(size_t)tf] : log(tf) + 1.0;
    return f->idf ? tf * f->idf[col] : tf;
}

static double row_norm(const struct tfidf *f, const uint32_t *count, const uint32_t *col, size_t n)
{
    if (f->params.norm == TFIDF_NORM_NONE)
        return 1.0;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t c = f->idf ? col[n - 1 - i] : col[i];
        const double w = row_weight(f, c, count[c]);
        sum += f->params.norm == TFIDF_NORM_L2 ? w * w : w;
    }
    return f->params.norm == TFIDF_NORM_L2 ? sqrt(sum) : sum;
}

size_t tfidf_counter_take(struct tfidf_counter *counter, const struct tfidf *f, uint32_t *col,
                          float *value)
{
    const size_t n = counter_take_columns(counter, col);
    const double norm = row_norm(f, counter->count, col, n);
    for (size_t i = 0; i < n; i++) {
        value[i] = (float)(row_weight(f, col[i], counter->count[col[i]]) / norm);
        counter->count[col[i]] = 0;
    }
    return n;
}
