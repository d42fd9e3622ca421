#include "support/reader_text.h"

#include "base/alloc.h"
#include "base/json.h"

#define JSONL(text, wanted) assert_reads("jsonl", text, wanted)

static void test_jsonl__the_two_lines_of_the_contract(void **state)
{
    (void)state;
    JSONL("{\"fan_id\":\"f1\",\"messages\":[\"hey\",\"did you get my message?\"],"
          "\"personality\":\"Emotional\",\"engagement\":\"high\",\"language\":\"en\"}\n"
          "{\"fan_id\":\"f2\",\"messages\":[{\"text\":\"hi\",\"at\":\"2026-01-03T10:00:00Z\","
          "\"from\":\"fan\"}],\"labels\":{\"engagement\":\"low\"}}\n",
          "f1 en personality=Emotional engagement=high [hey] [did you get my message?]\n"
          "f2 engagement=low [hi]@2026-01-03T10:00:00Z\n");
}

static void test_jsonl__messages_may_mix_texts_and_objects(void **state)
{
    (void)state;
    JSONL("{\"fan_id\":\"a\",\"messages\":[\"x\",{\"text\":\"y\",\"from\":\"creator\",\"mood\":1},"
          "{\"text\":\"\",\"at\":null,\"from\":null}]}",
          "a [x] [y]< []\n");
    JSONL("{\"fan_id\":\"a\",\"messages\":[]}", "a\n");
    JSONL("{\"fan_id\":\"a\",\"text\":\"one\",\"messages\":null}", "a [one]\n");
}

static void test_jsonl__labels_are_texts_whole_numbers_or_booleans(void **state)
{
    (void)state;
    JSONL("{\"fan_id\":\"a\",\"text\":\"\",\"personality\":-3,\"engagement\":true}",
          "a personality=-3 engagement=true []\n");
    JSONL("{\"fan_id\":7,\"text\":\"\",\"personality\":null,\"other\":{}}", "7 []\n");
    JSONL(
        "{\"fan_id\":\"a\",\"text\":\"\",\"personality\":\"E\",\"labels\":{\"personality\":\"E\"}}",
        "a personality=E []\n");
    JSONL("{\"fan_id\":\"a\",\"text\":\"\",\"split\":\"val\",\"labels\":null}", "a val []\n");
}

static void test_jsonl__blank_lines_bom_and_line_ends_do_not_count(void **state)
{
    (void)state;
    JSONL("\xEF\xBB\xBF{\"fan_id\":\"a\",\"text\":\"1\"}\r\n\n "
          "\t\r\n{\"fan_id\":\"b\",\"text\":\"2\"}",
          "a [1]\nb [2]\n");
    JSONL("", "");
    JSONL("\n\n", "");
}

static void test_jsonl__a_bad_row_is_named_and_the_others_are_read(void **state)
{
    (void)state;
    JSONL("{\"fan_id\":\"a\",\"text\":\"1\"}\n"
          "{\"fan_id\":\"b\",\"text\":\n"
          "\n"
          "[1]\n"
          "{\"fan_id\":\"c\",\"text\":\"3\"}\n",
          "a [1]\n"
          "! f:2: not valid JSON: unexpected token near end of file (column 21, byte 21)\n"
          "! f:4: expected an object (one profile), got array\n"
          "c [3]\n");
}

static void test_jsonl__messages_of_bad_fields(void **state)
{
    (void)state;
    JSONL("{\"text\":\"x\"}", "! f:1: fan_id: missing or empty; expected a text\n");
    JSONL("{\"fan_id\":\"\",\"text\":\"x\"}", "! f:1: fan_id: missing or empty; expected a text\n");
    JSONL("{\"fan_id\":1.5,\"text\":\"x\"}", "! f:1: fan_id: expected a text, got number\n");
    JSONL("{\"fan_id\":\"a\"}",
          "! f:1: messages: missing; expected an array of texts (or one text in "
          "'text')\n");
    JSONL("{\"fan_id\":\"a\",\"text\":3}", "! f:1: text: expected a text, got number\n");
    JSONL("{\"fan_id\":\"a\",\"text\":\"\",\"messages\":[]}",
          "! f:1: messages and text: give one of them, not both\n");
    JSONL("{\"fan_id\":\"a\",\"messages\":\"x\"}",
          "! f:1: messages: expected an array of texts, got string\n");
    JSONL("{\"fan_id\":\"a\",\"messages\":[\"x\",4]}",
          "! f:1: messages[1]: expected a text or an object with text, got number\n");
    JSONL("{\"fan_id\":\"a\",\"messages\":[{\"at\":\"\"}]}",
          "! f:1: messages[0]: text: expected a text, got nothing\n");
    JSONL("{\"fan_id\":\"a\",\"messages\":[{\"text\":\"\",\"at\":\"2026-02-30T10:00:00Z\"}]}",
          "! f:1: messages[0]: at: expected an RFC 3339 time such as 2026-01-03T10:00:00Z, got "
          "'2026-02-30T10:00:00Z'\n");
    JSONL("{\"fan_id\":\"a\",\"messages\":[{\"text\":\"\",\"at\":17}]}",
          "! f:1: messages[0]: at: expected an RFC 3339 time such as 2026-01-03T10:00:00Z, got "
          "number\n");
    JSONL("{\"fan_id\":\"a\",\"messages\":[{\"text\":\"\",\"from\":\"bot\"}]}",
          "! f:1: messages[0]: from: expected fan or creator, got 'bot'\n");
    JSONL("{\"fan_id\":\"a\",\"messages\":[{\"text\":\"\",\"from\":{}}]}",
          "! f:1: messages[0]: from: expected fan or creator, got object\n");
    JSONL("{\"fan_id\":\"a\",\"text\":\"\",\"split\":\"dev\"}",
          "! f:1: split: expected train, val or test, got 'dev'\n");
    JSONL("{\"fan_id\":\"a\",\"text\":\"\",\"split\":1}",
          "! f:1: split: expected train, val or test, got number\n");
    JSONL("{\"fan_id\":\"a\",\"text\":\"\",\"language\":[]}",
          "! f:1: language: expected a tag such as en or pt-BR, got array\n");
}

static void test_jsonl__messages_of_bad_labels(void **state)
{
    (void)state;
    JSONL(
        "{\"fan_id\":\"a\",\"text\":\"\",\"personality\":\"E\",\"labels\":{\"personality\":\"C\"}}",
        "! f:1: labels: personality: conflict: both 'E' and 'C' are given\n");
    JSONL("{\"fan_id\":\"a\",\"text\":\"\",\"personality\":1.5}",
          "! f:1: personality: expected a text, got number\n");
    JSONL("{\"fan_id\":\"a\",\"text\":\"\",\"personality\":\"\"}",
          "! f:1: personality: an empty label; leave it out or write null\n");
    JSONL(
        "{\"fan_id\":\"a\",\"text\":\"\",\"labels\":[]}",
        "! f:1: labels: expected an object such as {\"personality\": \"Emotional\"}, got array\n");
    JSONL("{\"fan_id\":\"a\",\"text\":\"\",\"text\":\"\"}",
          "! f:1: not valid JSON: duplicate object key near '\"text\"' (column 30, byte 30)\n");
}

static void test_jsonl__bad_bytes_are_named_by_their_offset(void **state)
{
    (void)state;
    JSONL("{\"fan_id\":\"a\",\"text\":\"1\"}\n{\"fan_id\":\"b\",\"text\":\"\xC3\x28\"}\n",
          "a [1]\n! f:2: invalid UTF-8: byte 0xC3 at byte offset 22 of the row (48 of the file)\n");
    JSONL("\n{\"fan_id\":\"b\0\",\"text\":\"\"}\n",
          "! f:2: NUL at byte offset 12 of the row (13 of the file)\n");
    JSONL("{\"fan_id\":\"b\",\"text\":\"a\\u0000b\"}\n",
          "! f:1: not valid JSON: a NUL (\\u0000) in a text (column 31, byte 31)\n");
    JSONL("{\"fan_id\":\"b\",\"text\":\"\xED\xA0\x80\"}\n",
          "! f:1: invalid UTF-8: byte 0xED at byte offset 22 of the row (22 of the file)\n");
}

static void test_jsonl__limits(void **state)
{
    (void)state;
    struct at_reader_options options = reader_text_options;
    options.max_row_bytes = 40;
    options.max_message_bytes = 4;
    assert_reads_with("jsonl", &options,
                      "{\"fan_id\":\"a\",\"text\":\"1234\"}\n"
                      "{\"fan_id\":\"b\",\"text\":\"12345\"}\n"
                      "{\"fan_id\":\"c\",\"text\":\"1\",\"filling\":\"123456789\"}\n"
                      "{\"fan_id\":\"d\",\"text\":\"1\"}",
                      "a [1234]\n"
                      "! f:2: text: a message of 5 bytes; at most 4 are allowed\n"
                      "! f:3: a line longer than 40 bytes\n"
                      "d [1]\n");
}

static void test_jsonl__without_fan_id_rows_are_numbered(void **state)
{
    (void)state;
    struct at_reader_options options = reader_text_options;
    options.need_fan_id = false;
    assert_reads_with(
        "jsonl", &options,
        "{\"text\":\"1\"}\n\n{\"text\":2}\n{\"id\":\"x\",\"text\":\"3\"}\n{\"text\":\"4\"}",
        "row-1 [1]\n! f:3: text: expected a text, got number\nx [3]\nrow-4 [4]\n");
    assert_reads("jsonl", "{\"id\":\"x\",\"text\":\"3\"}",
                 "! f:1: fan_id: missing or empty; expected a text\n");
}

static void test_jsonl__every_allocation_failing_once(void **state)
{
    (void)state;
    static const char text[] =
        "{\"fan_id\":\"a\",\"messages\":[\"1\",{\"text\":\"2\"}],\"personality\":4}\n"
        "{\"text\":\"no id\"}\n"
        "{\"fan_id\":\"b\",\"text\":\"1\",\"labels\":{\"engagement\":\"low\"}}\n";
    size_t failed = 0;
    for (size_t n = 1;; n++) {
        struct at_buf got = {.limit_bytes = 0};
        attune_error err;
        assert_ok(at_buf_reserve(&got, 4096, &err)); /* so that only the reader allocates */
        at_alloc_fail_after(n);
        const attune_status status =
            reader_text(&got, "jsonl", text, sizeof text - 1, &reader_text_options, &err);
        at_alloc_fail_after(0);
        const bool whole = status == ATTUNE_OK;
        if (whole)
            assert_string_equal(got.data, "a personality=4 [1] [2]\n"
                                          "! f:2: fan_id: missing or empty; expected a text\n"
                                          "b engagement=low [1]\n");
        else
            assert_int_equal(status, ATTUNE_NO_MEMORY);
        at_buf_release(&got);
        if (whole)
            break;
        failed++;
    }
    assert_true(failed > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonl__the_two_lines_of_the_contract),
        cmocka_unit_test(test_jsonl__messages_may_mix_texts_and_objects),
        cmocka_unit_test(test_jsonl__labels_are_texts_whole_numbers_or_booleans),
        cmocka_unit_test(test_jsonl__blank_lines_bom_and_line_ends_do_not_count),
        cmocka_unit_test(test_jsonl__a_bad_row_is_named_and_the_others_are_read),
        cmocka_unit_test(test_jsonl__messages_of_bad_fields),
        cmocka_unit_test(test_jsonl__messages_of_bad_labels),
        cmocka_unit_test(test_jsonl__bad_bytes_are_named_by_their_offset),
        cmocka_unit_test(test_jsonl__limits),
        cmocka_unit_test(test_jsonl__without_fan_id_rows_are_numbered),
        cmocka_unit_test(test_jsonl__every_allocation_failing_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
