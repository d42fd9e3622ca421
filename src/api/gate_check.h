#ifndef AT_API_GATE_CHECK_H
#define AT_API_GATE_CHECK_H

#include "api/home_impl.h"
#include "data/dataset.h"

/* Who may judge: held-out fans of the candidate. */
struct at_gate_data {
    const struct at_dataset *dataset;
    const uint32_t *y;
    const struct at_labels *labels;
    const uint8_t *role; /* of the candidate: AT_SPLIT_TEST judges */
    uint64_t seed;
    attune_pool *pool;
};
/** Candidate against a version (the champion), on fans that neither was trained on. */
attune_status at_gate_check(struct at_gate *gate, attune_home *home,
                            const struct at_pipeline *candidate, int64_t champion,
                            const struct at_gate_data *data, attune_error *err);

/** A version against another, on the labelled fans of the store that neither was trained on. */
attune_status at_models_gate(attune_home *home, const struct at_labels *labels, int64_t version,
                             int64_t against, struct at_gate *gate, attune_error *err);

#endif
