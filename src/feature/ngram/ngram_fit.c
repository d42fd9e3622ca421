/* Learning: the corpus as numbers, pieces of words, runs of words, the choice of columns, and then
 * the rows, which only look up what has been numbered. Counts do not depend on which thread did
 * what, and columns are put in the order of their texts, so any number of threads gives the same
 * bytes. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/pool.h"
#include "feature/ngram/ngram.h"
#include "feature/ngram/ngram_choose.h"
#include "feature/ngram/ngram_corpus.h"
#include "feature/ngram/ngram_hash.h"
#include "feature/ngram/ngram_pieces.h"
#include "feature/ngram/ngram_rows.h"
#include "feature/ngram/ngram_runs.h"

struct fit {
    struct ngram_corpus corpus;
    struct ngram_pieces pieces;
    struct ngram_runs runs;
    struct ngram_candidates words, chars;
    struct ngram *feature;
    uint32_t *token_col, *piece_col;
    struct ngram_seen *token_seen; /* [n_workers * n_tokens]; NULL: every profile is a fan */
    uint32_t min_fans;
    double max_df; /* in profiles */
};

static uint32_t *fit_no_cols(size_t n)
{
    uint32_t *cols = AT_ALLOC_RAW(uint32_t, n + 1);
    if (cols)
        memset(cols, 0xff, n * sizeof *cols); /* AT_TERM_NONE */
    return cols;
}

static void fit_count_tokens_task(struct ngram_corpus *c, size_t task, size_t worker)
{
    struct fit *fit = c->context;
    struct ngram_seen *seen = fit->token_seen + worker * corpus_tokens(c)->n;
    for (size_t i = c->task[task]; i < c->task[task + 1]; i++) {
        size_t n;
        const uint32_t *notes = corpus_token_notes(c, c->order.profile[i], &n);
        for (size_t k = 0; k < n; k++)
            if (notes[k] != CORPUS_BREAK)
                ngram_see(&seen[notes[k] & ~CORPUS_ALONE], i, c->order.fan[i]);
    }
}

/* In how many profiles a token is; the number of its fans is known already. */
static attune_status fit_count_tokens(struct fit *fit, attune_error *err)
{
    struct ngram_corpus *c = &fit->corpus;
    const size_t n = corpus_tokens(c)->n;
    if (c->order.n_fans == c->in->n_profiles)
        return ATTUNE_OK;
    fit->token_seen = AT_ALLOC(struct ngram_seen, c->n_workers * n + 1);
    if (!fit->token_seen)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: counting %zu words", n);
    c->context = fit;
    AT_TRY(corpus_pass(c, c->n_tasks, "words", fit_count_tokens_task, NULL, err));
    for (size_t k = 1; k < c->n_workers; k++)
        for (size_t i = 0; i < n; i++)
            fit->token_seen[i].df += fit->token_seen[k * n + i].df;
    return ATTUNE_OK;
}

static attune_status fit_offer(const struct fit *fit, struct ngram_candidates *to,
                               struct ngram_candidate candidate, attune_error *err)
{
    if (candidate.fans < fit->min_fans || candidate.df > fit->max_df)
        return ATTUNE_OK;
    return ngram_candidate_add(to, candidate, err);
}

static attune_status fit_offer_tokens(struct fit *fit, attune_error *err)
{
    const struct at_term_counts *tokens = corpus_tokens(&fit->corpus);
    fit->token_col = fit_no_cols(tokens->n);
    if (!fit->token_col)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu words", tokens->n);
    for (size_t i = 0; i < tokens->n && fit->feature->params.word_min == 1; i++)
        AT_TRY(fit_offer(fit, &fit->words,
                         (struct ngram_candidate){.text = at_term_counts_term(tokens, i),
                                                  .fans = tokens->items[i].df,
                                                  .df = fit->token_seen ? fit->token_seen[i].df
                                                                        : tokens->items[i].df,
                                                  .col = &fit->token_col[i]},
                         err));
    return ATTUNE_OK;
}

/* The words of a run: those of its front part, and its last one. */
static attune_status fit_run_text(struct fit *fit, unsigned level, uint64_t key, struct at_str *out,
                                  attune_error *err)
{
    uint32_t tokens[NGRAM_WORDS_MAX];
    size_t len = 0;
    for (unsigned n = level; n >= 2; n--) {
        const uint32_t prefix = (uint32_t)((key >> 32) - 1);
        tokens[n - 1] = (uint32_t)key;
        if (n == 2)
            tokens[0] = prefix;
        else
            key = ngram_runs_item(&fit->runs, n - 1, prefix)->key;
    }
    const struct at_term_counts *counts = corpus_tokens(&fit->corpus);
    for (unsigned i = 0; i < level; i++)
        len += at_term_counts_term(counts, tokens[i]).len + (i > 0);
    char *text = AT_NEW(&fit->words.texts, char, len);
    if (!text)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: runs of words");
    *out = (struct at_str){text, len};
    for (unsigned i = 0; i < level; i++) {
        const struct at_str token = at_term_counts_term(counts, tokens[i]);
        if (i > 0)
            *text++ = ' ';
        memcpy(text, token.ptr, token.len);
        text += token.len;
    }
    return ATTUNE_OK;
}

static attune_status fit_offer_runs(struct fit *fit, unsigned level, attune_error *err)
{
    for (size_t s = 0; s < fit->runs.n_shards; s++) {
        struct ngram_shard *shard = &fit->runs.levels[level][s];
        for (size_t i = 0; i < shard->n; i++) {
            struct ngram_run_item *item = &shard->items[i];
            struct ngram_candidate c = {
                .fans = item->seen.fans, .df = item->seen.df, .col = &item->col};
            if (c.fans < fit->min_fans || c.df > fit->max_df)
                continue;
            AT_TRY(fit_run_text(fit, level, item->key, &c.text, err));
            AT_TRY(ngram_candidate_add(&fit->words, c, err));
        }
    }
    return ATTUNE_OK;
}

static attune_status fit_offer_pieces(struct fit *fit, attune_error *err)
{
    fit->piece_col = fit_no_cols(fit->pieces.n);
    if (!fit->piece_col)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu pieces of words", fit->pieces.n);
    for (size_t i = 0; i < fit->pieces.n; i++)
        AT_TRY(fit_offer(
            fit, &fit->chars,
            (struct ngram_candidate){.text = ngram_pieces_text(&fit->pieces, &fit->corpus, i),
                                     .fans = fit->pieces.seen[i].fans,
                                     .df = fit->pieces.seen[i].df,
                                     .col = &fit->piece_col[i]},
            err));
    return ATTUNE_OK;
}

attune_status ngram_fail_no_terms(size_t n_fans, uint32_t min_fans, double max_df,
                                  attune_error *err)
{
    return at_fail(err, ATTUNE_NOT_ENOUGH,
                   "no term to learn: none is used by %u of the %zu fans, in at most %.0f "
                   "profiles; give more fans, lower min_fans (2 at least), or raise max_df",
                   (unsigned)min_fans, n_fans, max_df);
}

static attune_status fit_choose(struct fit *fit, size_t max_features, attune_error *err)
{
    const struct ngram_params *p = &fit->feature->params;
    AT_TRY(fit_offer_tokens(fit, err));
    for (unsigned level = p->word_min < 2 ? 2 : p->word_min; level <= p->word_max; level++)
        AT_TRY(fit_offer_runs(fit, level, err));
    AT_TRY(fit_offer_pieces(fit, err));
    if (fit->words.n + fit->chars.n == 0)
        return ngram_fail_no_terms(fit->corpus.order.n_fans, fit->min_fans, fit->max_df, err);
    AT_TRY(ngram_choose(fit->feature, &fit->words, &fit->chars, max_features, err));
    return ngram_prepare(fit->feature, err);
}

/* The lists of pieces become lists of columns; what is no column goes. */
static void fit_list_columns(struct fit *fit)
{
    struct ngram_pieces *p = &fit->pieces;
    const size_t n_stretches = corpus_stretches(&fit->corpus)->n;
    uint64_t n = 0, j = 0;
    for (size_t s = 0; p->start && s < n_stretches; s++) {
        const uint64_t end = p->start[s + 1];
        p->start[s] = n;
        for (; j < end; j++) {
            const uint32_t col = fit->piece_col[p->list[j]];
            if (col != AT_TERM_NONE)
                p->list[n++] = col;
        }
    }
    if (p->start)
        p->start[n_stretches] = n;
}

static void fit_count_row(const void *context, struct ngram_session *session, size_t profile)
{
    const struct fit *fit = context;
    struct at_col_counter *counter = &session->counter;
    const struct ngram_pieces *p = &fit->pieces;
    const unsigned word_max = fit->feature->params.word_max;
    struct ngram_run_state state;
    size_t n;
    const uint32_t *notes = corpus_stretch_notes(&fit->corpus, profile, &n);
    for (size_t k = 0; k < n; k++)
        for (uint64_t j = p->start[notes[k]]; j < p->start[notes[k] + 1]; j++)
            at_col_counter_add(counter, p->list[j]);
    notes = corpus_token_notes(&fit->corpus, profile, &n);
    for (size_t k = 0; k < n; k++) {
        if (notes[k] == CORPUS_BREAK) {
            ngram_run_reset(&state);
            continue;
        }
        const uint32_t token = notes[k] & ~CORPUS_ALONE;
        if (fit->token_col[token] != AT_TERM_NONE)
            at_col_counter_add(counter, fit->token_col[token]);
        if (word_max < 2 || (notes[k] & CORPUS_ALONE))
            continue;
        ngram_run_step(&fit->runs, &state, token, word_max);
        for (unsigned level = 2; level <= word_max && state.cur[level] != NGRAM_KEY_NONE; level++) {
            const uint32_t col = ngram_runs_item(&fit->runs, level, state.cur[level])->col;
            if (col != AT_TERM_NONE)
                at_col_counter_add(counter, col);
        }
    }
}

static void fit_set_limits(struct fit *fit, const struct ngram_options *options)
{
    const struct at_feature_fit *in = fit->corpus.in;
    fit->min_fans = at_fan_order_min_fans(&fit->corpus.order, options->min_fans, in->job);
    fit->max_df = options->max_df * (double)in->n_profiles;
    fit->feature->params.min_fans = fit->min_fans;
}

static attune_status fit_run(struct fit *fit, const struct ngram_options *options,
                             struct at_csr *rows, attune_error *err)
{
    AT_TRY(corpus_open(&fit->corpus, err));
    fit_set_limits(fit, options);
    AT_TRY(corpus_read(&fit->corpus, err));
    AT_TRY(fit_count_tokens(fit, err));
    AT_TRY(ngram_pieces_make(&fit->pieces, &fit->corpus, err));
    AT_TRY(ngram_runs_make(&fit->runs, &fit->corpus, fit->min_fans, err));
    AT_TRY(fit_choose(fit, (size_t)options->max_features, err));
    if (!rows)
        return ATTUNE_OK;
    fit_list_columns(fit);
    return ngram_rows_add(rows, &fit->corpus, fit->feature, fit_count_row, fit, err);
}

static void fit_release(struct fit *fit)
{
    at_free(fit->token_col);
    at_free(fit->piece_col);
    at_free(fit->token_seen);
    ngram_candidates_release(&fit->words);
    ngram_candidates_release(&fit->chars);
    ngram_pieces_release(&fit->pieces);
    ngram_runs_release(&fit->runs);
    corpus_release(&fit->corpus);
}

attune_status ngram_fit(struct at_feature **out, struct at_csr *rows,
                        const struct at_feature_fit *in, const void *options, attune_error *err)
{
    *out = NULL;
    if (in->n_profiles == 0 || in->n_profiles >= UINT32_MAX)
        return at_fail(err, in->n_profiles ? ATTUNE_LIMIT : ATTUNE_NOT_ENOUGH,
                       "ngram learns from 1 to 2^32 - 2 profiles, got %zu", in->n_profiles);
    struct ngram *f;
    AT_TRY(ngram_create(&f, options, in->n_profiles, err));
    struct fit fit = {.feature = f, .corpus = {.in = in, .params = &f->params}};
    const attune_status status = f->params.hash_bits ? ngram_fit_hashed(f, rows, in, options, err)
                                                     : fit_run(&fit, options, rows, err);
    fit_release(&fit);
    if (status == ATTUNE_OK)
        *out = &f->base;
    else
        ngram_destroy(&f->base);
    return status;
}
