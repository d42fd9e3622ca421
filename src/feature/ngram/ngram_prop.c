/* Against the plain way: every term as a string, counted in a map, fan by fan. */
#include "support/random_text.h"
#include "support/test.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "feature/ngram/ngram.h"

enum { ROUNDS = 300, PROFILES = 24, FANS = 9, MESSAGES = 3, TERMS = 60000 };

static attune_error err;

/* Terms are told apart by a letter in front: 'w'ords, 'c'haracters. */
struct plain {
    struct at_map terms;
    uint32_t count[PROFILES][TERMS];
    const struct ngram_options *options;
};

static void plain_add(struct plain *p, size_t profile, char part, const char *text, size_t len)
{
    char term[8192];
    uint32_t id;
    term[0] = part;
    memcpy(term + 1, text, len);
    assert_ok(at_map_add(&p->terms, (struct at_str){term, len + 1}, &id, NULL, &err));
    assert_true(id < TERMS);
    p->count[profile][id]++;
}

static void plain_stretch(struct plain *p, size_t profile, struct at_buf *stretch)
{
    size_t start[1024], n = 0;
    if (stretch->len == 0)
        return;
    assert_ok(at_buf_add(stretch, " ", 1, &err));
    for (size_t i = 0; i < stretch->len; i++)
        if (((unsigned char)stretch->data[i] & 0xC0) != 0x80)
            start[n++] = i;
    start[n] = stretch->len;
    for (size_t k = (size_t)p->options->char_min; k <= (size_t)p->options->char_max; k++) {
        if (n <= k) {
            plain_add(p, profile, 'c', stretch->data, stretch->len);
            break;
        }
        for (size_t i = 0; i + k <= n; i++)
            plain_add(p, profile, 'c', stretch->data + start[i], start[i + k] - start[i]);
    }
    at_buf_clear(stretch);
}

static void plain_message(struct plain *p, size_t profile, struct at_str message)
{
    struct at_str words[512];
    struct at_arena arena = {0};
    struct at_buf stretch = {0};
    struct at_chat chat;
    size_t n = 0;
    at_chat_begin(&chat, message);
    for (struct at_chat_token t; at_chat_next(&chat, &t);) {
        if (!t.is_glued || t.is_placeholder)
            plain_stretch(p, profile, &stretch);
        if (!t.is_placeholder) {
            if (stretch.len == 0)
                assert_ok(at_buf_add(&stretch, " ", 1, &err));
            assert_ok(at_buf_add(&stretch, t.text.ptr, t.text.len, &err));
        }
        plain_add(p, profile, 'w', t.text.ptr, t.text.len);
        if (t.is_long)
            plain_add(p, profile, 'w', "<long>", 6);
        if (t.is_loud)
            plain_add(p, profile, 'w', "<loud>", 6);
        if (t.kind != AT_CHAT_PUNCTUATION)
            words[n++] =
                (struct at_str){at_arena_strndup(&arena, t.text.ptr, t.text.len), t.text.len};
    }
    plain_stretch(p, profile, &stretch);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 2; k <= (size_t)p->options->word_max && i + k <= n; k++) {
            struct at_buf run = {0};
            for (size_t j = i; j < i + k; j++)
                assert_ok(at_buf_addf(&run, &err, "%s%.*s", j > i ? " " : "", (int)words[j].len,
                                      words[j].ptr));
            plain_add(p, profile, 'w', run.data, run.len);
            at_buf_release(&run);
        }
    at_buf_release(&stretch);
    at_arena_release(&arena);
}

struct people {
    char text[PROFILES][MESSAGES][256];
    struct at_message messages[PROFILES][MESSAGES];
    struct at_profile profiles[PROFILES];
    const struct at_profile *list[PROFILES];
    uint32_t fan[PROFILES];
};

static void people_make(struct people *p, struct at_rng *rng)
{
    static const char *const words[] = {
        "a",       "to",   "miss",  "you",        "youuuu",        "OK",
        "great!!", "@bob", "12345", "\U0001F60D", "\u00e9t\u00e9", "extraordinarily-long-words"};
    for (size_t i = 0; i < PROFILES; i++) {
        for (size_t m = 0; m < MESSAGES; m++) {
            char *text = p->text[i][m];
            size_t len = 0;
            for (size_t n = at_rng_below(rng, 6); n > 0; n--) {
                len += (size_t)snprintf(text + len, 40, "%s%s", words[at_rng_below(rng, 12)],
                                        at_rng_below(rng, 5) ? " " : "");
                if (at_rng_below(rng, 4) == 0)
                    len += random_text(rng, text + len, 3);
            }
            p->messages[i][m] = (struct at_message){.text = {text, len}, .at_ms = AT_TIME_NONE};
        }
        p->profiles[i] = (struct at_profile){.messages = p->messages[i],
                                             .n_messages = at_rng_below(rng, MESSAGES + 1)};
        p->list[i] = &p->profiles[i];
        p->fan[i] = (uint32_t)at_rng_below(rng, FANS);
    }
}

static uint32_t plain_fans(const struct plain *p, const struct people *people, uint32_t id)
{
    uint32_t seen = 0, n = 0;
    for (size_t i = 0; i < PROFILES; i++)
        if (p->count[i][id])
            seen |= UINT32_C(1) << people->fan[i];
    for (; seen; seen &= seen - 1)
        n++;
    return n;
}

static uint32_t plain_find(const struct plain *p, const struct at_feature *f, uint32_t col)
{
    char term[8192];
    const struct at_str name = f->kind->col_name(f, col);
    term[0] = col < ((const struct ngram *)(const void *)f)->n_words ? 'w' : 'c';
    memcpy(term + 1, name.ptr, name.len);
    return at_map_get(&p->terms, (struct at_str){term, name.len + 1});
}

static void check_round(struct plain *p, const struct people *people, uint32_t min_fans)
{
    const struct at_feature_kind *kind = &at_feature_kind_ngram;
    const struct at_feature_fit in = {
        .profiles = people->list, .n_profiles = PROFILES, .fan = people->fan};
    struct at_feature *f;
    struct at_row row = {0};
    void *session;
    size_t n_wanted = 0;
    for (size_t i = 0; i < PROFILES; i++)
        for (size_t m = 0; m < people->profiles[i].n_messages; m++)
            plain_message(p, i, people->profiles[i].messages[m].text);
    for (uint32_t id = 0; id < p->terms.n_keys; id++)
        n_wanted += plain_fans(p, people, id) >= min_fans;
    const attune_status status = kind->fit(&f, NULL, &in, p->options, &err);
    if (n_wanted == 0) {
        assert_int_equal(status, ATTUNE_NOT_ENOUGH);
        return;
    }
    assert_int_equal(status, ATTUNE_OK);
    assert_int_equal(f->n_cols, n_wanted);
    assert_ok(kind->session_create(&session, f, &err));
    for (size_t i = 0; i < PROFILES; i++) {
        size_t n_cols = 0;
        assert_ok(kind->transform(f, session, people->list[i], &row, &err));
        for (size_t k = 0; k < row.n; k++) {
            const uint32_t id = plain_find(p, f, row.col[k]);
            assert_true(id != AT_MAP_NONE);
            assert_true(row.value[k] == (float)p->count[i][id]);
        }
        for (uint32_t id = 0; id < p->terms.n_keys; id++)
            n_cols += p->count[i][id] && plain_fans(p, people, id) >= min_fans;
        assert_int_equal(row.n, n_cols);
    }
    kind->session_destroy(session);
    kind->destroy(f);
    at_row_release(&row);
}

static void prop_ngram__counts_what_the_plain_way_counts(void **state)
{
    (void)state;
    struct at_rng rng;
    struct people *people = malloc(sizeof *people);
    at_rng_init(&rng, 77);
    for (size_t round = 0; round < ROUNDS; round++) {
        const struct ngram_options options = {.word_min = 1,
                                              .word_max = 1 + (int64_t)at_rng_below(&rng, 4),
                                              .char_min = 1 + (int64_t)at_rng_below(&rng, 3),
                                              .char_max = 4 + (int64_t)at_rng_below(&rng, 5),
                                              .norm = NGRAM_NORM_NONE,
                                              .word_weight = 1,
                                              .min_fans = 2 + (int64_t)at_rng_below(&rng, 3),
                                              .max_df = 1};
        struct plain *plain = calloc(1, sizeof *plain);
        plain->options = &options;
        people_make(people, &rng);
        check_round(plain, people, (uint32_t)options.min_fans);
        at_map_release(&plain->terms);
        free(plain);
    }
    free(people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_ngram__counts_what_the_plain_way_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
