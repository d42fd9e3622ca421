/* A column's contribution is shared equally among the places where its term stands in the profile.
 * A run of words is named as it is; a piece of a word goes to the word in which it begins, as that
 * word was written. Two passes: the first counts the places, the second shares out. What a column
 * without a place contributed (a tree may ask for what is not there) goes under the column's own
 * name, so the sum stays what it was. */
#include "base/alloc.h"
#include "feature/ngram/ngram.h"

enum { EXPLAIN_TOKENS = NGRAM_STRETCH_BYTES };

/* The tokens of the stretch under way: where each ends in the stretch, and its name. */
struct explain {
    const struct ngram *f;
    const double *contribution;
    const uint32_t *count;
    struct at_explanation *out;
    size_t n_tokens;
    uint16_t end[EXPLAIN_TOKENS];
    uint16_t name_len[EXPLAIN_TOKENS];
    char (*name)[AT_CHAT_TOKEN_BYTES]; /* [EXPLAIN_TOKENS] */
};

static attune_status explain_share(struct explain *e, uint32_t col, struct at_str name,
                                   attune_error *err)
{
    if (col == AT_TERM_NONE || e->contribution[col] == 0)
        return ATTUNE_OK;
    return at_explanation_add(e->out, name, e->contribution[col] / e->count[col], err);
}

static attune_status explain_words(struct explain *e, struct ngram_text *t, attune_error *err)
{
    char written[AT_CHAT_TOKEN_BYTES];
    const struct ngram *f = e->f;
    const unsigned n_min = f->params.word_min, n_max = f->params.word_max;
    if (n_min == 1) {
        const size_t n = at_chat_written(&t->token, t->message, written);
        const struct at_str name = {written, n};
        AT_TRY(explain_share(e, ngram_word_col(f, t->token.text), name, err));
        const char *const signs[] = {NGRAM_LONG "padding", NGRAM_LOUD "padding"};
        const struct at_str is_long = {signs[0], sizeof NGRAM_LONG - 1};
        const struct at_str is_loud = {signs[1], sizeof NGRAM_LOUD - 1};
        if (t->token.is_long)
            AT_TRY(explain_share(e, ngram_word_col(f, is_long), is_long, err));
        if (t->token.is_loud)
            AT_TRY(explain_share(e, ngram_word_col(f, is_loud), is_loud, err));
    }
    if (n_max == 1)
        return ATTUNE_OK;
    if (t->opens_message)
        t->n_run = 0;
    if (!ngram_token_runs(&t->token))
        return ATTUNE_OK;
    ngram_text_run(t, n_max);
    for (unsigned n = n_min < 2 ? 2 : n_min; n <= t->n_run; n++) {
        const struct at_str term = ngram_text_newest(t, n);
        AT_TRY(explain_share(e, ngram_word_col(f, term), term, err));
    }
    return ATTUNE_OK;
}

static attune_status explain_chars(struct explain *e, struct at_str stretch, attune_error *err)
{
    struct ngram_grams g;
    ngram_grams_begin(&g, stretch, e->f->params.char_min, e->f->params.char_max);
    for (struct at_str gram; ngram_grams_next(&g, &gram);) {
        size_t at = (size_t)(gram.ptr - stretch.ptr), k = 0;
        at += at == 0; /* the space in front belongs to the first word */
        while (k + 1 < e->n_tokens && e->end[k] <= at)
            k++;
        const struct at_str name = {e->name[k], e->name_len[k]};
        AT_TRY(explain_share(e, ngram_char_col(e->f, gram), name, err));
    }
    return ATTUNE_OK;
}

static void explain_note_token(struct explain *e, const struct ngram_text *t)
{
    if (t->token.is_placeholder || e->n_tokens == EXPLAIN_TOKENS)
        return;
    e->end[e->n_tokens] = (uint16_t)t->stretch_len;
    e->name_len[e->n_tokens] =
        (uint16_t)at_chat_written(&t->token, t->message, e->name[e->n_tokens]);
    e->n_tokens++;
}

static attune_status explain_places(struct explain *e, struct ngram_text *t,
                                    const struct at_profile *profile, attune_error *err)
{
    const bool with_chars = e->f->params.char_max > 0;
    ngram_text_begin(t, profile, with_chars);
    for (bool more = true; more;) {
        more = ngram_text_next(t);
        if (t->ended.len) {
            AT_TRY(explain_chars(e, t->ended, err));
            e->n_tokens = 0;
        }
        if (more && with_chars)
            explain_note_token(e, t);
        if (more && e->f->params.word_max)
            AT_TRY(explain_words(e, t, err));
    }
    return ATTUNE_OK;
}

static attune_status explain_absent(struct explain *e, attune_error *err)
{
    for (size_t col = 0; col < e->f->base.n_cols; col++)
        if (e->contribution[col] != 0 && e->count[col] == 0)
            AT_TRY(at_explanation_add(e->out, e->f->base.kind->col_name(&e->f->base, col),
                                      e->contribution[col], err));
    return ATTUNE_OK;
}

attune_status ngram_explain(const struct at_feature *feature, void *session,
                            const struct at_profile *profile, const double *contribution,
                            struct at_explanation *out, attune_error *err)
{
    struct ngram_session *s = session;
    const struct ngram *f = (const void *)feature;
    struct explain e = {.f = f, .contribution = contribution, .out = out};
    e.name = at_alloc_raw(EXPLAIN_TOKENS, sizeof *e.name);
    if (!e.name)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: explaining an answer");
    ngram_count(f, s, profile);
    e.count = s->counter.count;
    attune_status status = explain_places(&e, &s->text, profile, err);
    if (status == ATTUNE_OK)
        status = explain_absent(&e, err);
    at_col_counter_clear(&s->counter);
    at_free(e.name);
    return status;
}
