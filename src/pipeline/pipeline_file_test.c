#include <stdlib.h>

#include "base/hash.h"
#include "pipeline/pipeline.h"
#include "support/people.h"
#include "support/temp.h"
#include "support/test.h"

enum { N = 40, CLASSES = 2, HEADER = 64, CHECKSUM_AT = 32 };

static attune_error err;
static struct at_dataset dataset;
static struct at_labels labels;
static struct at_arena arena;
static uint32_t y[N];
static const struct at_profile *profiles[N];
static struct temp folder;
static struct at_buf good; /* a model file of two members with policy, calibration and sets */

static int setup(void **state)
{
    const struct at_recipe_request request = {.kind = "ensemble"};
    const struct attune_setting few = {"n_estimators", "2"};
    const struct at_policy policy = {
        .target_precision = 0.75,
        .min_confidence = 0.5,
        .min_margin = 0.125,
        .conformal = {.alpha = 0.25, .threshold = 0.5, .n_rows = 8, .n_classes = CLASSES}};
    const struct at_voice voice[] = {{0.5, {2, 1e-6}}, {0.25, {4, 1e-6}}, {0.25, {1, 1e-6}}};
    struct at_recipe recipe;
    struct at_pipeline *p;
    (void)state;
    temp_open(&folder);
    people_make(&dataset, &labels, &arena, N, CLASSES, 0.5, 1);
    for (size_t i = 0; i < N; i++) {
        y[i] = (uint32_t)(i % CLASSES);
        profiles[i] = &dataset.profiles[i];
    }
    assert_ok(at_recipe_init(&recipe, &request, &err));
    assert_ok(at_recipe_set(&recipe, &few, 1, &err));
    const struct at_pipeline_fit in = {.recipe = &recipe,
                                       .voice = voice,
                                       .policy = &policy,
                                       .labels = &labels,
                                       .profiles = profiles,
                                       .y = y,
                                       .n = N,
                                       .seed = 1};
    assert_ok(at_pipeline_fit(&p, &in, NULL, &err));
    assert_ok(at_pipeline_save(p, temp_path(&folder, "good"), &err));
    assert_ok(at_fs_read(temp_path(&folder, "good"), &good, 1 << 26, &err));
    at_pipeline_destroy(p);
    at_recipe_release(&recipe);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    at_buf_release(&good);
    at_dataset_release(&dataset);
    at_arena_release(&arena);
    temp_close(&folder);
    return 0;
}

/* The good file with `from` replaced by `to`, of the same length, and a checksum that fits. */
static attune_status load_with(struct at_pipeline **out, const char *from, const char *to)
{
    struct at_checksum sum;
    struct at_buf bytes = {0};
    char *at = NULL;
    assert_int_equal(strlen(from), strlen(to));
    assert_ok(at_buf_add(&bytes, good.data, good.len, &err));
    for (size_t i = HEADER; !at && i + strlen(from) <= bytes.len; i++)
        if (memcmp(bytes.data + i, from, strlen(from)) == 0)
            at = bytes.data + i;
    if (!at)
        fail_msg("'%s' is not in the file", from);
    memcpy(at, to, strlen(to));
    at_checksum_init(&sum);
    at_checksum_add(&sum, bytes.data + HEADER, bytes.len - HEADER);
    at_checksum_finish(&sum, (unsigned char *)bytes.data + CHECKSUM_AT);
    assert_ok(at_fs_write(temp_path(&folder, "other"), bytes.data, bytes.len, &err));
    at_buf_release(&bytes);
    return at_pipeline_load(out, temp_path(&folder, "other"), NULL, 0, &err);
}

static void test_pipeline_file__everything_comes_back(void **state)
{
    struct at_pipeline *p;
    (void)state;
    assert_ok(load_with(&p, "\"seed\":1", "\"seed\":2"));
    assert_int_equal(p->n_members, 3);
    assert_close(p->members[0].voice.weight, 0.5, 0);
    assert_close(p->members[1].voice.temperature.t, 4, 0);
    assert_close(p->members[2].voice.temperature.floor, 1e-6, 0);
    assert_close(p->policy.target_precision, 0.75, 0);
    assert_close(p->policy.min_confidence, 0.5, 0);
    assert_close(p->policy.min_margin, 0.125, 0);
    assert_close(p->policy.conformal.alpha, 0.25, 0);
    assert_close(p->policy.conformal.threshold, 0.5, 0);
    assert_string_equal(p->way, "ensemble");
    at_pipeline_destroy(p);
}

static void test_pipeline_file__what_does_not_fit_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"\"weight\":0.5,\"temperature\":2", "\"weight\":-1 ,\"temperature\":2", "usable weight"},
        {"\"weight\":0.5,\"temperature\":2", "\"weight\":1.5,\"temperature\":2", "usable weight"},
        {"\"weight\":0.5,\"temperature\":2", "\"weight\":0.5,\"temperature\":0", "usable weight"},
        {"\"weight\":0.5,\"temperature\":2", "\"weighs\":0.5,\"temperature\":2", "usable weight"},
        {"\"floor\":1e-06", "\"floor\":1e+06", "usable weight"},
        {"\"floor\":1e-06", "\"floor\":0.000", "usable weight"},
        {"\"target_precision\":0.75", "\"target_precision\":1.75", "policy"},
        {"\"min_confidence\":0.5", "\"min_confidence\":5.0", "policy"},
        {"\"min_margin\":0.125", "\"min_margin\":9.125", "policy"},
        {"\"features\":[0,1,2]", "\"features\":[0,1,9]", "not there"},
        {"\"features\":[0,1,2]", "\"features\":[     ]", "without features"},
        {"\"features\":[0,1,2]", "\"features\":[1,1,1]", "do not fit"},
        {"\"members\":[", "\"persons\":[", "no usable members"},
        {"\"kind\":\"bayes\"", "\"kind\":\"boyes\"", "boyes"},
        {"\"format\":2", "\"format\":9", "newer attune"},
        {"\"format\":2", "\"format\":1", "no format number"},
        {"\"labels\":[\"Emotional\"", "\"labels\":[\"Conqueror\"", "label"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct at_pipeline *p;
        memset(&err, 0, sizeof err);
        const attune_status status = load_with(&p, cases[i].from, cases[i].to);
        if (status == ATTUNE_OK || !strstr(err.message, cases[i].says))
            fail_msg("%s gave '%s': %s", cases[i].to, attune_status_text(status), err.message);
        assert_null(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipeline_file__everything_comes_back),
        cmocka_unit_test(test_pipeline_file__what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
