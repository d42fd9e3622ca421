/* Pool adjacent violators: go through the bins from left to right, each a block of its own; as long
 * as the last block does not lie above the one before, the two become one with their common mean.
 */
#include "pipeline/isotonic.h"

#include <stdlib.h>

static int score_bin_order(const void *a, const void *b)
{
    const double x = ((const struct at_score_bin *)a)->x, y = ((const struct at_score_bin *)b)->x;
    return (x > y) - (x < y);
}

size_t at_score_bin_merge(struct at_score_bin *bins, size_t n)
{
    size_t m = 0;
    qsort(bins, n, sizeof *bins, score_bin_order);
    for (size_t i = 0; i < n; i++) {
        if (m > 0 && bins[m - 1].x == bins[i].x) {
            bins[m - 1].rows += bins[i].rows;
            bins[m - 1].hits += bins[i].hits;
        } else {
            bins[m++] = bins[i];
        }
    }
    return m;
}

size_t at_isotonic_fit(struct at_isotonic_block *block, const struct at_score_bin *bins, size_t m)
{
    size_t n = 0;
    for (size_t i = 0; i < m; i++) {
        block[n++] = (struct at_isotonic_block){bins[i].rows, bins[i].hits, i + 1};
        while (n > 1 &&
               block[n - 2].hits * block[n - 1].rows >= block[n - 1].hits * block[n - 2].rows) {
            block[n - 2].rows += block[n - 1].rows;
            block[n - 2].hits += block[n - 1].hits;
            block[n - 2].end = block[n - 1].end;
            n--;
        }
    }
    return n;
}

size_t at_score_rank(const double *x, size_t n, double score, int or_equal)
{
    size_t low = 0;
    while (n > 0) {
        const size_t half = n / 2;
        if (x[low + half] < score || (or_equal && x[low + half] == score)) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

double at_isotonic_value(const double *x, const double *v, size_t n, double score)
{
    const size_t right = at_score_rank(x, n, score, 0);
    if (right == 0)
        return v[0];
    if (right == n)
        return v[n - 1];
    if (x[right] == score)
        return v[right];
    const double share = (score - x[right - 1]) / (x[right] - x[right - 1]);
    return v[right - 1] + share * (v[right] - v[right - 1]);
}
