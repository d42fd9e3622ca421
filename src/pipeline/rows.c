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

/* What the blocks learn from: the windows, where not whole profiles count, and which of them are
 * one person. */
struct rows_input {
    struct at_profile *views;
    const struct at_profile **profiles;
    uint32_t *fan;
};

static attune_status rows_input_make(struct rows_input *r, const struct at_pipeline_fit *in,
                                     attune_error *err)
{
    struct at_map fans = {0};
    attune_status status = ATTUNE_OK;
    const size_t newest = in->recipe->newest_messages, n_views = newest ? in->n : 0;
    r->views = AT_ALLOC_RAW(struct at_profile, n_views);
    r->profiles = AT_ALLOC_RAW(const struct at_profile *, n_views);
    r->fan = AT_ALLOC_RAW(uint32_t, in->n);
    if (!r->views || !r->profiles || !r->fan)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", in->n);
    for (size_t i = 0; i < n_views; i++) {
        r->views[i] = at_rows_window(in->profiles[i], newest);
        r->profiles[i] = &r->views[i];
    }
    for (size_t i = 0; i < in->n && status == ATTUNE_OK; i++)
        status = at_map_add(&fans, in->profiles[i]->fan_id, &r->fan[i], NULL, err);
    at_map_release(&fans);
    return status;
}

static void rows_input_release(struct rows_input *r)
{
    at_free(r->views);
    at_free(r->profiles);
    at_free(r->fan);
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

attune_status at_rows_fit(struct at_pipeline *pipeline, struct at_csr parts[AT_RECIPE_BLOCKS],
                          const struct at_pipeline_fit *in, attune_error *err)
{
    struct rows_input input = {0};
    attune_status status = rows_input_make(&input, in, err);
    const struct at_feature_fit fit = {.profiles = in->recipe->newest_messages ? input.profiles
                                                                               : in->profiles,
                                       .n_profiles = in->n,
                                       .fan = input.fan,
                                       .pool = in->pool,
                                       .job = in->job};
    if (status == ATTUNE_OK)
        status = rows_fit_blocks(pipeline, parts, in, &fit, err);
    rows_input_release(&input);
    return status;
}

/* One row of the parts in `mask`, appended to `joined`. */
static attune_status rows_join_row(struct at_csr *joined, struct at_row *row,
                                   const struct at_csr *parts, size_t n_parts, uint32_t mask,
                                   size_t i, attune_error *err)
{
    uint32_t shift = 0;
    row->n = 0;
    for (size_t b = 0; b < n_parts; b++) {
        if (!(mask >> b & 1))
            continue;
        const struct at_csr *part = &parts[b];
        const size_t from = part->start[i], n = part->start[i + 1] - from;
        AT_TRY(at_row_reserve(row, row->n + n + 1, err));
        for (size_t k = 0; k < n; k++)
            row->col[row->n + k] = part->col[from + k] + shift;
        memcpy(row->value + row->n, part->value + from, n * sizeof *row->value);
        row->n += n;
        shift += (uint32_t)part->n_cols;
    }
    return at_csr_add_row(joined, row->col, row->value, row->n, err);
}

attune_status at_rows_join(struct attune_rows *out, struct at_csr *joined,
                           const struct at_csr *parts, size_t n_parts, uint32_t mask,
                           attune_error *err)
{
    struct at_row row = {0};
    attune_status status = ATTUNE_OK;
    *joined = (struct at_csr){0};
    size_t first = 0, n_rows = 0;
    while (first + 1 < n_parts && !(mask >> first & 1))
        first++;
    if (mask == UINT32_C(1) << first) {
        *out = at_csr_view(&parts[first]);
        return ATTUNE_OK;
    }
    n_rows = parts[first].n_rows;
    for (size_t b = 0; b < n_parts; b++)
        if (mask >> b & 1)
            joined->n_cols += parts[b].n_cols;
    for (size_t i = 0; i < n_rows && status == ATTUNE_OK; i++)
        status = rows_join_row(joined, &row, parts, n_parts, mask, i, err);
    at_row_release(&row);
    if (status == ATTUNE_OK)
        *out = at_csr_view(joined);
    return status;
}
