#include "feature/telltale.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "support/people.h"
#include "support/test.h"

static attune_error err;

struct world {
    struct at_dataset dataset;
    struct at_labels labels;
    struct at_arena arena;
    uint32_t *y;
    struct at_telltales found;
};

static void world_open(struct world *w, size_t n, size_t n_classes)
{
    *w = (struct world){0};
    people_make(&w->dataset, &w->labels, &w->arena, n, n_classes, 0.5, 11);
    w->y = AT_NEW(&w->arena, uint32_t, n);
    assert_ok(at_dataset_classes(&w->dataset, &w->labels, w->y, &err));
}

static void world_close(struct world *w)
{
    at_telltales_release(&w->found);
    at_dataset_release(&w->dataset);
    at_arena_release(&w->arena);
}

static attune_status world_find(struct world *w, const uint32_t *group)
{
    const struct at_telltale_input in = {
        .dataset = &w->dataset, .y = w->y, .group = group, .labels = &w->labels};
    at_telltales_release(&w->found);
    return at_telltales_find(&w->found, &in, &err);
}

/* Puts `text` in place of the first message. */
static void world_plant(struct world *w, size_t i, const char *text)
{
    w->dataset.profiles[i].messages[0].text = at_str_from(text);
}

static void test_telltale__real_differences_are_none(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, 300, 3); /* half of the words are the class's own */
    assert_ok(world_find(&w, NULL));
    assert_int_equal(w.found.n, 12); /* words of such a class do give it away */
    world_close(&w);
    w = (struct world){0};
    people_make(&w.dataset, &w.labels, &w.arena, 300, 3, 0.05, 11);
    w.y = AT_NEW(&w.arena, uint32_t, 300);
    assert_ok(at_dataset_classes(&w.dataset, &w.labels, w.y, &err));
    assert_ok(world_find(&w, NULL));
    assert_int_equal(w.found.n, 0);
    world_close(&w);
}

static void make_plain(struct world *w, size_t n)
{
    *w = (struct world){0};
    people_make(&w->dataset, &w->labels, &w->arena, n, 2, 0, 12);
    w->y = AT_NEW(&w->arena, uint32_t, n);
    assert_ok(at_dataset_classes(&w->dataset, &w->labels, w->y, &err));
}

static void test_telltale__finds_a_planted_tag(void **state)
{
    (void)state;
    struct world w;
    make_plain(&w, 200);
    for (size_t i = 0; i < 200; i++)
        if (w.y[i] == 1 && i % 3) /* in two thirds of one label */
            world_plant(&w, i, "good day [E1]");
        else if (i < 2)
            world_plant(&w, i, "good day [E1]"); /* and in one fan of the other */
        else
            world_plant(&w, i, "good day");
    assert_ok(world_find(&w, NULL));
    assert_int_equal(w.found.n, 2); /* as written, and as the tokenizer reads it */
    assert_true(at_str_equal(w.found.items[0].name, at_str_from("[E1]")));
    assert_true(at_str_equal(w.found.items[1].name, at_str_from("e1")));
    const struct at_telltale *t = &w.found.items[0];
    assert_int_equal(t->class_index, 1);
    assert_int_equal(t->n_class, 100);
    assert_int_equal(t->n_rest, 100);
    assert_true(t->n_with >= 66 && t->n_with <= 68 && t->n_others <= 1 && !t->is_habit);
    world_close(&w);
}

static void test_telltale__copies_count_once(void **state)
{
    (void)state;
    struct world w;
    uint32_t group[200];
    make_plain(&w, 200);
    for (uint32_t i = 0; i < 200; i++)
        world_plant(&w, i, w.y[i] ? "spam" : "ham");
    assert_ok(world_find(&w, NULL));
    assert_true(w.found.n >= 2);
    for (uint32_t i = 0; i < 200; i++) /* all of one label are the same few fans */
        group[i] = w.y[i] && i >= 20 ? i % 20 : i;
    assert_ok(world_find(&w, group));
    assert_int_equal(w.found.n, 0);
    world_close(&w);
}

static void test_telltale__knows_a_label_by_its_name(void **state)
{
    (void)state;
    struct world w;
    make_plain(&w, 200);
    size_t n = 0;
    for (size_t i = 0; i < 200; i++)
        if (w.y[i] == 0 && n++ < 15)
            world_plant(&w, i, "typical EMOTIONAL fan");
    assert_ok(world_find(&w, NULL));
    assert_int_equal(w.found.n, 1);
    assert_true(at_str_equal(w.found.items[0].name, at_str_from("emotional")));
    world_close(&w);
}

static void test_telltale__finds_a_habit(void **state)
{
    (void)state;
    struct world w;
    make_plain(&w, 120);
    for (size_t i = 0; i < 120; i++) /* one label came from an export without times */
        for (size_t m = 0; w.y[i] && m < 4; m++)
            w.dataset.profiles[i].messages[m].at_ms = (int64_t)(i * 3600 + m * 60) * 1000;
    assert_ok(world_find(&w, NULL));
    bool told = false;
    for (size_t i = 0; i < w.found.n; i++)
        told = told || (w.found.items[i].is_habit &&
                        at_str_equal(w.found.items[i].name, at_str_from("no times known")) &&
                        w.found.items[i].less == (w.found.items[i].class_index == 1) &&
                        w.found.items[i].n_with == 60 && w.found.items[i].n_others == 0);
    assert_true(told);
    world_close(&w);
}

static void test_telltale__needs_enough_fans(void **state)
{
    (void)state;
    struct world w;
    make_plain(&w, 38);
    for (size_t i = 0; i < 38; i++)
        world_plant(&w, i, w.y[i] ? "spam" : "ham");
    assert_ok(world_find(&w, NULL));
    assert_int_equal(w.found.n, 0);
    world_close(&w);
}

static void test_telltale__every_allocation_failing(void **state)
{
    (void)state;
    struct world w;
    attune_status status = ATTUNE_NO_MEMORY;
    size_t n = 0;
    make_plain(&w, 60);
    for (size_t i = 0; i < 60; i++)
        world_plant(&w, i, w.y[i] ? "spam" : "ham");
    while (status != ATTUNE_OK) {
        at_alloc_fail_after(++n);
        status = world_find(&w, NULL);
        at_alloc_fail_after(0);
        assert_true(status == ATTUNE_OK || (status == ATTUNE_NO_MEMORY && w.found.n == 0));
    }
    assert_true(n > 15 && w.found.n >= 2);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_telltale__real_differences_are_none),
        cmocka_unit_test(test_telltale__finds_a_planted_tag),
        cmocka_unit_test(test_telltale__copies_count_once),
        cmocka_unit_test(test_telltale__knows_a_label_by_its_name),
        cmocka_unit_test(test_telltale__finds_a_habit),
        cmocka_unit_test(test_telltale__needs_enough_fans),
        cmocka_unit_test(test_telltale__every_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
