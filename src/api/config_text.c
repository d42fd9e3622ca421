/* The settings as text: the commented template of a new home, and `config show`. */
#include <stdio.h>
#include <string.h>

#include "api/home_impl.h"
#include "base/json.h"

static void template_value(struct at_json_out *o, const struct attune_option *option,
                           const char *value)
{
    const bool quoted = option->type == ATTUNE_OPTION_TEXT ||
                        option->type == ATTUNE_OPTION_CHOICE ||
                        option->type == ATTUNE_OPTION_DURATION;
    if (option->type == ATTUNE_OPTION_TEXT && !value)
        at_json_put_null(o);
    else if (quoted)
        at_json_put_text(o, value);
    else
        at_json_put_raw(o, value, strlen(value));
}

/* JSON has no comments: a key that begins with // is one. Every setting stands there with its
 * default, switched off by such a key, so that a home keeps following the defaults of newer
 * versions. */
static attune_status template_row(struct at_json_out *o, const struct attune_option *option,
                                  const char *key, attune_error *err)
{
    struct at_buf comment = {0}, allowed = {0};
    attune_status status = at_option_allowed(option, &allowed, err);
    if (status == ATTUNE_OK)
        status = at_buf_addf(&comment, err, "%s (%s%s%s)", option->help, allowed.data,
                             option->env ? "; environment " : "", option->env ? option->env : "");
    if (status == ATTUNE_OK) {
        char name[80];
        snprintf(name, sizeof name, "// %s", key);
        at_json_set_text(o, name, comment.data);
        snprintf(name, sizeof name, "//%s", key);
        at_json_put_key(o, name);
        template_value(o, option, option->fallback);
    }
    at_buf_release(&comment);
    at_buf_release(&allowed);
    return status;
}

static void template_target(struct at_json_out *o, const struct at_labels *labels)
{
    char name[80];
    snprintf(name, sizeof name, "%.*s", (int)labels->target.len, labels->target.ptr);
    at_json_put_key(o, name);
    at_json_object_begin(o);
    at_json_put_key(o, "labels");
    at_json_array_begin(o);
    for (size_t i = 0; i < labels->n; i++)
        at_json_put_str(o, labels->names[i]);
    at_json_array_end(o);
    at_json_set_bool(o, "ordered", labels->ordered);
    at_json_object_end(o);
}

static void template_targets(struct at_json_out *o, const struct at_config *config)
{
    at_json_put_key(o, "targets");
    at_json_object_begin(o);
    at_json_set_text(o, "//",
                     "the questions asked of a fan; a further one is a further line here, for "
                     "example \"spending_potential\": {\"labels\": [\"low\", \"medium\", "
                     "\"high\"], \"ordered\": true}");
    for (size_t i = 0; i < config->n_targets; i++)
        template_target(o, &config->targets[i]);
    at_json_object_end(o);
}

static attune_status template_body(struct at_json_out *o, const struct at_config *config,
                                   attune_error *err)
{
    char section[64] = "";
    at_json_set_text(o, "//",
                     "settings of this attune home; keys that begin with // are comments: remove "
                     "the two slashes before a name to set it, here are the defaults");
    for (size_t i = 0; i < at_settings_table.n_rows; i++) {
        const struct attune_option *option = &at_settings_table.rows[i];
        const char *dot = strchr(option->name, '.');
        char head[64];
        snprintf(head, sizeof head, "%.*s", dot ? (int)(dot - option->name) : 0, option->name);
        if (strcmp(head, section) != 0 && *section)
            at_json_object_end(o);
        if (strcmp(head, section) != 0 && *head) {
            at_json_put_key(o, head);
            at_json_object_begin(o);
        }
        memcpy(section, head, sizeof section);
        AT_TRY(template_row(o, option, dot ? dot + 1 : option->name, err));
    }
    if (*section)
        at_json_object_end(o);
    template_targets(o, config);
    return ATTUNE_OK;
}

attune_status at_config_template(struct at_buf *out, attune_error *err)
{
    struct at_config config;
    AT_TRY(at_config_load(&config, NULL, false, NULL, 0, err));
    struct at_json_out o = at_json_out_to(out, 2);
    at_json_object_begin(&o);
    attune_status status = template_body(&o, &config, err);
    at_json_object_end(&o);
    if (status == ATTUNE_OK)
        status = at_json_end(&o, err);
    if (status == ATTUNE_OK)
        status = at_buf_addz(out, "\n", err);
    at_config_release(&config);
    return status;
}

/* A password in a database URL is nobody's business. */
static void show_url(struct at_json_out *o, const char *url)
{
    const char *scheme = strstr(url, "://"), *at = scheme ? strrchr(scheme, '@') : NULL;
    const char *colon = at ? memchr(scheme + 3, ':', (size_t)(at - scheme - 3)) : NULL;
    char text[1024];
    if (!colon) {
        at_json_put_text(o, url);
        return;
    }
    snprintf(text, sizeof text, "%.*s:***%s", (int)(colon - url), url, at);
    at_json_put_text(o, text);
}

static attune_status show_row(struct at_json_out *o, const struct at_config *config, size_t i,
                              attune_error *err)
{
    const struct attune_option *option = &at_settings_table.rows[i];
    struct at_buf text = {0}, allowed = {0};
    attune_status status = at_option_format(option, &config->values, &text, err);
    if (status == ATTUNE_OK)
        status = at_option_allowed(option, &allowed, err);
    if (status == ATTUNE_OK) {
        at_json_object_begin(o);
        at_json_set_text(o, "name", option->name);
        at_json_put_key(o, "value");
        if (strcmp(option->name, "database.url") == 0 && text.len)
            show_url(o, text.data);
        else
            template_value(o, option, text.len ? text.data : NULL);
        at_json_set_text(o, "origin", at_origin_name(config->origins[i]));
        at_json_set_text(o, "default", option->fallback);
        at_json_set_text(o, "allowed", allowed.data);
        at_json_set_text(o, "environment", option->env);
        at_json_set_text(o, "help", option->help);
        at_json_object_end(o);
    }
    at_buf_release(&text);
    at_buf_release(&allowed);
    return status;
}

static attune_status show_body(struct at_json_out *o, const struct at_config *config,
                               attune_error *err)
{
    at_json_set_text(o, "file", config->file);
    at_json_put_key(o, "settings");
    at_json_array_begin(o);
    for (size_t i = 0; i < at_settings_table.n_rows; i++)
        AT_TRY(show_row(o, config, i, err));
    for (const struct at_part_setting *p = config->parts; p; p = p->next) {
        at_json_object_begin(o);
        at_json_set_text(o, "name", p->setting.name);
        at_json_set_text(o, "value", p->setting.value);
        at_json_set_text(o, "origin", at_origin_name(p->origin));
        at_json_object_end(o);
    }
    at_json_array_end(o);
    at_json_put_key(o, "targets");
    at_json_object_begin(o);
    for (size_t i = 0; i < config->n_targets; i++)
        template_target(o, &config->targets[i]);
    at_json_object_end(o);
    at_json_set_text(o, "targets_origin", at_origin_name(config->targets_origin));
    return ATTUNE_OK;
}

attune_status attune_config_show(const attune_home *home, char **out_json, attune_error *err)
{
    struct at_config defaults = {0};
    struct at_report report;
    *out_json = NULL;
    if (!home)
        AT_TRY(at_config_load(&defaults, NULL, false, NULL, 0, err));
    at_report_begin(&report);
    attune_status status = show_body(&report.o, home ? &home->config : &defaults, err);
    status = at_report_end(&report, status, out_json, err);
    at_config_release(&defaults);
    return status;
}
