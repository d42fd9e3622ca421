#ifndef AT_CLI_PARTS_H
#define AT_CLI_PARTS_H

#include "base/option.h"

/* What a pipeline is made of and what can be set about it, see attune/pipeline.h. */
struct at_part {
    const char *what; /* "feature", "kind" or "confidence" */
    const char *name, *summary;
    struct at_option_table table;
};

/** false past the end. */
bool at_part_at(size_t index, struct at_part *out);
/**
 * The first option of that name in any part, or of the one part that "forest.max_features" names;
 * NULL when there is none. A bare name is looked for in the features first, as the library does.
 */
const struct attune_option *at_part_find_option(const char *name);
/** How the option has to be spelled: the part's name where its bare name is that of an earlier
 * part; else NULL. */
const char *at_part_prefix(const struct at_part *part, const struct attune_option *option);

#endif
