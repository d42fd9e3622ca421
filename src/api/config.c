/* Where a value comes from: flag over environment over config.json over default. The file is walked
 * once; nested objects become dotted names; keys that begin with // are comments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/settings.h"
#include "base/fs.h"
#include "base/json.h"
#include "feature/feature.h"
#include "model/model.h"
#include "pipeline/confidence.h"
#include "text/language.h"

static attune_status config_add_part(struct at_config *c, const char *name, const char *value,
                                     enum at_origin origin, attune_error *err)
{
    struct at_part_setting *part = AT_NEW(&c->arena, struct at_part_setting, 1);
    char *copy = at_arena_strdup(&c->arena, name), *text = at_arena_strdup(&c->arena, value);
    if (!part || !copy || !text)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: settings");
    *part = (struct at_part_setting){{copy, text}, origin, NULL};
    struct at_part_setting **end = &c->parts;
    while (*end)
        end = &(*end)->next;
    *end = part;
    return ATTUNE_OK;
}

/* "models.forest.n_estimators", "features.tfidf.max_features": checked against the part's table. */
static attune_status config_set_part(struct at_config *c, const char *name, const char *value,
                                     const char *where, enum at_origin origin, attune_error *err)
{
    const bool is_model = strncmp(name, "models.", 7) == 0;
    const char *part = strchr(name, '.') + 1, *dot = strchr(part, '.');
    char kind_name[64];
    if (!dot || (size_t)(dot - part) >= sizeof kind_name)
        return at_fail(err, ATTUNE_INVALID, "%s: expected %s.KIND.OPTION", where,
                       is_model ? "models" : "features");
    memcpy(kind_name, part, (size_t)(dot - part));
    kind_name[dot - part] = '\0';
    const struct attune_model_kind *model = is_model ? attune_model_kind_find(kind_name) : NULL;
    const struct at_feature_kind *feature = is_model ? NULL : at_feature_kind_find(kind_name);
    if (!model && !feature)
        return at_fail(err, ATTUNE_INVALID, "%s: there is no %s '%s'", where,
                       is_model ? "model kind" : "feature block", kind_name);
    const struct at_option_table table = {model ? model->options : feature->options,
                                          model ? model->n_options : feature->n_options};
    if (!at_option_find(table, dot + 1))
        return at_fail(err, ATTUNE_INVALID, "%s: '%s' has no option '%s'", where, kind_name,
                       dot + 1);
    return config_add_part(c, part, value, origin, err);
}

/* "confidence.target_precision" */
static attune_status config_set_confidence(struct at_config *c, const char *name, const char *value,
                                           const char *where, enum at_origin origin,
                                           attune_error *err)
{
    if (!at_option_find(at_confidence_table, strchr(name, '.') + 1))
        return at_fail(err, ATTUNE_INVALID, "%s: the confidence has no option '%s'", where,
                       strchr(name, '.') + 1);
    return config_add_part(c, name, value, origin, err);
}

static attune_status config_set(struct at_config *c, const char *name, const char *value,
                                const char *where, enum at_origin origin, attune_error *err)
{
    if (strncmp(name, "models.", 7) == 0 || strncmp(name, "features.", 9) == 0)
        return config_set_part(c, name, value, where, origin, err);
    if (strncmp(name, "confidence.", 11) == 0)
        return config_set_confidence(c, name, value, where, origin, err);
    const struct attune_option *option = at_option_find(at_settings_table, name);
    if (!option) {
        const struct attune_setting unknown = {name, value};
        attune_error cause = {0};
        (void)at_options_set(at_settings_table, &c->values, &unknown, 1, &c->arena, &cause);
        return at_fail(err, ATTUNE_INVALID, "%s: %s (attune config show lists all settings)", where,
                       cause.message);
    }
    if (strcmp(name, "language") == 0 && strcmp(value, "auto") != 0 &&
        !at_language_is_tag(at_str_from(value)))
        return at_fail(err, ATTUNE_INVALID,
                       "%s: '%.60s' is not a language; expected auto, or a tag such as fr or pt-BR",
                       where, value);
    AT_TRY(at_option_set(option, &c->values, value, where, &c->arena, err));
    c->origins[option - at_settings_table.rows] = origin;
    return ATTUNE_OK;
}

static attune_status config_bad_target(const char *file, const char *name, const char *what,
                                       attune_error *err)
{
    return at_fail(err, ATTUNE_INVALID,
                   "%s: targets.%s: %s; expected {\"labels\": [\"a\", \"b\"], \"ordered\": false}",
                   file, name, what);
}

/* A target's name becomes a folder and a JSON key. */
static bool config_target_name_ok(const char *name)
{
    const size_t n = strlen(name);
    if (n < 1 || n > 64 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789_-") != n)
        return false;
    return strcmp(name, "all") != 0 && strcmp(name, "fan_id") != 0 &&
           strcmp(name, "messages") != 0 && strcmp(name, "labels") != 0 &&
           strcmp(name, "text") != 0 && strcmp(name, "split") != 0 && strcmp(name, "language") != 0;
}

static attune_status config_target(struct at_config *c, const char *name, const at_json *v,
                                   attune_error *err)
{
    if (!config_target_name_ok(name))
        return config_bad_target(c->file, name, "not a usable name", err);
    if (c->n_targets == AT_TARGETS_MAX)
        return at_fail(err, ATTUNE_LIMIT, "%s: more than %d targets", c->file, AT_TARGETS_MAX);
    const at_json *list = at_json_get(v, "labels");
    const size_t n = at_json_len(list);
    struct at_str *names = AT_NEW(&c->arena, struct at_str, n ? n : 1);
    char *target = at_arena_strdup(&c->arena, name);
    if (!names || !target)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: targets");
    if (!at_json_is_array(list))
        return config_bad_target(c->file, name, "has no list of labels", err);
    for (size_t i = 0; i < n; i++) {
        if (!at_json_is_string(at_json_at(list, i)))
            return config_bad_target(c->file, name, "a label is not text", err);
        names[i] = at_json_string(at_json_at(list, i));
    }
    for (void *it = at_json_first(v); it; it = at_json_next(v, it)) {
        const char *key = at_json_key(it);
        if (strcmp(key, "labels") != 0 && strcmp(key, "ordered") != 0 && strncmp(key, "//", 2) != 0)
            return config_bad_target(c->file, name, "has an unknown key", err);
    }
    const attune_status status =
        at_labels_make(&c->targets[c->n_targets], at_str_from(target), names, n,
                       at_json_bool(at_json_get(v, "ordered"), false), &c->arena, err);
    if (status != ATTUNE_OK)
        return at_wrap(err, status, "%s: targets.%s", c->file, name);
    c->n_targets++;
    return ATTUNE_OK;
}

static attune_status config_targets(struct at_config *c, const at_json *v, attune_error *err)
{
    if (!at_json_is_object(v))
        return at_fail(err, ATTUNE_INVALID, "%s: targets: expected an object, got %s", c->file,
                       at_json_type_name(v));
    c->n_targets = 0;
    c->targets_origin = AT_ORIGIN_FILE;
    for (void *it = at_json_first(v); it; it = at_json_next(v, it))
        if (strncmp(at_json_key(it), "//", 2) != 0)
            AT_TRY(config_target(c, at_json_key(it), at_json_value(it), err));
    return c->n_targets ? ATTUNE_OK
                        : at_fail(err, ATTUNE_INVALID, "%s: targets: there must be one", c->file);
}

static attune_status config_default_targets(struct at_config *c, attune_error *err)
{
    const struct at_str personality[] = {at_str_from("Emotional"), at_str_from("Conqueror")};
    const struct at_str engagement[] = {at_str_from("low"), at_str_from("medium"),
                                        at_str_from("high")};
    AT_TRY(at_labels_make(&c->targets[0], at_str_from("personality"), personality, 2, false,
                          &c->arena, err));
    AT_TRY(at_labels_make(&c->targets[1], at_str_from("engagement"), engagement, 3, true, &c->arena,
                          err));
    c->n_targets = 2;
    return ATTUNE_OK;
}

static attune_status config_walk(struct at_config *c, const at_json *object, const char *prefix,
                                 int depth, attune_error *err);

static attune_status config_member(struct at_config *c, const char *name, const at_json *v,
                                   int depth, attune_error *err)
{
    char where[512];
    struct at_buf text = {0};
    if (at_json_is_object(v))
        return config_walk(c, v, name, depth + 1, err);
    snprintf(where, sizeof where, "%s: %s", c->file, name);
    if (at_json_is_null(v)) /* as if it were not there */
        return at_option_find(at_settings_table, name)
                   ? ATTUNE_OK
                   : config_set(c, name, "", where, AT_ORIGIN_FILE, err);
    if (at_json_is_array(v))
        return at_fail(err, ATTUNE_INVALID, "%s: a list is not allowed here", where);
    attune_status status = ATTUNE_OK;
    if (at_json_is_string(v)) {
        status = at_buf_addz(&text, at_json_string(v).ptr, err);
    } else {
        struct at_json_out o = at_json_out_to(&text, 0);
        at_json_put_value(&o, v);
        status = at_json_end(&o, err);
    }
    if (status == ATTUNE_OK)
        status = config_set(c, name, text.data, where, AT_ORIGIN_FILE, err);
    at_buf_release(&text);
    return status;
}

static attune_status config_walk(struct at_config *c, const at_json *object, const char *prefix,
                                 int depth, attune_error *err)
{
    if (depth > 4)
        return at_fail(err, ATTUNE_INVALID, "%s: '%s' is nested too deeply", c->file, prefix);
    for (void *it = at_json_first(object); it; it = at_json_next(object, it)) {
        const char *key = at_json_key(it);
        char name[256];
        if (strncmp(key, "//", 2) == 0)
            continue;
        const int n = snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
        if (n < 0 || (size_t)n >= sizeof name)
            return at_fail(err, ATTUNE_INVALID, "%s: the key '%.60s...' is too long", c->file, key);
        if (!*prefix && strcmp(key, "targets") == 0)
            AT_TRY(config_targets(c, at_json_value(it), err));
        else
            AT_TRY(config_member(c, name, at_json_value(it), depth, err));
    }
    return ATTUNE_OK;
}

static attune_status config_read_text(struct at_config *c, const char *text, size_t len,
                                      const char *file, attune_error *err)
{
    at_json *json = NULL;
    c->file = at_arena_strdup(&c->arena, file);
    if (!c->file)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: settings");
    attune_status status = at_json_parse(&json, text, len, file, err);
    if (status == ATTUNE_OK && !at_json_is_object(json))
        status = at_fail(err, ATTUNE_INVALID, "%s: expected an object, got %s", file,
                         at_json_type_name(json));
    if (status == ATTUNE_OK)
        status = config_walk(c, json, "", 0, err);
    at_json_free(json);
    return status;
}

static attune_status config_read_file(struct at_config *c, const char *file, attune_error *err)
{
    struct at_buf text = {0};
    attune_status status = at_fs_read(file, &text, 1 << 20, err);
    if (status == ATTUNE_OK)
        status = config_read_text(c, text.data, text.len, file, err);
    at_buf_release(&text);
    return status;
}

static attune_status config_read_environment(struct at_config *c, attune_error *err)
{
    for (size_t i = 0; i < at_settings_table.n_rows; i++) {
        const struct attune_option *option = &at_settings_table.rows[i];
        const char *value = option->env ? getenv(option->env) : NULL;
        if (value && *value)
            AT_TRY(config_set(c, option->name, value, option->env, AT_ORIGIN_ENVIRONMENT, err));
    }
    return ATTUNE_OK;
}

static attune_status config_build(struct at_config *c, const char *file, bool needed,
                                  const struct attune_setting *settings, size_t n,
                                  attune_error *err)
{
    AT_TRY(at_options_defaults(at_settings_table, &c->values, err));
    AT_TRY(config_default_targets(c, err));
    if (file && (needed || at_fs_exists(file)))
        AT_TRY(config_read_file(c, file, err));
    AT_TRY(config_read_environment(c, err));
    for (size_t i = 0; i < n; i++)
        AT_TRY(config_set(c, settings[i].name, settings[i].value, settings[i].name,
                          AT_ORIGIN_OPTION, err));
    return ATTUNE_OK;
}

attune_status at_config_load(struct at_config *out, const char *file, bool file_needed,
                             const struct attune_setting *settings, size_t n, attune_error *err)
{
    *out = (struct at_config){0};
    const attune_status status = config_build(out, file, file_needed, settings, n, err);
    if (status != ATTUNE_OK)
        at_config_release(out);
    return status;
}

attune_status at_config_load_text(struct at_config *out, const char *text, size_t len,
                                  const char *name, attune_error *err)
{
    *out = (struct at_config){0};
    attune_status status = at_options_defaults(at_settings_table, &out->values, err);
    if (status == ATTUNE_OK)
        status = config_default_targets(out, err);
    if (status == ATTUNE_OK)
        status = config_read_text(out, text, len, name, err);
    if (status != ATTUNE_OK)
        at_config_release(out);
    return status;
}

void at_config_release(struct at_config *config)
{
    at_arena_release(&config->arena);
    *config = (struct at_config){0};
}

attune_status at_config_target(const struct at_config *config, const char *name,
                               const struct at_labels **out, attune_error *err)
{
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < config->n_targets; i++) {
        const struct at_str target = config->targets[i].target;
        if (at_str_equal(target, at_str_from(name))) {
            *out = &config->targets[i];
            return ATTUNE_OK;
        }
        const int n = snprintf(known + used, sizeof known - used, "%s%.*s", i ? ", " : "",
                               (int)target.len, target.ptr);
        if (n > 0 && used + (size_t)n < sizeof known)
            used += (size_t)n;
    }
    return at_fail(err, ATTUNE_INVALID, "there is no target '%.80s'; config.json has: %s", name,
                   known);
}
