#include "support/reader_text.h"

#include <stdlib.h>
#include <unistd.h>

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static void expect_file(const char *dir, const char *name, const char *format, const char *text,
                        const char *wanted)
{
    char path[256];
    struct at_reader *reader;
    struct at_buf got = {0};
    attune_error err;
    uint64_t done, total;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    write_file(path, text);
    assert_ok(at_reader_open(&reader, path, format, &reader_text_options, &err));
    assert_ok(reader_text_drain(reader, &got, &err));
    at_reader_position(reader, &done, &total);
    assert_int_equal(done, strlen(text));
    assert_int_equal(total, strlen(text));
    at_reader_close(reader);
    assert_string_equal(got.data, wanted);
    at_buf_release(&got);
    unlink(path);
}

static void test_reader__the_name_tells_the_format(void **state)
{
    (void)state;
    char dir[] = "/tmp/attune_reader_XXXXXX";
    assert_non_null(mkdtemp(dir));
    static const char row[] = "{\"fan_id\":\"a\",\"text\":\"1\"}";
    expect_file(dir, "x.jsonl", NULL, row, "a [1]\n");
    expect_file(dir, "x.ndjson", NULL, row, "a [1]\n");
    expect_file(dir, "x.json", NULL, "[{\"fan_id\":\"a\",\"text\":\"1\"}]", "a [1]\n");
    expect_file(dir, "x.csv", NULL, "fan_id,text\na,1", "a [1]\n");
    expect_file(dir, "x.tsv", NULL, "fan_id\ttext\na\t1", "a [1]\n");
    expect_file(dir, "x.jsonl.gz", NULL, row,
                "a [1]\n"); /* the content says whether it is packed */
    expect_file(dir, "x.csv.zst", NULL, "fan_id,text\na,1", "a [1]\n");
    expect_file(dir, "x.txt", "csv", "fan_id,text\na,1", "a [1]\n");
    rmdir(dir);
}

static void test_reader__unknown_formats_list_what_there_is(void **state)
{
    (void)state;
    struct at_reader *reader;
    attune_error err;
    assert_fails(at_reader_open(&reader, "x.txt", NULL, &reader_text_options, &err), ATTUNE_INVALID,
                 "cannot tell the format of 'x.txt' from its name; name one of csv, json, jsonl");
    assert_fails(at_reader_open(&reader, ".csv", NULL, &reader_text_options, &err), ATTUNE_INVALID,
                 "cannot tell");
    assert_fails(at_reader_open(&reader, "x.csv", "xml", &reader_text_options, &err),
                 ATTUNE_INVALID, "unknown format 'xml'; there are csv, json, jsonl");
    assert_fails(at_reader_open(&reader, "/nowhere/x.csv", NULL, &reader_text_options, &err),
                 ATTUNE_IO, "cannot open '/nowhere/x.csv': No such file");
    assert_null(reader);
}

static void test_reader__a_damaged_file_is_no_bad_row(void **state)
{
    (void)state;
#ifdef ATTUNE_HAVE_ZLIB
    struct at_reader *reader;
    struct at_buf got = {0};
    attune_error err;
    assert_ok(at_reader_open_memory(&reader, "\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03", 10, "f",
                                    "jsonl", &reader_text_options, &err));
    assert_fails(reader_text_drain(reader, &got, &err), ATTUNE_CORRUPT, "cut off");
    at_reader_close(reader);
    at_buf_release(&got);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader__the_name_tells_the_format),
        cmocka_unit_test(test_reader__unknown_formats_list_what_there_is),
        cmocka_unit_test(test_reader__a_damaged_file_is_no_bad_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
