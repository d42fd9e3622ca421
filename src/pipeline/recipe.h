#ifndef AT_PIPELINE_RECIPE_H
#define AT_PIPELINE_RECIPE_H

#include "base/json.h"
#include "feature/feature.h"
#include "model/model.h"

/*
 * What to train: feature blocks and a model kind, each with its options filled in. Made from names
 * and settings; everything lives in the recipe's arena.
 */
enum { AT_RECIPE_BLOCKS = 8 };

struct at_recipe {
    struct {
        const struct at_feature_kind *kind;
        void *options;
    } blocks[AT_RECIPE_BLOCKS];
    size_t n_blocks;
    const struct attune_model_kind *kind;
    void *options;
    size_t newest_messages; /* of a profile that count; 0: all */
    struct at_arena arena;
};

struct at_recipe_request {
    const char *feature;                 /* NULL: the default block, tfidf */
    const char *kind;                    /* NULL: the default kind, forest */
    const struct attune_model_kind *own; /* instead of `kind` */
    const char *parity;                  /* NULL, "none" or "sklearn" */
    size_t newest_messages;
};

extern const char *const at_recipe_default_feature, *const at_recipe_default_kind;

/**
 * Fills every option with its default; parity "sklearn" then sets what the original pipeline set
 * (max_features 1000, English stop words, the tie rule of NumPy's scalar sort, 100 trees).
 * Errors   INVALID  unknown feature, kind or parity; the message lists what there is
 */
attune_status at_recipe_init(struct at_recipe *out, const struct at_recipe_request *request,
                             attune_error *err);
void at_recipe_release(struct at_recipe *recipe);
/**
 * Sets options by name. "tfidf.max_features" names the part; a bare name goes to the first part
 * that has it: the blocks in their order, then the kind. Errors   INVALID  no part has it (a near
 * name is suggested), or a value out of range
 */
attune_status at_recipe_set(struct at_recipe *recipe, const struct attune_setting *settings,
                            size_t n, attune_error *err);
/** Members "features" and "model" of an open JSON object, every option with its value. */
attune_status at_recipe_json(const struct at_recipe *recipe, struct at_json_out *o,
                             attune_error *err);

#endif
