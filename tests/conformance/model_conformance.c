/* What every model kind has to do, whatever it learns: looped over the table of kinds, so that a
 * kind is tested from the moment its folder exists. */
#include "support/test.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/bundle.h"
#include "base/fs.h"
#include "base/option.h"
#include "base/pool.h"
#include "base/rng.h"
#include "model/model.h"

enum { N_ROWS = 90, N_COLS = 40, N_CLASSES = 3, SCRATCH_ALIGN = 64 };

static attune_error err;

/* The same small learning task as every kind of rows: what is in a row depends on its class. */
struct task {
    uint64_t start[N_ROWS + 1];
    uint32_t col[N_ROWS * N_COLS], token[N_ROWS * N_COLS];
    float value[N_ROWS * N_COLS], dense[N_ROWS * N_COLS];
    uint32_t y[N_ROWS];
    float weight[N_ROWS];
};

static void task_make(struct task *t, uint64_t seed)
{
    struct at_rng rng;
    uint64_t n = 0;
    at_rng_init(&rng, seed);
    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < N_ROWS; i++) {
        t->y[i] = (uint32_t)(i % N_CLASSES);
        t->weight[i] = (float)(1 + at_rng_below(&rng, 4)) / 2;
        for (uint32_t f = 0; f < N_COLS; f++) {
            const double share = f % N_CLASSES == t->y[i] ? 0.35 : 0.15;
            if (at_rng_unit(&rng) >= share)
                continue;
            t->col[n] = t->token[n] = f;
            t->value[n] = (float)(0.1 + at_rng_unit(&rng));
            t->dense[i * N_COLS + f] = t->value[n++];
        }
        t->start[i + 1] = n;
    }
}

static struct attune_rows task_rows(const struct task *t, attune_rows_kind kind, size_t n)
{
    struct attune_rows rows = {.kind = kind, .n_rows = n, .n_cols = N_COLS};
    if (kind == ATTUNE_ROWS_DENSE) {
        rows.value = t->dense;
        return rows;
    }
    rows.start = t->start;
    rows.col = kind == ATTUNE_ROWS_TOKENS ? t->token : t->col;
    rows.value = kind == ATTUNE_ROWS_TOKENS ? NULL : t->value;
    return rows;
}

/* One kind on one kind of rows, with default options. */
struct subject {
    const struct attune_model_kind *kind;
    struct task task;
    struct attune_rows rows;
    struct attune_fit fit;
    void *options;
    char path[256];
};

static void subject_open(struct subject *s, const struct attune_model_kind *kind,
                         attune_rows_kind rows)
{
    memset(s, 0, sizeof *s);
    s->kind = kind;
    task_make(&s->task, 7);
    s->rows = task_rows(&s->task, rows, N_ROWS);
    s->fit =
        (struct attune_fit){.rows = &s->rows, .y = s->task.y, .n_classes = N_CLASSES, .seed = 11};
    s->options = calloc(1, kind->options_size + 1);
    assert_ok(at_options_defaults((struct at_option_table){kind->options, kind->n_options},
                                  s->options, &err));
    snprintf(s->path, sizeof s->path, "%s/model_conformance.%ld", ATTUNE_BUILD_DIR, (long)getpid());
}

static void subject_close(struct subject *s)
{
    free(s->options);
    unlink(s->path);
}

typedef void (*subject_test)(struct subject *s);

static void for_each_subject(subject_test test)
{
    static const attune_rows_kind rows[] = {ATTUNE_ROWS_SPARSE, ATTUNE_ROWS_DENSE,
                                            ATTUNE_ROWS_TOKENS};
    size_t n = 0;
    for (size_t i = 0; attune_model_kind_at(i); i++)
        for (size_t r = 0; r < 3; r++) {
            const struct attune_model_kind *kind = attune_model_kind_at(i);
            if (!(kind->rows & rows[r]))
                continue;
            struct subject s;
            subject_open(&s, kind, rows[r]);
            test(&s);
            subject_close(&s);
            n++;
        }
    assert_true(n >= 2);
}

static struct attune_model *fit(struct subject *s)
{
    struct attune_model *model = NULL;
    assert_ok(s->kind->fit(&model, &s->fit, s->options, &err));
    assert_non_null(model);
    assert_ptr_equal(model->kind, s->kind);
    assert_int_equal(model->n_features, s->rows.n_cols);
    assert_int_equal(model->n_classes, s->fit.n_classes);
    return model;
}

/* Scratch of exactly the size that is asked for, so that ASan sees a byte too many. */
static void predict_into(const struct attune_model *model, const struct attune_rows *rows,
                         double *proba)
{
    const size_t size = model->kind->scratch_bytes(model);
    char *block = malloc(size + SCRATCH_ALIGN);
    char *scratch = block + (SCRATCH_ALIGN - (uintptr_t)block % SCRATCH_ALIGN) % SCRATCH_ALIGN;
    memset(scratch, 0xa5, size);
    at_alloc_fail_after(1);
    const attune_status status = model->kind->predict(model, rows, proba, scratch, &err);
    assert_null(at_alloc(1, 1)); /* predict used up no allocation: the armed one is still there */
    at_alloc_fail_after(0);
    assert_int_equal(status, ATTUNE_OK);
    free(block);
}

static double *predict(const struct attune_model *model, const struct attune_rows *rows)
{
    double *proba = malloc((rows->n_rows * model->n_classes + 1) * sizeof *proba);
    predict_into(model, rows, proba);
    for (size_t i = 0; i < rows->n_rows; i++) {
        double sum = 0;
        for (size_t c = 0; c < model->n_classes; c++) {
            const double p = proba[i * model->n_classes + c];
            assert_true(p >= 0 && p <= 1);
            sum += p;
        }
        assert_true(fabs(sum - 1) < 1e-9);
    }
    return proba;
}

/* The model as the bytes of its file; 64-byte aligned, to be freed. */
struct bytes {
    void *data;
    size_t size;
};

static struct bytes save(struct subject *s, const struct attune_model *model)
{
    attune_writer *writer;
    struct at_fs_map map;
    assert_ok(at_bundle_create(&writer, s->path, &err));
    assert_ok(s->kind->save(model, writer, &err));
    assert_ok(at_bundle_commit(writer, &err));
    assert_ok(at_fs_map_open(&map, s->path, &err));
    struct bytes b = {aligned_alloc(64, (map.size + 63) / 64 * 64), map.size};
    memcpy(b.data, map.data, map.size);
    at_fs_map_close(&map);
    return b;
}

static void assert_same_model(struct subject *s, const struct attune_model *a,
                              const struct attune_model *b)
{
    const struct bytes x = save(s, a), y = save(s, b);
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.data, y.data, x.size);
    free(x.data);
    free(y.data);
}

static void describes_itself(struct subject *s)
{
    const struct attune_model_kind *kind = s->kind;
    assert_int_equal(kind->version, ATTUNE_MODEL_KIND_VERSION);
    assert_ptr_equal(attune_model_kind_find(kind->name), kind);
    assert_true(kind->summary && strlen(kind->summary) > 10);
    assert_true(kind->fit && kind->scratch_bytes && kind->predict && kind->save && kind->load &&
                kind->destroy);
    for (size_t i = 0; i < kind->n_options; i++) {
        assert_non_null(kind->options[i].help);
        assert_true(kind->options[i].offset < kind->options_size);
    }
    kind->destroy(NULL);
}

static void test_model__describes_itself(void **state)
{
    (void)state;
    for_each_subject(describes_itself);
    assert_null(attune_model_kind_find("no such kind"));
}

static void learns(struct subject *s)
{
    struct attune_model *model = fit(s);
    double *proba = predict(model, &s->rows);
    size_t n_right = 0;
    for (size_t i = 0; i < N_ROWS; i++) {
        size_t best = 0;
        for (size_t c = 1; c < N_CLASSES; c++)
            if (proba[i * N_CLASSES + c] > proba[i * N_CLASSES + best])
                best = c;
        n_right += best == s->task.y[i];
    }
    assert_true(n_right >= N_ROWS / N_CLASSES); /* never worse than one class for all */
    free(proba);
    s->kind->destroy(model);
}

static void test_model__is_no_worse_than_one_class_for_all(void **state)
{
    (void)state;
    for_each_subject(learns);
}

static void comes_back(struct subject *s)
{
    struct attune_model *model = fit(s), *loaded;
    const struct bytes file = save(s, model);
    attune_reader reader;
    assert_ok(at_bundle_open_memory(&reader, file.data, file.size, "memory", &err));
    assert_ok(s->kind->load(&loaded, &reader, &err));
    assert_int_equal(loaded->n_features, model->n_features);
    assert_int_equal(loaded->n_classes, model->n_classes);
    double *before = predict(model, &s->rows), *after = predict(loaded, &s->rows);
    assert_memory_equal(before, after, N_ROWS * N_CLASSES * sizeof *before);
    assert_same_model(s, model, loaded);
    free(before);
    free(after);
    s->kind->destroy(loaded);
    s->kind->destroy(model);
    free(file.data);
}

static void test_model__comes_back_from_its_file(void **state)
{
    (void)state;
    for_each_subject(comes_back);
}

static void is_reproducible(struct subject *s)
{
    struct attune_model *one = fit(s), *again = fit(s);
    assert_same_model(s, one, again);
    s->kind->destroy(again);
    for (size_t n_threads = 1; n_threads <= 4; n_threads++) {
        assert_ok(at_pool_create(&s->fit.pool, n_threads, &err));
        struct attune_model *many = fit(s);
        assert_same_model(s, one, many);
        s->kind->destroy(many);
        at_pool_destroy(s->fit.pool);
    }
    s->kind->destroy(one);
}

static void test_model__same_seed_same_model_on_any_number_of_threads(void **state)
{
    (void)state;
    for_each_subject(is_reproducible);
}

/* Row i alone; `start` is where its own starts go. */
static struct attune_rows one_row(const struct subject *s, size_t i, uint64_t start[2])
{
    struct attune_rows row = s->rows;
    row.n_rows = 1;
    start[0] = 0;
    start[1] = s->task.start[i + 1] - s->task.start[i];
    if (row.kind == ATTUNE_ROWS_DENSE) {
        row.value += i * N_COLS;
        return row;
    }
    row.start = start;
    row.col += s->task.start[i];
    row.value = row.value ? row.value + s->task.start[i] : NULL;
    return row;
}

static void rows_are_independent(struct subject *s)
{
    struct attune_model *model = fit(s);
    double *all = predict(model, &s->rows), one[N_CLASSES];
    for (size_t i = 0; i < N_ROWS; i++) {
        uint64_t start[2];
        const struct attune_rows row = one_row(s, i, start);
        predict_into(model, &row, one);
        assert_memory_equal(one, all + i * N_CLASSES, sizeof one);
    }
    free(all);
    s->kind->destroy(model);
}

static void test_model__one_row_or_many_is_the_same(void **state)
{
    (void)state;
    for_each_subject(rows_are_independent);
}

static void takes_small_input(struct subject *s)
{
    struct attune_rows none = task_rows(&s->task, s->rows.kind, 0);
    struct attune_model *model = fit(s);
    double *proba = predict(model, &none); /* nothing asked, nothing answered */
    free(proba);
    s->kind->destroy(model);

    s->rows.n_rows = 1;
    model = fit(s);
    proba = predict(model, &s->rows);
    free(proba);
    s->kind->destroy(model);

    s->rows.n_rows = 0;
    struct attune_model *out = (void *)&none;
    assert_fails(s->kind->fit(&out, &s->fit, s->options, &err), ATTUNE_INVALID, "no rows");
    assert_null(out);
}

static void test_model__takes_one_row_and_refuses_none(void **state)
{
    (void)state;
    for_each_subject(takes_small_input);
}

static void takes_empty_rows(struct subject *s)
{
    memset(s->task.start, 0, sizeof s->task.start);
    memset(s->task.dense, 0, sizeof s->task.dense);
    struct attune_model *model = fit(s);
    double *proba = predict(model, &s->rows);
    free(proba);
    s->kind->destroy(model);
}

static void test_model__takes_rows_without_values(void **state)
{
    (void)state;
    for_each_subject(takes_empty_rows);
}

static void takes_one_class(struct subject *s)
{
    for (size_t i = 0; i < N_ROWS; i++)
        s->task.y[i] = 1;
    struct attune_model *model = fit(s);
    double *proba = predict(model, &s->rows);
    for (size_t i = 0; i < N_ROWS; i++)
        assert_true(proba[i * N_CLASSES + 1] > 0.5);
    free(proba);
    s->kind->destroy(model);
}

static void test_model__takes_one_class_only(void **state)
{
    (void)state;
    for_each_subject(takes_one_class);
}

/* Mean probability of class 0 on the training rows when each of its own weighs `heavy`. */
static double mean_of_class_0(struct subject *s, float heavy)
{
    double mean = 0;
    for (size_t i = 0; i < N_ROWS; i++)
        s->task.weight[i] = s->task.y[i] == 0 ? heavy : 1;
    s->fit.weight = s->task.weight;
    struct attune_model *model = fit(s);
    double *proba = predict(model, &s->rows);
    for (size_t i = 0; i < N_ROWS; i++)
        mean += proba[i * N_CLASSES] / N_ROWS;
    free(proba);
    s->kind->destroy(model);
    return mean;
}

/* A heavy weight on one class moves the answers towards it: where the labels 0 and 1 say nothing of
 * what is in a row, or most plainly where no row says anything. (Complement naive Bayes has no
 * opinion of empty rows, whatever the weights; a forest knows its training rows by heart.) */
static void respects_weights(struct subject *s)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (i % N_CLASSES != 2)
            s->task.y[i] = i / N_CLASSES % 2;
    const double confused = mean_of_class_0(s, 1000) - mean_of_class_0(s, 1);
    memset(s->task.start, 0, sizeof s->task.start);
    const double light = mean_of_class_0(s, 1), heavy = mean_of_class_0(s, 1000);
    assert_true(confused > 0.002 || (light < 0.5 && heavy > 0.9));
}

static void test_model__respects_weights(void **state)
{
    (void)state;
    for_each_subject(respects_weights);
}

/* The scores of one row as explain adds them up: sum of the contributions and the base. */
static void explain_scores(struct subject *s, const struct attune_model *model,
                           const struct attune_rows *row, double *score)
{
    double contribution[N_COLS];
    for (uint32_t c = 0; c < N_CLASSES; c++) {
        for (size_t j = 0; j < N_COLS; j++)
            contribution[j] = NAN; /* every one is written */
        assert_ok(s->kind->explain(model, row, c, contribution, &score[c], &err));
        for (size_t j = 0; j < N_COLS; j++)
            score[c] += contribution[j];
        assert_true(isfinite(score[c]));
    }
}

/* The scores put the classes in the same order as the probabilities do, and asking leaves the model
 * as it was. */
static void explains(struct subject *s)
{
    if (!s->kind->explain)
        return;
    struct attune_model *model = fit(s);
    double *proba = predict(model, &s->rows);
    for (size_t i = 0; i < N_ROWS; i++) {
        uint64_t start[2];
        const struct attune_rows row = one_row(s, i, start);
        double score[N_CLASSES], *p = proba + i * N_CLASSES;
        explain_scores(s, model, &row, score);
        for (size_t a = 0; a < N_CLASSES; a++)
            for (size_t b = 0; b < N_CLASSES; b++)
                assert_true(!(p[a] > p[b] + 1e-9) || score[a] > score[b]);
    }
    double *again = predict(model, &s->rows);
    assert_memory_equal(proba, again, N_ROWS * N_CLASSES * sizeof *proba);
    free(proba);
    free(again);
    s->kind->destroy(model);
}

static void test_model__explains_with_scores_that_order_the_classes(void **state)
{
    (void)state;
    for_each_subject(explains);
}

static void survives_no_memory_in_explain(struct subject *s)
{
    double contribution[N_COLS], base;
    if (!s->kind->explain)
        return;
    struct attune_model *model = fit(s);
    struct attune_rows row = s->rows;
    row.n_rows = 1;
    for (size_t n = 1;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = s->kind->explain(model, &row, 0, contribution, &base, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
    s->kind->destroy(model);
}

static bool count_down(void *user)
{
    atomic_int *left = user;
    return atomic_fetch_sub(left, 1) <= 0;
}

/* Cancelled at the first question, at the second, ...: stops, says so, leaves nothing behind. */
static void can_be_cancelled(struct subject *s)
{
    int n = 0;
    for (int allowed = 0;; allowed = 2 * allowed + 1) {
        atomic_int left = allowed;
        const attune_job job = {.user = &left, .cancelled = count_down};
        struct attune_model *model = NULL;
        s->fit.job = &job;
        const attune_status status = s->kind->fit(&model, &s->fit, s->options, &err);
        if (status == ATTUNE_OK) {
            s->kind->destroy(model);
            break;
        }
        assert_int_equal(status, ATTUNE_CANCELLED);
        assert_null(model);
        n++;
    }
    assert_true(n > 0);
}

static void test_model__can_be_cancelled_at_any_time(void **state)
{
    (void)state;
    for_each_subject(can_be_cancelled);
}

static void survives_no_memory_in_fit(struct subject *s)
{
    for (size_t n = 1;; n++) {
        struct attune_model *model = NULL;
        at_alloc_fail_after(n);
        const attune_status status = s->kind->fit(&model, &s->fit, s->options, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK) {
            s->kind->destroy(model);
            assert_true(n > 1);
            break;
        }
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(model);
    }
}

static void survives_no_memory_in_load(struct subject *s)
{
    struct attune_model *model = fit(s);
    const struct bytes file = save(s, model);
    attune_reader reader;
    assert_ok(at_bundle_open_memory(&reader, file.data, file.size, "memory", &err));
    for (size_t n = 1;; n++) {
        struct attune_model *loaded = NULL;
        at_alloc_fail_after(n);
        const attune_status status = s->kind->load(&loaded, &reader, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK) {
            s->kind->destroy(loaded);
            break;
        }
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(loaded);
    }
    s->kind->destroy(model);
    free(file.data);
}

static void test_model__survives_every_failing_allocation(void **state)
{
    (void)state;
    for_each_subject(survives_no_memory_in_fit);
    for_each_subject(survives_no_memory_in_load);
    for_each_subject(survives_no_memory_in_explain);
}

/* A bundle's header as far as this test has to know it (base/bundle.h). */
enum { HEADER_TABLE = 16, HEADER_SUM = 32, HEADER_END = 64 };

static void reseal(struct bytes *file)
{
    struct at_checksum sum;
    at_checksum_init(&sum);
    at_checksum_add(&sum, (char *)file->data + HEADER_END, file->size - HEADER_END);
    at_checksum_finish(&sum, (uint8_t *)file->data + HEADER_SUM);
}

/* Bytes changed under a valid checksum: the kind refuses them, or has a model that still predicts
 * probabilities without reading where it may not (ASan). */
static void survives_damage(struct subject *s)
{
    struct attune_model *model = fit(s);
    struct bytes file = save(s, model);
    struct at_rng rng;
    uint64_t table;
    memcpy(&table, (char *)file.data + HEADER_TABLE, sizeof table);
    at_rng_init(&rng, 3);
    size_t n_refused = 0;
    for (size_t round = 0; round < 400; round++) {
        struct bytes bad = {aligned_alloc(64, (file.size + 63) / 64 * 64), file.size};
        memcpy(bad.data, file.data, file.size);
        /* the first sections are small and say the most: half of the damage goes there */
        const uint64_t span = round % 2 ? table - HEADER_END : 512;
        const uint64_t at =
            HEADER_END + at_rng_below(&rng, span < table - HEADER_END ? span : table - HEADER_END);
        ((uint8_t *)bad.data)[at] ^= (uint8_t)(1U << at_rng_below(&rng, 8));
        reseal(&bad);
        attune_reader reader;
        struct attune_model *loaded = NULL;
        attune_status status = at_bundle_open_memory(&reader, bad.data, bad.size, "memory", &err);
        if (status == ATTUNE_OK) /* else it hit the zeros between two sections */
            status = s->kind->load(&loaded, &reader, &err);
        if (status == ATTUNE_OK) {
            if (loaded->n_features == N_COLS && loaded->n_classes == N_CLASSES)
                free(predict(loaded, &s->rows));
            s->kind->destroy(loaded);
        } else {
            assert_true(status == ATTUNE_CORRUPT || status == ATTUNE_TOO_NEW);
            assert_null(loaded);
            n_refused++;
        }
        free(bad.data);
    }
    assert_true(n_refused > 0);
    s->kind->destroy(model);
    free(file.data);
}

static void test_model__survives_damaged_sections(void **state)
{
    (void)state;
    for_each_subject(survives_damage);
}

/* A file of another kind, or one with a section missing. */
static void refuses_foreign_files(struct subject *s)
{
    attune_writer *writer;
    attune_reader reader;
    struct attune_model *loaded = (void *)s;
    assert_ok(at_bundle_create(&writer, s->path, &err));
    assert_ok(attune_writer_put(writer, "something.else", "x", 1, &err));
    assert_ok(at_bundle_commit(writer, &err));
    assert_ok(at_bundle_open(&reader, s->path, &err));
    assert_fails(s->kind->load(&loaded, &reader, &err), ATTUNE_CORRUPT, "section");
    assert_null(loaded);
    at_bundle_close(&reader);
}

static void test_model__refuses_a_file_without_its_sections(void **state)
{
    (void)state;
    for_each_subject(refuses_foreign_files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model__describes_itself),
        cmocka_unit_test(test_model__is_no_worse_than_one_class_for_all),
        cmocka_unit_test(test_model__comes_back_from_its_file),
        cmocka_unit_test(test_model__same_seed_same_model_on_any_number_of_threads),
        cmocka_unit_test(test_model__one_row_or_many_is_the_same),
        cmocka_unit_test(test_model__takes_one_row_and_refuses_none),
        cmocka_unit_test(test_model__takes_rows_without_values),
        cmocka_unit_test(test_model__takes_one_class_only),
        cmocka_unit_test(test_model__respects_weights),
        cmocka_unit_test(test_model__explains_with_scores_that_order_the_classes),
        cmocka_unit_test(test_model__can_be_cancelled_at_any_time),
        cmocka_unit_test(test_model__survives_every_failing_allocation),
        cmocka_unit_test(test_model__survives_damaged_sections),
        cmocka_unit_test(test_model__refuses_a_file_without_its_sections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
