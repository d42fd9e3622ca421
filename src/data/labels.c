#include "data/labels.h"

uint32_t at_labels_find(const struct at_labels *labels, struct at_str name)
{
    for (size_t i = 0; i < labels->n; i++)
        if (at_str_equal(labels->names[i], name))
            return (uint32_t)i;
    return AT_CLASS_NONE;
}

static attune_status labels_check(struct at_str target, const struct at_str *names, size_t n,
                                  attune_error *err)
{
    const int len = at_str_clip(target, 60);
    if (target.len == 0)
        return at_fail(err, ATTUNE_INVALID, "a target needs a name");
    if (n < 2 || n > AT_LABELS_MAX)
        return at_fail(err, ATTUNE_INVALID, "target '%.*s' has %zu labels; 2 to %d are allowed",
                       len, target.ptr, n, AT_LABELS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (names[i].len == 0)
            return at_fail(err, ATTUNE_INVALID, "label %zu of target '%.*s' is empty", i + 1, len,
                           target.ptr);
        for (size_t j = 0; j < i; j++)
            if (at_str_equal(names[i], names[j]))
                return at_fail(err, ATTUNE_INVALID, "target '%.*s' names the label '%.*s' twice",
                               len, target.ptr, at_str_clip(names[i], 60), names[i].ptr);
    }
    return ATTUNE_OK;
}

attune_status at_labels_make(struct at_labels *out, struct at_str target,
                             const struct at_str *names, size_t n, bool ordered,
                             struct at_arena *arena, attune_error *err)
{
    AT_TRY(labels_check(target, names, n, err));
    struct at_labels made = {.n = n, .ordered = ordered};
    made.names = AT_NEW(arena, struct at_str, n);
    made.target.ptr = at_arena_strndup(arena, target.ptr, target.len);
    made.target.len = target.len;
    bool ok = made.names && made.target.ptr;
    for (size_t i = 0; ok && i < n; i++) {
        made.names[i].ptr = at_arena_strndup(arena, names[i].ptr, names[i].len);
        made.names[i].len = names[i].len;
        ok = made.names[i].ptr != NULL;
    }
    if (!ok)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu labels", n);
    *out = made;
    return ATTUNE_OK;
}
