/* Column c of Helmert's basis is a_c * (1, ..., 1, -(c + 1), 0, ..., 0) with c + 1 ones and
 * a_c = 1 / sqrt((c + 1) (c + 2)); so one running sum does for a whole row. */
#include "model/linear/linear_contrast.h"

#include <math.h>

static double contrast_length(size_t c)
{
    return 1 / sqrt((double)(c + 1) * (double)(c + 2));
}

void at_linear_contrast_expand(double *score, const double *contrast, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++) {
        double after = 0; /* what the coordinates from c on give each score up to c */
        for (size_t c = k - 1; c-- > 0;) {
            const double part = contrast_length(c) * contrast[i * (k - 1) + c];
            score[i * k + c + 1] = after - (double)(c + 1) * part;
            after += part;
        }
        score[i * k] = after;
    }
}

void at_linear_contrast_reduce(double *contrast, const double *score, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++) {
        double before = 0;
        for (size_t c = 0; c + 1 < k; c++) {
            before += score[i * k + c];
            contrast[i * (k - 1) + c] =
                contrast_length(c) * (before - (double)(c + 1) * score[i * k + c + 1]);
        }
    }
}
