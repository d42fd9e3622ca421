/* From counts to values. Sums run from the last column of a part to its first with idf and the
 * other way round without, as scikit-learn's do, so that the same words give the same bits. */
#include <math.h>

#include "feature/ngram/ngram.h"

static double row_weight(const struct ngram *f, uint32_t col, uint32_t count)
{
    double tf = count;
    if (f->params.sublinear_tf)
        tf = count < NGRAM_LOG_TABLE ? f->log_tf[count] : log(tf) + 1.0;
    return f->idf ? tf * f->idf[col] : tf;
}

static double row_squares(const struct ngram *f, const uint32_t *count, const uint32_t *col,
                          size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t c = f->idf ? col[n - 1 - i] : col[i];
        const double w = row_weight(f, c, count[c]);
        sum += w * w;
    }
    return sum;
}

/* What the values of each part are divided by. */
static void row_norms(const struct ngram *f, double squares_words, double squares_chars,
                      double *out_words, double *out_chars)
{
    const double weight = f->params.word_weight;
    double words = 1, chars = 1;
    if (f->params.norm == NGRAM_NORM_EACH) {
        words = sqrt(squares_words);
        chars = sqrt(squares_chars);
    } else if (f->params.norm == NGRAM_NORM_L2) {
        words = chars = sqrt(squares_words * (weight * weight) + squares_chars);
    }
    *out_words = words / weight;
    *out_chars = chars;
}

size_t ngram_take_row(const struct ngram *f, struct at_col_counter *counter, uint32_t *col,
                      float *value)
{
    const size_t n = at_col_counter_columns(counter, col);
    if (n == 0)
        return 0; /* nothing known: the arrays may be NULL then */
    size_t n_words = 0;
    while (n_words < n && col[n_words] < f->n_words)
        n_words++;
    double norm[2] = {1, 1};
    row_norms(f, row_squares(f, counter->count, col, n_words),
              row_squares(f, counter->count, col + n_words, n - n_words), &norm[0], &norm[1]);
    for (size_t i = 0; i < n; i++) {
        value[i] = (float)(row_weight(f, col[i], counter->count[col[i]]) / norm[i >= n_words]);
        counter->count[col[i]] = 0;
    }
    return n;
}
