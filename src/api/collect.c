#include "api/collect.h"

#include "api/home_language.h"
#include "base/alloc.h"
#include "base/job.h"
#include "data/split.h"

struct collect_context {
    struct at_collected *out;
    const attune_home *home;
    const attune_job *job;
    size_t n_unknown;
};

static attune_status collect_grow(struct at_collected *c, attune_error *err)
{
    const size_t cap = c->cap ? 2 * c->cap : 256;
    uint32_t *y = at_realloc(c->y, cap, sizeof *y);
    if (!y)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", cap);
    c->y = y;
    c->cap = cap;
    return ATTUNE_OK;
}

static attune_status collect_fan(void *context, const struct at_profile *profile,
                                 int64_t first_seen_ms, attune_error *err)
{
    struct collect_context *x = context;
    struct at_collected *c = x->out;
    (void)first_seen_ms;
    const struct at_str label = at_profile_label(profile, c->labels->target);
    if (!label.len)
        return ATTUNE_OK;
    const uint32_t y = at_labels_find(c->labels, label);
    if (y == AT_CLASS_NONE) {
        x->n_unknown++;
        return ATTUNE_OK;
    }
    if (c->dataset.n == c->cap)
        AT_TRY(collect_grow(c, err));
    const struct at_profile in_language = at_home_profile(x->home, profile);
    AT_TRY(at_dataset_add(&c->dataset, &in_language, err));
    c->y[c->dataset.n - 1] = y;
    if (c->dataset.n % 4096 == 0)
        AT_TRY(at_job_check(x->job, err));
    return ATTUNE_OK;
}

static attune_status collect_count(void *context, const struct at_profile *profile,
                                   int64_t first_seen_ms, attune_error *err)
{
    (void)profile;
    (void)first_seen_ms;
    (void)err;
    ++*(size_t *)context;
    return ATTUNE_OK;
}

attune_status at_collect(struct at_collected *out, attune_home *home,
                         const struct at_labels *labels, const attune_job *job, attune_error *err)
{
    const struct at_settings *s = &home->config.values;
    struct collect_context x = {.out = out, .home = home, .job = job};
    struct at_store *store;
    *out = (struct at_collected){.labels = labels};
    AT_TRY(at_home_store(home, AT_STORE_READ, &store, err));
    at_job_progress(job, "collect", 0, 0);
    const struct at_store_scan scan = {.target = labels->target,
                                       .newest_messages = (size_t)s->newest_messages,
                                       .min_rows = (size_t)s->min_rows,
                                       .min_received = (size_t)s->min_received,
                                       .with_labels = true};
    const attune_status status = store->kind->scan(store, &scan, collect_fan, &x, err);
    if (status != ATTUNE_OK) {
        at_collected_release(out);
        return status;
    }
    if (x.n_unknown)
        at_job_log(job, ATTUNE_LOG_WARNING,
                   "%zu fans have a %.*s label that config.json does not list; they are left out",
                   x.n_unknown, (int)labels->target.len, labels->target.ptr);
    return ATTUNE_OK;
}

void at_collected_release(struct at_collected *c)
{
    at_dataset_release(&c->dataset);
    at_free(c->y);
    *c = (struct at_collected){0};
}

/* Too few: are there labelled fans that the rules leave out? */
static attune_status collect_too_few(const struct at_collected *c, attune_home *home,
                                     attune_error *err)
{
    const struct at_settings *s = &home->config.values;
    const int len = (int)c->labels->target.len;
    const char *name = c->labels->target.ptr;
    const struct at_store_scan all = {.target = c->labels->target, .newest_messages = 1};
    struct at_store *store;
    size_t n_labelled = 0;
    AT_TRY(at_home_store(home, AT_STORE_READ, &store, err));
    AT_TRY(store->kind->scan(store, &all, collect_count, &n_labelled, err));
    if (n_labelled <= c->dataset.n)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "Insufficient %.*s data: %zu < %lld", len, name,
                       c->dataset.n, (long long)s->ml_min_training_samples);
    return at_fail(err, ATTUNE_NOT_ENOUGH,
                   "Insufficient %.*s data: %zu < %lld (%zu more fans have a label but fewer than "
                   "%lld conversation rows or %lld received messages)",
                   len, name, c->dataset.n, (long long)s->ml_min_training_samples,
                   n_labelled - c->dataset.n, (long long)s->min_rows, (long long)s->min_received);
}

attune_status at_collect_enough(const struct at_collected *c, attune_home *home, attune_error *err)
{
    const struct at_labels *labels = c->labels;
    const int len = (int)labels->target.len;
    const char *name = labels->target.ptr;
    size_t n_present = 0, last = 0;
    if (c->dataset.n < (size_t)home->config.values.ml_min_training_samples)
        return collect_too_few(c, home, err);
    for (size_t k = 0; k < labels->n; k++) {
        size_t n = 0;
        for (size_t i = 0; i < c->dataset.n; i++)
            n += c->y[i] == k;
        n_present += n > 0;
        last = n ? k : last;
        if (n == 1)
            return at_fail(err, ATTUNE_NOT_ENOUGH,
                           "Insufficient %.*s data: only 1 fan is labelled '%.*s'; at least 2 are "
                           "needed, to learn from one and to check with the other",
                           len, name, (int)labels->names[k].len, labels->names[k].ptr);
    }
    if (n_present < 2)
        return at_fail(
            err, ATTUNE_NOT_ENOUGH,
            "Insufficient %.*s data: all %zu fans are labelled '%.*s'; at least 2 labels "
            "are needed",
            len, name, c->dataset.n, (int)labels->names[last].len, labels->names[last].ptr);
    return ATTUNE_OK;
}

static attune_status members_add(void *context, struct at_str fan_id, enum at_split role,
                                 attune_error *err)
{
    struct at_members *m = context;
    uint32_t index;
    AT_TRY(at_map_add(&m->fans, fan_id, &index, NULL, err));
    if (m->fans.n_keys > m->cap) {
        const size_t cap = m->cap ? 2 * m->cap : 1024;
        uint8_t *grown = at_realloc(m->role, cap, 1);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", cap);
        m->role = grown;
        m->cap = cap;
    }
    m->role[index] = (uint8_t)role;
    return ATTUNE_OK;
}

attune_status at_members_read(struct at_members *out, attune_home *home, struct at_str target,
                              int64_t version, attune_error *err)
{
    struct at_store *store;
    *out = (struct at_members){0};
    AT_TRY(at_home_store(home, AT_STORE_READ, &store, err));
    const attune_status status =
        store->kind->version_members(store, target, version, members_add, out, err);
    if (status != ATTUNE_OK)
        at_members_release(out);
    return status;
}

enum at_split at_members_role(const struct at_members *m, struct at_str fan_id)
{
    const uint32_t index = at_map_get(&m->fans, fan_id);
    return index == AT_MAP_NONE ? AT_SPLIT_NONE : (enum at_split)m->role[index];
}

static bool members_trains(enum at_split role)
{
    return role == AT_SPLIT_TRAIN || role == AT_SPLIT_VAL;
}

attune_status at_members_spread(const struct at_members *m, const struct at_dataset *dataset,
                                const uint32_t *group, uint8_t *role, attune_error *err)
{
    uint8_t *by_group = AT_ALLOC(uint8_t, dataset->n);
    if (!by_group)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: split of %zu fans", dataset->n);
    for (size_t i = 0; i < dataset->n; i++) {
        const enum at_split own = at_members_role(m, dataset->profiles[i].fan_id);
        uint8_t *shared = &by_group[group[i]];
        if (members_trains(own) || *shared == AT_SPLIT_NONE)
            *shared = (uint8_t)own;
    }
    for (size_t i = 0; i < dataset->n; i++)
        role[i] = by_group[group[i]];
    at_free(by_group);
    return ATTUNE_OK;
}

attune_status at_members_roles(const struct at_members *m, const struct at_dataset *dataset,
                               uint8_t *role, const attune_job *job, attune_error *err)
{
    uint32_t *group = AT_ALLOC(uint32_t, dataset->n);
    if (!group)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: split of %zu fans", dataset->n);
    attune_status status = at_split_groups(dataset, group, job, err);
    if (status == ATTUNE_OK)
        status = at_members_spread(m, dataset, group, role, err);
    at_free(group);
    return status;
}

void at_members_release(struct at_members *m)
{
    at_map_release(&m->fans);
    at_free(m->role);
    *m = (struct at_members){0};
}
