#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/bundle.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/pool.h"
#include "feature/tfidf/numpy_argsort.h"
#include "feature/tfidf/tfidf.h"

static attune_error err;
static const struct at_feature_kind *const kind = &at_feature_kind_tfidf;
static const char *const path = ATTUNE_BUILD_DIR "/tfidf_test.bundle";

struct texts {
    struct at_arena arena;
    const struct at_profile **profiles;
    size_t n;
};

static void defaults(struct tfidf_options *options)
{
    const struct at_option_table table = {kind->options, kind->n_options};
    assert_int_equal(kind->options_size, sizeof *options);
    assert_ok(at_options_defaults(table, options, &err));
    options->min_fans = 1; /* as scikit-learn; what is tested here is mostly that */
}

/* One profile of one message from each text. */
static void make_texts(struct texts *t, const char *const *texts, size_t n)
{
    *t = (struct texts){.n = n};
    t->profiles = AT_NEW(&t->arena, const struct at_profile *, n);
    for (size_t i = 0; i < n; i++) {
        struct at_profile *p = AT_NEW(&t->arena, struct at_profile, 1);
        *p = (struct at_profile){.n_messages = 1,
                                 .messages = AT_NEW(&t->arena, struct at_message, 1)};
        p->messages[0] = (struct at_message){.text = at_str_from(texts[i])};
        t->profiles[i] = p;
    }
}

static attune_status fit_texts(struct at_feature **out, struct at_csr *rows, const struct texts *t,
                               const struct tfidf_options *options, attune_pool *pool)
{
    const struct at_feature_fit in = {.profiles = t->profiles, .n_profiles = t->n, .pool = pool};
    return kind->fit(out, rows, &in, options, &err);
}

/* ---- golden: scikit-learn 1.2.1 (tests/golden/tfidf/make.py) ---- */

static at_json *read_golden(void)
{
    struct at_buf text = {0};
    at_json *json;
    assert_ok(at_fs_read(ATTUNE_SOURCE_DIR "/tests/golden/tfidf/cases.json", &text, 1 << 24, &err));
    assert_ok(at_json_parse(&json, text.data, text.len, "cases.json", &err));
    at_buf_release(&text);
    return json;
}

static void add_profiles(struct texts *t, const at_json *list)
{
    for (size_t i = 0; i < at_json_len(list); i++) {
        const at_json *messages = at_json_at(list, i);
        struct at_profile *p = AT_NEW(&t->arena, struct at_profile, 1);
        *p = (struct at_profile){.n_messages = at_json_len(messages)};
        p->messages = AT_NEW(&t->arena, struct at_message, p->n_messages);
        for (size_t k = 0; k < p->n_messages; k++)
            p->messages[k] = (struct at_message){.text = at_json_string(at_json_at(messages, k))};
        t->profiles[t->n++] = p;
    }
}

static void read_options(struct tfidf_options *options, const at_json *json, struct at_arena *arena)
{
    const struct at_option_table table = {kind->options, kind->n_options};
    defaults(options);
    for (void *it = at_json_first(json); it; it = at_json_next(json, it)) {
        const struct attune_setting s = {at_json_key(it), at_json_string(at_json_value(it)).ptr};
        assert_ok(at_options_set(table, options, &s, 1, arena, &err));
    }
}

static void check_row(const at_json *wanted, const uint32_t *col, const float *value, size_t n)
{
    const at_json *cols = at_json_at(wanted, 0), *bits = at_json_at(wanted, 1);
    assert_int_equal(n, at_json_len(cols));
    for (size_t i = 0; i < n; i++) {
        uint32_t have;
        memcpy(&have, &value[i], sizeof have);
        assert_int_equal(col[i], at_json_integer(at_json_at(cols, i), -1));
        assert_int_equal(have, at_json_integer(at_json_at(bits, i), -1));
    }
}

static void check_transformed(const struct at_feature *f, const struct texts *t,
                              const at_json *rows)
{
    void *session;
    struct at_row row = {0};
    assert_ok(kind->session_create(&session, f, &err));
    for (size_t i = 0; i < t->n; i++) {
        assert_ok(kind->transform(f, session, t->profiles[i], &row, &err));
        check_row(at_json_at(rows, i), row.col, row.value, row.n);
    }
    kind->session_destroy(session);
    at_row_release(&row);
}

/* fit's rows, transform's rows, and those of the block after a save and a load. */
static void check_case(const at_json *golden, const struct texts *all, size_t n_train,
                       attune_pool *pool)
{
    struct texts train = {.profiles = all->profiles, .n = n_train};
    struct tfidf_options options;
    struct at_arena arena = {0};
    struct at_feature *f, *loaded;
    struct at_csr rows = {0};
    const at_json *terms = at_json_get(golden, "terms"), *wanted = at_json_get(golden, "rows");
    read_options(&options, at_json_get(golden, "options"), &arena);
    assert_ok(fit_texts(&f, &rows, &train, &options, pool));
    assert_int_equal(f->n_cols, at_json_len(terms));
    for (size_t c = 0; c < f->n_cols; c++)
        assert_true(at_str_equal(kind->col_name(f, c), at_json_string(at_json_at(terms, c))));
    assert_int_equal(rows.n_rows, n_train);
    assert_int_equal(rows.n_cols, f->n_cols);
    for (size_t i = 0; i < n_train; i++)
        check_row(at_json_at(wanted, i), rows.col + rows.start[i], rows.value + rows.start[i],
                  (size_t)(rows.start[i + 1] - rows.start[i]));
    check_transformed(f, all, wanted);

    attune_writer *writer;
    attune_reader reader;
    assert_ok(at_bundle_create(&writer, path, &err));
    assert_ok(kind->save(f, writer, &err));
    assert_ok(at_bundle_commit(writer, &err));
    kind->destroy(f);
    assert_ok(at_bundle_open(&reader, path, &err));
    assert_ok(kind->load(&loaded, &reader, &err));
    check_transformed(loaded, all, wanted);
    kind->destroy(loaded);
    at_bundle_close(&reader);
    at_csr_release(&rows);
    at_arena_release(&arena);
    remove(path);
}

static void check_group(const at_json *group, attune_pool *pool)
{
    struct texts all = {0};
    const at_json *train = at_json_get(group, "train"), *test = at_json_get(group, "test");
    all.profiles =
        AT_NEW(&all.arena, const struct at_profile *, at_json_len(train) + at_json_len(test));
    add_profiles(&all, train);
    add_profiles(&all, test);
    const at_json *cases = at_json_get(group, "cases");
    assert_true(at_json_len(cases) > 0);
    for (size_t i = 0; i < at_json_len(cases); i++)
        check_case(at_json_at(cases, i), &all, at_json_len(train), pool);
    at_arena_release(&all.arena);
}

static void check_golden(attune_pool *pool)
{
    at_json *golden = read_golden();
    const at_json *groups = at_json_get(golden, "groups");
    assert_int_equal(at_json_len(groups), 3);
    for (size_t i = 0; i < at_json_len(groups); i++)
        check_group(at_json_at(groups, i), pool);
    at_json_free(golden);
}

static void test_tfidf__is_scikit_learns(void **state)
{
    (void)state;
    check_golden(NULL);
}

static void test_tfidf__is_scikit_learns_with_threads(void **state)
{
    (void)state;
    attune_pool *pool;
    assert_ok(at_pool_create(&pool, 3, &err));
    check_golden(pool);
    at_pool_destroy(pool);
}

static void test_tfidf__argsort_is_numpys(void **state)
{
    (void)state;
    at_json *golden = read_golden();
    const at_json *cases = at_json_get(golden, "argsort");
    assert_int_equal(at_json_len(cases), 10);
    for (size_t k = 0; k < at_json_len(cases); k++) {
        uint64_t tf[1024];
        uint32_t order[1024];
        const at_json *counts = at_json_get(at_json_at(cases, k), "counts");
        const at_json *wanted = at_json_get(at_json_at(cases, k), "order");
        const size_t n = at_json_len(counts);
        for (size_t i = 0; i < n; i++)
            tf[i] = (uint64_t)at_json_integer(at_json_at(counts, i), 0);
        at_numpy_argsort(order, tf, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(order[i], at_json_integer(at_json_at(wanted, i), -1));
    }
    at_json_free(golden);
}

/* ---- what scikit-learn has no word for ---- */

static void test_tfidf__ties_go_by_the_alphabet(void **state)
{
    (void)state;
    const char *texts[] = {"zz yy xx ww often often", "dd cc bb aa"};
    struct texts t;
    struct tfidf_options options;
    struct at_feature *f;
    make_texts(&t, texts, 2);
    defaults(&options);
    options.max_features = 3;
    assert_ok(fit_texts(&f, NULL, &t, &options, NULL));
    assert_int_equal(f->n_cols, 3);
    const char *wanted[] = {"aa", "bb", "often"};
    for (size_t c = 0; c < 3; c++)
        assert_true(at_str_equal(kind->col_name(f, c), at_str_from(wanted[c])));
    kind->destroy(f);
    at_arena_release(&t.arena);
}

static void test_tfidf__skips_what_the_creator_wrote(void **state)
{
    (void)state;
    struct at_message messages[] = {{.text = at_str_from("hello there")},
                                    {.text = at_str_from("secret words"), .from = AT_FROM_CREATOR}};
    const struct at_profile profile = {.messages = messages, .n_messages = 2};
    const struct at_profile *profiles[] = {&profile};
    const struct texts t = {.profiles = profiles, .n = 1};
    struct tfidf_options options;
    struct at_feature *f;
    defaults(&options);
    assert_ok(fit_texts(&f, NULL, &t, &options, NULL));
    assert_int_equal(f->n_cols, 2);
    kind->destroy(f);
}

/* Many profiles, so that several chunks, waves and workers take part: the same bytes come out. */
static void test_tfidf__any_number_of_threads_gives_the_same(void **state)
{
    (void)state;
    enum { N = 9000 };
    char(*buffer)[64] = malloc(N * sizeof *buffer);
    const char **texts = malloc(N * sizeof *texts);
    for (size_t i = 0; i < N; i++) {
        snprintf(buffer[i], sizeof buffer[i], "w%zu x%zu y%zu common w%zu", i % 977, i % 31, i,
                 i % 7);
        texts[i] = buffer[i];
    }
    struct texts t;
    struct tfidf_options options;
    make_texts(&t, texts, N);
    defaults(&options);
    options.ngram_range = "1,2";
    struct at_feature *one, *many;
    struct at_csr rows_one = {0}, rows_many = {0};
    assert_ok(fit_texts(&one, &rows_one, &t, &options, NULL));
    for (size_t threads = 2; threads <= 4; threads++) {
        attune_pool *pool;
        assert_ok(at_pool_create(&pool, threads, &err));
        assert_ok(fit_texts(&many, &rows_many, &t, &options, pool));
        const struct tfidf *a = (const void *)one, *b = (const void *)many;
        assert_int_equal(one->n_cols, many->n_cols);
        assert_memory_equal(a->vocabulary.start, b->vocabulary.start, 4 * (one->n_cols + 1));
        assert_memory_equal(a->vocabulary.terms, b->vocabulary.terms,
                            a->vocabulary.start[one->n_cols]);
        assert_memory_equal(a->idf, b->idf, 8 * one->n_cols);
        assert_int_equal(rows_one.n_rows, rows_many.n_rows);
        assert_memory_equal(rows_one.start, rows_many.start, 8 * (N + 1));
        assert_memory_equal(rows_one.col, rows_many.col, 4 * (size_t)rows_one.start[N]);
        assert_memory_equal(rows_one.value, rows_many.value, 4 * (size_t)rows_one.start[N]);
        kind->destroy(many);
        at_csr_clear(&rows_many);
        at_pool_destroy(pool);
    }
    kind->destroy(one);
    at_csr_release(&rows_one);
    at_csr_release(&rows_many);
    at_arena_release(&t.arena);
    free(buffer);
    free(texts);
}

static const char *const few[] = {"the love you have", "you love the rain", "rain and love"};

static void test_tfidf__errors_say_what_to_do(void **state)
{
    (void)state;
    const char *dull[] = {"the and of", "a", "the"};
    struct texts t, empty;
    struct tfidf_options o;
    struct at_feature *f;
    make_texts(&t, few, 3);
    make_texts(&empty, dull, 3);
    defaults(&o);
    o.stop_words = AT_STOPWORDS_ENGLISH;
    assert_fails(fit_texts(&f, NULL, &empty, &o, NULL), ATTUNE_NOT_ENOUGH, "stop_words=none");
    assert_null(f);
    defaults(&o);
    o.ngram_range = "5,6";
    assert_fails(fit_texts(&f, NULL, &t, &o, NULL), ATTUNE_NOT_ENOUGH, "lower ngram_range");
    defaults(&o);
    o.min_df = "4";
    o.max_df = "9";
    assert_fails(fit_texts(&f, NULL, &t, &o, NULL), ATTUNE_NOT_ENOUGH, "lower min_df");
    o.max_df = "0.5";
    assert_fails(fit_texts(&f, NULL, &t, &o, NULL), ATTUNE_INVALID, "lower min_df or raise max_df");
    const char *bad_limits[] = {"", "-1", "1.5", "x", "0.5.5", "1e-3", ".", " 1"};
    for (size_t i = 0; i < sizeof bad_limits / sizeof *bad_limits; i++) {
        defaults(&o);
        o.min_df = bad_limits[i];
        assert_fails(fit_texts(&f, NULL, &t, &o, NULL), ATTUNE_INVALID, "min_df");
        defaults(&o);
        o.max_df = bad_limits[i];
        assert_fails(fit_texts(&f, NULL, &t, &o, NULL), ATTUNE_INVALID, "max_df");
    }
    const char *bad_ranges[] = {"", "1", "0,1", "2,1", "1,9", "1;2", "1,2,3", "a,b"};
    for (size_t i = 0; i < sizeof bad_ranges / sizeof *bad_ranges; i++) {
        defaults(&o);
        o.ngram_range = bad_ranges[i];
        assert_fails(fit_texts(&f, NULL, &t, &o, NULL), ATTUNE_INVALID, "MIN,MAX");
    }
    t.n = 0;
    defaults(&o);
    assert_fails(fit_texts(&f, NULL, &t, &o, NULL), ATTUNE_NOT_ENOUGH, "profiles");
    at_arena_release(&t.arena);
    at_arena_release(&empty.arena);
}

static bool cancel_at_once(void *user)
{
    (void)user;
    return true;
}

static void test_tfidf__can_be_cancelled(void **state)
{
    (void)state;
    struct texts t;
    struct tfidf_options o;
    struct at_feature *f;
    struct at_csr rows = {.n_cols = 5};
    const attune_job job = {.cancelled = cancel_at_once};
    make_texts(&t, few, 3);
    defaults(&o);
    const struct at_feature_fit in = {.profiles = t.profiles, .n_profiles = 3, .job = &job};
    assert_int_equal(kind->fit(&f, &rows, &in, &o, &err), ATTUNE_CANCELLED);
    assert_null(f);
    assert_true(rows.n_rows == 0 && rows.n_cols == 5);
    at_csr_release(&rows);
    at_arena_release(&t.arena);
}

static attune_status whole_life(const struct texts *t, const struct tfidf_options *options,
                                const attune_reader *reader, struct at_csr *rows)
{
    struct at_feature *f = NULL, *loaded = NULL;
    void *session = NULL;
    struct at_row row = {0};
    attune_status status = fit_texts(&f, rows, t, options, NULL);
    if (status != ATTUNE_OK)
        assert_true(!f && rows->n_rows == 0 && rows->n_cols == 7); /* as it was given */
    if (status == ATTUNE_OK)
        status = kind->session_create(&session, f, &err);
    if (status == ATTUNE_OK)
        status = kind->transform(f, session, t->profiles[0], &row, &err);
    if (status == ATTUNE_OK)
        status = kind->load(&loaded, reader, &err);
    kind->session_destroy(session);
    kind->destroy(f);
    kind->destroy(loaded);
    at_row_release(&row);
    return status;
}

static void test_tfidf__every_allocation_failing(void **state)
{
    (void)state;
    struct texts t;
    struct tfidf_options o;
    struct at_feature *f;
    attune_writer *writer;
    attune_reader reader;
    make_texts(&t, few, 3);
    defaults(&o);
    o.stop_words = AT_STOPWORDS_ENGLISH_FRENCH;
    o.ngram_range = "1,2";
    o.max_features = 3;
    assert_ok(fit_texts(&f, NULL, &t, &o, NULL));
    assert_ok(at_bundle_create(&writer, path, &err));
    assert_ok(kind->save(f, writer, &err));
    assert_ok(at_bundle_commit(writer, &err));
    kind->destroy(f);
    assert_ok(at_bundle_open(&reader, path, &err));
    for (o.ties = 0; o.ties < 2; o.ties++) {
        attune_status status = ATTUNE_NO_MEMORY;
        size_t n = 0;
        while (status != ATTUNE_OK) {
            struct at_csr rows = {.n_cols = 7};
            at_alloc_fail_after(++n);
            status = whole_life(&t, &o, &reader, &rows);
            at_alloc_fail_after(0);
            if (status != ATTUNE_OK)
                assert_int_equal(status, ATTUNE_NO_MEMORY);
            at_csr_release(&rows);
        }
        assert_true(n > 40);
    }
    at_bundle_close(&reader);
    remove(path);
    at_arena_release(&t.arena);
}

static void test_tfidf__warm_session_allocates_nothing(void **state)
{
    (void)state;
    struct texts t;
    struct tfidf_options o;
    struct at_feature *f;
    void *session;
    struct at_row row = {0};
    make_texts(&t, few, 3);
    defaults(&o);
    o.ngram_range = "1,3";
    assert_ok(fit_texts(&f, NULL, &t, &o, NULL));
    assert_ok(kind->session_create(&session, f, &err));
    for (size_t i = 0; i < 3; i++)
        assert_ok(kind->transform(f, session, t.profiles[i], &row, &err));
    at_alloc_fail_after(1);
    for (size_t i = 0; i < 3; i++)
        assert_ok(kind->transform(f, session, t.profiles[i], &row, &err));
    at_alloc_fail_after(0);
    kind->session_destroy(session);
    kind->destroy(f);
    at_row_release(&row);
    at_arena_release(&t.arena);
}

/* A failed row leaves the session clean: the next one is right. */
static void test_tfidf__session_survives_no_memory(void **state)
{
    (void)state;
    struct texts t;
    struct tfidf_options o;
    struct at_feature *f;
    void *session;
    struct at_row row = {0};
    make_texts(&t, few, 3);
    defaults(&o);
    assert_ok(fit_texts(&f, NULL, &t, &o, NULL));
    assert_ok(kind->session_create(&session, f, &err));
    at_alloc_fail_after(2); /* 1: the words, 2: the row */
    assert_fails(kind->transform(f, session, t.profiles[0], &row, &err), ATTUNE_NO_MEMORY, "row");
    at_alloc_fail_after(0);
    assert_ok(kind->transform(f, session, t.profiles[2], &row, &err));
    assert_int_equal(row.n, 3);
    double sum = 0;
    for (size_t i = 0; i < row.n; i++)
        sum += (double)row.value[i] * row.value[i];
    assert_true(fabs(sum - 1) < 1e-6);
    kind->session_destroy(session);
    kind->destroy(f);
    at_row_release(&row);
    at_arena_release(&t.arena);
}

/* Terms of fewer than min_fans fans stay out, also when these have them in several profiles. */
static void test_tfidf__counts_fans_not_profiles(void **state)
{
    (void)state;
    const char *texts[] = {"secret word", "plan", "secret word", "secret plan", "common word"};
    const uint32_t fan[] = {7, 1000, 7, 7, 2};
    struct texts t;
    struct tfidf_options o;
    struct at_feature *f;
    struct at_csr rows = {0};
    make_texts(&t, texts, 5);
    defaults(&o);
    o.min_fans = 0;
    struct at_feature_fit in = {.profiles = t.profiles, .n_profiles = 5, .fan = fan};
    for (int with_rows = 0; with_rows < 2; with_rows++)
        for (size_t threads = 1; threads <= 2; threads++) {
            assert_ok(at_pool_create(&in.pool, threads, &err));
            assert_ok(kind->fit(&f, with_rows ? &rows : NULL, &in, &o, &err));
            assert_int_equal(f->n_cols, 2);
            assert_true(at_str_equal(kind->col_name(f, 0), at_str_from("plan")));
            assert_true(at_str_equal(kind->col_name(f, 1), at_str_from("word")));
            kind->destroy(f);
            at_pool_destroy(in.pool);
        }
    const uint64_t starts[] = {0, 1, 2, 3, 4, 5};
    assert_int_equal(rows.n_rows, 10);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(rows.start[5 + i] - 5, starts[i]);
    in.pool = NULL;
    in.fan = NULL; /* now they are five fans */
    assert_ok(kind->fit(&f, NULL, &in, &o, &err));
    assert_int_equal(f->n_cols, 3);
    kind->destroy(f);
    o.min_fans = 4;
    assert_fails(kind->fit(&f, NULL, &in, &o, &err), ATTUNE_NOT_ENOUGH, "min_fans");
    at_csr_release(&rows);
    at_arena_release(&t.arena);
}

struct heard {
    int n;
    char text[256];
};
static void hear(void *user, attune_log_level level, const char *message)
{
    struct heard *h = user;
    assert_int_equal(level, ATTUNE_LOG_WARNING);
    h->n++;
    snprintf(h->text, sizeof h->text, "%s", message);
}

static void test_tfidf__warns_of_few_fans(void **state)
{
    (void)state;
    static const struct {
        int64_t min_fans;
        const char *part;
    } cases[] = {{0, "only 3 fans: a term is learned from 2"}, {1, "min_fans=1"}};
    struct texts t;
    struct tfidf_options o;
    struct at_feature *f;
    make_texts(&t, few, 3);
    defaults(&o);
    for (size_t i = 0; i < 2; i++) {
        struct heard heard = {0};
        const attune_job job = {.user = &heard, .log = hear};
        const struct at_feature_fit in = {.profiles = t.profiles, .n_profiles = 3, .job = &job};
        o.min_fans = cases[i].min_fans;
        assert_ok(kind->fit(&f, NULL, &in, &o, &err));
        assert_int_equal(heard.n, 1);
        assert_non_null(strstr(heard.text, cases[i].part));
        kind->destroy(f);
    }
    at_arena_release(&t.arena);
}

static void test_tfidf__is_in_the_table(void **state)
{
    (void)state;
    assert_ptr_equal(at_feature_kind_find("tfidf"), kind);
    assert_null(at_feature_kind_find("nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tfidf__is_scikit_learns),
        cmocka_unit_test(test_tfidf__is_scikit_learns_with_threads),
        cmocka_unit_test(test_tfidf__argsort_is_numpys),
        cmocka_unit_test(test_tfidf__ties_go_by_the_alphabet),
        cmocka_unit_test(test_tfidf__skips_what_the_creator_wrote),
        cmocka_unit_test(test_tfidf__any_number_of_threads_gives_the_same),
        cmocka_unit_test(test_tfidf__errors_say_what_to_do),
        cmocka_unit_test(test_tfidf__can_be_cancelled),
        cmocka_unit_test(test_tfidf__every_allocation_failing),
        cmocka_unit_test(test_tfidf__warm_session_allocates_nothing),
        cmocka_unit_test(test_tfidf__session_survives_no_memory),
        cmocka_unit_test(test_tfidf__counts_fans_not_profiles),
        cmocka_unit_test(test_tfidf__warns_of_few_fans),
        cmocka_unit_test(test_tfidf__is_in_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
