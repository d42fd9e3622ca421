/* What every feature block has to do, whatever it looks at: looped over the table of blocks, so
 * that one is tested from the moment its folder exists. */
#include "support/test.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/bundle.h"
#include "base/fs.h"
#include "base/pool.h"
#include "base/rng.h"
#include "feature/explanation.h"
#include "feature/feature.h"

enum { N_FANS = 150, N_ROWS = 200, N_MESSAGES = 5 };

static attune_error err;

/* Some chats: words of a small vocabulary, signs, emoji; times of a day. */
struct chats {
    struct at_arena arena;
    struct at_profile profiles[N_ROWS];
    const struct at_profile *list[N_ROWS];
    uint32_t fan[N_ROWS];
};

static struct at_str random_message(struct at_rng *rng, struct at_arena *arena)
{
    static const char *const words[] = {"I",
                                        "miss",
                                        "you",
                                        "soooo",
                                        "much",
                                        "!!!",
                                        "what",
                                        "time",
                                        "is",
                                        "it?",
                                        "hello",
                                        ":)",
                                        "\U0001F60D",
                                        "LOVE",
                                        "d\u00e9j\u00e0",
                                        "vu",
                                        "https://x.io/a",
                                        "@bob",
                                        "...",
                                        "0612345678",
                                        "don't",
                                        "\u0939\u093f\u0928\u094d\u0926\u0940",
                                        "ok",
                                        "no,",
                                        "great!"};
    char text[256];
    size_t len = 0;
    for (size_t n = at_rng_below(rng, 8); n > 0; n--)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len ? " " : "",
                                words[at_rng_below(rng, sizeof words / sizeof *words)]);
    return (struct at_str){at_arena_strndup(arena, text, len), len};
}

static void chats_make(struct chats *t, uint64_t seed)
{
    struct at_rng rng;
    at_rng_init(&rng, seed);
    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < N_ROWS; i++) {
        struct at_message *messages = AT_NEW(&t->arena, struct at_message, N_MESSAGES);
        int64_t at_ms = 1700000000000 + (int64_t)at_rng_below(&rng, 1000000000);
        for (size_t m = 0; m < N_MESSAGES; m++) {
            messages[m] = (struct at_message){.text = random_message(&rng, &t->arena),
                                              .at_ms = at_ms,
                                              .from = m % 3 == 2 ? AT_FROM_CREATOR : AT_FROM_FAN};
            at_ms += (int64_t)at_rng_below(&rng, 10000000);
        }
        t->profiles[i] = (struct at_profile){.fan_id = at_str_from("fan"),
                                             .messages = messages,
                                             .n_messages = at_rng_below(&rng, N_MESSAGES + 1)};
        t->list[i] = &t->profiles[i];
        t->fan[i] = (uint32_t)at_rng_below(&rng, N_FANS);
    }
}

/* One kind with its default options, on the chats. */
struct subject {
    const struct at_feature_kind *kind;
    struct chats *chats;
    struct at_feature_fit in;
    void *options;
    char path[256];
};
typedef void (*subject_test)(struct subject *s);

/* Settings that make another block of a kind, beside its defaults. */
static const struct attune_setting variants[] = {{"hash_bits", "10"}, {"use_idf", "false"}};

static void test_subject(const struct at_feature_kind *kind, const struct attune_setting *variant,
                         struct chats *chats, subject_test test)
{
    const struct at_option_table table = {kind->options, kind->n_options};
    struct subject s = {.kind = kind, .chats = chats};
    if (variant && !at_option_find(table, variant->name))
        return;
    chats_make(chats, 5);
    s.in =
        (struct at_feature_fit){.profiles = chats->list, .n_profiles = N_ROWS, .fan = chats->fan};
    s.options = calloc(1, kind->options_size + 1);
    assert_ok(at_options_defaults(table, s.options, &err));
    if (variant)
        assert_ok(at_options_set(table, s.options, variant, 1, &chats->arena, &err));
    snprintf(s.path, sizeof s.path, "%s/feature_conformance.%ld", ATTUNE_BUILD_DIR, (long)getpid());
    test(&s);
    unlink(s.path);
    free(s.options);
    at_arena_release(&chats->arena);
}

static void for_each_subject(subject_test test)
{
    struct chats *chats = malloc(sizeof *chats);
    size_t n = 0;
    for (; at_feature_kind_table[n]; n++) {
        test_subject(at_feature_kind_table[n], NULL, chats, test);
        for (size_t v = 0; v < sizeof variants / sizeof *variants; v++)
            test_subject(at_feature_kind_table[n], &variants[v], chats, test);
    }
    assert_true(n >= 1);
    free(chats);
}

static struct at_feature *fit(struct subject *s, struct at_csr *rows)
{
    struct at_feature *f = NULL;
    assert_ok(s->kind->fit(&f, rows, &s->in, s->options, &err));
    assert_non_null(f);
    assert_ptr_equal(f->kind, s->kind);
    assert_true(f->n_cols > 0);
    return f;
}

static void *open_session(const struct at_feature *f)
{
    void *session;
    assert_ok(f->kind->session_create(&session, f, &err));
    return session;
}

static void check_row(const struct at_feature *f, const struct at_row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        assert_true(row->col[i] < f->n_cols && (i == 0 || row->col[i - 1] < row->col[i]));
        assert_true(isfinite(row->value[i]));
    }
}

/* The rows of all chats, one after the other. */
static void transform_all(const struct at_feature *f, const struct chats *chats, struct at_csr *out)
{
    void *session = open_session(f);
    struct at_row row = {0};
    *out = (struct at_csr){.n_cols = f->n_cols};
    for (size_t i = 0; i < N_ROWS; i++) {
        assert_ok(f->kind->transform(f, session, chats->list[i], &row, &err));
        check_row(f, &row);
        assert_ok(at_csr_add_row(out, row.col, row.value, row.n, &err));
    }
    at_row_release(&row);
    f->kind->session_destroy(session);
}

static void assert_same_rows(const struct at_csr *a, const struct at_csr *b)
{
    assert_int_equal(a->n_rows, b->n_rows);
    assert_int_equal(a->n_cols, b->n_cols);
    assert_memory_equal(a->start, b->start, (a->n_rows + 1) * sizeof *a->start);
    const size_t n = (size_t)a->start[a->n_rows];
    if (n) {
        assert_memory_equal(a->col, b->col, n * sizeof *a->col);
        assert_memory_equal(a->value, b->value, n * sizeof *a->value);
    }
}

struct bytes {
    void *data;
    size_t size;
};

static struct bytes save(struct subject *s, const struct at_feature *f)
{
    attune_writer *writer;
    struct at_fs_map map;
    assert_ok(at_bundle_create(&writer, s->path, &err));
    assert_ok(s->kind->save(f, writer, &err));
    assert_ok(at_bundle_commit(writer, &err));
    assert_ok(at_fs_map_open(&map, s->path, &err));
    struct bytes b = {aligned_alloc(64, (map.size + 63) / 64 * 64), map.size};
    memcpy(b.data, map.data, map.size);
    at_fs_map_close(&map);
    return b;
}

static void assert_same_feature(struct subject *s, const struct at_feature *a,
                                const struct at_feature *b)
{
    const struct bytes x = save(s, a), y = save(s, b);
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.data, y.data, x.size);
    free(x.data);
    free(y.data);
}

static void describes_itself(struct subject *s)
{
    const struct at_feature_kind *k = s->kind;
    assert_int_equal(k->version, AT_FEATURE_KIND_VERSION);
    assert_ptr_equal(at_feature_kind_find(k->name), k);
    assert_true(k->summary && strlen(k->summary) > 10);
    assert_true(k->fit && k->session_create && k->session_destroy && k->transform && k->save &&
                k->load && k->destroy && k->col_name);
    for (size_t i = 0; i < k->n_options; i++) {
        assert_non_null(k->options[i].help);
        assert_true(k->options[i].offset < k->options_size);
    }
    k->destroy(NULL);
    k->session_destroy(NULL);
}

static void test_feature__describes_itself(void **state)
{
    (void)state;
    for_each_subject(describes_itself);
    assert_null(at_feature_kind_find("no such block"));
}

static void names_its_columns(struct subject *s)
{
    struct at_feature *f = fit(s, NULL);
    for (size_t c = 0; c < f->n_cols; c++) {
        const struct at_str name = s->kind->col_name(f, c);
        assert_true(name.len > 0 && at_str_utf8_prefix(name) == name.len);
    }
    s->kind->destroy(f);
}

static void test_feature__names_its_columns(void **state)
{
    (void)state;
    for_each_subject(names_its_columns);
}

/* Rows of fit, rows of transform, rows of the block that comes back from its file. */
static void one_row_three_ways(struct subject *s)
{
    struct at_csr fitted = {0}, rows, again;
    struct at_feature *f = fit(s, &fitted), *loaded;
    transform_all(f, s->chats, &rows);
    assert_same_rows(&fitted, &rows);
    assert_true(rows.start[N_ROWS] > 0);
    const struct bytes file = save(s, f);
    attune_reader reader;
    assert_ok(at_bundle_open_memory(&reader, file.data, file.size, "memory", &err));
    assert_ok(s->kind->load(&loaded, &reader, &err));
    assert_ptr_equal(loaded->kind, s->kind);
    transform_all(loaded, s->chats, &again);
    assert_same_rows(&rows, &again);
    assert_same_feature(s, f, loaded);
    s->kind->destroy(f);
    s->kind->destroy(loaded);
    free(file.data);
    at_csr_release(&fitted);
    at_csr_release(&rows);
    at_csr_release(&again);
}

static void test_feature__fit_transform_and_file_agree(void **state)
{
    (void)state;
    for_each_subject(one_row_three_ways);
}

/* Two sessions of one block do not know of each other, and rows not of those before them. */
static void rows_are_independent(struct subject *s)
{
    struct at_feature *f = fit(s, NULL);
    struct at_csr rows;
    struct at_row row = {0};
    transform_all(f, s->chats, &rows);
    for (size_t i = 0; i < N_ROWS; i += 7) {
        void *session = open_session(f);
        assert_ok(s->kind->transform(f, session, s->chats->list[i], &row, &err));
        assert_int_equal(row.n, rows.start[i + 1] - rows.start[i]);
        if (row.n)
            assert_memory_equal(row.value, rows.value + rows.start[i], row.n * sizeof *row.value);
        s->kind->session_destroy(session);
    }
    at_row_release(&row);
    at_csr_release(&rows);
    s->kind->destroy(f);
}

static void test_feature__rows_are_independent(void **state)
{
    (void)state;
    for_each_subject(rows_are_independent);
}

static void is_reproducible(struct subject *s)
{
    struct at_csr one_rows = {0};
    struct at_feature *one = fit(s, &one_rows);
    for (size_t n_threads = 1; n_threads <= 4; n_threads++) {
        struct at_csr many_rows = {0};
        assert_ok(at_pool_create(&s->in.pool, n_threads, &err));
        struct at_feature *many = fit(s, &many_rows);
        assert_same_feature(s, one, many);
        assert_same_rows(&one_rows, &many_rows);
        s->kind->destroy(many);
        at_csr_release(&many_rows);
        at_pool_destroy(s->in.pool);
    }
    s->kind->destroy(one);
    at_csr_release(&one_rows);
}

static void test_feature__any_number_of_threads_gives_the_same(void **state)
{
    (void)state;
    for_each_subject(is_reproducible);
}

/* Nothing to look at is a row like any other; fit gets along with one profile or says why not. */
static void takes_small_input(struct subject *s)
{
    static const struct at_profile nothing = {0};
    struct at_message empty = {.at_ms = AT_TIME_NONE};
    const struct at_profile silent = {.messages = &empty, .n_messages = 1};
    struct at_feature *f = fit(s, NULL);
    void *session = open_session(f);
    struct at_row row = {0};
    assert_ok(s->kind->transform(f, session, &nothing, &row, &err));
    check_row(f, &row);
    assert_ok(s->kind->transform(f, session, &silent, &row, &err));
    check_row(f, &row);
    s->kind->session_destroy(session);
    s->kind->destroy(f);

    s->in.n_profiles = 1;
    attune_status status = s->kind->fit(&f, NULL, &s->in, s->options, &err);
    assert_true(status == ATTUNE_OK || status == ATTUNE_NOT_ENOUGH);
    s->kind->destroy(f);
    s->in.n_profiles = 0;
    struct at_feature *out = (void *)&row;
    status = s->kind->fit(&out, NULL, &s->in, s->options, &err);
    assert_int_equal(status, ATTUNE_NOT_ENOUGH);
    assert_null(out);
    at_row_release(&row);
}

static void test_feature__takes_empty_and_small_input(void **state)
{
    (void)state;
    for_each_subject(takes_small_input);
}

static attune_status whole_life(struct subject *s, const attune_reader *reader)
{
    struct at_feature *f = NULL, *loaded = NULL;
    struct at_csr rows = {.n_cols = 7};
    struct at_row row = {0};
    void *session = NULL;
    attune_status status = s->kind->fit(&f, &rows, &s->in, s->options, &err);
    if (status != ATTUNE_OK)
        assert_true(!f && rows.n_rows == 0 && rows.n_cols == 7); /* as it was given */
    if (status == ATTUNE_OK)
        status = s->kind->session_create(&session, f, &err);
    if (status == ATTUNE_OK)
        status = s->kind->transform(f, session, s->chats->list[3], &row, &err);
    if (status == ATTUNE_OK)
        status = s->kind->load(&loaded, reader, &err);
    s->kind->session_destroy(session);
    s->kind->destroy(f);
    s->kind->destroy(loaded);
    at_row_release(&row);
    at_csr_release(&rows);
    return status;
}

static void survives_no_memory(struct subject *s)
{
    struct at_feature *f = fit(s, NULL);
    const struct bytes file = save(s, f);
    attune_reader reader;
    s->kind->destroy(f);
    assert_ok(at_bundle_open_memory(&reader, file.data, file.size, "memory", &err));
    s->in.n_profiles = 60;
    for (size_t n = 1;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = whole_life(s, &reader);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK) {
            assert_true(n > 5);
            break;
        }
        assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
    free(file.data);
}

static void test_feature__survives_every_failing_allocation(void **state)
{
    (void)state;
    for_each_subject(survives_no_memory);
}

static void allocates_nothing_when_warm(struct subject *s)
{
    struct at_feature *f = fit(s, NULL);
    void *session = open_session(f);
    struct at_row row = {0};
    for (size_t i = 0; i < N_ROWS; i++)
        assert_ok(s->kind->transform(f, session, s->chats->list[i], &row, &err));
    at_alloc_fail_after(1);
    for (size_t i = 0; i < N_ROWS; i++)
        assert_ok(s->kind->transform(f, session, s->chats->list[i], &row, &err));
    assert_int_equal(at_alloc_fail_after(0), 1);
    s->kind->session_destroy(session);
    s->kind->destroy(f);
    at_row_release(&row);
}

static void test_feature__warm_session_allocates_nothing(void **state)
{
    (void)state;
    for_each_subject(allocates_nothing_when_warm);
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
    for (int allowed = 0;; allowed++) {
        atomic_int left = allowed;
        const attune_job job = {.user = &left, .cancelled = count_down};
        struct at_feature *f = NULL;
        struct at_csr rows = {.n_cols = 5};
        s->in.job = &job;
        const attune_status status = s->kind->fit(&f, &rows, &s->in, s->options, &err);
        if (status != ATTUNE_OK) {
            assert_int_equal(status, ATTUNE_CANCELLED);
            assert_true(!f && rows.n_rows == 0 && rows.n_cols == 5);
            n++;
        }
        s->kind->destroy(f);
        at_csr_release(&rows);
        if (status == ATTUNE_OK)
            break;
    }
    assert_true(n > 0);
}

static void test_feature__can_be_cancelled_at_any_time(void **state)
{
    (void)state;
    for_each_subject(can_be_cancelled);
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

/* Bytes changed under a valid checksum: the block refuses them, or makes sound rows all the same.
 */
static void survives_damage(struct subject *s)
{
    struct at_feature *f = fit(s, NULL);
    struct bytes file = save(s, f);
    struct at_rng rng;
    uint64_t table;
    memcpy(&table, (char *)file.data + HEADER_TABLE, sizeof table);
    at_rng_init(&rng, 3);
    size_t n_refused = 0;
    for (size_t round = 0; round < 300; round++) {
        struct bytes bad = {aligned_alloc(64, (file.size + 63) / 64 * 64), file.size};
        memcpy(bad.data, file.data, file.size);
        const uint64_t all = table - HEADER_END, span = round % 2 || all < 512 ? all : 512;
        const uint64_t at = HEADER_END + at_rng_below(&rng, span);
        ((uint8_t *)bad.data)[at] ^= (uint8_t)(1U << at_rng_below(&rng, 8));
        reseal(&bad);
        attune_reader reader;
        struct at_feature *loaded = NULL;
        attune_status status = at_bundle_open_memory(&reader, bad.data, bad.size, "memory", &err);
        if (status == ATTUNE_OK) /* else it hit the zeros between two sections */
            status = s->kind->load(&loaded, &reader, &err);
        if (status == ATTUNE_OK) {
            struct at_csr rows;
            transform_all(loaded, s->chats, &rows);
            at_csr_release(&rows);
            s->kind->destroy(loaded);
        } else {
            assert_true(status == ATTUNE_CORRUPT || status == ATTUNE_TOO_NEW);
            assert_null(loaded);
            n_refused++;
        }
        free(bad.data);
    }
    assert_true(n_refused > 0);
    s->kind->destroy(f);
    free(file.data);
}

static void test_feature__survives_damaged_sections(void **state)
{
    (void)state;
    for_each_subject(survives_damage);
}

static void refuses_foreign_files(struct subject *s)
{
    attune_writer *writer;
    attune_reader reader;
    struct at_feature *loaded = (void *)s;
    assert_ok(at_bundle_create(&writer, s->path, &err));
    assert_ok(attune_writer_put(writer, "something.else", "x", 1, &err));
    assert_ok(at_bundle_commit(writer, &err));
    assert_ok(at_bundle_open(&reader, s->path, &err));
    assert_fails(s->kind->load(&loaded, &reader, &err), ATTUNE_CORRUPT, "section");
    assert_null(loaded);
    at_bundle_close(&reader);
}

static void test_feature__refuses_a_file_without_its_sections(void **state)
{
    (void)state;
    for_each_subject(refuses_foreign_files);
}

/* What explain adds sums up to what the columns contributed, also for columns that are not there.
 */
static void explains_everything(struct subject *s)
{
    if (!s->kind->explain)
        return;
    struct at_feature *f = fit(s, NULL);
    void *session = open_session(f);
    struct at_rng rng;
    at_rng_init(&rng, 17);
    double *contribution = malloc(f->n_cols * sizeof *contribution);
    for (size_t i = 0; i < N_ROWS; i += 3) {
        struct at_explanation e = {0};
        double wanted = 0, sum = 0, size = 0;
        for (size_t c = 0; c < f->n_cols; c++) {
            contribution[c] = at_rng_below(&rng, 2) ? at_rng_unit(&rng) - 0.4 : 0;
            wanted += contribution[c];
            size += fabs(contribution[c]);
        }
        assert_ok(s->kind->explain(f, session, s->chats->list[i], contribution, &e, &err));
        for (size_t k = 0; k < e.n; k++) {
            assert_true(e.items[k].name.len > 0);
            sum += e.items[k].weight;
        }
        assert_true(fabs(sum - wanted) <= 1e-12 * (1 + size));
        at_explanation_release(&e);
    }
    free(contribution);
    s->kind->session_destroy(session);
    s->kind->destroy(f);
}

static void test_feature__explanations_sum_up(void **state)
{
    (void)state;
    for_each_subject(explains_everything);
}

/* What one person says, however often, is in no file: not the word, nor four letters of it. */
static void keeps_private_words(struct subject *s)
{
    static const char private[] = "xanthoquz";
    size_t n_said = 0;
    for (size_t i = 0; i < N_ROWS; i++) {
        if (s->chats->fan[i] != s->chats->fan[0])
            continue;
        s->chats->profiles[i].messages[0] =
            (struct at_message){.text = at_str_from(private), .at_ms = AT_TIME_NONE};
        s->chats->profiles[i].n_messages += s->chats->profiles[i].n_messages == 0;
        n_said++;
    }
    for (uint32_t i = 1; n_said < 3; i++, n_said++) { /* the same person again */
        s->chats->fan[i] = s->chats->fan[0];
        s->chats->profiles[i] = s->chats->profiles[0];
    }
    struct at_feature *f = fit(s, NULL);
    const struct bytes file = save(s, f);
    for (size_t at = 0; at + 4 < sizeof private; at++)
        for (size_t i = 0; i + 4 <= file.size; i++)
            assert_memory_not_equal((char *)file.data + i, private + at, 4);
    free(file.data);
    s->kind->destroy(f);
}

static void test_feature__keeps_private_words_out_of_its_file(void **state)
{
    (void)state;
    for_each_subject(keeps_private_words);
}

/* Profiles not divisible by three learn, in mixed order, or all with a part of them left out. */
enum { N_PARTS = 3 };
struct parts {
    uint32_t profile[N_PARTS][N_ROWS];
    struct at_feature_part part[N_PARTS];
    size_t least_fans;
};

static size_t count_fans(const struct subject *s, const struct at_feature_part *part)
{
    bool seen[N_FANS] = {false};
    size_t n = 0;
    for (size_t i = 0; i < part->n_learn; i++) {
        bool *const fan = &seen[s->chats->fan[part->profile[i]]];
        n += !*fan;
        *fan = true;
    }
    return n;
}

static void parts_make(struct parts *t, const struct subject *s)
{
    t->least_fans = N_FANS;
    for (size_t k = 0; k < N_PARTS; k++) {
        struct at_feature_part *const part = &t->part[k];
        *part = (struct at_feature_part){.fan = s->chats->fan, .profile = t->profile[k]};
        for (uint32_t i = 0; i < N_ROWS; i++) /* 77 has no factor in common with 200 */
            if (i % (2 + k) != 0)
                t->profile[k][part->n++] = i * 77 % N_ROWS;
        part->n_learn = part->n;
        for (uint32_t i = 0; i < N_ROWS; i++)
            if (i % (2 + k) == 0)
                t->profile[k][part->n++] = i * 77 % N_ROWS;
        const size_t n_fans = count_fans(s, part);
        t->least_fans = n_fans < t->least_fans ? n_fans : t->least_fans;
    }
}

/* The clear version: learns from the profiles of one side, then transforms those of the other. */
static struct at_feature *fit_read(struct subject *s, const struct at_feature_part *part,
                                   struct at_csr *rows)
{
    const struct at_profile *profiles[N_ROWS];
    uint32_t fan[N_ROWS];
    const struct at_feature_fit in = {
        .profiles = profiles, .n_profiles = part->n_learn, .fan = fan};
    struct at_feature *f;
    struct at_row row = {0};
    for (size_t i = 0; i < part->n; i++) {
        profiles[i] = s->chats->list[part->profile[i]];
        fan[i] = s->chats->fan[part->profile[i]];
    }
    assert_ok(s->kind->fit(&f, rows, &in, s->options, &err));
    void *session = open_session(f);
    for (size_t i = part->n_learn; i < part->n; i++) {
        assert_ok(s->kind->transform(f, session, profiles[i], &row, &err));
        assert_ok(at_csr_add_row(rows, row.col, row.value, row.n, &err));
    }
    s->kind->session_destroy(session);
    at_row_release(&row);
    return f;
}

static void learns_from_parts_with(struct subject *s, size_t n_threads)
{
    struct parts parts;
    void *survey;
    parts_make(&parts, s);
    assert_ok(at_pool_create(&s->in.pool, n_threads, &err));
    assert_ok(s->kind->survey(&survey, &s->in, parts.least_fans, s->options, &err));
    at_pool_destroy(s->in.pool);
    s->in.pool = NULL;
    for (size_t k = 0; k < N_PARTS && survey; k++) {
        struct at_csr read_rows = {0}, part_rows = {0};
        struct at_feature *read = fit_read(s, &parts.part[k], &read_rows), *f;
        parts.part[k].survey = survey;
        assert_ok(s->kind->fit_part(&f, &part_rows, &parts.part[k], s->options, &err));
        assert_same_feature(s, read, f);
        assert_same_rows(&read_rows, &part_rows);
        s->kind->destroy(read);
        s->kind->destroy(f);
        at_csr_release(&read_rows);
        at_csr_release(&part_rows);
    }
    s->kind->survey_destroy(survey);
}

static void learns_from_parts(struct subject *s)
{
    static const struct attune_setting choosy[] = {{"max_features", "50"}, {"max_df", "0.5"}};
    const struct at_option_table table = {s->kind->options, s->kind->n_options};
    assert_true(!s->kind->survey == !s->kind->fit_part);
    assert_true(!s->kind->survey == !s->kind->survey_destroy);
    if (!s->kind->survey)
        return;
    learns_from_parts_with(s, 1);
    learns_from_parts_with(s, 3);
    for (size_t i = 0; i < 2 && at_option_find(table, choosy[i].name); i++) {
        assert_ok(at_options_set(table, s->options, &choosy[i], 1, &s->chats->arena, &err));
        learns_from_parts_with(s, 1);
    }
    s->kind->survey_destroy(NULL);
}

static void test_feature__learns_from_parts_as_from_their_profiles(void **state)
{
    (void)state;
    for_each_subject(learns_from_parts);
}

/* Surveys the chats and learns from a part; whatever stops it leaves nothing behind. */
static attune_status life_of_part(struct subject *s, const struct at_feature_part *part,
                                  size_t least_fans, bool *out_has_survey)
{
    struct at_feature *f = NULL;
    struct at_csr rows = {.n_cols = 7};
    struct at_feature_part own = *part;
    void *survey = (void *)&own;
    attune_status status = s->kind->survey(&survey, &s->in, least_fans, s->options, &err);
    *out_has_survey = survey != NULL;
    assert_true(status == ATTUNE_OK || !survey);
    if (survey) {
        own.survey = survey;
        own.job = s->in.job;
        status = s->kind->fit_part(&f, &rows, &own, s->options, &err);
        assert_true(status == ATTUNE_OK || (!f && rows.n_rows == 0 && rows.n_cols == 7));
    }
    s->kind->destroy(f);
    s->kind->survey_destroy(survey);
    at_csr_release(&rows);
    return status;
}

static void parts_stop_cleanly(struct subject *s)
{
    struct parts parts;
    bool has_survey = true;
    if (!s->kind->survey)
        return;
    parts_make(&parts, s);
    for (size_t n = 1, left = 0; left == 0; n++) {
        at_alloc_fail_after(n);
        const attune_status status = life_of_part(s, &parts.part[0], parts.least_fans, &has_survey);
        left = at_alloc_fail_after(0);
        assert_int_equal(status, left ? ATTUNE_OK : ATTUNE_NO_MEMORY);
    }
    for (int allowed = 0; has_survey; allowed++) {
        atomic_int left = allowed;
        const attune_job job = {.user = &left, .cancelled = count_down};
        s->in.job = &job;
        const attune_status status = life_of_part(s, &parts.part[0], parts.least_fans, &has_survey);
        if (status == ATTUNE_OK) {
            assert_true(allowed > 1); /* both of them ask */
            return;
        }
        assert_int_equal(status, ATTUNE_CANCELLED);
        has_survey = true;
    }
}

static void test_feature__parts_survive_what_stops_them(void **state)
{
    (void)state;
    for_each_subject(parts_stop_cleanly);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feature__describes_itself),
        cmocka_unit_test(test_feature__names_its_columns),
        cmocka_unit_test(test_feature__fit_transform_and_file_agree),
        cmocka_unit_test(test_feature__rows_are_independent),
        cmocka_unit_test(test_feature__any_number_of_threads_gives_the_same),
        cmocka_unit_test(test_feature__takes_empty_and_small_input),
        cmocka_unit_test(test_feature__survives_every_failing_allocation),
        cmocka_unit_test(test_feature__warm_session_allocates_nothing),
        cmocka_unit_test(test_feature__can_be_cancelled_at_any_time),
        cmocka_unit_test(test_feature__survives_damaged_sections),
        cmocka_unit_test(test_feature__refuses_a_file_without_its_sections),
        cmocka_unit_test(test_feature__explanations_sum_up),
        cmocka_unit_test(test_feature__keeps_private_words_out_of_its_file),
        cmocka_unit_test(test_feature__learns_from_parts_as_from_their_profiles),
        cmocka_unit_test(test_feature__parts_survive_what_stops_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
