#ifndef AT_PIPELINE_LANGUAGES_H
#define AT_PIPELINE_LANGUAGES_H

#include <stdbool.h>

#include "base/json.h"
#include "data/profile.h"

/* Languages of profiles: of one, and of all that a model was trained on. */

enum {
    AT_LANGUAGES_MAX = 64,
    AT_LANGUAGES_TAG = 36,
    AT_LANGUAGES_MIN_FANS = 10,
    AT_LANGUAGES_LOOKED = 5000
};
#define AT_LANGUAGES_MIN_SHARE 0.02

struct at_profile_language {
    struct at_str tag; /* empty: not known. Borrowed from the profile, or static */
    bool given;        /* the profile says so; otherwise it was identified */
    bool sure;         /* given, or identified beyond doubt: good enough to refuse an answer */
};

/** What the profile says, else what its fan's messages look like (of both sides where the fan wrote
 * none). No allocation. */
struct at_profile_language at_profile_language_get(const struct at_profile *profile);

/** Counts of languages; `struct at_languages l = {0};` is empty. Holds no memory. */
struct at_languages {
    struct at_languages_row {
        char tag[AT_LANGUAGES_TAG];
        uint64_t n;
    } rows[AT_LANGUAGES_MAX];
    size_t n_rows;
    uint64_t n_profiles, n_unknown;
};

/** The row of a language, or NULL. */
const struct at_languages_row *at_languages_find(const struct at_languages *l, struct at_str tag);
/** An empty tag counts as unknown; so do longer tags, and further ones once there are
 * AT_LANGUAGES_MAX. */
void at_languages_add(struct at_languages *l, struct at_str tag);
/** The languages of `n` profiles, the most frequent first. Of more than AT_LANGUAGES_LOOKED every
 * k-th is looked at, so that the cost is bounded. */
void at_languages_count(struct at_languages *out, const struct at_profile *const *profiles,
                        size_t n);
/** Most frequent first; equal ones by tag. */
void at_languages_sort(struct at_languages *l);
/**
 * Whether a model that saw these languages can be asked about `tag`: it is the most frequent one,
 * or at least AT_LANGUAGES_MIN_FANS profiles and AT_LANGUAGES_MIN_SHARE of all were in it. True for
 * an empty tag, and where no language was known at all.
 */
bool at_languages_has(const struct at_languages *l, struct at_str tag);
/** Whether a profile is beyond doubt in a language that `l` does not have. */
bool at_languages_refuse(const struct at_languages *l, const struct at_profile_language *is);

/** {"profiles": n, "unknown": n, "languages": {"fr": n, ...}} into an open object's value. */
void at_languages_json(const struct at_languages *l, struct at_json_out *o);
/** Errors: CORRUPT where the value is not what at_languages_json writes; *out is then empty. */
attune_status at_languages_read(struct at_languages *out, const at_json *value, attune_error *err);

#endif
