#include "pipeline/recipe.h"

#include <string.h>

const char *const at_recipe_default_feature = "tfidf", *const at_recipe_default_kind = "forest";

static struct at_option_table recipe_block_table(const struct at_recipe *r, size_t i)
{
    const struct at_feature_kind *kind = r->blocks[i].kind;
    return (struct at_option_table){kind->options, kind->n_options};
}

static struct at_option_table recipe_kind_table(const struct at_recipe *r)
{
    return (struct at_option_table){r->kind->options, r->kind->n_options};
}

static attune_status recipe_unknown(const char *what, const char *name, struct at_buf *known,
                                    attune_error *err)
{
    const attune_status status = at_fail(err, ATTUNE_INVALID, "unknown %s '%s'; there is: %s", what,
                                         name, known->data ? known->data : "none");
    at_buf_release(known);
    return status;
}

static attune_status recipe_find_feature(struct at_recipe *r, const char *name, attune_error *err)
{
    const struct at_feature_kind *kind = at_feature_kind_find(name);
    if (!kind) {
        struct at_buf known = {0};
        for (size_t i = 0; at_feature_kind_table[i]; i++)
            (void)at_buf_addf(&known, NULL, "%s%s", i ? ", " : "", at_feature_kind_table[i]->name);
        return recipe_unknown("feature block", name, &known, err);
    }
    r->blocks[0].kind = kind;
    r->n_blocks = 1;
    return ATTUNE_OK;
}

static attune_status recipe_find_kind(struct at_recipe *r, const char *name, attune_error *err)
{
    r->kind = attune_model_kind_find(name);
    if (!r->kind) {
        struct at_buf known = {0};
        for (size_t i = 0; attune_model_kind_at(i); i++)
            (void)at_buf_addf(&known, NULL, "%s%s", i ? ", " : "", attune_model_kind_at(i)->name);
        return recipe_unknown("model kind", name, &known, err);
    }
    return ATTUNE_OK;
}

static attune_status recipe_alloc_options(struct at_recipe *r, void **out, size_t size,
                                          attune_error *err)
{
    *out = at_arena_alloc(&r->arena, 1, size ? size : 1, _Alignof(max_align_t));
    if (!*out)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: options");
    memset(*out, 0, size ? size : 1);
    return ATTUNE_OK;
}

static attune_status recipe_defaults(struct at_recipe *r, attune_error *err)
{
    for (size_t i = 0; i < r->n_blocks; i++) {
        AT_TRY(
            recipe_alloc_options(r, &r->blocks[i].options, r->blocks[i].kind->options_size, err));
        AT_TRY(at_options_defaults(recipe_block_table(r, i), r->blocks[i].options, err));
    }
    AT_TRY(recipe_alloc_options(r, &r->options, r->kind->options_size, err));
    return at_options_defaults(recipe_kind_table(r), r->options, err);
}

static attune_status recipe_parity(struct at_recipe *r, const char *parity, attune_error *err)
{
    static const struct attune_setting sklearn[] = {
        {"tfidf.max_features", "1000"},
        {"tfidf.stop_words", "english"},
        {"tfidf.ties", "numpy-scalar"},
        {"forest.n_estimators", "100"},
    };
    if (!parity || strcmp(parity, "none") == 0)
        return ATTUNE_OK;
    if (strcmp(parity, "sklearn") != 0)
        return at_fail(err, ATTUNE_INVALID, "unknown parity '%s'; there is: none, sklearn", parity);
    if (strcmp(r->kind->name, "forest") != 0)
        return at_fail(err, ATTUNE_INVALID, "parity sklearn is for the kind forest, not '%s'",
                       r->kind->name);
    return at_recipe_set(r, sklearn, sizeof sklearn / sizeof *sklearn, err);
}

static attune_status recipe_build(struct at_recipe *r, const struct at_recipe_request *request,
                                  attune_error *err)
{
    AT_TRY(recipe_find_feature(r, request->feature ? request->feature : at_recipe_default_feature,
                               err));
    if (request->own)
        r->kind = request->own;
    else
        AT_TRY(recipe_find_kind(r, request->kind ? request->kind : at_recipe_default_kind, err));
    if (r->kind->version != ATTUNE_MODEL_KIND_VERSION)
        return at_fail(err, ATTUNE_INVALID, "kind '%s' was built for interface version %d, not %d",
                       r->kind->name, r->kind->version, ATTUNE_MODEL_KIND_VERSION);
    if (!(r->kind->rows & ATTUNE_ROWS_SPARSE))
        return at_fail(err, ATTUNE_INVALID, "kind '%s' does not take sparse rows", r->kind->name);
    r->newest_messages = request->newest_messages;
    AT_TRY(recipe_defaults(r, err));
    return recipe_parity(r, request->parity, err);
}

attune_status at_recipe_init(struct at_recipe *out, const struct at_recipe_request *request,
                             attune_error *err)
{
    *out = (struct at_recipe){0};
    const attune_status status = recipe_build(out, request, err);
    if (status != ATTUNE_OK)
        at_recipe_release(out);
    return status;
}

void at_recipe_release(struct at_recipe *recipe)
{
    at_arena_release(&recipe->arena);
    *recipe = (struct at_recipe){0};
}

/* "tfidf.max_features" belongs to the part tfidf; a bare name may belong to any. */
static bool recipe_owns(const char *part, struct at_option_table table, const char *name,
                        const struct attune_option **out)
{
    const char *dot = strchr(name, '.');
    if (dot && (strlen(part) != (size_t)(dot - name) || strncmp(part, name, strlen(part)) != 0))
        return false;
    *out = at_option_find(table, dot ? dot + 1 : name);
    return *out != NULL;
}

static attune_status recipe_set_one(struct at_recipe *r, const struct attune_setting *s,
                                    attune_error *err)
{
    const struct attune_option *option;
    for (size_t i = 0; i < r->n_blocks; i++)
        if (recipe_owns(r->blocks[i].kind->name, recipe_block_table(r, i), s->name, &option))
            return at_option_set(option, r->blocks[i].options, s->value, s->name, &r->arena, err);
    if (recipe_owns(r->kind->name, recipe_kind_table(r), s->name, &option))
        return at_option_set(option, r->options, s->value, s->name, &r->arena, err);
    return at_fail(err, ATTUNE_INVALID,
                   "neither the features (%s) nor the kind '%s' have an option '%s'",
                   r->blocks[0].kind->name, r->kind->name, s->name);
}

attune_status at_recipe_set(struct at_recipe *recipe, const struct attune_setting *settings,
                            size_t n, attune_error *err)
{
    for (size_t i = 0; i < n; i++)
        AT_TRY(recipe_set_one(recipe, &settings[i], err));
    return ATTUNE_OK;
}

static attune_status recipe_json_part(struct at_json_out *o, const char *name,
                                      struct at_option_table table, const void *values,
                                      attune_error *err)
{
    at_json_object_begin(o);
    at_json_set_text(o, "kind", name);
    at_json_put_key(o, "options");
    at_json_object_begin(o);
    struct at_buf text = {0};
    attune_status status = ATTUNE_OK;
    for (size_t i = 0; i < table.n_rows && status == ATTUNE_OK; i++) {
        at_buf_clear(&text);
        status = at_option_format(&table.rows[i], values, &text, err);
        at_json_set_text(o, table.rows[i].name, text.data ? text.data : "");
    }
    at_buf_release(&text);
    at_json_object_end(o);
    at_json_object_end(o);
    return status;
}

attune_status at_recipe_json(const struct at_recipe *r, struct at_json_out *o, attune_error *err)
{
    at_json_set_int(o, "newest_messages", (int64_t)r->newest_messages);
    at_json_put_key(o, "features");
    at_json_array_begin(o);
    for (size_t i = 0; i < r->n_blocks; i++)
        AT_TRY(recipe_json_part(o, r->blocks[i].kind->name, recipe_block_table(r, i),
                                r->blocks[i].options, err));
    at_json_array_end(o);
    at_json_put_key(o, "model");
    return recipe_json_part(o, r->kind->name, recipe_kind_table(r), r->options, err);
}
