/* Exact copies are found by a hash of the whole text and joined first, so that a thousand copies
 * cost one. Of the rest each gets a sketch of 128 numbers; 32 bands of 4 numbers are compared by
 * sorting. Two profiles that agree in a band are candidates: their sketches are compared, and if
 * those look alike, their sets. With similarity s a pair shares a band with probability 1 - (1 -
 * s^4)^32, which is 1 - 5e-8 at s = 0.8.
 *
 * Rows that agree in a band are ordered by their next band, which puts the more similar ones side
 * by side where a bucket is crowded. */
#include "data/near_duplicate.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/job.h"
#include "data/minhash.h"
#include "data/similarity.h"

enum {
    BAND_VALUES = 4,
    BANDS = AT_SKETCH_VALUES / BAND_VALUES,
    BUCKET_DEPTH = 64,
    MAX_FAILED = 16,    /* verifications in vain of one profile */
    LOOKS_ALIKE = 76,   /* equal values that make a pair worth verifying: 0.8 * 128 - 6 sigma */
    SURELY_ALIKE = 102, /* 0.8 * 128: the verdict where verifying has become too dear */
    TRIED_SLOTS = 1 << 16
};

struct duplicate_row {
    uint64_t band, next_band;
    uint32_t doc, row;
};

struct duplicate_list { /* the profiles that have a sketch of one form */
    struct at_sketch *sketches;
    uint32_t *docs;
    size_t n, cap;
};

struct duplicate_search {
    const struct at_dataset *dataset;
    uint32_t *parent;
    struct duplicate_list lists[AT_SKETCH_FORMS];
    struct at_similarity similarity;
    uint8_t *n_failed; /* [dataset->n] */
    uint64_t *tried;   /* [TRIED_SLOTS] pairs found to be different; a slot keeps the last one */
};

uint32_t at_union_find(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

void at_union_join(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = at_union_find(parent, a);
    b = at_union_find(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

/* ---- exact copies ---- */

struct duplicate_text {
    uint64_t hash;
    uint32_t doc;
};

static int duplicate_compare_texts(const void *a, const void *b)
{
    const struct duplicate_text *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->doc > y->doc) - (x->doc < y->doc);
}

/* Index of the next message of the fan from `i` on. */
static size_t duplicate_fan_message(const struct at_profile *p, size_t i)
{
    while (i < p->n_messages && p->messages[i].from != AT_FROM_FAN)
        i++;
    return i;
}

static uint64_t duplicate_text_hash(const struct at_profile *p)
{
    uint64_t hash = 0;
    for (size_t i = 0; (i = duplicate_fan_message(p, i)) < p->n_messages; i++)
        hash = at_hash64(p->messages[i].text.ptr, p->messages[i].text.len, hash);
    return hash;
}

static bool duplicate_same_text(const struct at_profile *a, const struct at_profile *b)
{
    size_t i = 0, j = 0;
    for (;; i++, j++) {
        i = duplicate_fan_message(a, i);
        j = duplicate_fan_message(b, j);
        if (i == a->n_messages || j == b->n_messages)
            return i == a->n_messages && j == b->n_messages;
        if (!at_str_equal(a->messages[i].text, b->messages[j].text))
            return false;
    }
}

static bool duplicate_has_text(const struct at_profile *p)
{
    for (size_t i = 0; (i = duplicate_fan_message(p, i)) < p->n_messages; i++)
        if (p->messages[i].text.len)
            return true;
    return false;
}

/* skip[i] = 1 for a copy of an earlier profile, and for a profile without a word: it is like no
 * other. */
static attune_status duplicate_join_copies(const struct at_dataset *dataset, uint32_t *parent,
                                           uint8_t *skip, attune_error *err)
{
    struct duplicate_text *texts = AT_ALLOC_RAW(struct duplicate_text, dataset->n);
    if (!texts)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", dataset->n);
    size_t n = 0;
    for (size_t i = 0; i < dataset->n; i++) {
        skip[i] = !duplicate_has_text(&dataset->profiles[i]);
        if (!skip[i])
            texts[n++] =
                (struct duplicate_text){duplicate_text_hash(&dataset->profiles[i]), (uint32_t)i};
    }
    qsort(texts, n, sizeof *texts, duplicate_compare_texts);
    for (size_t i = 1, first = 0; i < n; i++) {
        const uint32_t a = texts[first].doc, b = texts[i].doc;
        if (texts[i].hash != texts[first].hash ||
            !duplicate_same_text(&dataset->profiles[a], &dataset->profiles[b])) {
            first = i;
            continue;
        }
        at_union_join(parent, a, b);
        skip[b] = 1;
    }
    at_free(texts);
    return ATTUNE_OK;
}

/* ---- sketches ---- */

static attune_status duplicate_list_add(struct duplicate_list *list, const struct at_sketch *sketch,
                                        uint32_t doc, attune_error *err)
{
    if (list->n == list->cap) {
        const size_t cap = list->cap ? list->cap + list->cap / 2 : 64;
        struct at_sketch *sketches = at_realloc(list->sketches, cap, sizeof *sketches);
        if (sketches)
            list->sketches = sketches;
        uint32_t *docs = sketches ? at_realloc(list->docs, cap, sizeof *docs) : NULL;
        if (!docs)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu sketches", cap);
        list->docs = docs;
        list->cap = cap;
    }
    list->sketches[list->n] = *sketch;
    list->docs[list->n++] = doc;
    return ATTUNE_OK;
}

static attune_status duplicate_sketch_all(struct duplicate_search *search, const uint8_t *skip,
                                          const attune_job *job, attune_error *err)
{
    const struct at_dataset *dataset = search->dataset;
    for (size_t i = 0; i < dataset->n; i++) {
        struct at_sketch sketch[AT_SKETCH_FORMS];
        bool has[AT_SKETCH_FORMS];
        if (i % 64 == 0) {
            AT_TRY(at_job_check(job, err));
            at_job_progress(job, "near-duplicates", i, dataset->n);
        }
        if (skip[i])
            continue;
        at_sketch_make(sketch, has, &dataset->profiles[i]);
        for (size_t form = 0; form < AT_SKETCH_FORMS; form++)
            if (has[form])
                AT_TRY(duplicate_list_add(&search->lists[form], &sketch[form], (uint32_t)i, err));
    }
    return ATTUNE_OK;
}

/* ---- candidates ---- */

static uint64_t duplicate_band(const struct at_sketch *sketch, size_t band)
{
    uint64_t key;
    memcpy(&key, &sketch->value[band % BANDS * BAND_VALUES], sizeof key);
    return key;
}

static int duplicate_compare_rows(const void *a, const void *b)
{
    const struct duplicate_row *x = a, *y = b;
    if (x->band != y->band)
        return x->band < y->band ? -1 : 1;
    if (x->next_band != y->next_band)
        return x->next_band < y->next_band ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static attune_status duplicate_verify(struct duplicate_search *search, uint32_t a, uint32_t b,
                                      unsigned equal, attune_error *err)
{
    const struct at_profile *profiles = search->dataset->profiles;
    const uint64_t pair = (uint64_t)a << 32 | b;
    uint64_t *tried = &search->tried[at_mix64(pair) % TRIED_SLOTS];
    double jaccard;
    if (*tried == pair)
        return ATTUNE_OK;
    if (search->n_failed[a] >= MAX_FAILED || search->n_failed[b] >= MAX_FAILED) {
        if (equal >= SURELY_ALIKE)
            at_union_join(search->parent, a, b);
        return ATTUNE_OK;
    }
    AT_TRY(at_similarity_jaccard(&search->similarity, &profiles[a], &profiles[b], &jaccard, err));
    if (jaccard >= 0.8) {
        at_union_join(search->parent, a, b);
        return ATTUNE_OK;
    }
    *tried = pair;
    search->n_failed[a]++;
    search->n_failed[b]++;
    return ATTUNE_OK;
}

/* rows[0..i] share a band; looks for alikes of rows[i] among those just before it. */
static attune_status duplicate_search_back(struct duplicate_search *search,
                                           const struct duplicate_list *list,
                                           const struct duplicate_row *rows, size_t i,
                                           attune_error *err)
{
    const struct at_sketch *mine = &list->sketches[rows[i].row];
    for (size_t j = i; j-- > 0 && i - j <= BUCKET_DEPTH;) {
        if (at_union_find(search->parent, rows[i].doc) ==
            at_union_find(search->parent, rows[j].doc))
            continue;
        const unsigned equal = at_sketch_equal(mine, &list->sketches[rows[j].row]);
        if (equal >= LOOKS_ALIKE)
            AT_TRY(duplicate_verify(search, rows[i].doc, rows[j].doc, equal, err));
    }
    return ATTUNE_OK;
}

static attune_status duplicate_search_band(struct duplicate_search *search,
                                           const struct duplicate_list *list, size_t band,
                                           struct duplicate_row *rows, const attune_job *job,
                                           attune_error *err)
{
    for (size_t r = 0; r < list->n; r++)
        rows[r] = (struct duplicate_row){duplicate_band(&list->sketches[r], band),
                                         duplicate_band(&list->sketches[r], band + 1),
                                         list->docs[r], (uint32_t)r};
    qsort(rows, list->n, sizeof *rows, duplicate_compare_rows);
    for (size_t r = 0, start = 0; r < list->n; r++) {
        if (rows[r].band != rows[start].band)
            start = r;
        if (r % 1024 == 0)
            AT_TRY(at_job_check(job, err));
        AT_TRY(duplicate_search_back(search, list, rows + start, r - start, err));
    }
    return ATTUNE_OK;
}

static attune_status duplicate_search_form(struct duplicate_search *search,
                                           const struct duplicate_list *list, const attune_job *job,
                                           attune_error *err)
{
    struct duplicate_row *rows = AT_ALLOC_RAW(struct duplicate_row, list->n);
    attune_status status = ATTUNE_OK;
    if (!rows)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu rows", list->n);
    for (size_t band = 0; band < BANDS && status == ATTUNE_OK; band++)
        status = duplicate_search_band(search, list, band, rows, job, err);
    at_free(rows);
    return status;
}

attune_status at_near_duplicates(const struct at_dataset *dataset, uint32_t *parent,
                                 const attune_job *job, attune_error *err)
{
    struct duplicate_search search = {.dataset = dataset, .parent = parent};
    uint8_t *skip = AT_ALLOC(uint8_t, dataset->n);
    search.n_failed = AT_ALLOC(uint8_t, dataset->n);
    search.tried = AT_ALLOC(uint64_t, TRIED_SLOTS);
    attune_status status = ATTUNE_OK;
    if (!skip || !search.n_failed || !search.tried)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", dataset->n);
    if (status == ATTUNE_OK)
        status = duplicate_join_copies(dataset, parent, skip, err);
    if (status == ATTUNE_OK)
        status = duplicate_sketch_all(&search, skip, job, err);
    for (size_t form = 0; form < AT_SKETCH_FORMS && status == ATTUNE_OK; form++)
        status = duplicate_search_form(&search, &search.lists[form], job, err);
    for (size_t form = 0; form < AT_SKETCH_FORMS; form++) {
        at_free(search.lists[form].sketches);
        at_free(search.lists[form].docs);
    }
    at_similarity_release(&search.similarity);
    at_free(search.n_failed);
    at_free(search.tried);
    at_free(skip);
    return status;
}
