#include "feature/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

/* At most half full, so that a term that is not there is known after about one step. */
static attune_status vocabulary_build_slots(struct at_vocabulary *v, attune_error *err)
{
    size_t n_slots = 16;
    while (n_slots < 2 * v->n)
        n_slots *= 2;
    v->slots = AT_ALLOC(uint64_t, n_slots);
    if (!v->slots)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: look-up of %zu terms", v->n);
    v->mask = n_slots - 1;
    for (size_t k = 0; k < v->n; k++) {
        const uint32_t hash = at_term_of(at_vocabulary_term(v, k)).hash;
        size_t i = hash & v->mask;
        while (v->slots[i])
            i = (i + 1) & v->mask;
        v->slots[i] = (uint64_t)hash << 32 | (k + 1);
    }
    return ATTUNE_OK;
}

static attune_status vocabulary_copy(struct at_vocabulary *v, const struct at_str *terms, size_t n,
                                     attune_error *err)
{
    size_t n_bytes = 0;
    for (size_t i = 0; i < n && n_bytes <= AT_TERM_BYTES; i++)
        n_bytes += terms[i].len;
    if (n > AT_TERMS_MAX || n_bytes > AT_TERM_BYTES)
        return at_fail(err, ATTUNE_LIMIT,
                       "a vocabulary holds up to 4 GiB of terms; set max_features or raise min_df");
    v->own_terms = AT_ALLOC_RAW(char, n_bytes);
    v->own_start = AT_ALLOC_RAW(uint32_t, n + 1);
    if (!v->own_terms || !v->own_start)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: vocabulary of %zu terms", n);
    uint32_t at = 0;
    for (size_t i = 0; i < n; i++) {
        v->own_start[i] = at;
        memcpy(v->own_terms + at, terms[i].ptr, terms[i].len);
        at += (uint32_t)terms[i].len;
    }
    v->own_start[n] = at;
    v->terms = v->own_terms;
    v->start = v->own_start;
    v->n = n;
    return ATTUNE_OK;
}

attune_status at_vocabulary_make_list(struct at_vocabulary *out, const struct at_str *terms,
                                      size_t n, attune_error *err)
{
    struct at_vocabulary v = {0};
    const attune_status status = vocabulary_copy(&v, terms, n, err);
    if (status == ATTUNE_OK)
        *out = v;
    else
        at_vocabulary_release(&v);
    return status;
}

attune_status at_vocabulary_make(struct at_vocabulary *out, const struct at_str *terms, size_t n,
                                 attune_error *err)
{
    struct at_vocabulary v;
    AT_TRY(at_vocabulary_make_list(&v, terms, n, err));
    const attune_status status = vocabulary_build_slots(&v, err);
    if (status == ATTUNE_OK)
        *out = v;
    else
        at_vocabulary_release(&v);
    return status;
}

/* "NAME.start"; the names of this layer are short. */
static const char *vocabulary_start_name(char out[48], const char *name)
{
    snprintf(out, 48, "%.40s.start", name);
    return out;
}

attune_status at_vocabulary_save(const struct at_vocabulary *v, const char *name,
                                 attune_writer *writer, attune_error *err)
{
    char start_name[48];
    AT_TRY(attune_writer_put(writer, name, v->terms, v->start[v->n], err));
    return attune_writer_put(writer, vocabulary_start_name(start_name, name), v->start,
                             (v->n + 1) * sizeof *v->start, err);
}

static attune_status vocabulary_check(const struct at_vocabulary *v, size_t n_bytes,
                                      const char *name, attune_error *err)
{
    bool ok = v->n <= AT_TERMS_MAX && v->start[0] == 0 && v->start[v->n] == n_bytes;
    for (size_t i = 0; ok && i < v->n; i++)
        ok = v->start[i] < v->start[i + 1] && v->start[i + 1] <= n_bytes;
    for (size_t i = 0; ok && i < v->n; i++)
        ok = at_str_utf8_prefix(at_vocabulary_term(v, i)) == at_vocabulary_term(v, i).len &&
             (i == 0 || at_str_compare(at_vocabulary_term(v, i - 1), at_vocabulary_term(v, i)) < 0);
    return ok ? ATTUNE_OK
              : at_fail(err, ATTUNE_CORRUPT,
                        "the model file is damaged: its list '%s' is not a vocabulary", name);
}

attune_status at_vocabulary_load_list(struct at_vocabulary *out, const char *name,
                                      const attune_reader *reader, attune_error *err)
{
    struct at_vocabulary v = {0};
    const void *terms, *start;
    size_t n_bytes, n_starts;
    char start_name[48];
    AT_TRY(attune_reader_get(reader, name, 1, &terms, &n_bytes, err));
    AT_TRY(attune_reader_get(reader, vocabulary_start_name(start_name, name), sizeof *v.start,
                             &start, &n_starts, err));
    if (n_starts == 0)
        return at_fail(err, ATTUNE_CORRUPT, "the model file is damaged: '%s' is empty", start_name);
    v.terms = terms;
    v.start = start;
    v.n = n_starts - 1;
    AT_TRY(vocabulary_check(&v, n_bytes, name, err));
    *out = v;
    return ATTUNE_OK;
}

attune_status at_vocabulary_load(struct at_vocabulary *out, const char *name,
                                 const attune_reader *reader, attune_error *err)
{
    struct at_vocabulary v;
    AT_TRY(at_vocabulary_load_list(&v, name, reader, err));
    AT_TRY(vocabulary_build_slots(&v, err));
    *out = v;
    return ATTUNE_OK;
}

void at_vocabulary_release(struct at_vocabulary *v)
{
    at_free(v->slots);
    at_free(v->own_terms);
    at_free(v->own_start);
    *v = (struct at_vocabulary){0};
}

static int terms_compare(const void *a, const void *b)
{
    return at_str_compare(*(const struct at_str *)a, *(const struct at_str *)b);
}

void at_terms_sort(struct at_str *terms, size_t n)
{
    if (n > 1)
        qsort(terms, n, sizeof *terms, terms_compare);
}
