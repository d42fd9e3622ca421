/* chat_check.h - what must hold of the chat tokens of any bytes; aborts otherwise. */
#ifndef AT_TEST_SUPPORT_CHAT_CHECK_H
#define AT_TEST_SUPPORT_CHAT_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "text/chat.h"

static inline void chat_check_that(bool holds)
{
    if (!holds)
        abort();
}

/* Reads the token's text as a message: it is itself one token, and normalising it again changes
 * nothing. Placeholders (but @user) are made of signs, and a piece of a longer word may start
 * inside of it. */
static inline void chat_check_again(const struct at_chat_token *t)
{
    struct at_chat chat;
    struct at_chat_token again;
    char text[AT_CHAT_TOKEN_BYTES];
    memcpy(text, t->text.ptr, t->text.len);
    at_chat_begin(&chat, (struct at_str){text, t->text.len});
    chat_check_that(at_chat_next(&chat, &again));
    chat_check_that(again.text.len == t->text.len &&
                    memcmp(again.text.ptr, text, t->text.len) == 0);
}

static inline size_t chat_check(struct at_str message)
{
    const bool is_valid = at_str_utf8_prefix(message) == message.len;
    struct at_chat chat;
    size_t at = 0, n = 0;
    at_chat_begin(&chat, message);
    for (struct at_chat_token t; at_chat_next(&chat, &t); n++) {
        char written[AT_CHAT_TOKEN_BYTES];
        chat_check_that(t.start >= at && t.len > 0 && t.start + t.len <= message.len);
        chat_check_that(t.text.len > 0 && t.text.len <= AT_CHAT_TOKEN_BYTES);
        chat_check_that(at_str_utf8_prefix(t.text) == t.text.len);
        chat_check_that(!memchr(t.text.ptr, ' ', t.text.len));
        chat_check_that(!(t.is_glued && n == 0));
        chat_check_that(at_chat_written(&t, message, written) <= AT_CHAT_TOKEN_BYTES);
        if (is_valid && t.kind == AT_CHAT_WORD && t.text.len == t.len && !t.is_glued)
            chat_check_again(&t);
        at = t.start + t.len;
    }
    return n;
}

#endif
