/* The block as its neighbours see it: options, one row, and whose share of it is whose. A row is
 * linear in the words, so what a column contributed is shared among them exactly as they made it.
 */
#include "feature/meaning/meaning.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "feature/explanation.h"

/* Profiles with few words lean on what is usual: 8 words' worth of it. Figures in the decision. */
#define MEANING_USUAL_WORDS 8
#define MEANING_LEAST_SHARE 0.5

static const struct attune_option meaning_options[] = {
    {.name = "weight",
     .type = ATTUNE_OPTION_REAL,
     .fallback = "1",
     .min = 0,
     .max = 100,
     .help = "how much the meaning of words counts beside the words themselves: the length of a "
             "fan's row of meanings, where a row of words has length 1; 0 leaves it out",
     .offset = offsetof(struct meaning_options, weight)},
};

/* One word adds at most 15 * 255 to a sum, so this many fit in 32 bits, which a processor adds four
 * or eight at a time. */
enum { LOOK_BATCH = 1 << 18 };

struct look {
    int32_t sum[MEANING_DIMS];
    uint32_t n_words;
};

static void look_flush(struct look *look, struct meaning_sum *out)
{
    for (size_t k = 0; k < MEANING_DIMS; k++)
        out->sum[k] += look->sum[k];
    memset(look, 0, sizeof *look);
}

static void look_add(struct look *look, int32_t word)
{
    int8_t vector[MEANING_DIMS];
    const int32_t weight = meaning_word_weight(word);
    meaning_word_vector(word, vector);
    for (size_t k = 0; k < MEANING_DIMS; k++)
        look->sum[k] += weight * vector[k];
    look->n_words++;
}

void meaning_look(struct meaning_sum *out, const struct at_profile *profile)
{
    struct meaning_text t;
    struct look look = {0};
    memset(out, 0, sizeof *out);
    meaning_text_begin(&t, profile);
    while (meaning_text_next(&t)) {
        out->n_words++;
        out->n_known += t.n_known > 0;
        for (size_t i = 0; i < t.n_known; i++)
            look_add(&look, t.word[i]);
        if (look.n_words >= LOOK_BATCH)
            look_flush(&look, out);
    }
    look_flush(&look, out);
}

bool meaning_is_open(const struct meaning *f, const struct meaning_sum *sum)
{
    const double known = (double)sum->n_known + MEANING_USUAL_WORDS * f->params.share;
    return sum->n_known > 0 &&
           known >= MEANING_LEAST_SHARE * ((double)sum->n_words + MEANING_USUAL_WORDS);
}

bool meaning_row(const struct meaning *f, const struct meaning_sum *sum, float out[MEANING_DIMS])
{
    float step[MEANING_DIMS];
    double value[MEANING_DIMS] = {0}, norm = 0;
    const bool is_open = meaning_is_open(f, sum);
    memset(out, 0, MEANING_DIMS * sizeof *out);
    meaning_steps(step);
    for (size_t k = 0; k < MEANING_DIMS && is_open; k++) {
        value[k] = (double)sum->sum[k] * (double)step[k];
        norm += value[k] * value[k];
    }
    if (!(norm > 0) || f->params.weight == 0)
        return false;
    const double scale = f->params.weight / sqrt(norm);
    for (size_t k = 0; k < MEANING_DIMS; k++)
        out[k] = (float)(value[k] * scale);
    return true;
}

static void meaning_session_destroy(void *session)
{
    at_free(session);
}

static attune_status meaning_session_create(void **out, const struct at_feature *feature,
                                            attune_error *err)
{
    (void)feature;
    *out = AT_ALLOC(struct meaning_sum, 1);
    return *out ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: meanings");
}

static attune_status meaning_transform(const struct at_feature *feature, void *session,
                                       const struct at_profile *profile, struct at_row *row,
                                       attune_error *err)
{
    struct meaning_sum *const sum = session;
    float value[MEANING_DIMS];
    row->n = 0;
    AT_TRY(at_row_reserve(row, MEANING_DIMS, err));
    meaning_look(sum, profile);
    if (!meaning_row((const void *)feature, sum, value))
        return ATTUNE_OK;
    for (uint32_t k = 0; k < MEANING_DIMS; k++) {
        row->col[k] = k;
        row->value[k] = value[k];
    }
    row->n = MEANING_DIMS;
    return ATTUNE_OK;
}

static struct at_str meaning_col_name(const struct at_feature *feature, size_t col)
{
    return at_str_from(((const struct meaning *)(const void *)feature)->names[col]);
}

/* What a word added to the answer: its part of each column's sum, of what the column contributed.
 */
static double meaning_share(const struct meaning_text *t, const double each[MEANING_DIMS])
{
    int8_t vector[MEANING_DIMS];
    double share = 0;
    for (size_t i = 0; i < t->n_known; i++) {
        const int32_t weight = meaning_word_weight(t->word[i]);
        meaning_word_vector(t->word[i], vector);
        for (size_t k = 0; k < MEANING_DIMS; k++)
            share += each[k] * (weight * vector[k]);
    }
    return share;
}

attune_status meaning_explain(const struct at_feature *feature, void *session,
                              const struct at_profile *profile, const double *contribution,
                              struct at_explanation *out, attune_error *err)
{
    struct meaning_sum *const sum = session;
    struct meaning_text t;
    double each[MEANING_DIMS];
    meaning_look(sum, profile);
    const bool is_open = meaning_is_open((const void *)feature, sum);
    for (size_t k = 0; k < MEANING_DIMS; k++) {
        const bool has = is_open && sum->sum[k] != 0;
        each[k] = has ? contribution[k] / (double)sum->sum[k] : 0;
        if (!has && contribution[k] != 0) /* a tree may ask for what is not there */
            AT_TRY(at_explanation_add(out, meaning_col_name(feature, k), contribution[k], err));
    }
    meaning_text_begin(&t, profile);
    while (is_open && meaning_text_next(&t)) {
        char written[AT_CHAT_TOKEN_BYTES];
        const double share = meaning_share(&t, each);
        const struct at_str name = {written, at_chat_written(&t.token, t.message, written)};
        if (share != 0)
            AT_TRY(at_explanation_add(out, name, share, err));
    }
    return ATTUNE_OK;
}

attune_status meaning_create(struct meaning **out, attune_error *err)
{
    struct meaning *const f = AT_ALLOC(struct meaning, 1);
    *out = f;
    if (!f)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: meanings");
    f->base.kind = &at_feature_kind_meaning;
    f->base.n_cols = MEANING_DIMS;
    for (unsigned k = 0; k < MEANING_DIMS; k++)
        snprintf(f->names[k], sizeof f->names[k], "meaning %u", k + 1);
    return ATTUNE_OK;
}

void meaning_fill_params(struct meaning *f, const struct meaning_options *options, uint64_t n_words,
                         uint64_t n_known)
{
    f->params = (struct meaning_params){
        .version = MEANING_PARAMS_VERSION,
        .n_cols = MEANING_DIMS,
        .table = meaning_table_name(),
        .weight = options->weight,
        .share = n_words ? (double)n_known / (double)n_words : 0,
    };
}

void meaning_destroy(struct at_feature *feature)
{
    at_free(feature);
}

const struct at_feature_kind at_feature_kind_meaning = {
    .version = AT_FEATURE_KIND_VERSION,
    .name = "meaning",
    .summary = "what words mean, learnt from public text: a word helps that no other fan used",
    .options = meaning_options,
    .n_options = sizeof meaning_options / sizeof *meaning_options,
    .options_size = sizeof(struct meaning_options),
    .fit = meaning_fit,
    .session_create = meaning_session_create,
    .session_destroy = meaning_session_destroy,
    .transform = meaning_transform,
    .save = meaning_save,
    .load = meaning_load,
    .destroy = meaning_destroy,
    .col_name = meaning_col_name,
    .explain = meaning_explain,
    .survey = meaning_survey,
    .fit_part = meaning_fit_part,
    .survey_destroy = meaning_survey_destroy,
};
