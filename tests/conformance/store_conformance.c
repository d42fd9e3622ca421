/* What every store promises (store/store.h), for each kind of the table. Long because the promise
 * is: one suite, in the order of the header, over one small vocabulary of helpers. */
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "store/store.h"
#include "support/test.h"

#define S(text) at_str_from(text)
enum { NOW = 1000000 };

/* ---- a fresh store for each test ---- */

struct world {
    const struct at_store_kind *kind;
    char dir[64], url[128];
    struct at_store *store;
    struct at_buf seen; /* what visitors write down */
};

static attune_error err;
static const struct at_store_kind *kind_under_test;

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->kind = kind_under_test;
    strcpy(w->dir, "/tmp/attune-store-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->url, sizeof w->url, "%s/attune.db", w->dir);
    assert_ok(w->kind->open(&w->store, w->url, AT_STORE_WRITE, &err));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    w->kind->close(w->store);
    assert_ok(at_fs_remove_tree(w->dir, &err));
    at_buf_release(&w->seen);
    free(w);
    return 0;
}

static void begin(struct world *w)
{
    assert_ok(w->kind->begin(w->store, &err));
}

static void commit(struct world *w)
{
    assert_ok(w->kind->commit(w->store, &err));
}

/* ---- profiles in short: "hi@5" from the fan at 5 ms, ">ok@7" from the creator, "yo": no time ----
 */

static struct at_message message_of(const char *text)
{
    struct at_message m = {.at_ms = AT_TIME_NONE};
    if (*text == '>') {
        m.from = AT_FROM_CREATOR;
        text++;
    }
    const char *at = strchr(text, '@');
    m.text = (struct at_str){text, at ? (size_t)(at - text) : strlen(text)};
    if (at)
        m.at_ms = strtoll(at + 1, NULL, 10);
    return m;
}

struct short_profile {
    struct at_profile profile;
    struct at_message messages[16];
    struct at_label labels[8];
};

/* `labels`: "target", "label", ..., NULL; `messages`: NULL-terminated; either may be NULL. */
static void profile_of(struct short_profile *out, const char *fan, const char *const *messages,
                       const char *const *labels)
{
    *out = (struct short_profile){.profile = {.fan_id = S(fan)}};
    out->profile.messages = out->messages;
    out->profile.labels = out->labels;
    for (size_t i = 0; messages && messages[i]; i++)
        out->messages[out->profile.n_messages++] = message_of(messages[i]);
    for (size_t i = 0; labels && labels[i]; i += 2)
        out->labels[out->profile.n_labels++] = (struct at_label){S(labels[i]), S(labels[i + 1])};
}

static struct at_store_change add(struct world *w, const char *fan, const char *const *messages,
                                  const char *const *labels)
{
    struct short_profile p;
    struct at_store_change change = {0};
    profile_of(&p, fan, messages, labels);
    begin(w);
    assert_ok(w->kind->profile_add(w->store, &p.profile, "file.jsonl", NOW, &change, &err));
    commit(w);
    return change;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void note_profile(struct at_buf *out, const struct at_profile *p)
{
    attune_error ignored;
    at_buf_addf(out, &ignored, "%.*s:", (int)p->fan_id.len, p->fan_id.ptr);
    for (size_t i = 0; i < p->n_messages; i++) {
        const struct at_message *m = &p->messages[i];
        at_buf_addf(out, &ignored, " %s%.*s", m->from == AT_FROM_CREATOR ? ">" : "",
                    (int)m->text.len, m->text.ptr);
        if (m->at_ms != AT_TIME_NONE)
            at_buf_addf(out, &ignored, "@%lld", (long long)m->at_ms);
    }
    for (size_t i = 0; i < p->n_labels; i++)
        at_buf_addf(out, &ignored, " [%.*s=%.*s]", (int)p->labels[i].target.len,
                    p->labels[i].target.ptr, (int)p->labels[i].label.len, p->labels[i].label.ptr);
    at_buf_addz(out, "\n", &ignored);
}

static attune_status on_profile(void *context, const struct at_profile *p, int64_t first_seen_ms,
                                attune_error *e)
{
    (void)e;
    assert_int_equal(first_seen_ms, NOW);
    note_profile(context, p);
    return ATTUNE_OK;
}

static void assert_seen(struct world *w, const char *expected)
{
    assert_string_equal(w->seen.data ? w->seen.data : "", expected);
    at_buf_clear(&w->seen);
    if (w->seen.data)
        w->seen.data[0] = '\0';
}

static void assert_scan(struct world *w, struct at_store_scan what, const char *expected)
{
    assert_ok(w->kind->scan(w->store, &what, on_profile, &w->seen, &err));
    assert_seen(w, expected);
}

static void assert_get(struct world *w, const char *fan, size_t newest, const char *expected)
{
    struct at_arena arena = {0};
    struct at_profile p;
    assert_ok(w->kind->profile_get(w->store, S(fan), newest, &p, &arena, &err));
    note_profile(&w->seen, &p);
    assert_seen(w, expected);
    at_arena_release(&arena);
}

static void reopen(struct world *w, enum at_store_mode mode)
{
    w->kind->close(w->store);
    assert_ok(w->kind->open(&w->store, w->url, mode, &err));
}

/* ---- opening ---- */

static void test_store__a_missing_store_is_not_found_and_not_made(void **state)
{
    struct world *w = *state;
    struct at_store *store = NULL;
    char url[128];
    snprintf(url, sizeof url, "%s/none.db", w->dir);
    assert_fails(w->kind->open(&store, url, AT_STORE_READ, &err), ATTUNE_NOT_FOUND, url);
    assert_null(store);
    assert_false(at_fs_exists(url));
}

static void test_store__what_is_committed_is_there_after_reopening(void **state)
{
    struct world *w = *state;
    add(w, "f1", LIST("hi", ">hello", "bye"), LIST("personality", "Emotional"));
    reopen(w, AT_STORE_READ);
    assert_get(w, "f1", 0, "f1: hi >hello bye [personality=Emotional]\n");
    assert_ok(w->kind->verify(w->store, &err));
    int64_t schema = 0;
    assert_ok(w->kind->schema(w->store, &schema, &err));
    assert_true(schema > 0);
}

static void test_store__a_reader_cannot_write(void **state)
{
    struct world *w = *state;
    reopen(w, AT_STORE_READ);
    assert_fails(w->kind->begin(w->store, &err), ATTUNE_INVALID, "reading only");
}

/* ---- transactions ---- */

static void test_store__rollback_forgets(void **state)
{
    struct world *w = *state;
    struct short_profile p;
    profile_of(&p, "f1", LIST("hi"), NULL);
    begin(w);
    assert_ok(w->kind->profile_add(w->store, &p.profile, "x", NOW, NULL, &err));
    w->kind->rollback(w->store);
    assert_scan(w, (struct at_store_scan){0}, "");
    begin(w);
    assert_ok(w->kind->profile_add(w->store, &p.profile, "x", NOW, NULL, &err));
    reopen(w, AT_STORE_WRITE); /* close without commit forgets, too */
    assert_scan(w, (struct at_store_scan){0}, "");
}

static void test_store__writes_are_refused_outside_a_transaction(void **state)
{
    struct world *w = *state;
    struct short_profile p;
    int64_t id;
    profile_of(&p, "f1", LIST("hi"), NULL);
    assert_fails(w->kind->profile_add(w->store, &p.profile, "x", NOW, NULL, &err), ATTUNE_INVALID,
                 "between begin and commit");
    assert_fails(w->kind->commit(w->store, &err), ATTUNE_INVALID, "begin");
    assert_fails(w->kind->run_add(w->store, &(struct at_store_run){0}, &id, &err), ATTUNE_INVALID,
                 "begin");
    begin(w);
    assert_fails(w->kind->begin(w->store, &err), ATTUNE_INVALID, "open already");
    commit(w);
}

/* ---- profiles ---- */

static void test_store__an_import_says_what_it_changed(void **state)
{
    struct world *w = *state;
    struct at_store_change c = add(w, "f1", LIST("a", ">b", "a"), LIST("p", "x", "e", "low"));
    assert_true(c.new_fan);
    assert_int_equal(c.new_messages, 3);
    assert_int_equal(c.new_labels, 2);
    assert_int_equal(c.changed_labels, 0);
    c = add(w, "f1", LIST("a", ">b", "a"), LIST("p", "x", "e", "low"));
    assert_false(c.new_fan);
    assert_int_equal(c.new_messages + c.new_labels + c.changed_labels, 0);
    c = add(w, "f1", LIST("a", "c", "a", "a"), LIST("p", "y", "s", "big"));
    assert_int_equal(c.new_messages, 2);
    assert_int_equal(c.new_labels, 1);
    assert_int_equal(c.changed_labels, 1);
    assert_get(w, "f1", 0, "f1: a >b a c a [p=y] [e=low] [s=big]\n");
    assert_ok(w->kind->verify(w->store, &err));
}

static void test_store__sender_time_and_text_make_a_message(void **state)
{
    struct world *w = *state;
    add(w, "f1", LIST("a@1", "a@2", ">a@2", "a"), NULL);
    assert_int_equal(add(w, "f1", LIST("a", ">a@2", "a@2", "a@1"), NULL).new_messages, 0);
    assert_int_equal(add(w, "f1", LIST(">a@1"), NULL).new_messages, 1);
    assert_int_equal(add(w, "f1", LIST(">a"), NULL).new_messages, 1);
    assert_int_equal(add(w, "f1", LIST("a@3"), NULL).new_messages, 1);
    assert_int_equal(add(w, "f1", LIST("a@3"), NULL).new_messages, 0);
    assert_int_equal(add(w, "f1", LIST("a@3", "a@3", "a@3"), NULL).new_messages, 2);
    assert_int_equal(add(w, "f1", LIST("", ""), NULL).new_messages, 2);
    assert_int_equal(add(w, "f1", LIST(""), NULL).new_messages, 0);
    assert_int_equal(add(w, "f1", LIST("", "b"), NULL).new_messages, 1);
}

static void test_store__a_message_is_known_wherever_it_stands(void **state)
{
    struct world *w = *state;
    add(w, "falling", LIST("c@30", "a@10"), NULL);
    assert_int_equal(add(w, "falling", LIST("c@30"), NULL).new_messages, 0);
    add(w, "untimed", LIST("a@10", "x", "y"), NULL);
    assert_int_equal(add(w, "untimed", LIST("a@10"), NULL).new_messages, 0);
    assert_int_equal(add(w, "untimed", LIST("x", "b@10"), NULL).new_messages, 1);
    add(w, "equal", LIST("a@10", "b@10", "c@10"), NULL);
    assert_int_equal(add(w, "equal", LIST("a@10", "d@11"), NULL).new_messages, 1);
}

static void test_store__messages_come_in_the_order_of_their_times(void **state)
{
    struct world *w = *state;
    add(w, "f1", LIST("c@30", "d@40"), NULL);
    add(w, "f1", LIST("a@10", "x", "c@30", "e@50"), NULL);
    assert_get(w, "f1", 0, "f1: a@10 x c@30 d@40 e@50\n");
    assert_get(w, "f1", 2, "f1: d@40 e@50\n");
    assert_int_equal(add(w, "f1", LIST("a@10", "d@40", "b@20"), NULL).new_messages, 1);
    assert_scan(w, (struct at_store_scan){.newest_messages = 4}, "f1: b@20 c@30 d@40 e@50\n");
}

static void test_store__a_language_is_kept_until_another_is_given(void **state)
{
    struct world *w = *state;
    struct at_arena arena = {0};
    struct at_profile got;
    struct short_profile p;
    static const char *const given[] = {"", "fr", "", "en"}, *const expected[] = {"", "fr", "fr",
                                                                                  "en"};
    for (size_t i = 0; i < 4; i++) {
        profile_of(&p, "f1", LIST("x"), NULL);
        p.profile.language = S(given[i]);
        begin(w);
        assert_ok(w->kind->profile_add(w->store, &p.profile, "x", NOW, NULL, &err));
        commit(w);
        assert_ok(w->kind->profile_get(w->store, S("f1"), 0, &got, &arena, &err));
        assert_true(at_str_equal(got.language, S(expected[i])));
    }
    at_arena_release(&arena);
}

static void test_store__a_guessed_language_only_fills_in(void **state)
{
    struct world *w = *state;
    struct at_arena arena = {0};
    struct at_profile got;
    struct short_profile p;
    static const struct {
        const char *language;
        bool guessed;
        const char *expected;
    } rows[] = {{"", false, ""},     {"es", true, "es"}, {"pt", true, "es"},
                {"fr", false, "fr"}, {"es", true, "fr"}, {"en", false, "en"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        profile_of(&p, "f1", LIST("x"), NULL);
        p.profile.language = S(rows[i].language);
        p.profile.language_guessed = rows[i].guessed;
        begin(w);
        assert_ok(w->kind->profile_add(w->store, &p.profile, "x", NOW, NULL, &err));
        commit(w);
        assert_ok(w->kind->profile_get(w->store, S("f1"), 0, &got, &arena, &err));
        assert_true(at_str_equal(got.language, S(rows[i].expected)));
    }
    at_arena_release(&arena);
}

static enum at_split split_after(struct world *w, enum at_split given)
{
    struct at_arena arena = {0};
    struct at_store_change change;
    struct short_profile p;
    struct at_profile out;
    profile_of(&p, "f1", LIST("a"), NULL);
    p.profile.split = given;
    begin(w);
    assert_ok(w->kind->profile_add(w->store, &p.profile, "file.jsonl", NOW, &change, &err));
    commit(w);
    assert_ok(w->kind->profile_get(w->store, S("f1"), 0, &out, &arena, &err));
    at_arena_release(&arena);
    return out.split;
}

static void test_store__a_split_is_kept_until_another_is_given(void **state)
{
    assert_int_equal(split_after(*state, AT_SPLIT_NONE), AT_SPLIT_NONE);
    assert_int_equal(split_after(*state, AT_SPLIT_TEST), AT_SPLIT_TEST);
    assert_int_equal(split_after(*state, AT_SPLIT_NONE), AT_SPLIT_TEST);
    assert_int_equal(split_after(*state, AT_SPLIT_TRAIN), AT_SPLIT_TRAIN);
}

static void test_store__a_profile_may_lack_messages_or_labels(void **state)
{
    struct world *w = *state;
    struct short_profile p;
    assert_true(add(w, "f1", NULL, LIST("p", "x")).new_fan);
    assert_true(add(w, "f2", NULL, NULL).new_fan);
    assert_int_equal(add(w, "f2", NULL, LIST("p", "", "e", "low")).new_labels, 1);
    assert_int_equal(add(w, "f2", LIST("hi"), NULL).new_messages, 1);
    assert_scan(w, (struct at_store_scan){.with_labels = true}, "f1: [p=x]\nf2: hi [e=low]\n");
    profile_of(&p, "", LIST("hi"), NULL);
    begin(w);
    assert_fails(w->kind->profile_add(w->store, &p.profile, "x", NOW, NULL, &err), ATTUNE_INVALID,
                 "fan_id");
    commit(w); /* a refused profile leaves the rest of the batch alone */
    struct at_arena arena = {0};
    struct at_profile got = {.n_messages = 77};
    assert_fails(w->kind->profile_get(w->store, S("f9"), 0, &got, &arena, &err), ATTUNE_NOT_FOUND,
                 "f9");
    assert_int_equal(got.n_messages, 77);
    at_arena_release(&arena);
}

static void test_store__a_refused_profile_changes_nothing(void **state)
{
    struct world *w = *state;
    static struct at_label labels[1001];
    struct short_profile p;
    for (size_t i = 0; i < 1001; i++)
        labels[i] = (struct at_label){S("p"), S("x")};
    profile_of(&p, "f1", LIST("hi"), NULL);
    p.profile.labels = labels;
    p.profile.n_labels = 1001;
    begin(w);
    assert_fails(w->kind->profile_add(w->store, &p.profile, "x", NOW, NULL, &err), ATTUNE_LIMIT,
                 "1001 labels");
    p.profile.n_labels = 1000;
    assert_ok(w->kind->profile_add(w->store, &p.profile, NULL, NOW, NULL, &err));
    commit(w);
    assert_get(w, "f1", 0, "f1: hi [p=x]\n");
}

/* ---- scan ---- */

static void test_store__a_scan_keeps_the_newest_and_filters(void **state)
{
    struct world *w = *state;
    add(w, "z", LIST("1", "2", "3", "4"), LIST("p", "x"));
    add(w, "b", LIST("1", ">2", ">3"), LIST("e", "low", "p", "y"));
    add(w, "a", LIST("1"), NULL);
    assert_scan(w, (struct at_store_scan){0}, "z: 1 2 3 4\nb: 1 >2 >3\na: 1\n");
    assert_scan(w, (struct at_store_scan){.newest_messages = 2}, "z: 3 4\nb: >2 >3\na: 1\n");
    assert_scan(w, (struct at_store_scan){.min_rows = 3}, "z: 1 2 3 4\nb: 1 >2 >3\n");
    assert_scan(w, (struct at_store_scan){.min_rows = 3, .min_received = 2}, "z: 1 2 3 4\n");
    assert_scan(w, (struct at_store_scan){.target = S("e"), .newest_messages = 1}, "b: >3\n");
    assert_scan(w,
                (struct at_store_scan){.target = S("p"), .newest_messages = 1, .with_labels = true},
                "z: 4 [p=x]\nb: >3 [e=low] [p=y]\n");
    assert_scan(w, (struct at_store_scan){.target = S("none")}, "");
}

static attune_status stop_at_once(void *context, const struct at_profile *p, int64_t ms,
                                  attune_error *e)
{
    (void)p;
    (void)ms;
    ++*(int *)context;
    return e ? (e->status = ATTUNE_CANCELLED) : ATTUNE_CANCELLED;
}

static void test_store__a_visitor_stops_the_scan(void **state)
{
    struct world *w = *state;
    int n = 0;
    add(w, "a", LIST("1"), NULL);
    add(w, "b", LIST("1"), NULL);
    assert_int_equal(w->kind->scan(w->store, &(struct at_store_scan){0}, stop_at_once, &n, &err),
                     ATTUNE_CANCELLED);
    assert_int_equal(n, 1);
    add(w, "c", LIST("1"), NULL);
}

static attune_status scan_again(void *context, const struct at_profile *p, int64_t ms,
                                attune_error *e)
{
    struct world *w = context;
    (void)p;
    (void)ms;
    return w->kind->scan(w->store, &(struct at_store_scan){0}, on_profile, &w->seen, e);
}

static void test_store__a_visitor_may_read_the_store(void **state)
{
    struct world *w = *state;
    add(w, "a", LIST("1"), NULL);
    add(w, "b", LIST("2"), NULL);
    assert_ok(w->kind->scan(w->store, &(struct at_store_scan){0}, scan_again, w, &err));
    assert_seen(w, "a: 1\nb: 2\na: 1\nb: 2\n");
}

static void test_store__scan_skips_many_and_finds_its_place(void **state)
{
    struct world *w = *state;
    static char texts[300][16];
    const char *messages[17] = {0};
    for (int i = 0; i < 300; i++)
        snprintf(texts[i], sizeof texts[i], "m%d", i);
    for (int i = 0; i < 300; i += 15) {
        for (int k = 0; k < 15; k++)
            messages[k] = texts[i + k];
        add(w, "long", messages, NULL);
        add(w, i % 2 ? "odd" : "even", LIST(texts[i]), LIST("p", texts[i]));
    }
    assert_scan(w, (struct at_store_scan){.newest_messages = 2, .with_labels = true},
                "long: m298 m299\neven: m240 m270 [p=m270]\nodd: m255 m285 [p=m285]\n");
    assert_scan(w, (struct at_store_scan){.newest_messages = 1, .target = S("p")},
                "even: m270\nodd: m285\n");
}

/* ---- labels ---- */

static void label(struct world *w, const char *fan, const char *value, enum at_label_source source,
                  int64_t at_ms)
{
    begin(w);
    assert_ok(w->kind->label_add(w->store,
                                 &(struct at_store_label){.fan_id = S(fan),
                                                          .target = S("p"),
                                                          .label = S(value),
                                                          .source = source,
                                                          .at_ms = at_ms,
                                                          .by = S("ann")},
                                 &err));
    commit(w);
}

static attune_status on_label(void *context, const struct at_store_label *l, attune_error *e)
{
    return at_buf_addf(context, e, "%.*s %.*s=%.*s %s %lld %.*s\n", (int)l->fan_id.len,
                       l->fan_id.ptr, (int)l->target.len, l->target.ptr, (int)l->label.len,
                       l->label.ptr, at_label_source_name(l->source), (long long)l->at_ms,
                       (int)l->by.len, l->by.ptr);
}

static void test_store__operator_over_imported_newest_first_model_never(void **state)
{
    struct world *w = *state;
    const struct at_store_scan with = {.with_labels = true, .target = S("p")};
    add(w, "a", LIST("1"), NULL);
    label(w, "a", "guess", AT_LABEL_MODEL, 9000000);
    assert_scan(w, with, "");
    add(w, "a", NULL, LIST("p", "first"));
    assert_scan(w, with, "a: 1 [p=first]\n");
    label(w, "a", "older", AT_LABEL_IMPORTED, 5);
    assert_scan(w, with, "a: 1 [p=first]\n");
    label(w, "a", "op2", AT_LABEL_OPERATOR, 20);
    label(w, "a", "op1", AT_LABEL_OPERATOR, 10);
    assert_scan(w, with, "a: 1 [p=op2]\n");
    add(w, "a", NULL, LIST("p", "second"));
    assert_scan(w, with, "a: 1 [p=op2]\n");
    label(w, "a", "op3", AT_LABEL_OPERATOR, 20);
    assert_get(w, "a", 0, "a: 1 [p=op3]\n");
}

static void test_store__labels_keep_their_history(void **state)
{
    struct world *w = *state;
    add(w, "a", NULL, LIST("p", "x"));
    add(w, "b", NULL, LIST("p", "y"));
    label(w, "a", "z", AT_LABEL_OPERATOR, 7);
    assert_ok(w->kind->labels(w->store, S("a"), on_label, &w->seen, &err));
    assert_seen(w, "a p=x imported 1000000 file.jsonl\na p=z operator 7 ann\n");
    assert_ok(w->kind->labels(w->store, S(""), on_label, &w->seen, &err));
    assert_seen(w, "a p=x imported 1000000 file.jsonl\na p=z operator 7 ann\n"
                   "b p=y imported 1000000 file.jsonl\n");
    assert_ok(w->kind->labels(w->store, S("nobody"), on_label, &w->seen, &err));
    assert_seen(w, "");
}

static void test_store__a_label_needs_a_fan(void **state)
{
    struct world *w = *state;
    struct at_store_label l = {.fan_id = S("a"), .target = S("p"), .label = S("x")};
    begin(w);
    assert_fails(w->kind->label_add(w->store, &l, &err), ATTUNE_NOT_FOUND, "'a'");
    l.label = S("");
    assert_fails(w->kind->label_add(w->store, &l, &err), ATTUNE_INVALID, "label");
    commit(w);
}

static void test_store__counts(void **state)
{
    struct world *w = *state;
    struct at_store_counts c;
    assert_ok(w->kind->counts(w->store, &c, &err));
    assert_int_equal(c.n_fans + c.n_messages + c.n_received + c.n_labels + c.n_versions, 0);
    add(w, "a", LIST("1", ">2", "3"), LIST("p", "x"));
    add(w, "b", LIST("1", ">2", "3"), LIST("p", "x", "e", "low"));
    add(w, "a", LIST("4"), NULL);
    assert_ok(w->kind->counts(w->store, &c, &err));
    assert_int_equal(c.n_fans, 2);
    assert_int_equal(c.n_messages, 7);
    assert_int_equal(c.n_received, 5);
    assert_int_equal(c.n_labels, 3);
}

/* ---- versions and aliases ---- */

static attune_status version_add(struct world *w, const char *target, int64_t number)
{
    const struct at_store_version v = {.target = S(target),
                                       .version = number,
                                       .kind = S("forest"),
                                       .folder = S("personality/v0001"),
                                       .sha256 = S("abc"),
                                       .metrics = S("{\"accuracy\":0.5}"),
                                       .created_ms = 11,
                                       .size_bytes = 22,
                                       .seed = -33,
                                       .run = 44};
    return w->kind->version_add(w->store, &v, &err);
}

static attune_status on_version(void *context, const struct at_store_version *v, attune_error *e)
{
    return at_buf_addf(context, e, "%.*s %lld\n", (int)v->target.len, v->target.ptr,
                       (long long)v->version);
}

static void test_store__version_numbers_are_never_given_twice(void **state)
{
    struct world *w = *state;
    int64_t next = 0;
    assert_ok(w->kind->version_next(w->store, S("p"), &next, &err));
    assert_int_equal(next, 1);
    begin(w);
    assert_ok(version_add(w, "p", 0));
    assert_ok(version_add(w, "p", 2));
    assert_ok(version_add(w, "e", 0));
    assert_fails(version_add(w, "p", 2), ATTUNE_CONFLICT, "version 2 of 'p'");
    assert_ok(w->kind->version_delete(w->store, S("p"), 2, &err));
    assert_fails(version_add(w, "p", 2), ATTUNE_CONFLICT, "version 2 of 'p'");
    assert_fails(w->kind->version_delete(w->store, S("p"), 2, &err), ATTUNE_NOT_FOUND, "2 of 'p'");
    assert_ok(version_add(w, "p", 0));
    commit(w);
    assert_ok(w->kind->version_next(w->store, S("p"), &next, &err));
    assert_int_equal(next, 4);
    assert_ok(w->kind->versions(w->store, S("p"), on_version, &w->seen, &err));
    assert_seen(w, "p 1\np 3\n");
    assert_ok(w->kind->versions(w->store, S(""), on_version, &w->seen, &err));
    assert_seen(w, "e 1\np 1\np 3\n");
}

static void test_store__a_version_comes_back_as_it_was_given(void **state)
{
    struct world *w = *state;
    struct at_store_version v;
    struct at_arena arena = {0};
    begin(w);
    assert_ok(version_add(w, "p", 5));
    commit(w);
    assert_ok(w->kind->version_get(w->store, S("p"), 5, &v, &arena, &err));
    assert_true(at_str_equal(v.kind, S("forest")) && at_str_equal(v.sha256, S("abc")));
    assert_true(at_str_equal(v.folder, S("personality/v0001")));
    assert_true(at_str_equal(v.metrics, S("{\"accuracy\":0.5}")));
    assert_true(v.version == 5 && v.created_ms == 11 && v.size_bytes == 22 && v.seed == -33);
    assert_int_equal(v.run, 44);
    assert_fails(w->kind->version_get(w->store, S("p"), 6, &v, &arena, &err), ATTUNE_NOT_FOUND,
                 "version 6 of 'p'");
    at_arena_release(&arena);
}

static attune_status on_member(void *context, struct at_str fan_id, enum at_split role,
                               attune_error *e)
{
    return at_buf_addf(context, e, "%.*s%d ", (int)fan_id.len, fan_id.ptr, (int)role);
}

static void test_store__a_version_knows_its_fans(void **state)
{
    struct world *w = *state;
    add(w, "b", LIST("1"), NULL);
    add(w, "a", LIST("1"), NULL);
    begin(w);
    assert_ok(version_add(w, "p", 1));
    assert_ok(w->kind->version_member(w->store, S("p"), 1, S("a"), AT_SPLIT_TEST, &err));
    assert_ok(w->kind->version_member(w->store, S("p"), 1, S("b"), AT_SPLIT_TRAIN, &err));
    assert_fails(w->kind->version_member(w->store, S("p"), 1, S("x"), AT_SPLIT_TRAIN, &err),
                 ATTUNE_NOT_FOUND, "'x'");
    assert_fails(w->kind->version_member(w->store, S("p"), 2, S("a"), AT_SPLIT_TRAIN, &err),
                 ATTUNE_NOT_FOUND, "version 2");
    commit(w);
    assert_ok(w->kind->version_members(w->store, S("p"), 1, on_member, &w->seen, &err));
    assert_seen(w, "b1 a3 ");
    begin(w);
    assert_ok(w->kind->version_delete(w->store, S("p"), 1, &err));
    commit(w);
    assert_ok(w->kind->verify(w->store, &err));
}

static attune_status on_alias(void *context, struct at_str target, struct at_str alias,
                              int64_t version, attune_error *e)
{
    return at_buf_addf(context, e, "%.*s.%.*s=%lld ", (int)target.len, target.ptr, (int)alias.len,
                       alias.ptr, (long long)version);
}

static void test_store__aliases_point_move_and_protect(void **state)
{
    struct world *w = *state;
    int64_t v = 77;
    begin(w);
    assert_ok(version_add(w, "p", 0));
    assert_ok(version_add(w, "p", 0));
    assert_fails(w->kind->alias_set(w->store, S("p"), S("champion"), 9, NOW, &err),
                 ATTUNE_NOT_FOUND, "version 9");
    assert_ok(w->kind->alias_set(w->store, S("p"), S("champion"), 1, NOW, &err));
    assert_ok(w->kind->alias_set(w->store, S("p"), S("previous"), 1, NOW, &err));
    assert_ok(w->kind->alias_set(w->store, S("p"), S("champion"), 2, NOW, &err));
    assert_fails(w->kind->version_delete(w->store, S("p"), 2, &err), ATTUNE_CONFLICT, "champion");
    commit(w);
    assert_ok(w->kind->alias_get(w->store, S("p"), S("champion"), &v, &err));
    assert_int_equal(v, 2);
    assert_ok(w->kind->aliases(w->store, S(""), on_alias, &w->seen, &err));
    assert_seen(w, "p.champion=2 p.previous=1 ");
    begin(w);
    assert_ok(w->kind->alias_set(w->store, S("p"), S("champion"), 0, NOW, &err));
    assert_ok(w->kind->version_delete(w->store, S("p"), 2, &err));
    commit(w);
    assert_ok(w->kind->alias_get(w->store, S("p"), S("champion"), &v, &err));
    assert_int_equal(v, 0);
    assert_ok(w->kind->aliases(w->store, S("p"), on_alias, &w->seen, &err));
    assert_seen(w, "p.previous=1 ");
}

/* ---- runs and audit ---- */

static attune_status on_run(void *context, const struct at_store_run *r, attune_error *e)
{
    return at_buf_addf(context, e, "%lld %.*s %.*s %lld %d %.*s\n", (long long)r->id,
                       (int)r->kind.len, r->kind.ptr, (int)r->status.len, r->status.ptr,
                       (long long)r->started_ms, r->finished_ms == AT_TIME_NONE ? -1 : 1,
                       (int)r->detail.len, r->detail.ptr);
}

static void test_store__runs(void **state)
{
    struct world *w = *state;
    int64_t one = 0, two = 0;
    const struct at_store_run run = {.kind = S("train"),
                                     .status = S("running"),
                                     .started_ms = 5,
                                     .finished_ms = AT_TIME_NONE,
                                     .detail = S("{}")};
    begin(w);
    assert_ok(w->kind->run_add(w->store, &run, &one, &err));
    assert_ok(w->kind->run_add(w->store, &run, &two, &err));
    assert_true(one > 0 && two > one);
    assert_ok(w->kind->run_finish(w->store, one, S("done"), 9, S("{\"a\":1}"), &err));
    assert_fails(w->kind->run_finish(w->store, 99, S("done"), 9, S(""), &err), ATTUNE_NOT_FOUND,
                 "run 99");
    commit(w);
    assert_ok(w->kind->runs(w->store, 0, on_run, &w->seen, &err));
    assert_seen(w, "2 train running 5 -1 {}\n1 train done 5 1 {\"a\":1}\n");
    assert_ok(w->kind->runs(w->store, 1, on_run, &w->seen, &err));
    assert_seen(w, "2 train running 5 -1 {}\n");
}

static attune_status on_audit(void *context, const struct at_store_audit *a, attune_error *e)
{
    return at_buf_addf(context, e, "%lld %.*s %.*s %.*s %.*s\n", (long long)a->at_ms,
                       (int)a->who.len, a->who.ptr, (int)a->action.len, a->action.ptr,
                       (int)a->target.len, a->target.ptr, (int)a->detail.len, a->detail.ptr);
}

static void test_store__the_audit_log(void **state)
{
    struct world *w = *state;
    const struct at_store_audit entry = {
        .at_ms = 5, .who = S("ann"), .action = S("promote"), .target = S("p"), .detail = S("v2")};
    struct at_store_audit other = entry;
    other.action = S("rollback");
    begin(w);
    assert_ok(w->kind->audit_add(w->store, &entry, &err));
    assert_ok(w->kind->audit_add(w->store, &other, &err));
    commit(w);
    assert_ok(w->kind->audit(w->store, 0, on_audit, &w->seen, &err));
    assert_seen(w, "5 ann rollback p v2\n5 ann promote p v2\n");
    assert_ok(w->kind->audit(w->store, 1, on_audit, &w->seen, &err));
    assert_seen(w, "5 ann rollback p v2\n");
}

/* ---- copies, readers beside the writer, no memory ---- */

static void test_store__a_snapshot_is_a_store(void **state)
{
    struct world *w = *state;
    struct world copy = *w;
    char path[128];
    snprintf(path, sizeof path, "%s/copy.db", w->dir);
    add(w, "a", LIST("1"), LIST("p", "x"));
    begin(w);
    struct short_profile p;
    profile_of(&p, "uncommitted", LIST("1"), NULL);
    assert_ok(w->kind->profile_add(w->store, &p.profile, "x", NOW, NULL, &err));
    assert_ok(w->kind->snapshot(w->store, path, &err)); /* does not see what is not committed */
    commit(w);
    assert_ok(w->kind->open(&copy.store, path, AT_STORE_READ, &err));
    assert_ok(w->kind->verify(copy.store, &err));
    assert_scan(&copy, (struct at_store_scan){.with_labels = true}, "a: 1 [p=x]\n");
    w->kind->close(copy.store);
    w->seen = copy.seen;
    assert_fails(w->kind->snapshot(w->store, "/nonexistent/copy.db", &err), ATTUNE_IO,
                 "/nonexistent/copy.db");
}

static void test_store__readers_see_the_last_commit_while_a_writer_writes(void **state)
{
    struct world *w = *state;
    struct world reader = *w;
    struct short_profile p;
    add(w, "a", LIST("1"), NULL);
    begin(w);
    profile_of(&p, "b", LIST("1"), NULL);
    assert_ok(w->kind->profile_add(w->store, &p.profile, "x", NOW, NULL, &err));
    assert_ok(w->kind->open(&reader.store, w->url, AT_STORE_READ, &err));
    assert_scan(&reader, (struct at_store_scan){0}, "a: 1\n");
    commit(w);
    assert_scan(&reader, (struct at_store_scan){0}, "a: 1\nb: 1\n");
    w->kind->close(reader.store);
    w->seen = reader.seen;
}

/* Everything once, in a store of its own. */
static attune_status whole_story(struct world *w, const char *url)
{
    const struct at_store_kind *k = w->kind;
    struct at_store *store = NULL;
    struct at_arena arena = {0};
    struct at_profile got;
    struct short_profile p;
    profile_of(&p, "a", LIST("1@5", ">2@3", "3"), LIST("p", "x"));
    attune_status status = k->open(&store, url, AT_STORE_WRITE, &err);
    if (status == ATTUNE_OK)
        status = k->begin(store, &err);
    for (int i = 0; i < 2 && status == ATTUNE_OK; i++)
        status = k->profile_add(store, &p.profile, "x", NOW, NULL, &err);
    if (status == ATTUNE_OK)
        status = k->commit(store, &err);
    at_buf_clear(&w->seen);
    if (status == ATTUNE_OK)
        status = k->scan(store, &(struct at_store_scan){.with_labels = true}, on_profile, &w->seen,
                         &err);
    if (status == ATTUNE_OK)
        status = k->profile_get(store, S("a"), 2, &got, &arena, &err);
    at_arena_release(&arena);
    k->close(store);
    return status;
}

static void test_store__every_allocation_may_fail(void **state)
{
    struct world *w = *state;
    size_t n = 0;
    attune_status status = ATTUNE_NO_MEMORY;
    assert_ok(at_buf_reserve(&w->seen, 1000, &err)); /* the visitor's own memory does not count */
    while (status == ATTUNE_NO_MEMORY) {
        char url[128];
        snprintf(url, sizeof url, "%s/n%zu.db", w->dir, n % 2);
        at_alloc_fail_after(++n);
        status = whole_story(w, url);
        at_alloc_fail_after(0);
    }
    if (status != ATTUNE_OK)
        fail_msg("allocation %zu: %s", n, err.message);
    assert_true(n > 5);
    assert_seen(w, "a: >2@3 3 1@5 [p=x]\n");
}

static int run_kind(const struct at_store_kind *kind)
{
#define T(name) cmocka_unit_test_setup_teardown(test_store__##name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_missing_store_is_not_found_and_not_made),
        T(what_is_committed_is_there_after_reopening),
        T(a_reader_cannot_write),
        T(rollback_forgets),
        T(writes_are_refused_outside_a_transaction),
        T(an_import_says_what_it_changed),
        T(sender_time_and_text_make_a_message),
        T(a_message_is_known_wherever_it_stands),
        T(messages_come_in_the_order_of_their_times),
        T(a_language_is_kept_until_another_is_given),
        T(a_guessed_language_only_fills_in),
        T(a_split_is_kept_until_another_is_given),
        T(a_profile_may_lack_messages_or_labels),
        T(a_refused_profile_changes_nothing),
        T(a_scan_keeps_the_newest_and_filters),
        T(a_visitor_stops_the_scan),
        T(a_visitor_may_read_the_store),
        T(scan_skips_many_and_finds_its_place),
        T(operator_over_imported_newest_first_model_never),
        T(labels_keep_their_history),
        T(a_label_needs_a_fan),
        T(counts),
        T(version_numbers_are_never_given_twice),
        T(a_version_comes_back_as_it_was_given),
        T(a_version_knows_its_fans),
        T(aliases_point_move_and_protect),
        T(runs),
        T(the_audit_log),
        T(a_snapshot_is_a_store),
        T(readers_see_the_last_commit_while_a_writer_writes),
        T(every_allocation_may_fail),
    };
#undef T
    kind_under_test = kind;
    return cmocka_run_group_tests_name(kind->name, tests, NULL, NULL);
}

int main(void)
{
    int failed = 0;
    for (size_t i = 0; at_store_kind_table[i]; i++)
        failed += run_kind(at_store_kind_table[i]);
    return failed;
}
