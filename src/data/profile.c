#include "data/profile.h"

struct at_str at_profile_label(const struct at_profile *profile, struct at_str target)
{
    for (size_t i = 0; i < profile->n_labels; i++)
        if (at_str_equal(profile->labels[i].target, target))
            return profile->labels[i].label;
    return (struct at_str){"", 0};
}

static bool profile_copy_str(struct at_str *out, struct at_str text, struct at_arena *arena)
{
    out->ptr = at_arena_strndup(arena, text.ptr, text.len);
    out->len = text.len;
    return out->ptr != NULL;
}

static bool profile_copy_messages(struct at_profile *copy, const struct at_profile *profile,
                                  struct at_arena *arena)
{
    copy->messages = AT_NEW(arena, struct at_message, profile->n_messages);
    if (!copy->messages)
        return false;
    for (size_t i = 0; i < profile->n_messages; i++) {
        copy->messages[i] = profile->messages[i];
        if (!profile_copy_str(&copy->messages[i].text, profile->messages[i].text, arena))
            return false;
    }
    return true;
}

static bool profile_copy_labels(struct at_profile *copy, const struct at_profile *profile,
                                struct at_arena *arena)
{
    copy->labels = AT_NEW(arena, struct at_label, profile->n_labels);
    if (!copy->labels)
        return false;
    for (size_t i = 0; i < profile->n_labels; i++)
        if (!profile_copy_str(&copy->labels[i].target, profile->labels[i].target, arena) ||
            !profile_copy_str(&copy->labels[i].label, profile->labels[i].label, arena))
            return false;
    return true;
}

attune_status at_profile_copy(struct at_profile *out, const struct at_profile *profile,
                              struct at_arena *arena, attune_error *err)
{
    struct at_profile copy = *profile;
    if (!profile_copy_str(&copy.fan_id, profile->fan_id, arena) ||
        !profile_copy_str(&copy.language, profile->language, arena) ||
        !profile_copy_messages(&copy, profile, arena) ||
        !profile_copy_labels(&copy, profile, arena))
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: profile of %zu messages",
                       profile->n_messages);
    *out = copy;
    return ATTUNE_OK;
}
