#include "text/stopwords.h"

#include <string.h>

/* Written by attune_embed from the lists. */
extern const unsigned char at_stopwords_english_txt[], at_stopwords_french_txt[];
extern const size_t at_stopwords_english_txt_size, at_stopwords_french_txt_size;

const char *const at_stopwords_choices[] = {"none", "english", "french", "english+french", NULL};

/* One word a line; lines that start with '#' say where the list is from. */
static attune_status stopwords_read(struct at_map *set, const unsigned char *list, size_t size,
                                    attune_error *err)
{
    const char *p = (const char *)list, *const end = p + size;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;
        uint32_t index;
        if (stop > p && *p != '#')
            AT_TRY(at_map_add(set, (struct at_str){p, (size_t)(stop - p)}, &index, NULL, err));
        p = stop + 1;
    }
    return ATTUNE_OK;
}

attune_status at_stopwords_add(struct at_map *set, enum at_stopwords which, attune_error *err)
{
    if (which == AT_STOPWORDS_ENGLISH || which == AT_STOPWORDS_ENGLISH_FRENCH)
        AT_TRY(stopwords_read(set, at_stopwords_english_txt, at_stopwords_english_txt_size, err));
    if (which == AT_STOPWORDS_FRENCH || which == AT_STOPWORDS_ENGLISH_FRENCH)
        AT_TRY(stopwords_read(set, at_stopwords_french_txt, at_stopwords_french_txt_size, err));
    return ATTUNE_OK;
}
