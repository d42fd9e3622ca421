#include "support/test.h"

#include "data/labels.h"

static attune_status make(struct at_labels *out, const char *target, const char *const *names,
                          size_t n, struct at_arena *arena, attune_error *err)
{
    static struct at_str list[AT_LABELS_MAX + 1];
    for (size_t i = 0; i < n; i++)
        list[i] = at_str_from(names[i]);
    return at_labels_make(out, at_str_from(target), list, n, true, arena, err);
}

static void test_labels__find_by_name(void **state)
{
    (void)state;
    struct at_arena arena = {0};
    struct at_labels labels;
    attune_error err;
    assert_ok(make(&labels, "mood", (const char *[]){"low", "medium", "high"}, 3, &arena, &err));
    assert_int_equal(labels.n, 3);
    assert_true(labels.ordered);
    assert_int_equal(at_labels_find(&labels, at_str_from("low")), 0);
    assert_int_equal(at_labels_find(&labels, at_str_from("high")), 2);
    assert_int_equal(at_labels_find(&labels, at_str_from("High")), AT_CLASS_NONE);
    assert_int_equal(at_labels_find(&labels, at_str_from("")), AT_CLASS_NONE);
    at_arena_release(&arena);
}

static void test_labels__refuses_what_is_no_label_set(void **state)
{
    (void)state;
    struct at_arena arena = {0};
    struct at_labels labels = {.n = 77};
    attune_error err;
    static const char *many[AT_LABELS_MAX + 1];
    for (size_t i = 0; i <= AT_LABELS_MAX; i++)
        many[i] = "x";
    assert_fails(make(&labels, "mood", (const char *[]){"low"}, 1, &arena, &err), ATTUNE_INVALID,
                 "target 'mood' has 1 labels; 2 to 1024 are allowed");
    assert_fails(make(&labels, "mood", many, AT_LABELS_MAX + 1, &arena, &err), ATTUNE_INVALID,
                 "has 1025 labels");
    assert_fails(make(&labels, "mood", (const char *[]){"low", ""}, 2, &arena, &err),
                 ATTUNE_INVALID, "label 2 of target 'mood' is empty");
    assert_fails(make(&labels, "mood", (const char *[]){"a", "b", "a"}, 3, &arena, &err),
                 ATTUNE_INVALID, "target 'mood' names the label 'a' twice");
    assert_fails(make(&labels, "", (const char *[]){"a", "b"}, 2, &arena, &err), ATTUNE_INVALID,
                 "a target needs a name");
    assert_int_equal(labels.n, 77);
    at_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels__find_by_name),
        cmocka_unit_test(test_labels__refuses_what_is_no_label_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
