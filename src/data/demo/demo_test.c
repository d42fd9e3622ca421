#include "support/test.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "data/demo/demo.h"

/* The golden file holds the SHA-256 of the first 200 fans of some seeds. It changes with every word
 * of the grammars: tests/golden/demo/regenerate writes it anew. */
#define DEMO_GOLDEN ATTUNE_SOURCE_DIR "/tests/golden/demo/fans.sha256"

static const struct at_demo_options demo_both = {
    .seed = 1, .n_fans = 200, .english = true, .french = true, .spending = true};

static void demo_hash_profile(struct at_sha256 *s, const struct at_profile *p)
{
    at_sha256_add(s, p->fan_id.ptr, p->fan_id.len);
    at_sha256_add(s, p->language.ptr, p->language.len);
    for (size_t i = 0; i < p->n_labels; i++)
        at_sha256_add(s, p->labels[i].label.ptr, p->labels[i].label.len);
    for (size_t i = 0; i < p->n_messages; i++) {
        const struct at_message *m = &p->messages[i];
        char head[64];
        const int len = snprintf(head, sizeof head, "\n%lld %d ", (long long)m->at_ms, m->from);
        at_sha256_add(s, head, (size_t)len);
        at_sha256_add(s, m->text.ptr, m->text.len);
    }
}

static void demo_hash_all(struct at_demo_options options, char hex[AT_SHA256_HEX])
{
    attune_error err = {0};
    struct at_demo *demo;
    const struct at_profile *p;
    struct at_sha256 s;
    uint8_t digest[AT_SHA256_BYTES];
    at_sha256_init(&s);
    assert_ok(at_demo_create(&demo, &options, &err));
    for (;;) {
        assert_ok(at_demo_next(demo, &p, &err));
        if (!p)
            break;
        demo_hash_profile(&s, p);
    }
    at_demo_destroy(demo);
    at_sha256_finish(&s, digest);
    at_hex(hex, digest, sizeof digest);
}

static void test_demo__same_seed_gives_the_golden_fans(void **state)
{
    (void)state;
    static const struct {
        const char *languages;
        uint64_t seed;
    } rows[] = {{"en,fr", 1}, {"en", 1}, {"fr", 1}, {"en,fr", 2}, {"en,fr", UINT64_MAX}};
    struct at_buf made = {0};
    attune_error err = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct at_demo_options options = demo_both;
        char hex[AT_SHA256_HEX];
        options.seed = rows[i].seed;
        options.english = strstr(rows[i].languages, "en") != NULL;
        options.french = strstr(rows[i].languages, "fr") != NULL;
        demo_hash_all(options, hex);
        assert_ok(at_buf_addf(&made, &err, "%s %s %llu\n", hex, rows[i].languages,
                              (unsigned long long)rows[i].seed));
    }
    const char *write_to = getenv("ATTUNE_DEMO_GOLDEN_OUT");
    FILE *file = fopen(write_to ? write_to : DEMO_GOLDEN, write_to ? "w" : "r");
    assert_non_null(file);
    char golden[1024] = "";
    if (write_to)
        fputs(made.data, file);
    else
        golden[fread(golden, 1, sizeof golden - 1, file)] = '\0';
    fclose(file);
    if (!write_to)
        assert_string_equal(made.data, golden);
    at_buf_release(&made);
}

static void test_demo__a_fan_does_not_depend_on_how_many_follow(void **state)
{
    (void)state;
    attune_error err = {0};
    struct at_demo *few, *many;
    struct at_demo_options options = demo_both;
    const struct at_profile *a, *b;
    options.n_fans = 20;
    assert_ok(at_demo_create(&few, &options, &err));
    options.n_fans = 1000000;
    options.spending = false; /* changes labels, not words */
    assert_ok(at_demo_create(&many, &options, &err));
    for (int i = 0; i < 20; i++) {
        assert_ok(at_demo_next(few, &a, &err));
        assert_ok(at_demo_next(many, &b, &err));
        assert_int_equal(a->n_labels, 3);
        assert_int_equal(b->n_labels, 2);
        assert_int_equal(a->n_messages, b->n_messages);
        for (size_t k = 0; k < a->n_messages; k++) {
            assert_true(at_str_equal(a->messages[k].text, b->messages[k].text));
            assert_int_equal(a->messages[k].at_ms, b->messages[k].at_ms);
        }
    }
    assert_ok(at_demo_next(few, &a, &err));
    assert_null(a);
    at_demo_destroy(few);
    at_demo_destroy(many);
}

static void test_demo__needs_a_language(void **state)
{
    (void)state;
    attune_error err;
    struct at_demo *demo = (void *)&err;
    const struct at_demo_options none = {.n_fans = 3};
    assert_fails(at_demo_create(&demo, &none, &err), ATTUNE_INVALID, "en, fr or both");
    assert_null(demo);
}

static void test_demo__no_fans_is_an_empty_stream(void **state)
{
    (void)state;
    attune_error err = {0};
    struct at_demo *demo;
    const struct at_demo_options none = {.english = true};
    const struct at_profile *p = (const void *)&err;
    assert_ok(at_demo_create(&demo, &none, &err));
    assert_ok(at_demo_next(demo, &p, &err));
    assert_null(p);
    at_demo_destroy(demo);
    at_demo_destroy(NULL);
}

static void test_demo__memory_does_not_grow(void **state)
{
    (void)state;
    attune_error err = {0};
    struct at_demo *demo;
    struct at_demo_options options = demo_both;
    const struct at_profile *p;
    options.n_fans = 3000;
    assert_ok(at_demo_create(&demo, &options, &err));
    for (int i = 0; i < 2500; i++)
        assert_ok(at_demo_next(demo, &p, &err));
    at_alloc_fail_after(1); /* by now every buffer has its size */
    for (int i = 0; i < 100; i++)
        assert_ok(at_demo_next(demo, &p, &err));
    at_alloc_fail_after(0);
    at_demo_destroy(demo);
}

static void test_demo__every_failing_allocation_is_reported(void **state)
{
    (void)state;
    attune_error err = {0};
    struct at_demo_options options = demo_both;
    options.n_fans = 3;
    for (size_t n = 1;; n++) {
        struct at_demo *demo;
        const struct at_profile *p = NULL;
        size_t seen = 0;
        at_alloc_fail_after(n);
        attune_status status = at_demo_create(&demo, &options, &err);
        const bool created = status == ATTUNE_OK;
        while (status == ATTUNE_OK && (status = at_demo_next(demo, &p, &err)) == ATTUNE_OK && p)
            seen++;
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK) {
            at_demo_destroy(demo);
            assert_int_equal(seen, 3);
            assert_true(n > 20);
            return;
        }
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        if (!created) {
            assert_null(demo);
            continue;
        }
        assert_null(p);
        assert_ok(at_demo_next(demo, &p, &err)); /* the fan that failed comes now */
        assert_int_equal(p->fan_id.ptr[p->fan_id.len - 1], '1' + (char)seen);
        at_demo_destroy(demo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demo__same_seed_gives_the_golden_fans),
        cmocka_unit_test(test_demo__a_fan_does_not_depend_on_how_many_follow),
        cmocka_unit_test(test_demo__needs_a_language),
        cmocka_unit_test(test_demo__no_fans_is_an_empty_stream),
        cmocka_unit_test(test_demo__memory_does_not_grow),
        cmocka_unit_test(test_demo__every_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
