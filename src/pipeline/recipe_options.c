/* The options of a recipe: set by name, and written as JSON. */
#include <string.h>

#include "pipeline/recipe.h"

static struct at_option_table recipe_block_table(const struct at_recipe *r, size_t i)
{
    const struct at_feature_kind *kind = r->blocks[i].kind;
    return (struct at_option_table){kind->options, kind->n_options};
}

static struct at_option_table recipe_member_table(const struct at_recipe *r, size_t i)
{
    const struct attune_model_kind *kind = r->members[i].kind;
    return (struct at_option_table){kind->options, kind->n_options};
}

/* ---- Options by name ---- */

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

/* The model kind that has an option of that name, or NULL. */
static const char *recipe_kind_with(const char *name)
{
    const struct attune_option *option;
    for (size_t i = 0; attune_model_kind_at(i); i++) {
        const struct attune_model_kind *kind = attune_model_kind_at(i);
        const struct at_option_table table = {kind->options, kind->n_options};
        if (recipe_owns(kind->name, table, name, &option))
            return kind->name;
    }
    return NULL;
}

static attune_status recipe_no_option(const struct at_recipe *r, const char *name,
                                      attune_error *err)
{
    const char *other = recipe_kind_with(name);
    struct at_buf parts = {0};
    for (size_t i = 0; i < r->n_blocks; i++)
        (void)at_buf_addf(&parts, NULL, "%s, ", r->blocks[i].kind->name);
    for (size_t i = 0; i < r->n_members; i++)
        if (!i || r->members[i].kind != r->members[i - 1].kind)
            (void)at_buf_addf(&parts, NULL, "%s, ", r->members[i].kind->name);
    const attune_status status = at_fail(
        err, ATTUNE_INVALID, "no part of this model (%sconfidence) has an option '%s'%s%s%s",
        parts.data ? parts.data : "", name, other ? "; the kind '" : "", other ? other : "",
        other ? "' has one" : "");
    at_buf_release(&parts);
    return status;
}

static attune_status recipe_set_one(struct at_recipe *r, const struct attune_setting *s,
                                    attune_error *err)
{
    const struct attune_option *option;
    const struct attune_model_kind *owner = NULL;
    for (size_t i = 0; i < r->n_blocks; i++)
        if (recipe_owns(r->blocks[i].kind->name, recipe_block_table(r, i), s->name, &option))
            return at_option_set(option, r->blocks[i].options, s->value, s->name, &r->arena, err);
    for (size_t i = 0; i < r->n_members; i++) {
        struct at_recipe_member *m = &r->members[i];
        if ((owner && m->kind != owner) ||
            !recipe_owns(m->kind->name, recipe_member_table(r, i), s->name, &option))
            continue;
        owner = m->kind;
        AT_TRY(at_option_set(option, m->options, s->value, s->name, &r->arena, err));
    }
    if (owner)
        return ATTUNE_OK;
    if (recipe_owns("confidence", at_confidence_table, s->name, &option))
        return at_option_set(option, &r->confidence, s->value, s->name, &r->arena, err);
    return recipe_no_option(r, s->name, err);
}

static bool recipe_same(const struct at_recipe_member *a, const struct at_recipe_member *b)
{
    const size_t size = a->kind->options_size; /* zeroed before it was filled, padding too */
    return a->kind == b->kind && a->blocks == b->blocks &&
           (!size || memcmp(a->options, b->options, size) == 0);
}

/* What was set may have made candidates equal: one of them stays, under the name of its kind. */
static void recipe_merge(struct at_recipe *r)
{
    bool keep[AT_RECIPE_MEMBERS];
    for (size_t j = 0; j < r->n_members; j++) {
        keep[j] = true;
        for (size_t i = 0; i < j && keep[j]; i++)
            if (keep[i] && recipe_same(&r->members[i], &r->members[j])) {
                keep[j] = false;
                r->members[i].name = r->members[i].kind->name;
            }
    }
    at_recipe_keep(r, keep);
}

attune_status at_recipe_set(struct at_recipe *recipe, const struct attune_setting *settings,
                            size_t n, attune_error *err)
{
    for (size_t i = 0; i < n; i++)
        AT_TRY(recipe_set_one(recipe, &settings[i], err));
    recipe_merge(recipe);
    return ATTUNE_OK;
}

bool at_recipe_has_part(const struct at_recipe *r, const char *name, size_t len)
{
    const struct at_str wanted = {name, len};
    bool has = at_str_equal(wanted, at_str_from("confidence"));
    for (size_t i = 0; i < r->n_blocks; i++)
        has = has || at_str_equal(wanted, at_str_from(r->blocks[i].kind->name));
    for (size_t i = 0; i < r->n_members; i++)
        has = has || at_str_equal(wanted, at_str_from(r->members[i].kind->name));
    return has;
}

/* ---- As JSON ---- */

static attune_status recipe_json_options(struct at_json_out *o, struct at_option_table table,
                                         const void *values, attune_error *err)
{
    struct at_buf text = {0};
    attune_status status = ATTUNE_OK;
    at_json_object_begin(o);
    for (size_t i = 0; i < table.n_rows && status == ATTUNE_OK; i++) {
        at_buf_clear(&text);
        status = at_option_format(&table.rows[i], values, &text, err);
        at_json_set_text(o, table.rows[i].name, text.data ? text.data : "");
    }
    at_json_object_end(o);
    at_buf_release(&text);
    return status;
}

static attune_status recipe_json_member(const struct at_recipe *r, size_t i,
                                        const struct at_voice *voice, struct at_json_out *o,
                                        attune_error *err)
{
    const struct at_recipe_member *m = &r->members[i];
    at_json_object_begin(o);
    at_json_set_text(o, "kind", m->kind->name);
    const struct at_voice v = voice ? voice[i] : at_voice_equal(r->n_members);
    at_json_set_real(o, "weight", v.weight);
    at_json_set_real(o, "temperature", v.temperature.t);
    at_json_set_real(o, "floor", v.temperature.floor);
    at_json_put_key(o, "features");
    at_json_array_begin(o);
    for (size_t b = 0; b < r->n_blocks; b++)
        if (m->blocks >> b & 1)
            at_json_put_int(o, (int64_t)b);
    at_json_array_end(o);
    at_json_put_key(o, "options");
    const attune_status status = recipe_json_options(o, recipe_member_table(r, i), m->options, err);
    at_json_object_end(o);
    return status;
}

attune_status at_recipe_json(const struct at_recipe *r, const struct at_voice *voice,
                             struct at_json_out *o, attune_error *err)
{
    at_json_set_text(o, "kind", r->kind);
    at_json_set_int(o, "newest_messages", (int64_t)r->newest_messages);
    at_json_put_key(o, "features");
    at_json_array_begin(o);
    for (size_t i = 0; i < r->n_blocks; i++) {
        at_json_object_begin(o);
        at_json_set_text(o, "kind", r->blocks[i].kind->name);
        at_json_put_key(o, "options");
        AT_TRY(recipe_json_options(o, recipe_block_table(r, i), r->blocks[i].options, err));
        at_json_object_end(o);
    }
    at_json_array_end(o);
    at_json_put_key(o, "members");
    at_json_array_begin(o);
    for (size_t i = 0; i < r->n_members; i++)
        AT_TRY(recipe_json_member(r, i, voice, o, err));
    at_json_array_end(o);
    at_json_put_key(o, "confidence");
    return recipe_json_options(o, at_confidence_table, &r->confidence, err);
}
