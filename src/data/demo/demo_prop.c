#include "support/test.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "data/demo/demo.h"

/* What must hold for every demo fan, whatever the words: checked over some thousands of them. */

enum { PROP_FANS = 4000, PROP_COMPARED = 400, PROP_GRAMS = 1024 };

static struct at_demo *demo_open(uint64_t seed, size_t n, bool english, bool french)
{
    attune_error err = {0};
    struct at_demo *demo;
    const struct at_demo_options options = {
        .seed = seed, .n_fans = n, .english = english, .french = french, .spending = true};
    assert_ok(at_demo_create(&demo, &options, &err));
    return demo;
}

static const struct at_profile *demo_take(struct at_demo *demo)
{
    attune_error err = {0};
    const struct at_profile *p;
    assert_ok(at_demo_next(demo, &p, &err));
    return p;
}

/* Bytes of the character at p, 0 when it is not well-formed UTF-8 (Unicode, table 3-7). */
static size_t utf8_len(const unsigned char *p, size_t left)
{
    static const unsigned low[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t n = p[0] < 0x80       ? 1
                     : p[0] >> 5 == 6  ? 2
                     : p[0] >> 4 == 14 ? 3
                     : p[0] >> 3 == 30 ? 4
                                       : 0;
    if (n <= 1 || n > left)
        return n == 1;
    unsigned code = p[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    return code >= low[n] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF) ? n : 0;
}

static void check_text(struct at_str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    assert_in_range(text.len, 1, 600);
    assert_true(p[0] != ' ' && p[text.len - 1] != ' ');
    for (size_t i = 0, n; i < text.len; i += n) {
        n = utf8_len(p + i, text.len - i);
        if (n == 0 || p[i] < ' ' || strchr("{}|[]", p[i]) || (p[i] == ' ' && p[i + 1] == ' '))
            fail_msg("byte %zu of '%.*s'", i, (int)text.len, text.ptr);
    }
}

static void test_demo__messages_are_clean_and_take_turns(void **state)
{
    (void)state;
    struct at_demo *demo = demo_open(7, PROP_FANS, true, true);
    const int64_t first_ms = INT64_C(1736121600000), two_years_ms = INT64_C(730) * 86400000;
    for (const struct at_profile *p; (p = demo_take(demo)) != NULL;) {
        assert_in_range(p->n_messages, 1, 60);
        assert_true(p->messages[0].at_ms > first_ms);
        assert_true(p->messages[p->n_messages - 1].at_ms < first_ms + two_years_ms);
        for (size_t i = 0; i < p->n_messages; i++) {
            check_text(p->messages[i].text);
            if (i == 0)
                continue;
            assert_true(p->messages[i].at_ms >= p->messages[i - 1].at_ms + 1000);
            assert_int_not_equal(p->messages[i].from, p->messages[i - 1].from);
        }
    }
    at_demo_destroy(demo);
}

static bool label_is(const struct at_profile *p, size_t i, const char *label)
{
    return at_str_equal(p->labels[i].label, at_str_from(label));
}

static void test_demo__labels_and_languages_are_balanced(void **state)
{
    (void)state;
    struct at_demo *demo = demo_open(3, PROP_FANS, true, true);
    size_t emotional = 0, conqueror = 0, levels[2][3] = {{0}}, english = 0, too_little = 0;
    static const char *const names[] = {"low", "medium", "high"};
    for (const struct at_profile *p; (p = demo_take(demo)) != NULL;) {
        size_t received = 0;
        for (size_t i = 0; i < p->n_messages; i++)
            received += p->messages[i].from == AT_FROM_FAN;
        too_little += p->n_messages < 3 || received < 2;
        english += at_str_equal(p->language, at_str_from("en"));
        emotional += label_is(p, 0, "Emotional");
        conqueror += label_is(p, 0, "Conqueror");
        for (size_t k = 0; k < 3; k++) {
            levels[0][k] += label_is(p, 1, names[k]);
            levels[1][k] += label_is(p, 2, names[k]);
        }
    }
    at_demo_destroy(demo);
    assert_int_equal(emotional + conqueror, PROP_FANS);
    assert_in_range(emotional, PROP_FANS * 46 / 100, PROP_FANS * 54 / 100);
    assert_in_range(english, PROP_FANS * 67 / 100, PROP_FANS * 73 / 100);
    assert_in_range(too_little, PROP_FANS * 2 / 100, PROP_FANS * 6 / 100);
    for (size_t t = 0; t < 2; t++) {
        assert_int_equal(levels[t][0] + levels[t][1] + levels[t][2], PROP_FANS);
        for (size_t k = 0; k < 3; k++)
            assert_in_range(levels[t][k], PROP_FANS * 20 / 100, PROP_FANS * 45 / 100);
    }
}

/* The same fans with the labels put right: few differ. */
static void test_demo__a_few_labels_are_wrong(void **state)
{
    (void)state;
    attune_error err = {0};
    const struct at_demo_options options = {.seed = 3,
                                            .n_fans = PROP_FANS,
                                            .english = true,
                                            .french = true,
                                            .spending = true,
                                            .truth = true};
    struct at_demo *demo = demo_open(3, PROP_FANS, true, true), *right;
    size_t wrong[3] = {0};
    assert_ok(at_demo_create(&right, &options, &err));
    for (const struct at_profile *p; (p = demo_take(demo)) != NULL;) {
        const struct at_profile *truth = demo_take(right);
        assert_int_equal(p->n_messages, truth->n_messages);
        assert_true(at_str_equal(p->messages[0].text, truth->messages[0].text));
        for (size_t t = 0; t < 3; t++)
            wrong[t] += !at_str_equal(p->labels[t].label, truth->labels[t].label);
    }
    assert_null(demo_take(right));
    at_demo_destroy(demo);
    at_demo_destroy(right);
    for (size_t t = 0; t < 3; t++)
        assert_in_range(wrong[t], PROP_FANS * 2 / 100, PROP_FANS * 4 / 100);
}

/* Engagement must show in what is not a word: engaged fans write more, longer, faster. */
static void test_demo__engagement_shows_in_habits(void **state)
{
    (void)state;
    struct at_demo *demo = demo_open(5, PROP_FANS, true, true);
    double fans[3] = {0}, messages[3] = {0}, bytes[3] = {0}, wait_s[3] = {0}, marks[3] = {0};
    for (const struct at_profile *p; (p = demo_take(demo)) != NULL;) {
        const int k = label_is(p, 1, "low") ? 0 : label_is(p, 1, "medium") ? 1 : 2;
        fans[k]++;
        for (size_t i = 1; i < p->n_messages; i++) {
            const struct at_message *m = &p->messages[i];
            if (m->from != AT_FROM_FAN)
                continue;
            messages[k]++;
            bytes[k] += (double)m->text.len;
            wait_s[k] += (double)(m->at_ms - p->messages[i - 1].at_ms) / 1000;
            marks[k] += memchr(m->text.ptr, '?', m->text.len) != NULL;
        }
    }
    at_demo_destroy(demo);
    for (int k = 1; k < 3; k++) {
        assert_true(messages[k] / fans[k] > 1.2 * messages[k - 1] / fans[k - 1]);
        assert_true(bytes[k] / messages[k] > 1.1 * bytes[k - 1] / messages[k - 1]);
        assert_true(marks[k] / messages[k] > marks[k - 1] / messages[k - 1]);
        assert_true(wait_s[k] / messages[k] < wait_s[k - 1] / messages[k - 1]);
    }
}

/* Runs of three words of one fan's messages, as sorted hashes. */
struct grams {
    uint64_t hash[PROP_GRAMS];
    size_t n;
};

static int gram_compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void grams_of(struct grams *g, const struct at_profile *p)
{
    g->n = 0;
    for (size_t i = 0; i < p->n_messages; i++) {
        const struct at_str text = p->messages[i].text;
        size_t start[3] = {0}, words = 0;
        if (p->messages[i].from != AT_FROM_FAN)
            continue;
        for (size_t k = 0; k <= text.len; k++) {
            if (k < text.len && text.ptr[k] != ' ')
                continue;
            if (words >= 2 && g->n < PROP_GRAMS)
                g->hash[g->n++] = at_hash64(text.ptr + start[0], k - start[0], 0);
            start[0] = words >= 2 ? start[1] : start[0];
            start[1] = words >= 1 ? (words >= 2 ? start[2] : k + 1) : start[1];
            start[words >= 1 ? 2 : 1] = k + 1;
            words++;
        }
    }
    qsort(g->hash, g->n, sizeof *g->hash, gram_compare);
}

static double grams_shared_frac(const struct grams *a, const struct grams *b)
{
    size_t i = 0, k = 0, shared = 0;
    while (i < a->n && k < b->n) {
        shared += a->hash[i] == b->hash[k];
        const bool left = a->hash[i] <= b->hash[k], right = b->hash[k] <= a->hash[i];
        i += left;
        k += right;
    }
    return (double)shared / (double)(a->n + b->n - shared + 1);
}

static void test_demo__no_two_fans_are_near_duplicates(void **state)
{
    (void)state;
    struct grams *all = AT_ALLOC(struct grams, PROP_COMPARED);
    assert_non_null(all);
    for (int french = 0; french < 2; french++) {
        struct at_demo *demo = demo_open(9, SIZE_MAX, !french, french);
        for (size_t n = 0; n < PROP_COMPARED;) {
            const struct at_profile *p = demo_take(demo);
            if (p->n_messages < 6)
                continue;
            grams_of(&all[n], p);
            for (size_t k = 0; k < n; k++)
                assert_true(grams_shared_frac(&all[k], &all[n]) < 0.4);
            n++;
        }
        at_demo_destroy(demo);
    }
    at_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demo__messages_are_clean_and_take_turns),
        cmocka_unit_test(test_demo__labels_and_languages_are_balanced),
        cmocka_unit_test(test_demo__a_few_labels_are_wrong),
        cmocka_unit_test(test_demo__engagement_shows_in_habits),
        cmocka_unit_test(test_demo__no_two_fans_are_near_duplicates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
