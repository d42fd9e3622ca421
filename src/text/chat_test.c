#include "support/test.h"

#include "text/chat.h"

/* The tokens, each followed by its marks: ~ glued, + long, ^ loud; parted by spaces. */
static void tokens(char *out, size_t size, const char *text)
{
    struct at_chat chat;
    size_t used = 0;
    out[0] = '\0';
    at_chat_begin(&chat, at_str_from(text));
    for (struct at_chat_token t; at_chat_next(&chat, &t);)
        used += (size_t)snprintf(out + used, size - used, "%s%s%.*s%s%s", used ? " " : "",
                                 t.is_glued ? "~" : "", (int)t.text.len, t.text.ptr,
                                 t.is_long ? "+" : "", t.is_loud ? "^" : "");
}

#define assert_tokens(text, wanted)                                                                \
    do {                                                                                           \
        char have_[1024];                                                                          \
        tokens(have_, sizeof have_, text);                                                         \
        assert_string_equal(have_, wanted);                                                        \
    } while (0)

static void test_chat__words(void **state)
{
    (void)state;
    assert_tokens("", "");
    assert_tokens(" \n\t ", "");
    assert_tokens("I miss you", "i miss you");
    assert_tokens("don't can\u2019t 'quoted' rock'n'roll", "don't can't ' ~quoted ~' rock'n'roll");
    assert_tokens("b4 2nite gr8 42", "b4 2nite gr8 42");
    assert_tokens("L'\u00c9cole \u00e9tait g\u00e9niale", "l'\u00e9cole \u00e9tait g\u00e9niale");
    assert_tokens("peut-\u00eatre", "peut ~- ~\u00eatre");
    assert_tokens("so\u00adft", "soft");
}

static void test_chat__long_and_loud(void **state)
{
    (void)state;
    assert_tokens("soooo good", "soo+ good");
    assert_tokens("sooo tooo soo", "soo+ too+ soo");
    assert_tokens("NOOOO way", "noo+^ way");
    assert_tokens("I AM HERE, Ok A B2B", "i am^ here^ ~, ok a b2b^");
    assert_tokens("\u00c9T\u00c9 \u00c9t\u00e9", "\u00e9t\u00e9^ \u00e9t\u00e9");
    assert_tokens("ou\u00e9\u00e9\u00e9\u00e9\u00e9", "ou\u00e9\u00e9+");
    assert_tokens("\u54c8\u54c8\u54c8\u54c8\u54c8", "\u54c8\u54c8+");
}

static void test_chat__scripts(void **state)
{
    (void)state;
    /* Hindi: vowel signs and the virama are part of the word */
    assert_tokens("\u0939\u093f\u0928\u094d\u0926\u0940 \u092d\u093e\u0937\u093e",
                  "\u0939\u093f\u0928\u094d\u0926\u0940 \u092d\u093e\u0937\u093e");
    /* Arabic: short vowels stay, the stretching tatweel goes, question mark and digits are known */
    assert_tokens("\u0645\u064e\u0631\u0652\u062d\u064e\u0628\u0627 "
                  "\u0633\u0640\u0640\u0644\u0627\u0645\u061f",
                  "\u0645\u064e\u0631\u0652\u062d\u064e\u0628\u0627 \u0633\u0644\u0627\u0645 ~?");
    assert_tokens("\u0663\u0664 \u0660\u0661\u0662\u0663", "34 <n4>");
    /* Persian: the zero width non-joiner stays inside */
    assert_tokens("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
                  "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645");
    /* Thai has no spaces: a sentence is one token, and the zero width space parts */
    assert_tokens("\u0e09\u0e31\u0e19\u0e23\u0e31\u0e01\u0e40\u0e18\u0e2d",
                  "\u0e09\u0e31\u0e19\u0e23\u0e31\u0e01\u0e40\u0e18\u0e2d");
    assert_tokens("\u0e09\u0e31\u0e19\u200b\u0e23\u0e31\u0e01",
                  "\u0e09\u0e31\u0e19 \u0e23\u0e31\u0e01");
    /* Greek: one form of sigma */
    assert_tokens("\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03bf\u03c2",
                  "\u03bf\u03b4\u03bf\u03c3^ \u03bf\u03b4\u03bf\u03c3");
}

static void test_chat__marks_are_composed(void **state)
{
    (void)state;
    assert_tokens("e\u0301te\u0301", "\u00e9t\u00e9");
    assert_tokens("\u00ea\u0323", "\u1ec7"); /* over two marks, in canonical order */
}

static void test_chat__emoji(void **state)
{
    (void)state;
    assert_tokens("hi\U0001F60D\U0001F60D", "hi ~\U0001F60D ~\U0001F60D");
    assert_tokens("\u2764\ufe0f \u2764", "\u2764 \u2764");
    assert_tokens("\U0001F44D\U0001F3FD \U0001F44D", "\U0001F44D \U0001F44D"); /* skin tone */
    assert_tokens("\U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466!",
                  "\U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466 ~!");
    assert_tokens("\U0001F937\U0001F3FD\u200d\u2640\ufe0f", "\U0001F937\u200d\u2640");
    assert_tokens("\U0001F1EB\U0001F1F7\U0001F1EE\U0001F1F9", /* two flags */
                  "\U0001F1EB\U0001F1F7 ~\U0001F1EE\U0001F1F9");
    assert_tokens("\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F x",
                  "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F x");
    assert_tokens("1\ufe0f\u20e3 #\u20e3 1", "1\u20e3 #\u20e3 1");
    assert_tokens("\U0001F60D\u200da", "\U0001F60D ~a"); /* joins nothing */
}

static void test_chat__emoticons(void **state)
{
    (void)state;
    assert_tokens(":) ;-) =D :'( <3 :/", ":) ;-) =D :'( <3 :/");
    assert_tokens("ok:) :Please 5:30 a:b", "ok ~:) : ~please 5 ~: ~30 a ~: ~b");
}

static void test_chat__punctuation(void **state)
{
    (void)state;
    assert_tokens("hi! hey!! no!!!!", "hi ~! hey ~!! no ~!!");
    assert_tokens("what? what??? what?! !?!?", "what ~? what ~?? what ~?! ?!");
    assert_tokens("well... well.. well. \u2026", "well ~... well ~... well ~. ...");
    assert_tokens("a,b (c) --- ))", "a ~, ~b ( ~c ~) -- ))");
    assert_tokens("\uff01\uff1f \u203c \u2049", "?! !! ?!");
    assert_tokens("#love", "# ~love");
}

static void test_chat__private_things_have_placeholders(void **state)
{
    (void)state;
    assert_tokens("call 06 1234 or 0612345678!", "call 06 <n4> or <n10> ~!");
    assert_tokens("id ab1234cd", "id ab0000cd");
    assert_tokens("@Bob hey @\u00c9mile_x, mail @ home", "@user hey @user ~, mail @ home");
    assert_tokens("see https://x.io/a?b=1 or www.a.fr.", "see <url> or <url> ~.");
    assert_tokens("HTTP://A.B my.site.com, ok.bye t.me/bob", "<url> <url> ~, ok ~. ~bye <url>");
    assert_tokens("me.too+x@mail.example.com! a@b", "<email> ~! a ~@user");
    assert_tokens("http:// www. x", "http ~: ~// ww+ ~. x");
}

static void test_chat__long_words_come_in_pieces(void **state)
{
    (void)state;
    char text[1000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "ab"[i % 2];
    struct at_chat chat;
    size_t at = 0;
    at_chat_begin(&chat, (struct at_str){text, sizeof text});
    for (struct at_chat_token t; at_chat_next(&chat, &t);) {
        assert_int_equal(t.start, at);
        assert_int_equal(t.is_glued, at > 0);
        assert_true(t.text.len <= AT_CHAT_TOKEN_BYTES && t.text.len == t.len);
        at += t.len;
    }
    assert_int_equal(at, sizeof text);
}

static void test_chat__says_where_and_what_was_written(void **state)
{
    (void)state;
    const struct at_str text = at_str_from("  I'm SOOOO happy @bob");
    const size_t start[] = {2, 6, 12, 18}, len[] = {3, 5, 5, 4};
    const char *const written[] = {"i'm", "soooo", "happy", "@user"};
    struct at_chat chat;
    struct at_chat_token t;
    at_chat_begin(&chat, text);
    for (size_t i = 0; i < 4; i++) {
        char out[AT_CHAT_TOKEN_BYTES];
        assert_true(at_chat_next(&chat, &t));
        assert_int_equal(t.start, start[i]);
        assert_int_equal(t.len, len[i]);
        const size_t n = at_chat_written(&t, text, out);
        assert_true(at_str_equal((struct at_str){out, n}, at_str_from(written[i])));
    }
    assert_false(at_chat_next(&chat, &t));
    assert_false(at_chat_next(&chat, &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chat__words),
        cmocka_unit_test(test_chat__long_and_loud),
        cmocka_unit_test(test_chat__scripts),
        cmocka_unit_test(test_chat__marks_are_composed),
        cmocka_unit_test(test_chat__emoji),
        cmocka_unit_test(test_chat__emoticons),
        cmocka_unit_test(test_chat__punctuation),
        cmocka_unit_test(test_chat__private_things_have_placeholders),
        cmocka_unit_test(test_chat__long_words_come_in_pieces),
        cmocka_unit_test(test_chat__says_where_and_what_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
