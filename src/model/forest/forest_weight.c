/* Which rows a tree sees, and how much each counts. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "model/forest/forest_level.h"

enum { WEIGHT_BITS = 24 };

/* Bits of the largest weight, such that all weights together stay below 2^(AT_FOREST_WEIGHT_BITS -
 * 1). */
static int weight_bits(size_t n_rows)
{
    int room = AT_FOREST_WEIGHT_BITS - 1;
    for (; n_rows > 1; n_rows = n_rows / 2 + n_rows % 2)
        room--;
    return room < WEIGHT_BITS ? room : WEIGHT_BITS;
}

uint32_t at_forest_draw_state(uint32_t seed)
{
    struct at_forest_mt mt;
    at_forest_mt_init(&mt, seed);
    return at_forest_mt_below(&mt, AT_FOREST_SEED_MAX);
}

static void weight_count(uint32_t *count, size_t n, const struct at_forest_rules *rules,
                         uint32_t seed)
{
    if (!rules->bootstrap) {
        for (size_t i = 0; i < n; i++)
            count[i] = 1;
        return;
    }
    struct at_forest_mt mt;
    at_forest_mt_init(&mt, seed);
    memset(count, 0, n * sizeof *count);
    for (uint32_t i = 0; i < rules->n_drawn; i++)
        count[at_forest_mt_below(&mt, (uint32_t)n - 1)]++;
}

/* How often each class was drawn, turned into its weight in this tree. */
static void weight_balance_subsample(double *share, const uint32_t *count,
                                     const struct at_forest_data *data)
{
    double n = 0, n_present = 0;
    for (size_t i = 0; i < data->rows->n_rows; i++)
        share[data->y[i]] += count[i];
    for (size_t c = 0; c < data->n_classes; c++) {
        n += share[c];
        n_present += share[c] > 0;
    }
    for (size_t c = 0; c < data->n_classes; c++)
        share[c] = share[c] > 0 ? n / (n_present * share[c]) : 0;
}

/* The largest product gets weight_bits bits; a row that was drawn keeps a weight of at least 1. */
static void weight_round(uint32_t *weight, const double *share, const struct at_forest_data *data)
{
    double largest = 0;
    for (size_t i = 0; i < data->rows->n_rows; i++)
        largest = fmax(largest, weight[i] * data->weight[i] * share[data->y[i]]);
    int exponent;
    frexp(largest, &exponent);
    const int bits = weight_bits(data->rows->n_rows);
    for (size_t i = 0; i < data->rows->n_rows; i++) {
        const double exact = weight[i] * data->weight[i] * share[data->y[i]];
        const double scaled = nearbyint(ldexp(exact, bits - exponent));
        weight[i] = weight[i] ? (uint32_t)fmax(scaled, 1) : 0;
    }
}

attune_status at_forest_tree_weights(uint32_t *weight, const struct at_forest_data *data,
                                     const struct at_forest_rules *rules, uint32_t seed,
                                     attune_error *err)
{
    weight_count(weight, data->rows->n_rows, rules, seed);
    if (!data->weight)
        return ATTUNE_OK;
    double *share = AT_ALLOC(double, data->n_classes);
    if (!share)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: class weights");
    if (rules->bootstrap && rules->class_weight == AT_FOREST_WEIGHT_BALANCED_SUBSAMPLE)
        weight_balance_subsample(share, weight, data);
    else
        for (size_t c = 0; c < data->n_classes; c++)
            share[c] = 1;
    weight_round(weight, share, data);
    at_free(share);
    return ATTUNE_OK;
}
