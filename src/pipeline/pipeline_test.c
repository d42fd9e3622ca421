#include "pipeline/pipeline.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/pool.h"
#include "support/people.h"
#include "support/test.h"

enum { N = 60, CLASSES = 3 };

static attune_error err;
static struct at_dataset dataset;
static struct at_labels labels;
static struct at_arena arena;
static uint32_t y[N];
static const struct at_profile *profiles[N];
static char folder[] = "/tmp/attune-pipeline-XXXXXX";

static int setup(void **state)
{
    (void)state;
    people_make(&dataset, &labels, &arena, N, CLASSES, 0.5, 1);
    for (size_t i = 0; i < N; i++) {
        y[i] = (uint32_t)(i % CLASSES);
        profiles[i] = &dataset.profiles[i];
    }
    return mkdtemp(folder) ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    at_dataset_release(&dataset);
    at_arena_release(&arena);
    return at_fs_remove_tree(folder, NULL) == ATTUNE_OK ? 0 : 1;
}

static void recipe_small(struct at_recipe *r, size_t newest)
{
    const struct at_recipe_request request = {.kind = "forest", .newest_messages = newest};
    const struct attune_setting few = {"n_estimators", "8"};
    assert_ok(at_recipe_init(r, &request, &err));
    assert_ok(at_recipe_set(r, &few, 1, &err));
}

static attune_status fit(struct at_pipeline **out, const struct at_recipe *r, attune_pool *pool,
                         const attune_job *job)
{
    const struct at_pipeline_fit in = {.recipe = r,
                                       .labels = &labels,
                                       .profiles = profiles,
                                       .y = y,
                                       .n = N,
                                       .seed = 42,
                                       .pool = pool,
                                       .job = job};
    return at_pipeline_fit(out, &in, NULL, &err);
}

static const char *file(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void hash_of(const struct at_pipeline *p, char hex[AT_SHA256_HEX])
{
    assert_ok(at_pipeline_save(p, file("hash"), &err));
    assert_ok(at_sha256_file(file("hash"), hex, &err));
}

static void test_pipeline__learns_saves_and_answers_the_same(void **state)
{
    struct at_recipe r;
    struct at_pipeline *made, *read;
    double a[N * CLASSES], b[N * CLASSES];
    size_t right = 0;
    (void)state;
    recipe_small(&r, 0);
    assert_ok(fit(&made, &r, NULL, NULL));
    assert_ok(at_pipeline_save(made, file("model"), &err));
    assert_ok(at_pipeline_load(&read, file("model"), NULL, 0, &err));
    assert_ok(at_pipeline_predict(made, profiles, N, a, NULL, &err));
    assert_ok(at_pipeline_predict(read, profiles, N, b, NULL, &err));
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 0; i < N; i++)
        right += a[i * CLASSES + y[i]] > 0.5;
    assert_true(right > N * 9 / 10);
    assert_string_equal(read->labels.names[1].ptr, "Conqueror");
    at_pipeline_destroy(made);
    at_pipeline_destroy(read);
    at_recipe_release(&r);
}

static void test_pipeline__is_the_same_file_for_any_number_of_threads(void **state)
{
    char first[AT_SHA256_HEX], other[AT_SHA256_HEX];
    struct at_recipe r;
    (void)state;
    recipe_small(&r, 0);
    for (size_t threads = 1; threads <= 4; threads++) {
        struct at_pipeline *p;
        attune_pool *pool;
        assert_ok(at_pool_create(&pool, threads, &err));
        assert_ok(fit(&p, &r, pool, NULL));
        hash_of(p, threads == 1 ? first : other);
        if (threads > 1)
            assert_string_equal(first, other);
        at_pipeline_destroy(p);
        at_pool_destroy(pool);
    }
    at_recipe_release(&r);
}

static void test_pipeline__only_the_newest_messages_count(void **state)
{
    struct at_recipe r;
    struct at_pipeline *p;
    double whole[CLASSES], tail[CLASSES];
    (void)state;
    recipe_small(&r, 2);
    assert_ok(fit(&p, &r, NULL, NULL));
    struct at_session *s;
    assert_ok(at_session_create(&s, p, &err));
    struct at_profile last_two = *profiles[7];
    last_two.messages += 2;
    last_two.n_messages = 2;
    assert_ok(at_session_predict(s, profiles[7], whole, &err));
    assert_ok(at_session_predict(s, &last_two, tail, &err));
    assert_memory_equal(whole, tail, sizeof whole);
    at_session_destroy(s);
    at_pipeline_destroy(p);
    at_recipe_release(&r);
}

static void test_pipeline__a_warm_session_allocates_nothing(void **state)
{
    struct at_recipe r;
    struct at_pipeline *p;
    struct at_session *s;
    double proba[CLASSES];
    (void)state;
    recipe_small(&r, 0);
    assert_ok(fit(&p, &r, NULL, NULL));
    assert_ok(at_session_create(&s, p, &err));
    for (size_t i = 0; i < N; i++)
        assert_ok(at_session_predict(s, profiles[i], proba, &err));
    at_alloc_fail_after(1);
    for (size_t i = 0; i < N; i++)
        assert_ok(at_session_predict(s, profiles[i], proba, &err));
    assert_null(at_alloc(1, 1)); /* the failure was still waiting */
    at_session_destroy(s);
    at_pipeline_destroy(p);
    at_recipe_release(&r);
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void test_pipeline__stops_when_asked(void **state)
{
    const attune_job job = {.cancelled = stop_at_once};
    struct at_recipe r;
    struct at_pipeline *p = (void *)&r;
    (void)state;
    recipe_small(&r, 0);
    assert_fails(fit(&p, &r, NULL, &job), ATTUNE_CANCELLED, "interrupted");
    assert_null(p);
    at_recipe_release(&r);
}

static void test_pipeline__every_allocation_may_fail(void **state)
{
    struct at_recipe r;
    struct at_pipeline *p = NULL;
    (void)state;
    recipe_small(&r, 0);
    size_t n = 1;
    for (;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = fit(&p, &r, NULL, NULL);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(p);
    }
    assert_true(n > 50);
    assert_ok(at_pipeline_save(p, file("model"), &err));
    at_pipeline_destroy(p);
    for (n = 1;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = at_pipeline_load(&p, file("model"), NULL, 0, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(p);
    }
    at_pipeline_destroy(p);
    at_recipe_release(&r);
}

static void test_pipeline__a_file_that_is_no_model_is_refused(void **state)
{
    struct at_pipeline *p;
    struct at_recipe r;
    struct at_buf text = {0};
    (void)state;
    recipe_small(&r, 0);
    assert_ok(fit(&p, &r, NULL, NULL));
    assert_ok(at_pipeline_save(p, file("model"), &err));
    at_pipeline_destroy(p);
    at_recipe_release(&r);
    assert_fails(at_pipeline_load(&p, file("nothing"), NULL, 0, &err), ATTUNE_IO, "nothing");
    assert_ok(at_fs_write(file("foreign"), "PK\3\4 a zip", 10, &err));
    assert_fails(at_pipeline_load(&p, file("foreign"), NULL, 0, &err), ATTUNE_CORRUPT,
                 "not an attune model");
    assert_ok(at_fs_read(file("model"), &text, 1 << 28, &err));
    assert_ok(at_fs_write(file("cut"), text.data, text.len / 2, &err));
    assert_fails(at_pipeline_load(&p, file("cut"), NULL, 0, &err), ATTUNE_CORRUPT, "truncated");
    text.data[text.len / 2] ^= 1;
    assert_ok(at_fs_write(file("bent"), text.data, text.len, &err));
    assert_fails(at_pipeline_load(&p, file("bent"), NULL, 0, &err), ATTUNE_CORRUPT, "bent");
    text.data[8] = 9;
    assert_ok(at_fs_write(file("newer"), text.data, text.len, &err));
    assert_fails(at_pipeline_load(&p, file("newer"), NULL, 0, &err), ATTUNE_TOO_NEW, "update");
    at_buf_release(&text);
}

/* A valid bundle whose description does not fit its parts. */
static void test_pipeline__parts_must_fit_together(void **state)
{
    static const char *const metas[] = {
        "{",
        "[]",
        "{\"format\":2}",
        "{\"format\":1,\"target\":\"t\",\"labels\":\"x\"}",
        "{\"format\":1,\"target\":\"t\",\"labels\":[\"a\"]}",
        "{\"format\":1,\"target\":\"t\",\"labels\":[\"a\",\"a\"]}",
        "{\"format\":1,\"target\":\"t\",\"labels\":[\"a\",\"b\"],\"features\":[]}",
        "{\"format\":1,\"target\":\"t\",\"labels\":[\"a\",\"b\"],\"features\":[{\"kind\":\"magic\"}"
        "]}",
        "{\"format\":1,\"target\":\"t\",\"labels\":[\"a\",\"b\"],\"features\":[{\"kind\":\"tfidf\"}"
        "]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof metas / sizeof *metas; i++) {
        attune_writer *w;
        struct at_pipeline *p;
        assert_ok(at_bundle_create(&w, file("odd"), &err));
        assert_ok(attune_writer_put(w, "meta", metas[i], strlen(metas[i]), &err));
        assert_ok(at_bundle_commit(w, &err));
        const attune_status status = at_pipeline_load(&p, file("odd"), NULL, 0, &err);
        if (status != ATTUNE_CORRUPT && status != ATTUNE_TOO_NEW && status != ATTUNE_UNSUPPORTED)
            fail_msg("%s gave '%s'", metas[i], attune_status_text(status));
        assert_non_null(strstr(err.message, "odd"));
        assert_null(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipeline__learns_saves_and_answers_the_same),
        cmocka_unit_test(test_pipeline__is_the_same_file_for_any_number_of_threads),
        cmocka_unit_test(test_pipeline__only_the_newest_messages_count),
        cmocka_unit_test(test_pipeline__a_warm_session_allocates_nothing),
        cmocka_unit_test(test_pipeline__stops_when_asked),
        cmocka_unit_test(test_pipeline__every_allocation_may_fail),
        cmocka_unit_test(test_pipeline__a_file_that_is_no_model_is_refused),
        cmocka_unit_test(test_pipeline__parts_must_fit_together),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
