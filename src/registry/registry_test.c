#include "registry/registry.h"

#include "base/alloc.h"
#include "support/people.h"
#include "support/temp.h"
#include "support/test.h"

enum { N = 40, CLASSES = 2 };

static attune_error err;
static const char *const metrics = "{\"accuracy\":0.9}";

struct world {
    struct temp temp;
    char models[300], db[300];
    struct at_dataset dataset;
    struct at_labels labels;
    struct at_arena arena;
    struct at_pipeline *pipeline;
    uint8_t role[N];
    struct at_registry registry;
};

static struct at_str target(void)
{
    return at_str_from("personality");
}

static void world_open(struct world *w)
{
    const struct at_store_kind *kind;
    assert_ok(at_store_kind_for(&kind, w->db, &err));
    assert_ok(kind->open(&w->registry.store, w->db, AT_STORE_WRITE, &err));
}

static void world_make(struct world *w)
{
    const struct at_recipe_request request = {.kind = "majority"};
    struct at_recipe recipe;
    uint32_t y[N];
    const struct at_profile *profiles[N];
    memset(w, 0, sizeof *w);
    temp_open(&w->temp);
    snprintf(w->models, sizeof w->models, "%s/models", w->temp.dir);
    snprintf(w->db, sizeof w->db, "%s/attune.db", w->temp.dir);
    assert_ok(at_fs_mkdirs(w->models, &err));
    people_make(&w->dataset, &w->labels, &w->arena, N, CLASSES, 0.5, 9);
    for (size_t i = 0; i < N; i++) {
        y[i] = (uint32_t)(i % CLASSES);
        profiles[i] = &w->dataset.profiles[i];
        w->role[i] = i % 4 ? AT_SPLIT_TRAIN : AT_SPLIT_TEST;
    }
    assert_ok(at_recipe_init(&recipe, &request, &err));
    const struct at_pipeline_fit fit = {
        .recipe = &recipe, .labels = &w->labels, .profiles = profiles, .y = y, .n = N};
    assert_ok(at_pipeline_fit(&w->pipeline, &fit, NULL, &err));
    at_recipe_release(&recipe);
    w->registry.models = w->models;
    world_open(w);
    assert_ok(w->registry.store->kind->begin(w->registry.store, &err));
    for (size_t i = 0; i < N; i++) {
        struct at_store_change change;
        assert_ok(w->registry.store->kind->profile_add(w->registry.store, profiles[i], "test", 1,
                                                       &change, &err));
    }
    assert_ok(w->registry.store->kind->commit(w->registry.store, &err));
}

static void world_release(struct world *w)
{
    w->registry.store->kind->close(w->registry.store);
    at_pipeline_destroy(w->pipeline);
    at_dataset_release(&w->dataset);
    at_arena_release(&w->arena);
    temp_close(&w->temp);
}

static attune_status publish(struct world *w, int64_t *version)
{
    const struct at_publish what = {.target = target(),
                                    .pipeline = w->pipeline,
                                    .metrics = metrics,
                                    .data_sha256 = "00",
                                    .seed = 1,
                                    .n_train = 30,
                                    .n_test = 10,
                                    .dataset = &w->dataset,
                                    .role = w->role};
    return at_registry_publish(&w->registry, &what, version, &err);
}

static int64_t alias(struct world *w, const char *name)
{
    int64_t version;
    assert_ok(w->registry.store->kind->alias_get(w->registry.store, target(), at_str_from(name),
                                                 &version, &err));
    return version;
}

static void promote(struct world *w, int64_t version)
{
    const struct at_alias_change change = {
        .target = target(), .version = version, .action = "promote"};
    assert_ok(at_registry_set_champion(&w->registry, &change, NULL, &err));
}

static bool folder_exists(struct world *w, int64_t version)
{
    char path[600];
    assert_ok(at_registry_path(&w->registry, target(), version, NULL, path, sizeof path, &err));
    return at_fs_is_dir(path);
}

static void test_registry__publishes_whole_versions(void **state)
{
    struct world w;
    struct at_pipeline *read;
    int64_t first, second;
    (void)state;
    world_make(&w);
    assert_ok(publish(&w, &first));
    assert_ok(publish(&w, &second));
    assert_int_equal(first, 1);
    assert_int_equal(second, 2);
    assert_int_equal(alias(&w, "candidate"), 2);
    assert_ok(at_registry_verify(&w.registry, target(), 1, &err));
    assert_ok(at_registry_load(&w.registry, target(), 2, &read, &err));
    at_pipeline_destroy(read);
    world_release(&w);
}

static void test_registry__champion_moves_and_remembers(void **state)
{
    struct world w;
    int64_t v;
    const struct at_alias_change missing = {.target = target(), .version = 9, .action = "promote"};
    (void)state;
    world_make(&w);
    assert_ok(publish(&w, &v));
    promote(&w, 1);
    assert_int_equal(alias(&w, "champion"), 1);
    assert_int_equal(alias(&w, "candidate"), 0);
    assert_ok(publish(&w, &v));
    promote(&w, 2);
    assert_int_equal(alias(&w, "previous"), 1);
    assert_fails(at_registry_set_champion(&w.registry, &missing, NULL, &err), ATTUNE_NOT_FOUND,
                 "9");
    assert_int_equal(alias(&w, "champion"), 2);
    world_release(&w);
}

static void test_registry__deletes_only_what_nothing_points_at(void **state)
{
    struct world w;
    int64_t v;
    size_t n_deleted;
    (void)state;
    world_make(&w);
    for (int i = 0; i < 6; i++)
        assert_ok(publish(&w, &v));
    promote(&w, 1);
    promote(&w, 4);
    const struct at_alias_change champion = {.target = target(), .version = 4, .action = "delete"};
    assert_fails(at_registry_delete(&w.registry, &champion, &err), ATTUNE_CONFLICT, "4");
    assert_true(folder_exists(&w, 4));
    assert_ok(at_registry_retain(&w.registry, target(), 2, &n_deleted, &err));
    assert_int_equal(n_deleted, 3); /* 2, 3, 5; kept: 1 previous, 4 champion, 6 candidate */
    assert_true(folder_exists(&w, 1) && folder_exists(&w, 4) && folder_exists(&w, 6));
    assert_false(folder_exists(&w, 2) || folder_exists(&w, 3) || folder_exists(&w, 5));
    assert_ok(publish(&w, &v));
    assert_int_equal(v, 7);
    world_release(&w);
}

static void test_registry__removes_what_a_crash_left(void **state)
{
    struct world w;
    int64_t v;
    size_t n;
    char path[600];
    (void)state;
    world_make(&w);
    assert_ok(publish(&w, &v));
    snprintf(path, sizeof path, "%s/personality/v0002", w.models);
    assert_ok(at_fs_mkdirs(path, &err));
    snprintf(path, sizeof path, "%s/personality/v0003.tmp-77", w.models);
    assert_ok(at_fs_mkdirs(path, &err));
    assert_ok(at_registry_leftovers(&w.registry, &n, &err));
    assert_int_equal(n, 2);
    assert_ok(at_registry_recover(&w.registry, &n, &err));
    assert_int_equal(n, 2);
    assert_true(folder_exists(&w, 1));
    assert_false(folder_exists(&w, 2));
    assert_ok(publish(&w, &v));
    assert_int_equal(v, 2);
    world_release(&w);
}

static void test_registry__sees_every_change_of_a_file(void **state)
{
    static const char *const files[] = {"model.attune", "metrics.json", "manifest.json"};
    struct world w;
    int64_t v;
    (void)state;
    world_make(&w);
    for (size_t i = 0; i < 3; i++) {
        char path[600];
        struct at_buf text = {0};
        assert_ok(publish(&w, &v));
        assert_ok(at_registry_path(&w.registry, target(), v, files[i], path, sizeof path, &err));
        assert_ok(at_fs_read(path, &text, 1 << 28, &err));
        text.data[text.len / 2] ^= 1;
        assert_ok(at_fs_write(path, text.data, text.len, &err));
        at_buf_release(&text);
        assert_fails(at_registry_verify(&w.registry, target(), v, &err), ATTUNE_CORRUPT, files[i]);
        assert_ok(at_fs_remove_tree(path, &err));
        assert_fails(at_registry_verify(&w.registry, target(), v, &err), ATTUNE_CORRUPT, "missing");
    }
    world_release(&w);
}

static void test_registry__every_allocation_may_fail(void **state)
{
    struct world w;
    int64_t v;
    size_t n, left;
    (void)state;
    world_make(&w);
    for (n = 1;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = publish(&w, &v);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_ok(at_registry_leftovers(&w.registry, &left, &err));
        assert_int_equal(left, 0);
    }
    assert_true(n > 3);
    assert_int_equal(v, 1);
    assert_ok(at_registry_verify(&w.registry, target(), 1, &err));
    world_release(&w);
}

static void test_gate__refuses_what_is_worse(void **state)
{
    const struct at_metrics good = {
        .n = 50, .macro = {.f1 = 0.8}, .macro_f1_high = 0.9, .log_loss = 0.5};
    const struct at_metrics bad = {
        .n = 50, .macro = {.f1 = 0.3}, .macro_f1_high = 0.4, .log_loss = 0.9};
    const struct at_metrics majority = {.n = 50, .macro = {.f1 = 0.33}, .log_loss = 0.69};
    const struct at_paired same = {.mcnemar_p = 1, .macro_f1_delta = 0.02, .log_loss_low = -0.1};
    const struct at_paired worse = {.mcnemar_p = 0.01,
                                    .only_b = 15,
                                    .only_a = 3,
                                    .macro_f1_delta = -0.1,
                                    .log_loss_low = 0.01,
                                    .recall_drop_low = 0.2,
                                    .recall_drop_class = 1};
    struct at_str names[] = {at_str_from("a"), at_str_from("b")};
    const struct at_labels labels = {.names = names, .n = 2};
    struct at_gate gate;
    (void)state;
    assert_ok(at_gate_first(&gate, &good, &majority, &err));
    assert_true(gate.passed);
    assert_ok(at_gate_first(&gate, &bad, &majority, &err));
    assert_false(gate.passed);
    at_gate_release(&gate);
    assert_ok(at_gate_paired(&gate, 1, &same, 50, &labels, &err));
    assert_true(gate.passed);
    assert_ok(at_gate_paired(&gate, 1, &worse, 50, &labels, &err));
    assert_false(gate.passed);
    struct at_buf text = {0};
    struct at_json_out o = at_json_out_to(&text, 0);
    at_gate_json(&gate, &o);
    at_json *parsed;
    assert_ok(at_json_parse(&parsed, text.data, text.len, "gate", &err));
    assert_int_equal(at_json_len(at_json_get(parsed, "reasons")), 4);
    at_json_free(parsed);
    at_buf_release(&text);
    at_gate_release(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry__publishes_whole_versions),
        cmocka_unit_test(test_registry__champion_moves_and_remembers),
        cmocka_unit_test(test_registry__deletes_only_what_nothing_points_at),
        cmocka_unit_test(test_registry__removes_what_a_crash_left),
        cmocka_unit_test(test_registry__sees_every_change_of_a_file),
        cmocka_unit_test(test_registry__every_allocation_may_fail),
        cmocka_unit_test(test_gate__refuses_what_is_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
