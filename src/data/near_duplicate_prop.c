/* Near-duplicates planted at known similarities, and looked for by brute force. */
#include "support/test.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/rng.h"
#include "data/near_duplicate.h"
#include "data/similarity.h"
#include "data/split.h"

static void add_text(struct at_dataset *d, const char *fan, const char *text, enum at_from from)
{
    attune_error err;
    struct at_message message = {at_str_from(text), AT_TIME_NONE, from};
    const struct at_profile p = {.fan_id = at_str_from(fan), .messages = &message, .n_messages = 1};
    assert_ok(at_dataset_add(d, &p, &err));
}

static void add_fan(struct at_dataset *d, const char *text)
{
    char fan[32];
    snprintf(fan, sizeof fan, "fan-%zu", d->n);
    add_text(d, fan, text, AT_FROM_FAN);
}

static void random_text(struct at_rng *rng, char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(at_rng_below(rng, 6) ? 'a' + (char)at_rng_below(rng, 26) : ' ');
    text[len] = '\0';
}

/* Changes n characters at random places. */
static void disturb(struct at_rng *rng, char *text, size_t len, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text[at_rng_below(rng, len)] = (char)('0' + (char)at_rng_below(rng, 10));
}

static double jaccard(const struct at_dataset *d, size_t a, size_t b)
{
    struct at_similarity s = {0};
    attune_error err;
    double out;
    assert_ok(at_similarity_jaccard(&s, &d->profiles[a], &d->profiles[b], &out, &err));
    at_similarity_release(&s);
    return out;
}

static uint32_t *groups(const struct at_dataset *d)
{
    attune_error err;
    uint32_t *group = AT_ALLOC(uint32_t, d->n);
    assert_ok(at_split_groups(d, group, NULL, &err));
    return group;
}

static void test_near_duplicate__what_counts_as_equal(void **state)
{
    (void)state;
    struct at_dataset d = {0};
    add_fan(&d, "Hello  my DEAR, how are you today?");      /* 0 */
    add_fan(&d, " hello my dear,\thow are you today? ");    /* 1: as 0 */
    add_fan(&d, "hello my dear, where were you yesterday"); /* 2 */
    add_fan(&d, "ok");                                      /* 3 */
    add_fan(&d, "OK");                                      /* 4: as 3 */
    add_fan(&d, "");                                        /* 5 */
    add_fan(&d, "   ");                                     /* 6: nobody is like it */
    add_fan(&d, "\xC3\x89T\xC3\x89 \xD0\x9F\xD0\xA0\xD0\x98\xD0\x92\xD0\x95\xD0\xA2"); /* 7 */
    add_fan(&d, "\xC3\xA9t\xC3\xA9 \xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82"); /* 8: as 7 */
    add_text(&d, "fan-2", "something else altogether", AT_FROM_FAN);        /* 9: fan of 2 */
    add_text(&d, "x", "Buy my new pictures, only today!", AT_FROM_CREATOR); /* 10 */
    add_text(&d, "y", "Buy my new pictures, only today!", AT_FROM_CREATOR); /* 11: not as 10 */
    uint32_t *group = groups(&d);
    const uint32_t wanted[] = {0, 0, 2, 3, 3, 5, 6, 7, 7, 2, 10, 11};
    assert_memory_equal(group, wanted, sizeof wanted);
    at_free(group);
    at_dataset_release(&d);
}

static void test_near_duplicate__the_order_of_messages_does_not_count(void **state)
{
    (void)state;
    struct at_dataset d = {0};
    attune_error err;
    struct at_message parts[] = {{at_str_from("hello"), 0, AT_FROM_FAN},
                                 {at_str_from("HOW ARE YOU"), 0, AT_FROM_CREATOR},
                                 {at_str_from("ok"), 0, AT_FROM_FAN},
                                 {at_str_from("dear friend"), 0, AT_FROM_FAN}};
    struct at_message turned[] = {parts[3], parts[1], parts[2], parts[0]};
    struct at_profile p = {.fan_id = at_str_from("a"), .messages = parts, .n_messages = 4};
    assert_ok(at_dataset_add(&d, &p, &err));
    p.messages = turned;
    assert_ok(at_dataset_add(&d, &p, &err));
    p.n_messages = 2; /* without "ok" and "hello": 7 of 9 shingles */
    assert_ok(at_dataset_add(&d, &p, &err));
    assert_true(jaccard(&d, 0, 1) == 1);
    assert_true(jaccard(&d, 0, 2) < 0.8 && jaccard(&d, 0, 2) > 0.7);
    at_dataset_release(&d);
}

/* Pairs at every similarity around the threshold, short and long: the groups are those that brute
 * force over all pairs finds. */
static void test_near_duplicate__equals_brute_force(void **state)
{
    (void)state;
    static const size_t lengths[] = {30, 120, 210, 260, 300, 900, 4000};
    struct at_rng rng;
    static char text[5000], copy[5000];
    size_t n_near = 0, n_far = 0;
    at_rng_init(&rng, 7);
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        struct at_dataset d = {0};
        const size_t len = lengths[l];
        for (size_t pair = 0; pair < 60; pair++) {
            random_text(&rng, text, len);
            memcpy(copy, text, len + 1);
            disturb(&rng, copy, len, len * pair / 1200);
            add_fan(&d, text);
            add_fan(&d, copy);
        }
        uint32_t *group = groups(&d);
        for (size_t i = 0; i < d.n; i += 2) {
            const bool near = jaccard(&d, i, i + 1) >= 0.8;
            assert_int_equal(near, group[i] == group[i + 1]);
            n_near += near;
            n_far += !near;
        }
        at_free(group);
        at_dataset_release(&d);
    }
    assert_true(n_near > 80 && n_far > 80);
}

/* One text is the start of the other: the sizes stand to each other as the similarity does, across
 * the limits of both forms of a sketch. */
static void test_near_duplicate__parts_of_a_text(void **state)
{
    (void)state;
    struct at_rng rng;
    static char text[600];
    struct at_dataset d = {0};
    at_rng_init(&rng, 11);
    for (size_t len = 180; len < 420; len += 4) {
        random_text(&rng, text, len);
        add_fan(&d, text);
        text[len * 83 / 100] = '\0';
        add_fan(&d, text);
    }
    uint32_t *group = groups(&d);
    for (size_t i = 0; i < d.n; i += 2)
        assert_int_equal(group[i + 1], i);
    at_free(group);
    at_dataset_release(&d);
}

/* A corpus made from one template: everything looks like everything, the bound on the work holds,
 * and copies are still found. */
static void test_near_duplicate__crowded_buckets(void **state)
{
    (void)state;
    struct at_rng rng;
    static char template[401], text[401];
    struct at_dataset d = {0};
    at_rng_init(&rng, 8);
    random_text(&rng, template, 400);
    for (size_t i = 0; i < 600; i++) {
        memcpy(text, template, sizeof text);
        disturb(&rng, text, 400, 40); /* similarity of two about 0.45 */
        add_fan(&d, text);
        disturb(&rng, text, 400, 2); /* and one about 0.95 */
        add_fan(&d, text);
    }
    uint32_t *group = groups(&d);
    for (size_t i = 0; i < d.n; i += 2)
        assert_int_equal(group[i], group[i + 1]);
    at_free(group);
    at_dataset_release(&d);
}

static void test_near_duplicate__planted_leak_stays_on_one_side(void **state)
{
    (void)state;
    struct at_rng rng;
    static char text[301];
    struct at_dataset d = {0};
    uint32_t y[300];
    uint8_t role[300];
    attune_error err;
    at_rng_init(&rng, 9);
    for (size_t i = 0; i < 300; i += 3) {
        random_text(&rng, text, 300);
        for (size_t copy = 0; copy < 3; copy++) { /* three fans with nearly the same words */
            add_fan(&d, text);
            disturb(&rng, text, 300, 2);
            y[i + copy] = (uint32_t)(i / 3) % 2;
        }
    }
    uint32_t *group = groups(&d);
    for (uint64_t seed = 0; seed < 20; seed++) {
        assert_ok(at_split_holdout(y, group, 300, 2, 0.2, seed, role, &err));
        for (size_t i = 0; i < 300; i += 3)
            assert_true(role[i] == role[i + 1] && role[i] == role[i + 2]);
    }
    at_free(group);
    at_dataset_release(&d);
}

static void test_near_duplicate__huge_texts_are_sampled(void **state)
{
    (void)state;
    enum { HUGE_LEN = 1500000 };
    struct at_rng rng;
    struct at_dataset d = {0};
    char *text = malloc(HUGE_LEN + 1);
    assert_non_null(text);
    at_rng_init(&rng, 10);
    random_text(&rng, text, HUGE_LEN);
    add_fan(&d, text);
    disturb(&rng, text, HUGE_LEN, HUGE_LEN / 50); /* similarity about 0.9 ^ 2 */
    add_fan(&d, text);
    disturb(&rng, text, HUGE_LEN, HUGE_LEN / 10);
    add_fan(&d, text);
    assert_true(jaccard(&d, 0, 1) > 0.81 && jaccard(&d, 0, 1) < 0.84);
    uint32_t *group = groups(&d);
    assert_int_equal(group[0], group[1]);
    assert_int_equal(group[2], 2);
    free(text);
    at_free(group);
    at_dataset_release(&d);
}

static bool cancel(void *user)
{
    return --*(int *)user < 0;
}

static void test_near_duplicate__stops_when_asked(void **state)
{
    (void)state;
    struct at_dataset d = {0};
    uint32_t group[100];
    attune_error err;
    int polls = 2;
    const attune_job job = {.user = &polls, .cancelled = cancel};
    for (int i = 0; i < 100; i++)
        add_fan(&d, "hello");
    memset(group, 77, sizeof group);
    assert_fails(at_split_groups(&d, group, &job, &err), ATTUNE_CANCELLED, "interrupted");
    assert_int_equal(group[0], 0x4D4D4D4D);
    at_dataset_release(&d);
}

static void test_near_duplicate__every_allocation_failing_once(void **state)
{
    (void)state;
    struct at_dataset d = {0};
    add_fan(&d, "hello my dear, how are you today? fine I hope, and the weather?");
    add_fan(&d, "hello my dear, how are you today? fine I hope, and the weather!");
    add_fan(&d, "something else");
    for (size_t n = 1, done = 0; !done; n++) {
        uint32_t group[3] = {77, 77, 77};
        attune_error err;
        at_alloc_fail_after(n);
        const attune_status status = at_split_groups(&d, group, NULL, &err);
        at_alloc_fail_after(0);
        done = status == ATTUNE_OK;
        assert_true(done ? n > 10 && group[1] == 0 : status == ATTUNE_NO_MEMORY && group[0] == 77);
    }
    struct at_dataset empty = {0};
    uint32_t none;
    attune_error err;
    assert_ok(at_split_groups(&empty, &none, NULL, &err));
    at_dataset_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near_duplicate__what_counts_as_equal),
        cmocka_unit_test(test_near_duplicate__the_order_of_messages_does_not_count),
        cmocka_unit_test(test_near_duplicate__equals_brute_force),
        cmocka_unit_test(test_near_duplicate__parts_of_a_text),
        cmocka_unit_test(test_near_duplicate__crowded_buckets),
        cmocka_unit_test(test_near_duplicate__planted_leak_stays_on_one_side),
        cmocka_unit_test(test_near_duplicate__huge_texts_are_sampled),
        cmocka_unit_test(test_near_duplicate__stops_when_asked),
        cmocka_unit_test(test_near_duplicate__every_allocation_failing_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
