#include <stdlib.h>

#include "attune/dataset.h"
#include "base/json.h"
#include "base/rng.h"
#include "support/temp.h"
#include "support/test.h"

static attune_error err;

static const char *const words[2][6] = {{"thank", "love", "great", "kind", "happy", "lovely"},
                                        {"refund", "broken", "angry", "waste", "late", "bad"}};
static const char *const plain[8] = {"the",   "my",    "this",    "your",
                                     "order", "today", "package", "call"};

/* Row i is of mood i % 2, by twelve words; what is planted stands in the tests. */
struct rows {
    FILE *f;
    struct at_rng rng;
};

/* One word in eight is of the other mood. */
static void row_text(struct rows *r, size_t mood, char out[256])
{
    size_t n = 0;
    for (int w = 0; w < 12; w++) {
        const size_t side = at_rng_below(&r->rng, 8) ? mood : 1 - mood;
        n += (size_t)snprintf(out + n, 256 - n, "%s%s", w ? " " : "",
                              at_rng_below(&r->rng, 3) ? words[side][at_rng_below(&r->rng, 6)]
                                                       : plain[at_rng_below(&r->rng, 8)]);
    }
}

static void row(struct rows *r, const char *id, const char *text, size_t mood, const char *split)
{
    fprintf(r->f, "{\"fan_id\":\"%s\",\"text\":\"%s\",\"mood\":\"%s\",\"split\":\"%s\"}\n", id,
            text, mood ? "bad" : "good", split);
}

static void rows_open(struct rows *r, struct temp *temp)
{
    temp_open(temp);
    r->f = fopen(temp_path(temp, "moods.jsonl"), "w");
    assert_non_null(r->f);
    at_rng_init(&r->rng, 5);
}

/* n rows; every `flip`th carries the other label, each of those with `tag` ends with it. */
static void rows_draw(struct rows *r, size_t n, size_t flip, const char *tag)
{
    char text[256], tagged[300], id[32];
    for (size_t i = 0; i < n; i++) {
        const size_t mood = i % 2;
        const bool wrong = flip && i / 2 % flip == flip - 1; /* of either mood */
        row_text(r, mood, text);
        snprintf(tagged, sizeof tagged, "%s%s", text, mood && tag ? tag : "");
        snprintf(id, sizeof id, "%s%zu", wrong ? "wrong" : "fan", i);
        row(r, id, tagged, wrong ? 1 - mood : mood, i % 5 ? "train" : "test");
    }
}

static at_json *check_file(struct rows *r, struct temp *temp, bool quick)
{
    char *text = NULL;
    at_json *json;
    assert_int_equal(fclose(r->f), 0);
    const struct attune_check_options o = {.quick = quick,
                                           .seed = -1,
                                           .threads = 2,
                                           .data = temp_path(temp, "moods.jsonl"),
                                           .label = "mood"};
    assert_ok(attune_check(NULL, &o, NULL, &text, &err));
    assert_ok(at_json_parse(&json, text, strlen(text), "report", &err));
    attune_free(text);
    temp_close(temp);
    return json;
}

static const at_json *finding(const at_json *report, const char *code)
{
    const at_json *findings = at_json_get(report, "findings");
    for (size_t i = 0; i < at_json_len(findings); i++)
        if (at_str_equal(at_json_string(at_json_get(at_json_at(findings, i), "code")),
                         at_str_from(code)))
            return at_json_at(findings, i);
    return NULL;
}

static int64_t count_of(const at_json *report, const char *code)
{
    return at_json_integer(at_json_get(finding(report, code), "count"), 0);
}

static void test_check__clean_data_has_no_findings(void **state)
{
    (void)state;
    struct temp temp;
    struct rows r;
    rows_open(&r, &temp);
    rows_draw(&r, 200, 0, NULL);
    at_json *report = check_file(&r, &temp, false);
    assert_int_equal(at_json_integer(at_json_get(report, "fans"), 0), 200);
    assert_null(finding(report, "split_leak"));
    assert_null(finding(report, "telltale"));
    assert_null(finding(report, "duplicate"));
    assert_null(finding(report, "near_duplicate"));
    assert_true(count_of(report, "suspect_label") <= 10);
    at_json_free(report);
}

static void test_check__finds_wrong_labels(void **state)
{
    (void)state;
    struct temp temp;
    struct rows r;
    rows_open(&r, &temp);
    rows_draw(&r, 500, 10, NULL); /* 50 wrong ones */
    at_json *report = check_file(&r, &temp, false);
    const at_json *suspects = at_json_get(finding(report, "suspect_label"), "suspects");
    const size_t n = at_json_len(suspects);
    size_t right = 0;
    for (size_t i = 0; i < n; i++) {
        const at_json *s = at_json_at(suspects, i);
        right += at_str_starts(at_json_string(at_json_get(s, "fan_id")), "wrong");
        assert_false(at_str_equal(at_json_string(at_json_get(s, "label")),
                                  at_json_string(at_json_get(s, "proposed"))));
        assert_true(at_json_number(at_json_get(s, "confidence"), 0) >
                    at_json_number(at_json_get(s, "confidence_label"), 1));
    }
    if (right < 35 || 2 * right < n) /* recall .7, precision .5 */
        fail_msg("%zu suspects, %zu of them right", n, right);
    assert_int_equal(count_of(report, "suspect_label"), n);
    at_json_free(report);
}

static void test_check__finds_a_seen_test_side(void **state)
{
    (void)state;
    static const char base[] =
        "I have been waiting for this package since monday and nobody picks up the phone";
    struct temp temp;
    struct rows r;
    char near[200];
    rows_open(&r, &temp);
    rows_draw(&r, 60, 0, NULL);
    snprintf(near, sizeof near, "%s!", base);
    row(&r, "learner", base, 1, "train");
    row(&r, "copy", base, 1, "test");
    row(&r, "alike", near, 0, "test");
    row(&r, "learner", "another row of the same fan", 1, "test");
    at_json *report = check_file(&r, &temp, false);
    const at_json *leak = finding(report, "split_leak");
    assert_non_null(leak);
    assert_true(at_str_equal(at_json_string(at_json_get(leak, "level")), at_str_from("error")));
    assert_int_equal(count_of(report, "split_leak"), 3);
    assert_int_equal(count_of(report, "duplicate"), 1);
    assert_int_equal(count_of(report, "near_duplicate"), 1);
    assert_int_equal(count_of(report, "near_label_conflict"), 1);
    assert_int_equal(count_of(report, "repeated_fan"), 1);
    at_json_free(report);
}

static void test_check__finds_a_planted_tag(void **state)
{
    (void)state;
    struct temp temp;
    struct rows r;
    rows_open(&r, &temp);
    rows_draw(&r, 100, 0, " [queue:7]");
    at_json *report = check_file(&r, &temp, false);
    const at_json *first = at_json_at(at_json_get(finding(report, "telltale"), "telltales"), 0);
    assert_true(at_str_equal(at_json_string(at_json_get(first, "label")), at_str_from("bad")));
    assert_int_equal(at_json_integer(at_json_get(first, "fans"), 0), 50);
    assert_int_equal(at_json_integer(at_json_get(first, "others"), -1), 0);
    at_json_free(report);
}

static void test_check__quick_leaves_the_searches_out(void **state)
{
    (void)state;
    struct temp temp;
    struct rows r;
    rows_open(&r, &temp);
    rows_draw(&r, 100, 10, " [queue:7]");
    at_json *report = check_file(&r, &temp, true);
    assert_null(finding(report, "telltale"));
    assert_null(finding(report, "suspect_label"));
    assert_true(at_json_bool(at_json_get(report, "quick"), false));
    at_json_free(report);
}

static void test_check__few_fans_are_no_failure(void **state)
{
    (void)state;
    struct temp temp;
    struct rows r;
    rows_open(&r, &temp);
    rows_draw(&r, 20, 0, NULL);
    at_json *report = check_file(&r, &temp, false);
    assert_non_null(finding(report, "no_suspects"));
    assert_non_null(finding(report, "small_class"));
    at_json_free(report);
}

static void test_check__says_what_it_needs(void **state)
{
    (void)state;
    char *out = (char *)1;
    struct attune_check_options o = {.data = "moods.jsonl"};
    assert_fails(attune_check(NULL, NULL, NULL, &out, &err), ATTUNE_INVALID, "a home or");
    assert_null(out);
    assert_fails(attune_check(NULL, &o, NULL, &out, &err), ATTUNE_INVALID, "name its field");
    o.label = "mood";
    o.data = "/nonexistent/moods.jsonl";
    assert_fails(attune_check(NULL, &o, NULL, &out, &err), ATTUNE_IO, "nonexistent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check__clean_data_has_no_findings),
        cmocka_unit_test(test_check__finds_wrong_labels),
        cmocka_unit_test(test_check__finds_a_seen_test_side),
        cmocka_unit_test(test_check__finds_a_planted_tag),
        cmocka_unit_test(test_check__quick_leaves_the_searches_out),
        cmocka_unit_test(test_check__few_fans_are_no_failure),
        cmocka_unit_test(test_check__says_what_it_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
