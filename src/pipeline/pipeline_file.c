/* The model file: a bundle with the section "meta" (JSON) and, under the prefixes "f0.", "f1.", ...
 * and "model.", whatever blocks and model write. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "pipeline/pipeline.h"

enum { PIPELINE_FORMAT = 1 };

static attune_status pipeline_write(const struct at_pipeline *p, attune_writer *w,
                                    attune_error *err)
{
    AT_TRY(attune_writer_put(w, "meta", p->meta, strlen(p->meta), err));
    for (size_t i = 0; i < p->n_blocks; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "f%zu.", i);
        at_bundle_set_prefix(w, prefix);
        AT_TRY(p->blocks[i]->kind->save(p->blocks[i], w, err));
    }
    at_bundle_set_prefix(w, "model.");
    return p->model->kind->save(p->model, w, err);
}

attune_status at_pipeline_save(const struct at_pipeline *p, const char *path, attune_error *err)
{
    attune_writer *w;
    AT_TRY(at_bundle_create(&w, path, err));
    const attune_status status = pipeline_write(p, w, err);
    if (status != ATTUNE_OK) {
        at_bundle_abort(w);
        return status;
    }
    return at_bundle_commit(w, err);
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
        char prefix[32];
        snprintf(prefix, sizeof prefix, "f%zu.", i);
        const attune_reader part = at_bundle_sub(&p->reader, prefix);
        AT_TRY(kind->load(&p->blocks[i], &part, err));
        p->n_blocks = i + 1;
        p->n_cols += p->blocks[i]->n_cols;
    }
    return ATTUNE_OK;
}

static attune_status pipeline_read_model(struct at_pipeline *p, const at_json *meta,
                                         const struct attune_model_kind *const *own, size_t n_own,
                                         attune_error *err)
{
    const char *name = at_json_string(at_json_get(at_json_get(meta, "model"), "kind")).ptr;
    const struct attune_model_kind *kind = attune_model_kind_find(name);
    for (size_t i = 0; i < n_own; i++)
        if (strcmp(own[i]->name, name) == 0)
            kind = own[i];
    if (!kind)
        return at_fail(err, ATTUNE_UNSUPPORTED,
                       "'%s' holds a model of kind '%.40s', which this attune does not have",
                       p->reader.path, name);
    const attune_reader part = at_bundle_sub(&p->reader, "model.");
    AT_TRY(kind->load(&p->model, &part, err));
    if (p->model->n_features != p->n_cols || p->model->n_classes != p->labels.n)
        return pipeline_damaged(p, "features or labels that do not fit its model", err);
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
    return format == PIPELINE_FORMAT ? ATTUNE_OK : pipeline_damaged(p, "no format number", err);
}

static attune_status pipeline_read(struct at_pipeline *p,
                                   const struct attune_model_kind *const *own, size_t n_own,
                                   attune_error *err)
{
    at_json *meta = NULL;
    attune_status status = pipeline_read_meta(p, &meta, err);
    if (status == ATTUNE_OK)
        status = pipeline_read_labels(p, meta, err);
    if (status == ATTUNE_OK)
        status = pipeline_read_blocks(p, meta, err);
    if (status == ATTUNE_OK)
        status = pipeline_read_model(p, meta, own, n_own, err);
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
