#include "text/language_words.h"

#include "base/str.h"
#include "text/unicode.h"
#include "text/utf8.h"

/* Letters and vowel signs by script, in the order of code points; what lies between parts words. */
struct language_range {
    uint16_t first, last;
    uint8_t script;
};

static const struct language_range language_ranges[] = {
    {0x0041, 0x005A, AT_SCRIPT_LATIN},      {0x0061, 0x007A, AT_SCRIPT_LATIN},
    {0x00C0, 0x00D6, AT_SCRIPT_LATIN},      {0x00D8, 0x00F6, AT_SCRIPT_LATIN},
    {0x00F8, 0x024F, AT_SCRIPT_LATIN},      {0x0370, 0x0373, AT_SCRIPT_GREEK},
    {0x0386, 0x0386, AT_SCRIPT_GREEK},      {0x0388, 0x03FF, AT_SCRIPT_GREEK},
    {0x0400, 0x0481, AT_SCRIPT_CYRILLIC},   {0x048A, 0x052F, AT_SCRIPT_CYRILLIC},
    {0x0531, 0x0556, AT_SCRIPT_ARMENIAN},   {0x0560, 0x0588, AT_SCRIPT_ARMENIAN},
    {0x05D0, 0x05F2, AT_SCRIPT_HEBREW},     {0x0620, 0x063F, AT_SCRIPT_ARABIC},
    {0x0641, 0x064A, AT_SCRIPT_ARABIC},     {0x066E, 0x066F, AT_SCRIPT_ARABIC},
    {0x0671, 0x06D3, AT_SCRIPT_ARABIC},     {0x06D5, 0x06D5, AT_SCRIPT_ARABIC},
    {0x06FA, 0x06FF, AT_SCRIPT_ARABIC},     {0x0750, 0x077F, AT_SCRIPT_ARABIC},
    {0x0900, 0x0963, AT_SCRIPT_DEVANAGARI}, {0x0971, 0x097F, AT_SCRIPT_DEVANAGARI},
    {0x0980, 0x09E3, AT_SCRIPT_BENGALI},    {0x0A01, 0x0A5E, AT_SCRIPT_GURMUKHI},
    {0x0A70, 0x0A75, AT_SCRIPT_GURMUKHI},   {0x0A81, 0x0AE3, AT_SCRIPT_GUJARATI},
    {0x0B01, 0x0B63, AT_SCRIPT_ODIA},       {0x0B82, 0x0BD7, AT_SCRIPT_TAMIL},
    {0x0C00, 0x0C63, AT_SCRIPT_TELUGU},     {0x0C80, 0x0CE3, AT_SCRIPT_KANNADA},
    {0x0D00, 0x0D63, AT_SCRIPT_MALAYALAM},  {0x0D81, 0x0DDF, AT_SCRIPT_SINHALA},
    {0x0E01, 0x0E3A, AT_SCRIPT_THAI},       {0x0E40, 0x0E4E, AT_SCRIPT_THAI},
    {0x0E81, 0x0ECD, AT_SCRIPT_LAO},        {0x1000, 0x103F, AT_SCRIPT_MYANMAR},
    {0x1050, 0x109D, AT_SCRIPT_MYANMAR},    {0x10A0, 0x10FA, AT_SCRIPT_GEORGIAN},
    {0x10FC, 0x10FF, AT_SCRIPT_GEORGIAN},   {0x1100, 0x11FF, AT_SCRIPT_HANGUL},
    {0x1200, 0x135A, AT_SCRIPT_ETHIOPIC},   {0x1780, 0x17D3, AT_SCRIPT_KHMER},
    {0x1C80, 0x1C88, AT_SCRIPT_CYRILLIC},   {0x1C90, 0x1CBF, AT_SCRIPT_GEORGIAN},
    {0x1E00, 0x1EFF, AT_SCRIPT_LATIN},      {0x1F00, 0x1FFC, AT_SCRIPT_GREEK},
    {0x3005, 0x3005, AT_SCRIPT_HAN},        {0x3041, 0x3096, AT_SCRIPT_KANA},
    {0x30A1, 0x30FA, AT_SCRIPT_KANA},       {0x30FC, 0x30FE, AT_SCRIPT_KANA},
    {0x3131, 0x318E, AT_SCRIPT_HANGUL},     {0x3400, 0x4DBF, AT_SCRIPT_HAN},
    {0x4E00, 0x9FFF, AT_SCRIPT_HAN},        {0xAC00, 0xD7A3, AT_SCRIPT_HANGUL},
    {0xF900, 0xFAD9, AT_SCRIPT_HAN},        {0xFF66, 0xFF9D, AT_SCRIPT_KANA},
};

static uint8_t language_script(uint32_t c)
{
    size_t low = 0, high = sizeof language_ranges / sizeof *language_ranges;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (c > language_ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    const size_t n = sizeof language_ranges / sizeof *language_ranges;
    return low < n && c >= language_ranges[low].first ? language_ranges[low].script
                                                      : AT_SCRIPT_NONE;
}

void at_language_words_begin(struct at_language_words *words, struct at_str text)
{
    words->begin = words->at = (const unsigned char *)text.ptr;
    words->end = words->at + text.len;
}

static bool language_is_space(unsigned char c)
{
    return c <= ' ';
}

static bool language_begins(const struct at_language_words *w, const char *prefix)
{
    return at_str_starts((struct at_str){(const char *)w->at, (size_t)(w->end - w->at)}, prefix);
}

/* Whether nothing of the token that starts here counts: a link, an @name, a #tag. */
static bool language_is_reference(const struct at_language_words *w)
{
    switch (*w->at) {
    case '@':
    case '#':
        return true;
    case 'h':
        return language_begins(w, "http");
    case 'w':
        return language_begins(w, "www.");
    default:
        return false;
    }
}

struct language_letter {
    uint32_t c;     /* in lower case */
    uint8_t script; /* AT_SCRIPT_NONE: no letter */
    bool apostrophe, accent;
    size_t len;
};

static struct language_letter language_read(const struct at_language_words *w)
{
    struct language_letter l = {.script = AT_SCRIPT_NONE, .len = 1};
    l.c = *w->at;
    if (l.c < 0x80) {
        const uint32_t lower = l.c | 0x20;
        if (lower - 'a' < 26) {
            l.c = lower;
            l.script = AT_SCRIPT_LATIN;
        }
        l.apostrophe = l.c == '\'';
        return l;
    }
    l.c = at_utf8_decode(w->at, w->end, &l.len);
    l.script = language_script(l.c);
    l.apostrophe = l.c == 0x2019;
    /* combining accents, the Arabic stretcher and vowel points, the soft hyphen */
    l.accent = (l.c >= 0x300 && l.c < 0x370) || l.c == 0x640 || (l.c >= 0x64B && l.c < 0x660) ||
               l.c == 0xAD;
    if (l.script != AT_SCRIPT_NONE)
        l.c = (uint32_t)((int32_t)l.c + at_unicode_get(l.c)->to_lower);
    return l;
}

static bool language_is_ascii_letter(unsigned char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26;
}

/* Moves to the next letter; false at the end of the text. */
static bool language_find(struct at_language_words *w)
{
    while (w->at < w->end) {
        const bool start = w->at == w->begin || language_is_space(w->at[-1]);
        if (start && language_is_reference(w)) {
            while (w->at < w->end && !language_is_space(*w->at))
                w->at++;
            continue;
        }
        if (language_is_ascii_letter(*w->at))
            return true;
        if (*w->at < 0x80) {
            w->at++;
            continue;
        }
        const struct language_letter l = language_read(w);
        if (l.script != AT_SCRIPT_NONE)
            return true;
        w->at += l.len;
    }
    return false;
}

/* A run of letters is kept as one or two; the third takes the second away with it. */
static void language_push(struct at_language_word *word, uint32_t c, uint32_t *run)
{
    uint16_t *const letters = word->letters + 1;
    *run = word->n_letters && letters[word->n_letters - 1] == c ? *run + 1 : 1;
    if (*run == 3)
        word->n_letters--;
    if (*run < 3)
        letters[word->n_letters++] = (uint16_t)c;
}

bool at_language_words_next(struct at_language_words *w, struct at_language_word *out)
{
    out->n_letters = 0;
    if (!language_find(w))
        return false;
    uint32_t run = 0;
    out->letters[0] = ' ';
    out->script = language_read(w).script;
    while (w->at < w->end && out->n_letters + 1 < AT_LANGUAGE_WORD_MAX) {
        if (language_is_ascii_letter(*w->at) && out->script == AT_SCRIPT_LATIN) {
            language_push(out, *w->at++ | 0x20, &run);
            continue;
        }
        const struct language_letter l = language_read(w);
        if (l.script != out->script && !l.accent && !l.apostrophe)
            break;
        w->at += l.len;
        if (l.apostrophe) {
            out->letters[++out->n_letters] = '\'';
            break;
        }
        if (!l.accent)
            language_push(out, l.c, &run);
    }
    out->letters[out->n_letters + 1] = ' ';
    return true;
}

/* FNV-1a by whole letters, finished by a multiplication that spreads what is in the low bits. */
static uint32_t language_row(uint32_t hash, uint32_t n_buckets)
{
    hash ^= hash >> 15;
    hash *= 0x2C1B3C6Du;
    hash ^= hash >> 13;
    return (uint32_t)(((uint64_t)hash * n_buckets) >> 32);
}

size_t at_language_features(const struct at_language_word *word, uint32_t n_buckets,
                            uint32_t out[AT_LANGUAGE_FEATURES_MAX])
{
    static const uint32_t seed = 0x811C9DC5, prime = 0x01000193;
    enum { NGRAM_MAX = 4 };
    const uint32_t n = word->n_letters + 2;
    size_t n_out = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t hash = seed;
        for (uint32_t k = 0; k < NGRAM_MAX && i + k < n; k++) {
            hash = (hash ^ word->letters[i + k]) * prime;
            if (k || word->letters[i] != ' ')
                out[n_out++] = language_row(hash, n_buckets);
        }
    }
    if (n > NGRAM_MAX) { /* shorter words are n-grams already */
        uint32_t hash = ~seed;
        for (uint32_t i = 0; i < n; i++)
            hash = (hash ^ word->letters[i]) * prime;
        out[n_out++] = language_row(hash, n_buckets);
    }
    return n_out;
}
