/* Which of all counted terms become columns. Limits on the document frequency come first; among
 * what is left the max_features most frequent terms stay; those are then put in code point order.
 * Only the terms that tie at the cut have to be compared as texts, unless NumPy's sort is to be
 * repeated: that one depends on the place of every term, so all of them are sorted. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "feature/tfidf/numpy_argsort.h"
#include "feature/tfidf/tfidf.h"

/* A limit with a '.' is a fraction of the documents, one without is a number of documents. */
static attune_status select_read_limit(double *out, const char *name, const char *text,
                                       size_t n_docs, attune_error *err)
{
    const struct at_str s = at_str_from(text);
    double fraction;
    uint64_t count;
    if (text && !strchr(text, '.') && at_parse_u64(s, &count)) {
        *out = (double)count;
        return ATTUNE_OK;
    }
    if (text && strchr(text, '.') && at_parse_f64(s, &fraction) && fraction >= 0 && fraction <= 1) {
        *out = fraction * (double)n_docs;
        return ATTUNE_OK;
    }
    return at_fail(err, ATTUNE_INVALID,
                   "%s: '%.40s' is not allowed; expected a number of profiles such as 2, or with a "
                   "point a fraction of them, 0.0 to 1.0",
                   name, text ? text : "");
}

attune_status tfidf_select_read(struct tfidf_select *out, const struct tfidf_options *options,
                                size_t n_docs, attune_error *err)
{
    struct tfidf_select s = {.max_features = (size_t)options->max_features,
                             .ties = (enum tfidf_ties)options->ties};
    AT_TRY(select_read_limit(&s.min_df, "min_df", options->min_df, n_docs, err));
    AT_TRY(select_read_limit(&s.max_df, "max_df", options->max_df, n_docs, err));
    if (s.max_df < s.min_df)
        return at_fail(err, ATTUNE_INVALID,
                       "max_df=%s allows fewer of the %zu profiles than min_df=%s asks for; lower "
                       "min_df or raise max_df",
                       options->max_df, n_docs, options->min_df);
    *out = s;
    return ATTUNE_OK;
}

/* One term to be sorted: its first 8 bytes as a number decide nearly always. */
struct select_item {
    uint64_t first;
    struct at_str term;
    uint32_t id;
};

static uint64_t select_first_bytes(struct at_str term)
{
    uint64_t first = 0;
    for (size_t i = 0; i < 8 && i < term.len; i++)
        first |= (uint64_t)(unsigned char)term.ptr[i] << (56 - 8 * i);
    return first;
}

static int select_compare(const void *a, const void *b)
{
    const struct select_item *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return at_str_compare(x->term, y->term);
}

/* Puts term numbers in the order of their terms. */
static attune_status select_sort(uint32_t *ids, size_t n, const struct at_term_counts *counts,
                                 attune_error *err)
{
    struct select_item *items = AT_ALLOC_RAW(struct select_item, n);
    if (!items)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: sorting %zu terms", n);
    for (size_t i = 0; i < n; i++) {
        const struct at_str term = at_term_counts_term(counts, ids[i]);
        items[i] = (struct select_item){select_first_bytes(term), term, ids[i]};
    }
    if (n > 1)
        qsort(items, n, sizeof *items, select_compare);
    for (size_t i = 0; i < n; i++)
        ids[i] = items[i].id;
    at_free(items);
    return ATTUNE_OK;
}

static int select_compare_tf(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

static attune_status select_frequencies(uint64_t **out, const uint32_t *ids, size_t n,
                                        const struct at_term_counts *counts, attune_error *err)
{
    uint64_t *tf = AT_ALLOC_RAW(uint64_t, n);
    if (!tf)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: frequencies of %zu terms", n);
    for (size_t i = 0; i < n; i++)
        tf[i] = counts->items[ids[i]].tf;
    *out = tf;
    return ATTUNE_OK;
}

/* The `keep` most frequent first, equal ones in code point order. */
static attune_status select_cut_lexicographic(uint32_t *ids, size_t n, size_t keep,
                                              const struct at_term_counts *counts,
                                              attune_error *err)
{
    uint64_t *tf;
    AT_TRY(select_frequencies(&tf, ids, n, counts, err));
    qsort(tf, n, sizeof *tf, select_compare_tf);
    const uint64_t cut = tf[keep - 1];
    at_free(tf);
    uint32_t *tied = AT_ALLOC_RAW(uint32_t, n);
    if (!tied)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: choosing from %zu terms", n);
    size_t n_above = 0, n_tied = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t have = counts->items[ids[i]].tf;
        if (have == cut)
            tied[n_tied++] = ids[i];
        else if (have > cut)
            ids[n_above++] = ids[i];
    }
    const attune_status status = select_sort(tied, n_tied, counts, err);
    if (status == ATTUNE_OK)
        memcpy(ids + n_above, tied, (keep - n_above) * sizeof *ids);
    at_free(tied);
    return status;
}

/* The first `keep` of (-tf).argsort() over the sorted terms. */
static attune_status select_cut_numpy(uint32_t *ids, size_t n, size_t keep,
                                      const struct at_term_counts *counts, attune_error *err)
{
    AT_TRY(select_sort(ids, n, counts, err));
    uint64_t *tf = NULL;
    AT_TRY(select_frequencies(&tf, ids, n, counts, err));
    uint32_t *order = AT_ALLOC_RAW(uint32_t, n);
    attune_status status = ATTUNE_OK;
    if (order) {
        at_numpy_argsort(order, tf, n);
        for (size_t i = 0; i < keep; i++)
            order[i] = ids[order[i]];
        memcpy(ids, order, keep * sizeof *ids);
    } else {
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: choosing from %zu terms", n);
    }
    at_free(tf);
    at_free(order);
    return status;
}

attune_status tfidf_select_terms(uint32_t **out_ids, size_t *out_n, const struct tfidf_select *how,
                                 const struct at_term_counts *counts, attune_error *err)
{
    uint32_t *ids = AT_ALLOC_RAW(uint32_t, counts->n);
    if (!ids)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: choosing from %zu terms", counts->n);
    size_t n = 0;
    for (size_t i = 0; i < counts->n; i++) {
        const uint32_t df = counts->items[i].df, fans = how->fans ? how->fans[i] : df;
        if (df >= how->min_df && df <= how->max_df && fans >= how->min_fans)
            ids[n++] = (uint32_t)i;
    }
    attune_status status = ATTUNE_OK;
    if (n == 0)
        status =
            at_fail(err, ATTUNE_NOT_ENOUGH,
                    "no term is left of %zu: each has fewer than %u fans (min_fans), is in fewer "
                    "profiles than min_df or in more than max_df; give more fans, lower min_df "
                    "or raise max_df",
                    counts->n, (unsigned)how->min_fans);
    const size_t keep = how->max_features && how->max_features < n ? how->max_features : n;
    if (status == ATTUNE_OK && keep < n)
        status = how->ties == TFIDF_TIES_NUMPY_SCALAR
                     ? select_cut_numpy(ids, n, keep, counts, err)
                     : select_cut_lexicographic(ids, n, keep, counts, err);
    if (status == ATTUNE_OK)
        status = select_sort(ids, keep, counts, err);
    if (status != ATTUNE_OK) {
        at_free(ids);
        return status;
    }
    *out_ids = ids;
    *out_n = keep;
    return ATTUNE_OK;
}
