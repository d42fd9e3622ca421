#ifndef AT_API_VERSION_JSON_H
#define AT_API_VERSION_JSON_H

#include "base/json.h"

/** The figures of a version that lists show, as members of an open object; `metrics` is its
 *  metrics.json. Missing ones are null. */
void at_version_figures(struct at_json_out *o, const at_json *metrics);

#endif
