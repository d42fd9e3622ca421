#include "store/store.h"

#include <stdio.h>
#include <string.h>

const char *at_label_source_name(enum at_label_source source)
{
    static const char *const names[] = {"imported", "operator", "model"};
    return names[source];
}

static const struct at_store_kind *store_find(const char *name)
{
    for (size_t i = 0; at_store_kind_table[i]; i++)
        if (strcmp(at_store_kind_table[i]->name, name) == 0)
            return at_store_kind_table[i];
    return NULL;
}

/* "scheme://..." names a kind; anything else is a file name. */
static const char *store_name_for(const char *url)
{
    const struct at_str text = at_str_from(url);
    if (at_str_starts(text, "postgresql://") || at_str_starts(text, "postgres://"))
        return "postgres";
    return strstr(url, "://") ? NULL : "sqlite";
}

attune_status at_store_kind_for(const struct at_store_kind **out, const char *url,
                                attune_error *err)
{
    *out = NULL;
    const char *name = store_name_for(url);
    const struct at_store_kind *kind = name ? store_find(name) : NULL;
    if (kind) {
        *out = kind;
        return ATTUNE_OK;
    }
    char have[128] = "";
    for (size_t i = 0; at_store_kind_table[i]; i++) {
        const size_t used = strlen(have);
        const char *next = at_store_kind_table[i]->name;
        if (used + strlen(next) + 3 > sizeof have)
            break;
        snprintf(have + used, sizeof have - used, "%s%s", used ? ", " : "", next);
    }
    /* The part before "://" only: what follows may hold a password. */
    const char *end = strstr(url, "://");
    const int len = end ? (int)(end - url < 32 ? end - url : 32) : 0;
    return at_fail(err, ATTUNE_UNSUPPORTED,
                   "this build has no store for '%.*s' addresses; it has: %s (a store in SQLite is "
                   "given as a file name)",
                   len, url, have);
}
