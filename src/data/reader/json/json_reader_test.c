#include "support/reader_text.h"

#include "base/alloc.h"
#include "base/json.h"

#define JSON(text, wanted) assert_reads("json", text, wanted)
#define A                  "{\"fan_id\":\"a\",\"text\":\"1\"}"
#define B                  "{\"fan_id\":\"b\",\"text\":\"2\"}"

static void test_json__an_array_of_profiles(void **state)
{
    (void)state;
    JSON("[" A "," B "]", "a [1]\nb [2]\n");
    JSON("\xEF\xBB\xBF \n[\n " A " ,\n\n" B "\n]\n", "a [1]\nb [2]\n");
    JSON("[]", "");
    JSON("", "");
    JSON(" \n", "");
    JSON("[{\"fan_id\":\"]}{[\",\"text\":\"\\\"]\\\\\",\"x\":[[{}],{\"y\":[]}]}]",
         "]}{[ [\"]\\]\n");
}

static void test_json__an_object_that_holds_them(void **state)
{
    (void)state;
    JSON("{\"version\": 1, \"meta\": {\"profiles\": []}, \"profiles\": [" A ", " B
         "], \"end\": [1]}",
         "a [1]\nb [2]\n");
    JSON("{\"profiles\":[]}", "");
}

static void test_json__one_profile_or_several_in_a_row(void **state)
{
    (void)state;
    JSON(A, "a [1]\n");
    JSON(" {\n\"fan_id\" : \"a\" ,\n\"messages\":[\"x\",\n\"y\"] }\n", "a [x] [y]\n");
    JSON(A "\n" B "\n", "a [1]\nb [2]\n");
    JSON("{}", "! f:1: fan_id: missing or empty; expected a text\n");
    JSON("{\"profiles\":\"none\",\"fan_id\":\"a\",\"text\":\"\"}", "a []\n");
}

static void test_json__a_broken_element_is_passed_over(void **state)
{
    (void)state;
    JSON("[" A ",\n{\"fan_id\":tru},\n5, \"x\",\n\n{\"fan_id\":\n\"b\"\n\"c\"},\n" B "]",
         "a [1]\n"
         "! f:2: not valid JSON: invalid token near 'tru' (column 13, byte 13)\n"
         "! f:3: expected an object (one profile), got number\n"
         "! f:3: expected an object (one profile), got string\n"
         "! f:5: not valid JSON, counted from here: '}' expected near '\"c\"' (line 3, column 3, "
         "byte "
         "18)\n"
         "b [2]\n");
    JSON("[" A ",\n{\"fan_id\":\"x\xFF\"},\n" B "]",
         "a [1]\n"
         "! f:2: invalid UTF-8: byte 0xFF at byte offset 12 of the row (40 of the file)\n"
         "b [2]\n");
}

static void test_json__commas_too_many_and_too_few(void **state)
{
    (void)state;
    JSON("[" A "\n" B "]", "a [1]\n! f:2: a ',' is missing before this profile\nb [2]\n");
    JSON("[" A ",]", "a [1]\n! f:1: expected a profile after ',', got ']'\n");
    JSON("[,," A "]",
         "! f:1: expected a profile, got ','\n! f:1: expected a profile, got ','\na [1]\n");
}

static void test_json__what_cannot_be_read_on_ends_the_file(void **state)
{
    (void)state;
    JSON("[" A, "a [1]\n! f:1: the file ends where ',' or ']' is expected\n");
    JSON("[" A ",\n", "a [1]\n! f:2: the file ends where a profile is expected\n");
    JSON("[" A ",\n{\"fan_id\":", "a [1]\n! f:2: a value that is cut off: the file ends before its "
                                  "brackets do\n");
    JSON("[\"abc", "! f:1: a value that is cut off: the file ends before its text does\n");
    JSON("[" A "}", "a [1]\n! f:1: expected ',' or ']', got '}'; nothing after it is read\n");
    JSON(A "]",
         "a [1]\n! f:1: expected an array of profiles or an object, got ']'; nothing after it is "
         "read\n");
    JSON("\xFF",
         "! f:1: expected an array of profiles or an object, got byte 0xFF; nothing after it "
         "is read\n");
    JSON("{\"profiles\":[" A "]", "a [1]\n! f:1: the file ends where a name in quotes or '}' is "
                                  "expected\n");
    JSON("{\"a\" 1}", "! f:1: expected ':' behind a name, got '1'; nothing after it is read\n");
    JSON("{\"a\":}", "! f:1: expected a value, got '}'; nothing after it is read\n");
    JSON("{a:1}", "! f:1: expected a name in quotes or '}', got 'a'; nothing after it is read\n");
}

static void test_json__limits(void **state)
{
    (void)state;
    struct at_reader_options options = reader_text_options;
    options.max_row_bytes = 30;
    assert_reads_with("json", &options,
                      "[" A ",{\"fan_id\":\"long\",\"text\":\"123456789\"}," B "]",
                      "a [1]\n! f:1: a value longer than 30 bytes\nb [2]\n");
    assert_reads_with("json", &options, "{\"fan_id\":\"long\",\n\"text\":\"1234567890\"}",
                      "! f:2: a value longer than 30 bytes\n");
}

/* An array far larger than the window and than any bound on a row. */
static void test_json__a_large_array_streams(void **state)
{
    (void)state;
    struct at_buf text = {0};
    struct at_reader *reader;
    struct at_reader_options options = reader_text_options;
    attune_error err;
    const struct at_profile *profile;
    size_t n = 0;
    assert_ok(at_buf_addz(&text, "{\"profiles\":[", &err));
    for (int i = 0; i < 20000; i++)
        assert_ok(at_buf_addf(&text, &err, "%s{\"fan_id\":\"f%d\",\n \"messages\":[\"%0*d\"]}",
                              i ? ",\n" : "", i, i % 300 + 1, i));
    assert_ok(at_buf_addz(&text, "]}", &err));
    options.max_row_bytes = 1000;
    assert_ok(at_reader_open_memory(&reader, text.data, text.len, "f", "json", &options, &err));
    for (;; n++) {
        char fan[16];
        assert_ok(at_reader_next(reader, &profile, &err));
        if (!profile)
            break;
        snprintf(fan, sizeof fan, "f%zu", n);
        assert_true(at_str_equal(profile->fan_id, at_str_from(fan)));
        assert_int_equal(profile->messages[0].text.len < n % 300 + 1, 0);
        assert_int_equal(at_reader_line(reader), 2 * n + 1);
    }
    assert_int_equal(n, 20000);
    at_reader_close(reader);
    at_buf_release(&text);
}

static void test_json__every_allocation_failing_once(void **state)
{
    (void)state;
    static const char text[] =
        "{\"x\":[], \"profiles\":[" A ",{\"fan_id\":3}]}{\"fan_id\":\"z\",\"text\":\"\"}";
    for (size_t n = 1, done = 0; !done; n++) {
        struct at_buf got = {0};
        attune_error err;
        assert_ok(at_buf_reserve(&got, 4096, &err));
        at_alloc_fail_after(n);
        const attune_status status =
            reader_text(&got, "json", text, sizeof text - 1, &reader_text_options, &err);
        at_alloc_fail_after(0);
        done = status == ATTUNE_OK;
        assert_true(done || status == ATTUNE_NO_MEMORY);
        if (done)
            assert_string_equal(got.data,
                                "a [1]\n! f:1: messages: missing; expected an array of texts (or "
                                "one text in 'text')\nz []\n");
        assert_true(!done || n > 10);
        at_buf_release(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json__an_array_of_profiles),
        cmocka_unit_test(test_json__an_object_that_holds_them),
        cmocka_unit_test(test_json__one_profile_or_several_in_a_row),
        cmocka_unit_test(test_json__a_broken_element_is_passed_over),
        cmocka_unit_test(test_json__commas_too_many_and_too_few),
        cmocka_unit_test(test_json__what_cannot_be_read_on_ends_the_file),
        cmocka_unit_test(test_json__limits),
        cmocka_unit_test(test_json__a_large_array_streams),
        cmocka_unit_test(test_json__every_allocation_failing_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
