#include "model/linear/linear_options.h"

#include <stddef.h>

static const char *const options_multi_class[] = {"multinomial", "ovr", NULL};
static const char *const options_class_weight[] = {"none", "balanced", "sqrt", NULL};

#define OPTIONS_OFFSET(member) offsetof(struct at_linear_options, member)

const struct attune_option at_linear_option_table[] = {
    {.name = "C",
     .type = ATTUNE_OPTION_REAL,
     .fallback = "1",
     .min = 1e-6,
     .max = 1e6,
     .help = "trust in the training rows: larger follows them more closely, smaller keeps weights "
             "small",
     .offset = OPTIONS_OFFSET(C)},
    {.name = "multi_class",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "multinomial",
     .choices = options_multi_class,
     .help = "more than two classes: learn all at once, or each against the rest (ovr)",
     .offset = OPTIONS_OFFSET(multi_class)},
    {.name = "class_weight",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "none",
     .choices = options_class_weight,
     .help = "balanced: every class weighs the same, however rare it is; sqrt: half-way there, the "
             "square "
             "roots of those weights",
     .offset = OPTIONS_OFFSET(class_weight)},
    {.name = "tol",
     .type = ATTUNE_OPTION_REAL,
     .fallback = "0.01",
     .min = 1e-10,
     .max = 1,
     .help = "done when a step changes no training row's score by more than this",
     .offset = OPTIONS_OFFSET(tol)},
    {.name = "max_iter",
     .type = ATTUNE_OPTION_INT,
     .fallback = "100",
     .min = 1,
     .max = 100000,
     .help = "Newton steps at most",
     .offset = OPTIONS_OFFSET(max_iter)},
};
_Static_assert(sizeof at_linear_option_table / sizeof *at_linear_option_table ==
                   AT_LINEAR_N_OPTIONS,
               "the number of options in the header");
