#include <math.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "support/test.h"

static at_json *parse(const char *text)
{
    attune_error err;
    at_json *json;
    assert_ok(at_json_parse(&json, text, strlen(text), "t", &err));
    return json;
}

/* ---- Reading ---- */

static void test_json__reads_every_type(void **state)
{
    (void)state;
    at_json *v = parse("{\"s\":\"h\\u00e9\\n\",\"i\":-7,\"r\":2.5,\"t\":true,\"f\":false,"
                       "\"n\":null,\"a\":[1,[],{}],\"o\":{}}");
    assert_true(at_json_is_object(v));
    assert_int_equal(at_json_len(v), 8);
    const struct at_str s = at_json_string(at_json_get(v, "s"));
    assert_int_equal(s.len, 4);
    assert_string_equal(s.ptr, "hé\n");
    assert_int_equal(at_json_integer(at_json_get(v, "i"), 0), -7);
    assert_true(at_json_number(at_json_get(v, "i"), 0) == -7);
    assert_true(at_json_number(at_json_get(v, "r"), 0) == 2.5);
    assert_true(at_json_bool(at_json_get(v, "t"), false));
    assert_false(at_json_bool(at_json_get(v, "f"), true));
    assert_true(at_json_is_null(at_json_get(v, "n")));
    const at_json *a = at_json_get(v, "a");
    assert_int_equal(at_json_len(a), 3);
    assert_true(at_json_is_array(at_json_at(a, 1)) && at_json_is_object(at_json_at(a, 2)));
    assert_null(at_json_at(a, 3));
    assert_null(at_json_get(v, "missing"));
    at_json_free(v);
}

static void test_json__a_wrong_type_gives_the_default(void **state)
{
    (void)state;
    at_json *v = parse("[\"5\",5,5.5,true]");
    const at_json *text = at_json_at(v, 0), *whole = at_json_at(v, 1), *real = at_json_at(v, 2);
    assert_int_equal(at_json_integer(text, 9), 9);
    assert_int_equal(at_json_integer(real, 9), 9);
    assert_true(at_json_number(text, 9) == 9);
    assert_true(at_json_bool(whole, true));
    assert_int_equal(at_json_string(whole).len, 0);
    assert_string_equal(at_json_string(NULL).ptr, "");
    assert_int_equal(at_json_len(whole), 0);
    assert_null(at_json_get(text, "x"));
    assert_null(at_json_at(text, 0));
    assert_null(at_json_get(NULL, "x"));
    assert_null(at_json_at(NULL, 0));
    assert_null(at_json_first(v));
    assert_true(at_json_is_null(NULL));
    assert_true(at_json_is_integer(whole) && !at_json_is_integer(real));
    assert_true(at_json_is_number(whole) && at_json_is_number(real) && !at_json_is_number(text));
    assert_true(at_json_is_bool(at_json_at(v, 3)) && !at_json_is_bool(whole));
    at_json_free(v);
    at_json_free(NULL);
}

static void test_json__type_names(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{}", "object"},  {"[]", "array"},           {"\"\"", "string"},         {"1", "number"},
        {"1.5", "number"}, {"true", "true or false"}, {"false", "true or false"}, {"null", "null"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        at_json *v = parse(rows[i][0]);
        assert_string_equal(at_json_type_name(v), rows[i][1]);
        at_json_free(v);
    }
    assert_string_equal(at_json_type_name(NULL), "nothing");
}

static void test_json__members_in_order(void **state)
{
    (void)state;
    at_json *v = parse("{\"z\":0,\"a\":1,\"m\":2}");
    int64_t i = 0;
    for (void *it = at_json_first(v); it; it = at_json_next(v, it), i++) {
        assert_int_equal(at_json_key(it)[0], "zam"[i]);
        assert_int_equal(at_json_integer(at_json_value(it), -1), i);
    }
    assert_int_equal(i, 3);
    at_json_free(v);
}

static void test_json__errors_say_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } rows[] = {
        {"{\"a\":1,}", "data.jsonl:17: string or '}' expected near '}' (column 8, byte 8)"},
        {"{\n \"a\": 1\n \"b\": 2}", "(line 3, column 4, byte "},
        {"", "byte 0"},
        {"{\"a\":1,\"a\":2}", "duplicate"},
        {"\"\\u0000\"", "NUL"},
        {"{\"\\u0000\":1}", "NUL"},
        {"\"\xFF\"", "unable to decode byte 0xff"},
        {"\"\xED\xA0\x80\"", "unable to decode byte 0xed"},
        {"\"\\ud800\"", "invalid Unicode"},
        {"[1] 2", "end of file expected"},
        {"[1e999]", "overflow"},
        {"[99999999999999999999]", "too big integer"},
        {"nul", "invalid token"},
        {"'a'", "invalid token"},
        {"[01]", "invalid token"},
        {"[NaN]", "invalid token"},
        {"\"a", "premature end of input"},
        {"\"a\nb\"", "unexpected newline"},
    };
    attune_error err;
    at_json *json;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json = (at_json *)&err;
        assert_fails(
            at_json_parse(&json, rows[i].text, strlen(rows[i].text), "data.jsonl:17", &err),
            ATTUNE_FORMAT, rows[i].part);
        assert_null(json);
        assert_memory_equal(err.message, "data.jsonl:17: ", 15);
    }
    assert_fails(at_json_parse(&json, "[\0]", 3, "t", &err), ATTUNE_FORMAT, "t: ");
    assert_fails(at_json_parse(&json, NULL, 0, "t", &err), ATTUNE_FORMAT, "t: ");
}

static void test_json__depth_is_bounded(void **state)
{
    (void)state;
    attune_error err;
    at_json *json;
    enum { DEEP = 100000 };
    char *text = AT_ALLOC_RAW(char, 2 * DEEP);
    memset(text, '[', DEEP);
    memset(text + DEEP, ']', DEEP);
    assert_fails(at_json_parse(&json, text, 2 * DEEP, "t", &err), ATTUNE_FORMAT, "depth");
    assert_ok(at_json_parse(&json, text + DEEP - 1000, 2000, "t", &err));
    at_json_free(json);
    at_free(text);
}

/* ---- Writing ---- */

static struct at_buf buf;

static struct at_json_out out_to(int indent)
{
    at_buf_release(&buf);
    return at_json_out_to(&buf, indent);
}

static void check_out(struct at_json_out *o, const char *wanted)
{
    attune_error err;
    assert_ok(at_json_end(o, &err));
    assert_string_equal(buf.data, wanted);
    at_buf_release(&buf);
}

static void write_all(struct at_json_out *o)
{
    at_json_object_begin(o);
    at_json_set_text(o, "t", "x");
    at_json_set_text(o, "none", NULL);
    at_json_set_str(o, "s", (struct at_str){"abc", 2});
    at_json_set_real(o, "r", 0.5);
    at_json_set_int(o, "i", -3);
    at_json_set_bool(o, "b", true);
    at_json_set_time(o, "at", 0);
    at_json_set_time(o, "never", AT_TIME_NONE);
    at_json_put_key(o, "a");
    at_json_array_begin(o);
    at_json_put_bool(o, false);
    at_json_array_begin(o);
    at_json_array_end(o);
    at_json_put_raw(o, "{\"raw\":1}", 9);
    at_json_array_end(o);
    at_json_put_key_str(o, (struct at_str){"key!", 3});
    at_json_object_begin(o);
    at_json_object_end(o);
    at_json_object_end(o);
}

static void test_json_out__one_line(void **state)
{
    (void)state;
    struct at_json_out o = out_to(0);
    write_all(&o);
    check_out(&o, "{\"t\":\"x\",\"none\":null,\"s\":\"ab\",\"r\":0.5,\"i\":-3,\"b\":true,"
                  "\"at\":\"1970-01-01T00:00:00Z\",\"never\":null,\"a\":[false,[],{\"raw\":1}],"
                  "\"key\":{}}");
}

static void test_json_out__indented(void **state)
{
    (void)state;
    struct at_json_out o = out_to(2);
    at_json_object_begin(&o);
    at_json_put_key(&o, "a");
    at_json_array_begin(&o);
    at_json_put_int(&o, 1);
    at_json_array_begin(&o);
    at_json_array_end(&o);
    at_json_array_end(&o);
    at_json_set_int(&o, "b", 2);
    at_json_object_end(&o);
    check_out(&o, "{\n  \"a\": [\n    1,\n    []\n  ],\n  \"b\": 2\n}");
    o = out_to(4);
    for (int i = 0; i < 30; i++)
        at_json_array_begin(&o);
    for (int i = 0; i < 30; i++)
        at_json_array_end(&o);
    attune_error err;
    assert_ok(at_json_end(&o, &err));
    at_json_free(parse(buf.data));
    at_buf_release(&buf);
}

static void test_json_out__numbers(void **state)
{
    (void)state;
    struct at_json_out o = out_to(0);
    at_json_array_begin(&o);
    at_json_put_int(&o, INT64_MIN);
    at_json_put_int(&o, INT64_MAX);
    at_json_put_int(&o, 0);
    at_json_put_real(&o, NAN);
    at_json_put_real(&o, INFINITY);
    at_json_put_real(&o, -INFINITY);
    at_json_put_real(&o, 0.1);
    at_json_put_real(&o, 1e300);
    at_json_put_real(&o, -0.0);
    at_json_array_end(&o);
    check_out(&o, "[-9223372036854775808,9223372036854775807,0,null,null,null,0.1,1e+300,-0.0]");
}

static void test_json_out__escapes(void **state)
{
    (void)state;
    struct at_json_out o = out_to(0);
    at_json_put_str(&o, (struct at_str){"\"\\/\b\f\n\r\t\x01\x1F\x7F\0é€😀", 20});
    check_out(&o, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\\u0000é€\xEF\xBF\xBD\xEF\xBF\xBD"
                  "\xEF\xBF\xBD\"");
}

static void test_json_out__invalid_utf8_becomes_the_mark(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"a\xFFz", "\"a\xEF\xBF\xBDz\""},
        {"\xC3", "\"\xEF\xBF\xBD\""},
        {"\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xE2\x82\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\\\"\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct at_json_out o = out_to(0);
        at_json_put_text(&o, rows[i][0]);
        check_out(&o, rows[i][1]);
    }
}

static void test_json_out__copies_a_parsed_value(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,2.5,\"x\\ny\",true,false,null,{}],\"b\":{\"c\":-0.125}}";
    at_json *v = parse(text);
    struct at_json_out o = out_to(0);
    at_json_put_value(&o, v);
    check_out(&o, text);
    o = out_to(0);
    at_json_put_value(&o, NULL);
    check_out(&o, "null");
    at_json_free(v);
}

static void test_json_out__failures_stick(void **state)
{
    (void)state;
    attune_error err;
    struct at_buf small = {.limit_bytes = 20};
    struct at_json_out o = at_json_out_to(&small, 0);
    at_json_array_begin(&o);
    at_json_put_text(&o, "this is longer than the limit");
    at_json_put_int(&o, 1);
    at_json_array_end(&o);
    assert_fails(at_json_end(&o, &err), ATTUNE_LIMIT, "limit");
    at_buf_release(&small);
    attune_status status = ATTUNE_NO_MEMORY;
    size_t n = 1;
    for (; status != ATTUNE_OK; n++) {
        o = out_to(2);
        at_alloc_fail_after(n);
        write_all(&o);
        at_alloc_fail_after(0);
        status = at_json_end(&o, &err);
        assert_true(status == ATTUNE_OK || status == ATTUNE_NO_MEMORY);
    }
    assert_true(n > 2);
    at_buf_release(&buf);
}

/* Last: from here on jansson allocates through at_alloc. */
static void test_json__every_allocation_may_fail(void **state)
{
    (void)state;
    attune_error err;
    static const char text[] = "{\"a\":[1,2.5,\"text\",{\"b\":null}],\"c\":{\"d\":\"\\u00e9\"}}";
    size_t n = 1;
    for (;; n++) {
        at_json *json;
        at_alloc_fail_after(n);
        const attune_status status = at_json_parse(&json, text, sizeof text - 1, "t", &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK) {
            at_json_free(json);
            break;
        }
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(json);
    }
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json__reads_every_type),
        cmocka_unit_test(test_json__a_wrong_type_gives_the_default),
        cmocka_unit_test(test_json__type_names),
        cmocka_unit_test(test_json__members_in_order),
        cmocka_unit_test(test_json__errors_say_where),
        cmocka_unit_test(test_json__depth_is_bounded),
        cmocka_unit_test(test_json_out__one_line),
        cmocka_unit_test(test_json_out__indented),
        cmocka_unit_test(test_json_out__numbers),
        cmocka_unit_test(test_json_out__escapes),
        cmocka_unit_test(test_json_out__invalid_utf8_becomes_the_mark),
        cmocka_unit_test(test_json_out__copies_a_parsed_value),
        cmocka_unit_test(test_json_out__failures_stick),
        cmocka_unit_test(test_json__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
