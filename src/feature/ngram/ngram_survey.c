/* A survey is a block with every term that some part may learn, and how often each profile has it.
 * What a part learns is then a selection of these columns, which keep their order: no term has more
 * fans in a part than it has in all. */
#include "base/alloc.h"
#include "base/job.h"
#include "feature/ngram/ngram_choose.h"
#include "feature/ngram/ngram_corpus.h"

enum { SURVEY_CHECK = 256 }; /* profiles between two looks at the job */

struct survey {
    struct at_feature *every;
    struct at_csr counts; /* values are counts */
};

void ngram_survey_destroy(void *survey)
{
    struct survey *const s = survey;
    if (!s)
        return;
    if (s->every)
        ngram_destroy(s->every);
    at_csr_release(&s->counts);
    at_free(s);
}

/* Counts as they are, of all terms. */
static struct ngram_options survey_options(const struct ngram_options *asked, size_t least_fans)
{
    struct ngram_options o = *asked;
    o.sublinear_tf = o.use_idf = false;
    o.norm = NGRAM_NORM_NONE;
    o.word_weight = 1;
    o.min_fans = asked->min_fans ? asked->min_fans : (int64_t)at_feature_min_fans(least_fans);
    o.max_features = 0;
    o.max_df = 1;
    return o;
}

attune_status ngram_survey(void **out, const struct at_feature_fit *in, size_t least_fans,
                           const void *options, attune_error *err)
{
    const struct ngram_options o = survey_options(options, least_fans);
    *out = NULL;
    if (o.hash_bits)
        return ATTUNE_OK;
    struct survey *s = AT_ALLOC(struct survey, 1);
    if (!s)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: survey");
    const attune_status status = ngram_fit(&s->every, &s->counts, in, &o, err);
    if (status == ATTUNE_OK) {
        *out = s;
        return ATTUNE_OK;
    }
    ngram_survey_destroy(s);
    return status == ATTUNE_NOT_ENOUGH ? ATTUNE_OK : status; /* it is the parts' to say that */
}

struct part_fit {
    const struct at_feature_part *part;
    const struct survey *survey;
    const struct ngram *every;
    struct ngram *feature;
    struct at_fan_order order;
    struct ngram_seen *seen;              /* [every->base.n_cols] */
    uint32_t *col;                        /* the same: the column in the part, or AT_TERM_NONE */
    struct ngram_candidates words, chars; /* what may be chosen */
    struct at_col_counter counter;
    struct at_row row;
};

static attune_status part_order(struct part_fit *fit, attune_error *err)
{
    const struct at_feature_part *const part = fit->part;
    uint32_t *const fan = AT_ALLOC_RAW(uint32_t, part->n_learn);
    const struct at_feature_fit in = {.n_profiles = part->n_learn, .fan = fan};
    if (!fan)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", part->n_learn);
    for (size_t i = 0; i < part->n_learn; i++)
        fan[i] = part->fan ? part->fan[part->profile[i]] : part->profile[i];
    const attune_status status = at_fan_order_make(&fit->order, &in, err);
    at_free(fan);
    return status;
}

static attune_status part_count(struct part_fit *fit, attune_error *err)
{
    const struct at_csr *const counts = &fit->survey->counts;
    const size_t n_cols = fit->every->base.n_cols;
    fit->seen = AT_ALLOC(struct ngram_seen, n_cols);
    fit->col = AT_ALLOC_RAW(uint32_t, n_cols);
    if (!fit->seen || !fit->col)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: counting %zu terms", n_cols);
    memset(fit->col, 0xff, n_cols * sizeof *fit->col); /* AT_TERM_NONE */
    for (size_t i = 0; i < fit->order.n; i++) {
        const size_t row = fit->part->profile[fit->order.profile[i]];
        if (i % SURVEY_CHECK == 0)
            AT_TRY(at_job_check(fit->part->job, err));
        for (uint64_t k = counts->start[row]; k < counts->start[row + 1]; k++)
            ngram_see(&fit->seen[counts->col[k]], i, fit->order.fan[i]);
    }
    return ATTUNE_OK;
}

static attune_status part_choose(struct part_fit *fit, const struct ngram_options *options,
                                 attune_error *err)
{
    const struct ngram *const every = fit->every;
    const uint32_t min_fans = at_fan_order_min_fans(&fit->order, options->min_fans, fit->part->job);
    const double max_df = options->max_df * (double)fit->part->n_learn;
    for (size_t i = 0; i < every->base.n_cols; i++) {
        const bool is_word = i < every->n_words;
        if (fit->seen[i].fans < min_fans || fit->seen[i].df > max_df)
            continue;
        const struct ngram_candidate c = {
            .text = is_word ? at_vocabulary_term(&every->words, i)
                            : at_vocabulary_term(&every->chars, i - every->n_words),
            .fans = fit->seen[i].fans,
            .df = fit->seen[i].df,
            .col = &fit->col[i]};
        AT_TRY(ngram_candidate_add(is_word ? &fit->words : &fit->chars, c, err));
    }
    if (fit->words.n + fit->chars.n == 0)
        return ngram_fail_no_terms(fit->order.n_fans, min_fans, max_df, err);
    fit->feature->params.min_fans = min_fans;
    AT_TRY(
        ngram_choose(fit->feature, &fit->words, &fit->chars, (size_t)options->max_features, err));
    return ngram_prepare(fit->feature, err);
}

static attune_status part_add_row(struct part_fit *fit, struct at_csr *rows, size_t profile,
                                  attune_error *err)
{
    const struct at_csr *const counts = &fit->survey->counts;
    struct at_row *const row = &fit->row;
    for (uint64_t k = counts->start[profile]; k < counts->start[profile + 1]; k++) {
        const uint32_t col = fit->col[counts->col[k]];
        if (col != AT_TERM_NONE)
            at_col_counter_put(&fit->counter, col, (uint32_t)counts->value[k]);
    }
    AT_TRY(at_row_reserve(row, fit->counter.n_touched, err));
    row->n = ngram_take_row(fit->feature, &fit->counter, row->col, row->value);
    return at_csr_add_row(rows, row->col, row->value, row->n, err);
}

/* Room for all rows, were every term a column. */
static attune_status part_reserve(const struct part_fit *fit, struct at_csr *rows,
                                  attune_error *err)
{
    const struct at_csr *const counts = &fit->survey->counts;
    size_t n = rows->n_rows ? (size_t)rows->start[rows->n_rows] : 0;
    for (size_t i = 0; i < fit->part->n; i++) {
        const size_t profile = fit->part->profile[i];
        n += (size_t)(counts->start[profile + 1] - counts->start[profile]);
    }
    return at_csr_reserve(rows, rows->n_rows + fit->part->n, n, err);
}

static attune_status part_run(struct part_fit *fit, struct at_csr *rows,
                              const struct ngram_options *options, attune_error *err)
{
    AT_TRY(part_order(fit, err));
    AT_TRY(part_count(fit, err));
    AT_TRY(part_choose(fit, options, err));
    AT_TRY(at_col_counter_init(&fit->counter, fit->feature->base.n_cols, err));
    AT_TRY(part_reserve(fit, rows, err));
    for (size_t i = 0; i < fit->part->n; i++) {
        if (i % SURVEY_CHECK == 0)
            AT_TRY(at_job_check(fit->part->job, err));
        AT_TRY(part_add_row(fit, rows, fit->part->profile[i], err));
    }
    rows->n_cols = fit->feature->base.n_cols;
    return ATTUNE_OK;
}

attune_status ngram_fit_part(struct at_feature **out, struct at_csr *rows,
                             const struct at_feature_part *part, const void *options,
                             attune_error *err)
{
    const struct survey *const survey = part->survey;
    struct part_fit fit = {.part = part, .survey = survey, .every = (const void *)survey->every};
    const size_t had_rows = rows->n_rows;
    *out = NULL;
    if (part->n_learn == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH, "ngram learns from one profile at least");
    AT_TRY(ngram_create(&fit.feature, options, part->n_learn, err));
    const attune_status status = part_run(&fit, rows, options, err);
    at_fan_order_release(&fit.order);
    at_free(fit.seen);
    at_free(fit.col);
    ngram_candidates_release(&fit.words);
    ngram_candidates_release(&fit.chars);
    at_col_counter_release(&fit.counter);
    at_row_release(&fit.row);
    if (status == ATTUNE_OK) {
        *out = &fit.feature->base;
        return ATTUNE_OK;
    }
    rows->n_rows = had_rows; /* a matrix is cut back by its number of rows alone */
    ngram_destroy(&fit.feature->base);
    return status;
}
