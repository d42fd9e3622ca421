#ifndef AT_FEATURE_NGRAM_NGRAM_RUNS_H
#define AT_FEATURE_NGRAM_NGRAM_RUNS_H

#include "feature/ngram/ngram_corpus.h"
#include "feature/ngram/ngram_keys.h"

/*
 * Runs of two and more tokens, level by level. A run of n tokens is a run of n - 1 and a token
 * behind it, so two numbers name it and no text is kept. A run of which a part has too few fans has
 * too few itself (Agrawal and Srikant 1994), so only runs of parts that stay are counted at all.
 *
 * Each level is cut into shards by the hash of the run; a shard is filled by one thread, which goes
 * over the whole corpus, so nothing has to be merged.
 */
struct ngram_run_item {
    uint64_t key;
    struct ngram_seen seen;
    uint32_t col;
};
struct ngram_shard {
    struct ngram_run_item *items;
    size_t n, cap;
    struct ngram_keys keys;
};
struct ngram_runs {
    struct ngram_shard *levels[NGRAM_WORDS_MAX + 1]; /* [n_shards] from level 2 on */
    size_t n_shards;
    unsigned level; /* that is being counted */
    uint32_t min_fans;
    struct ngram_corpus *corpus;
};

/** Counts levels 2..word_max. Errors: NO_MEMORY, LIMIT, CANCELLED. */
attune_status ngram_runs_make(struct ngram_runs *r, struct ngram_corpus *c, uint32_t min_fans,
                              attune_error *err);
void ngram_runs_release(struct ngram_runs *r);

/* The newest run of each length, while going over a profile's tokens: cur[n] or NGRAM_KEY_NONE. */
struct ngram_run_state {
    uint32_t cur[NGRAM_WORDS_MAX + 1];
};
static inline void ngram_run_reset(struct ngram_run_state *s)
{
    memset(s, 0xff, sizeof *s);
}
static inline uint64_t ngram_run_key(uint32_t prefix, uint32_t token)
{
    return ((uint64_t)prefix + 1) << 32 | token;
}
static inline struct ngram_shard *ngram_runs_shard(const struct ngram_runs *r, unsigned level,
                                                   uint64_t key)
{
    return &r->levels[level][at_mix64(key) % r->n_shards];
}
static inline struct ngram_run_item *ngram_runs_item(const struct ngram_runs *r, unsigned level,
                                                     uint32_t id)
{
    return &r->levels[level][id % r->n_shards].items[id / r->n_shards];
}
/** Number of a run that stays, or NGRAM_KEY_NONE. */
static inline uint32_t ngram_runs_find(const struct ngram_runs *r, unsigned level, uint64_t key)
{
    const struct ngram_shard *shard = ngram_runs_shard(r, level, key);
    const struct ngram_keys *t = &shard->keys;
    if (!t->slots)
        return NGRAM_KEY_NONE;
    for (size_t i = ngram_keys_home(t, key); t->slots[i].key; i = (i + 1) & t->mask)
        if (t->slots[i].key == key)
            return shard->items[t->slots[i].id].seen.fans < r->min_fans
                       ? NGRAM_KEY_NONE
                       : (uint32_t)(t->slots[i].id * r->n_shards +
                                    (size_t)(shard - r->levels[level]));
    return NGRAM_KEY_NONE;
}
/** Steps to the next token, finding runs of up to `level` tokens. */
static inline void ngram_run_step(const struct ngram_runs *r, struct ngram_run_state *s,
                                  uint32_t token, unsigned level)
{
    const bool stays = corpus_tokens(r->corpus)->items[token].df >= r->min_fans;
    for (unsigned n = level; n >= 2; n--)
        s->cur[n] = stays && s->cur[n - 1] != NGRAM_KEY_NONE
                        ? ngram_runs_find(r, n, ngram_run_key(s->cur[n - 1], token))
                        : NGRAM_KEY_NONE;
    s->cur[1] = stays ? token : NGRAM_KEY_NONE;
}

#endif
