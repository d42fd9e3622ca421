#include "feature/ngram/ngram_pieces.h"

#include "base/alloc.h"
#include "base/job.h"

enum { PIECES_CHECK = 4096 }; /* stretches between two looks at the job */

static attune_status pieces_grow_list(struct ngram_pieces *p, size_t n, attune_error *err)
{
    if (n <= p->cap_list)
        return ATTUNE_OK;
    const size_t cap = 2 * p->cap_list + n;
    uint32_t *list = at_realloc(p->list, cap, sizeof *list);
    if (!list)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: pieces of words");
    p->list = list;
    p->cap_list = cap;
    return ATTUNE_OK;
}

static attune_status pieces_insert(struct ngram_pieces *p, size_t slot, uint64_t key,
                                   struct ngram_piece piece, uint32_t *out_id, attune_error *err)
{
    if (p->n == p->cap) {
        const size_t cap = p->cap ? 2 * p->cap : 1024;
        struct ngram_piece *items = at_realloc(p->items, cap, sizeof *items);
        if (!items)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu pieces of words", cap);
        p->items = items;
        p->cap = cap;
    }
    p->keys.slots[slot] = (struct ngram_key_slot){key, (uint32_t)p->n};
    p->items[p->n] = piece;
    *out_id = (uint32_t)p->n++;
    return ATTUNE_OK;
}

/* `gram` lies in the text of the stretch `piece.stretch`, behind which 8 bytes can be read. */
static attune_status pieces_find(struct ngram_pieces *p, const struct ngram_corpus *c,
                                 struct at_str gram, struct ngram_piece piece, uint32_t *out_id,
                                 attune_error *err)
{
    const uint64_t key = ngram_key_of(gram);
    AT_TRY(ngram_keys_reserve(&p->keys, p->n + 1, err));
    size_t i = ngram_keys_home(&p->keys, key);
    for (; p->keys.slots[i].key; i = (i + 1) & p->keys.mask) {
        if (p->keys.slots[i].key != key)
            continue;
        const uint32_t id = p->keys.slots[i].id;
        if (ngram_key_is_text(key) || at_str_equal(ngram_pieces_text(p, c, id), gram)) {
            *out_id = id;
            return ATTUNE_OK;
        }
    }
    return pieces_insert(p, i, key, piece, out_id, err);
}

static attune_status pieces_cut(struct ngram_pieces *p, struct ngram_corpus *c, attune_error *err)
{
    const struct at_term_counts *stretches = corpus_stretches(c);
    p->start = AT_ALLOC_RAW(uint64_t, stretches->n + 1);
    if (!p->start)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu words", stretches->n);
    size_t n = 0;
    for (size_t s = 0; s < stretches->n; s++) {
        const struct at_str own = at_term_counts_term(stretches, s);
        char text[NGRAM_STRETCH_BYTES + 2 * NGRAM_SLACK]; /* the last one has nothing behind it */
        struct ngram_grams g;
        memcpy(text, own.ptr, own.len);
        ngram_grams_begin(&g, (struct at_str){text, own.len}, c->params->char_min,
                          c->params->char_max);
        p->start[s] = n;
        AT_TRY(pieces_grow_list(p, n + (size_t)NGRAM_CHARS_MAX * g.n_chars, err));
        for (struct at_str gram; ngram_grams_next(&g, &gram); n++)
            AT_TRY(pieces_find(
                p, c, gram,
                (struct ngram_piece){(uint32_t)s, (uint16_t)(gram.ptr - text), (uint16_t)gram.len},
                &p->list[n], err));
        if (p->n > AT_TERMS_MAX)
            return at_fail(err, ATTUNE_LIMIT, "more than 2^31 different pieces of words");
        if (s % PIECES_CHECK == 0)
            AT_TRY(at_job_check(c->in->job, err));
    }
    p->start[stretches->n] = n;
    return ATTUNE_OK;
}

static void pieces_count_task(struct ngram_corpus *c, size_t task, size_t worker)
{
    struct ngram_pieces *p = c->context;
    struct ngram_seen *seen = p->seen + worker * p->n;
    uint32_t *last_doc = p->last_doc + worker * corpus_stretches(c)->n;
    for (size_t i = c->task[task]; i < c->task[task + 1]; i++) {
        size_t n;
        const uint32_t *notes = corpus_stretch_notes(c, c->order.profile[i], &n);
        for (size_t k = 0; k < n; k++) {
            const uint32_t s = notes[k];
            if (last_doc[s] == (uint32_t)i + 1)
                continue;
            last_doc[s] = (uint32_t)i + 1;
            for (uint64_t j = p->start[s]; j < p->start[s + 1]; j++)
                ngram_see(&seen[p->list[j]], i, c->order.fan[i]);
        }
    }
}

attune_status ngram_pieces_make(struct ngram_pieces *p, struct ngram_corpus *c, attune_error *err)
{
    if (!c->params->char_max)
        return ATTUNE_OK;
    AT_TRY(pieces_cut(p, c, err));
    ngram_keys_release(&p->keys);
    p->seen = AT_ALLOC(struct ngram_seen, c->n_workers * p->n);
    p->last_doc = AT_ALLOC(uint32_t, c->n_workers * corpus_stretches(c)->n);
    if (!p->seen || !p->last_doc)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: counting %zu pieces of words", p->n);
    c->context = p;
    AT_TRY(corpus_pass(c, c->n_tasks, "characters", pieces_count_task, NULL, err));
    for (size_t k = 1; k < c->n_workers; k++)
        for (size_t i = 0; i < p->n; i++) {
            p->seen[i].df += p->seen[k * p->n + i].df;
            p->seen[i].fans += p->seen[k * p->n + i].fans;
        }
    return ATTUNE_OK;
}

void ngram_pieces_release(struct ngram_pieces *p)
{
    at_free(p->items);
    at_free(p->list);
    at_free(p->start);
    at_free(p->seen);
    at_free(p->last_doc);
    ngram_keys_release(&p->keys);
    *p = (struct ngram_pieces){0};
}
