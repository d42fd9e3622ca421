#include "support/test.h"

#include "base/alloc.h"
#include "cli/grid.h"
#include "cli/page.h"
#include "cli/score.h"

static struct at_page page;

static void expect(const char *text)
{
    assert_int_equal(page.status, ATTUNE_OK);
    assert_string_equal(page.buf.data, text);
    at_buf_release(&page.buf);
    page = (struct at_page){0};
}

static void test_page__control_characters_do_not_reach_the_terminal(void **state)
{
    (void)state;
    at_page_addf(&page, "a\033[31mb\r\x7f\xC2\x9B%s\n", "c\033");
    expect("a?[31mb???c?\n");
    at_page_addf(&page, "é 漢\n");
    expect("é 漢\n");
}

static void test_page__styles_show_with_colour_only(void **state)
{
    (void)state;
    at_page_styled(&page, AT_STYLE_BOLD, "x");
    expect("x");
    page.color = true;
    at_page_styled(&page, AT_STYLE_BOLD, "x");
    expect("\033[1mx\033[0m");
}

static void test_page__long_texts_are_whole(void **state)
{
    (void)state;
    char text[5001];
    memset(text, 'x', 5000);
    text[5000] = '\0';
    at_page_addf(&page, "%s", text);
    expect(text);
}

static void test_page__wraps_at_words(void **state)
{
    (void)state;
    at_page_wrap(&page, 2, 10, "one two three\n\nfour averyverylongword");
    expect("  one two\n  three\n\n  four\n  averyverylongword\n");
}

static void test_page__numbers_sizes_and_times_read_well(void **state)
{
    (void)state;
    char text[32];
    at_page_number(text, 1234567);
    assert_string_equal(text, "1,234,567");
    at_page_number(text, -123);
    assert_string_equal(text, "-123");
    char size[24];
    at_page_bytes(size, 999);
    assert_string_equal(size, "999 B");
    at_page_bytes(size, 1234567);
    assert_string_equal(size, "1.2 MB");
    at_page_time(size, at_str_from("2026-01-03T10:00:00Z"));
    assert_string_equal(size, "2026-01-03 10:00");
    at_page_time(size, at_str_from("soon"));
    assert_string_equal(size, "-");
    at_page_bar(&page, 0.5, 4);
    at_page_bar(&page, 2, 2);
    at_page_bar(&page, -1, 2);
    expect("##..##..");
}

static void test_page__grid_aligns_by_characters_and_leaves_no_trailing_space(void **state)
{
    (void)state;
    struct at_grid grid = at_grid("lrl");
    at_grid_head(&grid, "name|n|");
    at_grid_add(&grid, AT_STYLE_PLAIN, "é");
    at_grid_add(&grid, AT_STYLE_PLAIN, "%d", 100);
    at_grid_add(&grid, AT_STYLE_PLAIN, "note");
    at_grid_add(&grid, AT_STYLE_PLAIN, "long name");
    at_grid_add(&grid, AT_STYLE_PLAIN, "%d", 7);
    at_grid_add(&grid, AT_STYLE_PLAIN, "%s", "");
    at_grid_end(&grid, &page, 1);
    expect(" name         n\n"
           " é          100  note\n"
           " long name    7\n");
}

static const char test_report[] =
    "{\"Emotional\":{\"precision\":0.5,\"recall\":0.25,\"f1-score\":0.333333,\"support\":4},"
    "\"low\":{\"precision\":1,\"recall\":1,\"f1-score\":1,\"support\":1000},\"accuracy\":0.875,"
    "\"macro avg\":{\"precision\":0.75,\"recall\":0.625,\"f1-score\":0.666,\"support\":1004},"
    "\"weighted avg\":{\"precision\":0.99,\"recall\":0.98,\"f1-score\":0.97,\"support\":1004}}";

static void test_score__report_has_the_layout_of_scikit_learn(void **state)
{
    (void)state;
    attune_error err;
    at_json *report = NULL;
    assert_ok(at_json_parse(&report, test_report, strlen(test_report), "test", &err));
    at_score_report(&page, report);
    at_json_free(report);
    expect("              precision    recall  f1-score   support\n"
           "\n"
           "   Emotional       0.50      0.25      0.33         4\n"
           "         low       1.00      1.00      1.00      1000\n"
           "\n"
           "    accuracy                           0.88      1004\n"
           "   macro avg       0.75      0.62      0.67      1004\n"
           "weighted avg       0.99      0.98      0.97      1004\n");
}

static at_json *parsed(const char *text)
{
    attune_error err;
    at_json *json = NULL;
    assert_ok(at_json_parse(&json, text, strlen(text), "test", &err));
    return json;
}

static void test_score__reliability_is_drawn_as_bars(void **state)
{
    (void)state;
    at_json *bins = parsed("[{\"n\":23,\"confidence\":0.55,\"accuracy\":0.5},"
                           "{\"n\":7,\"confidence\":0.75,\"accuracy\":1},"
                           "{\"n\":1,\"confidence\":1,\"accuracy\":0}]");
    at_score_reliability(&page, bins);
    at_json_free(bins);
    expect("  said  right  answers  share of right answers\n"
           "  0.55   0.50       23  ##########.|........\n"
           "  0.75   1.00        7  ###############|####\n"
           "  1.00   0.00        1  ...................|\n");
}

static void test_score__coverage_is_told_in_quarters(void **state)
{
    (void)state;
    at_json *curve = parsed("[{\"threshold\":0.9,\"coverage\":0.2,\"precision\":1},"
                            "{\"threshold\":0.8,\"coverage\":0.3,\"precision\":0.96},"
                            "{\"threshold\":0.7,\"coverage\":0.45,\"precision\":0.9},"
                            "{\"threshold\":0.6,\"coverage\":0.8,\"precision\":0.85},"
                            "{\"threshold\":0.5,\"coverage\":1,\"precision\":0.8}]");
    at_score_coverage(&page, curve);
    at_json_free(curve);
    expect("  answering   of all  right  confidence\n"
           "  the surest    30 %  0.960   from 0.80\n"
           "  the surest    80 %  0.850   from 0.60\n"
           "  everything   100 %  0.800   from 0.50\n");
}

static void test_score__a_threshold_says_how_many_answers_show_it(void **state)
{
    (void)state;
    at_json *kept = parsed("{\"choice\":{\"calibration\":\"none\",\"out_of_fold_answers\":200,"
                           "\"threshold\":{\"target_precision\":0.8,\"reached\":true,"
                           "\"min_confidence\":0.7,\"expected_coverage\":0.25,"
                           "\"out_of_fold_answers\":50}}}"),
            *none = parsed("{\"choice\":{\"calibration\":\"none\",\"out_of_fold_answers\":200,"
                           "\"threshold\":{\"target_precision\":0.9,\"reached\":false}}}");
    at_score_choice(&page, kept);
    expect(
        "  answers     from confidence 0.70 on, so that 80 % are right: 25 % of the fans get one\n"
        "              (50 of 200 answers out of fold show it)\n");
    at_score_choice(&page, none);
    expect("  answers     none: no confidence was shown to make 90 % of them right, by 200 answers "
           "out of fold;\n"
           "              ask for less, or train again with more fans\n");
    at_json_free(kept);
    at_json_free(none);
}

static void test_page__every_allocation_may_fail(void **state)
{
    (void)state;
    attune_status status = ATTUNE_NO_MEMORY;
    for (size_t n = 1; n < 100 && status != ATTUNE_OK; n++) {
        struct at_grid grid = at_grid("l");
        at_alloc_fail_after(n);
        at_page_addf(&page, "%s", "some text");
        for (int i = 0; i < 100; i++)
            at_grid_add(&grid, AT_STYLE_PLAIN, "%d", i);
        at_grid_end(&grid, &page, 0);
        at_alloc_fail_after(0);
        status = page.status;
        at_buf_release(&page.buf);
        page = (struct at_page){0};
    }
    assert_int_equal(status, ATTUNE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page__control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(test_page__styles_show_with_colour_only),
        cmocka_unit_test(test_page__long_texts_are_whole),
        cmocka_unit_test(test_page__wraps_at_words),
        cmocka_unit_test(test_page__numbers_sizes_and_times_read_well),
        cmocka_unit_test(test_page__grid_aligns_by_characters_and_leaves_no_trailing_space),
        cmocka_unit_test(test_score__report_has_the_layout_of_scikit_learn),
        cmocka_unit_test(test_score__reliability_is_drawn_as_bars),
        cmocka_unit_test(test_score__coverage_is_told_in_quarters),
        cmocka_unit_test(test_score__a_threshold_says_how_many_answers_show_it),
        cmocka_unit_test(test_page__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
