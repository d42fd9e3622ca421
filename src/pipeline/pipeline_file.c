/* The model file: a bundle with the section "meta" (JSON) and, under the prefixes "f0.", "f1.", ...
 * and "m0.", "m1.", ..., whatever blocks and models write; then the calibration. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "pipeline/rows.h"

enum { PIPELINE_FORMAT = 2 };

struct pipeline_prefix {
    char text[16];
};

static struct pipeline_prefix pipeline_prefix(char what, size_t i)
{
    struct pipeline_prefix prefix;
    snprintf(prefix.text, sizeof prefix.text, "%c%zu.", what, i);
    return prefix;
}

static attune_status pipeline_write(const struct at_pipeline *p, attune_writer *w,
                                    attune_error *err)
{
    AT_TRY(attune_writer_put(w, "meta", p->meta, strlen(p->meta), err));
    for (size_t i = 0; i < p->n_blocks; i++) {
        at_bundle_set_prefix(w, pipeline_prefix('f', i).text);
        AT_TRY(p->blocks[i]->kind->save(p->blocks[i], w, err));
    }
    for (size_t i = 0; i < p->n_members; i++) {
        const struct attune_model *model = p->members[i].model;
        at_bundle_set_prefix(w, pipeline_prefix('m', i).text);
        AT_TRY(model->kind->save(model, w, err));
    }
    at_bundle_set_prefix(w, "");
    AT_TRY(at_calibration_save(&p->calibration, w, err));
    return at_conformal_save(&p->policy.conformal, w, err);
}

attune_status at_pipeline_put(const struct at_pipeline *p, const char *path, struct at_fs_out *out,
                              attune_error *err)
{
    attune_writer *w;
    out->fd = -1;
    AT_TRY(at_bundle_create(&w, path, err));
    const attune_status status = pipeline_write(p, w, err);
    if (status != ATTUNE_OK) {
        at_bundle_abort(w);
        return status;
    }
    return at_bundle_finish(w, out, err);
}

attune_status at_pipeline_save(const struct at_pipeline *p, const char *path, attune_error *err)
{
    struct at_fs_out out;
    AT_TRY(at_pipeline_put(p, path, &out, err));
    return at_fs_out_commit(&out, err);
}

static attune_status pipeline_damaged(const struct at_pipeline *p, const char *what,
                                      attune_error *err)
{
    return at_fail(err, ATTUNE_CORRUPT, "'%s' is damaged: its description has %s", p->reader.path,
                   what);
}

static attune_status pipeline_read_labels(struct at_pipeline *p, const at_json *meta,
                                          attune_error *err)
{
    const at_json *names = at_json_get(meta, "labels");
    const size_t n = at_json_len(names);
    if (!at_json_is_array(names) || n > AT_LABELS_MAX)
        return pipeline_damaged(p, "no usable labels", err);
    struct at_str *list = AT_NEW(&p->arena, struct at_str, n);
    if (!list)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: labels");
    for (size_t i = 0; i < n; i++)
        list[i] = at_json_string(at_json_at(names, i));
    const attune_status status =
        at_labels_make(&p->labels, at_json_string(at_json_get(meta, "target")), list, n,
                       at_json_bool(at_json_get(meta, "ordered"), false), &p->arena, err);
    return status == ATTUNE_INVALID ? at_wrap(err, ATTUNE_CORRUPT, "'%s'", p->reader.path) : status;
}

static attune_status pipeline_read_blocks(struct at_pipeline *p, const at_json *meta,
                                          attune_error *err)
{
    const at_json *list = at_json_get(meta, "features");
    const size_t n = at_json_len(list);
    if (!at_json_is_array(list) || n < 1 || n > AT_RECIPE_BLOCKS)
        return pipeline_damaged(p, "no usable features", err);
    for (size_t i = 0; i < n; i++) {
        const char *name = at_json_string(at_json_get(at_json_at(list, i), "kind")).ptr;
        const struct at_feature_kind *kind = at_feature_kind_find(name);
        if (!kind)
            return at_fail(err, ATTUNE_UNSUPPORTED,
                           "'%s' uses the features '%.40s', which this attune does not have",
                           p->reader.path, name);
        const attune_reader part = at_bundle_sub(&p->reader, pipeline_prefix('f', i).text);
        AT_TRY(kind->load(&p->blocks[i], &part, err));
        p->n_blocks = i + 1;
        p->n_cols += p->blocks[i]->n_cols;
    }
    return ATTUNE_OK;
}

struct pipeline_kinds {
    const struct attune_model_kind *const *own;
    size_t n_own;
};

static attune_status pipeline_find_kind(const struct at_pipeline *p, const char *name,
                                        const struct pipeline_kinds *kinds,
                                        const struct attune_model_kind **out, attune_error *err)
{
    *out = attune_model_kind_find(name);
    for (size_t i = 0; i < kinds->n_own; i++)
        if (strcmp(kinds->own[i]->name, name) == 0)
            *out = kinds->own[i];
    return *out ? ATTUNE_OK
                : at_fail(err, ATTUNE_UNSUPPORTED,
                          "'%s' holds a model of kind '%.40s', which this attune does not have",
                          p->reader.path, name);
}

static attune_status pipeline_read_inputs(const struct at_pipeline *p, const at_json *list,
                                          uint32_t *out, attune_error *err)
{
    const size_t n = at_json_len(list);
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        const int64_t block = at_json_integer(at_json_at(list, i), -1);
        if (block < 0 || (size_t)block >= p->n_blocks)
            return pipeline_damaged(p, "a member that takes features which are not there", err);
        *out |= UINT32_C(1) << block;
    }
    return *out ? ATTUNE_OK : pipeline_damaged(p, "a member without features", err);
}

static bool pipeline_read_voice(struct at_voice *out, const at_json *item)
{
    out->weight = at_json_number(at_json_get(item, "weight"), -1);
    out->temperature.t = at_json_number(at_json_get(item, "temperature"), 0);
    out->temperature.floor = at_json_number(at_json_get(item, "floor"), 0);
    return out->weight >= 0 && out->weight <= 1 && out->temperature.t >= AT_TEMPERATURE_MIN &&
           out->temperature.t <= AT_TEMPERATURE_MAX && out->temperature.floor >= 1e-300 &&
           out->temperature.floor <= 1e-3;
}

static attune_status pipeline_read_member(struct at_pipeline *p, const at_json *item,
                                          const struct pipeline_kinds *kinds, attune_error *err)
{
    struct at_pipeline_member *m = &p->members[p->n_members];
    const struct attune_model_kind *kind;
    AT_TRY(pipeline_find_kind(p, at_json_string(at_json_get(item, "kind")).ptr, kinds, &kind, err));
    AT_TRY(pipeline_read_inputs(p, at_json_get(item, "features"), &m->blocks, err));
    if (!pipeline_read_voice(&m->voice, item))
        return pipeline_damaged(p, "a member without a usable weight", err);
    const attune_reader part = at_bundle_sub(&p->reader, pipeline_prefix('m', p->n_members).text);
    AT_TRY(kind->load(&m->model, &part, err));
    p->n_members++;
    if (m->model->n_features != at_rows_cols(p, m->blocks) || m->model->n_classes != p->labels.n)
        return pipeline_damaged(p, "features or labels that do not fit its model", err);
    return ATTUNE_OK;
}

static attune_status pipeline_read_members(struct at_pipeline *p, const at_json *meta,
                                           const struct pipeline_kinds *kinds, attune_error *err)
{
    const at_json *list = at_json_get(meta, "members");
    const size_t n = at_json_len(list);
    if (!at_json_is_array(list) || n < 1 || n > AT_RECIPE_MEMBERS)
        return pipeline_damaged(p, "no usable members", err);
    for (size_t i = 0; i < n; i++)
        AT_TRY(pipeline_read_member(p, at_json_at(list, i), kinds, err));
    return ATTUNE_OK;
}

static attune_status pipeline_read_meta(struct at_pipeline *p, at_json **out, attune_error *err)
{
    const void *data;
    size_t size;
    AT_TRY(attune_reader_get(&p->reader, "meta", 1, &data, &size, err));
    if (size > 1 << 20)
        return pipeline_damaged(p, "more than 1 MiB", err);
    p->meta = at_strndup(data, size);
    if (!p->meta)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: model description");
    const attune_status status = at_json_parse(out, p->meta, size, p->reader.path, err);
    if (status == ATTUNE_FORMAT)
        return at_wrap(err, ATTUNE_CORRUPT, "damaged description");
    AT_TRY(status);
    const int64_t format = at_json_integer(at_json_get(*out, "format"), 0);
    if (format > PIPELINE_FORMAT)
        return at_fail(err, ATTUNE_TOO_NEW, "'%s' was written by a newer attune; update attune",
                       p->reader.path);
    p->newest_messages = (size_t)at_json_integer(at_json_get(*out, "newest_messages"), 0);
    p->way = at_arena_strdup(&p->arena, at_json_string(at_json_get(*out, "kind")).ptr);
    if (!p->way)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: model description");
    return format == PIPELINE_FORMAT ? ATTUNE_OK : pipeline_damaged(p, "no format number", err);
}

static attune_status pipeline_read(struct at_pipeline *p,
                                   const struct attune_model_kind *const *own, size_t n_own,
                                   attune_error *err)
{
    const struct pipeline_kinds kinds = {own, n_own};
    at_json *meta = NULL;
    attune_status status = pipeline_read_meta(p, &meta, err);
    if (status == ATTUNE_OK)
        status = pipeline_read_labels(p, meta, err);
    if (status == ATTUNE_OK)
        status = pipeline_read_blocks(p, meta, err);
    if (status == ATTUNE_OK)
        status = pipeline_read_members(p, meta, &kinds, err);
    if (status == ATTUNE_OK && !at_json_is_null(at_json_get(meta, "languages")))
        status = at_languages_read(&p->languages, at_json_get(meta, "languages"), err);
    if (status == ATTUNE_OK)
        status = at_calibration_load(&p->calibration, &p->reader, p->labels.n, err);
    if (status == ATTUNE_OK && !at_policy_read(&p->policy, meta))
        status = pipeline_damaged(p, "a policy out of range", err);
    if (status == ATTUNE_OK)
        status = at_conformal_load(&p->policy.conformal, &p->reader, p->labels.n, err);
    at_json_free(meta);
    return status;
}

attune_status at_pipeline_load(struct at_pipeline **out, const char *path,
                               const struct attune_model_kind *const *own, size_t n_own,
                               attune_error *err)
{
    *out = NULL;
    struct at_pipeline *p = AT_ALLOC(struct at_pipeline, 1);
    if (!p)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: pipeline");
    const char *name = at_arena_strdup(&p->arena, path);
    attune_status status = name ? at_bundle_open(&p->reader, name, err)
                                : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: pipeline");
    p->mapped = status == ATTUNE_OK;
    if (status == ATTUNE_OK)
        status = pipeline_read(p, own, n_own, err);
    if (status != ATTUNE_OK) {
        at_pipeline_destroy(p);
        return status;
    }
    *out = p;
    return ATTUNE_OK;
}
