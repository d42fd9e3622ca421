#ifndef AT_TEXT_CHAT_H
#define AT_TEXT_CHAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * Tokens of real chat, in any script. (Words as scikit-learn makes them are in text/words.h.)
 *
 *   word        letters, digits, combining marks; an apostrophe or a zero width joiner between two
 * of them stays inside ("don't", "l'école"). Lower case; letters with marks composed (NFC); three
 * or more of one letter in a row become two and set is_long ("soooo" -> "soo"), two or more
 * capitals and no small letter set is_loud; digits of a run of three or more become 0 ("b4" stays,
 * "ab1234" -> "ab0000") number      one or two digits as they are; three or more become their
 * count: "<n4>"
 *   @user       every mention of a user      <url>  <email>   every address
 *   emoji       one token a sequence: flags, keycaps, families; without variation selectors and
 * skin tones, which say something of the writer's body and nothing of the message. Emoticons too:
 * ":)", "<3", each as it is punctuation "!" "!!" (two or more) "?" "??" "?!" (both) "..." (two dots
 * or more); any other character on its own, a run of one and the same as two of it
 *
 * Placeholders stand for what is private; none of them can come out of anything else. Bytes that
 * are not UTF-8 are U+FFFD. A word that is longer than AT_CHAT_TOKEN_BYTES comes in pieces (scripts
 * without spaces: pieces of a sentence); each piece but the first is glued to the one before.
 *
 * Results depend on tables of attune's own (Unicode 14.0), and for letters with combining marks on
 * NFC, which Unicode promises never to change for a character that it has (stability policy).
 *
 *     struct at_chat chat;
 *     at_chat_begin(&chat, text);
 *     for (struct at_chat_token t; at_chat_next(&chat, &t);)
 *         use t.text, which is valid until the next call
 */
enum at_chat_kind {
    AT_CHAT_WORD,
    AT_CHAT_NUMBER, /* placeholder from three digits on */
    AT_CHAT_USER,
    AT_CHAT_URL,
    AT_CHAT_EMAIL,
    AT_CHAT_EMOJI,
    AT_CHAT_PUNCTUATION
};

enum { AT_CHAT_TOKEN_BYTES = 96 };

struct at_chat_token {
    struct at_str text; /* normalised, never empty; 8 more bytes behind it can be read */
    size_t start, len;  /* bytes of the message that it stands for; len > 0 */
    enum at_chat_kind kind;
    bool is_glued;       /* no space between the token before and this one */
    bool is_placeholder; /* the text says nothing of what was written */
    bool is_long, is_loud;
};

struct at_chat {
    const unsigned char *begin, *at, *end;
    const unsigned char *sign;          /* the next '@' at or behind `at`, or end */
    bool space;                         /* the next token stands behind a space, or first */
    char text[AT_CHAT_TOKEN_BYTES + 8]; /* of the token */
};

/** `text` is borrowed; it should be valid UTF-8. */
void at_chat_begin(struct at_chat *chat, struct at_str text);
/**
 * The next token, or false at the end. Starts ascend, and no two tokens overlap.
 *
 * Cost     one pass, no allocation
 * Tests    chat_test.c, chat_prop.c, chat_fuzz.c
 */
bool at_chat_next(struct at_chat *chat, struct at_chat_token *out);
/**
 * The token as it was written, in lower case: "soooo" where the token is "soo"; placeholders stay.
 * Writes up to AT_CHAT_TOKEN_BYTES and returns the length.
 */
size_t at_chat_written(const struct at_chat_token *token, struct at_str message,
                       char out[AT_CHAT_TOKEN_BYTES]);

#endif
