#include "cli/outline.h"

#include <stdio.h>
#include <string.h>

static void outline_value(struct at_page *page, const at_json *v, size_t indent);

static void outline_scalar(struct at_page *page, const at_json *v)
{
    char text[32];
    if (at_json_is_string(v)) {
        at_page_add(page, at_json_string(v).ptr, at_json_string(v).len);
    } else if (at_json_is_bool(v)) {
        at_page_addf(page, "%s", at_json_bool(v, false) ? "yes" : "no");
    } else if (at_json_is_integer(v)) {
        at_page_addf(page, "%lld", (long long)at_json_integer(v, 0));
    } else if (at_json_is_number(v)) {
        snprintf(text, sizeof text, "%.6g", at_json_number(v, 0));
        at_page_addf(page, "%s", text);
    } else {
        at_page_addf(page, "-");
    }
}

static bool outline_is_flat(const at_json *v)
{
    if (at_json_is_object(v))
        return at_json_len(v) == 0;
    for (size_t i = 0; at_json_is_array(v) && i < at_json_len(v); i++)
        if (at_json_is_object(at_json_at(v, i)) || at_json_is_array(at_json_at(v, i)))
            return false;
    return true;
}

static void outline_flat(struct at_page *page, const at_json *v)
{
    if (!at_json_is_array(v)) {
        outline_scalar(page, v);
        return;
    }
    for (size_t i = 0; i < at_json_len(v); i++) {
        at_page_addf(page, "%s", i ? ", " : "");
        outline_scalar(page, at_json_at(v, i));
    }
    if (!at_json_len(v))
        at_page_addf(page, "none");
}

static void outline_member(struct at_page *page, const char *key, const at_json *v, size_t indent)
{
    if (strcmp(key, "classification_report") == 0 || strcmp(key, "confusion_matrix") == 0)
        return; /* shown as tables */
    if (indent)
        at_page_pad(page, 0, indent);
    at_page_styled(page, AT_STYLE_DIM, "%s:", key);
    if (outline_is_flat(v)) {
        at_page_add(page, " ", 1);
        outline_flat(page, v);
        at_page_add(page, "\n", 1);
        return;
    }
    at_page_add(page, "\n", 1);
    outline_value(page, v, indent + 2);
}

static void outline_value(struct at_page *page, const at_json *v, size_t indent)
{
    for (void *it = at_json_first(v); it; it = at_json_next(v, it))
        outline_member(page, at_json_key(it), at_json_value(it), indent);
    for (size_t i = 0; at_json_is_array(v) && i < at_json_len(v); i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        outline_member(page, number, at_json_at(v, i), indent);
    }
}

void at_outline(struct at_page *page, const at_json *report)
{
    outline_value(page, report, 0);
}
