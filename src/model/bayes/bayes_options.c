#include "model/bayes/bayes_options.h"

#include <stddef.h>

static const char *const options_variant[] = {"complement", "multinomial", NULL};
static const char *const options_class_weight[] = {"none", "balanced", NULL};

#define OPTIONS_OFFSET(member) offsetof(struct at_bayes_options, member)

const struct attune_option at_bayes_option_table[] = {
    {.name = "variant",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "complement",
     .choices = options_variant,
     .help = "complement: learn a class from the rows of all others, steadier when classes differ "
             "in size; multinomial: from its own rows and how common it is",
     .offset = OPTIONS_OFFSET(variant)},
    {.name = "alpha",
     .type = ATTUNE_OPTION_REAL,
     .fallback = "1",
     .min = 1e-10,
     .max = 1e6,
     .help = "added to every count, so that a word never seen with a class does not rule it out",
     .offset = OPTIONS_OFFSET(alpha)},
    {.name = "norm",
     .type = ATTUNE_OPTION_BOOL,
     .fallback = "false",
     .help = "complement only: scale the weights of each class to sum to 1",
     .offset = OPTIONS_OFFSET(norm)},
    {.name = "presence",
     .type = ATTUNE_OPTION_BOOL,
     .fallback = "false",
     .help = "count only whether a term is there, not how much of it",
     .offset = OPTIONS_OFFSET(presence)},
    {.name = "class_weight",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "none",
     .choices = options_class_weight,
     .help = "balanced: every class weighs the same, however rare it is",
     .offset = OPTIONS_OFFSET(class_weight)},
};
_Static_assert(sizeof at_bayes_option_table / sizeof *at_bayes_option_table == AT_BAYES_N_OPTIONS,
               "the number of options in the header");
