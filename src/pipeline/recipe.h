#ifndef AT_PIPELINE_RECIPE_H
#define AT_PIPELINE_RECIPE_H

#include "base/json.h"
#include "feature/feature.h"
#include "model/model.h"
#include "pipeline/confidence.h"

/*
 * What to train: feature blocks, and members that eat their columns. A member is a model kind with
 * its options filled in. A recipe of one member is a plain model; one of several is an ensemble, or
 * a list of candidates to choose from. Made from names and settings; everything lives in the
 * recipe's arena.
 */
enum { AT_RECIPE_BLOCKS = 8, AT_RECIPE_MEMBERS = 24 };

struct at_recipe_block {
    const struct at_feature_kind *kind;
    void *options;
};
struct at_recipe_member {
    const struct attune_model_kind *kind;
    void *options;
    const char *name; /* "linear C=4": what tells it from the others */
    uint32_t blocks;  /* bit i: it eats the columns of block i */
    /* How many training rows it is meant for; max_rows 0: no limit. Candidates only. */
    size_t min_rows, max_rows;
    double share; /* of the pool before anything is known about it */
};

struct at_recipe {
    const char *kind; /* what was asked for: a model kind, "ensemble" or "auto" */
    struct at_recipe_block blocks[AT_RECIPE_BLOCKS];
    struct at_recipe_member members[AT_RECIPE_MEMBERS];
    size_t n_blocks, n_members;
    bool exact;                              /* parity: nothing may change the answers */
    struct at_confidence_options confidence; /* the part "confidence" */
    size_t newest_messages;                  /* of a profile that count; 0: all */
    struct at_arena arena;
};

struct at_recipe_request {
    const char *features;                /* "tfidf,behaviour"; NULL: what the members like best */
    const char *kind;                    /* NULL: the default, auto */
    const struct attune_model_kind *own; /* instead of `kind` */
    const char *parity;                  /* NULL, "none" or "sklearn" */
    size_t newest_messages;
};

extern const char *const at_recipe_default_kind;

/* Ways to build a model out of several: "auto", "ensemble". NULL past the end. */
struct at_recipe_way {
    const char *name, *summary;
    const struct at_recipe_row {
        const char *kind, *blocks; /* "linear", "ngram,behaviour" */
        const char *settings;      /* "C=4,class_weight=balanced", or "" */
        size_t min_rows, max_rows;
        double share;
    } * rows;
    size_t n_rows;
};
const struct at_recipe_way *at_recipe_way_at(size_t index);
/** Is there a model kind or a way of that name? */
bool at_recipe_has_kind(const char *name);

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
 * that has it: the blocks in their order, the kinds of the members, the confidence. What a kind is
 * told holds for all members of that kind. Errors   INVALID  no part has it, or a value out of
 * range
 */
attune_status at_recipe_set(struct at_recipe *recipe, const struct attune_setting *settings,
                            size_t n, attune_error *err);
/** Does the recipe have a part of that name (of len bytes)? */
bool at_recipe_has_part(const struct at_recipe *recipe, const char *name, size_t len);
/** Leaves out the members whose keep is false, and the blocks that nobody eats then. */
void at_recipe_keep(struct at_recipe *recipe, const bool *keep);
/** As `recipe`, with the same options in memory: release neither the copy nor outlive the original.
 */
struct at_recipe at_recipe_share(const struct at_recipe *recipe);
/** Members "features", "members" and "confidence" of an open JSON object, every option with its
 * value; voice[n_members] is written beside the members, NULL: all count the same. */
attune_status at_recipe_json(const struct at_recipe *recipe, const struct at_voice *voice,
                             struct at_json_out *o, attune_error *err);

#endif
