/* Any bytes: words fit their room, features lie in the table, answers are well-formed. */
#include <stdlib.h>

#include "text/language.h"
#include "text/language_table.h"
#include "text/language_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(struct at_str text)
{
    struct at_language_words words;
    struct at_language_word word;
    at_language_words_begin(&words, text);
    while (at_language_words_next(&words, &word)) {
        uint32_t rows[AT_LANGUAGE_FEATURES_MAX];
        if (!word.n_letters || word.n_letters > AT_LANGUAGE_WORD_MAX ||
            word.script >= AT_SCRIPT_NONE)
            abort();
        const size_t n = at_language_features(&word, 1000, rows);
        if (n > AT_LANGUAGE_FEATURES_MAX)
            abort();
        for (size_t i = 0; i < n; i++)
            if (rows[i] >= 1000)
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct at_str text = {(const char *)data, size};
    struct at_language l;
    check_words(text);
    at_language_identify(&text, 1, &l);
    if (!(l.confidence >= 0 && l.confidence <= 1) || !l.tag || !l.best || !l.runner_up)
        abort();
    return 0;
}
