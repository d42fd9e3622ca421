#ifndef AT_TEXT_CHAT_PART_H
#define AT_TEXT_CHAT_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parts of the chat tokenizer, for text/chat.c only. Each looks at `p` (p < end) and returns how
 * many bytes it takes, 0 where what it is for is not there. `out` has room for AT_CHAT_TOKEN_BYTES.
 */

struct chat_word {
    size_t len; /* bytes written */
    unsigned n_chars, n_digits, n_capitals, n_small;
    bool is_long;
};

/** A word with any characters; takes at least one. */
size_t chat_slow_word(const unsigned char *p, const unsigned char *end, char *out,
                      struct chat_word *w);

/** "http://...", "https://...", "www....", up to the next space. */
size_t chat_url(const unsigned char *p, const unsigned char *end);
/** "name@host.tld" whose '@' is at `sign`. */
size_t chat_email(const unsigned char *p, const unsigned char *sign, const unsigned char *end);
/** "host.com" or "host.tld/..." where the word p..dot has a '.' behind it. */
size_t chat_domain(const unsigned char *p, const unsigned char *dot, const unsigned char *end);

/** A pictograph with all that belongs to it, a flag, a keycap; at least one character. */
size_t chat_emoji_sequence(const unsigned char *p, const unsigned char *end, char *out,
                           size_t *out_len);
bool chat_is_keycap(const unsigned char *p, const unsigned char *end);
/** ":)", ";-)", "=D", "<3", ":'(". */
size_t chat_emoticon(const unsigned char *p, const unsigned char *end);
/** A run of punctuation; at least one character. */
size_t chat_punctuation(const unsigned char *p, const unsigned char *end, char *out,
                        size_t *out_len);

#endif
