/* The block as its neighbours see it: options, sessions, one row, and habits in words. What is seen
 * of a profile is in behaviour_look.c, learning in behaviour_fit.c, the model file in
 * behaviour_file.c. */
#include "feature/behaviour/behaviour.h"

#include "base/alloc.h"
#include "feature/explanation.h"

static const struct attune_option behaviour_options[] = {
    {.name = "weight",
     .type = ATTUNE_OPTION_REAL,
     .fallback = "0.3",
     .min = 0,
     .max = 100,
     .help = "how much habits count beside words: the typical length of a fan's row of habits, "
             "where a row of words has length 1",
     .offset = offsetof(struct behaviour_options, weight)},
};

static const char *const behaviour_more[BEHAVIOUR_N_HABITS] = {
#define X(name, group, more, less) more,
    BEHAVIOUR_HABITS(X)
#undef X
};
static const char *const behaviour_less[BEHAVIOUR_N_HABITS] = {
#define X(name, group, more, less) less,
    BEHAVIOUR_HABITS(X)
#undef X
};
static const char *const behaviour_missing[BEHAVIOUR_GROUPS] = {
    [BEHAVIOUR_TEXT] = "no message of the fan",
    [BEHAVIOUR_CLOCK] = "no times known",
    [BEHAVIOUR_RHYTHM] = "fewer than two times known",
    [BEHAVIOUR_TALK] = "not a message of both",
    [BEHAVIOUR_OPENING] = "unknown who starts conversations",
    [BEHAVIOUR_ANSWER] = "no answer to the creator",
};
static const char *const behaviour_known[BEHAVIOUR_GROUPS] = {
    [BEHAVIOUR_TEXT] = "messages of the fan",
    [BEHAVIOUR_CLOCK] = "times known",
    [BEHAVIOUR_RHYTHM] = "several times known",
    [BEHAVIOUR_TALK] = "messages of both",
    [BEHAVIOUR_OPENING] = "known who starts conversations",
    [BEHAVIOUR_ANSWER] = "answers the creator",
};

enum behaviour_group behaviour_col_group(size_t col)
{
    static const enum behaviour_group of[BEHAVIOUR_N_HABITS] = {
#define X(name, group, more, less) BEHAVIOUR_##group,
        BEHAVIOUR_HABITS(X)
#undef X
    };
    return col < BEHAVIOUR_N_HABITS ? of[col] : (enum behaviour_group)(col - BEHAVIOUR_N_HABITS);
}

float behaviour_value(const struct behaviour *f, const struct behaviour_sight *sight, size_t col)
{
    if (col < BEHAVIOUR_N_HABITS && (sight->missing >> behaviour_col_group(col) & 1))
        return 0;
    const double v = (sight->x[col] - f->mean[col]) * f->scale[col], limit = f->params.limit;
    return (float)(v > limit ? limit : v < -limit ? -limit : v);
}

static void behaviour_session_destroy(void *session)
{
    if (session)
        behaviour_scratch_release(session);
    at_free(session);
}

static attune_status behaviour_session_create(void **out, const struct at_feature *feature,
                                              attune_error *err)
{
    (void)feature;
    *out = AT_ALLOC(struct behaviour_scratch, 1);
    return *out ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: habits");
}

static attune_status behaviour_transform(const struct at_feature *feature, void *session,
                                         const struct at_profile *profile, struct at_row *row,
                                         attune_error *err)
{
    struct behaviour_sight sight;
    row->n = 0;
    AT_TRY(behaviour_look(&sight, session, profile, err));
    AT_TRY(at_row_reserve(row, BEHAVIOUR_N_COLS, err));
    for (uint32_t c = 0; c < BEHAVIOUR_N_COLS; c++) {
        const float value = behaviour_value((const void *)feature, &sight, c);
        if (value != 0) {
            row->col[row->n] = c;
            row->value[row->n++] = value;
        }
    }
    return ATTUNE_OK;
}

static struct at_str behaviour_col_name(const struct at_feature *feature, size_t col)
{
    (void)feature;
    return at_str_from(col < BEHAVIOUR_N_HABITS ? behaviour_more[col]
                                                : behaviour_missing[col - BEHAVIOUR_N_HABITS]);
}

/* What the fan does, or does less than others; where a habit cannot be seen, what is missing for
 * it: a forest may make something of that too. */
static const char *behaviour_words(const struct behaviour *f, const struct behaviour_sight *sight,
                                   size_t col)
{
    const bool more = sight->x[col] > f->mean[col];
    if (col < BEHAVIOUR_N_HABITS)
        return more ? behaviour_more[col] : behaviour_less[col];
    const size_t group = col - BEHAVIOUR_N_HABITS;
    return more ? behaviour_missing[group] : behaviour_known[group];
}

static attune_status behaviour_explain(const struct at_feature *feature, void *session,
                                       const struct at_profile *profile, const double *contribution,
                                       struct at_explanation *out, attune_error *err)
{
    const struct behaviour *f = (const void *)feature;
    struct behaviour_sight sight;
    AT_TRY(behaviour_look(&sight, session, profile, err));
    for (size_t c = 0; c < BEHAVIOUR_N_COLS; c++)
        if (contribution[c] != 0)
            AT_TRY(at_explanation_add(out, at_str_from(behaviour_words(f, &sight, c)),
                                      contribution[c], err));
    return ATTUNE_OK;
}

void behaviour_destroy(struct at_feature *feature)
{
    at_free(feature);
}

const struct at_feature_kind at_feature_kind_behaviour = {
    .version = AT_FEATURE_KIND_VERSION,
    .name = "behaviour",
    .summary = "how a fan writes and when: lengths, questions, emoji, times, gaps, answer delays",
    .options = behaviour_options,
    .n_options = sizeof behaviour_options / sizeof *behaviour_options,
    .options_size = sizeof(struct behaviour_options),
    .fit = behaviour_fit,
    .session_create = behaviour_session_create,
    .session_destroy = behaviour_session_destroy,
    .transform = behaviour_transform,
    .save = behaviour_save,
    .load = behaviour_load,
    .destroy = behaviour_destroy,
    .col_name = behaviour_col_name,
    .explain = behaviour_explain,
    .survey = behaviour_survey,
    .fit_part = behaviour_fit_part,
    .survey_destroy = behaviour_survey_destroy,
};
