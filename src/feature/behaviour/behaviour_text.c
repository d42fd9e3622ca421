/* Reading a message character by character. What counts is whether a habit shows in the message at
 * all: three question marks ask no more than one, and one enthusiastic message should not outweigh
 * all others. */
#include <string.h>

#include "feature/behaviour/behaviour.h"
#include "text/unicode.h"
#include "text/utf8.h"

enum { TEXT_SHOUT_MIN = 3, TEXT_REPEAT_MIN = 3 };

static bool text_is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

/* Pictures of the emoji blocks; what joins or colours them comes with one of these. */
static bool text_is_emoji(uint32_t c)
{
    return (c >= 0x1F000 && c <= 0x1FAFF) || (c >= 0x2600 && c <= 0x27BF) ||
           (c >= 0x2B05 && c <= 0x2B55) || (c >= 0x231A && c <= 0x23FF);
}

static bool text_is_question(uint32_t c)
{
    return c == '?' || c == 0xFF1F || c == 0x61F || c == 0x37E || c == 0x2047 || c == 0x2048 ||
           c == 0x2049;
}

static bool text_is_exclamation(uint32_t c)
{
    return c == '!' || c == 0xFF01 || c == 0x203C || c == 0x2048 || c == 0x2049;
}

/* ":)", ";-P", "<3", "xD": at the start of what white space parts, so that "http:/" and "10:30" are
 * none. */
static bool text_is_smiley(const unsigned char *p, const unsigned char *end)
{
    if (end - p >= 2 && ((p[0] == '<' && p[1] == '3') || ((p[0] | 32) == 'x' && p[1] == 'D')))
        return end - p == 2 || text_is_space(p[2]);
    if (end - p < 2 || !strchr(":;=", p[0]))
        return false;
    const unsigned char *mouth = p + (p[1] == '-' || p[1] == '\'');
    return mouth + 1 < end && mouth[1] && strchr("()DPpOo/|*3", mouth[1]);
}

/* The word under way, and the run of equal letters under way. */
struct text_state {
    int64_t n_letters, n_lower; /* cased ones of this word */
    bool has_word, at_start;
    uint32_t last;
    int run, n_points;
};

static void text_end_word(struct behaviour_text *t, struct text_state *s)
{
    t->n_words += s->has_word;
    if (s->n_letters >= TEXT_SHOUT_MIN && s->n_lower == 0)
        t->shouting = true;
    s->n_letters = s->n_lower = 0;
    s->has_word = false;
    s->at_start = true;
}

static void text_add_letter(struct behaviour_text *t, struct text_state *s, uint32_t c,
                            const struct at_unicode_record *r)
{
    const bool upper = r->to_lower != 0, cased = upper || r->sigma == AT_SIGMA_CASED;
    const uint32_t lower = c + (uint32_t)r->to_lower;
    s->has_word = true;
    t->n_cased += cased;
    t->n_upper += upper;
    s->n_letters += cased;
    s->n_lower += cased && !upper;
    s->run = lower == s->last ? s->run + 1 : 1;
    s->last = lower;
    /* digits repeat in numbers, "www" in addresses */
    if (s->run >= TEXT_REPEAT_MIN && cased && lower != 'w')
        t->repeat = true;
}

static void text_add_sign(struct behaviour_text *t, struct text_state *s, uint32_t c)
{
    t->question |= text_is_question(c);
    t->exclamation |= text_is_exclamation(c);
    t->emoji |= text_is_emoji(c);
    s->n_points = c == '.' ? s->n_points + 1 : 0;
    t->dots |= s->n_points >= 2 || c == 0x2026;
    s->last = 0;
    s->run = 0;
}

struct behaviour_text behaviour_read_text(struct at_str text)
{
    struct behaviour_text t = {0};
    struct text_state s = {.at_start = true};
    const unsigned char *p = (const unsigned char *)text.ptr, *end = p + text.len;
    for (size_t len; p < end; p += len) {
        const uint32_t c = at_utf8_decode(p, end, &len);
        t.n_chars++;
        if (text_is_space(c)) {
            text_add_sign(&t, &s, c);
            text_end_word(&t, &s);
            continue;
        }
        if (s.at_start && text_is_smiley(p, end))
            t.emoji = true;
        s.at_start = false;
        const struct at_unicode_record *r = at_unicode_get(c);
        if (r->is_word) {
            text_add_letter(&t, &s, c, r);
            s.n_points = 0;
        } else {
            text_add_sign(&t, &s, c);
        }
    }
    text_end_word(&t, &s);
    return t;
}
