/* What is written as JSON Lines, as a JSON array or as CSV reads back as it was: odd characters,
 * line breaks and quotes in every text, packed or plain, whatever the limits of the buffers. */
#include "support/reader_text.h"

#include "base/json.h"
#include "base/rng.h"

enum { FANS = 60, MESSAGES = 8, ROUNDS = 60 };

static const char *const odd[] = {"\"",          "\"\"",
                                  ",",           ";",
                                  "\t",          "\n",
                                  "\r\n",        "\r",
                                  "\\",          "[",
                                  "]}",          "{\"",
                                  "é",           "\xE2\x82\xAC",
                                  " ",           "a",
                                  "bcd",         "\xF0\x9F\x98\x80",
                                  "\x01",        "\x7F",
                                  "/",           "\xEF\xBB\xBF",
                                  "\xE2\x80\xA8"};

static void make_text(struct at_rng *rng, struct at_arena *arena, struct at_str *out, size_t pieces)
{
    char text[4096];
    size_t len = 0;
    for (size_t i = 0; i < pieces; i++) {
        const char *piece = odd[at_rng_below(rng, sizeof odd / sizeof *odd)];
        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    *out = (struct at_str){at_arena_strndup(arena, text, len), len};
}

static struct at_profile make_profile(struct at_rng *rng, struct at_arena *arena, size_t fan)
{
    static const struct at_str languages[] = {{"", 0}, {"en", 2}, {"pt-BR", 5}};
    struct at_profile p = {0};
    char id[24];
    /* neighbours differ, so that CSV keeps them apart */
    snprintf(id, sizeof id, "%s%zu", odd[at_rng_below(rng, 10)], fan);
    p.fan_id = at_str_from(at_arena_strdup(arena, id));
    p.language = languages[at_rng_below(rng, 3)];
    p.split = (enum at_split)at_rng_below(rng, 4);
    p.n_messages = 1 + at_rng_below(rng, MESSAGES);
    p.messages = AT_NEW(arena, struct at_message, p.n_messages);
    for (size_t m = 0; m < p.n_messages; m++) {
        const bool is_long = at_rng_below(rng, 40) == 0;
        make_text(rng, arena, &p.messages[m].text, at_rng_below(rng, is_long ? 900 : 9));
        p.messages[m].at_ms =
            at_rng_below(rng, 2) ? (int64_t)at_rng_below(rng, 4000000000000) : AT_TIME_NONE;
        p.messages[m].from = at_rng_below(rng, 3) ? AT_FROM_FAN : AT_FROM_CREATOR;
    }
    p.labels = AT_NEW(arena, struct at_label, 2);
    for (size_t t = 0; t < 2; t++)
        if (at_rng_below(rng, 2)) {
            p.labels[p.n_labels].target = reader_text_targets[t];
            make_text(rng, arena, &p.labels[p.n_labels++].label, 3);
        }
    return p;
}

static const char *const split_names[] = {NULL, "train", "val", "test"};

static void write_json(struct at_buf *out, const struct at_profile *p, int indent)
{
    struct at_json_out o = at_json_out_to(out, indent);
    attune_error err;
    at_json_object_begin(&o);
    at_json_set_str(&o, "fan_id", p->fan_id);
    if (p->language.len)
        at_json_set_str(&o, "language", p->language);
    at_json_set_text(&o, "split", split_names[p->split]);
    at_json_put_key(&o, "messages");
    at_json_array_begin(&o);
    for (size_t m = 0; m < p->n_messages; m++) {
        at_json_object_begin(&o);
        at_json_set_str(&o, "text", p->messages[m].text);
        at_json_put_key(&o, "at");
        char at[AT_TIME_TEXT];
        at_time_format(at, p->messages[m].at_ms);
        at_json_put_text(&o, p->messages[m].at_ms == AT_TIME_NONE ? NULL : at);
        at_json_set_text(&o, "from", p->messages[m].from == AT_FROM_FAN ? "fan" : "creator");
        at_json_object_end(&o);
    }
    at_json_array_end(&o);
    at_json_put_key(&o, "labels");
    at_json_object_begin(&o);
    for (size_t i = 0; i < p->n_labels; i++)
        at_json_set_str(&o, p->labels[i].target.ptr, p->labels[i].label);
    at_json_object_end(&o);
    at_json_object_end(&o);
    assert_ok(at_json_end(&o, &err));
}

static void write_cell(struct at_buf *out, struct at_str text)
{
    at_buf_addz(out, "\"", NULL);
    for (size_t i = 0; i < text.len; i++)
        at_buf_add(out, text.ptr[i] == '"' ? "\"\"" : text.ptr + i, text.ptr[i] == '"' ? 2 : 1,
                   NULL);
    at_buf_addz(out, "\"", NULL);
}

static void write_rows(struct at_buf *out, const struct at_profile *p, const char *line_end)
{
    for (size_t m = 0; m < p->n_messages; m++) {
        const struct at_message *message = &p->messages[m];
        char at[AT_TIME_TEXT];
        write_cell(out, p->fan_id);
        for (size_t t = 0; t < 2; t++) {
            at_buf_addz(out, ",", NULL);
            write_cell(out, at_profile_label(p, reader_text_targets[t]));
        }
        at_time_format(at, message->at_ms);
        at_buf_addf(out, NULL, ",%.*s,%s,%s,%s,", (int)p->language.len, p->language.ptr,
                    p->split ? split_names[p->split] : "", message->at_ms == AT_TIME_NONE ? "" : at,
                    message->from == AT_FROM_FAN ? "" : "creator");
        write_cell(out, message->text);
        at_buf_addz(out, line_end, NULL);
    }
}

struct written {
    struct at_buf wanted, jsonl, array, object, rows;
};

static void write_all(struct written *w, struct at_rng *rng)
{
    const char *line_end = at_rng_below(rng, 2) ? "\n" : "\r\n";
    struct at_arena arena = {0};
    at_buf_addz(&w->array, "[", NULL);
    at_buf_addz(&w->object, "{\"note\": \"]}\", \"profiles\": [", NULL);
    at_buf_addf(&w->rows, NULL, "fan_id,personality,engagement,language,split,at,from,text%s",
                line_end);
    for (size_t i = 0; i < FANS; i++) {
        const struct at_profile p = make_profile(rng, &arena, i);
        reader_text_profile(&w->wanted, &p);
        write_json(&w->jsonl, &p, 0);
        at_buf_addz(&w->jsonl, line_end, NULL);
        at_buf_addz(&w->array, i ? ",\n" : "", NULL);
        write_json(&w->array, &p, 2);
        at_buf_addz(&w->object, i ? " ," : "", NULL);
        write_json(&w->object, &p, 0);
        write_rows(&w->rows, &p, line_end);
        at_arena_clear(&arena);
    }
    at_buf_addz(&w->array, "]\n", NULL);
    at_buf_addz(&w->object, "]}", NULL);
    at_arena_release(&arena);
}

static void expect_back(const struct written *w, const char *format, const struct at_buf *text)
{
    struct at_buf got = {0};
    attune_error err;
    assert_ok(reader_text(&got, format, text->data, text->len, &reader_text_options, &err));
    assert_int_equal(got.len, w->wanted.len);
    assert_memory_equal(got.data, w->wanted.data, got.len);
    at_buf_release(&got);
}

static void test_reader__what_is_written_reads_back(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 5);
    for (int round = 0; round < ROUNDS; round++) {
        struct written w = {{0}, {0}, {0}, {0}, {0}};
        write_all(&w, &rng);
        expect_back(&w, "jsonl", &w.jsonl);
        expect_back(&w, "json", &w.array);
        expect_back(&w, "json", &w.object);
        expect_back(&w, "json", &w.jsonl);
        expect_back(&w, "csv", &w.rows);
        at_buf_release(&w.wanted);
        at_buf_release(&w.jsonl);
        at_buf_release(&w.array);
        at_buf_release(&w.object);
        at_buf_release(&w.rows);
    }
}

/* One byte changed anywhere: rows are lost or changed, but reading ends, and ends well. */
static void test_reader__one_changed_byte_is_survived(void **state)
{
    (void)state;
    struct at_rng rng;
    struct written w = {{0}, {0}, {0}, {0}, {0}};
    at_rng_init(&rng, 6);
    write_all(&w, &rng);
    struct at_buf *const texts[] = {&w.jsonl, &w.array, &w.rows};
    static const char *const formats[] = {"jsonl", "json", "csv"};
    for (int round = 0; round < 300; round++) {
        struct at_buf *text = texts[round % 3], got = {0};
        const size_t at = 60 + at_rng_below(&rng, text->len - 60);
        const char kept = text->data[at];
        attune_error err;
        text->data[at] = (char)at_rng_below(&rng, 256);
        assert_ok(reader_text(&got, formats[round % 3], text->data, text->len, &reader_text_options,
                              &err));
        text->data[at] = kept;
        at_buf_release(&got);
    }
    at_buf_release(&w.wanted);
    at_buf_release(&w.jsonl);
    at_buf_release(&w.array);
    at_buf_release(&w.object);
    at_buf_release(&w.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader__what_is_written_reads_back),
        cmocka_unit_test(test_reader__one_changed_byte_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
