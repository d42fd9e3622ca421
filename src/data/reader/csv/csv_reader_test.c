#include "support/reader_text.h"

#include "base/alloc.h"

#define CSV(text, wanted) assert_reads("csv", text, wanted)

static void test_csv__rows_of_one_fan_are_one_profile(void **state)
{
    (void)state;
    CSV("fan_id,text,personality\n"
        "a,hey,Emotional\n"
        "a,you there?,\n"
        "b,hi,\n"
        "a,again,\n",
        "a personality=Emotional [hey] [you there?]\nb [hi]\na [again]\n");
}

static void test_csv__all_columns_in_any_order(void **state)
{
    (void)state;
    CSV("at,messages,engagement, from ,mood,split,language,fan_id\r\n"
        "2026-01-03T10:00:00Z,hi,low,creator,x,test,en,a\r\n"
        ",bye,low,,y,,,a\r\n",
        "a en test engagement=low [hi]<@2026-01-03T10:00:00Z [bye]\n");
}

static void test_csv__quotes_line_breaks_and_separators(void **state)
{
    (void)state;
    CSV("fan_id,text\n"
        "a,\"one, two\"\n"
        "a,\"she said \"\"hi\"\"\"\n"
        "a,\"line one\r\nline two\n\"\n"
        "a,\"\"\n"
        "\"a\",\"\"\"\"\n",
        "a [one, two] [she said \"hi\"] [line one\r\nline two\n] [] [\"]\n");
    CSV("fan_id;text\na;x,y\n", "a [x,y]\n");
    CSV("fan_id\ttext\na\tx,y;z\n", "a [x,y;z]\n");
    CSV("\xEF\xBB\xBF\"fan_id\",\"text\"\na,x", "a [x]\n");
}

static void test_csv__empty_files_and_blank_rows(void **state)
{
    (void)state;
    CSV("", "");
    CSV("fan_id,text", "");
    CSV("fan_id,text\n\n\na,x\n\r\na,y\n", "a [x] [y]\n");
}

static void test_csv__a_header_that_lacks_a_column(void **state)
{
    (void)state;
    attune_error err;
    struct at_reader *reader = NULL;
#define OPEN(text)                                                                                 \
    at_reader_open_memory(&reader, text, sizeof(text) - 1, "f", "csv", &reader_text_options, &err)
    assert_fails(OPEN("name,text\n"), ATTUNE_FORMAT,
                 "f:1: the header has no column 'fan_id'; it has: name, text");
    assert_fails(OPEN("fan_id,message\n"), ATTUNE_FORMAT,
                 "f:1: the header has no column 'text'; it has: fan_id, message");
    assert_fails(OPEN("fan_id,text,text\n"), ATTUNE_FORMAT, "f:1: two columns are named 'text'");
    assert_fails(OPEN("fan_id,\"te\"xt\n"), ATTUNE_FORMAT, "f:1: text behind the closing quote");
    assert_fails(OPEN("fan_id,text\xFF\n"), ATTUNE_FORMAT, "f:1: invalid UTF-8");
    assert_null(reader);
}

static void test_csv__a_bad_row_is_named_and_left_out(void **state)
{
    (void)state;
    CSV("fan_id,text,at,from\n"
        "a,1,,\n"
        "a,2,yesterday,\n"
        "a,3,,bot\n"
        "a,4\n"
        "a,5,,,\n"
        ",6,,\n"
        "a,\"7\n7\"x,,\n"
        "a,8\"8,,\n"
        "a,9\xC3(,,\n"
        "a,10,,fan\n"
        "b,11,,bot\n"
        "c,12,,\n",
        "! f:3: at: expected an RFC 3339 time such as 2026-01-03T10:00:00Z, got 'yesterday'\n"
        "! f:4: from: expected fan or creator, got 'bot'\n"
        "! f:5: 2 fields where the header has 4\n"
        "! f:6: 5 fields where the header has 4\n"
        "a [1]\n"
        "! f:7: fan_id: missing or empty; expected a text\n"
        "! f:8: text behind the closing quote, at byte offset 7 of the row\n"
        "! f:10: a quote inside a field without quotes, at byte offset 3 of the row; put the field "
        "in quotes and double those inside\n"
        "! f:11: invalid UTF-8: byte 0xC3 at byte offset 3 of the row (88 of the file)\n"
        "a [10]\n"
        "! f:13: from: expected fan or creator, got 'bot'\n"
        "c [12]\n");
}

static void test_csv__conflicts_within_a_profile(void **state)
{
    (void)state;
    CSV("fan_id,text,personality,split,language\n"
        "a,1,,,\n"
        "a,2,E,train,en\n"
        "a,3,C,train,en\n"
        "a,4,E,test,\n"
        "a,5,E,,fr\n"
        "a,6,E,dev,\n"
        "a,7,E,train,en\n",
        "! f:4: personality: conflict: 'C' here, 'E' in a row before\n"
        "! f:5: split: conflict: 'test' here, 'train' in a row before\n"
        "! f:6: language: conflict: 'fr' here, 'en' in a row before\n"
        "! f:7: split: expected train, val or test, got 'dev'\n"
        "a en train personality=E [1] [2] [7]\n");
}

static void test_csv__a_quote_never_closed(void **state)
{
    (void)state;
    CSV("fan_id,text\na,1\nb,\"2\nc,3\n", "! f:3: a quote that is never closed\na [1]\n");
    CSV("fan_id,text\na,\"", "! f:2: a quote that is never closed\n");
}

static void test_csv__limits(void **state)
{
    (void)state;
    struct at_reader_options options = reader_text_options;
    options.max_row_bytes = 20;
    options.max_message_bytes = 12;
    assert_reads_with("csv", &options,
                      "fan_id,text\na,123456789012\na,1234567890123\n"
                      "b,\"a row that is far longer\nthan it may be, \"\"really\"\"\"\nc,x\n",
                      "! f:2: fan 'a' has more than 20 bytes of messages; left out\n"
                      "! f:4: a row longer than 20 bytes\n"
                      "! f:6: fan 'c' has more than 20 bytes of messages; left out\n");
    options.max_row_bytes = 100;
    assert_reads_with("csv", &options, "fan_id,text\na,123456789012\na,1234567890123\n",
                      "! f:3: text: a message of 13 bytes; at most 12 are allowed\n"
                      "a [123456789012]\n");
}

static void test_csv__without_fan_id_every_row_is_a_profile(void **state)
{
    (void)state;
    struct at_reader_options options = reader_text_options;
    options.need_fan_id = false;
    assert_reads_with("csv", &options, "text,engagement\nx,low\n\ny,\nz,high\n",
                      "row-1 engagement=low [x]\nrow-2 [y]\nrow-3 engagement=high [z]\n");
    assert_reads_with("csv", &options, "id,text\nx,1\nx,2\n,3\n", "x [1] [2]\nrow-3 [3]\n");
    assert_reads_with("csv", &options, "text\nonly one column\n", "row-1 [only one column]\n");
}

/* Rows of every length around the window, with quotes that hide line breaks across its end. */
static void test_csv__rows_cross_the_window(void **state)
{
    (void)state;
    struct at_buf text = {0};
    struct at_reader *reader;
    const struct at_profile *profile;
    attune_error err;
    assert_ok(at_buf_addz(&text, "fan_id,text\n", &err));
    for (size_t len = 3; len < 400000; len = len * 4 / 3) {
        assert_ok(at_buf_addf(&text, &err, "f%zu,\"", len));
        for (size_t i = 0; i < len / 3; i++)
            assert_ok(at_buf_addz(&text, "\"\"\n", &err)); /* a quote and a line break */
        assert_ok(at_buf_addz(&text, "\"\n", &err));
    }
    assert_ok(at_reader_open_memory(&reader, text.data, text.len, "f", "csv", &reader_text_options,
                                    &err));
    for (size_t len = 3; len < 400000; len = len * 4 / 3) {
        assert_ok(at_reader_next(reader, &profile, &err));
        assert_non_null(profile);
        assert_int_equal(profile->messages[0].text.len, len / 3 * 2);
    }
    assert_ok(at_reader_next(reader, &profile, &err));
    assert_null(profile);
    at_reader_close(reader);
    at_buf_release(&text);
}

static void test_csv__every_allocation_failing_once(void **state)
{
    (void)state;
    static const char text[] = "fan_id,text,language,personality\na,1,en,E\na,2,,\nb,3,x\nc,4,,C\n";
    for (size_t n = 1, done = 0; !done; n++) {
        struct at_buf got = {0};
        attune_error err;
        assert_ok(at_buf_reserve(&got, 4096, &err));
        at_alloc_fail_after(n);
        const attune_status status =
            reader_text(&got, "csv", text, sizeof text - 1, &reader_text_options, &err);
        at_alloc_fail_after(0);
        done = status == ATTUNE_OK;
        assert_true(done ? n > 8 : status == ATTUNE_NO_MEMORY);
        if (done)
            assert_string_equal(got.data, "! f:4: 3 fields where the header has 4\n"
                                          "a en personality=E [1] [2]\nc personality=C [4]\n");
        at_buf_release(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv__rows_of_one_fan_are_one_profile),
        cmocka_unit_test(test_csv__all_columns_in_any_order),
        cmocka_unit_test(test_csv__quotes_line_breaks_and_separators),
        cmocka_unit_test(test_csv__empty_files_and_blank_rows),
        cmocka_unit_test(test_csv__a_header_that_lacks_a_column),
        cmocka_unit_test(test_csv__a_bad_row_is_named_and_left_out),
        cmocka_unit_test(test_csv__conflicts_within_a_profile),
        cmocka_unit_test(test_csv__a_quote_never_closed),
        cmocka_unit_test(test_csv__limits),
        cmocka_unit_test(test_csv__without_fan_id_every_row_is_a_profile),
        cmocka_unit_test(test_csv__rows_cross_the_window),
        cmocka_unit_test(test_csv__every_allocation_failing_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
