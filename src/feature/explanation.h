#ifndef AT_FEATURE_EXPLANATION_H
#define AT_FEATURE_EXPLANATION_H

#include "base/map.h"
#include "base/status.h"
#include "base/str.h"

/*
 * A sum of weights for each name. `struct at_explanation e = {0};` is empty.
 */
struct at_reason {
    struct at_str name; /* a word ("miss you"), or a habit ("many questions") */
    double weight;      /* what it added to the score; negative: spoke against the answer */
};

struct at_explanation {
    struct at_reason *items;
    size_t n, cap;
    struct at_map index; /* owns the names */
};

/** Adds weight to the item of that name; the name is copied. Errors: NO_MEMORY. */
attune_status at_explanation_add(struct at_explanation *e, struct at_str name, double weight,
                                 attune_error *err);
/** Largest absolute weight first; equal ones by name. Cost: O(n log n). No more adding afterwards.
 */
void at_explanation_sort(struct at_explanation *e);
void at_explanation_release(struct at_explanation *e);

#endif
