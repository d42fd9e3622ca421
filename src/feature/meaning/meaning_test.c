#include "feature/meaning/meaning.h"

#include <math.h>

#include "base/alloc.h"
#include "base/bundle.h"
#include "base/fs.h"
#include "base/json.h"
#include "feature/explanation.h"
#include "support/memory_bundle.h"
#include "support/test.h"

static attune_error err;
static const struct at_feature_kind *const kind = &at_feature_kind_meaning;

/* ---- the table ---- */

extern const unsigned char at_meaning_table_bin[];
extern const size_t at_meaning_table_bin_size;

static uint32_t number_at(size_t at)
{
    uint32_t v;
    memcpy(&v, at_meaning_table_bin + at, sizeof v);
    return v;
}

static void test_meaning__table_is_sound(void **state)
{
    (void)state;
    const size_t n = number_at(8), n_buckets = (size_t)1 << number_at(16);
    const size_t keys = 24 + 4 * MEANING_DIMS, starts = keys + 4 * n;
    uint32_t before = 0;
    float step[MEANING_DIMS];
    assert_memory_equal(at_meaning_table_bin, "meaning\x02", 8);
    assert_int_equal(number_at(12), MEANING_DIMS);
    assert_int_equal(n_buckets, 8192);
    assert_int_equal(at_meaning_table_bin_size,
                     starts + 4 * (n_buckets + 1) + n * (1 + MEANING_DIMS / 2));
    for (size_t i = 1; i < n; i++)
        assert_true(number_at(keys + 4 * (i - 1)) < number_at(keys + 4 * i));
    for (size_t b = 0; b <= n_buckets; b++) {
        const uint32_t start = number_at(starts + 4 * b);
        assert_true(start >= before && start <= n);
        if (start < n)
            assert_true(number_at(keys + 4u * start) >> 19 >= b);
        if (start > 0)
            assert_true(number_at(keys + 4u * (start - 1u)) >> 19 < b);
        before = start;
    }
    assert_int_equal(before, n);
    for (int32_t i = 0; i < (int32_t)n; i++)
        assert_true(meaning_word_weight(i) > 0);
    meaning_steps(step);
    for (size_t k = 0; k < MEANING_DIMS; k++)
        assert_true(step[k] > 0 && step[k] < 10);
}

static double alike(const char *one, const char *other)
{
    const int32_t a = meaning_find(at_str_from(one)), b = meaning_find(at_str_from(other));
    int8_t x[MEANING_DIMS], y[MEANING_DIMS];
    float step[MEANING_DIMS];
    double xx = 0, yy = 0, xy = 0;
    assert_true(a != MEANING_NONE && b != MEANING_NONE);
    meaning_word_vector(a, x);
    meaning_word_vector(b, y);
    meaning_steps(step);
    for (size_t k = 0; k < MEANING_DIMS; k++) {
        const double s = (double)step[k] * (double)step[k];
        xx += s * x[k] * x[k];
        yy += s * y[k] * y[k];
        xy += s * x[k] * y[k];
    }
    return xy / sqrt(xx * yy);
}

static void test_meaning__near_words_stand_near(void **state)
{
    (void)state;
    static const char *const near[][3] = {
        {"love", "loves", "battery"},  {"kiss", "hug", "engine"},
        {"win", "victory", "soup"},    {"angry", "furious", "purple"},
        {"monday", "friday", "boots"}, {"beautiful", "gorgeous", "tax"},
        {"love", "amour", "battery"},  {"thanks", "gracias", "engine"},
        {"triste", "sad", "soup"}};
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        if (!(alike(near[i][0], near[i][1]) > 0.3 + alike(near[i][0], near[i][2])))
            fail_msg("%s: %s %.2f, %s %.2f", near[i][0], near[i][1], alike(near[i][0], near[i][1]),
                     near[i][2], alike(near[i][0], near[i][2]));
    const int32_t the = meaning_find(at_str_from("the")), hug = meaning_find(at_str_from("hug"));
    assert_true(meaning_word_weight(the) < 20 && meaning_word_weight(hug) > 240);
    assert_int_equal(meaning_find(at_str_from("")), MEANING_NONE);
    assert_int_equal(meaning_find(at_str_from("qzxvk")), MEANING_NONE);
}

/* ---- from tokens to words ---- */

static struct at_profile profile_of(struct at_message *m, const char *text)
{
    *m = (struct at_message){.text = at_str_from(text), .at_ms = AT_TIME_NONE};
    return (struct at_profile){.messages = m, .n_messages = 1};
}

static void look(struct meaning_sum *out, const char *text)
{
    struct at_message m;
    const struct at_profile p = profile_of(&m, text);
    meaning_look(out, &p);
}

static void assert_reads_as(const char *text, const char *plain)
{
    struct meaning_sum a, b;
    look(&a, text);
    look(&b, plain);
    if (memcmp(a.sum, b.sum, sizeof a.sum) != 0)
        fail_msg("'%s' is not read as '%s'", text, plain);
}

static void test_meaning__reads_chat_as_words(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"sooo", "so"},
        {"GOOOOD", "good"},
        {"loooove", "love"},
        {"lovve", "love"},
        {"pleeeasssse", "please"},
        {"don't", "do not"},
        {"can\xe2\x80\x99t", "can not"},
        {"Won't", "will not"},
        {"it's you're I'm", "it you i"},
        {"J\xe2\x80\x99"
         "adore l'amour",
         "j l amour"},
        {"n't", "not"},
        {"#love", "love"},
        {"hello,world!", "hello world"},
        {"qzxvk @bob https://x.io/love \xf0\x9f\x98\x8d 42 12345 :)", ""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_reads_as(pairs[i][0], pairs[i][1]);
}

static void test_meaning__counts_words(void **state)
{
    (void)state;
    struct meaning_sum s;
    struct at_message m[2] = {{.text = at_str_from("love love qzxvk don't @bob 42")},
                              {.text = at_str_from("love"), .from = AT_FROM_CREATOR}};
    const struct at_profile p = {.messages = m, .n_messages = 2};
    meaning_look(&s, &p);
    assert_int_equal(s.n_words, 4);
    assert_int_equal(s.n_known, 3);
    look(&s, "");
    assert_int_equal(s.n_words, 0);
}

/* ---- rows ---- */

static struct meaning *block(double weight, double share)
{
    struct meaning *f;
    assert_ok(meaning_create(&f, &err));
    f->params = (struct meaning_params){.version = MEANING_PARAMS_VERSION,
                                        .n_cols = MEANING_DIMS,
                                        .table = meaning_table_name(),
                                        .weight = weight,
                                        .share = share};
    return f;
}

static void test_meaning__rows_are_those_of_python(void **state)
{
    (void)state;
    struct at_buf text = {0};
    at_json *cases;
    struct meaning *f = block(2, 1);
    assert_ok(
        at_fs_read(ATTUNE_SOURCE_DIR "/tests/golden/meaning/cases.json", &text, 1 << 20, &err));
    assert_ok(at_json_parse(&cases, text.data, text.len, "cases.json", &err));
    assert_true(at_json_len(cases) >= 7);
    for (size_t c = 0; c < at_json_len(cases); c++) {
        const at_json *const one = at_json_at(cases, c), *const row = at_json_get(one, "row");
        struct meaning_sum sum;
        float out[MEANING_DIMS];
        look(&sum, at_json_string(at_json_get(one, "text")).ptr);
        assert_int_equal(sum.n_words, at_json_integer(at_json_get(one, "n_words"), -1));
        assert_int_equal(sum.n_known, at_json_integer(at_json_get(one, "n_known"), -1));
        assert_true(meaning_row(f, &sum, out));
        assert_int_equal(at_json_len(row), MEANING_DIMS);
        for (size_t k = 0; k < MEANING_DIMS; k++)
            assert_true(fabs((double)out[k] - 2 * at_json_number(at_json_at(row, k), NAN)) < 1e-6);
    }
    at_json_free(cases);
    at_buf_release(&text);
    meaning_destroy(&f->base);
}

static bool has_row(const struct meaning *f, const char *text)
{
    struct meaning_sum sum;
    float out[MEANING_DIMS];
    look(&sum, text);
    const bool has = meaning_row(f, &sum, out);
    for (size_t k = 0; k < MEANING_DIMS && !has; k++)
        assert_true(out[k] == 0);
    return has;
}

static void test_meaning__stays_silent_where_it_does_not_understand(void **state)
{
    (void)state;
    struct meaning *english = block(1, 0.9), *finnish = block(1, 0.2), *off = block(0, 0.9);
    assert_true(has_row(english, "I miss you and I want to hear your voice"));
    assert_true(has_row(english, "miss"));
    assert_true(has_row(english, "ikava sinua darling")); /* too short to tell */
    assert_true(has_row(english, "tu me manques tellement mon coeur, quand est-ce que tu reviens"));
    assert_false(has_row(english,
                         "minulla on ikava sinua, milloin tulet takaisin? odotin viestiasi "
                         "koko eilisen illan enka saanut unta"));
    assert_false(has_row(english, "qzxvk"));
    assert_false(has_row(english, ""));
    assert_false(has_row(finnish, "excellent message"));
    assert_true(has_row(finnish,
                        "well I really do not know what you want me to say about that, dear, "
                        "but thank you and have a nice day over there with your friends"));
    assert_false(has_row(off, "I miss you and I want to hear your voice"));
    meaning_destroy(&english->base);
    meaning_destroy(&finnish->base);
    meaning_destroy(&off->base);
}

static void test_meaning__fit_keeps_one_number(void **state)
{
    (void)state;
    enum { N = 300 };
    static const char *const texts[] = {"love qzxvk xqvzt", "hug", "xqvzt qzxvk"};
    struct at_message m[N];
    struct at_profile p[N];
    const struct at_profile *list[N];
    const struct meaning_options o = {.weight = 1};
    const struct at_feature_fit in = {.profiles = list, .n_profiles = N};
    struct at_csr rows = {0};
    struct at_feature *f;
    for (size_t i = 0; i < N; i++) {
        p[i] = profile_of(&m[i], texts[i % 3]);
        list[i] = &p[i];
    }
    assert_ok(kind->fit(&f, &rows, &in, &o, &err));
    const struct meaning *const fitted = (const void *)f;
    assert_true(fitted->params.share == 2 / 6.0);
    assert_int_equal(rows.n_rows, N);
    assert_int_equal(rows.n_cols, MEANING_DIMS);
    assert_int_equal(rows.start[N],
                     0); /* a third of the words is known: no language of the table */
    assert_string_equal(kind->col_name(f, 16).ptr, "meaning 17");
    kind->destroy(f);
    at_csr_release(&rows);
}

/* ---- explanations ---- */

static double weight_of(const struct at_explanation *e, const char *name)
{
    for (size_t i = 0; i < e->n; i++)
        if (at_str_equal(e->items[i].name, at_str_from(name)))
            return e->items[i].weight;
    return 0;
}

static void test_meaning__names_the_words_with_their_shares(void **state)
{
    (void)state;
    struct at_message m;
    const struct at_profile p = profile_of(&m, "I loooove you, qzxvk don't win");
    struct meaning *f = block(1, 1);
    struct meaning_sum sum, love;
    struct at_explanation e = {0};
    double contribution[MEANING_DIMS], wanted = 0, total = 0, all = 0;
    void *session;
    meaning_look(&sum, &p);
    look(&love, "love");
    for (size_t k = 0; k < MEANING_DIMS; k++) {
        contribution[k] = sum.sum[k] ? ((double)(k % 3) - 1) * 0.01 * (double)(k + 1) : 0;
        wanted += sum.sum[k] ? contribution[k] * (double)love.sum[k] / (double)sum.sum[k] : 0;
        total += contribution[k];
    }
    assert_ok(kind->session_create(&session, &f->base, &err));
    assert_ok(kind->explain(&f->base, session, &p, contribution, &e, &err));
    assert_int_equal(e.n, 5); /* I loooove you don't win */
    for (size_t i = 0; i < e.n; i++)
        all += e.items[i].weight;
    assert_true(fabs(all - total) < 1e-9);
    assert_true(wanted != 0 && fabs(weight_of(&e, "loooove") - wanted) < 1e-9);
    assert_true(weight_of(&e, "don't") != 0 && weight_of(&e, "qzxvk") == 0);
    at_explanation_release(&e);
    kind->session_destroy(session);
    meaning_destroy(&f->base);
}

static void test_meaning__names_the_column_where_there_is_no_word(void **state)
{
    (void)state;
    struct at_message m;
    const struct at_profile p = profile_of(&m, "qzxvk");
    struct meaning *f = block(1, 1);
    struct at_explanation e = {0};
    double contribution[MEANING_DIMS] = {[16] = 0.25};
    void *session;
    assert_ok(kind->session_create(&session, &f->base, &err));
    assert_ok(kind->explain(&f->base, session, &p, contribution, &e, &err));
    assert_int_equal(e.n, 1);
    assert_true(weight_of(&e, "meaning 17") == 0.25);
    at_explanation_release(&e);
    kind->session_destroy(session);
    meaning_destroy(&f->base);
}

/* ---- the model file ---- */

static attune_status load_params(const struct meaning_params *params, size_t size)
{
    struct memory_bundle bundle;
    attune_reader reader;
    struct at_feature *f;
    memory_bundle_init(&bundle, sizeof *params);
    memory_bundle_put(&bundle, "params", params, size);
    memory_bundle_finish(&bundle);
    assert_ok(at_bundle_open_memory(&reader, bundle.data, bundle.size, "test", &err));
    const attune_status status = kind->load(&f, &reader, &err);
    assert_true((status == ATTUNE_OK) == (f != NULL));
    kind->destroy(f);
    memory_bundle_release(&bundle);
    return status;
}

static void test_meaning__refuses_what_it_cannot_use(void **state)
{
    (void)state;
    struct meaning *f = block(1, 0.9);
    const struct meaning_params good = f->params;
    struct meaning_params p = good;
    meaning_destroy(&f->base);
    assert_ok(load_params(&good, sizeof good));
    assert_int_equal(load_params(&good, sizeof good - 8), ATTUNE_CORRUPT);
#define REFUSED(member, value, status)                                                             \
    p = good;                                                                                      \
    p.member = (value);                                                                            \
    assert_int_equal(load_params(&p, sizeof p), status)
    REFUSED(version, 2, ATTUNE_TOO_NEW);
    REFUSED(version, 0, ATTUNE_CORRUPT);
    REFUSED(n_cols, 63, ATTUNE_CORRUPT);
    REFUSED(unused, 1, ATTUNE_CORRUPT);
    REFUSED(weight, -1, ATTUNE_CORRUPT);
    REFUSED(weight, NAN, ATTUNE_CORRUPT);
    REFUSED(share, 1.5, ATTUNE_CORRUPT);
    REFUSED(share, NAN, ATTUNE_CORRUPT);
    REFUSED(table, good.table + 1, ATTUNE_TOO_NEW);
    assert_non_null(strstr(err.message, "train it again"));
#undef REFUSED
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meaning__table_is_sound),
        cmocka_unit_test(test_meaning__near_words_stand_near),
        cmocka_unit_test(test_meaning__reads_chat_as_words),
        cmocka_unit_test(test_meaning__counts_words),
        cmocka_unit_test(test_meaning__rows_are_those_of_python),
        cmocka_unit_test(test_meaning__stays_silent_where_it_does_not_understand),
        cmocka_unit_test(test_meaning__fit_keeps_one_number),
        cmocka_unit_test(test_meaning__names_the_words_with_their_shares),
        cmocka_unit_test(test_meaning__names_the_column_where_there_is_no_word),
        cmocka_unit_test(test_meaning__refuses_what_it_cannot_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
