/* Letters are counted by script; in the same pass the n-grams and words of the four scripts that
 * languages share add the rows of a table of small integers: one column a language. The script with
 * the most letters decides, then, where it is shared, the largest sum. The sum is divided by the
 * root of the number of features, so that one scale of confidence holds for two words and for a
 * hundred; what is left of the difference is fitted by length (`sharpness`). */
#include "text/language.h"

#include <math.h>
#include <string.h>

#include "text/language_table.h"
#include "text/language_words.h"

const char at_language_unknown[] = "und";

/* Written by attune_embed from language_weights.bin. */
extern const unsigned char at_language_weights_bin[];

/* The one language of a script; NULL where more share it. */
static const char *const language_of_script[AT_SCRIPT_NONE] = {
    [AT_SCRIPT_HAN] = "zh",       [AT_SCRIPT_KANA] = "ja",     [AT_SCRIPT_HANGUL] = "ko",
    [AT_SCRIPT_THAI] = "th",      [AT_SCRIPT_GREEK] = "el",    [AT_SCRIPT_HEBREW] = "he",
    [AT_SCRIPT_ARMENIAN] = "hy",  [AT_SCRIPT_GEORGIAN] = "ka", [AT_SCRIPT_BENGALI] = "bn",
    [AT_SCRIPT_GURMUKHI] = "pa",  [AT_SCRIPT_GUJARATI] = "gu", [AT_SCRIPT_ODIA] = "or",
    [AT_SCRIPT_TAMIL] = "ta",     [AT_SCRIPT_TELUGU] = "te",   [AT_SCRIPT_KANNADA] = "kn",
    [AT_SCRIPT_MALAYALAM] = "ml", [AT_SCRIPT_SINHALA] = "si",  [AT_SCRIPT_LAO] = "lo",
    [AT_SCRIPT_MYANMAR] = "my",   [AT_SCRIPT_KHMER] = "km",    [AT_SCRIPT_ETHIOPIC] = "am",
};

_Static_assert((int)AT_LANGUAGE_SCRIPTS == (int)AT_SCRIPT_NONE, "a count for every script");

static void language_add_rows(int32_t *sum, const struct at_language_group *group,
                              const uint32_t *rows, size_t n_rows)
{
    /* 169 rows of at most 127 fit in 16 bits */
    int16_t part[AT_LANGUAGE_TAGS_MAX] = {0};
    const signed char *const weights = (const signed char *)at_language_weights_bin + group->offset;
    if (group->n_tags == AT_LANGUAGE_TAGS_MAX) { /* a number that the compiler can unroll */
        for (size_t i = 0; i < n_rows; i++) {
            const signed char *const w = weights + (size_t)rows[i] * AT_LANGUAGE_TAGS_MAX;
            for (size_t k = 0; k < AT_LANGUAGE_TAGS_MAX; k++)
                part[k] = (int16_t)(part[k] + w[k]);
        }
    } else {
        for (size_t i = 0; i < n_rows; i++) {
            const signed char *const w = weights + (size_t)rows[i] * group->n_tags;
            for (size_t k = 0; k < group->n_tags; k++)
                part[k] = (int16_t)(part[k] + w[k]);
        }
    }
    for (size_t k = 0; k < AT_LANGUAGE_TAGS_MAX; k++)
        sum[k] += part[k];
}

void at_language_add(struct at_language_scan *s, struct at_str text)
{
    struct at_language_words words;
    struct at_language_word word;
    uint32_t rows[AT_LANGUAGE_FEATURES_MAX];
    at_language_words_begin(&words, text);
    while (s->n_all < AT_LANGUAGE_LETTERS_MAX && at_language_words_next(&words, &word)) {
        s->n_letters[word.script] += word.n_letters;
        s->n_all += word.n_letters;
        if (word.script >= AT_LANGUAGE_N_LINEAR)
            continue;
        const struct at_language_group *const group = &at_language_groups[word.script];
        const size_t n_rows = at_language_features(&word, group->n_buckets, rows);
        s->n_features[word.script] += (uint32_t)n_rows;
        language_add_rows(s->sum[word.script], group, rows, n_rows);
    }
}

/* Syllables and ideographs say more than one letter of an alphabet does. */
static size_t language_main_script(const struct at_language_scan *s)
{
    size_t best = AT_SCRIPT_LATIN;
    uint32_t most = 0;
    for (size_t i = 0; i < AT_SCRIPT_NONE; i++) {
        uint32_t n = s->n_letters[i];
        if (i == AT_SCRIPT_HAN)
            n = 2 * (n + s->n_letters[AT_SCRIPT_KANA]);
        if (i == AT_SCRIPT_HANGUL)
            n *= 2;
        if (i != AT_SCRIPT_KANA && n > most) {
            best = i;
            most = n;
        }
    }
    /* Japanese is never without kana for long */
    if (best == AT_SCRIPT_HAN && 16 * s->n_letters[AT_SCRIPT_KANA] > s->n_letters[AT_SCRIPT_HAN])
        best = AT_SCRIPT_KANA;
    return best;
}

static void language_softmax(double *p, const struct at_language_group *group, const int32_t *sum,
                             uint32_t n_features)
{
    const double sharpness = (double)group->sharpness[at_language_length_class(n_features)];
    const double scale = (double)group->scale / sqrt((double)n_features);
    double top = -INFINITY, total = 0;
    for (size_t k = 0; k < group->n_tags; k++) {
        p[k] = sharpness * (scale * sum[k] + (double)group->bias[k]);
        top = p[k] > top ? p[k] : top;
    }
    for (size_t k = 0; k < group->n_tags; k++)
        total += p[k] = exp(p[k] - top);
    for (size_t k = 0; k < group->n_tags; k++)
        p[k] /= total;
}

static void language_by_sums(const struct at_language_scan *s, size_t script,
                             struct at_language *out)
{
    const struct at_language_group *const group = &at_language_groups[script];
    double p[AT_LANGUAGE_TAGS_MAX];
    language_softmax(p, group, s->sum[script], s->n_features[script]);
    for (size_t k = 0; k < group->n_tags; k++) {
        if (p[k] > out->confidence) {
            out->runner_up = out->best;
            out->runner_confidence = out->confidence;
            out->best = group->tags[k];
            out->confidence = p[k];
        } else if (p[k] > out->runner_confidence) {
            out->runner_up = group->tags[k];
            out->runner_confidence = p[k];
        }
    }
}

/* Sureness needs a few words, or two letters of a script that gives the language away. */
static bool language_is_sure(const struct at_language_scan *s, size_t script, double confidence)
{
    enum { SURE_LETTERS = 10, SURE_SIGNS = 2 };
    const uint32_t least = script < AT_LANGUAGE_N_LINEAR ? SURE_LETTERS : SURE_SIGNS;
    return confidence >= AT_LANGUAGE_SURE && s->n_letters[script] >= least &&
           2 * s->n_letters[script] >= s->n_all;
}

void at_language_finish(const struct at_language_scan *s, struct at_language *out)
{
    *out = (struct at_language){
        .tag = at_language_unknown, .best = at_language_unknown, .runner_up = at_language_unknown};
    if (!s->n_all)
        return;
    const size_t script = language_main_script(s);
    if (script < AT_LANGUAGE_N_LINEAR) {
        language_by_sums(s, script, out);
    } else {
        out->best = language_of_script[script];
        out->confidence = s->n_letters[script] > 1 ? 0.99 : 0.9;
    }
    if (out->confidence < AT_LANGUAGE_MIN_CONFIDENCE || strcmp(out->best, "und") == 0)
        return;
    out->tag = out->best;
    out->sure = language_is_sure(s, script, out->confidence);
}

void at_language_identify(const struct at_str *texts, size_t n_texts, struct at_language *out)
{
    struct at_language_scan scan = {0};
    for (size_t i = 0; i < n_texts; i++)
        at_language_add(&scan, texts[i]);
    at_language_finish(&scan, out);
}

static char language_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool language_equal(struct at_str a, const char *lower)
{
    size_t i = 0;
    while (i < a.len && lower[i] && language_lower(a.ptr[i]) == lower[i])
        i++;
    return i == a.len && !lower[i];
}

/* The next part of a tag, which is cut off it. */
static struct at_str language_subtag(struct at_str *tag)
{
    struct at_str out = {tag->ptr, 0};
    while (out.len < tag->len && tag->ptr[out.len] != '-' && tag->ptr[out.len] != '_')
        out.len++;
    const size_t cut = out.len < tag->len ? out.len + 1 : out.len;
    tag->ptr = cut ? tag->ptr + cut : tag->ptr;
    tag->len -= cut;
    return out;
}

static bool language_is_alnum(char c)
{
    return (language_lower(c) >= 'a' && language_lower(c) <= 'z') || (c >= '0' && c <= '9');
}

bool at_language_is_tag(struct at_str text)
{
    if (!text.len || text.ptr[text.len - 1] == '-' || text.ptr[text.len - 1] == '_')
        return false;
    const struct at_str first = language_subtag(&text);
    for (size_t i = 0; i < first.len; i++)
        if (language_lower(first.ptr[i]) < 'a' || language_lower(first.ptr[i]) > 'z')
            return false;
    while (text.len) {
        const struct at_str part = language_subtag(&text);
        for (size_t i = 0; i < part.len; i++)
            if (!language_is_alnum(part.ptr[i]))
                return false;
        if (part.len < 1 || part.len > 8)
            return false;
    }
    return first.len == 2 || first.len == 3;
}

static bool language_is_norwegian(struct at_str primary)
{
    return language_equal(primary, "no") || language_equal(primary, "nb") ||
           language_equal(primary, "nn");
}

static bool language_is_latin(struct at_str rest)
{
    while (rest.len)
        if (language_equal(language_subtag(&rest), "latn"))
            return true;
    return false;
}

bool at_language_same(struct at_str a, struct at_str b)
{
    const struct at_str first = language_subtag(&a), second = language_subtag(&b);
    if (language_is_latin(a) != language_is_latin(b))
        return false;
    if (language_is_norwegian(first) && language_is_norwegian(second))
        return true;
    if (first.len != second.len)
        return false;
    for (size_t i = 0; i < first.len; i++)
        if (language_lower(first.ptr[i]) != language_lower(second.ptr[i]))
            return false;
    return true;
}
