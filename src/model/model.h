#ifndef AT_MODEL_MODEL_H
#define AT_MODEL_MODEL_H

#include "attune/kind.h"

/* The seam of the model layer is public: attune/kind.h. A model kind is a folder here that defines
 * `const struct attune_model_kind at_model_kind_<folder>`; CMake writes the table. */
extern const struct attune_model_kind *const at_model_kind_table[]; /* NULL-terminated, by name */

#endif
