#include "pipeline/recipe.h"

#include <string.h>

const char *const at_recipe_default_kind = "auto";

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

/* ---- Parts by name ---- */

static attune_status recipe_unknown(const char *what, struct at_str name, struct at_buf *known,
                                    attune_error *err)
{
    const attune_status status =
        at_fail(err, ATTUNE_INVALID, "unknown %s '%.*s'; there is: %s", what, (int)name.len,
                name.ptr, known->data ? known->data : "none");
    at_buf_release(known);
    return status;
}

static attune_status recipe_unknown_feature(struct at_str name, attune_error *err)
{
    struct at_buf known = {0};
    for (size_t i = 0; at_feature_kind_table[i]; i++)
        (void)at_buf_addf(&known, NULL, "%s%s", i ? ", " : "", at_feature_kind_table[i]->name);
    return recipe_unknown("feature block", name, &known, err);
}

static attune_status recipe_unknown_kind(struct at_str name, attune_error *err)
{
    struct at_buf known = {0};
    for (size_t i = 0; attune_model_kind_at(i); i++)
        (void)at_buf_addf(&known, NULL, "%s, ", attune_model_kind_at(i)->name);
    for (size_t i = 0; at_recipe_way_at(i); i++)
        (void)at_buf_addf(&known, NULL, "%s%s", i ? ", " : "", at_recipe_way_at(i)->name);
    return recipe_unknown("model kind", name, &known, err);
}

static attune_status recipe_alloc_options(struct at_recipe *r, void **out, size_t size,
                                          struct at_option_table table, attune_error *err)
{
    *out = at_arena_alloc(&r->arena, 1, size ? size : 1, _Alignof(max_align_t));
    if (!*out)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: options");
    memset(*out, 0, size ? size : 1);
    return at_options_defaults(table, *out, err);
}

/* The next of "a,b,c"; false at the end. */
static bool recipe_next_name(const char **list, char separator, struct at_str *out)
{
    const char *p = *list;
    if (!p || !*p)
        return false;
    const char *end = strchr(p, separator);
    *out = (struct at_str){p, end ? (size_t)(end - p) : strlen(p)};
    *list = end ? end + 1 : NULL;
    return true;
}

static const struct at_feature_kind *recipe_feature_kind(struct at_str name)
{
    for (size_t i = 0; at_feature_kind_table[i]; i++)
        if (at_str_equal(at_str_from(at_feature_kind_table[i]->name), name))
            return at_feature_kind_table[i];
    return NULL;
}

/* The block of that name, added when it is new; its bit goes into *mask. */
static attune_status recipe_add_block(struct at_recipe *r, struct at_str name, uint32_t *mask,
                                      attune_error *err)
{
    const struct at_feature_kind *kind = recipe_feature_kind(name);
    size_t i = 0;
    if (!kind)
        return recipe_unknown_feature(name, err);
    while (i < r->n_blocks && r->blocks[i].kind != kind)
        i++;
    *mask |= UINT32_C(1) << i;
    if (i < r->n_blocks)
        return ATTUNE_OK;
    if (i == AT_RECIPE_BLOCKS)
        return at_fail(err, ATTUNE_INVALID, "more than %d feature blocks", AT_RECIPE_BLOCKS);
    r->blocks[i].kind = kind;
    r->n_blocks++;
    return recipe_alloc_options(r, &r->blocks[i].options, kind->options_size,
                                recipe_block_table(r, i), err);
}

static attune_status recipe_add_blocks(struct at_recipe *r, const char *list, uint32_t *mask,
                                       attune_error *err)
{
    struct at_str name;
    while (recipe_next_name(&list, ',', &name))
        AT_TRY(recipe_add_block(r, name, mask, err));
    return ATTUNE_OK;
}

/* ---- Members ---- */

/* The blocks that a member takes: its own; of those that the caller gave, its own, or else all. */
static attune_status recipe_inputs(struct at_recipe *r, const char *own, const char *given,
                                   uint32_t *mask, attune_error *err)
{
    struct at_str name;
    uint32_t all = 0;
    *mask = 0;
    if (!given)
        return recipe_add_blocks(r, own, mask, err);
    AT_TRY(recipe_add_blocks(r, given, &all, err));
    while (recipe_next_name(&own, ',', &name))
        for (size_t i = 0; i < r->n_blocks; i++)
            if ((all >> i & 1) && at_str_equal(at_str_from(r->blocks[i].kind->name), name))
                *mask |= UINT32_C(1) << i;
    if (!*mask)
        *mask = all;
    return *mask ? ATTUNE_OK : at_fail(err, ATTUNE_INVALID, "no feature block is named");
}

static attune_status recipe_member_settings(struct at_recipe *r, struct at_recipe_member *m,
                                            const char *settings, attune_error *err)
{
    const struct at_option_table table = {m->kind->options, m->kind->n_options};
    struct at_str one;
    while (recipe_next_name(&settings, ',', &one)) {
        char *name = at_arena_strndup(&r->arena, one.ptr, one.len);
        char *value = name ? strchr(name, '=') : NULL;
        if (!value)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: options");
        *value++ = '\0';
        const struct attune_option *option = at_option_find(table, name);
        if (!option)
            return at_fail(err, ATTUNE_INTERNAL, "kind '%s' has no option '%s'", m->kind->name,
                           name);
        AT_TRY(at_option_set(option, m->options, value, name, &r->arena, err));
    }
    return ATTUNE_OK;
}

static bool recipe_row_has(const struct at_recipe_row *row, struct at_str setting)
{
    const char *settings = row->settings;
    struct at_str one;
    while (recipe_next_name(&settings, ',', &one))
        if (at_str_equal(one, setting))
            return true;
    return false;
}

static attune_status recipe_add_member(struct at_recipe *r, const struct attune_model_kind *kind,
                                       const struct at_recipe_row *row, const char *given,
                                       attune_error *err)
{
    struct at_recipe_member *m = &r->members[r->n_members];
    if (kind->version != ATTUNE_MODEL_KIND_VERSION)
        return at_fail(err, ATTUNE_INVALID, "kind '%s' was built for interface version %d, not %d",
                       kind->name, kind->version, ATTUNE_MODEL_KIND_VERSION);
    if (!(kind->rows & ATTUNE_ROWS_SPARSE))
        return at_fail(err, ATTUNE_INVALID, "kind '%s' does not take sparse rows", kind->name);
    *m = (struct at_recipe_member){
        .kind = kind, .min_rows = row->min_rows, .max_rows = row->max_rows, .share = row->share};
    m->name = kind->name;
    r->n_members++;
    AT_TRY(recipe_alloc_options(r, &m->options, kind->options_size,
                                recipe_member_table(r, r->n_members - 1), err));
    AT_TRY(recipe_member_settings(r, m, row->settings, err));
    return recipe_inputs(r, row->blocks, given, &m->blocks, err);
}

static attune_status recipe_add_single(struct at_recipe *r, const struct attune_model_kind *kind,
                                       const struct at_recipe_request *request, attune_error *err)
{
    const struct at_recipe_row row = {
        .blocks = kind->features ? kind->features : "tfidf", .settings = "", .share = 1};
    r->kind = kind->name;
    return recipe_add_member(r, kind, &row, request->features, err);
}

/* Do all rows of that kind have it? */
static bool recipe_way_shares(const struct at_recipe_way *way, const char *kind,
                              struct at_str setting)
{
    for (size_t i = 0; i < way->n_rows; i++)
        if (strcmp(way->rows[i].kind, kind) == 0 && !recipe_row_has(&way->rows[i], setting))
            return false;
    return true;
}

/* The kind, and the settings that tell it from the others of its kind: "linear C=4". */
static attune_status recipe_name_member(struct at_recipe *r, const struct at_recipe_way *way,
                                        size_t row, attune_error *err)
{
    const char *kind = way->rows[row].kind, *settings = way->rows[row].settings;
    struct at_recipe_member *m = &r->members[row];
    struct at_buf name = {0};
    struct at_str one;
    attune_status status = at_buf_addf(&name, err, "%s", kind);
    for (const char *separator = " ";
         status == ATTUNE_OK && recipe_next_name(&settings, ',', &one);)
        if (!recipe_way_shares(way, kind, one)) {
            status = at_buf_addf(&name, err, "%s%.*s", separator, (int)one.len, one.ptr);
            separator = ", ";
        }
    if (status == ATTUNE_OK && !(m->name = at_arena_strdup(&r->arena, name.data)))
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: options");
    at_buf_release(&name);
    return status;
}

static attune_status recipe_add_way(struct at_recipe *r, const struct at_recipe_way *way,
                                    const struct at_recipe_request *request, attune_error *err)
{
    r->kind = way->name;
    for (size_t i = 0; i < way->n_rows; i++) {
        const struct attune_model_kind *kind = attune_model_kind_find(way->rows[i].kind);
        if (!kind)
            return recipe_unknown_kind(at_str_from(way->rows[i].kind), err);
        AT_TRY(recipe_add_member(r, kind, &way->rows[i], request->features, err));
        AT_TRY(recipe_name_member(r, way, i, err));
    }
    return ATTUNE_OK;
}

static attune_status recipe_members(struct at_recipe *r, const struct at_recipe_request *request,
                                    attune_error *err)
{
    const char *name = request->kind ? request->kind : at_recipe_default_kind;
    if (request->own)
        return recipe_add_single(r, request->own, request, err);
    for (size_t i = 0; at_recipe_way_at(i); i++)
        if (strcmp(at_recipe_way_at(i)->name, name) == 0)
            return recipe_add_way(r, at_recipe_way_at(i), request, err);
    const struct attune_model_kind *kind = attune_model_kind_find(name);
    return kind ? recipe_add_single(r, kind, request, err)
                : recipe_unknown_kind(at_str_from(name), err);
}

static attune_status recipe_parity(struct at_recipe *r, const char *parity, attune_error *err)
{
    static const struct attune_setting sklearn[] = {
        {"tfidf.max_features", "1000"},  {"tfidf.min_fans", "1"},
        {"tfidf.stop_words", "english"}, {"tfidf.ties", "numpy-scalar"},
        {"forest.n_estimators", "100"},  {"confidence.calibration", "none"},
    };
    if (!parity || strcmp(parity, "none") == 0)
        return ATTUNE_OK;
    if (strcmp(parity, "sklearn") != 0)
        return at_fail(err, ATTUNE_INVALID, "unknown parity '%s'; there is: none, sklearn", parity);
    if (strcmp(r->kind, "forest") != 0)
        return at_fail(err, ATTUNE_INVALID, "parity sklearn is for the kind forest, not '%s'",
                       r->kind);
    r->exact = true;
    return at_recipe_set(r, sklearn, sizeof sklearn / sizeof *sklearn, err);
}

static attune_status recipe_build(struct at_recipe *r, const struct at_recipe_request *request,
                                  attune_error *err)
{
    struct at_recipe_request asked = *request;
    const bool exact = asked.parity && strcmp(asked.parity, "none") != 0;
    if (exact && !asked.features)
        asked.features = "tfidf";
    if (exact && !asked.kind && !asked.own)
        asked.kind = "forest";
    r->newest_messages = asked.newest_messages;
    AT_TRY(at_options_defaults(at_confidence_table, &r->confidence, err));
    AT_TRY(recipe_members(r, &asked, err));
    return recipe_parity(r, asked.parity, err);
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

struct at_recipe at_recipe_share(const struct at_recipe *recipe)
{
    struct at_recipe copy = *recipe;
    copy.arena = (struct at_arena){0};
    return copy;
}

void at_recipe_keep(struct at_recipe *r, const bool *keep)
{
    size_t n_members = 0, n_blocks = 0, place[AT_RECIPE_BLOCKS];
    uint32_t eaten = 0;
    for (size_t i = 0; i < r->n_members; i++)
        if (keep[i]) {
            eaten |= r->members[i].blocks;
            r->members[n_members++] = r->members[i];
        }
    r->n_members = n_members;
    for (size_t i = 0; i < r->n_blocks; i++)
        if (eaten >> i & 1) {
            place[i] = n_blocks;
            r->blocks[n_blocks++] = r->blocks[i];
        }
    for (size_t m = 0; m < n_members; m++) {
        uint32_t mask = 0;
        for (size_t i = 0; i < r->n_blocks; i++)
            if (r->members[m].blocks >> i & 1)
                mask |= UINT32_C(1) << place[i];
        r->members[m].blocks = mask;
    }
    r->n_blocks = n_blocks;
}
