#include "feature/behaviour/behaviour.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/bundle.h"
#include "base/pool.h"
#include "feature/explanation.h"
#include "support/test.h"

static attune_error err;
static const struct at_feature_kind *const kind = &at_feature_kind_behaviour;
static const char *const path = ATTUNE_BUILD_DIR "/behaviour_test.bundle";

/* ---- one message ---- */

static void test_behaviour__reads_a_message(void **state)
{
    static const struct {
        const char *text;
        struct behaviour_text wanted; /* chars, words, cased, upper, then what shows */
    } cases[] = {
        {"", {0, 0, 0, 0, .question = false}},
        {"hi", {2, 1, 2, 0, .question = false}},
        {"  hi   you \n", {12, 2, 5, 0, .question = false}},
        {"Are you there?", {14, 3, 11, 1, .question = true}},
        {"why??? no!!", {11, 2, 5, 0, .question = true, .exclamation = true}},
        {"wait... ok", {10, 2, 6, 0, .dots = true}},
        {"fine. ok. 3.5", {13, 3, 6, 0, .question = false}},
        {"d'accord\xe2\x80\xa6", {9, 1, 7, 0, .dots = true}},
        {"I am OK", {7, 3, 5, 3, .question = false}},
        {"I am SO done", {12, 4, 9, 3, .question = false}},
        {"STOP it", {7, 2, 6, 4, .shouting = true}},
        {"ÉTÉ!", {4, 1, 3, 3, .shouting = true, .exclamation = true}},
        {"soooo", {5, 1, 5, 0, .repeat = true}},
        {"Aaah", {4, 1, 4, 1, .repeat = true}},
        {"too 1000 www.x", {14, 3, 7, 0, .question = false}},
        {"\xf0\x9f\x98\x8d", {1, 0, 0, 0, .emoji = true}},
        {"yes \xe2\x9d\xa4\xef\xb8\x8f", {6, 1, 3, 0, .emoji = true}},
        {"ok :)", {5, 1, 2, 0, .emoji = true}},
        {";-P", {3, 1, 1, 1, .emoji = true}},
        {"<3 xD", {5, 2, 2, 1, .emoji = true}},
        {"http://x 10:30 a:b", {18, 3, 7, 0, .question = false}},
        {"привет как дела？", {16, 3, 13, 0, .question = true}},
        {"नमस्ते", {6, 1, 0, 0, .question = false}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct behaviour_text *w = &cases[i].wanted;
        const struct behaviour_text t = behaviour_read_text(at_str_from(cases[i].text));
        if (t.n_chars != w->n_chars || t.n_words != w->n_words || t.n_cased != w->n_cased ||
            t.n_upper != w->n_upper || t.question != w->question ||
            t.exclamation != w->exclamation || t.dots != w->dots || t.shouting != w->shouting ||
            t.emoji != w->emoji || t.repeat != w->repeat)
            fail_msg("'%s': %d chars, %d words, %d cased, %d upper, ?%d !%d .%d A%d :%d r%d",
                     cases[i].text, (int)t.n_chars, (int)t.n_words, (int)t.n_cased, (int)t.n_upper,
                     t.question, t.exclamation, t.dots, t.shouting, t.emoji, t.repeat);
    }
}

static void test_behaviour__median(void **state)
{
    (void)state;
    int64_t one[] = {7}, two[] = {9, 4}, odd[] = {5, 1, 9}, even[] = {8, 1, 1, 4},
            same[] = {3, 3, 3, 3, 3};
    assert_true(behaviour_median(one, 1) == 7);
    assert_true(behaviour_median(two, 2) == 6.5);
    assert_true(behaviour_median(odd, 3) == 5);
    assert_true(behaviour_median(even, 4) == 2.5);
    assert_true(behaviour_median(same, 5) == 3);
}

/* ---- one profile ---- */

#define FAN     AT_FROM_FAN
#define CREATOR AT_FROM_CREATOR

static struct at_message said(enum at_from from, const char *at, const char *text)
{
    struct at_message m = {at_str_from(text), AT_TIME_NONE, from};
    if (at)
        assert_true(at_time_parse(at_str_from(at), &m.at_ms));
    return m;
}

static void look(struct behaviour_sight *out, struct at_message *messages, size_t n)
{
    struct behaviour_scratch scratch = {0};
    const struct at_profile p = {.messages = messages, .n_messages = n};
    assert_ok(behaviour_look(out, &scratch, &p, &err));
    behaviour_scratch_release(&scratch);
}

static void assert_near(const char *what, double got, double wanted)
{
    if (!(fabs(got - wanted) < 1e-12))
        fail_msg("%s: %.15g, by hand %.15g", what, got, wanted);
}

#define SHOWS(habit, wanted) assert_near(#habit, s.x[BEHAVIOUR_##habit], wanted)

/* Every habit, reckoned by hand. 2026-01-02 is a Friday. */
static void test_behaviour__looks_at_a_profile(void **state)
{
    (void)state;
    struct at_message m[] = {
        said(CREATOR, "2026-01-02T18:00:00Z", "hey you"),             /* 7 bytes */
        said(FAN, "2026-01-02T18:02:00Z", "Hi! How was it?"),         /* 15 chars, 4 words */
        said(FAN, "2026-01-02T18:03:00Z", "sooo good"),               /* 9 chars, 2 words */
        said(CREATOR, "2026-01-02T18:10:00Z", "nice"),                /* 4 bytes */
        said(FAN, "2026-01-03T06:00:00Z", "WOW \xf0\x9f\x98\x8d..."), /* 8 chars, 1 word */
        said(CREATOR, "2026-01-04T06:03:00Z", "see you"),             /* 7 bytes */
    };
    struct behaviour_sight s;
    look(&s, m, 6);
    assert_int_equal(s.missing, 0);
    SHOWS(N_MESSAGES, log(4));
    SHOWS(CHARS_MEAN, log(1 + 32.0 / 3));
    SHOWS(CHARS_MEDIAN, log(10));
    SHOWS(CHARS_MAX, log(16));
    SHOWS(WORDS_MEAN, log(1 + 7.0 / 3));
    SHOWS(WORDS_MEDIAN, log(3));
    SHOWS(WORDS_MAX, log(5));
    SHOWS(SHORT, 2.0 / 3);
    SHOWS(QUESTIONS, 1.0 / 3);
    SHOWS(EXCLAMATIONS, 1.0 / 3);
    SHOWS(DOTS, 1.0 / 3);
    SHOWS(CAPITALS, 5.0 / (10 + 8 + 3));
    SHOWS(SHOUTING, 1.0 / 3);
    SHOWS(EMOJI, 1.0 / 3);
    SHOWS(REPEATS, 1.0 / 3);
    /* 18:02, 18:03 and 06:00 o'clock: a minute is 1/240 of pi */
    const double a = 18.0 / 12 + 2.0 / 720, b = 18.0 / 12 + 3.0 / 720, c = 0.5, pi = acos(-1);
    SHOWS(HOUR_SIN, (sin(a * pi) + sin(b * pi) + sin(c * pi)) / 3);
    SHOWS(HOUR_COS, (cos(a * pi) + cos(b * pi) + cos(c * pi)) / 3);
    SHOWS(NIGHT, 0);
    SHOWS(WEEKEND, 1.0 / 3);
    SHOWS(GAP_MEDIAN, log(1 + (60 + 43020) / 2.0));
    SHOWS(GAP_MAX, log(1 + 43020));
    SHOWS(SPAN, log(1 + 43080.0 / 86400));
    SHOWS(PER_DAY, log(1 + 3));
    SHOWS(TREND, (120 + 180 + 43200) / 3.0 / 129780);
    SHOWS(SILENCE, log(1 + 86580));
    SHOWS(RATIO, 0);
    SHOWS(LENGTH_RATIO, log(1 + 35) - log(1 + 18)); /* an emoji has 4 bytes */
    SHOWS(IN_A_ROW, 1.0 / 3);
    SHOWS(OPENS, 1.0 / 3); /* the creator, then the fan after 12 hours, the creator after 24 */
    SHOWS(DELAY, log(1 + (120 + 42600) / 2.0));
    SHOWS(PROMPT, 0.5);
}

static unsigned missing_of(struct at_message *m, size_t n)
{
    struct behaviour_sight s;
    look(&s, m, n);
    for (size_t c = 0; c < BEHAVIOUR_N_COLS; c++)
        if (c < BEHAVIOUR_N_HABITS && (s.missing >> behaviour_col_group(c) & 1))
            assert_true(s.x[c] == 0);
    for (size_t g = 0; g < BEHAVIOUR_GROUPS; g++)
        assert_true(s.x[BEHAVIOUR_N_HABITS + g] == (s.missing >> g & 1));
    return s.missing;
}

static void test_behaviour__says_what_is_missing(void **state)
{
    (void)state;
    enum { TEXT = 1, CLOCK = 2, RHYTHM = 4, TALK = 8, OPENING = 16, ANSWER = 32 };
    struct at_message none[] = {said(FAN, NULL, "hi"), said(CREATOR, NULL, "hey"),
                                said(FAN, NULL, "you?")};
    struct at_message alone[] = {said(FAN, "2026-01-02T18:02:00Z", "hi"),
                                 said(FAN, "2026-01-02T18:03:00Z", "you there?")};
    struct at_message one[] = {said(FAN, "2026-01-02T18:02:00Z", "hi")};
    struct at_message silent[] = {said(CREATOR, "2026-01-02T18:02:00Z", "hi")};
    struct at_message first[] = {said(FAN, "2026-01-02T18:02:00Z", "hi"),
                                 said(CREATOR, "2026-01-02T18:03:00Z", "you there?")};
    assert_int_equal(missing_of(NULL, 0), 63);
    assert_int_equal(missing_of(none, 3), CLOCK | RHYTHM | OPENING | ANSWER);
    assert_int_equal(missing_of(alone, 2), TALK | OPENING | ANSWER);
    assert_int_equal(missing_of(one, 1), RHYTHM | TALK | OPENING | ANSWER);
    assert_int_equal(missing_of(silent, 1), 63);
    assert_int_equal(missing_of(first, 2), RHYTHM | ANSWER);
}

static void test_behaviour__times_of_any_kind_do_no_harm(void **state)
{
    (void)state;
    struct at_message back[] = {said(CREATOR, "2026-01-02T18:02:00Z", "a"),
                                said(FAN, "2026-01-01T18:02:00Z", "b"),
                                said(FAN, "1969-12-27T23:30:00Z", "c")}; /* a Saturday */
    struct at_message wild[] = {{at_str_from("x"), INT64_MAX, FAN},
                                {at_str_from("x"), INT64_MIN + 1, FAN},
                                {at_str_from("x"), 0, CREATOR}};
    struct behaviour_sight s;
    look(&s, back, 3);
    SHOWS(GAP_MAX, 0);
    SHOWS(DELAY, 0);
    SHOWS(NIGHT, 0.5);
    SHOWS(WEEKEND, 0.5);
    look(&s, wild, 3);
    for (size_t c = 0; c < BEHAVIOUR_N_COLS; c++)
        assert_true(isfinite(s.x[c]));
    assert_true(s.missing >> BEHAVIOUR_CLOCK & 1); /* those are no times */
}

/* ---- many profiles ---- */

/* Fan i writes 2 + i % 7 messages, a question in every third, with times and a creator. */
struct crowd {
    struct at_arena arena;
    const struct at_profile **profiles;
    uint32_t *fan;
    size_t n;
};

static void crowd_make(struct crowd *c, size_t n)
{
    *c = (struct crowd){.n = n};
    c->profiles = AT_NEW(&c->arena, const struct at_profile *, n);
    c->fan = AT_NEW(&c->arena, uint32_t, n);
    for (size_t i = 0; i < n; i++) {
        struct at_profile *p = AT_NEW(&c->arena, struct at_profile, 1);
        *p = (struct at_profile){.n_messages = 2 * (2 + i % 7)};
        p->messages = AT_NEW(&c->arena, struct at_message, p->n_messages);
        for (size_t k = 0; k < p->n_messages; k++)
            p->messages[k] = (struct at_message){
                at_str_from(k % 2 == 0   ? "and what do you think of it"
                            : i % 3 == 0 ? "do you?"
                            : i % 5 == 0 ? "YES I do"
                                         : "good to hear from you again :)"),
                INT64_C(1767376800000) +
                    (int64_t)(i * 7919 % 100000 + k * (300 + 61 * (i % 97))) * 1000,
                k % 2 == 0 ? CREATOR : FAN};
        c->profiles[i] = p;
        c->fan[i] = (uint32_t)i;
    }
}

static attune_status crowd_fit(struct at_feature **out, struct at_csr *rows, const struct crowd *c,
                               double weight, attune_pool *pool)
{
    const struct behaviour_options o = {.weight = weight};
    const struct at_feature_fit in = {
        .profiles = c->profiles, .n_profiles = c->n, .fan = c->fan, .pool = pool};
    return kind->fit(out, rows, &in, &o, &err);
}

static double column_moment(const struct at_csr *rows, size_t col, int power)
{
    double sum = 0;
    for (size_t i = 0; i < rows->start[rows->n_rows]; i++)
        sum += rows->col[i] == col ? pow(rows->value[i], power) : 0;
    return sum / (double)rows->n_rows;
}

static double column_max(const struct at_csr *rows, size_t col)
{
    double most = 0;
    for (size_t i = 0; i < rows->start[rows->n_rows]; i++)
        if (rows->col[i] == col)
            most = fmax(most, fabs(rows->value[i]));
    return most;
}

static void test_behaviour__columns_are_standardised_to_the_weight(void **state)
{
    (void)state;
    struct crowd c;
    struct at_feature *f;
    struct at_csr rows = {0};
    size_t n_scaled = 0;
    double squares = 0;
    crowd_make(&c, 210);
    assert_ok(crowd_fit(&f, &rows, &c, 0.5, NULL));
    const struct behaviour *b = (const void *)f;
    assert_int_equal(f->n_cols, BEHAVIOUR_N_COLS);
    assert_int_equal(rows.n_cols, BEHAVIOUR_N_COLS);
    assert_int_equal(rows.n_rows, 210);
    for (size_t col = 0; col < BEHAVIOUR_N_COLS; col++)
        n_scaled += b->scale[col] > 0;
    assert_true(n_scaled > 12 && n_scaled < BEHAVIOUR_N_HABITS);
    assert_true(b->scale[BEHAVIOUR_REPEATS] == 0); /* nobody stretches letters */
    assert_true(b->scale[BEHAVIOUR_N_HABITS + BEHAVIOUR_ANSWER] == 0); /* all answer */
    for (size_t col = 0; col < BEHAVIOUR_N_COLS; col++) {
        const double second = column_moment(&rows, col, 2), wanted = 0.25 / (double)n_scaled;
        squares += second;
        if (b->scale[col] == 0)
            assert_true(second == 0);
        else if (column_max(&rows, col) < 0.99 * b->params.limit)
            assert_true(fabs(column_moment(&rows, col, 1)) < 1e-6 &&
                        fabs(second / wanted - 1) < 1e-5);
        else /* something was clipped */
            assert_true(second > 0.1 * wanted && second < wanted);
    }
    assert_true(sqrt(squares) > 0.45 && sqrt(squares) <= 0.50001);
    for (size_t i = 0; i < rows.start[rows.n_rows]; i++)
        assert_true(rows.value[i] != 0 && fabs(rows.value[i]) <= b->params.limit * 1.000001);
    kind->destroy(f);
    at_csr_release(&rows);
    at_arena_release(&c.arena);
}

static void test_behaviour__a_row_is_the_same_alone(void **state)
{
    (void)state;
    struct crowd c;
    struct at_feature *f;
    struct at_csr rows = {0};
    struct at_row row = {0};
    void *session;
    crowd_make(&c, 300);
    assert_ok(crowd_fit(&f, &rows, &c, 0.3, NULL));
    assert_ok(kind->session_create(&session, f, &err));
    for (size_t i = 0; i < c.n; i++) {
        const size_t at = rows.start[i], n = rows.start[i + 1] - at;
        if (i > 10)
            at_alloc_fail_after(1); /* a warm session allocates nothing */
        assert_ok(kind->transform(f, session, c.profiles[i], &row, &err));
        at_alloc_fail_after(0);
        assert_int_equal(row.n, n);
        assert_memory_equal(row.col, rows.col + at, n * sizeof *row.col);
        assert_memory_equal(row.value, rows.value + at, n * sizeof *row.value);
    }
    kind->session_destroy(session);
    kind->destroy(f);
    at_row_release(&row);
    at_csr_release(&rows);
    at_arena_release(&c.arena);
}

static void test_behaviour__any_number_of_threads_gives_the_same(void **state)
{
    (void)state;
    struct crowd c;
    struct at_feature *one, *many;
    struct at_csr rows = {0}, same = {0};
    crowd_make(&c, 9000);
    assert_ok(crowd_fit(&one, &rows, &c, 0.3, NULL));
    for (size_t n = 2; n <= 4; n += 2) {
        attune_pool *pool;
        assert_ok(at_pool_create(&pool, n, &err));
        assert_ok(crowd_fit(&many, &same, &c, 0.3, pool));
        assert_memory_equal(((struct behaviour *)one)->mean, ((struct behaviour *)many)->mean,
                            sizeof(double) * BEHAVIOUR_N_COLS);
        assert_memory_equal(((struct behaviour *)one)->scale, ((struct behaviour *)many)->scale,
                            sizeof(double) * BEHAVIOUR_N_COLS);
        assert_int_equal(rows.start[rows.n_rows], same.start[same.n_rows]);
        assert_memory_equal(rows.value, same.value, rows.start[rows.n_rows] * sizeof *rows.value);
        kind->destroy(many);
        at_csr_release(&same);
        same = (struct at_csr){0};
        at_pool_destroy(pool);
    }
    kind->destroy(one);
    at_csr_release(&rows);
    at_arena_release(&c.arena);
}

/* Only one person has times: nothing of them is kept, however many profiles they are. */
static void test_behaviour__keeps_nothing_of_a_single_fan(void **state)
{
    (void)state;
    struct crowd c;
    crowd_make(&c, 60);
    for (size_t i = 0; i < c.n; i++)
        for (size_t k = 0; k < c.profiles[i]->n_messages && i % 6; k++)
            c.profiles[i]->messages[k].at_ms = AT_TIME_NONE;
    for (int person = 0; person < 2; person++) {
        struct at_feature *f;
        for (size_t i = 0; i < c.n && person; i += 6)
            c.fan[i] = 0;
        assert_ok(crowd_fit(&f, NULL, &c, 0.3, NULL));
        const struct behaviour *b = (const void *)f;
        const size_t no_times = BEHAVIOUR_N_HABITS + BEHAVIOUR_CLOCK;
        assert_true((b->scale[BEHAVIOUR_HOUR_SIN] > 0) == !person);
        assert_true((b->mean[BEHAVIOUR_HOUR_SIN] != 0) == !person);
        assert_true((b->scale[no_times] > 0) == !person);
        assert_true(b->scale[BEHAVIOUR_QUESTIONS] > 0);
        kind->destroy(f);
    }
    at_arena_release(&c.arena);
}

static void test_behaviour__missing_is_the_mean_and_says_so(void **state)
{
    (void)state;
    struct crowd c;
    struct at_feature *f;
    struct at_csr rows = {0};
    crowd_make(&c, 60);
    for (size_t i = 0; i < c.n; i += 2)
        for (size_t k = 0; k < c.profiles[i]->n_messages; k++)
            c.profiles[i]->messages[k].at_ms = AT_TIME_NONE;
    assert_ok(crowd_fit(&f, &rows, &c, 0.3, NULL));
    for (size_t i = 0; i < rows.n_rows; i++) {
        bool told = false;
        for (size_t k = rows.start[i]; k < rows.start[i + 1]; k++) {
            const enum behaviour_group g = behaviour_col_group(rows.col[k]);
            if (rows.col[k] < BEHAVIOUR_N_HABITS && i % 2 == 0)
                assert_true(g == BEHAVIOUR_TEXT || g == BEHAVIOUR_TALK);
            if (rows.col[k] == BEHAVIOUR_N_HABITS + BEHAVIOUR_CLOCK)
                told = (rows.value[k] > 0) == (i % 2 == 0);
        }
        assert_true(told);
    }
    kind->destroy(f);
    at_csr_release(&rows);
    at_arena_release(&c.arena);
}

/* ---- in words ---- */

static double said_of(const struct at_explanation *e, const char *name)
{
    for (size_t i = 0; i < e->n; i++)
        if (at_str_equal(e->items[i].name, at_str_from(name)))
            return e->items[i].weight;
    return 0;
}

static void test_behaviour__explains_by_direction(void **state)
{
    (void)state;
    struct crowd c;
    struct at_feature *f;
    void *session;
    double contribution[BEHAVIOUR_N_COLS] = {0};
    crowd_make(&c, 60);
    assert_ok(crowd_fit(&f, NULL, &c, 0.3, NULL));
    assert_ok(kind->session_create(&session, f, &err));
    contribution[BEHAVIOUR_QUESTIONS] = 0.5;
    contribution[BEHAVIOUR_CHARS_MEAN] = 0.25;
    contribution[BEHAVIOUR_WORDS_MEDIAN] = -1;
    contribution[BEHAVIOUR_N_HABITS + BEHAVIOUR_CLOCK] = 0.125;
    struct at_explanation asks = {0}, tells = {0};
    assert_ok(kind->explain(f, session, c.profiles[6], contribution, &asks, &err));
    assert_ok(kind->explain(f, session, c.profiles[13], contribution, &tells, &err));
    assert_true(said_of(&asks, "asks many questions") == 0.5);
    assert_true(said_of(&asks, "short messages") == -0.75);
    assert_true(said_of(&asks, "times known") == 0.125);
    assert_true(said_of(&tells, "asks few questions") == 0.5);
    assert_true(said_of(&tells, "long messages") == -0.75);
    assert_int_equal(asks.n, 3);
    for (size_t col = 0; col < f->n_cols; col++)
        assert_true(kind->col_name(f, col).len > 8);
    at_explanation_release(&asks);
    at_explanation_release(&tells);
    kind->session_destroy(session);
    kind->destroy(f);
    at_arena_release(&c.arena);
}

/* ---- the model file ---- */

static void save(const struct at_feature *f)
{
    attune_writer *writer;
    assert_ok(at_bundle_create(&writer, path, &err));
    assert_ok(kind->save(f, writer, &err));
    assert_ok(at_bundle_commit(writer, &err));
}

static void test_behaviour__is_the_same_from_a_file(void **state)
{
    (void)state;
    struct crowd c;
    struct at_feature *f, *loaded;
    attune_reader reader;
    crowd_make(&c, 60);
    assert_ok(crowd_fit(&f, NULL, &c, 0.3, NULL));
    save(f);
    assert_ok(at_bundle_open(&reader, path, &err));
    assert_ok(kind->load(&loaded, &reader, &err));
    const struct behaviour *a = (const void *)f, *b = (const void *)loaded;
    assert_int_equal(loaded->n_cols, f->n_cols);
    assert_memory_equal(&a->params, &b->params, sizeof a->params);
    assert_memory_equal(a->mean, b->mean, sizeof a->mean);
    assert_memory_equal(a->scale, b->scale, sizeof a->scale);
    kind->destroy(loaded);
    kind->destroy(f);
    at_bundle_close(&reader);
    remove(path);
    at_arena_release(&c.arena);
}

static void refuses(struct behaviour *f, attune_status wanted, const char *part)
{
    struct at_feature *loaded;
    attune_reader reader;
    save(&f->base);
    assert_ok(at_bundle_open(&reader, path, &err));
    assert_fails(kind->load(&loaded, &reader, &err), wanted, part);
    assert_null(loaded);
    at_bundle_close(&reader);
}

static void test_behaviour__refuses_what_was_never_learned(void **state)
{
    (void)state;
    struct behaviour f = {.base = {&at_feature_kind_behaviour, BEHAVIOUR_N_COLS}};
    const struct behaviour_params good = {BEHAVIOUR_PARAMS_VERSION, BEHAVIOUR_N_COLS, 0.1};
    f.params = good;
    f.params.version = BEHAVIOUR_PARAMS_VERSION + 1;
    refuses(&f, ATTUNE_TOO_NEW, "update attune");
    f.params = good;
    f.params.n_cols--;
    refuses(&f, ATTUNE_CORRUPT, "params");
    f.params = good;
    f.params.limit = NAN;
    refuses(&f, ATTUNE_CORRUPT, "params");
    f.params = good;
    f.mean[3] = NAN;
    refuses(&f, ATTUNE_CORRUPT, "mean");
    f.mean[3] = 0;
    f.scale[5] = -1;
    refuses(&f, ATTUNE_CORRUPT, "scale");
    remove(path);
}

static bool cancel_at_once(void *user)
{
    (void)user;
    return true;
}

static void test_behaviour__fails_without_a_trace(void **state)
{
    (void)state;
    struct crowd c;
    struct at_feature *f;
    struct at_csr rows = {.n_cols = 5};
    const struct behaviour_options o = {.weight = 0.3};
    const attune_job job = {.cancelled = cancel_at_once};
    crowd_make(&c, 20);
    const struct at_feature_fit in = {.profiles = c.profiles, .n_profiles = c.n, .job = &job};
    assert_int_equal(kind->fit(&f, &rows, &in, &o, &err), ATTUNE_CANCELLED);
    assert_null(f);
    assert_true(rows.n_rows == 0 && rows.n_cols == 5);
    const struct at_feature_fit none = {.profiles = c.profiles};
    assert_fails(kind->fit(&f, &rows, &none, &o, &err), ATTUNE_NOT_ENOUGH, "no profiles");
    assert_null(f);
    at_csr_release(&rows);
    at_arena_release(&c.arena);
}

static attune_status whole_life(const struct crowd *c, const attune_reader *reader)
{
    struct at_feature *f = NULL, *loaded = NULL;
    struct at_csr rows = {.n_cols = 7};
    struct at_row row = {0};
    struct at_explanation e = {0};
    double contribution[BEHAVIOUR_N_COLS] = {1, 2, 3};
    void *session = NULL;
    attune_status status = crowd_fit(&f, &rows, c, 0.3, NULL);
    if (status != ATTUNE_OK)
        assert_true(!f && rows.n_rows == 0 && rows.n_cols == 7); /* as it was given */
    if (status == ATTUNE_OK)
        status = kind->session_create(&session, f, &err);
    if (status == ATTUNE_OK)
        status = kind->transform(f, session, c->profiles[0], &row, &err);
    if (status == ATTUNE_OK)
        status = kind->explain(f, session, c->profiles[0], contribution, &e, &err);
    if (status == ATTUNE_OK)
        status = kind->load(&loaded, reader, &err);
    kind->session_destroy(session);
    kind->destroy(f);
    kind->destroy(loaded);
    at_explanation_release(&e);
    at_row_release(&row);
    at_csr_release(&rows);
    return status;
}

static void test_behaviour__every_allocation_failing(void **state)
{
    (void)state;
    struct crowd c;
    struct at_feature *f;
    attune_reader reader;
    attune_status status = ATTUNE_NO_MEMORY;
    size_t n = 0;
    crowd_make(&c, 20);
    assert_ok(crowd_fit(&f, NULL, &c, 0.3, NULL));
    save(f);
    kind->destroy(f);
    assert_ok(at_bundle_open(&reader, path, &err));
    while (status != ATTUNE_OK) {
        at_alloc_fail_after(++n);
        status = whole_life(&c, &reader);
        at_alloc_fail_after(0);
        if (status != ATTUNE_OK)
            assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
    assert_true(n > 10);
    at_bundle_close(&reader);
    remove(path);
    at_arena_release(&c.arena);
}

static void test_behaviour__is_in_the_table(void **state)
{
    (void)state;
    struct behaviour_options o = {.weight = -1};
    const struct at_option_table table = {kind->options, kind->n_options};
    assert_ptr_equal(at_feature_kind_find("behaviour"), kind);
    assert_int_equal(kind->options_size, sizeof o);
    assert_ok(at_options_defaults(table, &o, &err));
    assert_true(o.weight > 0 && o.weight < 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_behaviour__reads_a_message),
        cmocka_unit_test(test_behaviour__median),
        cmocka_unit_test(test_behaviour__looks_at_a_profile),
        cmocka_unit_test(test_behaviour__says_what_is_missing),
        cmocka_unit_test(test_behaviour__times_of_any_kind_do_no_harm),
        cmocka_unit_test(test_behaviour__columns_are_standardised_to_the_weight),
        cmocka_unit_test(test_behaviour__a_row_is_the_same_alone),
        cmocka_unit_test(test_behaviour__any_number_of_threads_gives_the_same),
        cmocka_unit_test(test_behaviour__keeps_nothing_of_a_single_fan),
        cmocka_unit_test(test_behaviour__missing_is_the_mean_and_says_so),
        cmocka_unit_test(test_behaviour__explains_by_direction),
        cmocka_unit_test(test_behaviour__is_the_same_from_a_file),
        cmocka_unit_test(test_behaviour__refuses_what_was_never_learned),
        cmocka_unit_test(test_behaviour__fails_without_a_trace),
        cmocka_unit_test(test_behaviour__every_allocation_failing),
        cmocka_unit_test(test_behaviour__is_in_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
