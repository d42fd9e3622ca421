/* Both tokenizers agree; every word has two characters at least, fits its room, and, from valid
 * text, is valid and its own and only word. */
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "text/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_word(struct at_str word, char *again)
{
    struct at_words words;
    size_t first;
    const unsigned char *p = (const unsigned char *)word.ptr;
    at_utf8_decode(p, p + word.len, &first);
    if (at_str_utf8_prefix(word) != word.len || first >= word.len)
        abort();
    at_words_begin(&words, word);
    if (at_words_next(&words, again) != word.len || memcmp(again, word.ptr, word.len) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct at_str text = {(const char *)data, size};
    char *fast = malloc(at_words_room(size)), *plain = malloc(at_words_room(size));
    char *again = malloc(at_words_room(at_words_room(size)));
    struct at_words a, b;
    at_words_begin(&a, text);
    at_words_begin(&b, text);
    for (;;) {
        const size_t n = at_words_next(&a, fast);
        if (n != at_words_next_plain(&b, plain) || n > at_words_room(size) ||
            memcmp(fast, plain, n) != 0)
            abort();
        if (n == 0)
            break;
        check_word((struct at_str){fast, n}, again);
    }
    free(fast);
    free(plain);
    free(again);
    return 0;
}
