#include "feature/ngram/ngram_choose.h"

#include <stdlib.h>

#include "base/alloc.h"

static uint64_t choose_first_bytes(struct at_str text)
{
    uint64_t first = 0;
    for (size_t i = 0; i < 8; i++)
        first = first << 8 | (i < text.len ? (unsigned char)text.ptr[i] : 0);
    return first;
}

attune_status ngram_candidate_add(struct ngram_candidates *c, struct ngram_candidate candidate,
                                  attune_error *err)
{
    if (c->n == c->cap) {
        const size_t cap = c->cap ? 2 * c->cap : 1024;
        struct ngram_candidate *items = at_realloc(c->items, cap, sizeof *items);
        if (!items)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: choosing from %zu terms", cap);
        c->items = items;
        c->cap = cap;
    }
    candidate.first = choose_first_bytes(candidate.text);
    c->items[c->n++] = candidate;
    return ATTUNE_OK;
}

void ngram_candidates_release(struct ngram_candidates *c)
{
    at_free(c->items);
    at_arena_release(&c->texts);
    *c = (struct ngram_candidates){0};
}

static int choose_compare(const void *a, const void *b)
{
    const struct ngram_candidate *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return at_str_compare(x->text, y->text);
}

static int choose_compare_fans(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x < y) - (x > y);
}

/* The smallest number of fans among the `keep` largest, and how many terms have exactly that many
 * and still find a place. */
static attune_status choose_cut(uint32_t *out_cut, size_t *out_tied,
                                const struct ngram_candidates *words,
                                const struct ngram_candidates *chars, size_t keep,
                                attune_error *err)
{
    const size_t n = words->n + chars->n;
    uint32_t *fans = AT_ALLOC_RAW(uint32_t, n);
    if (!fans)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: choosing from %zu terms", n);
    for (size_t i = 0; i < n; i++)
        fans[i] = i < words->n ? words->items[i].fans : chars->items[i - words->n].fans;
    qsort(fans, n, sizeof *fans, choose_compare_fans);
    *out_cut = fans[keep - 1];
    *out_tied = 0;
    for (size_t i = keep; i > 0 && fans[i - 1] == *out_cut; i--)
        ++*out_tied;
    at_free(fans);
    return ATTUNE_OK;
}

static void choose_drop(struct ngram_candidates *c, uint32_t cut, size_t *tied)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->items[i].fans < cut || (c->items[i].fans == cut && *tied == 0))
            continue;
        *tied -= c->items[i].fans == cut;
        c->items[n++] = c->items[i];
    }
    c->n = n;
}

static attune_status choose_fill(struct at_vocabulary *out, uint32_t *df, uint32_t first_col,
                                 const struct ngram_candidates *c, attune_error *err)
{
    if (c->n == 0)
        return ATTUNE_OK;
    struct at_str *terms = AT_ALLOC_RAW(struct at_str, c->n);
    if (!terms)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: vocabulary of %zu terms", c->n);
    for (size_t i = 0; i < c->n; i++) {
        terms[i] = c->items[i].text;
        df[i] = c->items[i].df;
        *c->items[i].col = first_col + (uint32_t)i;
    }
    const attune_status status = at_vocabulary_make_list(out, terms, c->n, err);
    at_free(terms);
    return status;
}

attune_status ngram_choose(struct ngram *f, struct ngram_candidates *words,
                           struct ngram_candidates *chars, size_t max_features, attune_error *err)
{
    struct ngram_candidates *const parts[] = {words, chars};
    for (int i = 0; i < 2; i++)
        if (parts[i]->n > 1)
            qsort(parts[i]->items, parts[i]->n, sizeof *parts[i]->items, choose_compare);
    if (max_features && max_features < words->n + chars->n) {
        uint32_t cut;
        size_t tied;
        AT_TRY(choose_cut(&cut, &tied, words, chars, max_features, err));
        choose_drop(words, cut, &tied);
        choose_drop(chars, cut, &tied);
    }
    const size_t n = words->n + chars->n;
    if (n > AT_TERMS_MAX)
        return at_fail(err, ATTUNE_LIMIT, "more than 2^31 terms; set max_features");
    f->own_df = AT_ALLOC_RAW(uint32_t, n);
    if (!f->own_df)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu terms", n);
    AT_TRY(choose_fill(&f->words, f->own_df, 0, words, err));
    AT_TRY(choose_fill(&f->chars, f->own_df + words->n, (uint32_t)words->n, chars, err));
    f->df = f->own_df;
    f->n_words = words->n;
    f->base.n_cols = n;
    return ATTUNE_OK;
}
