#ifndef AT_CLI_PARTS_H
#define AT_CLI_PARTS_H

#include "base/option.h"

/* What a pipeline is made of and what can be set about it: the feature blocks, then the kinds. */
struct at_part {
    const char *what; /* "feature" or "kind" */
    const char *name, *summary;
    struct at_option_table table;
};

/** false past the end. */
bool at_part_at(size_t index, struct at_part *out);
/** The first option of that name in any part; NULL when there is none. */
const struct attune_option *at_part_find_option(const char *name);

#endif
