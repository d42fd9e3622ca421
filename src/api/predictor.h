#ifndef AT_API_PREDICTOR_H
#define AT_API_PREDICTOR_H

#include "api/home_impl.h"
#include "attune/model.h"
#include "data/reader.h"

struct at_answer_part {
    struct at_pipeline *pipeline;
    int64_t version; /* 0: not from a registry */
};

struct attune_predictor {
    attune_home *home; /* NULL: a folder */
    struct at_answer_part *parts;
    struct at_str *targets;
    size_t n_parts, max_labels;
    double min_confidence;
    bool explain;
    int64_t threads;
    struct at_answerer *answerer; /* of the caller's thread; made when first needed */
};

/** The sessions of one thread over all parts. */
struct at_answerer;
attune_status at_answerer_create(struct at_answerer **out, const attune_predictor *predictor,
                                 attune_error *err);
void at_answerer_destroy(struct at_answerer *answerer); /* takes NULL */
/** Appends one line of JSON, without a newline. */
attune_status at_answerer_write(struct at_answerer *answerer, const struct at_profile *profile,
                                struct at_buf *out, attune_error *err);

#endif
