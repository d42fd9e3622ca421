/* The area is the share of (member, non-member) pairs that the scores put in the right order.
 * Walking the rows by rising score, every member passes all non-members seen so far and half of
 * those that tie with it: one sort, no pairs. */
#include "eval/roc.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

struct roc_row {
    double score;
    uint32_t member; /* 1 or 0 */
};

static int roc_order(const void *a, const void *b)
{
    const double x = ((const struct roc_row *)a)->score, y = ((const struct roc_row *)b)->score;
    return (x > y) - (x < y);
}

/* NaN unless both sides have rows. Sorts `rows`. */
static double roc_area(struct roc_row *rows, size_t n)
{
    qsort(rows, n, sizeof *rows, roc_order);
    double pairs = 0, members = 0, others = 0;
    for (size_t i = 0; i < n;) {
        double tied_members = 0, tied_others = 0;
        const double score = rows[i].score;
        for (; i < n && rows[i].score == score; i++) {
            tied_members += rows[i].member;
            tied_others += 1 - rows[i].member;
        }
        pairs += tied_members * (others + tied_others / 2);
        members += tied_members;
        others += tied_others;
    }
    return members > 0 && others > 0 ? pairs / (members * others) : NAN;
}

attune_status at_roc_auc(double *out, const uint32_t *y, const double *p, size_t n, size_t k,
                         attune_error *err)
{
    struct roc_row *rows = AT_ALLOC_RAW(struct roc_row, n);
    if (!rows)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: ROC of %zu rows", n);
    double sum = 0;
    size_t n_areas = 0;
    for (size_t c = k == 2 ? 1 : 0; c < k; c++) {
        for (size_t i = 0; i < n; i++)
            rows[i] = (struct roc_row){p[i * k + c], y[i] == c};
        const double area = roc_area(rows, n);
        if (isnan(area))
            continue;
        sum += area;
        n_areas++;
    }
    at_free(rows);
    *out = n_areas ? sum / (double)n_areas : NAN;
    return ATTUNE_OK;
}
