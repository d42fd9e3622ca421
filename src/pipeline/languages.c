#include "pipeline/languages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/language.h"

static bool languages_scan(struct at_language_scan *scan, const struct at_profile *profile,
                           enum at_from from)
{
    for (size_t i = 0; i < profile->n_messages; i++)
        if (profile->messages[i].from == from)
            at_language_add(scan, profile->messages[i].text);
    return scan->n_all > 0;
}

static bool languages_is_known(struct at_str tag)
{
    return tag.len && !at_language_same(tag, at_str_from(at_language_unknown));
}

struct at_profile_language at_profile_language_get(const struct at_profile *profile)
{
    if (languages_is_known(profile->language))
        return (struct at_profile_language){profile->language, true, true};
    struct at_language_scan scan = {0};
    struct at_language found;
    if (!languages_scan(&scan, profile, AT_FROM_FAN))
        languages_scan(&scan, profile, AT_FROM_CREATOR);
    at_language_finish(&scan, &found);
    if (found.tag == at_language_unknown)
        return (struct at_profile_language){{"", 0}, false, false};
    return (struct at_profile_language){at_str_from(found.tag), false, found.sure};
}

const struct at_languages_row *at_languages_find(const struct at_languages *l, struct at_str tag)
{
    for (size_t i = 0; i < l->n_rows; i++)
        if (at_language_same(at_str_from(l->rows[i].tag), tag))
            return &l->rows[i];
    return NULL;
}

void at_languages_add(struct at_languages *l, struct at_str tag)
{
    const struct at_languages_row *const row = at_languages_find(l, tag);
    const size_t i = row ? (size_t)(row - l->rows) : l->n_rows;
    l->n_profiles++;
    if (!languages_is_known(tag) || i == AT_LANGUAGES_MAX || tag.len >= AT_LANGUAGES_TAG) {
        l->n_unknown++;
        return;
    }
    if (i == l->n_rows) {
        l->n_rows++;
        l->rows[i].n = 0;
        memcpy(l->rows[i].tag, tag.ptr, tag.len);
        l->rows[i].tag[tag.len] = '\0';
    }
    l->rows[i].n++;
}

static int languages_compare(const void *a, const void *b)
{
    const struct at_languages_row *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return strcmp(x->tag, y->tag);
}

void at_languages_sort(struct at_languages *l)
{
    qsort(l->rows, l->n_rows, sizeof *l->rows, languages_compare);
}

void at_languages_count(struct at_languages *out, const struct at_profile *const *profiles,
                        size_t n)
{
    *out = (struct at_languages){0};
    const size_t step = n / AT_LANGUAGES_LOOKED + 1;
    for (size_t i = 0; i < n; i += step)
        at_languages_add(out, at_profile_language_get(profiles[i]).tag);
    at_languages_sort(out);
}

static bool languages_is_supported(const struct at_languages *l, const struct at_languages_row *row)
{
    uint64_t most = 0;
    for (size_t i = 0; i < l->n_rows; i++)
        most = l->rows[i].n > most ? l->rows[i].n : most;
    return row->n == most || (row->n >= AT_LANGUAGES_MIN_FANS &&
                              (double)row->n >= AT_LANGUAGES_MIN_SHARE * (double)l->n_profiles);
}

bool at_languages_has(const struct at_languages *l, struct at_str tag)
{
    if (!l->n_rows || !languages_is_known(tag))
        return true;
    const struct at_languages_row *const row = at_languages_find(l, tag);
    return row && languages_is_supported(l, row);
}

bool at_languages_refuse(const struct at_languages *l, const struct at_profile_language *is)
{
    return is->sure && !at_languages_has(l, is->tag);
}

void at_languages_json(const struct at_languages *l, struct at_json_out *o)
{
    at_json_object_begin(o);
    at_json_set_int(o, "profiles", (int64_t)l->n_profiles);
    at_json_set_int(o, "unknown", (int64_t)l->n_unknown);
    at_json_put_key(o, "languages");
    at_json_object_begin(o);
    for (size_t i = 0; i < l->n_rows; i++)
        at_json_set_int(o, l->rows[i].tag, (int64_t)l->rows[i].n);
    at_json_object_end(o);
    at_json_object_end(o);
}

static bool languages_read_row(struct at_languages *l, const char *tag, const at_json *n)
{
    struct at_languages_row *const row = &l->rows[l->n_rows];
    const int64_t count = at_json_integer(n, -1);
    if (count < 1 || !*tag || strlen(tag) >= sizeof row->tag)
        return false;
    snprintf(row->tag, sizeof row->tag, "%s", tag);
    row->n = (uint64_t)count;
    l->n_rows++;
    return true;
}

attune_status at_languages_read(struct at_languages *out, const at_json *value, attune_error *err)
{
    struct at_languages l = {0};
    const at_json *rows = at_json_get(value, "languages");
    const int64_t n = at_json_integer(at_json_get(value, "profiles"), -1);
    const int64_t unknown = at_json_integer(at_json_get(value, "unknown"), -1);
    *out = l;
    bool good =
        n >= 0 && unknown >= 0 && at_json_is_object(rows) && at_json_len(rows) <= AT_LANGUAGES_MAX;
    for (void *it = good ? at_json_first(rows) : NULL; it && good; it = at_json_next(rows, it))
        good = languages_read_row(&l, at_json_key(it), at_json_value(it));
    if (!good)
        return at_fail(err, ATTUNE_CORRUPT, "languages: not the counts that training writes");
    l.n_profiles = (uint64_t)n;
    l.n_unknown = (uint64_t)unknown;
    *out = l;
    return ATTUNE_OK;
}
