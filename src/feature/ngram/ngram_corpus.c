/* Each worker numbers tokens and stretches on its own while it reads; the numbers are put together
 * afterwards and the lists rewritten. Which worker read what changes the numbers, but no count. */
#include "feature/ngram/ngram_corpus.h"

#include "base/alloc.h"
#include "base/job.h"
#include "base/pool.h"

struct corpus_pass {
    struct ngram_corpus *c;
    void (*task)(struct ngram_corpus *c, size_t i, size_t worker);
};

static void corpus_run_task(void *context, size_t i, size_t worker)
{
    const struct corpus_pass *pass = context;
    struct corpus_worker *w = &pass->c->workers[worker];
    if (w->status == ATTUNE_OK)
        pass->task(pass->c, pass->c->first + i, worker);
    if (w->status == ATTUNE_OK)
        w->status = at_job_check(pass->c->in->job, &w->err);
}

attune_status corpus_pass(struct ngram_corpus *c, size_t n_tasks, const char *stage,
                          void (*task)(struct ngram_corpus *c, size_t i, size_t worker),
                          attune_status (*done)(struct ngram_corpus *c, size_t first, size_t n,
                                                attune_error *err),
                          attune_error *err)
{
    const size_t wave = c->n_workers * CORPUS_WAVE;
    struct corpus_pass pass = {c, task};
    for (c->first = 0; c->first < n_tasks; c->first += wave) {
        const size_t left = n_tasks - c->first, n = left < wave ? left : wave;
        attune_parallel_for(c->in->pool, n, corpus_run_task, &pass);
        for (size_t k = 0; k < c->n_workers; k++)
            if (c->workers[k].status != ATTUNE_OK)
                return at_fail(err, c->workers[k].status, "%s", c->workers[k].err.message);
        if (done)
            AT_TRY(done(c, c->first, n, err));
        at_job_progress(c->in->job, stage, c->first + n, n_tasks);
    }
    return ATTUNE_OK;
}

/* Tasks of about equal size, none of which cuts a fan. */
static void corpus_make_tasks(struct ngram_corpus *c)
{
    const struct at_fan_order *o = &c->order;
    c->n_tasks = 0;
    for (size_t i = 0; i < o->n; i++)
        if (i == 0 || (i - c->task[c->n_tasks - 1] >= CORPUS_TASK && o->fan[i] != o->fan[i - 1]))
            c->task[c->n_tasks++] = i;
    c->task[c->n_tasks] = o->n;
}

static attune_status corpus_note(struct corpus_notes *notes, uint32_t note, attune_error *err)
{
    if (notes->n == notes->cap) {
        const size_t cap = notes->cap ? 2 * notes->cap : 4096;
        uint32_t *items = at_realloc(notes->items, cap, sizeof *items);
        if (!items)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu words", cap);
        notes->items = items;
        notes->cap = cap;
    }
    notes->items[notes->n++] = note;
    return ATTUNE_OK;
}

static attune_status corpus_note_term(struct at_term_counts *terms, struct corpus_notes *notes,
                                      struct at_str padded, uint32_t flags, uint32_t fan,
                                      attune_error *err)
{
    const struct at_term term = at_term_of_padded(padded);
    uint32_t id;
    AT_TRY(at_term_counts_add(terms, &term, fan, &id, err));
    return corpus_note(notes, id | flags, err);
}

static attune_status corpus_note_token(struct corpus_worker *w, uint32_t fan)
{
    static const char is_long[] = NGRAM_LONG "padding", is_loud[] = NGRAM_LOUD "padding";
    const struct at_chat_token *t = &w->session.text.token;
    struct corpus_notes *notes = &w->token_notes;
    if (w->session.text.opens_message)
        AT_TRY(corpus_note(notes, CORPUS_BREAK, &w->err));
    AT_TRY(corpus_note_term(&w->tokens, notes, t->text, ngram_token_runs(t) ? 0 : CORPUS_ALONE, fan,
                            &w->err));
    if (t->is_long)
        AT_TRY(corpus_note_term(&w->tokens, notes, (struct at_str){is_long, sizeof NGRAM_LONG - 1},
                                CORPUS_ALONE, fan, &w->err));
    if (t->is_loud)
        AT_TRY(corpus_note_term(&w->tokens, notes, (struct at_str){is_loud, sizeof NGRAM_LOUD - 1},
                                CORPUS_ALONE, fan, &w->err));
    return ATTUNE_OK;
}

static attune_status corpus_read_profile(struct ngram_corpus *c, struct corpus_worker *w, size_t i)
{
    const struct at_profile *profile = c->in->profiles[c->order.profile[i]];
    struct corpus_place *place = &c->place[c->order.profile[i]];
    place->worker = (uint32_t)(w - c->workers);
    place->token = w->token_notes.n;
    place->stretch = w->stretch_notes.n;
    ngram_text_begin(&w->session.text, profile, c->params->char_max > 0);
    for (bool more = true; more;) {
        more = ngram_text_next(&w->session.text);
        if (w->session.text.ended.len)
            AT_TRY(corpus_note_term(&w->stretches, &w->stretch_notes, w->session.text.ended, 0,
                                    c->order.fan[i], &w->err));
        if (more && c->params->word_max)
            AT_TRY(corpus_note_token(w, c->order.fan[i]));
    }
    place->token_end = w->token_notes.n;
    place->stretch_end = w->stretch_notes.n;
    return ATTUNE_OK;
}

static void corpus_read_task(struct ngram_corpus *c, size_t task, size_t worker)
{
    struct corpus_worker *w = &c->workers[worker];
    for (size_t i = c->task[task]; i < c->task[task + 1] && w->status == ATTUNE_OK; i++)
        w->status = corpus_read_profile(c, w, i);
}

/* Puts the terms of `other` into `all` and rewrites the notes that used its numbers. */
static attune_status corpus_join(struct at_term_counts *all, struct at_term_counts *other,
                                 struct corpus_notes *notes, attune_error *err)
{
    uint32_t *to_id = AT_ALLOC_RAW(uint32_t, other->n);
    if (!to_id)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu terms", other->n);
    const attune_status status = at_term_counts_merge(all, to_id, other, err);
    for (size_t i = 0; status == ATTUNE_OK && i < notes->n; i++) {
        const uint32_t note = notes->items[i];
        if (note != CORPUS_BREAK)
            notes->items[i] = to_id[note & ~CORPUS_ALONE] | (note & CORPUS_ALONE);
    }
    at_free(to_id);
    at_term_counts_release(other);
    return status;
}

attune_status corpus_open(struct ngram_corpus *c, attune_error *err)
{
    const size_t n = c->in->n_profiles;
    c->n_workers = attune_pool_threads(c->in->pool);
    c->workers = AT_ALLOC(struct corpus_worker, c->n_workers);
    c->task = AT_ALLOC_RAW(size_t, n / CORPUS_TASK + 2);
    if (!c->workers || !c->task)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", n);
    AT_TRY(at_fan_order_make(&c->order, c->in, err));
    corpus_make_tasks(c);
    return ATTUNE_OK;
}

attune_status corpus_read(struct ngram_corpus *c, attune_error *err)
{
    c->place = AT_ALLOC(struct corpus_place, c->in->n_profiles);
    if (!c->place)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu profiles", c->in->n_profiles);
    AT_TRY(corpus_pass(c, c->n_tasks, "vocabulary", corpus_read_task, NULL, err));
    for (size_t k = 1; k < c->n_workers; k++) {
        struct corpus_worker *w = &c->workers[k];
        AT_TRY(corpus_join(&c->workers[0].tokens, &w->tokens, &w->token_notes, err));
        AT_TRY(corpus_join(&c->workers[0].stretches, &w->stretches, &w->stretch_notes, err));
    }
    return ATTUNE_OK;
}

void corpus_release(struct ngram_corpus *c)
{
    for (size_t k = 0; c->workers && k < c->n_workers; k++) {
        struct corpus_worker *w = &c->workers[k];
        at_term_counts_release(&w->tokens);
        at_term_counts_release(&w->stretches);
        at_free(w->token_notes.items);
        at_free(w->stretch_notes.items);
        at_col_counter_release(&w->session.counter);
    }
    at_free(c->workers);
    at_fan_order_release(&c->order);
    at_free(c->task);
    at_free(c->place);
}
