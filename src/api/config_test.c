#include "api/settings.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "support/temp.h"
#include "support/test.h"

static attune_error err;
static struct temp temp;

static int setup(void **state)
{
    (void)state;
    temp_open(&temp);
    for (size_t i = 0; i < at_settings_table.n_rows; i++)
        if (at_settings_table.rows[i].env)
            unsetenv(at_settings_table.rows[i].env);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_close(&temp);
    return 0;
}

static attune_status load(struct at_config *c, const char *text)
{
    const char *path = temp_path(&temp, "config.json");
    assert_ok(at_fs_write(path, text, strlen(text), &err));
    return at_config_load(c, path, true, NULL, 0, &err);
}

static enum at_origin origin(const struct at_config *c, const char *name)
{
    const struct attune_option *o = at_option_find(at_settings_table, name);
    assert_non_null(o);
    return c->origins[o - at_settings_table.rows];
}

static void test_config__defaults_are_the_contracts(void **state)
{
    struct at_config c;
    (void)state;
    assert_ok(at_config_load(&c, NULL, false, NULL, 0, &err));
    assert_true(c.values.ml_enabled);
    assert_int_equal(c.values.ml_retrain_threshold, 50);
    assert_int_equal(c.values.ml_model_max_age_days, 7);
    assert_int_equal(c.values.ml_min_training_samples, 50);
    assert_int_equal(c.values.api_port, 8001);
    assert_int_equal(c.values.newest_messages, 50);
    assert_int_equal(c.values.min_rows, 3);
    assert_int_equal(c.values.min_received, 2);
    assert_int_equal(c.n_targets, 2);
    assert_true(c.targets[1].ordered);
    at_config_release(&c);
}

static void test_config__option_over_environment_over_file_over_default(void **state)
{
    const struct attune_setting option = {"ml.min_confidence", "0.9"};
    const char *path = temp_path(&temp, "config.json");
    const char *text = "{\"ml\":{\"min_confidence\":0.7,\"retrain_threshold\":20}}";
    struct at_config c;
    (void)state;
    assert_ok(at_fs_write(path, text, strlen(text), &err));
    setenv("CHATTING_ML_MIN_CONFIDENCE", "0.8", 1);
    assert_ok(at_config_load(&c, path, true, &option, 1, &err));
    assert_true(c.values.ml_min_confidence > 0.89 && c.values.ml_min_confidence < 0.91);
    assert_int_equal(origin(&c, "ml.min_confidence"), AT_ORIGIN_OPTION);
    at_config_release(&c);
    assert_ok(at_config_load(&c, path, true, NULL, 0, &err));
    assert_true(c.values.ml_min_confidence > 0.79 && c.values.ml_min_confidence < 0.81);
    assert_int_equal(origin(&c, "ml.min_confidence"), AT_ORIGIN_ENVIRONMENT);
    assert_int_equal(origin(&c, "ml.retrain_threshold"), AT_ORIGIN_FILE);
    assert_int_equal(origin(&c, "threads"), AT_ORIGIN_DEFAULT);
    at_config_release(&c);
    unsetenv("CHATTING_ML_MIN_CONFIDENCE");
}

static void test_config__says_file_key_and_what_is_allowed(void **state)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"{\"ml\":{\"min_confidence\":2}}",
         "ml.min_confidence: '2' is not allowed; expected a number, 0 to 1"},
        {"{\"ml\":{\"retrain_threshold\":\"many\"}}", "ml.retrain_threshold"},
        {"{\"ml\":{\"min_confidenc\":0.5}}", "did you mean 'ml.min_confidence'"},
        {"{\"wizard\":true}", "wizard"},
        {"{\"ml\":[1]}", "a list is not allowed"},
        {"[1]", "expected an object"},
        {"{\"ml\":", "config.json"},
        {"{\"api\":{\"port\":0}}", "1 to 65535"},
        {"{\"log\":{\"level\":\"loud\"}}", "debug, info, warning, error"},
        {"{\"targets\":{}}", "there must be one"},
        {"{\"targets\":{\"mood\":{\"labels\":[\"one\"]}}}", "mood"},
        {"{\"targets\":{\"mood\":{\"labels\":[\"a\",\"a\"]}}}", "mood"},
        {"{\"targets\":{\"mood\":{\"labels\":[1,2]}}}", "not text"},
        {"{\"targets\":{\"mood\":{\"label\":[\"a\",\"b\"]}}}", "mood"},
        {"{\"targets\":{\"../x\":{\"labels\":[\"a\",\"b\"]}}}", "not a usable name"},
        {"{\"targets\":{\"fan_id\":{\"labels\":[\"a\",\"b\"]}}}", "not a usable name"},
        {"{\"models\":{\"forest\":{\"trees\":5}}}", "trees"},
        {"{\"models\":{\"wizard\":{\"trees\":5}}}", "no model kind 'wizard'"},
        {"{\"confidence\":{\"certainty\":1}}", "no option 'certainty'"},
        {"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":1}}}}}}", "nested"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct at_config c;
        memset(&err, 0, sizeof err);
        const attune_status status = load(&c, bad[i].text);
        if ((status != ATTUNE_INVALID && status != ATTUNE_FORMAT) ||
            !strstr(err.message, bad[i].part) || !strstr(err.message, "config.json"))
            fail_msg("%s: %s: %s", bad[i].text, attune_status_text(status), err.message);
    }
}

static void test_config__targets_and_parts_are_configuration(void **state)
{
    struct at_config c;
    const struct at_labels *labels;
    (void)state;
    assert_ok(load(
        &c, "{\"// note\":\"mine\",\"targets\":{\"//\":\"two\",\"spending_potential\":{\"labels\":"
            "[\"low\",\"medium\",\"high\"],\"ordered\":true}},"
            "\"models\":{\"forest\":{\"n_estimators\":7}},"
            "\"confidence\":{\"target_precision\":0.5}}"));
    assert_int_equal(c.n_targets, 1);
    assert_ok(at_config_target(&c, "spending_potential", &labels, &err));
    assert_int_equal(labels->n, 3);
    assert_fails(at_config_target(&c, "mood", &labels, &err), ATTUNE_INVALID, "spending_potential");
    assert_non_null(c.parts);
    assert_string_equal(c.parts->setting.name, "forest.n_estimators");
    assert_string_equal(c.parts->setting.value, "7");
    assert_non_null(c.parts->next);
    assert_string_equal(c.parts->next->setting.name, "confidence.target_precision");
    at_config_release(&c);
}

static void test_config__the_template_reads_back_as_the_defaults(void **state)
{
    struct at_buf text = {0};
    struct at_config c;
    (void)state;
    assert_ok(at_config_template(&text, &err));
    assert_ok(load(&c, text.data));
    assert_int_equal(c.n_targets, 2);
    assert_null(c.values.database_url);
    assert_int_equal(c.values.seed, 42);
    for (size_t i = 0; i < at_settings_table.n_rows; i++)
        assert_int_equal(c.origins[i], AT_ORIGIN_DEFAULT);
    at_config_release(&c);
    /* without the slashes each key is a setting */
    for (char *p = text.data; (p = strstr(p, "\"//")); p += 3)
        if (p[3] != ' ' && p[3] != '"')
            memmove(p + 1, p + 3, strlen(p + 3) + 1);
    assert_ok(load(&c, text.data));
    assert_int_equal(origin(&c, "ml.min_confidence"), AT_ORIGIN_FILE);
    assert_int_equal(origin(&c, "train.seed"), AT_ORIGIN_FILE);
    assert_int_equal(c.values.seed, 42);
    at_config_release(&c);
    at_buf_release(&text);
}

static void test_config__every_allocation_may_fail(void **state)
{
    const char *path = temp_path(&temp, "config.json");
    struct at_buf text = {0};
    (void)state;
    assert_ok(at_config_template(&text, &err));
    assert_ok(at_fs_write(path, text.data, text.len, &err));
    at_buf_release(&text);
    for (size_t n = 1;; n++) {
        struct at_config c;
        at_alloc_fail_after(n);
        const attune_status status = at_config_load(&c, path, true, NULL, 0, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK) {
            at_config_release(&c);
            assert_true(n > 2);
            break;
        }
        assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__defaults_are_the_contracts),
        cmocka_unit_test(test_config__option_over_environment_over_file_over_default),
        cmocka_unit_test(test_config__says_file_key_and_what_is_allowed),
        cmocka_unit_test(test_config__targets_and_parts_are_configuration),
        cmocka_unit_test(test_config__the_template_reads_back_as_the_defaults),
        cmocka_unit_test(test_config__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
