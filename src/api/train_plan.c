/* What is to be trained and whether: kinds, recipe, and the rule of when a training is due. */
#include <stdio.h>
#include <string.h>

#include "api/train_target.h"

static attune_status plan_add_kind(const char **list, size_t *n, struct at_str name,
                                   struct at_arena *arena, attune_error *err)
{
    char *copy = at_arena_strndup(arena, name.ptr, name.len);
    if (!copy)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: kinds");
    if (strcmp(copy, "transformer") == 0)
        return at_fail(err, ATTUNE_UNSUPPORTED, "this build has no transformer models");
    if (!at_recipe_has_kind(copy))
        return at_fail(err, ATTUNE_INVALID,
                       "unknown model kind '%.60s'; attune version lists those built in", copy);
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i], copy) == 0)
            return ATTUNE_OK;
    list[(*n)++] = copy;
    return ATTUNE_OK;
}

attune_status at_train_kinds(const char *text, const char *const **out, struct at_arena *arena,
                             attune_error *err)
{
    enum { MAX = 32 };
    const char **list = AT_NEW(arena, const char *, MAX + 1);
    size_t n = 0;
    if (!list)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: kinds");
    if (strcmp(text, "all") == 0 || strcmp(text, "classical") == 0) {
        list[n++] = at_recipe_default_kind;
    } else {
        const char *p = text;
        while (p && n < MAX) {
            const char *comma = strchr(p, ',');
            const struct at_str name = {p, comma ? (size_t)(comma - p) : strlen(p)};
            AT_TRY(plan_add_kind(list, &n, name, arena, err));
            p = comma ? comma + 1 : NULL;
        }
    }
    list[n] = NULL;
    *out = list;
    return ATTUNE_OK;
}

/* Settings of parts that this recipe does not have are for other kinds: skipped. */
static attune_status plan_home_options(struct at_recipe *recipe, const struct at_config *config,
                                       attune_error *err)
{
    for (const struct at_part_setting *p = config->parts; p; p = p->next) {
        const size_t len = strcspn(p->setting.name, ".");
        if (at_recipe_has_part(recipe, p->setting.name, len))
            AT_TRY(at_recipe_set(recipe, &p->setting, 1, err));
    }
    return ATTUNE_OK;
}

attune_status at_train_recipe(struct at_recipe *out, attune_home *home,
                              const struct at_train_wish *wish, attune_error *err)
{
    const struct at_recipe_request request = {
        .kind = wish->kind,
        .features = wish->features,
        .parity = wish->parity,
        .newest_messages = home ? (size_t)home->config.values.newest_messages : 0};
    AT_TRY(at_recipe_init(out, &request, err));
    attune_status status = home ? plan_home_options(out, &home->config, err) : ATTUNE_OK;
    if (status == ATTUNE_OK)
        status = at_recipe_set(out, wish->options, wish->n_options, err);
    if (status != ATTUNE_OK)
        at_recipe_release(out);
    return status;
}

struct plan_feedback {
    struct at_str target;
    int64_t since_ms;
    int64_t n;
};

static attune_status plan_count_feedback(void *context, const struct at_store_label *l,
                                         attune_error *err)
{
    struct plan_feedback *f = context;
    (void)err;
    f->n += l->source == AT_LABEL_OPERATOR && l->at_ms > f->since_ms &&
            at_str_equal(l->target, f->target);
    return ATTUNE_OK;
}

attune_status at_train_due(attune_home *home, const struct at_labels *labels, bool *out_due,
                           char *reason, attune_error *err)
{
    const struct at_settings *s = &home->config.values;
    struct at_store *store;
    int64_t champion;
    struct at_arena arena = {0};
    struct at_store_version row = {0};
    AT_TRY(at_home_store(home, AT_STORE_READ, &store, err));
    AT_TRY(store->kind->alias_get(store, labels->target, at_str_from("champion"), &champion, err));
    *out_due = true;
    snprintf(reason, 256, "there is no champion yet");
    if (!champion)
        return ATTUNE_OK;
    attune_status status =
        store->kind->version_get(store, labels->target, champion, &row, &arena, err);
    struct plan_feedback f = {labels->target, row.created_ms, 0};
    if (status == ATTUNE_OK)
        status = store->kind->labels(store, at_str_from(""), plan_count_feedback, &f, err);
    at_arena_release(&arena);
    AT_TRY(status);
    const double days = (double)(at_clock_now_ms() - row.created_ms) / 86400000.0;
    *out_due = days >= (double)s->ml_model_max_age_days || f.n >= s->ml_retrain_threshold;
    snprintf(reason, 256,
             "champion version %lld is %.1f days old (new training at %lld) and %lld new feedback "
             "samples wait (new training at %lld); --force trains all the same",
             (long long)champion, days, (long long)s->ml_model_max_age_days, (long long)f.n,
             (long long)s->ml_retrain_threshold);
    return ATTUNE_OK;
}
