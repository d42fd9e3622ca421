/* forest_dump_bench DATA OUT [threads=N] [seed=N] [repeat=N] [option=value ...]
 *
 * Fits a forest on a matrix from a file and writes every node as it was grown, so that another
 * program can compare them (bench/parity/forest.py), or with OUT = - only measures
 * (bench/peers/forest_speed.py).
 *
 * DATA  u64 n_rows, n_cols, n_values, n_classes; u64 start[n_rows + 1]; u32 col[]; f32 value[];
 *       u32 y[n_rows]
 * OUT   for each tree: u64 n_nodes; then for all nodes i32 feature (-1: leaf), u32 right, u32
 *       n_samples, f64 threshold, f64 value[n_classes]; then f64 proba[n_rows * n_classes] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/bundle.h"
#include "base/fs.h"
#include "base/option.h"
#include "base/pool.h"
#include "base/str.h"
#include "model/forest/forest_grow.h"
#include "model/forest/forest_model.h"
#include "model/model.h"

static attune_error err;

static void must(attune_status status)
{
    if (status == ATTUNE_OK)
        return;
    fprintf(stderr, "%s: %s\n", attune_status_text(status), err.message);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct bench {
    struct at_fs_map map;
    struct attune_rows rows;
    struct attune_fit fit;
    struct at_forest_options options;
    struct at_arena texts;
    uint64_t threads, repeat;
};

static void bench_open(struct bench *b, const char *path)
{
    must(at_fs_map_open(&b->map, path, &err));
    const uint64_t *head = (const void *)b->map.data;
    const uint64_t n_rows = head[0], n_values = head[2];
    const uint64_t *start = head + 4;
    const uint32_t *col = (const void *)(start + n_rows + 1);
    const float *value = (const void *)(col + n_values);
    b->rows = (struct attune_rows){
        ATTUNE_ROWS_SPARSE, (size_t)n_rows, (size_t)head[1], start, col, value};
    b->fit = (struct attune_fit){
        .rows = &b->rows, .y = (const void *)(value + n_values), .n_classes = (size_t)head[3]};
}

static void bench_setting(struct bench *b, char *setting)
{
    const struct at_option_table table = {at_forest_option_table, AT_FOREST_N_OPTIONS};
    char *value = strchr(setting, '=');
    if (!value) {
        fprintf(stderr, "'%s' is not name=value\n", setting);
        exit(2);
    }
    *value++ = '\0';
    uint64_t *const own = strcmp(setting, "threads") == 0  ? &b->threads
                          : strcmp(setting, "seed") == 0   ? &b->fit.seed
                          : strcmp(setting, "repeat") == 0 ? &b->repeat
                                                           : NULL;
    if (own) {
        *own = strtoull(value, NULL, 10);
        return;
    }
    const struct attune_setting one = {setting, value};
    must(at_options_set(table, &b->options, &one, 1, &b->texts, &err));
}

static void bench_dump_tree(FILE *out, const struct at_forest_tree *tree)
{
    const uint64_t n = tree->n_nodes;
    fwrite(&n, sizeof n, 1, out);
    for (size_t i = 0; i < n; i++)
        fwrite(&tree->node[i].feature, 4, 1, out);
    for (size_t i = 0; i < n; i++)
        fwrite(&tree->node[i].right, 4, 1, out);
    for (size_t i = 0; i < n; i++)
        fwrite(&tree->node[i].n_samples, 4, 1, out);
    for (size_t i = 0; i < n; i++)
        fwrite(&tree->node[i].threshold, 8, 1, out);
    fwrite(tree->value, sizeof *tree->value, n * tree->n_classes, out);
}

static void bench_dump(struct bench *b, FILE *out)
{
    struct at_forest_rules rules;
    struct at_forest_data data;
    struct at_forest_grower grower;
    struct at_forest_tree tree = {.n_classes = b->fit.n_classes};
    struct at_forest_mt mt;
    must(at_forest_rules_make(&rules, &b->options, b->rows.n_rows, b->rows.n_cols, &err));
    must(at_forest_data_init(&data, &b->fit, &rules, &err));
    must(at_forest_grower_init(&grower, &data, &rules, NULL, &err));
    at_forest_mt_init(&mt, (uint32_t)b->fit.seed);
    for (uint32_t t = 0; t < rules.n_trees; t++) {
        const uint32_t seed = at_forest_mt_below(&mt, AT_FOREST_SEED_MAX);
        must(at_forest_grow(&grower, &tree, seed, &err));
        bench_dump_tree(out, &tree);
    }
    at_forest_tree_release(&tree);
    at_forest_grower_release(&grower);
    at_forest_data_release(&data);
}

/* The model file's path, a temporary one; its size is what is reported. */
static size_t bench_file_size(const struct attune_model *model)
{
    char path[] = "forest_dump_bench.tmp";
    attune_writer *writer;
    struct at_fs_map map;
    must(at_bundle_create(&writer, path, &err));
    must(at_forest_model_save(model, writer, &err));
    must(at_bundle_commit(writer, &err));
    must(at_fs_map_open(&map, path, &err));
    const size_t size = map.size;
    at_fs_map_close(&map);
    remove(path);
    return size;
}

/* Peak memory of this program; unlike getrusage's figure it does not start with that of the caller.
 */
static long bench_peak_kb(void)
{
    char line[128];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    if (f)
        fclose(f);
    return kb;
}

static int bench_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds for one row, alone in its call: the median over rows, since other programs may run too.
 */
static double bench_single(const struct bench *b, const struct attune_model *model, void *scratch)
{
    enum { MAX_SINGLE = 2000 };
    static double took[MAX_SINGLE];
    double *proba = AT_ALLOC(double, model->n_classes);
    const size_t n = b->rows.n_rows < MAX_SINGLE ? b->rows.n_rows : MAX_SINGLE;
    for (size_t i = 0; i < n; i++) {
        struct attune_rows row = b->rows;
        const uint64_t start[2] = {0, b->rows.start[i + 1] - b->rows.start[i]};
        row.n_rows = 1;
        row.start = start;
        row.col += b->rows.start[i];
        row.value += b->rows.start[i];
        const double begin = seconds(CLOCK_MONOTONIC);
        must(model->kind->predict(model, &row, proba, scratch, &err));
        took[i] = seconds(CLOCK_MONOTONIC) - begin;
    }
    at_free(proba);
    qsort(took, n, sizeof *took, bench_compare);
    return took[n / 2];
}

/* Processor seconds to explain one row: the median over rows. */
static double bench_explain(const struct bench *b, const struct attune_model *model)
{
    enum { MAX_EXPLAINED = 21 };
    double took[MAX_EXPLAINED], base;
    double *contribution = AT_ALLOC(double, model->n_features);
    const size_t n = b->rows.n_rows < MAX_EXPLAINED ? b->rows.n_rows : MAX_EXPLAINED;
    for (size_t i = 0; i < n; i++) {
        struct attune_rows row = b->rows;
        const uint64_t start[2] = {0, b->rows.start[i + 1] - b->rows.start[i]};
        row.n_rows = 1;
        row.start = start;
        row.col += b->rows.start[i];
        row.value += b->rows.start[i];
        const double begin = seconds(CLOCK_THREAD_CPUTIME_ID);
        must(model->kind->explain(model, &row, 0, contribution, &base, &err));
        took[i] = seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
    }
    at_free(contribution);
    qsort(took, n, sizeof *took, bench_compare);
    return took[n / 2];
}

static void bench_measure(struct bench *b, FILE *out)
{
    const struct attune_model_kind *kind = attune_model_kind_find("forest");
    struct attune_model *model = NULL;
    double wall = 1e9, cpu = 1e9;
    must(at_pool_create(&b->fit.pool, b->threads, &err));
    for (uint64_t i = 0; i < b->repeat; i++) {
        if (model)
            kind->destroy(model);
        const double wall0 = seconds(CLOCK_MONOTONIC), cpu0 = seconds(CLOCK_PROCESS_CPUTIME_ID);
        must(kind->fit(&model, &b->fit, &b->options, &err));
        const double w = seconds(CLOCK_MONOTONIC) - wall0;
        const double c = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu0;
        wall = w < wall ? w : wall;
        cpu = c < cpu ? c : cpu;
    }
    const long peak_kb = bench_peak_kb();
    const size_t n = b->rows.n_rows, k = b->fit.n_classes;
    double *proba = AT_ALLOC(double, n *k);
    void *scratch = aligned_alloc(64, (kind->scratch_bytes(model) + 127) / 64 * 64);
    if (!proba || !scratch)
        exit(1);
    const double single = bench_single(b, model, scratch);
    double batch = seconds(CLOCK_MONOTONIC);
    must(kind->predict(model, &b->rows, proba, scratch, &err));
    batch = (seconds(CLOCK_MONOTONIC) - batch) / (double)n;
    printf("{\"fit_s\": %.6f, \"fit_cpu_s\": %.6f, \"peak_rss_kb\": %ld, \"single_us\": %.3f, "
           "\"batch_us\": %.3f, \"explain_us\": %.0f, \"file_bytes\": %zu}\n",
           wall, cpu, peak_kb, single * 1e6, batch * 1e6, bench_explain(b, model) * 1e6,
           bench_file_size(model));
    if (out)
        fwrite(proba, sizeof *proba, n * k, out);
    at_free(proba);
    free(scratch);
    kind->destroy(model);
    at_pool_destroy(b->fit.pool);
}

int main(int argc, char **argv)
{
    struct bench b = {.threads = 1, .repeat = 1};
    if (argc < 3) {
        fprintf(stderr, "usage: forest_dump_bench DATA OUT [name=value ...]\n");
        return 2;
    }
    bench_open(&b, argv[1]);
    const struct at_option_table table = {at_forest_option_table, AT_FOREST_N_OPTIONS};
    must(at_options_defaults(table, &b.options, &err));
    for (int i = 3; i < argc; i++)
        bench_setting(&b, argv[i]);
    FILE *out = strcmp(argv[2], "-") == 0 ? NULL : fopen(argv[2], "wb");
    if (out)
        bench_dump(&b, out);
    bench_measure(&b, out);
    if (out)
        fclose(out);
    at_fs_map_close(&b.map);
    at_arena_release(&b.texts);
    return 0;
}
