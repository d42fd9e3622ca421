/* Each column is sorted once, for all trees: a tree's root then only filters out the rows that it
 * did not draw, and no node below sorts more than the few values of its own. */
#include "model/forest/forest_data.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/job.h"

enum { DATA_RADIX_MIN = 48, DATA_SORT_TASKS = 64, DATA_SPARSE = 64 };

static void data_sort_small(uint64_t *entry, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const uint64_t e = entry[i];
        size_t k = i;
        for (; k > 0 && entry[k - 1] > e; k--)
            entry[k] = entry[k - 1];
        entry[k] = e;
    }
}

/* Least significant byte first, over the four bytes of the value; a byte in which all agree (often
 * the exponent) costs one look. */
void at_forest_sort(uint64_t *entry, uint64_t *scratch, size_t n)
{
    if (n < DATA_RADIX_MIN) {
        data_sort_small(entry, n);
        return;
    }
    uint64_t *from = entry, *to = scratch;
    for (unsigned shift = 32; shift < 64; shift += 8) {
        size_t at[256] = {0};
        for (size_t i = 0; i < n; i++)
            at[from[i] >> shift & 255]++;
        if (at[from[0] >> shift & 255] == n)
            continue;
        size_t sum = 0;
        for (size_t b = 0; b < 256; b++) {
            const size_t count = at[b];
            at[b] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            to[at[from[i] >> shift & 255]++] = from[i];
        uint64_t *const swap = from;
        from = to;
        to = swap;
    }
    if (from != entry)
        memcpy(entry, from, n * sizeof *entry);
}

/* Explicit zeros are rare; where there are some, rows are copied without them. */
static attune_status data_drop_zeros(struct at_forest_data *data, attune_error *err)
{
    const struct attune_rows *rows = data->rows;
    const size_t n_values = (size_t)rows->start[rows->n_rows];
    size_t n_zeros = 0, kept = 0;
    data->start = rows->start;
    data->col = rows->col;
    data->value = rows->value;
    for (size_t i = 0; i < n_values; i++)
        n_zeros += rows->value[i] == 0;
    if (n_zeros == 0)
        return ATTUNE_OK;
    uint64_t *start = data->compact[0] = AT_ALLOC(uint64_t, rows->n_rows + 1);
    uint32_t *col = data->compact[1] = AT_ALLOC_RAW(uint32_t, n_values - n_zeros);
    float *value = data->compact[2] = AT_ALLOC_RAW(float, n_values - n_zeros);
    if (!start || !col || !value)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: rows of %zu values", n_values);
    for (size_t row = 0; row < rows->n_rows; row++) {
        for (uint64_t i = rows->start[row]; i < rows->start[row + 1]; i++)
            if (rows->value[i] != 0) {
                col[kept] = rows->col[i];
                value[kept++] = rows->value[i];
            }
        start[row + 1] = kept;
    }
    data->start = start;
    data->col = col;
    data->value = value;
    return ATTUNE_OK;
}

static void data_collect_columns(struct at_forest_data *data)
{
    const size_t n_rows = data->rows->n_rows, n_cols = data->rows->n_cols;
    uint64_t *next = data->column_start + 1; /* counts, then fill positions, then ends */
    for (uint64_t i = 0; i < data->start[n_rows]; i++)
        next[data->col[i] + 1]++;
    for (size_t f = 1; f < n_cols; f++)
        next[f] += next[f - 1];
    for (size_t f = 0; f < n_cols; f++)
        data->plain[f] = true;
    for (size_t row = 0; row < n_rows; row++)
        for (uint64_t i = data->start[row]; i < data->start[row + 1]; i++) {
            const uint32_t f = data->col[i];
            data->entry[next[f]++] = at_forest_entry(data->value[i], (uint32_t)row);
            data->plain[f] = data->plain[f] && data->value[i] > AT_FOREST_GAP;
        }
}

/* The column's entries are still in order of rows. */
static void data_fill_bitmap(struct at_forest_data *data, size_t f, size_t n_words)
{
    uint64_t *bits = data->bits + data->bits_start[f];
    uint32_t *before = data->before + data->bits_start[f], n = 0;
    uint32_t *key = data->key + data->key_start[f];
    for (uint64_t i = data->column_start[f]; i < data->column_start[f + 1]; i++) {
        const uint32_t row = at_forest_entry_row(data->entry[i]);
        bits[row / 64] |= UINT64_C(1) << row % 64;
        *key++ = (uint32_t)(data->entry[i] >> 32);
    }
    for (size_t w = 0; w < n_words; w++) {
        before[w] = n;
        n += (uint32_t)__builtin_popcountll(bits[w]);
    }
}

/* Columns in which at least every DATA_SPARSE-th row has a value get a bitmap: it then takes at
 * most about twice the memory of the column's entries. */
static attune_status data_make_bitmaps(struct at_forest_data *data, attune_error *err)
{
    const size_t n_cols = data->rows->n_cols, n_words = (data->rows->n_rows + 63) / 64;
    size_t n_bits = 0, n_keys = 0;
    data->bits_start = AT_ALLOC_RAW(size_t, n_cols);
    data->key_start = AT_ALLOC_RAW(size_t, n_cols);
    for (size_t f = 0; data->bits_start && data->key_start && f < n_cols; f++) {
        const uint64_t len = data->column_start[f + 1] - data->column_start[f];
        const bool sparse = len * DATA_SPARSE < data->rows->n_rows;
        data->bits_start[f] = sparse ? SIZE_MAX : n_bits;
        data->key_start[f] = n_keys;
        n_bits += sparse ? 0 : n_words;
        n_keys += sparse ? 0 : (size_t)len;
    }
    data->key = AT_ALLOC_RAW(uint32_t, n_keys);
    data->bits = AT_ALLOC(uint64_t, n_bits);
    data->before = AT_ALLOC_RAW(uint32_t, n_bits);
    if (!data->bits_start || !data->key_start || !data->key || !data->bits || !data->before)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: bitmaps of %zu columns", n_cols);
    for (size_t f = 0; f < n_cols; f++)
        if (data->bits_start[f] != SIZE_MAX)
            data_fill_bitmap(data, f, n_words);
    return ATTUNE_OK;
}

static attune_status data_narrow(struct at_forest_data *data, attune_error *err)
{
    const size_t n = (size_t)data->start[data->rows->n_rows];
    if (data->rows->n_cols > UINT16_MAX + (size_t)1)
        return ATTUNE_OK;
    data->narrow = AT_ALLOC_RAW(uint16_t, n);
    if (!data->narrow)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: columns of %zu values", n);
    for (size_t i = 0; i < n; i++)
        data->narrow[i] = (uint16_t)data->col[i];
    return ATTUNE_OK;
}

struct data_sort {
    struct at_forest_data *data;
    uint64_t *scratch; /* [workers * n_rows] */
    const attune_job *job;
};

/* Task i sorts columns i, i + 64, i + 128, ... */
static void data_sort_task(void *context, size_t task, size_t worker)
{
    const struct data_sort *sort = context;
    const struct at_forest_data *data = sort->data;
    uint64_t *scratch = sort->scratch + worker * data->rows->n_rows;
    for (size_t f = task; f < data->rows->n_cols; f += DATA_SORT_TASKS) {
        const uint64_t start = data->column_start[f];
        if (at_job_cancelled(sort->job))
            return;
        at_forest_sort(data->entry + start, scratch, (size_t)(data->column_start[f + 1] - start));
    }
}

/* n_rows / (n_present * count[c]): every class that occurs weighs the same in the end. Counts are
 * of rows, not of weights, as in scikit-learn. */
static void data_balance(double *share, const double *count, size_t n_classes)
{
    double n = 0, n_present = 0;
    for (size_t c = 0; c < n_classes; c++) {
        n += count[c];
        n_present += count[c] > 0;
    }
    for (size_t c = 0; c < n_classes; c++)
        share[c] = count[c] > 0 ? n / (n_present * count[c]) : 0;
}

static attune_status data_weigh(struct at_forest_data *data, const struct attune_fit *in,
                                const struct at_forest_rules *rules, attune_error *err)
{
    const size_t n = in->rows->n_rows;
    const bool balanced =
        rules->class_weight == AT_FOREST_WEIGHT_BALANCED ||
        (rules->class_weight == AT_FOREST_WEIGHT_BALANCED_SUBSAMPLE && !rules->bootstrap);
    const bool subsample = rules->class_weight == AT_FOREST_WEIGHT_BALANCED_SUBSAMPLE;
    if (!in->weight && !balanced && !subsample)
        return ATTUNE_OK;
    double *share = AT_ALLOC(double, 2 * in->n_classes);
    data->weight = AT_ALLOC(double, n);
    if (!share || !data->weight) {
        at_free(share);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: weights of %zu rows", n);
    }
    double *count = share + in->n_classes;
    for (size_t i = 0; i < n; i++)
        count[in->y[i]]++;
    data_balance(share, count, in->n_classes);
    for (size_t i = 0; i < n; i++)
        data->weight[i] =
            (in->weight ? (double)in->weight[i] : 1) * (balanced ? share[in->y[i]] : 1);
    at_free(share);
    return ATTUNE_OK;
}

static attune_status data_build(struct at_forest_data *data, const struct attune_fit *in,
                                const struct at_forest_rules *rules, attune_error *err)
{
    const struct attune_rows *rows = in->rows;
    AT_TRY(data_drop_zeros(data, err));
    const size_t n_items = (size_t)data->start[rows->n_rows];
    data->column_start = AT_ALLOC(uint64_t, rows->n_cols + 2);
    data->entry = AT_ALLOC_RAW(uint64_t, n_items);
    data->plain = AT_ALLOC(bool, rows->n_cols);
    uint64_t *scratch = AT_ALLOC_RAW(uint64_t, attune_pool_threads(in->pool) * rows->n_rows);
    attune_status status = ATTUNE_OK;
    if (data->column_start && data->entry && data->plain && scratch) {
        data_collect_columns(data);
        status = data_make_bitmaps(data, err);
        if (status == ATTUNE_OK)
            status = data_narrow(data, err);
    } else {
        status =
            at_fail(err, ATTUNE_NO_MEMORY, "out of memory: sorted columns of %zu values", n_items);
    }
    if (status == ATTUNE_OK) {
        struct data_sort sort = {data, scratch, in->job};
        attune_parallel_for(in->pool, DATA_SORT_TASKS, data_sort_task, &sort);
        status = at_job_check(in->job, err);
    }
    at_free(scratch);
    return status == ATTUNE_OK ? data_weigh(data, in, rules, err) : status;
}

attune_status at_forest_data_init(struct at_forest_data *data, const struct attune_fit *in,
                                  const struct at_forest_rules *rules, attune_error *err)
{
    *data = (struct at_forest_data){.rows = in->rows, .y = in->y, .n_classes = in->n_classes};
    const attune_status status = data_build(data, in, rules, err);
    if (status != ATTUNE_OK)
        at_forest_data_release(data);
    return status;
}

void at_forest_data_release(struct at_forest_data *data)
{
    at_free(data->weight);
    at_free(data->column_start);
    at_free(data->entry);
    at_free(data->plain);
    at_free(data->bits);
    at_free(data->bits_start);
    at_free(data->before);
    at_free(data->key_start);
    at_free(data->narrow);
    at_free(data->key);
    for (size_t i = 0; i < 3; i++)
        at_free(data->compact[i]);
    *data = (struct at_forest_data){0};
}
