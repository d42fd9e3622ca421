#include "support/memory_bundle.h"
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/pool.h"
#include "feature/ngram/ngram.h"

static attune_error err;
static const struct at_feature_kind *const kind = &at_feature_kind_ngram;

enum { HASH_SHORT = 0xf11ad, HASH_LONG = 0x1e7a56 };

struct texts {
    struct at_arena arena;
    const struct at_profile **profiles;
    size_t n;
};

static void add_text(struct texts *t, struct at_str text)
{
    struct at_profile *p = AT_NEW(&t->arena, struct at_profile, 1);
    *p = (struct at_profile){.n_messages = 1, .messages = AT_NEW(&t->arena, struct at_message, 1)};
    p->messages[0] = (struct at_message){.text = text};
    t->profiles[t->n++] = p;
}

static void make_texts(struct texts *t, const char *const *texts, size_t n)
{
    *t = (struct texts){0};
    t->profiles = AT_NEW(&t->arena, const struct at_profile *, n);
    for (size_t i = 0; i < n; i++)
        add_text(t, at_str_from(texts[i]));
}

static void set(struct ngram_options *o, const char *name, const char *value)
{
    const struct at_option_table table = {kind->options, kind->n_options};
    const struct attune_setting s = {name, value};
    struct at_arena arena = {0};
    assert_ok(at_options_set(table, o, &s, 1, &arena, &err));
    at_arena_release(&arena);
}

static void defaults(struct ngram_options *o)
{
    const struct at_option_table table = {kind->options, kind->n_options};
    assert_int_equal(kind->options_size, sizeof *o);
    assert_ok(at_options_defaults(table, o, &err));
}

static attune_status fit_texts(struct at_feature **out, struct at_csr *rows, const struct texts *t,
                               const uint32_t *fan, const struct ngram_options *o)
{
    const struct at_feature_fit in = {.profiles = t->profiles, .n_profiles = t->n, .fan = fan};
    return kind->fit(out, rows, &in, o, &err);
}

/* ---- golden: scikit-learn 1.2.1 (tests/golden/ngram/make.py) ---- */

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

static void check_case(const at_json *golden, const struct texts *all, size_t n_train)
{
    const struct texts train = {.profiles = all->profiles, .n = n_train};
    const at_json *settings = at_json_get(golden, "settings"), *rows = at_json_get(golden, "rows");
    const at_json *terms = at_json_get(golden, "terms");
    struct ngram_options o;
    struct at_feature *f;
    struct at_csr fitted = {0};
    struct at_row row = {0};
    void *session;
    defaults(&o);
    for (void *it = at_json_first(settings); it; it = at_json_next(settings, it))
        set(&o, at_json_key(it), at_json_string(at_json_value(it)).ptr);
    assert_ok(fit_texts(&f, &fitted, &train, NULL, &o));
    assert_int_equal(f->n_cols, at_json_len(terms));
    for (size_t c = 0; c < f->n_cols; c++)
        assert_true(at_str_equal(kind->col_name(f, c), at_json_string(at_json_at(terms, c))));
    for (size_t i = 0; i < n_train; i++)
        check_row(at_json_at(rows, i), fitted.col + fitted.start[i], fitted.value + fitted.start[i],
                  (size_t)(fitted.start[i + 1] - fitted.start[i]));
    assert_ok(kind->session_create(&session, f, &err));
    for (size_t i = 0; i < all->n; i++) {
        assert_ok(kind->transform(f, session, all->profiles[i], &row, &err));
        check_row(at_json_at(rows, i), row.col, row.value, row.n);
    }
    kind->session_destroy(session);
    kind->destroy(f);
    at_row_release(&row);
    at_csr_release(&fitted);
}

static void test_ngram__is_scikit_learns_where_tokens_agree(void **state)
{
    (void)state;
    struct at_buf text = {0};
    at_json *golden;
    size_t n_cases = 0;
    assert_ok(at_fs_read(ATTUNE_SOURCE_DIR "/tests/golden/ngram/cases.json", &text, 1 << 24, &err));
    assert_ok(at_json_parse(&golden, text.data, text.len, "cases.json", &err));
    for (size_t g = 0; g < at_json_len(golden); g++) {
        const at_json *group = at_json_at(golden, g);
        const at_json *parts[] = {at_json_get(group, "train"), at_json_get(group, "test")};
        struct texts all = {0};
        all.profiles = AT_NEW(&all.arena, const struct at_profile *, 100);
        for (size_t k = 0; k < 2; k++)
            for (size_t i = 0; i < at_json_len(parts[k]); i++)
                add_text(&all, at_json_string(at_json_at(parts[k], i)));
        const at_json *cases = at_json_get(group, "cases");
        for (size_t i = 0; i < at_json_len(cases); i++, n_cases++)
            check_case(at_json_at(cases, i), &all, at_json_len(parts[0]));
        at_arena_release(&all.arena);
    }
    assert_int_equal(n_cases, 7);
    at_json_free(golden);
    at_buf_release(&text);
}

/* ---- what scikit-learn has no word for ---- */

static bool has_column(const struct at_feature *f, const char *name)
{
    for (size_t c = 0; c < f->n_cols; c++)
        if (at_str_equal(kind->col_name(f, c), at_str_from(name)))
            return true;
    return false;
}

static void test_ngram__counts_fans_not_profiles(void **state)
{
    (void)state;
    const char *const texts[] = {"secret word", "secret word", "secret plan", "common word",
                                 "plan"};
    const uint32_t fan[] = {7, 7, 7, 2, 1000};
    struct texts t;
    struct ngram_options o;
    struct at_feature *f;
    make_texts(&t, texts, 5);
    defaults(&o);
    o.char_max = 0;
    assert_ok(fit_texts(&f, NULL, &t, fan, &o));
    assert_int_equal(f->n_cols, 2); /* "secret" has one fan; "secret word" too */
    assert_true(has_column(f, "word") && has_column(f, "plan"));
    kind->destroy(f);
    assert_ok(fit_texts(&f, NULL, &t, NULL, &o));
    assert_true(has_column(f, "secret") && has_column(f, "secret word"));
    assert_int_equal(((struct ngram *)(void *)f)->df[0], 2); /* plan, secret, "secret word", word */
    assert_int_equal(((struct ngram *)(void *)f)->df[1], 3);
    kind->destroy(f);
    at_arena_release(&t.arena);
}

/* idf counts profiles, whoever wrote them, and also for pieces of words. */
static void test_ngram__df_is_of_profiles(void **state)
{
    (void)state;
    const char *const texts[] = {"ab cd", "ab", "ab cd", "x"};
    const uint32_t fan[] = {0, 1, 0, 2};
    struct texts t;
    struct ngram_options o;
    struct at_feature *f;
    make_texts(&t, texts, 4);
    defaults(&o);
    o.char_min = o.char_max = 4;
    assert_ok(fit_texts(&f, NULL, &t, fan, &o));
    assert_int_equal(f->n_cols, 2); /* "ab" and " ab " */
    assert_int_equal(((struct ngram *)(void *)f)->df[0], 3);
    assert_int_equal(((struct ngram *)(void *)f)->df[1], 3);
    kind->destroy(f);
    at_arena_release(&t.arena);
}

static const char *const chats[] = {"I MISS you soooo much!!! \U0001F60D",
                                    "miss you sooo much",
                                    "you ok? \U0001F60D!!!",
                                    "call 0612345678 or @bob",
                                    "CALL 0712345678 or @alice",
                                    "NO way \u0e09\u0e31\u0e19\u0e23\u0e31\u0e01",
                                    "\u0e40\u0e18\u0e2d\u0e23\u0e31\u0e01"};

static void test_ngram__knows_chat(void **state)
{
    (void)state;
    struct texts t;
    struct ngram_options o;
    struct at_feature *f;
    make_texts(&t, chats, 7);
    defaults(&o);
    assert_ok(fit_texts(&f, NULL, &t, NULL, &o));
    const char *const wanted[] = {"!!",
                                  "<long>",
                                  "<loud>",
                                  "<n10>",
                                  "@user",
                                  "soo",
                                  "miss you",
                                  "<n10> or",
                                  "or @user",
                                  "\U0001F60D",
                                  " miss",
                                  "soo ",
                                  "\u0e23\u0e31\u0e01"}; /* from within two Thai sentences */
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_true(has_column(f, wanted[i]));
    const char *const unwanted[] = {"0612345678", "061", "@bob", "bob", "<n10", "@use", "way"};
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        assert_false(has_column(f, unwanted[i]));
    kind->destroy(f);
    at_arena_release(&t.arena);
}

static void test_ngram__runs_stay_inside_a_message(void **state)
{
    (void)state;
    struct at_message m[] = {{.text = at_str_from("one, two")},
                             {.text = at_str_from("secret"), .from = AT_FROM_CREATOR},
                             {.text = at_str_from("three")}};
    const struct at_profile p = {.messages = m, .n_messages = 3};
    const struct at_profile *list[] = {&p, &p};
    const struct texts t = {.profiles = list, .n = 2};
    struct ngram_options o;
    struct at_feature *f;
    defaults(&o);
    o.char_max = 0;
    assert_ok(fit_texts(&f, NULL, &t, NULL, &o));
    assert_int_equal(f->n_cols, 5); /* , one "one two" three two */
    assert_true(has_column(f, "one two") && has_column(f, ","));
    assert_false(has_column(f, "two three"));
    kind->destroy(f);
}

static void test_ngram__keeps_what_most_fans_use(void **state)
{
    (void)state;
    const char *const texts[] = {"aa bb cc", "aa bb dd", "aa cc dd", "zz zz zz zz"};
    struct texts t;
    struct ngram_options o;
    struct at_feature *f;
    make_texts(&t, texts, 4);
    defaults(&o);
    o.word_max = 1;
    o.char_min = o.char_max = 4; /* " aa " ... */
    o.max_features = 4;          /* aa and " aa " have three fans; then bb and cc of six with two */
    assert_ok(fit_texts(&f, NULL, &t, NULL, &o));
    const char *const wanted[] = {"aa", "bb", "cc", " aa "};
    assert_int_equal(f->n_cols, 4);
    for (size_t c = 0; c < 4; c++)
        assert_true(at_str_equal(kind->col_name(f, c), at_str_from(wanted[c])));
    kind->destroy(f);
    at_arena_release(&t.arena);
}

static void test_ngram__each_part_has_its_length(void **state)
{
    (void)state;
    struct texts t;
    struct ngram_options o;
    struct at_feature *f;
    struct at_csr rows = {0};
    make_texts(&t, chats, 7);
    defaults(&o);
    o.word_weight = 0.5;
    for (o.norm = NGRAM_NORM_L2; o.norm < NGRAM_NORM_COUNT; o.norm++) {
        assert_ok(fit_texts(&f, &rows, &t, NULL, &o));
        double words = 0, chars = 0;
        for (uint64_t i = rows.start[1]; i < rows.start[2]; i++)
            *(rows.col[i] < ((struct ngram *)(void *)f)->n_words ? &words : &chars) +=
                (double)rows.value[i] * rows.value[i];
        if (o.norm == NGRAM_NORM_L2) {
            assert_true(fabs(words + chars - 1) < 1e-6 && words > 0.01 && chars > 0.01);
        } else {
            assert_true(fabs(words - 0.25) < 1e-6 && fabs(chars - 1) < 1e-6);
        }
        kind->destroy(f);
        at_csr_clear(&rows);
    }
    at_csr_release(&rows);
    at_arena_release(&t.arena);
}

static double weight_of(const struct at_explanation *e, const char *name)
{
    for (size_t i = 0; i < e->n; i++)
        if (at_str_equal(e->items[i].name, at_str_from(name)))
            return e->items[i].weight;
    return NAN;
}

static void test_ngram__explains_with_the_persons_words(void **state)
{
    (void)state;
    struct texts t;
    struct ngram_options o;
    struct at_feature *f;
    struct at_explanation e = {0};
    void *session;
    make_texts(&t, chats, 7);
    defaults(&o);
    assert_ok(fit_texts(&f, NULL, &t, NULL, &o));
    assert_ok(kind->session_create(&session, f, &err));
    double *contribution = calloc(f->n_cols, sizeof *contribution);
    for (size_t c = 0; c < f->n_cols; c++) {
        const struct at_str name = kind->col_name(f, c);
        contribution[c] = at_str_equal(name, at_str_from("soo"))        ? 1 /* word and piece */
                          : at_str_equal(name, at_str_from("miss you")) ? 4
                          : at_str_equal(name, at_str_from(" m"))       ? 16 /* in miss and much */
                          : at_str_equal(name, at_str_from("<n10>"))    ? 64 /* not there */
                          : at_str_equal(name, at_str_from("h!"))       ? 256
                                                                        : 0;
    }
    assert_ok(kind->explain(f, session, t.profiles[0], contribution, &e, &err));
    assert_true(fabs(weight_of(&e, "soooo") - 2) < 1e-12);
    assert_true(fabs(weight_of(&e, "miss you") - 4) < 1e-12);
    assert_true(fabs(weight_of(&e, "miss") - 8) < 1e-12);
    assert_true(fabs(weight_of(&e, "<n10>") - 64) < 1e-12);
    kind->session_destroy(session);
    kind->destroy(f);
    free(contribution);
    at_explanation_release(&e);
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

static void test_ngram__warns_of_few_fans(void **state)
{
    (void)state;
    struct texts t;
    struct ngram_options o;
    struct at_feature *f;
    struct heard heard = {0};
    const attune_job job = {.user = &heard, .log = hear};
    make_texts(&t, chats, 7);
    struct at_feature_fit in = {.profiles = t.profiles, .n_profiles = 7, .job = &job};
    defaults(&o);
    assert_ok(kind->fit(&f, NULL, &in, &o, &err));
    assert_int_equal(heard.n, 1);
    assert_non_null(strstr(heard.text, "only 7 fans"));
    kind->destroy(f);
    o.min_fans = 5;
    assert_int_equal(kind->fit(&f, NULL, &in, &o, &err), ATTUNE_NOT_ENOUGH);
    assert_int_equal(heard.n, 1);
    at_arena_release(&t.arena);
}

/* With many buckets nothing collides, and the rows hold what a vocabulary gives, in another order.
 */
static void test_ngram__hashing_is_a_vocabulary_without_texts(void **state)
{
    (void)state;
    struct texts t;
    struct ngram_options o;
    struct at_feature *plain, *hashed;
    struct at_csr a = {0}, b = {0};
    make_texts(&t, chats, 7);
    defaults(&o);
    assert_ok(fit_texts(&plain, &a, &t, NULL, &o));
    o.hash_bits = 22;
    assert_ok(fit_texts(&hashed, &b, &t, NULL, &o));
    const struct ngram *p = (const void *)plain, *h = (const void *)hashed;
    assert_int_equal(plain->n_cols, hashed->n_cols);
    assert_int_equal(p->n_words, h->n_words);
    for (size_t c = 0; c < plain->n_cols; c++) {
        char term[64] = {0};
        const struct at_str name = kind->col_name(plain, c);
        memcpy(term, name.ptr, name.len);
        const struct at_str padded = {term, name.len};
        const uint32_t other =
            c < p->n_words ? ngram_word_col(h, padded) : ngram_char_col(h, padded);
        assert_true(other != AT_TERM_NONE && p->df[c] == h->df[other]);
    }
    for (size_t i = 0; i < 7; i++) {
        double x = 0, y = 0;
        assert_int_equal(a.start[i + 1] - a.start[i], b.start[i + 1] - b.start[i]);
        for (uint64_t k = a.start[i]; k < a.start[i + 1]; k++) {
            x += (double)a.value[k] * p->df[a.col[k]];
            y += (double)b.value[k] * h->df[b.col[k]];
        }
        assert_true(fabs(x - y) < 1e-5);
    }
    assert_int_equal(kind->col_name(hashed, 0).ptr[0], '#');
    kind->destroy(plain);
    kind->destroy(hashed);
    o.max_features = 3;
    assert_ok(fit_texts(&hashed, NULL, &t, NULL, &o));
    assert_int_equal(hashed->n_cols, 3);
    kind->destroy(hashed);
    at_csr_release(&a);
    at_csr_release(&b);
    at_arena_release(&t.arena);
}

/* Buckets are part of the model file: a change of the hash would turn every model into noise. */
static void test_ngram__hash_stays_what_it_is(void **state)
{
    (void)state;
    const char text[] = "miss you, a term of more than eight bytes";
    assert_int_equal(ngram_word_bucket(20, (struct at_str){text, 4}), HASH_SHORT);
    assert_int_equal(ngram_char_bucket(20, (struct at_str){text, 20}), HASH_LONG);
}

struct file {
    struct ngram_params params;
    uint32_t df[2], buckets[2], words_start[2], chars_start[2];
    size_t n_df, n_buckets; /* 0: the file has words and characters */
};

static attune_status load_file(const struct file *file)
{
    struct memory_bundle bundle;
    attune_reader reader;
    struct at_feature *f;
    memory_bundle_init(&bundle, 1024);
    memory_bundle_put(&bundle, "params", &file->params, sizeof file->params);
    memory_bundle_put(&bundle, "df", file->df, file->n_df * sizeof *file->df);
    if (file->n_buckets) {
        memory_bundle_put(&bundle, "buckets", file->buckets,
                          file->n_buckets * sizeof *file->buckets);
    } else {
        memory_bundle_put(&bundle, "words", "you", 3);
        memory_bundle_put(&bundle, "words.start", file->words_start, sizeof file->words_start);
        memory_bundle_put(&bundle, "chars", " you", 4);
        memory_bundle_put(&bundle, "chars.start", file->chars_start, sizeof file->chars_start);
    }
    memory_bundle_finish(&bundle);
    assert_ok(at_bundle_open_memory(&reader, bundle.data, bundle.size, "memory", &err));
    const attune_status status = kind->load(&f, &reader, &err);
    assert_true((f != NULL) == (status == ATTUNE_OK));
    kind->destroy(f);
    memory_bundle_release(&bundle);
    return status;
}

static void test_ngram__refuses_damaged_files(void **state)
{
    (void)state;
    const struct file words = {.params = {.version = NGRAM_PARAMS_VERSION,
                                          .word_min = 1,
                                          .word_max = 2,
                                          .char_min = 2,
                                          .char_max = 5,
                                          .min_fans = 2,
                                          .n_docs = 9,
                                          .word_weight = 1},
                               .df = {2, 9},
                               .words_start = {0, 3},
                               .chars_start = {0, 4},
                               .n_df = 2};
    struct file hashed = words, f;
    hashed.params.hash_bits = 10;
    hashed.buckets[0] = 5;
    hashed.buckets[1] = 2047;
    hashed.n_buckets = 2;
    assert_int_equal(load_file(&words), ATTUNE_OK);
    assert_int_equal(load_file(&hashed), ATTUNE_OK);
#define assert_refused(from, change)                                                               \
    (f = (from), f.change, assert_int_equal(load_file(&f), ATTUNE_CORRUPT))
    assert_refused(words, df[0] = 0);
    assert_refused(words, df[1] = 10);
    assert_refused(words, n_df = 1);
    assert_refused(words, words_start[1] = 4);
    assert_refused(words, params.word_max = NGRAM_WORDS_MAX + 1);
    assert_refused(words, params.word_min = 3);
    assert_refused(words, params.word_min = 0);
    assert_refused(words, params.char_max = NGRAM_CHARS_MAX + 1);
    assert_refused(words, params.norm = NGRAM_NORM_COUNT);
    assert_refused(words, params.use_idf = 2);
    assert_refused(words, params.min_fans = 1);
    assert_refused(words, params.word_weight = NAN);
    assert_refused(words, params.hash_bits = 10); /* no buckets */
    assert_refused(hashed, params.hash_bits = 9);
    assert_refused(hashed, params.hash_bits = NGRAM_HASH_MAX + 1);
    assert_refused(hashed, buckets[1] = 2048);
    assert_refused(hashed, buckets[1] = 5);
    assert_refused(hashed, n_df = 1);
#undef assert_refused
    f = words;
    f.params.version++;
    assert_int_equal(load_file(&f), ATTUNE_TOO_NEW);
}

static void test_ngram__errors_say_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *part;
        attune_status status;
    } bad[] = {{"min_fans", "1", "single person", ATTUNE_INVALID},
               {"word_min", "3", "word_max", ATTUNE_INVALID},
               {"char_min", "6", "char_max", ATTUNE_INVALID},
               {"hash_bits", "9", "10 to 22", ATTUNE_INVALID},
               {"min_fans", "100", "lower min_fans", ATTUNE_NOT_ENOUGH},
               {"max_df", "0.01", "raise max_df", ATTUNE_NOT_ENOUGH}};
    struct texts t;
    struct ngram_options o;
    struct at_feature *f;
    make_texts(&t, chats, 7);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        defaults(&o);
        set(&o, bad[i].name, bad[i].value);
        assert_fails(fit_texts(&f, NULL, &t, NULL, &o), bad[i].status, bad[i].part);
        assert_null(f);
    }
    defaults(&o);
    o.word_max = o.char_max = 0;
    assert_fails(fit_texts(&f, NULL, &t, NULL, &o), ATTUNE_INVALID, "both 0");
    at_arena_release(&t.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ngram__is_scikit_learns_where_tokens_agree),
        cmocka_unit_test(test_ngram__counts_fans_not_profiles),
        cmocka_unit_test(test_ngram__df_is_of_profiles),
        cmocka_unit_test(test_ngram__knows_chat),
        cmocka_unit_test(test_ngram__runs_stay_inside_a_message),
        cmocka_unit_test(test_ngram__keeps_what_most_fans_use),
        cmocka_unit_test(test_ngram__each_part_has_its_length),
        cmocka_unit_test(test_ngram__explains_with_the_persons_words),
        cmocka_unit_test(test_ngram__warns_of_few_fans),
        cmocka_unit_test(test_ngram__hashing_is_a_vocabulary_without_texts),
        cmocka_unit_test(test_ngram__hash_stays_what_it_is),
        cmocka_unit_test(test_ngram__refuses_damaged_files),
        cmocka_unit_test(test_ngram__errors_say_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
