#include "feature/ngram/ngram_runs.h"

#include "base/alloc.h"
#include "base/job.h"

static attune_status runs_see(struct ngram_shard *s, uint64_t key, size_t doc, uint32_t fan,
                              attune_error *err)
{
    AT_TRY(ngram_keys_reserve(&s->keys, s->n + 1, err));
    struct ngram_keys *t = &s->keys;
    size_t i = ngram_keys_home(t, key);
    while (t->slots[i].key && t->slots[i].key != key)
        i = (i + 1) & t->mask;
    if (!t->slots[i].key) {
        if (s->n == s->cap) {
            const size_t cap = s->cap ? 2 * s->cap : 256;
            struct ngram_run_item *items = at_realloc(s->items, cap, sizeof *items);
            if (!items)
                return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu runs of words", cap);
            s->items = items;
            s->cap = cap;
        }
        t->slots[i] = (struct ngram_key_slot){key, (uint32_t)s->n};
        s->items[s->n++] = (struct ngram_run_item){.key = key, .col = AT_TERM_NONE};
    }
    ngram_see(&s->items[t->slots[i].id].seen, doc, fan);
    return ATTUNE_OK;
}

static void runs_count_profile(struct ngram_runs *r, size_t shard, size_t i,
                               struct corpus_worker *w)
{
    const struct ngram_corpus *c = r->corpus;
    const struct at_term_counts *tokens = corpus_tokens(c);
    struct ngram_shard *own = &r->levels[r->level][shard];
    struct ngram_run_state state;
    size_t n;
    const uint32_t *notes = corpus_token_notes(c, c->order.profile[i], &n);
    for (size_t k = 0; k < n && w->status == ATTUNE_OK; k++) {
        const uint32_t token = notes[k];
        if (token == CORPUS_BREAK) {
            ngram_run_reset(&state);
            continue;
        }
        if (token & CORPUS_ALONE)
            continue;
        const uint32_t prefix = state.cur[r->level - 1];
        if (prefix != NGRAM_KEY_NONE && tokens->items[token].df >= r->min_fans) {
            const uint64_t key = ngram_run_key(prefix, token);
            if (ngram_runs_shard(r, r->level, key) == own)
                w->status = runs_see(own, key, i, c->order.fan[i], &w->err);
        }
        ngram_run_step(r, &state, token, r->level - 1);
    }
}

/* Fills one shard, in pieces: a task is a shard, and looks at the job between pieces. */
static void runs_count_task(struct ngram_corpus *c, size_t shard, size_t worker)
{
    struct ngram_runs *r = c->context;
    struct corpus_worker *w = &c->workers[worker];
    for (size_t i = 0; i < c->in->n_profiles && w->status == ATTUNE_OK; i++) {
        runs_count_profile(r, shard, i, w);
        if (i % 1024 == 0 && w->status == ATTUNE_OK)
            w->status = at_job_check(c->in->job, &w->err);
    }
}

attune_status ngram_runs_make(struct ngram_runs *r, struct ngram_corpus *c, uint32_t min_fans,
                              attune_error *err)
{
    r->n_shards = c->n_workers;
    r->min_fans = min_fans;
    r->corpus = c;
    for (r->level = 2; r->level <= c->params->word_max; r->level++) {
        r->levels[r->level] = AT_ALLOC(struct ngram_shard, r->n_shards);
        if (!r->levels[r->level])
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: runs of words");
        c->context = r;
        AT_TRY(corpus_pass(c, r->n_shards, "word runs", runs_count_task, NULL, err));
        for (size_t s = 0; s < r->n_shards; s++)
            if (r->levels[r->level][s].n >= UINT32_MAX / r->n_shards)
                return at_fail(err, ATTUNE_LIMIT, "too many different runs of words");
    }
    return ATTUNE_OK;
}

void ngram_runs_release(struct ngram_runs *r)
{
    for (unsigned level = 2; level <= NGRAM_WORDS_MAX; level++) {
        for (size_t s = 0; r->levels[level] && s < r->n_shards; s++) {
            at_free(r->levels[level][s].items);
            ngram_keys_release(&r->levels[level][s].keys);
        }
        at_free(r->levels[level]);
    }
    *r = (struct ngram_runs){0};
}
