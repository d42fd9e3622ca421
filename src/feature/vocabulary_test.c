#include "support/test.h"

#include "base/alloc.h"
#include "base/bundle.h"
#include "feature/vocabulary.h"

static attune_error err;
static const char *const path = ATTUNE_BUILD_DIR "/vocabulary_test.bundle";

static uint32_t find(const struct at_vocabulary *v, const char *text)
{
    const struct at_term term = at_term_of(at_str_from(text));
    return at_vocabulary_find(v, &term);
}

static void test_vocabulary__finds_what_it_has(void **state)
{
    (void)state;
    enum { N = 5000 };
    char text[N][24];
    struct at_str terms[N];
    for (size_t i = 0; i < N; i++) {
        snprintf(text[i], sizeof text[i], i % 3 ? "w%zu" : "a longer term %zu", i);
        terms[i] = at_str_from(text[i]);
    }
    struct at_vocabulary v;
    assert_ok(at_vocabulary_make(&v, terms, N, &err));
    for (size_t i = 0; i < N; i++)
        assert_int_equal(find(&v, text[i]), i);
    assert_int_equal(find(&v, "w0"), AT_TERM_NONE);
    assert_int_equal(find(&v, ""), AT_TERM_NONE);
    assert_true(at_str_equal(at_vocabulary_term(&v, 7), terms[7]));
    at_vocabulary_release(&v);
    assert_int_equal(find(&v, "w1"), AT_TERM_NONE);
}

static void test_vocabulary__hash_ignores_what_stands_behind(void **state)
{
    (void)state;
    const char *text = "abcdefghijklmnopqrstuvwxyz";
    for (size_t len = 0; len <= 18; len++) {
        char other[32];
        memset(other, '#', sizeof other);
        memcpy(other, text, len);
        const struct at_term a = at_term_of((struct at_str){text, len});
        const struct at_term b = at_term_of_padded((struct at_str){other, len});
        assert_true(a.hash == b.hash && a.head == b.head);
    }
}

static void test_vocabulary__sorts_by_code_point(void **state)
{
    (void)state;
    struct at_str t[] = {at_str_from("\u00e9t\u00e9"), at_str_from("zoo"),
                         at_str_from("a b"),           at_str_from("a"),
                         at_str_from("\U0001F60D"),    at_str_from("\uFF41")};
    at_terms_sort(t, 6);
    const char *wanted[] = {"a", "a b", "zoo", "\u00e9t\u00e9", "\uFF41", "\U0001F60D"};
    for (size_t i = 0; i < 6; i++)
        assert_true(at_str_equal(t[i], at_str_from(wanted[i])));
}

/* Writes the two sections as given and tries to load them. */
static attune_status load(const char *terms, const uint32_t *start, size_t n_starts)
{
    attune_writer *writer;
    attune_reader reader;
    assert_ok(at_bundle_create(&writer, path, &err));
    assert_ok(attune_writer_put(writer, "terms", terms, strlen(terms), &err));
    assert_ok(attune_writer_put(writer, "terms.start", start, n_starts * sizeof *start, &err));
    assert_ok(at_bundle_commit(writer, &err));
    assert_ok(at_bundle_open(&reader, path, &err));
    struct at_vocabulary v = {0};
    const attune_status status = at_vocabulary_load(&v, "terms", &reader, &err);
    if (status == ATTUNE_OK)
        assert_int_equal(find(&v, "bc"), 1);
    at_vocabulary_release(&v);
    at_bundle_close(&reader);
    return status;
}
#define LOAD(terms, ...)                                                                           \
    load(terms, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

static void test_vocabulary__load_checks_everything(void **state)
{
    (void)state;
    assert_ok(LOAD("abcd", 0, 1, 3, 4));
    assert_fails(LOAD("abcd", 1, 2, 3, 4), ATTUNE_CORRUPT, "not a vocabulary"); /* starts late */
    assert_fails(LOAD("abcd", 0, 1, 3), ATTUNE_CORRUPT, "not a vocabulary");    /* bytes left */
    assert_fails(LOAD("abcd", 0, 1, 9), ATTUNE_CORRUPT, "not a vocabulary");    /* past the end */
    assert_fails(LOAD("abcd", 0, 9, 4), ATTUNE_CORRUPT, "not a vocabulary");
    assert_fails(LOAD("abcd", 0, 1, 1, 4), ATTUNE_CORRUPT, "not a vocabulary"); /* empty term */
    assert_fails(LOAD("abcd", 0, 0, 4), ATTUNE_CORRUPT, "not a vocabulary");
    assert_fails(LOAD("abab", 0, 2, 4), ATTUNE_CORRUPT, "not a vocabulary");   /* twice */
    assert_fails(LOAD("cdab", 0, 2, 4), ATTUNE_CORRUPT, "not a vocabulary");   /* not sorted */
    assert_fails(LOAD("\u00e9", 0, 1, 2), ATTUNE_CORRUPT, "not a vocabulary"); /* half characters */
    assert_fails(load("ab", (const uint32_t[]){0}, 0), ATTUNE_CORRUPT, "empty");
    remove(path);
}

static void test_vocabulary__every_allocation_failing(void **state)
{
    (void)state;
    const struct at_str terms[] = {at_str_from("aa"), at_str_from("bb")};
    attune_status status = ATTUNE_NO_MEMORY;
    size_t n = 0;
    while (status != ATTUNE_OK) {
        struct at_vocabulary v = {0};
        at_alloc_fail_after(++n);
        status = at_vocabulary_make(&v, terms, 2, &err);
        at_alloc_fail_after(0);
        assert_true(status == ATTUNE_OK || (status == ATTUNE_NO_MEMORY && v.n == 0));
        at_vocabulary_release(&v);
    }
    assert_int_equal(n, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vocabulary__finds_what_it_has),
        cmocka_unit_test(test_vocabulary__hash_ignores_what_stands_behind),
        cmocka_unit_test(test_vocabulary__sorts_by_code_point),
        cmocka_unit_test(test_vocabulary__load_checks_everything),
        cmocka_unit_test(test_vocabulary__every_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
