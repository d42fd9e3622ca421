/* Which columns a profile has, and how often. Each different word of a language is cut into pieces
 * rarely: the columns of the stretches that came last are kept in the session. */
#include "feature/ngram/ngram.h"

static void count_word(const struct ngram *f, struct ngram_session *s, struct at_str term)
{
    const uint32_t col = ngram_word_col(f, term);
    if (col != AT_TERM_NONE)
        at_col_counter_add(&s->counter, col);
}

static void count_words(const struct ngram *f, struct ngram_session *s)
{
    static const char signs[] = NGRAM_LONG NGRAM_LOUD "padding";
    struct ngram_text *t = &s->text;
    const unsigned n_min = f->params.word_min, n_max = f->params.word_max;
    if (n_min == 1) {
        count_word(f, s, t->token.text);
        if (t->token.is_long)
            count_word(f, s, (struct at_str){signs, sizeof NGRAM_LONG - 1});
        if (t->token.is_loud)
            count_word(f, s, (struct at_str){signs + sizeof NGRAM_LONG - 1, sizeof NGRAM_LOUD - 1});
    }
    if (n_max == 1)
        return;
    if (t->opens_message)
        t->n_run = 0;
    if (!ngram_token_runs(&t->token))
        return;
    ngram_text_run(t, n_max);
    for (unsigned n = n_min < 2 ? 2 : n_min; n <= t->n_run; n++)
        count_word(f, s, ngram_text_newest(t, n));
}

/* Adds the columns of a stretch; notes them in `known` as long as they fit, and says so. */
static bool count_pieces(const struct ngram *f, struct at_col_counter *counter,
                         struct at_str stretch, struct ngram_known *known)
{
    struct ngram_grams g;
    size_t n = 0;
    ngram_grams_begin(&g, stretch, f->params.char_min, f->params.char_max);
    for (struct at_str gram; ngram_grams_next(&g, &gram);) {
        const uint32_t col = ngram_char_col(f, gram);
        if (col == AT_TERM_NONE)
            continue;
        at_col_counter_add(counter, col);
        if (known && n < NGRAM_CACHE_COLS)
            known->col[n] = col;
        n++;
    }
    if (known)
        known->n_cols = (uint8_t)(n < NGRAM_CACHE_COLS ? n : NGRAM_CACHE_COLS);
    return n <= NGRAM_CACHE_COLS;
}

static void count_chars(const struct ngram *f, struct ngram_session *s, struct at_str stretch)
{
    if (!s->known || stretch.len > NGRAM_CACHE_BYTES) {
        count_pieces(f, &s->counter, stretch, NULL);
        return;
    }
    struct ngram_known *known = &s->known[at_mix64(ngram_key_of(stretch)) % NGRAM_CACHE];
    if (known->len == stretch.len && memcmp(known->text, stretch.ptr, stretch.len) == 0) {
        for (size_t i = 0; i < known->n_cols; i++)
            at_col_counter_add(&s->counter, known->col[i]);
        return;
    }
    const bool fits = count_pieces(f, &s->counter, stretch, known);
    known->len = fits ? (uint8_t)stretch.len : 0;
    memcpy(known->text, stretch.ptr, stretch.len);
}

void ngram_count(const struct ngram *f, struct ngram_session *s, const struct at_profile *profile)
{
    ngram_text_begin(&s->text, profile, f->params.char_max > 0);
    for (bool more = true; more;) {
        more = ngram_text_next(&s->text);
        if (s->text.ended.len)
            count_chars(f, s, s->text.ended);
        if (more && f->params.word_max)
            count_words(f, s);
    }
}
