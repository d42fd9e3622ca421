#ifndef AT_TEXT_LANGUAGE_TABLE_H
#define AT_TEXT_LANGUAGE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "text/language.h"

/*
 * The linear models of language identification, one for each script that languages share.
 * language_table.c and language_weights.bin are written by language_train_bench; see
 * tools/language/README.md.
 *
 *     logit[k] = (scale * sum of weights[feature][k] / sqrt(n_features) + bias[k]) * sharpness
 *     weights  i8[n_buckets][n_tags] from `offset` of the file, row by row
 */
enum { AT_LANGUAGE_TAGS_MAX = AT_LANGUAGE_COLUMNS, AT_LANGUAGE_LENGTHS = 6 };

struct at_language_group {
    const char *name;
    uint32_t n_tags, n_buckets;
    size_t offset;
    float scale;
    float bias[AT_LANGUAGE_TAGS_MAX];
    /* confidence is fitted by the number of features: below 12, 24, 48, 96, 192, more */
    float sharpness[AT_LANGUAGE_LENGTHS];
    const char
        *tags[AT_LANGUAGE_TAGS_MAX]; /* "und": noise and languages that are not in the list */
};

enum at_language_linear {
    AT_LANGUAGE_LATIN,
    AT_LANGUAGE_CYRILLIC,
    AT_LANGUAGE_ARABIC,
    AT_LANGUAGE_DEVANAGARI,
    AT_LANGUAGE_N_LINEAR = AT_LANGUAGE_SHARED
};
extern const struct at_language_group at_language_groups[AT_LANGUAGE_N_LINEAR];

static inline size_t at_language_length_class(uint32_t n_features)
{
    size_t i = 0;
    for (uint32_t limit = 12; i + 1 < AT_LANGUAGE_LENGTHS && n_features >= limit; limit *= 2)
        i++;
    return i;
}

#endif
