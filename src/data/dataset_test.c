#include "support/test.h"

#include "base/alloc.h"
#include "data/dataset.h"

static struct at_str str(const char *text)
{
    return at_str_from(text);
}

/* A profile whose every byte is overwritten after it was added, so that a shallow copy shows. */
static void add(struct at_dataset *d, const char *fan, const char *target, const char *label)
{
    attune_error err;
    char fan_id[32], text[32], name[32], value[32];
    snprintf(fan_id, sizeof fan_id, "%s", fan);
    snprintf(text, sizeof text, "text of %s", fan);
    snprintf(name, sizeof name, "%s", target);
    snprintf(value, sizeof value, "%s", label);
    struct at_message messages[] = {{str(text), 17, AT_FROM_CREATOR},
                                    {str(""), AT_TIME_NONE, AT_FROM_FAN}};
    struct at_label labels[] = {{str(name), str(value)}};
    const struct at_profile p = {.fan_id = str(fan_id),
                                 .messages = messages,
                                 .n_messages = 2,
                                 .labels = labels,
                                 .n_labels = label[0] ? 1 : 0,
                                 .split = AT_SPLIT_TEST};
    assert_ok(at_dataset_add(d, &p, &err));
    memset(fan_id, 'x', sizeof fan_id);
    memset(text, 'x', sizeof text);
    memset(name, 'x', sizeof name);
    memset(value, 'x', sizeof value);
}

static bool equal(struct at_str a, const char *b)
{
    return at_str_equal(a, str(b));
}

static void test_dataset__keeps_deep_copies(void **state)
{
    (void)state;
    struct at_dataset d = {0};
    for (int i = 0; i < 200; i++) {
        char fan[16];
        snprintf(fan, sizeof fan, "fan %d", i);
        add(&d, fan, "engagement", i % 2 ? "low" : "high");
    }
    assert_int_equal(d.n, 200);
    const struct at_profile *p = &d.profiles[7];
    assert_true(equal(p->fan_id, "fan 7"));
    assert_int_equal(p->n_messages, 2);
    assert_true(equal(p->messages[0].text, "text of fan 7"));
    assert_int_equal(p->messages[0].at_ms, 17);
    assert_int_equal(p->messages[0].from, AT_FROM_CREATOR);
    assert_int_equal(p->messages[1].text.len, 0);
    assert_int_equal(p->split, AT_SPLIT_TEST);
    assert_true(equal(at_profile_label(p, str("engagement")), "low"));
    assert_int_equal(at_profile_label(p, str("personality")).len, 0);
    at_dataset_release(&d);
}

static void test_dataset__finds_labels_in_code_point_order(void **state)
{
    (void)state;
    struct at_dataset d = {0};
    struct at_arena arena = {0};
    struct at_labels labels;
    attune_error err;
    add(&d, "a", "mood", "low");
    add(&d, "b", "mood", "\xC3\xA9t\xC3\xA9");
    add(&d, "c", "other", "Never");
    add(&d, "d", "mood", "High");
    add(&d, "e", "mood", "low");
    add(&d, "f", "mood", "");
    assert_ok(at_dataset_find_labels(&d, str("mood"), &labels, &arena, &err));
    assert_int_equal(labels.n, 3);
    assert_false(labels.ordered);
    assert_true(equal(labels.target, "mood"));
    assert_true(equal(labels.names[0], "High"));
    assert_true(equal(labels.names[1], "low"));
    assert_true(equal(labels.names[2], "\xC3\xA9t\xC3\xA9"));
    uint32_t y[6];
    assert_ok(at_dataset_classes(&d, &labels, y, &err));
    const uint32_t wanted[6] = {1, 2, AT_CLASS_NONE, 0, 1, AT_CLASS_NONE};
    assert_memory_equal(y, wanted, sizeof y);
    at_arena_release(&arena);
    at_dataset_release(&d);
}

static void test_dataset__too_few_labels(void **state)
{
    (void)state;
    struct at_dataset d = {0};
    struct at_arena arena = {0};
    struct at_labels labels = {.n = 77};
    attune_error err;
    assert_fails(at_dataset_find_labels(&d, str("mood"), &labels, &arena, &err), ATTUNE_NOT_ENOUGH,
                 "no profile has a label for 'mood'");
    add(&d, "a", "mood", "low");
    add(&d, "b", "mood", "low");
    assert_fails(at_dataset_find_labels(&d, str("mood"), &labels, &arena, &err), ATTUNE_NOT_ENOUGH,
                 "every label for 'mood' is 'low'; at least 2 different labels are needed");
    assert_int_equal(labels.n, 77);
    at_arena_release(&arena);
    at_dataset_release(&d);
}

static void test_dataset__an_unknown_label_is_named_with_what_is_allowed(void **state)
{
    (void)state;
    struct at_dataset d = {0};
    struct at_arena arena = {0};
    struct at_labels labels;
    attune_error err;
    uint32_t y[2];
    const struct at_str names[] = {str("low"), str("high")};
    assert_ok(at_labels_make(&labels, str("mood"), names, 2, true, &arena, &err));
    add(&d, "a", "mood", "low");
    add(&d, "b", "mood", "Low");
    assert_fails(at_dataset_classes(&d, &labels, y, &err), ATTUNE_INVALID,
                 "fan 'b': mood is 'Low'; allowed: low, high");
    at_arena_release(&arena);
    at_dataset_release(&d);
}

static void test_dataset__every_allocation_failing_once(void **state)
{
    (void)state;
    for (size_t n = 1, done = 0; !done; n++) {
        struct at_dataset d = {0};
        struct at_arena arena = {0};
        struct at_labels labels;
        attune_error err;
        struct at_message message = {str("hello"), AT_TIME_NONE, AT_FROM_FAN};
        struct at_label one = {str("mood"), str("low")}, two = {str("mood"), str("high")};
        struct at_profile p = {.fan_id = str("a"),
                               .messages = &message,
                               .n_messages = 1,
                               .labels = &one,
                               .n_labels = 1};
        at_alloc_fail_after(n);
        attune_status status = at_dataset_add(&d, &p, &err);
        p.labels = &two;
        if (status == ATTUNE_OK)
            status = at_dataset_add(&d, &p, &err);
        if (status == ATTUNE_OK)
            status = at_dataset_find_labels(&d, str("mood"), &labels, &arena, &err);
        at_alloc_fail_after(0);
        if (status != ATTUNE_OK)
            assert_int_equal(status, ATTUNE_NO_MEMORY);
        done = status == ATTUNE_OK;
        assert_true(n > 3 || !done);
        at_arena_release(&arena);
        at_dataset_release(&d);
    }
}

static void test_dataset__gives_back_all_but_the_test(void **state)
{
    (void)state;
    struct at_dataset d = {0};
    attune_error err;
    for (int i = 0; i < 5000; i++) {
        add(&d, i % 10 ? "learns" : "judges", "engagement", "low");
        if (i % 10 == 0)
            continue;
        struct at_profile again = d.profiles[d.n - 1];
        again.split = AT_SPLIT_TRAIN;
        assert_ok(at_dataset_add(&d, &again, &err));
    }
    const size_t before = d.n, test_bytes = d.test.total_bytes;
    at_dataset_keep_test(&d);
    assert_int_equal(d.n, before);
    assert_int_equal(d.other.total_bytes, 0);
    assert_int_equal(d.test.total_bytes, test_bytes);
    assert_true(equal(d.profiles[0].messages[0].text, "text of judges"));
    assert_int_equal(d.profiles[2].split, AT_SPLIT_TRAIN);
    assert_int_equal(d.profiles[2].n_messages, 0);
    at_dataset_release(&d);
    struct at_profile p = {.fan_id = str("one"), .language = str(""), .split = AT_SPLIT_TRAIN};
    assert_ok(at_dataset_add(&d, &p, &err));
    at_dataset_keep_test(&d);
    assert_int_equal(d.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dataset__keeps_deep_copies),
        cmocka_unit_test(test_dataset__gives_back_all_but_the_test),
        cmocka_unit_test(test_dataset__finds_labels_in_code_point_order),
        cmocka_unit_test(test_dataset__too_few_labels),
        cmocka_unit_test(test_dataset__an_unknown_label_is_named_with_what_is_allowed),
        cmocka_unit_test(test_dataset__every_allocation_failing_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
