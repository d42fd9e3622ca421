#include "api/home_language.h"

struct at_str at_home_language(const attune_home *home)
{
    const struct at_str tag = at_str_from(home ? home->config.values.language : NULL);
    return at_str_equal(tag, at_str_from("auto")) ? at_str_from("") : tag;
}

struct at_profile at_home_profile(const attune_home *home, const struct at_profile *profile)
{
    struct at_profile out = *profile;
    if (!out.language.len)
        out.language = at_home_language(home);
    return out;
}

struct at_profile at_home_profile_to_store(const attune_home *home,
                                           const struct at_profile *profile)
{
    struct at_profile out = at_home_profile(home, profile);
    if (out.language.len)
        return out;
    const struct at_profile_language is = at_profile_language_get(&out);
    if (is.sure) {
        out.language = is.tag;
        out.language_guessed = true;
    }
    return out;
}
