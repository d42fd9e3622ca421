/* linear_dump_bench DATA OUT [kind=NAME] [threads=N] [repeat=N] [option=value ...]
 *
 * Fits a model of one kind (linear, unless said otherwise) on a matrix from a file, measures, and
 * writes its probabilities of the same rows, for bench/parity/linear.py and
 * bench/peers/linear_speed.py.
 *
 * DATA  u64 n_rows, n_cols, n_values, n_classes; u64 start[n_rows + 1]; u32 col[]; f32 value[];
 *       u32 y[n_rows]
 * OUT   f64 proba[n_rows * n_classes]; - for none */
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
    const struct attune_model_kind *kind;
    struct at_fs_map map;
    struct attune_rows rows;
    struct attune_fit fit;
    void *options;
    struct at_arena texts;
    uint64_t threads, repeat;
};

static void bench_log(void *user, attune_log_level level, const char *message)
{
    (void)level;
    snprintf(user, 256, "%s", message);
}

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
    char *value = strchr(setting, '=');
    if (!value) {
        fprintf(stderr, "'%s' is not name=value\n", setting);
        exit(2);
    }
    *value++ = '\0';
    uint64_t *const own = strcmp(setting, "threads") == 0  ? &b->threads
                          : strcmp(setting, "repeat") == 0 ? &b->repeat
                                                           : NULL;
    if (own) {
        *own = strtoull(value, NULL, 10);
        return;
    }
    const struct attune_setting one = {setting, value};
    must(at_options_set((struct at_option_table){b->kind->options, b->kind->n_options}, b->options,
                        &one, 1, &b->texts, &err));
}

static void bench_kind(struct bench *b, const char *name)
{
    b->kind = attune_model_kind_find(name);
    if (!b->kind) {
        fprintf(stderr, "there is no kind '%s'\n", name);
        exit(2);
    }
    b->options = calloc(1, b->kind->options_size + 1);
    must(at_options_defaults((struct at_option_table){b->kind->options, b->kind->n_options},
                             b->options, &err));
}

/* Size of the model file, a temporary one. */
static size_t bench_file_size(const struct attune_model *model)
{
    static const char path[] = "linear_dump_bench.tmp";
    attune_writer *writer;
    struct at_fs_map map;
    must(at_bundle_create(&writer, path, &err));
    must(model->kind->save(model, writer, &err));
    must(at_bundle_commit(writer, &err));
    must(at_fs_map_open(&map, path, &err));
    const size_t size = map.size;
    at_fs_map_close(&map);
    remove(path);
    return size;
}

/* Peak memory of this program so far. */
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

/* Seconds for one row, alone in its call: the median over rows. */
static double bench_single(const struct bench *b, const struct attune_model *model, double *proba)
{
    enum { MAX_SINGLE = 2000 };
    static double took[MAX_SINGLE];
    const size_t n = b->rows.n_rows < MAX_SINGLE ? b->rows.n_rows : MAX_SINGLE;
    for (size_t i = 0; i < n; i++) {
        struct attune_rows row = b->rows;
        const uint64_t start[2] = {0, b->rows.start[i + 1] - b->rows.start[i]};
        row.n_rows = 1;
        row.start = start;
        row.col += b->rows.start[i];
        row.value += b->rows.start[i];
        const double begin = seconds(CLOCK_MONOTONIC);
        must(model->kind->predict(model, &row, proba, NULL, &err));
        took[i] = seconds(CLOCK_MONOTONIC) - begin;
    }
    qsort(took, n, sizeof *took, bench_compare);
    return took[n / 2];
}

static void bench_measure(struct bench *b, FILE *out)
{
    struct attune_model *model = NULL;
    double wall = 1e9, cpu = 1e9;
    char said[256] = "";
    const attune_job job = {.user = said, .log = bench_log};
    b->fit.job = &job;
    must(at_pool_create(&b->fit.pool, b->threads, &err));
    for (uint64_t i = 0; i < b->repeat; i++) {
        if (model)
            b->kind->destroy(model);
        const double wall0 = seconds(CLOCK_MONOTONIC), cpu0 = seconds(CLOCK_PROCESS_CPUTIME_ID);
        must(b->kind->fit(&model, &b->fit, b->options, &err));
        const double w = seconds(CLOCK_MONOTONIC) - wall0;
        const double c = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu0;
        wall = w < wall ? w : wall;
        cpu = c < cpu ? c : cpu;
    }
    const long peak_kb = bench_peak_kb();
    const size_t n = b->rows.n_rows, k = b->fit.n_classes;
    double *proba = AT_ALLOC(double, n *k);
    if (!proba)
        exit(1);
    const double single = bench_single(b, model, proba);
    double batch = seconds(CLOCK_MONOTONIC);
    must(b->kind->predict(model, &b->rows, proba, NULL, &err));
    batch = (seconds(CLOCK_MONOTONIC) - batch) / (double)n;
    printf("{\"fit_s\": %.6f, \"fit_cpu_s\": %.6f, \"peak_rss_kb\": %ld, \"single_us\": %.3f, "
           "\"batch_us\": %.3f, \"file_bytes\": %zu, \"said\": \"%s\"}\n",
           wall, cpu, peak_kb, single * 1e6, batch * 1e6, bench_file_size(model), said);
    if (out)
        fwrite(proba, sizeof *proba, n * k, out);
    at_free(proba);
    b->kind->destroy(model);
    at_pool_destroy(b->fit.pool);
}

int main(int argc, char **argv)
{
    struct bench b = {.threads = 1, .repeat = 1};
    if (argc < 3) {
        fprintf(stderr, "usage: linear_dump_bench DATA OUT [name=value ...]\n");
        return 2;
    }
    bench_open(&b, argv[1]);
    const int has_kind = argc > 3 && strncmp(argv[3], "kind=", 5) == 0;
    bench_kind(&b, has_kind ? argv[3] + 5 : "linear");
    for (int i = 3 + has_kind; i < argc; i++)
        bench_setting(&b, argv[i]);
    FILE *out = strcmp(argv[2], "-") == 0 ? NULL : fopen(argv[2], "wb");
    bench_measure(&b, out);
    if (out)
        fclose(out);
    at_fs_map_close(&b.map);
    at_arena_release(&b.texts);
    free(b.options);
    return 0;
}
