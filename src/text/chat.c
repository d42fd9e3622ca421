/* A token is known by its first character. Words are tried as ASCII first, one table look-up a
 * byte; whatever else is met sends the whole word through the slow path, which decodes each
 * character. Addresses are looked for only where they can start: "http", "www.", a '.' behind a
 * word, and an '@' that the message is known to have. */
#include "text/chat.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "text/chat_class.h"
#include "text/chat_part.h"
#include "text/unicode.h"
#include "text/utf8.h"

/* Lower case of an ASCII letter or digit, 0 for anything else. */
#define NONE16 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
/* clang-format off */
static const unsigned char chat_lower[256] = {
    NONE16, NONE16, NONE16,
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 0, 0, 0, 0, 0, 0,
    0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0, 0, 0, 0, 0,
    0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0, 0, 0, 0, 0,
    NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16};
/* clang-format on */
#undef NONE16

void at_chat_begin(struct at_chat *chat, struct at_str text)
{
    const unsigned char *p = (const unsigned char *)(text.ptr ? text.ptr : "");
    chat->begin = chat->at = p;
    chat->end = p + text.len;
    chat->sign = NULL;
    chat->space = true;
}

/* Is there an '@' ahead, so that the word at `p` may be the front of an e-mail address? */
static bool chat_sign_near(struct at_chat *chat, const unsigned char *p)
{
    if (!chat->sign || chat->sign < p) {
        chat->sign = memchr(p, '@', (size_t)(chat->end - p));
        if (!chat->sign)
            chat->sign = chat->end;
    }
    return chat->sign < chat->end && chat->sign - p < AT_CHAT_TOKEN_BYTES;
}

static void chat_set(struct at_chat_token *out, struct at_chat *chat, enum at_chat_kind kind,
                     const char *text, size_t len)
{
    memcpy(chat->text, text, len);
    out->text = (struct at_str){chat->text, len};
    out->kind = kind;
}

static void chat_placeholder(struct at_chat_token *out, struct at_chat *chat,
                             enum at_chat_kind kind, const char *text)
{
    chat_set(out, chat, kind, text, strlen(text));
    out->is_placeholder = true;
}

/* Digits of a word: a number, a placeholder for one, or runs of three and more inside a word. */
static void chat_hide_digits(struct at_chat *chat, struct at_chat_token *out,
                             const struct chat_word *w)
{
    if (w->n_digits < 3)
        return;
    if (out->kind == AT_CHAT_NUMBER) {
        char text[32];
        snprintf(text, sizeof text, "<n%u>", w->n_digits);
        chat_placeholder(out, chat, AT_CHAT_NUMBER, text);
        return;
    }
    char *text = chat->text;
    for (size_t i = 0; i < w->len;) {
        size_t n = 0;
        while (i + n < w->len && text[i + n] >= '0' && text[i + n] <= '9')
            n++;
        if (n >= 3)
            memset(text + i, '0', n);
        i += n ? n : 1;
    }
}

static void chat_finish_word(struct at_chat *chat, struct at_chat_token *out,
                             const struct chat_word *w)
{
    out->text = (struct at_str){chat->text, w->len};
    out->kind = w->n_digits && w->n_digits == w->n_chars ? AT_CHAT_NUMBER : AT_CHAT_WORD;
    out->is_long = w->is_long;
    out->is_loud = w->n_capitals >= 2 && w->n_small == 0;
    chat_hide_digits(chat, out, w);
}

/* A run of ASCII letters and digits; 0 when the word has anything else, or is too long. */
static size_t chat_ascii_word(struct at_chat *chat, struct chat_word *w)
{
    const unsigned char *const p = chat->at;
    const size_t left = (size_t)(chat->end - p);
    const size_t room = left < AT_CHAT_TOKEN_BYTES ? left : AT_CHAT_TOKEN_BYTES;
    unsigned char low, last = 0, before = 0;
    unsigned n_digits = 0, n_small = 0;
    size_t i = 0, len = 0;
    for (; i < room && (low = chat_lower[p[i]]) != 0; i++) {
        n_digits += low <= '9';
        n_small += p[i] >= 'a';
        if (low == last && low == before && low > '9') {
            w->is_long = true;
            continue;
        }
        chat->text[len++] = (char)low;
        before = last;
        last = low;
    }
    if (i == AT_CHAT_TOKEN_BYTES || (i < left && (p[i] >= 0x80 || p[i] == '\''))) {
        w->is_long = false;
        return 0;
    }
    w->len = len;
    w->n_chars = (unsigned)i;
    w->n_digits = n_digits;
    w->n_small = n_small;
    w->n_capitals = (unsigned)i - n_digits - n_small;
    return i;
}

static bool chat_address(struct at_chat *chat, struct at_chat_token *out)
{
    const unsigned char *p = chat->at;
    size_t n;
    if (((*p | 0x20) == 'h' || (*p | 0x20) == 'w') && (n = chat_url(p, chat->end)) != 0) {
        chat->at = p + n;
        chat_placeholder(out, chat, AT_CHAT_URL, "<url>");
        return true;
    }
    if (chat_sign_near(chat, p) && (n = chat_email(p, chat->sign, chat->end)) != 0) {
        chat->at = p + n;
        chat_placeholder(out, chat, AT_CHAT_EMAIL, "<email>");
        return true;
    }
    return false;
}

static void chat_word(struct at_chat *chat, struct at_chat_token *out)
{
    const unsigned char *const p = chat->at;
    struct chat_word w = {0};
    if (chat_address(chat, out))
        return;
    size_t n = chat_ascii_word(chat, &w);
    if (n == 0)
        n = chat_slow_word(p, chat->end, chat->text, &w);
    chat->at = p + n;
    if (n + 2 < (size_t)(chat->end - p) && p[n] == '.') {
        const size_t more = chat_domain(p, p + n, chat->end);
        if (more) {
            chat->at = p + more;
            chat_placeholder(out, chat, AT_CHAT_URL, "<url>");
            return;
        }
    }
    chat_finish_word(chat, out, &w);
}

/* '@' and a name; 0 bytes when it is only an '@'. */
static size_t chat_user(const struct at_chat *chat)
{
    const unsigned char *p = chat->at + 1;
    size_t n, name = 0;
    for (; p < chat->end; p += n) {
        const uint32_t c = at_utf8_decode(p, chat->end, &n);
        const enum at_chat_class class = at_chat_class(c);
        const bool is_inner =
            name && (c == '.' || c == '-') && p + 1 < chat->end && chat_lower[p[1]] != 0;
        if (class != AT_CHAT_WORD_CHAR && class != AT_CHAT_DIGIT && class != AT_CHAT_MARK &&
            c != '_' && !is_inner)
            break;
        name++;
    }
    return name ? (size_t)(p - chat->at) : 0;
}

static void chat_emoji(struct at_chat *chat, struct at_chat_token *out)
{
    size_t len;
    chat->at += chat_emoji_sequence(chat->at, chat->end, chat->text, &len);
    out->text = (struct at_str){chat->text, len};
    out->kind = AT_CHAT_EMOJI;
}

static void chat_symbol(struct at_chat *chat, struct at_chat_token *out)
{
    size_t n;
    if (*chat->at == '@' && (n = chat_user(chat)) != 0) {
        chat->at += n;
        chat_placeholder(out, chat, AT_CHAT_USER, "@user");
        return;
    }
    if ((n = chat_emoticon(chat->at, chat->end)) != 0) {
        chat_set(out, chat, AT_CHAT_EMOJI, (const char *)chat->at, n);
        chat->at += n;
        return;
    }
    size_t len;
    chat->at += chat_punctuation(chat->at, chat->end, chat->text, &len);
    out->text = (struct at_str){chat->text, len};
    out->kind = AT_CHAT_PUNCTUATION;
}

/* Steps over what makes no token; false at the end. */
static bool chat_skip(struct at_chat *chat, enum at_chat_class *out_class)
{
    const unsigned char *p = chat->at;
    size_t n;
    for (; p < chat->end; p += n) {
        if (*p == ' ') {
            n = 1;
            chat->space = true;
            continue;
        }
        if (chat_lower[*p]) {
            *out_class = AT_CHAT_WORD_CHAR;
            if (*p <= '9' && chat_is_keycap(p, chat->end))
                *out_class = AT_CHAT_PICTOGRAPH;
            break;
        }
        *out_class = at_chat_class(at_utf8_decode(p, chat->end, &n));
        if (*out_class == AT_CHAT_SPACE)
            chat->space = true;
        else if (*out_class != AT_CHAT_IGNORED && *out_class != AT_CHAT_VARIANT &&
                 *out_class != AT_CHAT_JOIN && *out_class != AT_CHAT_TAG &&
                 *out_class != AT_CHAT_SKIN)
            break;
    }
    chat->at = p;
    return p < chat->end;
}

bool at_chat_next(struct at_chat *chat, struct at_chat_token *out)
{
    enum at_chat_class class = AT_CHAT_OTHER;
    if (!chat_skip(chat, &class))
        return false;
    const unsigned char *const start = chat->at;
    *out = (struct at_chat_token){.start = (size_t)(start - chat->begin), .is_glued = !chat->space};
    chat->space = false;
    switch (class) {
    case AT_CHAT_WORD_CHAR:
    case AT_CHAT_DIGIT:
    case AT_CHAT_MARK:
        chat_word(chat, out);
        break;
    case AT_CHAT_PICTOGRAPH:
    case AT_CHAT_REGIONAL:
        chat_emoji(chat, out);
        break;
    default:
        if (chat_is_keycap(start, chat->end))
            chat_emoji(chat, out);
        else
            chat_symbol(chat, out);
    }
    out->len = (size_t)(chat->at - start);
    return true;
}

size_t at_chat_written(const struct at_chat_token *token, struct at_str message,
                       char out[AT_CHAT_TOKEN_BYTES])
{
    if (!token->is_long) {
        memcpy(out, token->text.ptr, token->text.len);
        return token->text.len;
    }
    const unsigned char *p = (const unsigned char *)message.ptr + token->start;
    const unsigned char *const end = p + token->len;
    size_t len = 0, n;
    for (; p < end && len + AT_UTF8_MAX_BYTES <= AT_CHAT_TOKEN_BYTES; p += n) {
        const uint32_t c = at_utf8_decode(p, end, &n);
        len += at_utf8_encode(out + len, (uint32_t)((int32_t)c + at_unicode_get(c)->to_lower));
    }
    return len;
}
