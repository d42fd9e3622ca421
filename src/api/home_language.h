#ifndef AT_API_HOME_LANGUAGE_H
#define AT_API_HOME_LANGUAGE_H

#include "api/home_impl.h"
#include "pipeline/languages.h"

/* What the setting `language` means: a tag is the language of every profile that names none;
 * "auto" leaves it to identification. */

/** The setting's tag, or empty for "auto". `home` may be NULL. */
struct at_str at_home_language(const attune_home *home);
/** A shallow copy of the profile that names the setting's language where it names none. */
struct at_profile at_home_profile(const attune_home *home, const struct at_profile *profile);
/** The same for storing: with "auto", a language that is beyond doubt is filled in as a guess. */
struct at_profile at_home_profile_to_store(const attune_home *home,
                                           const struct at_profile *profile);

#endif
