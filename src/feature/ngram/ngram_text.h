#ifndef AT_FEATURE_NGRAM_NGRAM_TEXT_H
#define AT_FEATURE_NGRAM_NGRAM_TEXT_H

#include <string.h>

#include "data/profile.h"
#include "text/chat.h"
#include "text/utf8.h"

/*
 * The tokens of what the fan wrote in a profile, and the two texts that terms are pieces of: the
 * newest tokens of a message with spaces between (run), and the stretch without a space that is
 * under way (stretch). Memory of a fixed size, so a session allocates nothing.
 *
 *     ngram_text_begin(&t, profile);
 *     while (ngram_text_next(&t)) {
 *         if (t.ended.len) characters of the stretch that has just ended: t.ended
 *         t.token, t.opens_message
 *     }
 *     if (t.ended.len) the last stretch
 */
enum {
    NGRAM_RUN_TOKENS = 5, /* >= NGRAM_WORDS_MAX */
    NGRAM_RUN_BYTES = 4096,
    NGRAM_STRETCH_BYTES = 512,
    NGRAM_SLACK = 8 /* bytes that can be read behind every piece */
};

#define NGRAM_LONG "<long>"
#define NGRAM_LOUD "<loud>"

struct ngram_text {
    const struct at_profile *profile;
    size_t next_message;
    struct at_chat chat;
    struct at_chat_token token;
    struct at_str message; /* that the token is in */
    bool opens_message;    /* the token is the first of its message */
    struct at_str ended;   /* " stretch ", or empty */
    size_t first_token;    /* number of the token that the stretch under way begins with */
    size_t n_tokens;       /* up to and with `token` */
    bool with_chars;

    char stretch[2][NGRAM_STRETCH_BYTES + NGRAM_SLACK]; /* the one under way and the one before */
    size_t stretch_len;
    unsigned which;

    char run[NGRAM_RUN_BYTES + NGRAM_SLACK];
    size_t run_len, run_start[NGRAM_RUN_TOKENS];
    unsigned n_run;
};

static inline void ngram_text_begin(struct ngram_text *t, const struct at_profile *profile,
                                    bool with_chars)
{
    t->profile = profile;
    t->next_message = 0;
    t->n_tokens = 0;
    t->stretch_len = 0;
    t->n_run = 0;
    t->with_chars = with_chars;
    at_chat_begin(&t->chat, (struct at_str){0});
}

static inline void ngram_text_end_stretch(struct ngram_text *t)
{
    t->ended = (struct at_str){0};
    if (t->stretch_len == 0)
        return;
    t->stretch[t->which][t->stretch_len] = ' ';
    t->ended = (struct at_str){t->stretch[t->which], t->stretch_len + 1};
    t->which ^= 1;
    t->stretch_len = 0;
}

/** Puts the token behind the stretch; ends the one before where it cannot. */
static inline void ngram_text_stretch(struct ngram_text *t)
{
    const struct at_chat_token *token = &t->token;
    t->ended = (struct at_str){0};
    if (t->stretch_len && (!token->is_glued || token->is_placeholder ||
                           t->stretch_len + token->text.len + 1 > NGRAM_STRETCH_BYTES))
        ngram_text_end_stretch(t);
    if (token->is_placeholder)
        return;
    char *to = t->stretch[t->which];
    if (t->stretch_len == 0) {
        to[0] = ' ';
        t->stretch_len = 1;
    }
    memcpy(to + t->stretch_len, token->text.ptr, token->text.len);
    t->stretch_len += token->text.len;
}

/** The next token in t->token; false at the end. Either way t->ended may have a stretch. */
static inline bool ngram_text_next(struct ngram_text *t)
{
    t->opens_message = false;
    while (!at_chat_next(&t->chat, &t->token)) {
        do {
            if (t->next_message == t->profile->n_messages) {
                ngram_text_end_stretch(t);
                return false;
            }
            t->message = t->profile->messages[t->next_message].text;
        } while (t->profile->messages[t->next_message++].from != AT_FROM_FAN);
        at_chat_begin(&t->chat, t->message);
        t->opens_message = true;
    }
    t->n_tokens++;
    if (t->with_chars)
        ngram_text_stretch(t);
    return true;
}

/** Does the token take part in runs of several? */
static inline bool ngram_token_runs(const struct at_chat_token *token)
{
    return token->kind != AT_CHAT_PUNCTUATION;
}

/** Puts the token behind the run, which begins anew with each message. */
static inline void ngram_text_run(struct ngram_text *t, unsigned n_max)
{
    const size_t n = t->token.text.len;
    if (t->opens_message)
        t->n_run = 0;
    if (t->n_run == n_max) {
        t->n_run--;
        memmove(t->run_start, t->run_start + 1, t->n_run * sizeof *t->run_start);
    }
    if (t->n_run == 0) {
        t->run_len = 0;
    } else if (t->run_len + 1 + n > NGRAM_RUN_BYTES) {
        const size_t first = t->run_start[0];
        t->run_len -= first;
        memmove(t->run, t->run + first, t->run_len);
        for (unsigned i = 0; i < t->n_run; i++)
            t->run_start[i] -= first;
    }
    if (t->n_run)
        t->run[t->run_len++] = ' ';
    memcpy(t->run + t->run_len, t->token.text.ptr, n);
    t->run_start[t->n_run++] = t->run_len;
    t->run_len += n;
}

/** The newest n tokens of the run, n <= n_run. */
static inline struct at_str ngram_text_newest(const struct ngram_text *t, unsigned n)
{
    const size_t first = t->run_start[t->n_run - n];
    return (struct at_str){t->run + first, t->run_len - first};
}

/*
 * Runs of characters of a stretch, as char_wb has them: for each n all runs of n characters; a
 * stretch that is no longer than n counts once, as a whole, and ends the matter.
 *
 *     struct ngram_grams g;
 *     ngram_grams_begin(&g, stretch, char_min, char_max);
 *     for (struct at_str gram; ngram_grams_next(&g, &gram);)
 */
struct ngram_grams {
    const char *text;
    uint16_t at[NGRAM_STRETCH_BYTES + 1]; /* where each character begins, and the end */
    unsigned n_chars, n, n_max, i;
};

static inline void ngram_grams_begin(struct ngram_grams *g, struct at_str stretch, unsigned n_min,
                                     unsigned n_max)
{
    g->text = stretch.ptr;
    g->n_chars = 0;
    for (size_t i = 0; i < stretch.len; i++) {
        g->at[g->n_chars] = (uint16_t)i;
        g->n_chars += ((unsigned char)stretch.ptr[i] & 0xC0) != 0x80;
    }
    /* the last byte is a space, so no character is left open */
    g->at[g->n_chars] = (uint16_t)stretch.len;
    g->n = n_min;
    g->n_max = n_max;
    g->i = 0;
}

static inline bool ngram_grams_next(struct ngram_grams *g, struct at_str *out)
{
    if (g->n > g->n_max)
        return false;
    const unsigned i = g->i, end = i + g->n < g->n_chars ? i + g->n : g->n_chars;
    *out = (struct at_str){g->text + g->at[i], (size_t)(g->at[end] - g->at[i])};
    if (end < g->n_chars) {
        g->i++;
    } else {
        g->n = i == 0 ? g->n_max + 1 : g->n + 1;
        g->i = 0;
    }
    return true;
}

#endif
