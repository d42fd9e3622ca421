/* The words that are kept are written one behind the other with spaces between, so every run of
 * words is a piece of that text and needs no copy. When the text is full, the words that coming
 * runs can still reach are moved to its front. */
#include "feature/analyzer.h"

#include "base/alloc.h"

enum { ANALYZER_SLACK = 4096 }; /* words between two moves */

attune_status at_analyzer_begin(struct at_analyzer *a, const struct at_profile *profile,
                                attune_error *err)
{
    size_t longest = 0;
    for (size_t i = 0; i < profile->n_messages; i++)
        if (profile->messages[i].from == AT_FROM_FAN && profile->messages[i].text.len > longest)
            longest = profile->messages[i].text.len;
    const size_t room = at_words_room(longest) + 1, cap = a->n_max * room + ANALYZER_SLACK;
    if (cap > a->cap) {
        char *text = at_realloc(a->text, cap, 1);
        if (!text)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: words of a message of %zu bytes",
                           longest);
        a->text = text;
        a->cap = cap;
    }
    a->room = room;
    a->profile = profile;
    a->next_message = 0;
    at_words_begin(&a->words, (struct at_str){0});
    a->len = 0;
    a->n_words = 0;
    a->next_n = a->n_min;
    return ATTUNE_OK;
}

static bool analyzer_next_message(struct at_analyzer *a)
{
    while (a->next_message < a->profile->n_messages) {
        const struct at_message *message = &a->profile->messages[a->next_message++];
        if (message->from == AT_FROM_FAN) {
            at_words_begin(&a->words, message->text);
            return true;
        }
    }
    return false;
}

/* Where the next word goes: behind a space, behind the words that are kept. */
static char *analyzer_make_room(struct at_analyzer *a)
{
    if (a->n_words == a->n_max) {
        a->n_words--;
        memmove(a->start, a->start + 1, a->n_words * sizeof *a->start);
    }
    if (a->n_words == 0) {
        a->len = 0;
        return a->text;
    }
    if (a->cap - a->len < a->room) {
        const size_t first = a->start[0];
        a->len -= first;
        memmove(a->text, a->text + first, a->len);
        for (unsigned i = 0; i < a->n_words; i++)
            a->start[i] -= first;
    }
    a->text[a->len] = ' ';
    return a->text + a->len + 1;
}

/* Reads up to the next word that is no stop word. */
static bool analyzer_read_word(struct at_analyzer *a)
{
    char *out = analyzer_make_room(a);
    for (;;) {
        const size_t n = at_words_next(&a->words, out);
        if (n == 0) {
            if (!analyzer_next_message(a))
                return false;
            continue;
        }
        const struct at_term word = at_term_of_padded((struct at_str){out, n});
        if (a->stop && at_vocabulary_find(a->stop, &word) != AT_TERM_NONE)
            continue;
        a->start[a->n_words++] = (size_t)(out - a->text);
        a->len = (size_t)(out - a->text) + n;
        a->word = word;
        return true;
    }
}

bool at_analyzer_next(struct at_analyzer *a, struct at_term *out)
{
    while (a->next_n > a->n_words) {
        if (!analyzer_read_word(a))
            return false;
        a->next_n = a->n_min;
    }
    const size_t first = a->start[a->n_words - a->next_n];
    *out = a->next_n == 1 ? a->word
                          : at_term_of_padded((struct at_str){a->text + first, a->len - first});
    a->next_n++;
    return true;
}

void at_analyzer_release(struct at_analyzer *a)
{
    at_free(a->text);
    a->text = NULL;
    a->cap = 0;
}
