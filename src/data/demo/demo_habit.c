#include "data/demo/demo_habit.h"

#include <string.h>

/* A message is typed word by word (a word: letters and apostrophes), each perhaps shortened,
 * stretched or misspelled; then the whole is given its case and its end. Case only needs ASCII and
 * Latin-1 letters, whose two bytes in UTF-8 are C3 80..BF with one bit between upper and lower. */

enum { HABIT_WORD_MAX = 64 };

static bool habit_is_upper(const char *p)
{
    const unsigned char c = (unsigned char)p[0], d = (unsigned char)p[1];
    return (c >= 'A' && c <= 'Z') || (c == 0xC3 && d >= 0x80 && d <= 0x9E && d != 0x97);
}

static bool habit_is_lower(const char *p)
{
    const unsigned char c = (unsigned char)p[0], d = (unsigned char)p[1];
    return (c >= 'a' && c <= 'z') || (c == 0xC3 && d >= 0xA0 && d <= 0xBE && d != 0xB7);
}

static void habit_flip(char *p) /* upper <-> lower of the letter at p */
{
    char *letter = (unsigned char)p[0] == 0xC3 ? p + 1 : p;
    *letter = (char)(*letter ^ 0x20);
}

static void habit_lower(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) /* text[len] is NUL: a look at i + 1 is safe */
        if (habit_is_upper(text + i))
            habit_flip(text + i);
}

/* Upper case where a sentence starts: at the front and after ". ", "! ", "? ", but not "... ". */
static void habit_capitals(char *text, size_t len)
{
    bool start = true;
    for (size_t i = 0; i < len; i++) {
        const char c = text[i];
        if (start && habit_is_lower(text + i))
            habit_flip(text + i);
        if (c == ' ' && i >= 2 && strchr(".!?", text[i - 1]))
            start = !(text[i - 1] == '.' && text[i - 2] == '.');
        else if (c != ' ')
            start = false;
    }
}

static bool habit_in_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'' || c == 0xC3;
}

/* Length in bytes of the word at p, 0 when none starts there. */
static size_t habit_word_len(struct at_str text, size_t at)
{
    size_t i = at;
    while (i < text.len && habit_in_word((unsigned char)text.ptr[i]))
        i += (unsigned char)text.ptr[i] == 0xC3 ? 2 : 1;
    return (i < text.len ? i : text.len) - at;
}

/* Swaps, drops or doubles one letter inside a word of ASCII letters; names are typed with care. */
static attune_status habit_misspell(struct at_str word, struct at_rng *rng, struct at_buf *out,
                                    attune_error *err)
{
    char typed[HABIT_WORD_MAX + 2];
    const size_t i = 1 + (size_t)at_rng_below(rng, word.len - 2);
    const uint64_t slip = at_rng_below(rng, 3);
    size_t len = word.len;
    memcpy(typed, word.ptr, len);
    if (slip == 0) {
        typed[i] = word.ptr[i + 1];
        typed[i + 1] = word.ptr[i];
    } else if (slip == 1) {
        memmove(typed + i, word.ptr + i + 1, --len - i);
    } else {
        memmove(typed + i + 1, word.ptr + i, len++ - i);
    }
    return at_buf_add(out, typed, len, err);
}

static bool habit_may_misspell(struct at_str word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] < 'a' || word.ptr[i] > 'z')
            return false;
    return word.len >= 5 && word.len <= HABIT_WORD_MAX;
}

static const struct at_demo_habit_word *habit_look_up(const struct at_demo_spelling *spelling,
                                                      struct at_str word)
{
    char lower[HABIT_WORD_MAX + 1];
    if (word.len > HABIT_WORD_MAX)
        return NULL;
    memcpy(lower, word.ptr, word.len);
    lower[word.len] = '\0';
    habit_lower(lower, word.len);
    const uint32_t i = at_map_get(&spelling->words, (struct at_str){lower, word.len});
    return i == AT_MAP_NONE ? NULL : &spelling->of[i];
}

static attune_status habit_type_word(const struct at_demo_spelling *spelling,
                                     const struct at_demo_habits *habits, struct at_str word,
                                     struct at_rng *rng, struct at_buf *out, attune_error *err)
{
    const struct at_demo_habit_word *known = habit_look_up(spelling, word);
    if (known && known->shorter.len && at_demo_chance(rng, habits->spelling))
        return at_buf_add(out, known->shorter.ptr, known->shorter.len, err);
    if (habits->typo > 0 && habit_may_misspell(word) && at_demo_chance(rng, habits->typo))
        return habit_misspell(word, rng, out, err);
    AT_TRY(at_buf_add(out, word.ptr, word.len, err));
    if (!known || !known->stretches || !at_demo_chance(rng, habits->stretch))
        return ATTUNE_OK;
    for (uint64_t n = 1 + at_rng_below(rng, 4); n; n--)
        AT_TRY(at_buf_add(out, word.ptr + word.len - 1, 1, err));
    return ATTUNE_OK;
}

/* Leaves the accents out: two bytes become the one or two that [plain] names, in the case they had.
 */
static void habit_plain(const struct at_demo_spelling *spelling, struct at_buf *buf, size_t from)
{
    size_t to = from;
    for (size_t i = from; i < buf->len; i++) {
        const bool accent = (unsigned char)buf->data[i] == 0xC3,
                   upper = habit_is_upper(buf->data + i);
        const struct at_demo_habit_word *known =
            accent ? habit_look_up(spelling, (struct at_str){buf->data + i, 2}) : NULL;
        if (!known || !known->plain.len) {
            buf->data[to++] = buf->data[i];
            continue;
        }
        memcpy(buf->data + to, known->plain.ptr, known->plain.len);
        if (upper)
            habit_flip(buf->data + to);
        to += known->plain.len;
        i++;
    }
    buf->len = to;
    buf->data[to] = '\0';
}

static attune_status habit_type_end(const struct at_demo_habits *habits, struct at_rng *rng,
                                    struct at_buf *out, attune_error *err)
{
    const size_t len = out->len;
    const char last = out->data[len - 1];
    if (last == '.' && len >= 2 && out->data[len - 2] != '.' &&
        !at_demo_chance(rng, habits->full_stop))
        out->data[--out->len] = '\0';
    if (last == '!' && at_demo_chance(rng, habits->exclaim))
        return at_buf_add(out, "!!!!", 1 + (size_t)at_rng_below(rng, 3), err);
    return ATTUNE_OK;
}

static attune_status habit_type_words(const struct at_demo_spelling *spelling,
                                      const struct at_demo_habits *habits, struct at_str text,
                                      struct at_rng *rng, struct at_buf *out, attune_error *err)
{
    for (size_t i = 0, len; i < text.len; i += len) {
        len = habit_word_len(text, i);
        if (len) {
            AT_TRY(habit_type_word(spelling, habits, (struct at_str){text.ptr + i, len}, rng, out,
                                   err));
            continue;
        }
        len = 1;
        const bool doubled = text.ptr[i] == ' ' && (i + 1 == text.len || text.ptr[i + 1] == ' ');
        if (!doubled)
            AT_TRY(at_buf_add(out, text.ptr + i, 1, err));
    }
    return ATTUNE_OK;
}

attune_status at_demo_habit_type(const struct at_demo_spelling *spelling,
                                 const struct at_demo_habits *habits, struct at_str text,
                                 struct at_rng *rng, struct at_buf *out, attune_error *err)
{
    const size_t from = out->len;
    while (text.len && text.ptr[0] == ' ')
        text.ptr++, text.len--;
    if (!text.len)
        return ATTUNE_OK;
    AT_TRY(habit_type_words(spelling, habits, text, rng, out, err));
    if (at_demo_chance(rng, habits->plain))
        habit_plain(spelling, out, from);
    if (habits->letters == AT_DEMO_CASE_NONE)
        habit_lower(out->data + from, out->len - from);
    if (habits->letters == AT_DEMO_CASE_NEAT)
        habit_capitals(out->data + from, out->len - from);
    return habit_type_end(habits, rng, out, err);
}

size_t at_demo_first_sentence(struct at_str text)
{
    for (size_t i = 4; i + 1 < text.len; i++)
        if (text.ptr[i + 1] == ' ' && strchr(".!?", text.ptr[i]) && text.ptr[i - 1] != '.')
            return i + 1;
    return text.len;
}

/* ---- Reading the rules ---- */

static attune_status spelling_word(struct at_demo_spelling *s, struct at_str word,
                                   struct at_demo_habit_word **out, attune_error *err)
{
    uint32_t i;
    bool is_new;
    AT_TRY(at_map_add(&s->words, word, &i, &is_new, err));
    if (is_new && i == s->of_cap) {
        const uint32_t cap = s->of_cap ? 2 * s->of_cap : 64;
        struct at_demo_habit_word *of = AT_NEW(&s->arena, struct at_demo_habit_word, cap);
        if (!of)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %u words", cap);
        if (i)
            memcpy(of, s->of, i * sizeof *of);
        s->of = of;
        s->of_cap = cap;
    }
    if (is_new)
        s->of[i] = (struct at_demo_habit_word){0};
    *out = &s->of[i];
    return ATTUNE_OK;
}

enum spelling_kind { SPELLING_SHORTER, SPELLING_PLAIN, SPELLING_STRETCH };

static attune_status spelling_rule(struct at_demo_spelling *s, struct at_demo_grammar *grammar,
                                   const char *name, enum spelling_kind kind, attune_error *err)
{
    const struct at_demo_rule *rule;
    AT_TRY(at_demo_grammar_find(grammar, at_str_from(name), &rule, err));
    for (uint32_t i = 0; i < rule->n_lines; i++) {
        const struct at_demo_line *line = &rule->lines[i];
        const struct at_str word = at_demo_part_text(line->parts[0]);
        const struct at_str other = at_demo_part_text(line->parts[1]);
        const bool pair = line->n_parts == 2 && other.len > 0;
        if (!word.len || (kind == SPELLING_STRETCH && word.ptr[word.len - 1] < 0) ||
            pair != (kind != SPELLING_STRETCH) || line->creator_first ||
            (kind == SPELLING_PLAIN && other.len > word.len))
            return at_fail(err, ATTUNE_FORMAT, "%s:%u: rule [%s]: line %u must be %s",
                           grammar->name, rule->defined_at, name, i + 1,
                           kind == SPELLING_STRETCH ? "a word that ends in ASCII"
                                                    : "'word => not longer word'");
        struct at_demo_habit_word *known = NULL;
        AT_TRY(spelling_word(s, word, &known, err));
        if (kind == SPELLING_STRETCH)
            known->stretches = true;
        else
            *(kind == SPELLING_PLAIN ? &known->plain : &known->shorter) = other;
    }
    return ATTUNE_OK;
}

attune_status at_demo_spelling_make(struct at_demo_spelling *out, struct at_demo_grammar *grammar,
                                    attune_error *err)
{
    *out = (struct at_demo_spelling){0};
    attune_status status = spelling_rule(out, grammar, "spelling", SPELLING_SHORTER, err);
    if (status == ATTUNE_OK)
        status = spelling_rule(out, grammar, "plain", SPELLING_PLAIN, err);
    if (status == ATTUNE_OK)
        status = spelling_rule(out, grammar, "stretch", SPELLING_STRETCH, err);
    if (status != ATTUNE_OK)
        at_demo_spelling_release(out);
    return status;
}

void at_demo_spelling_release(struct at_demo_spelling *spelling)
{
    at_map_release(&spelling->words);
    at_arena_release(&spelling->arena);
    *spelling = (struct at_demo_spelling){0};
}
