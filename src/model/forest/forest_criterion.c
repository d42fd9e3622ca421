#include "model/forest/forest_criterion.h"

#include <math.h>

static double criterion_entropy(const double *sum, size_t n_classes, double weight)
{
    const double ln2 = 0.693147180559945309417;
    double entropy = 0;
    for (size_t c = 0; c < n_classes; c++) {
        const double p = sum[c] / weight;
        if (sum[c] > 0)
            entropy -= p * (log(p) / ln2);
    }
    return entropy;
}

double at_forest_impurity(enum at_forest_criterion criterion, const double *sum, size_t n_classes,
                          double weight)
{
    if (criterion != AT_FOREST_GINI)
        return criterion_entropy(sum, n_classes, weight);
    double square = 0;
    for (size_t c = 0; c < n_classes; c++)
        square += sum[c] * sum[c];
    return 1 - square / (weight * weight);
}
