/* Profiles to rows. A profile passes window -> blocks; a member eats the rows of one block as they
 * are, or those of several laid side by side. */
#include "pipeline/rows.h"

#include <string.h>

#include "base/alloc.h"
#include "base/job.h"
#include "base/map.h"

struct at_profile at_rows_window(const struct at_profile *profile, size_t newest)
{
    struct at_profile view = *profile;
    if (newest && view.n_messages > newest) {
        view.messages += view.n_messages - newest;
        view.n_messages = newest;
    }
    return view;
}

size_t at_rows_cols(const struct at_pipeline *p, uint32_t mask)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_blocks; i++)
        if (mask >> i & 1)
            n += p->blocks[i]->n_cols;
    return n;
}

attune_status at_rows_input_make(struct at_rows_input *out, const struct at_recipe *recipe,
                                 const struct at_profile *const *profiles, size_t n,
                                 attune_error *err)
{
    struct at_map fans = {0};
    attune_status status = ATTUNE_OK;
    const size_t newest = recipe->newest_messages, n_views = newest ? n : 0;
    out->views = AT_ALLOC_RAW(struct at_profile, n_views);
    out->list = AT_ALLOC_RAW(const struct at_profile *, n_views);
    out->fan = AT_ALLOC_RAW(uint32_t, n);
    if (!out->views || !out->list || !out->fan)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", n);
    for (size_t i = 0; i < n_views; i++) {
        out->views[i] = at_rows_window(profiles[i], newest);
        out->list[i] = &out->views[i];
    }
    out->profiles = newest ? out->list : profiles;
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++)
        status = at_map_add(&fans, profiles[i]->fan_id, &out->fan[i], NULL, err);
    out->n_fans = fans.n_keys;
    at_map_release(&fans);
    return status;
}

void at_rows_input_release(struct at_rows_input *input)
{
    at_free(input->views);
    at_free(input->list);
    at_free(input->fan);
    *input = (struct at_rows_input){0};
}

static attune_status rows_fit_blocks(struct at_pipeline *p, struct at_csr *parts,
                                     const struct at_pipeline_fit *in,
                                     const struct at_feature_fit *fit, attune_error *err)
{
    for (size_t i = 0; i < in->recipe->n_blocks; i++) {
        const struct at_recipe_block *block = &in->recipe->blocks[i];
        AT_TRY(at_job_check(in->job, err));
        AT_TRY(block->kind->fit(&p->blocks[i], &parts[i], fit, block->options, err));
        p->n_blocks = i + 1;
        p->n_cols += p->blocks[i]->n_cols;
    }
    return ATTUNE_OK;
}

static attune_status rows_fit_part(struct at_pipeline *p, struct at_csr *parts,
                                   const struct at_pipeline_fit *in, attune_error *err)
{
    const struct at_feature_part all = {
        .profile = in->index, .n = in->n, .n_learn = in->n, .job = in->job};
    for (size_t i = 0; i < in->recipe->n_blocks; i++) {
        const struct at_recipe_block *block = &in->recipe->blocks[i];
        const struct at_feature_part part = at_survey_part(in->survey, block, &all);
        AT_TRY(at_job_check(in->job, err));
        AT_TRY(block->kind->fit_part(&p->blocks[i], &parts[i], &part, block->options, err));
        p->n_blocks = i + 1;
        p->n_cols += p->blocks[i]->n_cols;
    }
    return ATTUNE_OK;
}

attune_status at_rows_fit(struct at_pipeline *pipeline, struct at_csr parts[AT_RECIPE_BLOCKS],
                          const struct at_pipeline_fit *in, attune_error *err)
{
    struct at_rows_input input = {0};
    if (in->survey)
        return rows_fit_part(pipeline, parts, in, err);
    attune_status status = at_rows_input_make(&input, in->recipe, in->profiles, in->n, err);
    const struct at_feature_fit fit = {.profiles = input.profiles,
                                       .n_profiles = in->n,
                                       .fan = input.fan,
                                       .pool = in->pool,
                                       .job = in->job};
    if (status == ATTUNE_OK)
        status = rows_fit_blocks(pipeline, parts, in, &fit, err);
    at_rows_input_release(&input);
    return status;
}

/* One row of the parts in `mask`, behind those in `joined`, which has room for it. */
static void rows_join_row(struct at_csr *joined, const struct at_csr *parts, size_t n_parts,
                          uint32_t mask, size_t i)
{
    size_t at = (size_t)joined->start[joined->n_rows];
    uint32_t shift = 0;
    for (size_t b = 0; b < n_parts; b++) {
        if (!(mask >> b & 1))
            continue;
        const struct at_csr *part = &parts[b];
        const size_t from = (size_t)part->start[i], n = (size_t)part->start[i + 1] - from;
        for (size_t k = 0; k < n; k++)
            joined->col[at + k] = part->col[from + k] + shift;
        memcpy(joined->value + at, part->value + from, n * sizeof *part->value);
        at += n;
        shift += (uint32_t)part->n_cols;
    }
    joined->start[++joined->n_rows] = at;
}

static attune_status rows_join(struct at_csr *joined, const struct at_csr *parts, size_t n_parts,
                               uint32_t mask, attune_error *err)
{
    size_t n_rows = 0, n_items = 0;
    for (size_t b = 0; b < n_parts; b++) {
        if (!(mask >> b & 1))
            continue;
        n_rows = parts[b].n_rows;
        n_items += n_rows ? (size_t)parts[b].start[n_rows] : 0;
        joined->n_cols += parts[b].n_cols;
    }
    AT_TRY(at_csr_reserve(joined, n_rows, n_items, err));
    for (size_t i = 0; i < n_rows; i++)
        rows_join_row(joined, parts, n_parts, mask, i);
    return ATTUNE_OK;
}

attune_status at_rows_member(struct at_rows_member *member, uint32_t blocks,
                             const struct at_csr *parts, size_t n_parts, attune_error *err)
{
    if (member->rows.start && member->blocks == blocks)
        return ATTUNE_OK;
    at_rows_member_release(member);
    const size_t only = (size_t)__builtin_ctz(blocks);
    if (blocks != UINT32_C(1) << only)
        AT_TRY(rows_join(&member->joined, parts, n_parts, blocks, err));
    member->rows = at_csr_view(blocks == UINT32_C(1) << only ? &parts[only] : &member->joined);
    member->blocks = blocks;
    return ATTUNE_OK;
}

void at_rows_member_release(struct at_rows_member *member)
{
    at_csr_release(&member->joined);
    *member = (struct at_rows_member){0};
}
