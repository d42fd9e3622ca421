/* Turning the counts of a row into values. The order of every sum is scikit-learn's: its
 * product with the diagonal idf matrix leaves a row's columns in descending order, so with idf the
 * norm is summed from the last column to the first, and without idf from the first to the last. */
#include <math.h>

#include "feature/tfidf/tfidf.h"

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

size_t tfidf_counter_take(struct at_col_counter *counter, const struct tfidf *f, uint32_t *col,
                          float *value)
{
    const size_t n = at_col_counter_columns(counter, col);
    const double norm = row_norm(f, counter->count, col, n);
    for (size_t i = 0; i < n; i++) {
        value[i] = (float)(row_weight(f, col[i], counter->count[col[i]]) / norm);
        counter->count[col[i]] = 0;
    }
    return n;
}
