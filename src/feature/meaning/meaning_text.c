/* From tokens of chat to words of the table. What people write for emphasis or in short is tried
 * when the token itself is not there: "lovve" as "love", "don't" as "do not", "it's" as "it". A
 * word that was drawn out ("sooo", which reaches us as "soo") is the commoner of the two it may be:
 * "so" rather than "soo", but "good" rather than "god". */
#include <string.h>

#include "feature/meaning/meaning.h"

static int32_t text_find(const char *text, size_t len)
{
    return len ? meaning_find((struct at_str){text, len}) : MEANING_NONE;
}

/* The word with each run of one letter as that letter. */
static int32_t text_find_single(struct at_str word)
{
    char out[AT_CHAT_TOKEN_BYTES];
    size_t n = 0;
    for (size_t i = 0; i < word.len; i++)
        if (n == 0 || (unsigned char)word.ptr[i] >= 0x80 || word.ptr[i] != out[n - 1])
            out[n++] = word.ptr[i];
    return n < word.len && n > 1 ? text_find(out, n) : MEANING_NONE;
}

static int32_t text_commoner(int32_t a, int32_t b)
{
    if (a == MEANING_NONE || b == MEANING_NONE)
        return a == MEANING_NONE ? b : a;
    return meaning_word_weight(b) < meaning_word_weight(a) ? b : a;
}

/* "can't" and "won't" are the only ones whose first half is another word. */
static int32_t text_find_negated(const char *word, size_t len)
{
    if (len == 2 && memcmp(word, "ca", 2) == 0)
        return text_find("can", 3);
    if (len == 2 && memcmp(word, "wo", 2) == 0)
        return text_find("will", 4);
    return text_find(word, len);
}

static void text_put(struct meaning_text *t, int32_t word)
{
    if (word != MEANING_NONE)
        t->word[t->n_known++] = word;
}

static void text_contraction(struct meaning_text *t, struct at_str word, size_t at)
{
    const size_t behind = word.len - at - 1;
    if (at > 0 && word.ptr[at - 1] == 'n' && behind == 1 && word.ptr[at + 1] == 't') {
        text_put(t, text_find_negated(word.ptr, at - 1));
        text_put(t, text_find("not", 3));
        return;
    }
    text_put(t, text_find(word.ptr, at));
    if (behind > 2) /* not 's, 'm, 'll, 're, 've, 'd */
        text_put(t, text_find(word.ptr + at + 1, behind));
}

static void text_look_up(struct meaning_text *t)
{
    const struct at_str word = t->token.text;
    const int32_t found = text_find(word.ptr, word.len);
    const char *const apostrophe = memchr(word.ptr, '\'', word.len);
    t->n_known = 0;
    if (t->token.is_long)
        text_put(t, text_commoner(found, text_find_single(word)));
    else if (found != MEANING_NONE)
        text_put(t, found);
    else if (apostrophe)
        text_contraction(t, word, (size_t)(apostrophe - word.ptr));
    else
        text_put(t, text_find_single(word));
}

void meaning_text_begin(struct meaning_text *t, const struct at_profile *profile)
{
    t->profile = profile;
    t->next_message = 0;
    t->message = (struct at_str){0};
    at_chat_begin(&t->chat, t->message);
}

static bool text_next_token(struct meaning_text *t)
{
    while (!at_chat_next(&t->chat, &t->token)) {
        do {
            if (t->next_message == t->profile->n_messages)
                return false;
            t->message = t->profile->messages[t->next_message].text;
        } while (t->profile->messages[t->next_message++].from != AT_FROM_FAN);
        at_chat_begin(&t->chat, t->message);
    }
    return true;
}

bool meaning_text_next(struct meaning_text *t)
{
    do
        if (!text_next_token(t))
            return false;
    while (t->token.kind != AT_CHAT_WORD || t->token.is_placeholder);
    text_look_up(t);
    return true;
}
