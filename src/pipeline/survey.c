#include "pipeline/survey.h"

#include "base/alloc.h"
#include "pipeline/rows.h"

struct at_survey {
    struct at_recipe_block blocks[AT_RECIPE_BLOCKS];
    void *known[AT_RECIPE_BLOCKS];
    size_t n_blocks;
    uint32_t *fan; /* u32[n] */
};

/* The fewest different fans that a part learns from. */
static attune_status survey_least_fans(size_t *out, const struct at_survey_input *in,
                                       const struct at_rows_input *rows, attune_error *err)
{
    size_t *const last = AT_ALLOC(size_t, rows->n_fans); /* part that saw the fan, + 1 */
    if (!last)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", rows->n_fans);
    *out = rows->n_fans;
    for (size_t k = 0; k < in->n_parts; k++) {
        size_t n = 0;
        for (size_t i = 0; i < in->parts[k].n_learn; i++) {
            size_t *const seen = &last[rows->fan[in->parts[k].profile[i]]];
            n += *seen != k + 1;
            *seen = k + 1;
        }
        *out = n < *out ? n : *out;
    }
    at_free(last);
    return ATTUNE_OK;
}

/* *out_all is false where some block has no survey after all. */
static attune_status survey_read(struct at_survey *s, bool *out_all,
                                 const struct at_survey_input *in, const struct at_rows_input *rows,
                                 attune_error *err)
{
    const struct at_feature_fit fit = {.profiles = rows->profiles,
                                       .n_profiles = in->n,
                                       .fan = rows->fan,
                                       .pool = in->pool,
                                       .job = in->job};
    size_t least_fans;
    AT_TRY(survey_least_fans(&least_fans, in, rows, err));
    *out_all = true;
    for (size_t b = 0; b < in->recipe->n_blocks && *out_all; b++) {
        const struct at_recipe_block *const block = &in->recipe->blocks[b];
        AT_TRY(block->kind->survey(&s->known[b], &fit, least_fans, block->options, err));
        s->blocks[s->n_blocks++] = *block;
        *out_all = s->known[b] != NULL;
    }
    return ATTUNE_OK;
}

static bool survey_can_be(const struct at_recipe *recipe)
{
    for (size_t b = 0; b < recipe->n_blocks; b++)
        if (!recipe->blocks[b].kind->survey)
            return false;
    return true;
}

attune_status at_survey_create(struct at_survey **out, const struct at_survey_input *in,
                               attune_error *err)
{
    struct at_rows_input rows = {0};
    bool all = false;
    *out = NULL;
    if (!survey_can_be(in->recipe))
        return ATTUNE_OK;
    struct at_survey *s = AT_ALLOC(struct at_survey, 1);
    if (!s)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: survey of %zu profiles", in->n);
    attune_status status = at_rows_input_make(&rows, in->recipe, in->profiles, in->n, err);
    if (status == ATTUNE_OK)
        status = survey_read(s, &all, in, &rows, err);
    s->fan = rows.fan;
    rows.fan = NULL;
    at_rows_input_release(&rows);
    if (status == ATTUNE_OK && all)
        *out = s;
    else
        at_survey_destroy(s);
    return status;
}

void at_survey_destroy(struct at_survey *s)
{
    if (!s)
        return;
    for (size_t b = 0; b < s->n_blocks; b++)
        s->blocks[b].kind->survey_destroy(s->known[b]);
    at_free(s->fan);
    at_free(s);
}

struct at_feature_part at_survey_part(const struct at_survey *s,
                                      const struct at_recipe_block *block,
                                      const struct at_feature_part *part)
{
    struct at_feature_part known = *part;
    size_t b = 0;
    while (s->blocks[b].options != block->options || s->blocks[b].kind != block->kind)
        b++; /* a recipe may have lost blocks since, but got none */
    known.survey = s->known[b];
    known.fan = s->fan;
    return known;
}
